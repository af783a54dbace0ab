"""The sizes of an original's mips, and the one that a plan renders from."""

import dataclasses

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from origin_lambda.errors import BadValue
from origin_lambda.image.formats import Kind
from origin_lambda.image.geometry import Box, Size
from origin_lambda.image.mips import (
    HIGH_OVERSAMPLING,
    LOW_OVERSAMPLING,
    RUNGS,
    Mip,
    plan_mip_sizes,
    required_oversampling,
)
from origin_lambda.image.plan import Plan, plan
from origin_lambda.image.probe import Facts, Limits
from origin_lambda.image.source import Decoding
from origin_lambda.image.stages.resize import Resize
from origin_lambda.url.grammar import parse
from origin_lambda.url.transform import Transform
from tests.support.plans import planned_box, planned_size, planned_undersampling
from tests.support.strategies import plannable

LARGE = Facts(Kind.JPEG, Size(5640, 3172))


def mips_of(facts: Facts, oversampling: float = LOW_OVERSAMPLING) -> tuple[Mip, ...]:
    return tuple(
        Mip(size, Kind.JPEG).with_oversampling(oversampling, facts)
        for size in plan_mip_sizes(facts)
    )


def planned(query: str, facts: Facts = LARGE, oversampling: float = LOW_OVERSAMPLING) -> Plan:
    return plan(parse("/a", query).transform, facts, Limits(), mips_of(facts, oversampling))


def side_of(result: Plan) -> int:
    return result.mip.side if result.mip else 0


@pytest.mark.parametrize(
    "kind, size, sides",
    [
        (Kind.JPEG, Size(5640, 3172), [2560, 1920, 1280, 640, 320]),
        (Kind.JPEG, Size(3172, 5640), [2560, 1920, 1280, 640, 320]),
        (Kind.JPEG, Size(3414, 3414), [2560, 1920, 1280, 640, 320]),
        (Kind.JPEG, Size(3413, 3413), [1920, 1280, 640, 320]),
        (Kind.JPEG, Size(1706, 10), [640, 320]),
        (Kind.JPEG, Size(854, 854), [640, 320]),
        (Kind.JPEG, Size(853, 853), []),
        (Kind.JPEG, Size(100_000, 1), [2560, 1920, 1280, 640, 320]),
        (Kind.JPEG, Size(1, 1), []),
        (Kind.PNG, Size(5640, 3172), [2560, 1920, 1280, 640, 320]),
        (Kind.PNG, Size(2560, 2560), [2560, 1920, 1280, 640, 320]),
        (Kind.PNG, Size(2500, 1000), [2500, 1920, 1280, 640, 320]),
        (Kind.HEIF, Size(640, 480), [640, 320]),
        (Kind.WEBP, Size(639, 639), []),
    ],
)
def test_mips_have_the_sizes_that_save_time(kind: Kind, size: Size, sides: list[int]) -> None:
    assert [max(each) for each in plan_mip_sizes(Facts(kind, size))] == sides


@pytest.mark.parametrize("size, sides", [(2560, [1920, 1280, 640, 320]), (853, [])])
def test_an_original_with_alpha_gets_no_mip_of_its_own_size(size: int, sides: list[int]) -> None:
    facts = Facts(Kind.PNG, Size(size, size), alpha=True)

    assert [max(each) for each in plan_mip_sizes(facts)] == sides


def test_a_mip_has_the_shape_of_its_original() -> None:
    sizes = plan_mip_sizes(dataclasses.replace(LARGE, size=Size(3172, 5640)))

    assert sizes[:3] == ((1440, 2560), (1080, 1920), (720, 1280))
    assert plan_mip_sizes(Facts(Kind.JPEG, Size(100_000, 1)))[-1] == (320, 1)


def test_an_animation_has_no_mips() -> None:
    assert plan_mip_sizes(dataclasses.replace(LARGE, kind=Kind.GIF, frames=2)) == ()


@pytest.mark.parametrize(
    "query, side",
    [
        ("w=200", 320),
        ("w=260", 640),
        ("w=512", 640),
        ("w=520", 1280),
        ("w=1024", 1280),
        ("w=1040", 1920),
        ("w=1536", 1920),
        ("w=1550", 2560),
        ("w=2048", 2560),
        ("w=2070", 0),
        ("", 0),
        ("w=400&rect=0,0,2820,1586", 1280),
        ("w=400&rect=0,0,800,600", 0),
        ("w=300&h=300&fit=crop", 1280),
        ("w=400&rot=90", 1280),
        ("w=300&rot=10", 640),
        ("w=200&lossless=true&fm=webp", 0),
        ("w=200&fm=avif", 320),
        ("w=200&fm=png", 320),
        ("w=1000&blur=10", 1280),
        ("w=1000&blur=30", 1280),
        ("w=1000&blur=40", 640),
        ("w=1000&blur=100", 320),
        ("w=2560&blur=2000", 320),
        ("w=300&h=300&fit=crop&blur=500", 320),
    ],
)
def test_a_plan_selects_the_smallest_mip_with_a_quarter_more_than_it_needs(
    query: str, side: int
) -> None:
    assert side_of(planned(query)) == side


def test_text_and_lines_need_almost_twice_the_pixels() -> None:
    widths = (160, 170, 330, 340, 670, 680, 1010)

    sides = [side_of(planned(f"w={width}", oversampling=HIGH_OVERSAMPLING)) for width in widths]

    assert sides == [320, 640, 640, 1280, 1280, 1920, 1920]


def test_a_mip_of_the_originals_size_needs_no_oversampling_if_that_is_low() -> None:
    facts = Facts(Kind.PNG, Size(2000, 1000))

    assert side_of(planned("w=2000", facts)) == 2000
    assert side_of(planned("w=2000", facts, HIGH_OVERSAMPLING)) == 0


@pytest.mark.parametrize(
    "likeness, oversampling",
    [
        (100, LOW_OVERSAMPLING),
        (90, LOW_OVERSAMPLING),
        (89.9, HIGH_OVERSAMPLING),
        (0, HIGH_OVERSAMPLING),
    ],
)
def test_the_likeness_of_a_mip_decides_its_oversampling(
    likeness: float, oversampling: float
) -> None:
    assert required_oversampling(likeness) == oversampling


def test_without_mips_the_original_is_decoded() -> None:
    result = plan(parse("/a", "w=200").transform, LARGE, Limits())

    assert result.mip is None
    assert result.decoding.kind is Kind.JPEG


def test_a_mip_is_decoded_in_its_own_format() -> None:
    facts = dataclasses.replace(LARGE, kind=Kind.PNG, alpha=True)
    mip = Mip(Size(1280, 720), Kind.WEBP)

    result = plan(parse("/a", "w=200").transform, facts, Limits(), (mip,))

    assert result.decoding.kind is Kind.WEBP
    assert result.encoding.format == "png"
    assert result.brief == "mip=1280; fm=png; q=75; in=5640x3172; out=200x112"


sides = st.integers(1707, 12_000)
originals = st.builds(
    Facts,
    kind=st.sampled_from([Kind.JPEG, Kind.PNG, Kind.WEBP]),
    size=st.builds(Size, sides, sides),
    orientation=st.integers(1, 8),
    alpha=st.booleans(),
)


transforms = plannable().map(
    lambda transform: (
        transform.replace("size", min_width=None, min_height=None, max_width=600, dpr=1.0)
        .replace("output", lossless=False)
        .replace("cropping", rect=None)
    )
)


def relative_box(result: Plan, facts: Facts) -> Box:
    """Return the planned box as shares (0 to 1) of the picture."""
    size = result.mip.size if result.mip else facts.size
    shrink = result.decoding.shrink
    return planned_box(result).scale(shrink / size.width, shrink / size.height)


def without_source(result: Plan) -> Plan:
    """Return the plan without what depends on the file that is decoded."""
    rest = tuple(stage for stage in result.stages if not isinstance(stage, Resize))
    return dataclasses.replace(
        result, mip=None, decoding=Decoding(Kind.JPEG), decoded=Size(1, 1), stages=rest
    )


@settings(suppress_health_check=[HealthCheck.filter_too_much])
@given(transforms, originals)
def test_a_mip_changes_what_is_decoded_and_nothing_else(transform: Transform, facts: Facts) -> None:
    try:
        plain = plan(transform, facts, Limits())
    except BadValue:
        assume(False)
    mipped = plan(transform, facts, Limits(), mips_of(facts))

    assume(mipped.mip is not None)
    assert planned_size(mipped) == planned_size(plain)
    assert without_source(mipped) == without_source(plain)
    for each, shown in zip(relative_box(mipped, facts), relative_box(plain, facts), strict=True):
        assert each == pytest.approx(shown, abs=1e-9)


@settings(suppress_health_check=[HealthCheck.filter_too_much])
@given(transforms, originals)
def test_a_mip_always_has_more_pixels_than_are_needed(transform: Transform, facts: Facts) -> None:
    try:
        result = plan(transform, facts, Limits(), mips_of(facts))
    except BadValue:
        assume(False)

    assume(result.mip is not None)
    shown = planned_box(result).extent.scale(result.decoding.shrink)
    oversampling = (result.mip.oversampling if result.mip else 0) / planned_undersampling(result)
    assert shown.width >= planned_size(result).width * oversampling * 0.99 - 1
    assert shown.height >= planned_size(result).height * oversampling * 0.99 - 1
    assert side_of(result) in {*RUNGS, max(facts.size)}
