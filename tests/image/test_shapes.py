"""Borders, masks and the grid: what is inside, what is outside, and smooth edges between them."""

import math
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageStat

from origin_lambda.adapters.pillow.raster import PillowRaster
from origin_lambda.adapters.pillow.shapes import draw_mask
from origin_lambda.image.formats import ABILITIES, Kind
from origin_lambda.image.geometry import Size
from origin_lambda.image.outline import Outline, Radius
from origin_lambda.image.plan import Plan
from origin_lambda.image.probe import Facts
from origin_lambda.image.stages.flatten import Flatten
from origin_lambda.image.stages.shapes.cut_shape import CutShape
from origin_lambda.image.stages.shapes.draw_border import DrawBorder
from origin_lambda.image.stages.shapes.draw_grid import DrawGrid
from origin_lambda.url.values import WHITE, Colour, Format
from tests.image.test_stages import planned
from tests.support.plans import find_stage

RED = Colour(255, 0, 0)


def plan_png(query: str, *, alpha: bool = False) -> Plan:
    return planned(query, Facts(Kind.PNG, Size(300, 200), alpha=alpha))


def border_of(query: str) -> DrawBorder:
    border = find_stage(plan_png(query), DrawBorder)
    assert border is not None
    return border


def mask_of(query: str) -> CutShape:
    mask = find_stage(plan_png(query), CutShape)
    assert mask is not None
    return mask


def coverage(mask: Image.Image) -> float:
    """Return the area that is white, in pixels."""
    return ImageStat.Stat(mask).sum[0] / 255


def pixel(image: Image.Image, place: tuple[int, int]) -> Sequence[int]:
    return pixels(image.crop((*place, place[0] + 1, place[1] + 1)))[0]


def pixels(image: Image.Image) -> list[Sequence[int]]:
    """Return the pixels of an RGBA picture."""
    data = image.convert("RGBA").tobytes()
    return [tuple(data[start : start + 4]) for start in range(0, len(data), 4)]


# Outlines.

sides = st.integers(1, 300)
radii = st.tuples(*[st.integers(0, 400)] * 4)


@given(width=sides, height=sides, radii=radii)
def test_radii_never_overlap_and_keep_their_ratio(
    width: int, height: int, radii: tuple[int, int, int, int]
) -> None:
    outline = Outline.rounded((0, 0, width, height), radii)

    first, second, third, fourth = outline.radii
    assert first.x + second.x <= width + 1e-6
    assert fourth.x + third.x <= width + 1e-6
    assert first.y + fourth.y <= height + 1e-6
    assert second.y + third.y <= height + 1e-6
    factors = [
        after.x / before for after, before in zip(outline.radii, radii, strict=True) if before
    ]
    assert all(factor == pytest.approx(factors[0]) for factor in factors)


@pytest.mark.parametrize("size", [(300, 200), (301, 199), (40, 40), (7, 5), (1, 1), (2, 90)])
def test_an_ellipse_covers_its_area(size: tuple[int, int]) -> None:
    mask = draw_mask(Size(*size), Outline.ellipse(Size(*size)))

    area = math.pi / 4 * size[0] * size[1]
    assert coverage(mask) == pytest.approx(area, rel=0.04, abs=0.6)
    flipped = mask.transpose(Image.Transpose.ROTATE_180)
    assert mask.tobytes() == flipped.tobytes()


@pytest.mark.parametrize("radius", [0.01, 1, 7, 40, 99.5])
def test_a_round_corner_cuts_its_area(radius: float) -> None:
    outline = Outline.rounded((10, 5, 210, 205), (radius, 0, 0, 0))

    mask = draw_mask(Size(220, 210), outline)

    cut = (1 - math.pi / 4) * radius**2
    assert coverage(mask) == pytest.approx(200 * 200 - cut, abs=1 + radius / 10)
    assert mask.getpixel((209, 204)) == 255
    assert mask.getpixel((210, 204)) == mask.getpixel((9, 100)) == 0


def test_a_large_ellipse_is_drawn_in_bounded_memory() -> None:
    size = Size(6000, 5000)

    mask = draw_mask(size, Outline.ellipse(size))

    assert coverage(mask) == pytest.approx(math.pi / 4 * 30_000_000, rel=0.001)


# Plans.


@pytest.mark.parametrize(
    "query, box",
    [
        ("w=100&border=5,f00", (5, 5, 95, 62)),
        ("w=100&dpr=2&border=5,f00", (10, 10, 190, 123)),
        ("w=100&border=5,f00&border-top=0&border-left=20", (20, 0, 95, 62)),
        ("w=100&border=5,f00&pad=10", (5, 5, 95, 68)),
        ("w=20&border=50,f00", (20, 13, 20, 13)),
    ],
)
def test_a_border_lies_over_the_edges_of_the_result(
    query: str, box: tuple[int, int, int, int]
) -> None:
    border = border_of(query)

    inner = border.inner
    assert (inner.left, inner.top, inner.right, inner.bottom) == box
    assert border.colour == RED


def test_radii_of_a_border_are_multiplied_by_dpr() -> None:
    border = border_of("w=100&dpr=2&border=5,f00&border-radius=8&border-radius-inner=1,2,3,4")

    assert border.outer.radii == (Radius(16, 16),) * 4
    assert [radius.x for radius in border.inner.radii] == [2, 4, 6, 8]


STROKE = "border-stroke-size=3&border-stroke-color=00f"


def test_a_stroke_lies_along_both_edges_of_the_border() -> None:
    border = border_of(f"w=100&h=100&fit=crop&dpr=2&border=20,f00&{STROKE}")
    white = PillowRaster(Image.new("RGB", (200, 200), "white"))

    drawn = border.apply(white).image

    along = [pixel(drawn, (x, 100))[:3] for x in (0, 5, 6, 33, 34, 39, 40)]
    blue, red = (0, 0, 255), (255, 0, 0)
    assert along == [blue, blue, red, red, blue, blue, (255, 255, 255)]


def test_a_stroke_stays_on_the_border_if_a_side_has_none() -> None:
    border = border_of(f"w=100&h=100&fit=crop&border=20,f00&border-top=0&{STROKE}")
    white = PillowRaster(Image.new("RGB", (100, 100), "white"))

    drawn = border.apply(white).image

    assert pixel(drawn, (50, 0)) == (255, 255, 255, 255)
    assert pixel(drawn, (0, 0)) == (0, 0, 255, 255)


def test_a_border_that_covers_everything_has_no_inner_stroke() -> None:
    border = border_of(f"w=20&h=20&fit=crop&border=50,f00&{STROKE}")

    drawn = border.apply(PillowRaster(Image.new("RGB", (20, 20), "white"))).image

    assert pixel(drawn, (10, 10)) == (255, 0, 0, 255)
    assert pixel(drawn, (0, 10)) == (0, 0, 255, 255)


@pytest.mark.parametrize(
    "query",
    ["border=0,f00", "border=5,f00&border-top=0&border-right=0&border-bottom=0&border-left=0"],
)
def test_a_border_of_no_size_is_no_work(query: str) -> None:
    assert find_stage(plan_png(query), DrawBorder) is None


def test_corners_are_a_fifth_of_the_shorter_side_by_default() -> None:
    assert mask_of("mask=corners").outline.radii == (Radius(40, 40),) * 4
    assert (
        mask_of("mask=corners&corner-radius=9&w=150&dpr=2").outline.radii == (Radius(18, 18),) * 4
    )
    assert find_stage(plan_png("mask=corners&corner-radius=0"), CutShape) is None


@pytest.mark.parametrize(
    "query, alpha, behind",
    [
        ("mask=ellipse", True, None),
        ("mask=ellipse&fm=jpg", False, WHITE),
        ("mask=ellipse&mask-bg=f00", False, RED),
        ("mask=ellipse&mask-bg=80ff0000", True, Colour(255, 0, 0, 128)),
        ("mask=ellipse&mask-bg=f00&fm=jpg", False, RED),
        ("mask=ellipse&mask-bg=80ff0000&fm=jpg", False, Colour(255, 127, 127)),
        ("mask=ellipse&mask-bg=00000000&fm=jpg", False, WHITE),
        ("mask=ellipse&transparency=grid", False, None),
        ("mask=ellipse&transparency=grid&fm=jpg", False, None),
    ],
)
def test_what_a_mask_cuts_off_is_transparent_if_the_format_can_show_it(
    query: str, alpha: bool, behind: Colour | None
) -> None:
    assert plan_png(query).alpha is alpha
    assert mask_of(query).behind == behind


@pytest.mark.parametrize("accepted", ["auto-avif", "auto-webp"])
def test_a_negotiated_format_can_hold_what_a_mask_cuts_off(accepted: str) -> None:
    cut = planned(f"w=100&fm={accepted}&mask=ellipse")
    filled = planned("w=100&fm=auto-jpg&mask=ellipse&mask-bg=fff")

    assert ABILITIES[cut.encoding.format].alpha
    assert filled.encoding.format is Format.JPEG


def test_round_borders_can_be_transparent_outside() -> None:
    assert plan_png("border=5,f00&border-radius=9").alpha
    assert not plan_png("border=5,f00").alpha
    assert border_of("border=5,f00&border-radius=9&fm=jpg").behind == WHITE


def test_the_grid_replaces_white_behind_a_format_without_alpha() -> None:
    plan = plan_png("pad=5&transparency=grid&fm=jpg", alpha=True)

    assert find_stage(plan, Flatten) is None
    assert find_stage(plan, DrawGrid) == DrawGrid(4, (Colour(0xD0, 0xD7, 0xDD), WHITE))
    assert find_stage(plan_png("pad=5&transparency=grid&grid-size=3&dpr=2"), DrawGrid) == DrawGrid(
        6, (Colour(0xD0, 0xD7, 0xDD), WHITE)
    )


# Pixels.


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA"])
def test_a_cut_keeps_the_inside_and_drops_the_outside(mode: str) -> None:
    image = Image.new("RGB", (60, 40), (200, 100, 50)).convert(mode)
    inside = pixel(image, (30, 20))

    clear = PillowRaster(image.copy()).cut(Outline.ellipse(Size(60, 40)), None).image
    filled = PillowRaster(image.copy()).cut(Outline.ellipse(Size(60, 40)), RED).image

    assert pixel(clear, (30, 20)) == pixel(filled, (30, 20)) == inside
    assert pixel(clear, (0, 0))[3] == 0
    assert pixel(filled, (0, 0)) == RED


def test_a_cut_keeps_transparent_parts_and_does_not_show_their_colour() -> None:
    image = Image.new("RGBA", (40, 40), (255, 0, 255, 0))
    image.paste((0, 200, 0, 255), (0, 0, 20, 40))

    cut = PillowRaster(image).cut(Outline.ellipse(Size(40, 40)), None).image

    assert pixel(cut, (10, 20)) == (0, 200, 0, 255)
    assert pixel(cut, (30, 20))[3] == 0
    for red, _, blue, alpha in pixels(cut):
        assert not alpha or (red, blue) == (0, 0)


def test_the_edge_of_a_cut_mixes_with_the_colour_behind() -> None:
    green = Image.new("RGBA", (40, 40), (0, 255, 0, 255))

    cut = PillowRaster(green).cut(Outline.ellipse(Size(40, 40)), RED).image

    assert {alpha for *_, alpha in pixels(cut)} == {255}
    for red, level, _, _ in pixels(cut):
        assert red + level == pytest.approx(255, abs=1)


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA"])
def test_a_border_is_drawn_in_its_colour(mode: str) -> None:
    image = Image.new("RGB", (60, 40), (200, 200, 200)).convert(mode)
    outer = Outline.rounded((0, 0, 60, 40), (0, 0, 0, 0))
    inner = Outline.rounded((10, 5, 50, 35), (0, 0, 0, 0))

    drawn = PillowRaster(image).draw_border(outer, inner, RED).image.convert("RGB")

    assert drawn.getpixel((9, 20)) == drawn.getpixel((30, 4)) == (255, 0, 0)
    assert drawn.getpixel((10, 5)) == (200, 200, 200)


def test_a_border_over_transparent_parts_keeps_its_colour_at_its_edge() -> None:
    clear = Image.new("RGBA", (60, 60))
    outer = Outline.rounded((0, 0, 60, 60), (0, 0, 0, 0))
    inner = Outline.rounded((6, 6, 54, 54), (24, 24, 24, 24))

    drawn = PillowRaster(clear).draw_border(outer, inner, RED).image

    for red, green, blue, alpha in pixels(drawn):
        assert not alpha or (red, green, blue) == (255, 0, 0)


@pytest.mark.parametrize("side", [1, 4, 7, 100, 40_960])
def test_a_grid_alternates_its_colours(side: int) -> None:
    first, second = Colour(10, 20, 30), Colour(200, 210, 220)

    grid = PillowRaster(Image.new("RGBA", (50, 30))).draw_grid(side, (first, second)).image

    assert (grid.size, grid.mode) == ((50, 30), "RGB")
    for x, y in ((0, 0), (side - 1, side - 1), (side, 0), (0, side), (side, side), (49, 29)):
        if x < 50 and y < 30:
            expected = (first, second)[(x // side + y // side) % 2]
            assert grid.getpixel((x, y)) == expected[:3]
