"""ThumbHashes equal those of the reference implementation, and hide what is transparent.

The expected ones come from Evan Wallace's JavaScript (npm: thumbhash 0.1.1) and the same pixels.
"""

import base64

import pytest
from PIL import Image

from origin_lambda.adapters.pillow.measurer import PillowMeasurer
from origin_lambda.adapters.pillow.raster import PillowRaster
from origin_lambda.image.analysis.thumbhash import compute_thumbhash
from origin_lambda.image.geometry import Size
from tests.support.originals import RED, disc, quadrants


def measure(image: Image.Image) -> bytes:
    return PillowMeasurer().measure(PillowRaster(image)).thumbhash


def gradients() -> Image.Image:
    """Draw four gradients, one of them in alpha."""
    slope = Image.linear_gradient("L").resize((40, 40))
    cone = Image.radial_gradient("L").resize((40, 40))
    bands = slope, cone, slope.rotate(90), cone.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    return Image.merge("RGBA", bands)


def chipped() -> Image.Image:
    """Draw a picture half as wide as high, with one transparent pixel: 2.5 waves become 3."""
    image = quadrants((50, 100)).convert("RGBA")
    image.putpixel((0, 0), (*RED, 0))
    return image


@pytest.mark.parametrize(
    "image, wanted",
    [
        (quadrants((96, 64)), "HRkKVZJyiYewZ4h3h6h2d3Dq56d/"),
        (quadrants((64, 96)), "HRkKVRJyibBneHeodndniHDq56d/"),
        (chipped(), "HRmKUxIPgrB4p3aA6ueofwAAAAAAAAA="),
        (gradients(), "YsiFRRAYoJWAd3pYmJ+EeQVY94h4h492iA=="),
    ],
)
def test_a_thumbhash_equals_that_of_the_reference_implementation(
    image: Image.Image, wanted: str
) -> None:
    pixels = image.convert("RGBA").tobytes()

    assert base64.b64encode(compute_thumbhash(Size(*image.size), pixels)).decode() == wanted


def test_a_small_picture_is_hashed_unchanged() -> None:
    image = quadrants((96, 64))

    assert base64.b64encode(measure(image)).decode() == "HRkKVZJyiYewZ4h3h6h2d3Dq56d/"


def test_a_picture_with_alpha_is_hashed_unchanged() -> None:
    found = measure(gradients())

    assert base64.b64encode(found).decode() == "YsiFRRAYoJWAd3pYmJ+EeQVY94h4h492iA=="


def test_the_hash_of_a_flat_picture_has_no_noise() -> None:
    found = measure(Image.new("RGB", (90, 60), RED))

    assert set(found[5:-1]) == {0x88}


def test_a_large_picture_is_hashed_like_a_small_copy_of_it() -> None:
    large, small = measure(quadrants((960, 640))), measure(quadrants((96, 64)))

    assert len(large) == len(small)
    assert large[:3] == small[:3]


@pytest.mark.parametrize("size", [(90, 60), (900, 600)])
def test_a_thumbhash_does_not_reveal_hidden_colours(size: tuple[int, int]) -> None:
    hidden = Image.new("RGBA", size, (0, 255, 0, 0))
    hidden.paste(disc(size), mask=disc(size))

    assert measure(hidden) == measure(disc(size))
