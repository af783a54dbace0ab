"""Channel matrices, against what a browser shows for the same CSS filters."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from origin_lambda.image.colour.matrix import (
    IDENTITY,
    INVERSE,
    LUMA,
    compose,
    hue_rotation,
    mix,
    saturation,
    sepia,
    shades,
)
from origin_lambda.image.raster import ChannelMatrix
from origin_lambda.image.stages.effects.mix_colours import MixColours
from origin_lambda.url.values import Colour
from tests.image.test_stages import planned
from tests.support.plans import find_stage
from tests.support.strategies import transform_of

Sample = tuple[float, float, float]

COLOURS = ((200, 50, 30), (10, 120, 240), (90, 90, 90), (250, 240, 20))

# Chromium 156, the filter of a 2D canvas, read back from its pixels.
BROWSER = {
    "hue=90": ((30, 108, 0), (240, 56, 200), (90, 90, 90), (20, 255, 203)),
    "hue=200": ((0, 100, 169), (149, 108, 0), (90, 90, 90), (255, 192, 255)),
    "sat=60": ((255, 32, 0), (0, 129, 255), (90, 90, 90), (255, 248, 0)),
    "sat=-70": ((116, 71, 65), (77, 110, 146), (90, 90, 90), (233, 230, 164)),
    "sepia=100": ((123, 109, 85), (142, 126, 98), (122, 108, 84), (255, 255, 199)),
    "sepia=40": ((169, 74, 52), (63, 122, 183), (103, 97, 88), (255, 246, 92)),
    "invert=true": ((55, 205, 225), (245, 135, 15), (164, 164, 164), (5, 15, 235)),
}


def matrix_of(query: str) -> ChannelMatrix:
    work = find_stage(planned(query), MixColours)
    assert work is not None
    return work.matrix


def apply(matrix: ChannelMatrix, colour: Sample) -> Sample:
    """Return a colour through a matrix, without limits."""
    red, green, blue = (
        sum(weight * sample for weight, sample in zip(row, (*colour, 1), strict=True))
        for row in matrix
    )
    return red, green, blue


def limit(colour: Sample) -> Sample:
    red, green, blue = (min(255, max(0, sample)) for sample in colour)
    return red, green, blue


def luma(colour: Sample) -> float:
    return sum(weight * sample for weight, sample in zip(LUMA, colour, strict=True))


samples = st.tuples(*[st.floats(0, 255)] * 3)
matrices = st.one_of(
    st.just(INVERSE),
    st.floats(0, 2).map(saturation),
    st.floats(0, 360).map(hue_rotation),
    st.floats(0, 1).map(sepia),
)


@pytest.mark.parametrize("query", BROWSER)
def test_colours_are_those_of_the_css_filter(query: str) -> None:
    for colour, expected in zip(COLOURS, BROWSER[query], strict=True):
        assert limit(apply(matrix_of(query), colour)) == pytest.approx(expected, abs=1)


@given(first=matrices, second=matrices, colour=samples)
def test_a_composed_matrix_does_what_both_do(
    first: ChannelMatrix, second: ChannelMatrix, colour: Sample
) -> None:
    composed = apply(compose(first, second), colour)

    assert composed == pytest.approx(apply(second, apply(first, colour)), abs=1e-6)


@given(matrix=matrices, strength=st.floats(0, 1), colour=samples)
def test_a_mix_is_between_the_colour_and_the_effect(
    matrix: ChannelMatrix, strength: float, colour: Sample
) -> None:
    changed, mixed = apply(matrix, colour), apply(mix(matrix, strength), colour)

    expected = [
        strength * after + (1 - strength) * before
        for before, after in zip(colour, changed, strict=True)
    ]
    assert mixed == pytest.approx(expected, abs=1e-6)
    assert mix(matrix, 0) == IDENTITY


@given(degrees=st.floats(0, 360), colour=samples)
def test_a_rotation_of_hues_keeps_luma(degrees: float, colour: Sample) -> None:
    # The standard has three digits.
    assert luma(apply(hue_rotation(degrees), colour)) == pytest.approx(luma(colour), abs=0.3)


@given(factor=st.floats(0, 2), colour=samples)
def test_saturation_keeps_luma(factor: float, colour: Sample) -> None:
    assert luma(apply(saturation(factor), colour)) == pytest.approx(luma(colour), abs=1e-6)


def test_a_duotone_maps_black_and_white_to_its_colours() -> None:
    matrix = shades(Colour(0, 0, 128), Colour(250, 128, 114))

    assert apply(matrix, (0, 0, 0)) == pytest.approx((0, 0, 128))
    assert apply(matrix, (255, 255, 255)) == pytest.approx((250, 128, 114))


def test_the_alpha_of_a_duotone_is_its_strength() -> None:
    whole, half = (
        matrix_of("duotone=000080,fa8072"),
        matrix_of("duotone=000080,fa8072&duotone-alpha=50"),
    )

    assert apply(half, (255, 0, 0)) == pytest.approx(
        [(a + b) / 2 for a, b in zip(apply(whole, (255, 0, 0)), (255, 0, 0), strict=True)]
    )
    assert find_stage(planned("duotone=000,fff&duotone-alpha=0"), MixColours) is None


def test_a_full_rotation_is_no_work() -> None:
    assert find_stage(planned("hue=360"), MixColours) is None
    assert transform_of("hue=360").adjust.hue == 360
