"""Still WebP files are decoded by libwebp, scaled or not, as Pillow would decode them."""

import io
import math

import pytest
from PIL import Image

from origin_lambda.adapters.pillow import webp
from origin_lambda.adapters.pillow.decode import decode
from origin_lambda.errors import Unprocessable
from origin_lambda.image.containers.structure import check_cost
from origin_lambda.image.containers.webp import inspect
from origin_lambda.image.formats import Kind
from origin_lambda.image.geometry import Size
from origin_lambda.image.source import Decoding
from tests.support.originals import SMALL, draw, quadrants
from tests.support.rendering import derive_original, mean_difference

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
        monkeypatch.setattr(webp, "load_library", lambda: None)
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


@pytest.mark.parametrize("data", [draw("webp-animated"), b"", draw("webp")[:11]])
def test_what_is_no_still_picture_is_left_to_pillow(data: bytes) -> None:
    assert webp.decode_still(data, Size(*SMALL)) is None


@pytest.mark.parametrize("name", ["webp", "webp-alpha"])
def test_a_broken_still_picture_is_refused(name: str) -> None:
    with pytest.raises(Unprocessable):
        derive_original(draw(name)[:-40])
    whole = draw(name)
    with pytest.raises(OSError, match="status"):
        webp.decode_still(whole[:-40], Size(*SMALL))


def test_the_largest_still_picture_is_accepted() -> None:
    head = b"\x2f" + ((11_540 - 1) | (8_660 - 1) << 14).to_bytes(4, "little")
    pixels = b"VP8L" + (10_000_000).to_bytes(4, "little") + head.ljust(10_000_000, b"\0")
    still = b"RIFF" + (4 + len(pixels)).to_bytes(4, "little") + b"WEBP" + pixels

    check_cost(inspect(still), len(still))


def _write(picture: Image.Image, *, lossless: bool) -> bytes:
    file = io.BytesIO()
    picture.save(file, "WEBP", lossless=lossless, exact=True)
    return file.getvalue()


def _decode(data: bytes, shrink: int) -> Image.Image:
    (frame,) = decode(data, Decoding(Kind.WEBP, shrink))
    return frame.raster.image
