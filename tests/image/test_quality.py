"""The encoder's number for automatic quality, if the original has a curve."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from origin_lambda.image.formats import Kind
from origin_lambda.image.geometry import Size
from origin_lambda.image.plan import plan
from origin_lambda.image.probe import Facts, Limits
from origin_lambda.image.quality import AUTOMATIC, TARGETS, Curve, Effort, choose_encoder_quality
from origin_lambda.url.grammar import parse
from origin_lambda.url.values import AutoQuality, Chroma, Format

CURVE = Curve(((40, 50.0), (60, 70.0), (80, 80.0)))
CURVES = {Format.JPEG: CURVE}


@pytest.mark.parametrize(
    "target, number",
    [(50, 40), (60, 50), (70, 60), (75, 70), (80, 80), (85, 90), (45, 35), (10, 25), (99, 95)],
)
def test_a_curve_is_interpolated_and_not_extended_far(target: float, number: int) -> None:
    assert CURVE.quality_for(target) == number


@given(
    st.lists(st.tuples(st.integers(1, 30), st.floats(0.5, 40)), min_size=2, max_size=5),
    st.floats(0, 100),
    st.floats(0, 100),
)
def test_a_better_look_never_takes_a_smaller_number(
    steps: list[tuple[int, float]], one: float, other: float
) -> None:
    points, number, score = [], 0, 30.0
    for wider, better in steps:
        number, score = number + wider, score + better
        points.append((number, score))
    curve = Curve(tuple(points))

    assert curve.quality_for(min(one, other)) <= curve.quality_for(max(one, other))


@pytest.mark.parametrize("grade", AutoQuality)
def test_automatic_quality_is_read_from_the_curve_of_the_format(grade: AutoQuality) -> None:
    assert choose_encoder_quality(Format.JPEG, grade, CURVES) == CURVE.quality_for(TARGETS[grade])
    assert choose_encoder_quality(Format.WEBP, grade, CURVES) == choose_encoder_quality(
        Format.WEBP, AUTOMATIC[grade]
    )


def test_a_quality_in_the_url_is_used_as_it_is() -> None:
    assert choose_encoder_quality(Format.JPEG, 61, CURVES) == 61


def test_targets_rise_with_the_grades() -> None:
    rising = [TARGETS[AutoQuality[grade]] for grade in ("LOW", "ECO", "GOOD", "BEST")]

    assert rising == sorted(set(rising))
    assert TARGETS[AutoQuality.AUTO] == TARGETS[AutoQuality.GOOD]


def test_a_plan_uses_the_curves_of_the_format_and_of_its_fallback() -> None:
    facts = Facts(Kind.JPEG, Size(300, 200))
    curves = {Format.AVIF: Curve(((40, 60.0), (60, 80.0))), Format.JPEG: CURVE}

    planned = plan(parse("/a", "fm=auto-avif").transform, facts, Limits(), curves=curves)

    assert planned.encoding.quality == curves[Format.AVIF].quality_for(TARGETS[AutoQuality.AUTO])
    assert planned.fallback_encoding is not None
    assert planned.fallback_encoding.quality == CURVE.quality_for(TARGETS[AutoQuality.AUTO])


@pytest.mark.parametrize(
    "query, chroma", [("fm=avif", "444"), ("fm=avif&chromasub=420", "420"), ("fm=jpg", "420")]
)
def test_a_plan_uses_the_chroma_of_the_originals_curve(query: str, chroma: str) -> None:
    facts = Facts(Kind.JPEG, Size(300, 200))
    curves = {Format.AVIF: Curve(((40, 60.0), (60, 80.0)), Chroma.FULL)}

    planned = plan(parse("/a", query).transform, facts, Limits(), curves=curves)

    assert planned.encoding.chroma == chroma


@pytest.mark.parametrize(
    "query, effort",
    [
        ("fm=avif&w=600", "more"),
        ("fm=avif&w=600&q=60", "more"),
        ("fm=webp&w=500", "usual"),
        ("fm=webp&w=501", "less"),
        ("fm=avif&w=707", "more"),
        ("fm=avif&w=708", "less"),
    ],
)
def test_a_plan_uses_the_effort_of_the_curve_and_less_for_large_results(
    query: str, effort: str
) -> None:
    facts = Facts(Kind.JPEG, Size(6000, 6000))
    curves = {Format.AVIF: Curve(((40, 60.0), (60, 80.0)), effort=Effort.MORE)}

    planned = plan(parse("/a", query).transform, facts, Limits(), curves=curves)

    assert planned.encoding.effort == effort
