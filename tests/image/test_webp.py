"""Still WebP files are decoded by libwebp, scaled or not, as Pillow would decode them."""

import io
import math
from collections.abc import Iterator

import pytest
from PIL import Image

from origin_lambda.adapters.pillow import webp
from origin_lambda.adapters.pillow.decode import decode
from origin_lambda.image.formats import Kind
from origin_lambda.image.geometry import Size
from origin_lambda.image.source import Decoding
from tests.support.originals import draw, quadrants
from tests.support.rendering import mean_difference

ODD: Size = Size(301, 199)


@pytest.fixture(params=["RGB", "RGBA"])
def picture(request: pytest.FixtureRequest) -> Image.Image:
    picture = quadrants(ODD).convert(request.param)
    if picture.mode == "RGBA":
        picture.putalpha(Image.linear_gradient("L").resize(ODD))
    return picture


@pytest.mark.parametrize("lossless", [True, False])
@pytest.mark.parametrize("shrink", [1, 2, 3, 8])
@pytest.mark.parametrize("has_wheel", [True, False])
def test_a_still_picture_has_the_mean_of_its_pixels(
    picture: Image.Image,
    shrink: int,
    monkeypatch: pytest.MonkeyPatch,
    *,
    lossless: bool,
    has_wheel: bool,
) -> None:
    if not has_wheel:
        monkeypatch.setattr(webp, "_load_library", lambda: None)
    written = _write(picture, lossless=lossless)

    decoded = _decode(written, shrink)

    expected = Image.open(io.BytesIO(written)).convert(picture.mode)
    if picture.mode == "RGBA":
        decoded, expected = decoded.convert("RGBa"), expected.convert("RGBa")
    size = (math.ceil(ODD.width / shrink), math.ceil(ODD.height / shrink))
    expected = expected.resize(size, Image.Resampling.BOX)
    assert (decoded.mode, decoded.size) == (expected.mode, size)
    assert mean_difference(decoded, expected) < 1


def test_libwebp_reads_a_still_picture_exactly_as_pillow_does(picture: Image.Image) -> None:
    written = _write(picture, lossless=True)

    decoded = webp.decode_still(written, ODD)

    assert decoded is not None
    assert decoded.convert(picture.mode) == picture


def _damaged() -> Iterator[bytes]:
    yield draw("webp-animated")
    whole = draw("webp-alpha")
    yield from (b"", whole[:11], whole[:-40], whole[:40] + bytes(len(whole) - 40))


@pytest.mark.parametrize("data", list(_damaged()))
def test_an_animation_or_a_broken_file_is_left_to_pillow(data: bytes) -> None:
    assert webp.decode_still(data, Size(6, 4)) is None


def _write(picture: Image.Image, *, lossless: bool) -> bytes:
    file = io.BytesIO()
    picture.save(file, "WEBP", lossless=lossless, exact=True)
    return file.getvalue()


def _decode(data: bytes, shrink: int) -> Image.Image:
    (frame,) = decode(data, Decoding(Kind.WEBP, shrink))
    return frame.raster.image
