"""The border that `trim` removes."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from origin_lambda.adapters.pillow.codec import PillowCodec
from origin_lambda.adapters.pillow.raster import PillowRaster
from origin_lambda.image.derive import derive, plan_needed_sample
from origin_lambda.image.formats import Kind
from origin_lambda.image.geometry import Size
from origin_lambda.image.mips import Mip
from origin_lambda.image.probe import Facts, Limits
from origin_lambda.image.raster import Bounds
from origin_lambda.image.trimming import Precision, find_content, place_content
from origin_lambda.stopwatch import Stopwatch
from tests.support.originals import draw
from tests.support.strategies import transform_of

EXACT = Precision(0, is_reduced=False)
BOX = (10, 20, 40, 50)


def picture(border: tuple[int, ...], inside: tuple[int, ...] = (200, 30, 30)) -> Image.Image:
    """Return 60 x 60 pixels of which BOX shows a chequered colour."""
    image = Image.new("RGB" if len(border) == 3 else "RGBA", (60, 60), border)
    pen = ImageDraw.Draw(image)
    pen.rectangle((BOX[0], BOX[1], BOX[2] - 1, BOX[3] - 1), inside)
    pen.rectangle((20, 30, 29, 39), tuple(255 - value for value in inside[:3]))
    return image


def content_of(query: str, *images: Image.Image, precision: Precision = EXACT) -> Bounds | None:
    rasters = [PillowRaster(image) for image in images]
    return find_content(rasters, transform_of(query).trim, precision)


def size_of(query: str, name: str = "bordered") -> tuple[int, int]:
    transform = transform_of(f"{query}&fm=png")
    made = derive(draw(name), transform, PillowCodec(), Limits(), Stopwatch())
    with Image.open(io.BytesIO(made.body)) as image:
        return image.size


@pytest.mark.parametrize("mode", ["auto", "color", "colorunlessalpha"])
@pytest.mark.parametrize("border", [(255, 255, 255), (0, 0, 0), (30, 140, 90)])
def test_a_border_of_one_colour_is_removed(mode: str, border: tuple[int, ...]) -> None:
    assert content_of(f"trim={mode}", picture(border)) == BOX


@pytest.mark.parametrize("mode", ["auto", "alpha", "colorunlessalpha"])
def test_a_transparent_border_is_removed(mode: str) -> None:
    image = picture((200, 30, 30, 0), (200, 30, 30, 255))

    assert content_of(f"trim={mode}", image) == BOX


@pytest.mark.parametrize("mode", ["auto", "color", "alpha", "colorunlessalpha"])
def test_a_picture_that_is_all_border_has_no_content(mode: str) -> None:
    assert content_of(f"trim={mode}", Image.new("RGBA", (9, 9), (1, 2, 3, 0))) is None


def test_alpha_leaves_the_border_of_an_opaque_picture() -> None:
    assert content_of("trim=alpha", picture((255, 255, 255))) == (0, 0, 60, 60)


def test_the_color_is_removed_inside_of_transparent_parts() -> None:
    image = Image.new("RGBA", (80, 80))
    image.paste(picture((0, 0, 255, 255), (200, 30, 30, 255)), (10, 10))

    assert content_of("trim=color", image) == (20, 30, 50, 60)
    assert content_of("trim=colorunlessalpha", image) == (10, 10, 70, 70)


def test_only_the_color_that_is_named_is_removed() -> None:
    image = picture((0, 0, 255))

    assert content_of("trim=color&trim-color=f00", image) == (0, 0, 60, 60)
    assert content_of("trim=color&trim-color=00f", image) == BOX


def test_a_tolerance_removes_colors_that_are_near() -> None:
    image = picture((0, 0, 255))
    image.putpixel((3, 3), (0, 8, 255))

    assert content_of("trim=color&trim-tol=7", image) == (3, 3, 40, 50)
    assert content_of("trim=color&trim-tol=8", image) == BOX
    noisy = Precision(8, is_reduced=False)
    assert content_of("trim=color", image, precision=noisy) == BOX


def test_alpha_removes_what_is_hardly_visible() -> None:
    image = picture((9, 9, 9, 20), (200, 30, 30, 255))

    assert content_of("trim=alpha&trim-alpha=19", image) == (0, 0, 60, 60)
    assert content_of("trim=alpha&trim-alpha=20", image) == BOX
    assert content_of("trim=alpha&trim-alpha=15&trim-tol=5", image) == BOX


def test_auto_removes_bars_of_different_colours() -> None:
    image = picture((255, 255, 255)).crop(BOX)
    page = Image.new("RGB", (50, 50), "navy")
    page.paste((255, 200, 0), (0, 0, 50, 10))
    page.paste(image, (10, 10))

    assert content_of("trim=auto", page) == (10, 10, 40, 40)


def test_auto_stops_at_a_line_that_is_uneven_or_has_another_colour() -> None:
    image = picture((250, 250, 250))
    ImageDraw.Draw(image).rectangle((0, 8, 59, 9), (237, 237, 237))
    image.putpixel((30, 55), (0, 0, 0))

    assert content_of("trim=auto&trim-sd=60", image) == (10, 8, 40, 50)
    assert content_of("trim=auto&trim-sd=60&trim-md=13", image) == BOX
    assert content_of("trim=auto&trim-md=13", image) == (10, 20, 40, 56)


def test_in_a_reduced_picture_the_line_next_to_the_border_goes_too() -> None:
    reduced = Precision(0, is_reduced=True)

    assert content_of("trim=auto", picture((0, 0, 0)), precision=reduced) == (11, 21, 39, 49)
    assert content_of("trim=color", picture((0, 0, 0)), precision=reduced) == BOX


def test_an_animation_keeps_the_content_of_all_frames() -> None:
    moved = picture((0, 0, 0)).transpose(Image.Transpose.ROTATE_180)

    assert content_of("trim=color", picture((0, 0, 0)), moved) == (10, 10, 50, 50)


@given(
    st.tuples(*[st.integers(0, 30)] * 2),
    st.tuples(*[st.integers(1, 30)] * 2),
    st.integers(1, 300),
    st.integers(-200, 200),
)
def test_content_lies_inside_the_original_and_is_never_empty(
    first: tuple[int, int], size: tuple[int, int], scale: int, padding: int
) -> None:
    content = (*first, first[0] + size[0], first[1] + size[1])
    sample = Size(60, 60)
    region = Size(max(1, 60 * scale // 100), max(1, 60 * scale // 90))

    left, top, right, bottom = place_content(content, sample, region, padding)

    assert 0 <= left < right <= region.width
    assert 0 <= top < bottom <= region.height
    if padding == 0 and scale >= 100:
        assert left <= first[0] * region.width / 60 < left + 1


def test_padding_is_in_pixels_of_the_original() -> None:
    assert place_content((10, 10, 20, 20), Size(100, 100), Size(1000, 500), 7) == (93, 43, 207, 107)


@pytest.mark.parametrize(
    "query, size",
    [
        ("trim=auto", (150, 90)),
        ("trim=color", (150, 90)),
        ("trim=alpha", (210, 170)),
        ("trim=color&trim-pad=10", (170, 110)),
        ("trim=color&trim-pad=-10", (130, 70)),
        ("trim=color&trim-pad=200", (210, 170)),
        ("trim=color&w=75", (75, 45)),
        ("trim=color&w=50&h=50&fit=crop", (50, 50)),
        ("trim=color&rot=90", (90, 150)),
        ("trim=color&rect=10,0,200,100", (150, 70)),
        ("trim=color&orient=6", (90, 150)),
        ("trim=color&trim-color=00f", (210, 170)),
    ],
)
def test_a_trimmed_result_has_its_size(query: str, size: tuple[int, int]) -> None:
    assert size_of(query) == size


def test_an_animation_is_trimmed_to_what_any_frame_shows() -> None:
    frames = [picture((0, 0, 0)), picture((0, 0, 0)).transpose(Image.Transpose.ROTATE_180)]
    file = io.BytesIO()
    frames[0].save(file, "GIF", save_all=True, append_images=frames[1:])

    transform = transform_of("trim=color")
    made = derive(file.getvalue(), transform, PillowCodec(), Limits(), Stopwatch())

    with Image.open(io.BytesIO(made.body)) as image:
        assert (image.size, getattr(image, "n_frames", 1)) == ((40, 40), 2)


def test_the_border_is_found_on_the_smallest_mip_that_serves() -> None:
    facts = Facts(Kind.PNG, Size(4000, 3000))
    mips = tuple(
        Mip(Size(side, side * 3 // 4), Kind.JPEG, oversampling=1.24) for side in (2560, 1280, 640)
    )

    for query in ("trim=auto&w=100", "trim=color&w=3000", "auto=enhance"):
        sample = plan_needed_sample(transform_of(query), facts, Limits(), mips)
        assert sample
        assert sample.mip == mips[1]
        assert sample.out == Size(1024, 768)
    assert plan_needed_sample(transform_of("w=100"), facts, Limits(), mips) is None
