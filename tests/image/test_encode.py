"""Each encoder gets the requested options, and a fallback if its file is too large."""

import io
import os

import pytest
from PIL import AvifImagePlugin, Image, ImageDraw, ImageFilter

from origin_lambda.adapters.pillow.codec import PillowCodec
from origin_lambda.adapters.pillow.raster import PillowRaster
from origin_lambda.adapters.pillow.ssimulacra2 import score
from origin_lambda.image.derive import derive_from_plan
from origin_lambda.image.encoding import Encoding
from origin_lambda.image.formats import Kind
from origin_lambda.image.plan import plan
from origin_lambda.image.probe import Limits
from origin_lambda.image.quality import Effort
from origin_lambda.image.raster import Frame
from origin_lambda.image.source import Decoding
from origin_lambda.stopwatch import Stopwatch
from origin_lambda.url.grammar import parse
from origin_lambda.url.values import Format
from tests.support.originals import (
    BLUE,
    GREEN,
    RED,
    YELLOW,
    draw,
    encoded,
    quadrants,
    segments,
)
from tests.support.rendering import (
    ORANGE,
    assert_close,
    derive_original,
    mean_difference,
    quarter_colours,
    render,
)


def test_png8_has_a_palette() -> None:
    assert render("jpeg", "fm=png8").mode == "P"
    assert_close(quarter_colours(render("jpeg", "fm=png8")), [RED, GREEN, BLUE, YELLOW])


@pytest.mark.parametrize("side", [1, 8])
@pytest.mark.parametrize("alpha, shown", [(0, 0), (83, 0), (127, 0), (128, 255), (254, 255)])
def test_a_pixel_of_a_still_gif_is_opaque_from_half_of_alpha_on(
    alpha: int, shown: int, side: int
) -> None:
    original = encoded(Image.new("RGBA", (side, side), (*ORANGE, alpha)), "PNG")

    image = render(original, "fm=gif").convert("RGBA")

    assert image.getchannel("A").getextrema() == (shown, shown)


def test_a_lossless_webp_is_exact() -> None:
    lossless = render("png", "fm=webp&lossless=true")

    assert mean_difference(lossless.convert("RGB"), quadrants()) == 0


@pytest.mark.parametrize("asked, sampling", [("444", 0), ("422", 1), ("420", 2)])
def test_a_jpeg_has_the_requested_chroma_subsampling(asked: str, sampling: int) -> None:
    from PIL.JpegImagePlugin import get_sampling

    assert get_sampling(render("jpeg", f"fm=jpg&chromasub={asked}")) == sampling


def test_an_avif_has_the_requested_chroma_subsampling() -> None:
    full, quarter = (render("png", f"fm=avif&q=100&chromasub={asked}") for asked in ("444", "420"))

    assert mean_difference(full.convert("RGB"), quadrants()) < mean_difference(
        quarter.convert("RGB"), quadrants()
    )


@pytest.mark.skipif(not hasattr(os, "sched_getscheduler"), reason="Linux has these priorities")
def test_an_avif_leaves_the_priority_of_the_thread_as_it_is() -> None:
    before = os.sched_getscheduler(0)

    render("photograph", "w=64&fm=avif")

    assert os.sched_getscheduler(0) == before


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
        (frame,) = PillowCodec().decode(body, Decoding(Kind.AVIF))
        return score(original, frame.raster.image)

    scores = [looks(quality) for quality in (50, 70, 85, 93, 100)]

    assert scores == sorted(scores)


@pytest.mark.parametrize("asked", ["jpg", "pjpg"])
@pytest.mark.parametrize("quality", [94, 100])
def test_a_jpeg_of_noise_can_have_more_than_a_byte_a_pixel(asked: str, quality: int) -> None:
    bands = [Image.effect_noise((200, 200), 120) for _ in "RGB"]
    noise = encoded(Image.merge("RGB", bands), "PNG")

    derivative = derive_original(noise, f"fm={asked}&q={quality}&chromasub=444")

    assert len(derivative.body) > 200 * 200 * (2 if quality == 100 else 1)
    with Image.open(io.BytesIO(derivative.body)) as image:
        image.load()
        assert image.size == (200, 200)


@pytest.mark.parametrize("asked, start_of_frame", [("jpg", 0xC0), ("pjpg", 0xC2)])
def test_a_jpeg_is_progressive_if_requested(asked: str, start_of_frame: int) -> None:
    derivative = derive_original("png", f"fm={asked}")

    assert derivative.media_type == "image/jpeg"
    assert start_of_frame in [marker for marker, _ in segments(derivative.body)]


@pytest.mark.parametrize("output", ["jpg", "webp", "avif"])
def test_less_quality_makes_a_smaller_file(output: str) -> None:
    sizes = [
        len(derive_original("jpeg-truncated", f"fm={output}&q={quality}").body)
        for quality in (20, 50, 80)
    ]

    assert sizes == sorted(sizes)
    assert sizes[0] < sizes[2]


def test_a_negotiated_format_is_replaced_by_a_smaller_fallback() -> None:
    # AVIF's container alone is larger than this whole GIF.
    dot = encoded(Image.new("P", (1, 1)), "GIF")

    derivative = derive_original(dot, "fm=auto-avif")

    assert len(derivative.body) < len(derive_original(dot, "fm=avif").body)
    assert derivative.media_type == "image/gif"


def test_an_avif_is_encoded_by_the_right_plugin_after_the_other_registered() -> None:
    image = quadrants((160, 120))
    Image.register_save("AVIF", AvifImagePlugin._save)

    body = PillowCodec().encode([Frame(PillowRaster(image))], Encoding(Format.AVIF, 90))

    assert mean_difference(Image.open(io.BytesIO(body)).convert("RGB"), image) < 3


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA"])
@pytest.mark.parametrize("size", [(1, 1), (3, 200), (200, 3), (4, 4), (63, 65)])
def test_a_tiny_avif_is_encoded(size: tuple[int, int], mode: str) -> None:
    image = Image.new("RGBA", size, ORANGE).convert(mode)

    body = PillowCodec().encode([Frame(PillowRaster(image))], Encoding(Format.AVIF, 90))

    assert mean_difference(Image.open(io.BytesIO(body)).convert("RGB"), image.convert("RGB")) < 3


def test_a_file_larger_than_its_original_stays_if_the_fallback_is_even_larger() -> None:
    data = draw("jpeg")
    planned = plan(parse("/a", "w=150&fm=auto-avif").transform, PillowCodec().probe(data), Limits())

    derivative = derive_from_plan(data, planned, PillowCodec(), Stopwatch(), original_bytes=1)

    assert planned.fallback_encoding is not None
    assert derivative.media_type == "image/avif"
