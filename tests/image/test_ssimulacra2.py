"""Our SSIMULACRA2 gives nearly the scores of the reference, for gradients and for lines."""

from collections.abc import Callable
from typing import Final

import pytest
from PIL import Image, ImageDraw, ImageFilter, ImageOps

from origin_lambda.adapters.pillow.ssimulacra2 import score

Change = Callable[[Image.Image], Image.Image]


def slopes() -> Image.Image:
    """Return soft colours with a weave on them, as cloth has."""
    bands = [
        Image.radial_gradient("L").resize((320, 240)),
        Image.linear_gradient("L").resize((320, 240)),
        Image.linear_gradient("L").rotate(90).resize((320, 240)),
    ]
    weave = Image.frombytes("L", (320, 240), bytes(at * at // 7 % 251 for at in range(320 * 240)))
    return Image.blend(Image.merge("RGB", bands), weave.convert("RGB"), 0.2)


def lines() -> Image.Image:
    """Return thin lines and full circles, red and black on white."""
    image = Image.new("RGB", (320, 240), "#ffffff")
    pen = ImageDraw.Draw(image)
    for at in range(0, 320, 9):
        pen.line((at, 0, 320 - at, 240), ("#24292f", "#cf222e")[at % 2], 1 + at % 3)
    for at in range(0, 320, 50):
        pen.ellipse((at, at // 2, at + 30, at // 2 + 30), "#0969da")
    return image


def blurred(image: Image.Image) -> Image.Image:
    return image.filter(ImageFilter.GaussianBlur(0.4))


def banded(image: Image.Image) -> Image.Image:
    return ImageOps.posterize(image, 4)


def of_half_the_colours(image: Image.Image) -> Image.Image:
    lightness, *colours = image.convert("YCbCr").split()
    halved = [band.reduce(2).resize(image.size) for band in colours]
    return Image.merge("YCbCr", (lightness, *halved)).convert("RGB")


def speckled(image: Image.Image) -> Image.Image:
    dots = Image.frombytes("L", (320, 240), bytes(at * at % 61 for at in range(320 * 240)))
    return Image.blend(image, dots.convert("RGB"), 0.05)


# The scores of ssimulacra2 0.3.0, the reference in the benches, for the same pixels.
REFERENCES: Final[tuple[tuple[Callable[[], Image.Image], Change, float], ...]] = (
    (slopes, blurred, 82.5),
    (slopes, banded, 71.3),
    (slopes, of_half_the_colours, 95.3),
    (slopes, speckled, 86.1),
    (lines, blurred, 38.4),
    (lines, banded, 79.8),
    (lines, of_half_the_colours, 45.7),
    (lines, speckled, 82.4),
)


@pytest.mark.parametrize("draw, change, reference", REFERENCES)
def test_scores_equal_those_of_the_reference(
    draw: Callable[[], Image.Image], change: Change, reference: float
) -> None:
    original = draw()

    assert score(original, change(original)) == pytest.approx(reference, abs=(100 - reference) / 30)


@pytest.mark.parametrize("draw", [slopes, lines])
def test_equal_pictures_score_100(draw: Callable[[], Image.Image]) -> None:
    assert score(draw(), draw()) == pytest.approx(100, abs=0.01)


def test_each_original_is_compared_with_its_own_copies() -> None:
    first, second = slopes(), lines()

    alone = score(first, blurred(first))
    score(second, blurred(second))

    assert score(first, blurred(first)) == alone


def test_grey_pictures_are_compared_too() -> None:
    grey = slopes().convert("L")

    assert score(grey, grey) == pytest.approx(100, abs=0.01)
