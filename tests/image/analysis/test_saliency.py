"""Focal points of drawn scenes with an obvious subject."""

from random import Random

import pytest
from PIL import Image, ImageDraw, ImageFilter

from origin_lambda.adapters.pillow.measurer import PillowMeasurer
from origin_lambda.adapters.pillow.raster import PillowRaster
from origin_lambda.image.analysis.measure import FocalPoint
from origin_lambda.image.analysis.saliency import _peak_position
from tests.support.originals import BLACK, RED, YELLOW, sheet

MIDDLE = FocalPoint(0.5, 0.5)
CLEAR = (0, 0, 0, 0)
WHITE = (255, 255, 255)


def find_point(image: Image.Image) -> FocalPoint:
    return PillowMeasurer().measure(PillowRaster(image)).focal_point


def scene(x: float, y: float, size: tuple[int, int] = (600, 400)) -> Image.Image:
    """Draw a yellow ball in front of a dull wall, its middle at these shares of the sides."""
    wall = sheet(Random(1841), (30, 20), size).point([60 + value // 4 for value in range(256)])
    image = wall.convert("RGB")
    left, top, radius = size[0] * x, size[1] * y, min(size) / 9
    box = (left - radius, top - radius, left + radius, top + radius)
    ImageDraw.Draw(image).ellipse(box, YELLOW)
    return image


PLACES = [(0.25, 0.3), (0.75, 0.3), (0.25, 0.7), (0.75, 0.7), (0.5, 0.5)]


def assert_near(point: FocalPoint, wanted: tuple[float, float], within: float = 0.04) -> None:
    assert point == pytest.approx(wanted, abs=within)


@pytest.mark.parametrize("place", PLACES)
def test_a_bright_subject_is_found_x_to_the_right_and_y_down(place: tuple[float, float]) -> None:
    assert_near(find_point(scene(*place)), place)


@pytest.mark.parametrize("size", [(1280, 853), (200, 600), (60, 60), (1000, 160)])
def test_a_subject_is_found_whatever_the_size_and_shape(size: tuple[int, int]) -> None:
    assert_near(find_point(scene(0.7, 0.4, size)), (0.7, 0.4), 0.06)


def test_a_subject_is_found_without_colours() -> None:
    assert_near(find_point(scene(0.25, 0.7).convert("L")), (0.25, 0.7), 0.06)


@pytest.mark.parametrize("colour", [WHITE, BLACK, RED])
def test_a_cut_out_is_found_whatever_its_colour(colour: tuple[int, int, int]) -> None:
    image = Image.new("RGBA", (300, 300), CLEAR)
    image.paste((*colour, 255), (180, 30, 270, 120))

    assert_near(find_point(image), (0.75, 0.25))


def grain(size: tuple[int, int], depth: int = 256) -> Image.Image:
    """Return noise around middle grey, with this many greys."""
    noise = Image.frombytes("L", size, Random(1835).randbytes(size[0] * size[1]))
    return noise.point([128 + (value - 128) * depth // 256 for value in range(256)]).convert("RGB")


def test_hidden_colours_do_not_attract_the_focal_point() -> None:
    image = grain((200, 200)).convert("RGBA")
    image.putalpha(0)
    image.paste((120, 120, 120, 255), (20, 20, 80, 80))

    assert_near(find_point(image), (0.25, 0.25))


def test_a_sharp_subject_is_found_before_a_blurred_background() -> None:
    sharp = grain((600, 400))
    image = sharp.filter(ImageFilter.GaussianBlur(12))
    image.paste(sharp.crop((0, 0, 100, 100)), (400, 80))

    assert_near(find_point(image), (0.75, 0.325), 0.06)


def test_faint_noise_does_not_lead_away_from_the_middle() -> None:
    assert_near(find_point(grain((600, 400), 8)), MIDDLE, 0.02)


def test_invisible_differences_do_not_lead_away_from_the_middle() -> None:
    image = Image.new("RGB", (600, 400), (128, 128, 128))
    image.paste((129, 129, 129), (420, 50, 500, 130))
    image.paste(grain((80, 80), 4), (60, 300))

    assert_near(find_point(image), MIDDLE)


def test_a_flat_peak_keeps_its_position() -> None:
    assert _peak_position([1.0, 1.0, 1.0], 1) == 0.5


def test_a_subject_at_the_edge_is_found() -> None:
    image = Image.new("RGB", (600, 400), (90, 110, 130))
    image.paste(grain((120, 400)), (480, 0))

    assert find_point(image).x > 0.7


def test_a_subject_behind_stripes_is_found() -> None:
    image = Image.new("RGB", (600, 400), WHITE)
    pen = ImageDraw.Draw(image)
    for left in range(0, 600, 40):
        pen.line((left, 0, left, 400), (235, 235, 235), 8)
    pen.ellipse((330, 180, 470, 320), (120, 120, 140))

    assert_near(find_point(image), (0.667, 0.625), 0.06)
