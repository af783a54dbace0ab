"""Animations keep their frames, durations and runs in every format."""

import io

import pytest
from PIL import Image, ImageDraw

from tests.support.originals import (
    BLUE,
    GREEN,
    RED,
    SMALL,
    YELLOW,
    encoded,
)
from tests.support.rendering import (
    APNG,
    assert_close,
    assert_plays,
    colour_at,
    derive_original,
    read_loop,
)


@pytest.mark.parametrize("name", ["apng", "webp-animated"])
@pytest.mark.parametrize("output", ["png", "webp", "gif", "avif"])
@pytest.mark.parametrize(
    "query",
    [
        "",
        "&w=30",
        "&w=20&h=20&fit=crop",
        "&rot=90",
        "&flip=h",
        "&w=50&h=50&fit=fill&bg=fff",
        "&rot=10",
    ],
)
def test_animation_survives_every_format_and_every_change(
    name: str, output: str, query: str
) -> None:
    body = derive_original(name, f"fm={output}{query}").body

    assert_plays(body, APNG, within=25)


@pytest.mark.parametrize("output", ["gif", "webp", "png"])
def test_a_gif_plays_as_it_was_drawn(output: str) -> None:
    body = derive_original("gif-animated", f"fm={output}&w=30").body

    assert_plays(body, [(RED, 100), (GREEN, 200), (BLUE, 300), (YELLOW, 400)], within=25)
    image = Image.open(io.BytesIO(body))
    image.seek(2)
    # The third frame contains only a disc; the second frame stays around it.
    assert_close([colour_at(image, (2, 2))], [GREEN], within=25)


@pytest.mark.parametrize("name", ["gif-animated", "apng", "webp-animated"])
def test_an_animation_becomes_its_first_frame_in_a_jpeg(name: str) -> None:
    body = derive_original(name, "fm=jpg").body

    assert_plays(body, [(RED, 0)])


@pytest.mark.parametrize("output", ["gif", "webp", "png"])
def test_transparent_frames_do_not_accumulate(output: str) -> None:
    frames = []
    for left in (0, 20, 40):
        frame = Image.new("RGBA", SMALL, (0, 0, 0, 0))
        ImageDraw.Draw(frame).ellipse((left, 10, left + 19, 29), (*RED, 255))
        frames.append(frame)
    original = encoded(
        frames[0], "PNG", save_all=True, append_images=frames[1:], duration=100, disposal=1
    )

    played = Image.open(io.BytesIO(derive_original(original, f"fm={output}").body))

    for number, middle in enumerate((10, 30, 50)):
        played.seek(number)
        alpha = played.convert("RGBA").getchannel("A")
        seen = [alpha.crop((x, 20, x + 1, 21)).tobytes()[0] for x in (10, 30, 50)]
        assert seen == [255 if x == middle else 0 for x in (10, 30, 50)]


def gif_with_repetitions(times: int | None) -> bytes:
    """Return a GIF with a NETSCAPE block of this many repetitions; without one for None."""
    first, second = (Image.new("RGB", SMALL, colour).quantize(4) for colour in (RED, BLUE))
    options = {} if times is None else {"loop": times}
    return encoded(first, "GIF", save_all=True, append_images=[second], duration=100, **options)


# GIF stores the repetitions (n + 1 runs, one run without a block), as in Chromium's
# cc/paint/image_animation_count.h. WebP and APNG store the runs. 0 means for ever in all three.
@pytest.mark.parametrize("repetitions, runs", [(None, 1), (0, 0), (1, 2), (4, 5)])
def test_a_gif_runs_as_often_in_other_formats(repetitions: int | None, runs: int) -> None:
    original = gif_with_repetitions(repetitions)

    assert read_loop(derive_original(original, "fm=webp").body) == runs
    assert read_loop(derive_original(original, "fm=png").body) == runs
    assert read_loop(derive_original(original, "fm=gif").body) == repetitions


@pytest.mark.parametrize("runs, repetitions", [(0, 0), (1, None), (2, 1)])
def test_a_webp_runs_as_often_as_a_gif(runs: int, repetitions: int | None) -> None:
    first, second = (Image.new("RGB", SMALL, colour) for colour in (RED, BLUE))
    original = encoded(
        first, "WEBP", save_all=True, append_images=[second], duration=100, loop=runs
    )

    assert read_loop(derive_original(original, "fm=webp").body) == runs
    assert read_loop(derive_original(original, "fm=gif").body) == repetitions
