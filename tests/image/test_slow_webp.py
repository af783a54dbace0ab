"""WebP files are refined by libwebp itself, with options that Pillow does not offer."""

import io
import resource
from dataclasses import replace
from typing import Final

import pytest
from PIL import Image

from origin_lambda.adapters.pillow import slow_webp
from origin_lambda.adapters.pillow.codec import PillowCodec
from origin_lambda.adapters.pillow.raster import PillowRaster
from origin_lambda.adapters.pillow.slow_webp import write_webp
from origin_lambda.image.encoding import Encoding
from origin_lambda.image.quality import Effort, Tuning
from origin_lambda.image.raster import Frame
from origin_lambda.url.values import Format, Profile
from tests.support.originals import draw
from tests.support.rendering import mean_difference

SIZE: Final = (151, 99)
SLOW: Final = Encoding(Format.WEBP, 62.25, effort=Effort.MOST)


@pytest.fixture(params=["RGB", "RGBA"])
def picture(request: pytest.FixtureRequest) -> Image.Image:
    picture = Image.open(io.BytesIO(draw("photograph"))).convert("RGB").resize(SIZE)
    if request.param == "RGBA":
        picture.putalpha(Image.linear_gradient("L").resize(SIZE))
    return picture


def test_with_pillows_options_the_file_is_that_of_pillow(
    picture: Image.Image, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(slow_webp, "_COMMON", {"method": 6})

    assert write_webp(picture, SLOW) == _write_by_pillow(picture)


def test_each_tuning_gives_another_file_of_the_same_picture(picture: Image.Image) -> None:
    files = [_encode(picture, SLOW, tuning) for tuning in Tuning]

    assert len({*files, _write_by_pillow(picture)}) == len(Tuning) + 1
    for file in files:
        decoded = Image.open(io.BytesIO(file))
        assert (decoded.mode, decoded.size) == (picture.mode, picture.size)
        assert mean_difference(decoded.convert("RGB"), picture.convert("RGB")) < 6
        if picture.mode == "RGBA":
            assert decoded.getchannel("A").tobytes() == picture.getchannel("A").tobytes()


def test_without_a_wheel_pillow_writes_the_file(
    picture: Image.Image, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(slow_webp, "load_library", lambda: None)

    assert _encode(picture, SLOW, Tuning.EVEN) == _write_by_pillow(picture)


@pytest.mark.parametrize(
    "encoding",
    [
        Encoding(Format.WEBP, 60, effort=Effort.MOST, artist="Ada"),
        Encoding(Format.WEBP, 60, effort=Effort.MOST, profile=Profile.SRGB),
        Encoding(Format.WEBP, 60, effort=Effort.MOST, lossless=True),
    ],
)
def test_pillow_writes_what_has_metadata_or_every_pixel(
    picture: Image.Image, encoding: Encoding
) -> None:
    assert write_webp(picture, encoding) is None
    written = Image.open(io.BytesIO(_encode(picture, encoding, Tuning.USUAL)))
    assert bool(written.getexif()) is bool(encoding.artist)
    assert ("icc_profile" in written.info) is (encoding.profile is Profile.SRGB)


@pytest.mark.parametrize(
    ("size", "quality"), [((16_384, 64), 60), ((4096, 256), 101), ((4096, 256), -1)]
)
def test_what_libwebp_refuses_takes_no_memory(size: tuple[int, int], quality: float) -> None:
    picture = Image.new("RGB", size, "teal")
    refused = Encoding(Format.WEBP, quality, effort=Effort.MOST)
    assert write_webp(picture, refused) is None
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    assert [write_webp(picture, refused) for _ in range(30)] == [None] * 30

    leak = 30 * 4 * size[0] * size[1] / 1024  # if the pixels of each call stayed
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < leak / 4


def _encode(picture: Image.Image, encoding: Encoding, tuning: Tuning) -> bytes:
    frame = Frame(PillowRaster(picture.copy()))
    return PillowCodec().encode([frame], replace(encoding, tuning=tuning))


def _write_by_pillow(picture: Image.Image) -> bytes:
    file = io.BytesIO()
    picture.save(file, "WEBP", quality=SLOW.quality, method=6)
    return file.getvalue()
