"""Oklab: published coordinates, and greys without a hue."""

import pytest

from origin_lambda.image.colour.oklab import to_oklab


# CSS Color 4 (https://www.w3.org/TR/css-color-4/) publishes these coordinates, with five digits.
@pytest.mark.parametrize(
    "colour, wanted",
    [
        ((0, 0, 0), (0.0, 0.0, 0.0)),
        ((255, 255, 255), (1.0, 0.0, 0.0)),
        ((255, 0, 0), (0.62796, 0.22486, 0.12585)),
        ((0, 255, 0), (0.86644, -0.23389, 0.17950)),
        ((0, 0, 255), (0.45201, -0.03246, -0.31153)),
    ],
)
def test_a_colour_has_its_published_coordinates(
    colour: tuple[int, int, int], wanted: tuple[float, float, float]
) -> None:
    assert to_oklab(*colour) == pytest.approx(wanted, abs=2e-5)


def test_greys_differ_in_lightness_only() -> None:
    lightness, *hues = zip(*(to_oklab(grey, grey, grey) for grey in range(256)), strict=True)

    assert list(lightness) == sorted(set(lightness))
    assert all(value == pytest.approx(0, abs=1e-6) for plane in hues for value in plane)
