"""What fills the space beside the picture: a colour, a blurred copy, or a gradient."""

import itertools

import pytest
from PIL import Image

from origin_lambda.adapters.pillow.raster import PillowRaster
from origin_lambda.image.filling import BlurredCopy, Filling, Gradient, Ramp, Rings
from origin_lambda.image.formats import Kind
from origin_lambda.image.geometry import Size
from origin_lambda.image.probe import Facts
from origin_lambda.image.stages.extend import Extend
from origin_lambda.image.stages.fills.fill_box import FillBox
from origin_lambda.image.stages.flatten import Flatten
from origin_lambda.url.grammar import canonical
from origin_lambda.url.values import Colour
from tests.image.test_shapes import pixel
from tests.image.test_stages import photograph, planned
from tests.support.plans import find_stage
from tests.support.strategies import transform_of

FILL = "w=100&h=100&fit=fill&fill="
GREYS = tuple(Colour(step, step, step) for step in range(256))
RED, BLUE = Colour(255, 0, 0), Colour(0, 0, 255)


def filling_of(query: str) -> Filling:
    stage = find_stage(planned(f"{FILL}{query}", Facts(Kind.JPEG, Size(300, 200))), FillBox)
    assert stage is not None
    assert (stage.size, stage.offset) == (Size(100, 100), (0, 16))
    return stage.filling


def shape_of(query: str) -> Ramp | Rings:
    filling = filling_of(f"gradient&{query}")
    assert isinstance(filling, Gradient)
    return filling.shape


def extend(image: Image.Image, filling: Filling, margin: int = 20) -> Image.Image:
    size = Size(image.width + 2 * margin, image.height + 2 * margin)
    return PillowRaster(image.copy()).extend_with(size, (margin, margin), filling).image


# Plans.


def test_a_solid_fill_has_its_colour_and_no_fill_color_is_no_fill() -> None:
    assert filling_of("solid&fill-color=f00") == RED
    assert canonical(transform_of(f"{FILL}solid")) == canonical(
        transform_of("w=100&h=100&fit=fill")
    )


def test_a_blurred_copy_is_as_blurred_for_each_dpr() -> None:
    assert filling_of("blur") == BlurredCopy(5)
    twice = find_stage(planned(f"{FILL}blur&dpr=2"), FillBox)
    assert twice
    assert twice.filling == BlurredCopy(10)


@pytest.mark.parametrize(
    "direction, ramp",
    [
        ("", Ramp(0, 1)),
        ("top", Ramp(0, -1)),
        ("right", Ramp(1, 0)),
        ("left,top", Ramp(-1, -1)),
        ("top,bottom", Ramp(0, 1)),
        ("top,bottom,left", Ramp(-1, 0)),
    ],
)
def test_a_linear_gradient_ends_at_a_side_or_in_a_corner(direction: str, ramp: Ramp) -> None:
    assert shape_of(f"fill-gradient-linear-direction={direction}") == ramp


def test_a_radial_gradient_takes_pixels_and_fractions() -> None:
    assert shape_of("fill-gradient-type=radial") == Rings(50, 50, 25, 50)
    query = (
        "fill-gradient-type=radial&fill-gradient-radial-x=8&fill-gradient-radial-y=0.1"
        "&fill-gradient-radial-radius=30,0.2&dpr=0.5&w=200&h=200"
    )
    assert shape_of(query) == Rings(4, 10, 15, 20)


def test_a_gradient_without_colours_of_any_kind_is_grey() -> None:
    filling = filling_of("gradient")

    assert isinstance(filling, Gradient)
    assert len(filling.colours) == 256
    assert filling.colours[0] == Colour(0x33, 0x33, 0x33)
    assert filling.colours[-1] == Colour(0xCC, 0xCC, 0xCC)


def test_padding_stays_around_what_is_filled() -> None:
    plan = planned(f"{FILL}blur&pad=10&bg=f00", Facts(Kind.JPEG, Size(300, 200)))

    fill, extended = find_stage(plan, FillBox), find_stage(plan, Extend)
    assert fill
    assert extended
    assert find_stage(plan, Flatten)
    assert (fill.size, extended.size, extended.offset) == (Size(80, 80), Size(100, 100), (10, 10))


@pytest.mark.parametrize(
    "query, alpha",
    [
        ("blur", False),
        ("solid&fill-color=f00", False),
        ("solid&fill-color=8f00", True),
        ("gradient", False),
        ("gradient&fill-gradient-linear=f00,00f", False),
        ("gradient&fill-gradient-linear=f00,800f", True),
        ("gradient&fill-gradient-type=radial&fill-gradient-radial=0f00,00f", True),
        ("blur&pad=1", True),
    ],
)
def test_only_a_translucent_fill_makes_an_opaque_picture_transparent(
    query: str, alpha: bool
) -> None:
    assert planned(f"{FILL}{query}&fm=png", Facts(Kind.JPEG, Size(300, 200))).alpha is alpha


def test_a_picture_that_fills_its_box_is_not_extended() -> None:
    plan = planned(f"{FILL}blur", Facts(Kind.JPEG, Size(300, 300)))

    assert find_stage(plan, FillBox) is None


# Pixels.


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L"])
@pytest.mark.parametrize(
    "filling",
    [RED, Colour(9, 9, 9, 9), BlurredCopy(3), Gradient(GREYS, Ramp(1, 0))],
    ids=["opaque", "translucent", "blur", "gradient"],
)
def test_the_picture_itself_stays_as_it_is(mode: str, filling: Filling) -> None:
    image = photograph(mode)

    result = extend(image, filling)

    inside = result.crop((20, 20, 20 + image.width, 20 + image.height))
    assert inside.tobytes() == image.convert(result.mode).tobytes()


def test_a_solid_fill_surrounds_the_picture() -> None:
    assert pixel(extend(photograph(), RED), (3, 3)) == (*RED,)


@pytest.mark.parametrize(
    "ramp, corners",
    [
        (Ramp(0, 1), (0, 0, 255, 255)),
        (Ramp(0, -1), (255, 255, 0, 0)),
        (Ramp(1, 0), (0, 255, 0, 255)),
        (Ramp(-1, 0), (255, 0, 255, 0)),
        (Ramp(1, 1), (0, 127, 127, 255)),
        (Ramp(-1, 1), (127, 0, 255, 127)),
    ],
)
def test_a_linear_gradient_runs_to_its_side(ramp: Ramp, corners: tuple[int, ...]) -> None:
    result = extend(photograph(), Gradient(GREYS, ramp))

    right, bottom = result.width - 1, result.height - 1
    places = [(0, 0), (right, 0), (0, bottom), (right, bottom)]
    assert [pixel(result, place)[0] for place in places] == pytest.approx(corners, abs=2)


def test_a_radial_gradient_has_its_radii() -> None:
    canvas = extend(Image.new("RGB", (1, 1)), Gradient(GREYS, Rings(50.5, 50.5, 20, 40)), 50)

    along = [pixel(canvas, (50 + distance, 50))[0] for distance in (19, 25, 30, 35, 41)]
    assert along == pytest.approx([0, 64, 128, 191, 255], abs=6)


@pytest.mark.parametrize(
    "rings, distance, position",
    [
        (Rings(0, 0, 20, 40), 30, 0.5),
        (Rings(0, 0, 40, 20), 30, 0.5),
        (Rings(0, 0, 40, 20), 10, 1.0),
        (Rings(0, 0, 30, 30), 29, 0.0),
        (Rings(0, 0, 30, 30), 30, 1.0),
    ],
)
def test_the_larger_radius_may_come_first(rings: Rings, distance: int, position: float) -> None:
    assert rings.compute_position(distance) == position


def test_a_blurred_copy_shows_the_middle_of_the_picture_smoothly() -> None:
    halves = Image.new("RGB", (60, 20), (*BLUE[:3],))
    halves.paste((*RED[:3],), (0, 0, 30, 20))

    result = PillowRaster(halves).extend_with(Size(60, 60), (0, 20), BlurredCopy(4)).image

    across = [pixel(result, (x, 5))[0] for x in range(60)]
    assert (across[0], across[-1]) == (255, 0)
    assert across == sorted(across, reverse=True)
    assert max(a - b for a, b in itertools.pairwise(across)) < 40


@pytest.mark.parametrize("size", [(1, 1), (1, 500), (500, 1)])
def test_a_blurred_copy_of_a_tiny_picture_covers_the_box(size: tuple[int, int]) -> None:
    image = Image.new("RGB", size, (10, 20, 30))

    result = PillowRaster(image).extend_with(Size(500, 500), (0, 0), BlurredCopy(25)).image

    assert pixel(result, (499, 499)) == (10, 20, 30, 255)
