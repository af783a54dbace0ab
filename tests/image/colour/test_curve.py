"""The tone curve of all adjustments of tones."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from origin_lambda.image.colour.curve import Curve, tone_curve
from origin_lambda.url.params.adjust import Adjust
from tests.support.strategies import transform_of

MIDDLE_GREY = 188
"""The sRGB value of half the light of white: 255 * (1.055 * 0.5 ** (1 / 2.4) - 0.055)."""


def curve_of(query: str) -> Curve:
    curve = tone_curve(transform_of(query).adjust)
    assert curve is not None
    return curve


def test_without_adjustments_there_is_no_curve() -> None:
    assert tone_curve(Adjust()) is None
    assert tone_curve(transform_of("bri=0&con=0&exp=0&gam=0&high=0&shad=0&sat=9").adjust) is None


@pytest.mark.parametrize(
    "query, samples",
    [
        ("exp=20", {0: 0, MIDDLE_GREY: 255, 137: 188}),
        ("exp=-20", {0: 0, 255: MIDDLE_GREY, 188: 137}),
        ("gam=50", {0: 0, 64: 128, 255: 255}),
        ("gam=-50", {0: 0, 128: 64, 255: 255}),
        ("bri=20", {0: 51, 100: 151, 230: 255}),
        ("bri=-20", {0: 0, 51: 0, 255: 204}),
        ("con=-100", {0: 128, 100: 128, 255: 128}),
        ("con=100", {64: 1, 128: 129, 200: 255}),
        ("shad=100", {0: 0, 255: 255}),
        ("high=-100", {0: 0, 255: 255}),
        ("bri=100", {0: 255, 255: 255}),
    ],
)
def test_a_curve_maps_samples_as_documented(query: str, samples: dict[int, int]) -> None:
    curve = curve_of(query)

    for sample, expected in samples.items():
        assert curve[sample] == pytest.approx(expected, abs=1)


def test_shadows_are_lifted_and_light_tones_stay() -> None:
    curve = curve_of("shad=100")

    assert curve[40] > 40 + 30
    assert max(curve[sample] - sample for sample in range(205, 256)) <= 4


def test_highlights_darken_as_much_as_shadows_lighten() -> None:
    lifted, darkened = curve_of("shad=70"), curve_of("high=-70")

    for sample in range(256):
        assert 255 - darkened[255 - sample] == pytest.approx(lifted[sample], abs=1)


_PERCENT = st.integers(-100, 100)


@given(
    st.builds(
        Adjust,
        exposure=_PERCENT,
        gamma=_PERCENT,
        shadows=st.integers(0, 100),
        highlights=st.integers(-100, 0),
        brightness=_PERCENT,
        contrast=_PERCENT,
    )
)
def test_a_lighter_tone_never_becomes_darker_than_a_darker_one(adjust: Adjust) -> None:
    curve = tone_curve(adjust)

    if curve is not None:
        assert len(curve) == 256
        assert list(curve) == sorted(curve)
        assert 0 <= curve[0] <= curve[-1] <= 255


def test_adjustments_are_applied_in_their_order_with_limits_between_them() -> None:
    both, brighter, flatter = curve_of("bri=60&con=-50"), curve_of("bri=60"), curve_of("con=-50")

    for sample in range(256):
        assert both[sample] == pytest.approx(flatter[brighter[sample]], abs=1)
