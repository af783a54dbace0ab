"""Palettes: the colours that a designer would name, and their shares."""

from collections.abc import Iterable
from random import Random

import pytest
from PIL import Image, ImageDraw

from origin_lambda.adapters.pillow.measurer import PillowMeasurer
from origin_lambda.adapters.pillow.raster import PillowRaster
from origin_lambda.image.analysis.measure import Swatch
from origin_lambda.image.analysis.swatches import choose_swatches
from origin_lambda.url.values import Colour
from tests.support.originals import BLACK, BLUE, GREEN, RED, YELLOW, quadrants, sheet

WHITE = (255, 255, 255)


def palette(image: Image.Image) -> tuple[Swatch, ...]:
    return PillowMeasurer().measure(PillowRaster(image)).palette


def shares(swatches: Iterable[Swatch]) -> dict[Colour, float]:
    return {swatch.colour: swatch.share for swatch in swatches}


def test_a_flat_picture_has_one_colour_exactly() -> None:
    assert palette(Image.new("RGB", (300, 200), (214, 41, 43))) == (
        Swatch(Colour(214, 41, 43), 1.0),
    )


def test_a_grey_picture_has_greys() -> None:
    image = Image.new("L", (100, 100), 40)
    image.paste(200, (0, 0, 100, 25))

    assert shares(palette(image)) == {Colour(40, 40, 40): 0.75, Colour(200, 200, 200): 0.25}


def test_flat_colours_are_exact_and_ordered_by_their_shares() -> None:
    image = Image.new("RGB", (100, 100), YELLOW)
    image.paste(RED, (0, 0, 100, 40))
    image.paste(BLUE, (0, 40, 10, 100))

    assert palette(image) == (
        Swatch(Colour(*YELLOW), 0.54),
        Swatch(Colour(*RED), 0.4),
        Swatch(Colour(*BLUE), 0.06),
    )


def test_a_drawing_has_exactly_its_own_colours() -> None:
    image = quadrants((1200, 800))

    assert shares(palette(image)).keys() == {Colour(*c) for c in (RED, GREEN, BLUE, YELLOW, BLACK)}


def test_mixed_colours_at_edges_are_not_swatches() -> None:
    image = Image.new("RGB", (2400, 1600), WHITE)
    ImageDraw.Draw(image).ellipse((600, 200, 1800, 1400), BLUE)
    smooth = image.reduce(2)

    ground, ball = palette(smooth)

    assert ball.colour == Colour(*BLUE)
    assert ground.colour == pytest.approx(Colour(*WHITE), abs=1)


def meadow(size: tuple[int, int]) -> Image.Image:
    """Draw every shade between dark green and pale blue."""
    light, hue = (sheet(Random(seed), (60, 40), size) for seed in (3, 4))
    blue = Image.composite(
        Image.new("RGB", size, (170, 200, 250)), Image.new("RGB", size, (20, 30, 110)), light
    )
    green = Image.composite(
        Image.new("RGB", size, (160, 220, 90)), Image.new("RGB", size, (20, 60, 10)), light
    )
    return Image.composite(blue, green, hue)


def test_a_small_vivid_accent_is_not_lost_among_many_shades() -> None:
    image = meadow((1200, 800))
    ImageDraw.Draw(image).ellipse((700, 300, 740, 340), RED)

    swatches = palette(image)

    assert len(swatches) == 16
    assert swatches[-1].colour == Colour(*RED)
    assert swatches[-1].share == pytest.approx(0.0013, abs=0.0005)


def test_a_small_dull_area_is_not_an_accent() -> None:
    image = Image.new("RGB", (1200, 800), WHITE)
    image.paste((128, 128, 128), (0, 0, 40, 40))

    assert palette(image) == (Swatch(Colour(*WHITE), 1.0),)


def test_colours_that_look_alike_are_one() -> None:
    image = Image.new("RGB", (100, 100), (60, 120, 60))
    image.paste((64, 124, 62), (0, 0, 100, 30))

    assert palette(image) == (Swatch(Colour(60, 120, 60), 1.0),)


def test_similar_hues_are_distinguished_better_than_similar_greys() -> None:
    greys = Image.new("RGB", (100, 100), (128, 128, 128))
    greys.paste((142, 142, 142), (0, 0, 50, 100))
    tints = Image.new("RGB", (100, 100), (128, 128, 128))
    tints.paste((104, 138, 116), (0, 0, 50, 100))

    assert len(palette(greys)) == 1
    assert len(palette(tints)) == 2


def test_a_rainbow_has_sixteen_colours_whose_shares_add_up() -> None:
    hues = Image.linear_gradient("L").resize((256, 128))
    full = Image.new("L", hues.size, 255)
    rainbow = Image.merge(
        "HSV", (hues, Image.linear_gradient("L").resize(hues.size).rotate(90), full)
    )

    swatches = palette(rainbow.convert("RGB"))

    assert len(swatches) == len(shares(swatches)) == 16
    assert sum(swatch.share for swatch in swatches) == pytest.approx(1, abs=0.001)
    assert [s.share for s in swatches] == sorted((s.share for s in swatches), reverse=True)


def test_half_transparent_pixels_count_half() -> None:
    image = Image.new("RGBA", (90, 90), (*RED, 255))
    image.paste((*BLUE, 85), (0, 0, 45, 90))

    assert shares(palette(image)) == {Colour(*RED): 0.75, Colour(*BLUE): 0.25}


def test_transparent_colours_are_not_swatches() -> None:
    image = Image.new("RGBA", (90, 60), (0, 255, 0, 0))
    image.paste((*RED, 255), (0, 0, 10, 10))

    assert palette(image) == (Swatch(Colour(*RED), 1.0),)


def test_without_visible_pixels_there_are_no_swatches() -> None:
    assert choose_swatches([]) == choose_swatches([(90, Colour(*RED, 0))]) == ()
