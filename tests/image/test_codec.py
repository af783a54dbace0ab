"""One trap after the other: what a header says, and what comes out as pixels."""

import io
import struct
import tracemalloc
from collections.abc import Iterable
from typing import Any

import pytest
from PIL import AvifImagePlugin, ExifTags, Image, ImageChops, ImageDraw, ImageFilter, ImageStat

from origin_lambda.adapters.pillow import raster
from origin_lambda.adapters.pillow.codec import PillowCodec
from origin_lambda.adapters.pillow.raster import PillowRaster
from origin_lambda.adapters.pillow.ssimulacra2 import score
from origin_lambda.errors import CalotypeError, NotAPicture, Unprocessable
from origin_lambda.image.derive import Derivative, derive, derive_from_plan
from origin_lambda.image.encoding import Encoding
from origin_lambda.image.formats import Kind
from origin_lambda.image.geometry import Box, Size
from origin_lambda.image.plan import plan
from origin_lambda.image.probe import Facts, Limits, check
from origin_lambda.image.quality import Effort
from origin_lambda.image.raster import Frame
from origin_lambda.image.source import Decoding
from origin_lambda.stopwatch import Stopwatch
from origin_lambda.url.grammar import parse
from origin_lambda.url.values import Format
from tests.support.originals import (
    BLUE,
    COPYRIGHT,
    GREEN,
    RED,
    SMALL,
    YELLOW,
    Colour,
    chunk,
    disc,
    draw,
    encoded,
    jpeg,
    png,
    quadrants,
    segments,
)

CODEC = PillowCodec()
ORANGE = (240, 120, 20)
WHITE = (255, 255, 255)
APNG = [(RED, 100), (GREEN, 200), (BLUE, 300)]


def derived(original: str | bytes, query: str = "") -> Derivative:
    data = draw(original) if isinstance(original, str) else original
    return derive(data, parse("/a", query).transform, CODEC, Limits(), Stopwatch())


def shown(original: str | bytes, query: str = "") -> Image.Image:
    """Return the derivative as a viewer shows it, by Pillow's own readers."""
    image = Image.open(io.BytesIO(derived(original, query).body))
    image.load()
    return image


def colours(image: Image.Image) -> list[Colour]:
    """Return the colours in the middle of the four quarters, read like a page."""
    width, height = image.size
    seen = image.convert("RGB")
    places = [(x * width // 4, y * height // 4) for y in (1, 3) for x in (1, 3)]
    return [colour_at(seen, place) for place in places]


def colour_at(image: Image.Image, place: tuple[int, int]) -> Colour:
    red, green, blue = image.convert("RGB").crop((*place, place[0] + 1, place[1] + 1)).tobytes()
    return red, green, blue


def assert_close(found: Iterable[Colour], wanted: Iterable[Colour], within: int = 12) -> None:
    for one, other in zip(found, wanted, strict=True):
        distance = max(abs(a - b) for a, b in zip(one, other, strict=True))
        assert distance <= within, f"{one} is not {other}"


def difference(one: Image.Image, other: Image.Image) -> float:
    """Return the mean difference of two pictures, 0 to 255."""
    return sum(ImageStat.Stat(ImageChops.difference(one, other)).mean) / len(one.getbands())


def timeline(body: bytes) -> list[tuple[Colour, int]]:
    """Return the colour in the middle of every frame and how many milliseconds it is shown."""
    image = Image.open(io.BytesIO(body))
    middle = image.width // 2, image.height // 2
    frames = []
    for number in range(getattr(image, "n_frames", 1)):
        image.seek(number)
        image.load()
        frames.append((colour_at(image, middle), int(image.info.get("duration", 0))))
    return frames


def assert_plays(body: bytes, wanted: list[tuple[Colour, int]], within: int = 12) -> None:
    found = timeline(body)
    assert [duration for _, duration in found] == [duration for _, duration in wanted]
    assert_close([colour for colour, _ in found], [colour for colour, _ in wanted], within)


def loops(body: bytes) -> Any:
    return Image.open(io.BytesIO(body)).info.get("loop")


# Headers.

FACTS = [
    ("jpeg", Facts(Kind.JPEG, Size(300, 200))),
    ("jpeg-portrait", Facts(Kind.JPEG, Size(200, 300))),
    ("jpeg-progressive", Facts(Kind.JPEG, Size(120, 80))),
    ("jpeg-truncated", Facts(Kind.JPEG, Size(300, 200))),
    ("jpeg-huge-header", Facts(Kind.JPEG, Size(30_000, 30_000))),
    ("exif-6", Facts(Kind.JPEG, Size(40, 60), orientation=6)),
    ("png", Facts(Kind.PNG, Size(60, 40))),
    ("png-alpha", Facts(Kind.PNG, Size(60, 40), alpha=True)),
    ("png-grey-alpha", Facts(Kind.PNG, Size(60, 40), alpha=True)),
    ("png-palette", Facts(Kind.PNG, Size(60, 40))),
    ("png-palette-alpha", Facts(Kind.PNG, Size(60, 40), alpha=True)),
    ("png-bomb", Facts(Kind.PNG, Size(20_000, 20_000))),
    ("apng", Facts(Kind.PNG, Size(60, 40), frames=3)),
    ("gif-animated", Facts(Kind.GIF, Size(60, 40), frames=4)),
    ("webp-animated", Facts(Kind.WEBP, Size(60, 40), frames=3)),
    ("avif", Facts(Kind.AVIF, Size(60, 40))),
    ("avif-alpha", Facts(Kind.AVIF, Size(60, 40), alpha=True)),
    ("heic", Facts(Kind.HEIF, Size(120, 80))),
    ("tiff", Facts(Kind.TIFF, Size(60, 40))),
    ("bmp", Facts(Kind.BMP, Size(60, 40))),
]


@pytest.mark.parametrize("name, facts", FACTS)
def test_a_header_says_what_the_original_is(name: str, facts: Facts) -> None:
    assert CODEC.probe(draw(name)) == facts


@pytest.mark.parametrize("name", ["webp", "webp-alpha", "gif"])
def test_one_frame_is_no_animation(name: str) -> None:
    facts = CODEC.probe(draw(name))

    assert (facts.size, facts.frames) == (SMALL, 1)


@pytest.mark.parametrize("name", ["text", "html", "empty", "svg"])
def test_what_has_no_pixels_is_no_picture(name: str) -> None:
    with pytest.raises(NotAPicture):
        derived(name)


def test_a_picture_whose_header_breaks_off_is_broken() -> None:
    with pytest.raises(Unprocessable):
        derived("jpeg-truncated-header")


@pytest.mark.parametrize(
    "name", ["png", "gif", "webp", "avif", "heic", "tiff", "bmp", "jpeg", "apng"]
)
def test_a_picture_cut_anywhere_is_rendered_or_refused(name: str) -> None:
    whole = draw(name)

    for cut in range(1, len(whole), max(1, len(whole) // 40)):
        try:
            body = derived(whole[:cut], "fm=png").body
        except (Unprocessable, NotAPicture):
            continue
        assert body.startswith(b"\x89PNG")


# Pixels, as stored in every odd way.

QUADRANTS = [
    "jpeg", "jpeg-portrait", "jpeg-progressive", "png", "png-palette", "png-16-rgb",
    "png-interlaced", "gif", "webp", "avif", "heic", "tiff", "bmp", "exif-1", "exif-2", "exif-3", "exif-4", "exif-5", "exif-6", "exif-7",
    "exif-8", "exif-gps",
]  # fmt: skip


@pytest.mark.parametrize("name", QUADRANTS)
@pytest.mark.parametrize("query", ["fm=png", "fm=png&w=30", "fm=png&rect=0.1,0.1,0.8,0.8"])
def test_every_original_shows_its_four_colours(name: str, query: str) -> None:
    assert_close(colours(shown(name, query)), [RED, GREEN, BLUE, YELLOW], within=20)


@pytest.mark.parametrize("name", ["tiff-cmyk", "jpeg-cmyk", "jpeg-cmyk-plain"])
@pytest.mark.parametrize("query", ["fm=png", "fm=png&w=30"])
def test_inks_without_a_profile_are_shown_as_a_press_prints_them(name: str, query: str) -> None:
    # Through CGATS TR 001: a press has no ink as bright as a screen's green and blue.
    pressed = [(209, 79, 61), (53, 132, 104), (62, 97, 148), (249, 211, 101)]

    assert_close(colours(shown(name, query)), pressed, within=8)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_an_oriented_original_is_shown_upright_mark_and_all(orientation: int) -> None:
    upright = shown(f"exif-{orientation}", "fm=png")

    assert difference(upright.convert("RGB"), quadrants()) < 3


@pytest.mark.parametrize("output", ["jpg", "webp", "avif", "png"])
@pytest.mark.parametrize("query", ["", "&w=30"])
def test_a_derivative_carries_no_orientation_to_be_applied_twice(output: str, query: str) -> None:
    image = shown("exif-6", f"fm={output}{query}")

    assert image.width > image.height
    assert image.getexif().get(ExifTags.Base.Orientation, 1) == 1


@pytest.mark.parametrize(
    "name, orient", [("png", 3), ("exif-1", 180), ("exif-3", 1), ("exif-3", 0)]
)
def test_orient_replaces_the_originals_own(name: str, orient: int) -> None:
    image = shown(name, f"fm=png&orient={orient}")

    assert_close(colours(image), [YELLOW, BLUE, GREEN, RED], within=20)


@pytest.mark.parametrize("form", ["WEBP", "PNG", "AVIF", "TIFF"])
def test_orientation_counts_in_every_format_that_has_it(form: str) -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    stored = quadrants().transpose(Image.Transpose.ROTATE_90)

    image = shown(encoded(stored, form, exif=exif), "fm=png")

    assert image.size == SMALL
    assert_close(colours(image), [RED, GREEN, BLUE, YELLOW], within=20)


def test_grey_stays_grey() -> None:
    assert shown("jpeg-grey").mode == "L"
    assert shown("jpeg-grey", "w=30&rot=5").mode == "L"


def test_sixteen_bits_of_grey_keep_their_gradient() -> None:
    image = shown("png-16", "fm=png")

    row = list(image.convert("L").crop((0, 20, 60, 21)).tobytes())

    assert row == sorted(row)
    assert row == pytest.approx([255 * x / 59 for x in range(60)], abs=1)


def test_sixteen_bits_of_grey_with_a_transparent_level_can_be_read() -> None:
    line = b"\0" + struct.pack(">60H", *(x * 1000 for x in range(60)))
    body = png(SMALL, 16, 0, [line] * 40)
    head, tail = body[:33], body[33:]

    image = shown(head + chunk(b"tRNS", struct.pack(">H", 0)) + tail, "fm=png")

    assert colour_at(image, (59, 20)) == pytest.approx((230, 230, 230), abs=2)


@pytest.mark.parametrize("depth", [1, 2, 4])
def test_few_bits_of_grey_can_be_read(depth: int) -> None:
    body = png((8, 1), depth, 0, [b"\0" + bytes([0b00001111] * depth)])

    image = shown(body, "fm=png").convert("L")

    assert image.getextrema() == (0, 255)


def test_a_wide_gamut_is_converted_to_srgb() -> None:
    image = shown("jpeg-wide-gamut", "fm=png")

    # Display P3's red lies outside sRGB; its tan (200, 120, 60) is sRGB's (212, 118, 47).
    assert_close(
        [colour_at(image, (15, 20)), colour_at(image, (45, 20))],
        [(255, 0, 0), (212, 118, 47)],
        within=5,
    )


def test_a_broken_profile_is_no_reason_not_to_show_the_picture() -> None:
    image = shown(jpeg(quadrants(), icc_profile=b"no profile" * 20), "fm=png")

    assert_close(colours(image), [RED, GREEN, BLUE, YELLOW])


# Transparency.


@pytest.mark.parametrize("name", ["png-alpha", "webp-alpha", "avif-alpha"])
def test_transparency_becomes_white_in_a_jpeg(name: str) -> None:
    image = shown(name, "fm=jpg&chromasub=444")

    assert_close([colour_at(image, (2, 2)), colour_at(image, (30, 20))], [WHITE, ORANGE])


@pytest.mark.parametrize("output", ["jpg", "png", "webp", "avif", "gif"])
def test_a_background_shows_through_in_every_format(output: str) -> None:
    image = shown("png-alpha", f"fm={output}&bg=0000ff&q=95&chromasub=444")

    assert_close(
        [colour_at(image, (2, 2)), colour_at(image, (30, 20))], [(0, 0, 255), ORANGE], within=20
    )
    assert set(image.convert("RGBA").getchannel("A").tobytes()) == {255}


@pytest.mark.parametrize("output", ["png", "webp", "avif", "gif", "png8"])
def test_transparency_stays_where_the_format_can_hold_it(output: str) -> None:
    alpha = shown("png-alpha", f"fm={output}").convert("RGBA").getchannel("A")

    assert max(alpha.crop((0, 0, 5, 5)).tobytes()) <= 2
    assert min(alpha.crop((25, 15, 35, 25)).tobytes()) >= 253


def test_a_half_transparent_background_stays_half_transparent() -> None:
    image = shown("png-alpha", "bg=800000ff")

    assert image.crop((0, 0, 1, 1)).tobytes() == bytes((0, 0, 255, 128))


@pytest.mark.parametrize(
    "query", ["w=20", "w=47", "rot=10", "w=47&rot=33&rot-type=pivot", "w=120&enlarge=true"]
)
def test_hidden_colours_never_bleed_into_the_rim(query: str) -> None:
    image = shown("png-alpha", f"fm=png&{query}").convert("RGBA")

    pixels = image.tobytes()
    rim = [pixels[at : at + 3] for at in range(0, len(pixels), 4) if 60 < pixels[at + 3] < 255]

    assert rim
    assert_close([(r, g, b) for r, g, b in rim], [ORANGE] * len(rim), within=24)


def test_a_palette_with_half_transparent_entries_is_scaled_as_colours() -> None:
    image = shown("png-palette-alpha", "w=30").convert("RGBA")

    assert image.crop((0, 0, 1, 1)).tobytes()[3] == 0
    assert list(image.crop((7, 5, 8, 6)).tobytes()) == pytest.approx([*RED, 128], abs=2)
    assert list(image.crop((15, 10, 16, 11)).tobytes()) == pytest.approx([*BLUE, 255], abs=2)


def test_grey_with_alpha_keeps_both() -> None:
    image = shown("png-grey-alpha", "w=30").convert("RGBA")

    assert image.crop((0, 0, 1, 1)).tobytes()[3] == 0
    grey = image.crop((15, 10, 16, 11)).tobytes()
    assert grey == bytes((144, 144, 144, 255))


def test_a_colour_that_png_calls_transparent_is() -> None:
    image = shown(encoded(quadrants(), "PNG", transparency=RED), "fm=png").convert("RGBA")

    assert image.crop((15, 14, 16, 15)).tobytes()[3] == 0
    assert image.crop((45, 10, 46, 11)).tobytes()[3] == 255


# Broken pictures.


def test_a_truncated_jpeg_is_rendered_as_far_as_it_goes() -> None:
    image = shown("jpeg-truncated", "fm=png")

    first, second, *_ = colours(image)

    assert image.size == (300, 200)
    assert_close([first, second], [RED, GREEN], within=60)


@pytest.mark.parametrize("name", ["png-bomb", "jpeg-huge-header", "gif-bomb"])
def test_a_bomb_is_refused_from_its_header_without_memory_for_pixels(name: str) -> None:
    data = draw(name)
    CODEC.probe(draw("png")), CODEC.probe(draw("jpeg")), CODEC.probe(draw("gif"))
    pixels = peak_pixels()
    tracemalloc.start()

    with pytest.raises(Unprocessable):
        derived(data)

    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1_000_000 + len(data)
    assert peak_pixels() - pixels < 1_000_000


def peak_pixels() -> int:
    """Return how many bytes Pillow's own allocator, which Python cannot see, has ever taken."""
    core: Any = vars(Image)["core"]
    blocks: int = core.get_stats()["allocated_blocks"] * core.get_block_size()
    return blocks


def test_many_frames_of_many_pixels_are_refused() -> None:
    facts = Facts(Kind.GIF, Size(10_000, 5001), frames=2)

    with pytest.raises(Unprocessable):
        check(facts, Limits())


@pytest.mark.parametrize(
    "facts",
    [
        Facts(Kind.PNG, Size(10_001, 10_000)),
        Facts(Kind.GIF, Size(1, 1), frames=301),
        Facts(Kind.GIF, Size(1000, 1000), frames=101),
        Facts(Kind.PNG, Size(0, 10)),
    ],
)
def test_an_original_over_a_limit_is_refused(facts: Facts) -> None:
    with pytest.raises(Unprocessable) as caught:
        check(facts, Limits())

    assert str(facts.size) not in caught.value.message


@pytest.mark.parametrize(
    "facts",
    [
        Facts(Kind.PNG, Size(10_000, 10_000)),
        Facts(Kind.GIF, Size(1, 1), frames=300),
        Facts(Kind.GIF, Size(1000, 1000), frames=100),
    ],
)
def test_an_original_at_a_limit_is_taken(facts: Facts) -> None:
    check(facts, Limits())


# Animation.


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
    body = derived(name, f"fm={output}{query}").body

    assert_plays(body, APNG, within=25)


@pytest.mark.parametrize("output", ["gif", "webp", "png"])
def test_a_gif_plays_as_it_was_drawn(output: str) -> None:
    body = derived("gif-animated", f"fm={output}&w=30").body

    assert_plays(body, [(RED, 100), (GREEN, 200), (BLUE, 300), (YELLOW, 400)], within=25)
    image = Image.open(io.BytesIO(body))
    image.seek(2)
    # The third frame holds a disc only; around it the second frame stays.
    assert_close([colour_at(image, (2, 2))], [GREEN], within=25)


@pytest.mark.parametrize("name", ["gif-animated", "apng", "webp-animated"])
def test_an_animation_becomes_its_first_frame_in_a_jpeg(name: str) -> None:
    body = derived(name, "fm=jpg").body

    assert_plays(body, [(RED, 0)])


@pytest.mark.parametrize("output", ["gif", "webp", "png"])
def test_transparent_frames_do_not_pile_up(output: str) -> None:
    frames = []
    for left in (0, 20, 40):
        frame = Image.new("RGBA", SMALL, (0, 0, 0, 0))
        ImageDraw.Draw(frame).ellipse((left, 10, left + 19, 29), (*RED, 255))
        frames.append(frame)
    original = encoded(
        frames[0], "PNG", save_all=True, append_images=frames[1:], duration=100, disposal=1
    )

    played = Image.open(io.BytesIO(derived(original, f"fm={output}").body))

    for number, middle in enumerate((10, 30, 50)):
        played.seek(number)
        alpha = played.convert("RGBA").getchannel("A")
        seen = [alpha.crop((x, 20, x + 1, 21)).tobytes()[0] for x in (10, 30, 50)]
        assert seen == [255 if x == middle else 0 for x in (10, 30, 50)]


def gif_playing(times: int | None) -> bytes:
    """Return a GIF with a NETSCAPE block of so many repetitions, or without one."""
    first, second = (Image.new("RGB", SMALL, colour).quantize(4) for colour in (RED, BLUE))
    options = {} if times is None else {"loop": times}
    return encoded(first, "GIF", save_all=True, append_images=[second], duration=100, **options)


# A GIF's number counts repetitions (n + 1 runs, none without a block), as in Chromium's
# cc/paint/image_animation_count.h; WebP's and APNG's count runs. 0 is for ever in all.
@pytest.mark.parametrize("repetitions, runs", [(None, 1), (0, 0), (1, 2), (4, 5)])
def test_a_gif_runs_as_often_in_other_formats(repetitions: int | None, runs: int) -> None:
    original = gif_playing(repetitions)

    assert loops(derived(original, "fm=webp").body) == runs
    assert loops(derived(original, "fm=png").body) == runs
    assert loops(derived(original, "fm=gif").body) == repetitions


@pytest.mark.parametrize("runs, repetitions", [(0, 0), (1, None), (2, 1)])
def test_a_webp_runs_as_often_as_a_gif(runs: int, repetitions: int | None) -> None:
    first, second = (Image.new("RGB", SMALL, colour) for colour in (RED, BLUE))
    original = encoded(
        first, "WEBP", save_all=True, append_images=[second], duration=100, loop=runs
    )

    assert loops(derived(original, "fm=webp").body) == runs
    assert loops(derived(original, "fm=gif").body) == repetitions


# Metadata.


def credits_of(body: bytes) -> dict[int, str]:
    exif = Image.open(io.BytesIO(body)).getexif()
    return {int(tag): str(value) for tag, value in exif.items()}


@pytest.mark.parametrize("output", ["jpg", "webp", "avif", "png"])
@pytest.mark.parametrize("query", ["", "&w=30"])
def test_only_the_credits_are_left_of_the_metadata(output: str, query: str) -> None:
    body = derived("exif-gps", f"fm={output}{query}").body

    assert credits_of(body) == {
        ExifTags.Base.Artist: "W. H. F. Talbot",
        ExifTags.Base.Copyright: COPYRIGHT,
    }
    assert b"Mousetrap" not in body
    assert not Image.open(io.BytesIO(body)).getexif().get_ifd(ExifTags.IFD.GPSInfo)


@pytest.mark.parametrize("output", ["jpg", "webp", "avif", "png"])
def test_a_copyright_in_iptc_becomes_one_in_exif(output: str) -> None:
    body = derived("iptc-copyright", f"fm={output}").body

    assert credits_of(body) == {ExifTags.Base.Copyright: COPYRIGHT}


@pytest.mark.parametrize("output", ["jpg", "webp", "png"])
def test_a_copyright_beyond_ascii_keeps_its_bytes(output: str) -> None:
    notice = "© Jürgen 猫".encode()
    exif = Image.Exif()
    exif[ExifTags.Base.Copyright] = notice

    body = derived(jpeg(quadrants(), exif=exif), f"fm={output}").body

    assert notice in body


def test_a_picture_without_credits_gets_no_metadata() -> None:
    body = derived("jpeg").body

    assert [marker for marker, _ in segments(body) if 0xE1 <= marker <= 0xEF] == []


def telling(form: str) -> bytes:
    """Return an original whose every text, of whatever sort, says "secret"."""
    exif = Image.Exif()
    exif[ExifTags.Base.Make] = "secret camera"
    xmp = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><a>secret place</a></x:xmpmeta>'
    options: dict[str, Any] = {"exif": exif, "xmp": xmp, "comment": b"secret note"}
    body = encoded(quadrants(), form, **options)
    if form != "PNG":
        return body
    texts = chunk(b"tEXt", b"Comment\0secret") + chunk(
        b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + xmp
    )
    return body[:33] + texts + body[33:]


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "AVIF", "GIF"])
@pytest.mark.parametrize("output", ["jpg", "png", "webp", "avif", "gif", "png8"])
@pytest.mark.parametrize("query", ["", "&w=30"])
def test_comments_and_texts_go(form: str, output: str, query: str) -> None:
    original = telling(form)
    assert b"secret" in original

    assert b"secret" not in derived(original, f"fm={output}{query}").body


@pytest.mark.parametrize("output", ["jpg", "png", "webp", "avif"])
@pytest.mark.parametrize("query", ["", "&w=30"])
def test_no_profile_is_carried_by_what_is_srgb(output: str, query: str) -> None:
    body = derived("jpeg-wide-gamut", f"fm={output}{query}").body

    assert "icc_profile" not in Image.open(io.BytesIO(body)).info


# Steps.


@pytest.mark.parametrize(
    "query, wanted",
    [
        ("rot=90", [GREEN, YELLOW, RED, BLUE]),
        ("rot=180", [YELLOW, BLUE, GREEN, RED]),
        ("rot=270", [BLUE, RED, YELLOW, GREEN]),
        ("flip=h", [GREEN, RED, YELLOW, BLUE]),
        ("flip=v", [BLUE, YELLOW, RED, GREEN]),
        ("flip=hv", [YELLOW, BLUE, GREEN, RED]),
        ("flip=h&rot=90", [RED, BLUE, GREEN, YELLOW]),
        ("rot=10", [RED, GREEN, BLUE, YELLOW]),
        ("rot=100", [GREEN, YELLOW, RED, BLUE]),
        ("rect=0,10,30,10", [RED, RED, RED, RED]),
        ("rect=right,top,30,20", [GREEN, GREEN, GREEN, GREEN]),
        ("w=20&h=40&fit=crop&crop=right", [GREEN, GREEN, YELLOW, YELLOW]),
        ("w=60&h=20&fit=crop&crop=bottom", [BLUE, YELLOW, BLUE, YELLOW]),
        ("w=20&h=20&fit=crop&crop=focalpoint&fp-x=1&fp-y=1&fp-z=2", [YELLOW] * 4),
        ("w=13&h=170&fit=scale", [RED, GREEN, BLUE, YELLOW]),
    ],
)
@pytest.mark.parametrize("name", ["png", "exif-6", "exif-5"])
def test_a_step_does_to_the_picture_what_it_says(
    name: str, query: str, wanted: list[Colour]
) -> None:
    assert_close(colours(shown(name, f"fm=png&{query}")), wanted, within=20)


@pytest.mark.parametrize(
    "query", ["rot=10", "rot=-33", "rot=45&w=40&h=40&fit=crop", "rot=100&w=25"]
)
def test_a_straightened_picture_has_no_dark_rim(query: str) -> None:
    white = encoded(Image.new("RGB", SMALL, WHITE), "PNG")

    assert shown(white, query).convert("L").getextrema() == (255, 255)


def test_a_pivot_leaves_transparent_corners_around_the_whole_picture() -> None:
    image = shown("png", "rot=45&rot-type=pivot").convert("RGBA")

    assert image.size == (71, 71)
    assert [
        image.crop((x, y, x + 1, y + 1)).tobytes()[3]
        for x, y in ((0, 0), (70, 0), (0, 70), (70, 70))
    ] == [0] * 4
    assert image.crop((35, 35, 36, 36)).tobytes()[3] == 255


def test_padding_and_fill_surround_the_picture_with_the_background() -> None:
    image = shown("png", "w=100&h=100&fit=fill&pad=10&bg=teal&enlarge=true")

    assert image.size == (100, 100)
    teal = (0, 128, 128)
    assert_close(
        [colour_at(image, place) for place in ((0, 0), (50, 15), (50, 85), (5, 50), (95, 50))],
        [teal] * 5,
        within=0,
    )
    assert_close(
        [colour_at(image, place) for place in ((15, 40), (85, 40), (15, 60), (85, 60))],
        [RED, GREEN, BLUE, YELLOW],
    )


def test_clamp_continues_the_edges() -> None:
    image = shown("png", "w=100&h=100&fit=clamp")

    assert image.size == (100, 100)
    assert_close(
        [colour_at(image, place) for place in ((20, 0), (80, 0), (20, 99), (80, 99))],
        [RED, GREEN, BLUE, YELLOW],
    )


def test_clamp_to_a_wider_box_continues_the_sides() -> None:
    image = shown("png", "w=200&h=40&fit=clamp")

    assert_close(
        [colour_at(image, place) for place in ((0, 15), (199, 5), (0, 35), (199, 35))],
        [RED, GREEN, BLUE, YELLOW],
    )


# Encoders.


def test_png8_has_a_palette() -> None:
    assert shown("jpeg", "fm=png8").mode == "P"
    assert_close(colours(shown("jpeg", "fm=png8")), [RED, GREEN, BLUE, YELLOW])


def test_a_lossless_webp_is_exact() -> None:
    lossless = shown("png", "fm=webp&lossless=true")

    assert difference(lossless.convert("RGB"), quadrants()) == 0


@pytest.mark.parametrize("asked, sampling", [("444", 0), ("422", 1), ("420", 2)])
def test_chroma_is_subsampled_in_a_jpeg_as_asked(asked: str, sampling: int) -> None:
    from PIL.JpegImagePlugin import get_sampling

    assert get_sampling(shown("jpeg", f"fm=jpg&chromasub={asked}")) == sampling


def test_chroma_is_subsampled_in_an_avif_as_asked() -> None:
    full, quarter = (shown("png", f"fm=avif&q=100&chromasub={asked}") for asked in ("444", "420"))

    assert difference(full.convert("RGB"), quadrants()) < difference(
        quarter.convert("RGB"), quadrants()
    )


def test_more_effort_makes_a_smaller_avif_of_text() -> None:
    page = Image.new("RGB", (400, 300), "white")
    pen = ImageDraw.Draw(page)
    for line in range(0, 300, 14):
        pen.text((line % 40, line), "the same picture, smaller " * 3, fill="black")
    frames = [Frame(PillowRaster(page))]

    usual, more = (
        PillowCodec().encode(frames, Encoding(Format.AVIF, 60, effort=effort))
        for effort in (Effort.USUAL, Effort.MORE)
    )

    assert len(more) < 0.8 * len(usual)


def test_the_best_avif_looks_best() -> None:
    bands = [Image.effect_noise((200, 200), 60).filter(ImageFilter.GaussianBlur(2)) for _ in "RGB"]
    original = Image.merge("RGB", bands)

    def looks(quality: int) -> float:
        frame = Frame(PillowRaster(original.copy()))
        body = PillowCodec().encode([frame], Encoding(Format.AVIF, quality))
        (shown,) = PillowCodec().decode(body, Decoding(Kind.AVIF))
        return score(original, shown.raster.image)

    scores = [looks(quality) for quality in (50, 70, 85, 93, 100)]

    assert scores == sorted(scores)


@pytest.mark.parametrize("asked", ["jpg", "pjpg"])
@pytest.mark.parametrize("quality", [94, 100])
def test_a_jpeg_of_noise_has_more_than_a_byte_a_pixel(asked: str, quality: int) -> None:
    bands = [Image.effect_noise((200, 200), 120) for _ in "RGB"]
    noise = encoded(Image.merge("RGB", bands), "PNG")

    made = derived(noise, f"fm={asked}&q={quality}&chromasub=444")

    assert len(made.body) > 200 * 200 * (2 if quality == 100 else 1)
    with Image.open(io.BytesIO(made.body)) as image:
        image.load()
        assert image.size == (200, 200)


@pytest.mark.parametrize("asked, start_of_frame", [("jpg", 0xC0), ("pjpg", 0xC2)])
def test_a_jpeg_is_progressive_where_that_is_asked_for(asked: str, start_of_frame: int) -> None:
    made = derived("png", f"fm={asked}")

    assert made.media_type == "image/jpeg"
    assert start_of_frame in [marker for marker, _ in segments(made.body)]


@pytest.mark.parametrize("output", ["jpg", "webp", "avif"])
def test_less_quality_makes_a_smaller_file(output: str) -> None:
    sizes = [
        len(derived("jpeg-truncated", f"fm={output}&q={quality}").body) for quality in (20, 50, 80)
    ]

    assert sizes == sorted(sizes)
    assert sizes[0] < sizes[2]


def test_a_negotiated_format_gives_way_to_a_smaller_plainer_one() -> None:
    # AVIF's container alone is larger than this whole GIF.
    dot = encoded(Image.new("P", (1, 1)), "GIF")

    made = derived(dot, "fm=auto-avif")

    assert len(made.body) < len(derived(dot, "fm=avif").body)
    assert made.media_type == "image/gif"


# The two resizers.


@pytest.mark.skipif(not raster.HAS_SIMD, reason="cykooz-resizer has no wheel here")
@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA", "CMYK"])
@pytest.mark.parametrize(
    "box, size",
    [
        (Box(0, 0, 300, 200), Size(60, 40)),
        (Box(0, 0, 300, 200), Size(299, 199)),
        (Box(10.3, 20.7, 250.9, 180.2), Size(97, 61)),
        (Box(100, 50, 130, 70), Size(90, 60)),
        (Box(0, 0, 300, 200), Size(1, 1)),
    ],
)
def test_both_resizers_agree(mode: str, box: Box, size: Size) -> None:
    colourful = quadrants((300, 200))
    if mode == "RGBA":
        colourful.putalpha(Image.linear_gradient("L").resize((300, 200)))
    source = colourful.convert(mode)

    by_simd = raster.resize_by_simd(source.copy(), box, size)
    by_pillow = raster.resize_by_pillow(source.copy(), box, size)

    assert by_simd.mode == by_pillow.mode == mode
    assert by_simd.size == by_pillow.size == size
    # Only what is seen can be compared: hidden colours are anything.
    if mode == "RGBA":
        by_simd, by_pillow = by_simd.convert("RGBa"), by_pillow.convert("RGBa")
    assert difference(by_simd, by_pillow) < 1.5


def test_decoding_again_gives_the_same_pixels_with_the_slower_resizer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fast = shown("jpeg", "fm=png&w=77")
    monkeypatch.setattr(raster, "HAS_SIMD", False)

    slow = shown("jpeg", "fm=png&w=77")

    assert difference(fast, slow) < 1.5


def test_whatever_a_decoder_raises_is_the_originals_fault() -> None:
    body = bytearray(draw("png"))
    body[20:24] = b"\xff\xff\xff\xff"

    with pytest.raises(CalotypeError) as caught:
        derived(bytes(body))

    assert caught.value.status == 422


def test_the_disc_is_where_the_tests_look_for_it() -> None:
    assert disc().getpixel((30, 20)) == (*ORANGE, 255)


def test_an_avif_is_written_whichever_plugin_was_imported_last() -> None:
    image = quadrants((160, 120))
    Image.register_save("AVIF", AvifImagePlugin._save)

    body = PillowCodec().encode([Frame(PillowRaster(image))], Encoding(Format.AVIF, 90))

    assert difference(Image.open(io.BytesIO(body)).convert("RGB"), image) < 3


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA"])
@pytest.mark.parametrize("size", [(1, 1), (3, 200), (200, 3), (4, 4), (63, 65)])
def test_an_avif_may_be_tiny(size: tuple[int, int], mode: str) -> None:
    image = Image.new("RGBA", size, ORANGE).convert(mode)

    body = PillowCodec().encode([Frame(PillowRaster(image))], Encoding(Format.AVIF, 90))

    assert difference(Image.open(io.BytesIO(body)).convert("RGB"), image.convert("RGB")) < 3


def test_a_file_larger_than_its_original_stays_if_the_plainer_one_is_larger_still() -> None:
    data = draw("jpeg")
    planned = plan(parse("/a", "w=150&fm=auto-avif").transform, PillowCodec().probe(data), Limits())

    made = derive_from_plan(data, planned, PillowCodec(), Stopwatch(), original_bytes=1)

    assert planned.fallback_encoding is not None
    assert made.media_type == "image/avif"
