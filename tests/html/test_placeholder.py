"""Placeholders look like the pictures that they stand for."""

import io
import re
from base64 import b64decode, b64encode

import pytest
from blurhash_rs import decode_rgb  # type: ignore[attr-defined]  # reason: it has no __all__ for it
from PIL import Image, ImageChops

from origin_lambda.adapters.pillow.codec import PillowCodec
from origin_lambda.adapters.pillow.measurer import PillowMeasurer
from origin_lambda.html.placeholder import build_placeholder_style
from origin_lambda.image.probe import sniff
from origin_lambda.image.source import Decoding
from tests.support.originals import draw
from tests.support.rendering import mean_difference


def hashes(name: str) -> tuple[str, str]:
    data = draw(name)
    (frame,) = PillowCodec().decode(data, Decoding(sniff(data)))
    measured = PillowMeasurer().measure(frame.raster)
    return b64encode(measured.thumbhash).decode(), measured.blurhash


def read_background(style: str | None) -> Image.Image:
    match = re.fullmatch(
        r"background:url\(data:image/png;base64,(.*)\) center/cover no-repeat", style or ""
    )
    assert match
    return Image.open(io.BytesIO(b64decode(match[1])))


@pytest.mark.parametrize("name", ["jpeg", "photograph", "exif-6"])
@pytest.mark.parametrize("which", [0, 1])
def test_a_background_has_the_colours_of_its_picture(name: str, which: int) -> None:
    given = hashes(name)

    picture = read_background(build_placeholder_style(*(text if at == which else None for at, text in enumerate(given))))  # fmt: skip

    assert max(picture.size) == 16
    original = Image.open(io.BytesIO(draw(name))).convert("RGB")
    small = original.resize(picture.size, Image.Resampling.BOX)
    turned = small.transpose(Image.Transpose.ROTATE_180)
    assert mean_difference(picture, small) < 50
    assert mean_difference(picture, small) < 0.7 * mean_difference(picture, turned)


@pytest.mark.parametrize("name", ["jpeg", "photograph", "exif-6"])
def test_a_blurhash_is_drawn_as_by_another_decoder(name: str) -> None:
    blurhash = hashes(name)[1]

    picture = read_background(build_placeholder_style(None, blurhash))

    pixels = bytes(decode_rgb(blurhash, *picture.size, 1.0))
    expected = Image.frombytes("RGB", picture.size, pixels)
    difference = ImageChops.difference(picture, expected)
    assert max(difference.tobytes()) <= 1


def test_a_background_is_small() -> None:
    style = build_placeholder_style(hashes("photograph")[0], None)

    assert len(style or "") < 1500


def test_a_transparent_picture_has_no_background() -> None:
    assert build_placeholder_style(hashes("png-alpha")[0], None) is None


def test_no_hash_gives_no_style() -> None:
    assert build_placeholder_style(None, "") is None


@pytest.mark.parametrize("text", ["A", "AAAA", "AAAAAAA=", "é", "1QcSHQRnh493V4dIh4eXh1h4k"])
def test_a_broken_thumbhash_is_an_error(text: str) -> None:
    try:
        build_placeholder_style(text, None)
    except ValueError as error:
        assert "thumbhash accepts" in str(error)  # noqa: PT017 reason: some are valid by chance


@pytest.mark.parametrize("text", ["A", "LEHV6nWB2yk8pyo0adR*.7kCMdn", "é" * 28])
def test_a_broken_blurhash_is_an_error(text: str) -> None:
    with pytest.raises(ValueError, match="blurhash accepts"):
        build_placeholder_style(None, text)
