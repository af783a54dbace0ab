"""Colours are mixed as a browser mixes them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from origin_lambda.image.colour.mixing import mix
from origin_lambda.image.colour.oklab import from_oklab, to_oklab
from origin_lambda.url.kinds import ColourCode
from origin_lambda.url.values import Colour, ColourSpace

colours = st.builds(Colour, *[st.integers(0, 255)] * 4)
spaces = st.sampled_from(tuple(ColourSpace))


# Chromium 152 computes these for `color-mix(in SPACE, FIRST 70%, LAST)`; LCH is its `oklch`.
@pytest.mark.parametrize(
    "space, first, last, wanted",
    [
        (ColourSpace.SRGB, "1e5aa0", "f0c828", (93, 123, 124)),
        (ColourSpace.LINEAR, "1e5aa0", "f0c828", (142, 136, 138)),
        (ColourSpace.OKLAB, "1e5aa0", "f0c828", (96, 127, 146)),
        (ColourSpace.HSL, "1e5aa0", "f0c828", (28, 189, 143)),
        (ColourSpace.LCH, "1e5aa0", "f0c828", (0, 144, 163)),
        (ColourSpace.HSL, "red", "blue", (255, 0, 153)),
        (ColourSpace.LCH, "red", "blue", (225, 0, 138)),
        (ColourSpace.LCH, "808080", "ff8800", (167, 133, 109)),
        (ColourSpace.HSL, "808080", "ff8800", (166, 130, 90)),
    ],
)
def test_colours_are_mixed_as_chromium_mixes_them(
    space: ColourSpace, first: str, last: str, wanted: tuple[int, int, int]
) -> None:
    mixed = mix(ColourCode().parse(first), ColourCode().parse(last), 0.3, space)

    assert mixed[:3] == pytest.approx(wanted, abs=1)


@given(colours, colours, spaces)
def test_a_mix_begins_and_ends_with_its_colours(
    first: Colour, last: Colour, space: ColourSpace
) -> None:
    assert mix(first, last, 0, space) == pytest.approx(first, abs=1)
    assert mix(first, last, 1, space) == pytest.approx(last, abs=1)


@given(st.tuples(*[st.integers(0, 255)] * 3))
def test_oklab_is_inverted(colour: tuple[int, int, int]) -> None:
    light = from_oklab(*to_oklab(*colour))

    assert to_oklab(*(round(255 * _to_gamma(value)) for value in light)) == pytest.approx(
        to_oklab(*colour), abs=1e-9
    )


def _to_gamma(light: float) -> float:
    return light * 12.92 if light <= 0.0031308 else 1.055 * light ** (1 / 2.4) - 0.055
