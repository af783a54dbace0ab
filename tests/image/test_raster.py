"""Rasters in cases without a golden picture: sRGB profiles, opaque backgrounds, a missing wheel."""

import io
import runpy
import sys

import pytest
from PIL import Image, ImageChops, ImageCms

from origin_lambda.adapters.pillow import raster
from origin_lambda.adapters.pillow.codec import PillowCodec
from origin_lambda.adapters.pillow.raster import PillowRaster
from origin_lambda.image.derive import derive
from origin_lambda.image.geometry import Box, Size
from origin_lambda.image.probe import Limits
from origin_lambda.stopwatch import Stopwatch
from origin_lambda.url.grammar import parse
from origin_lambda.url.values import Colour
from tests.support.originals import display_p3, encoded, quadrants


def derived(data: bytes, query: str) -> Image.Image:
    derivative = derive(data, parse("/a", query).transform, PillowCodec(), Limits(), Stopwatch())
    return Image.open(io.BytesIO(derivative.body))


def srgb() -> bytes:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L"])
def test_a_picture_with_an_srgb_profile_keeps_every_sample(mode: str) -> None:
    image = quadrants().convert(mode)

    assert PillowRaster(image, srgb()).to_srgb().image is image


def test_a_picture_in_another_space_is_converted() -> None:
    image = quadrants()

    converted = PillowRaster(image, display_p3()).to_srgb().image

    assert ImageChops.difference(image, converted).getbbox() is not None


def test_a_background_does_not_change_an_opaque_picture() -> None:
    raster = PillowRaster(quadrants())

    assert raster.flatten(Colour(255, 255, 255)) is raster


def test_a_background_lies_behind_every_frame_of_an_animation() -> None:
    opaque, holed = Image.new("RGBA", (60, 40), "red"), Image.new("RGBA", (60, 40), "red")
    holed.paste((0, 0, 0, 0), (10, 10, 50, 30))
    for first, second in ((opaque, holed), (holed, opaque)):
        data = encoded(first, "WEBP", save_all=True, append_images=[second], lossless=True)

        animation = derived(data, "w=30&bg=00f&fm=webp&lossless=true")

        for number, frame in enumerate((first, second)):
            animation.seek(number)
            middle = animation.convert("RGBA").getpixel((15, 10))
            assert middle == ((0, 0, 255, 255) if frame is holed else (255, 0, 0, 255))


def test_without_the_wheel_of_the_fast_resizer_pillow_resizes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "cykooz_resizer", None)

    module = runpy.run_path(raster.__file__)

    assert module["HAS_SIMD"] is False
    resized = module["PillowRaster"](quadrants()).resize(Box(0, 0, 60, 40), Size(30, 20))
    assert resized.size == (30, 20)
