"""The adjustments that `auto=enhance` chooses."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageStat

from origin_lambda.adapters.pillow.codec import PillowCodec
from origin_lambda.adapters.pillow.raster import PillowRaster
from origin_lambda.image.derive import derive
from origin_lambda.image.enhance import choose_adjustments
from origin_lambda.image.probe import Limits
from origin_lambda.image.raster import Tones
from origin_lambda.stopwatch import Stopwatch
from origin_lambda.url.transform import TABLE
from tests.image.test_stages import photograph
from tests.support.strategies import transform_of


def enhance(image: Image.Image, query: str = "") -> Image.Image:
    file = io.BytesIO()
    image.save(file, "PNG")
    transform = transform_of(f"auto=enhance&fm=png&{query}")
    made = derive(file.getvalue(), transform, PillowCodec(), Limits(), Stopwatch())
    with Image.open(io.BytesIO(made.body)) as result:
        result.load()
        return result


def tones_of(image: Image.Image) -> Tones:
    return PillowRaster(image).count_tones()


def spread(image: Image.Image) -> float:
    return ImageStat.Stat(image.convert("L")).stddev[0]


def mean(image: Image.Image) -> float:
    return ImageStat.Stat(image.convert("L")).mean[0]


def test_a_flat_picture_gets_more_contrast() -> None:
    flat = photograph().point([70 + value * 2 // 5 for value in range(256)] * 3)

    assert spread(enhance(flat)) > 1.15 * spread(flat)


def test_a_dark_picture_gets_lighter_and_a_bright_one_hardly_darker() -> None:
    dark = photograph().point([value // 3 for value in range(256)] * 3)
    bright = photograph().point([255 - value // 3 for value in range(256)] * 3)

    assert mean(enhance(dark)) > 1.3 * mean(dark)
    assert mean(enhance(bright)) > 0.85 * mean(bright)


def test_a_picture_of_all_tones_hardly_changes() -> None:
    even = Tones([100] * 256, saturation=0.4)

    assert choose_adjustments(even) == {
        "gamma": pytest.approx(-2, abs=2),
        "brightness": 0,
        "contrast": 0,
        "vibrance": 0,
    }


def test_a_grey_picture_stays_grey() -> None:
    grey = photograph("L").convert("RGB")

    red, green, blue = enhance(grey).convert("RGB").split()

    assert red.tobytes() == green.tobytes() == blue.tobytes()


@pytest.mark.parametrize("image", [Image.new("RGB", (9, 9), "teal"), Image.new("RGBA", (9, 9))])
def test_a_picture_of_one_tone_or_of_none_stays_as_it_is(image: Image.Image) -> None:
    assert enhance(image).tobytes() == image.tobytes()


def test_adjustments_of_the_url_stay() -> None:
    flat = photograph().point([70 + value * 2 // 5 for value in range(256)] * 3)
    chosen = choose_adjustments(tones_of(flat))
    names = {"gam": "gamma", "vib": "vibrance"}
    texts = {name: str(chosen[field]) for name, field in names.items()} | {"con": "-20"}
    query = "&".join(f"{name}={text}" for name, text in texts.items())

    with_enhance = enhance(flat, "con=-20")
    by_hand = derive(
        _png(flat), transform_of(f"{query}&fm=png"), PillowCodec(), Limits(), Stopwatch()
    )

    assert with_enhance.tobytes() == Image.open(io.BytesIO(by_hand.body)).tobytes()


def _png(image: Image.Image) -> bytes:
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


@given(st.lists(st.integers(0, 50), min_size=256, max_size=256), st.floats(0, 1))
def test_what_is_chosen_is_what_a_url_could_ask_for(counts: list[int], saturation: float) -> None:
    for field, value in choose_adjustments(Tones(counts, saturation)).items():
        row = next(row for row in TABLE.rows if row.group == "adjust" and row.field == field)
        assert row.param.kind.parse(str(value)) == value
        assert abs(value) <= 30


def test_transparent_pixels_do_not_count() -> None:
    image = photograph("RGBA")
    hidden = Image.new("RGBA", (image.width, image.height * 2), (255, 0, 255, 0))
    hidden.paste(image)

    assert tones_of(hidden) == tones_of(image)
