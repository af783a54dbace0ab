"""Laws for every parameter and every stage, including future ones."""

from typing import Any, Final, NamedTuple

import pytest
from hypothesis import HealthCheck, Phase, find, settings
from hypothesis import strategies as st
from hypothesis.errors import NoSuchExample

from origin_lambda.adapters.pillow.codec import PillowCodec
from origin_lambda.adapters.pillow.measurer import PillowMeasurer
from origin_lambda.adapters.svg_hush import sanitise
from origin_lambda.derivatives.metadata import metadata_response
from origin_lambda.derivatives.responses import DerivativeRef, object_metadata
from origin_lambda.errors import BadValue
from origin_lambda.image.analysis.analyse import Analyser, Analysis
from origin_lambda.image.analysis.measure import FocalPoint
from origin_lambda.image.formats import Kind
from origin_lambda.image.geometry import Size
from origin_lambda.image.pipeline import list_stages
from origin_lambda.image.plan import plan
from origin_lambda.image.probe import Facts, Limits
from origin_lambda.image.stages.effects import order as effects
from origin_lambda.image.stages.effects.sharpen import Sharpen
from origin_lambda.image.stages.stage import Stage
from origin_lambda.image.subjects import Content
from origin_lambda.image.vector import is_kept_as_svg
from origin_lambda.originals.record import Annotations, OriginalRecord
from origin_lambda.url.grammar import OriginalKey
from origin_lambda.url.inquiry import is_metadata_request
from origin_lambda.url.layers import optional_layers
from origin_lambda.url.needs import holds, parse_condition
from origin_lambda.url.negotiate import negotiate
from origin_lambda.url.transform import TABLE, Row, Transform
from origin_lambda.url.values import Format
from tests.image.test_golden import PICTURES
from tests.support.faces import FACE, SMALL_FACE
from tests.support.layers import describe_layers, draw_layers
from tests.support.originals import draw
from tests.support.plans import resolve_by_samples
from tests.support.strategies import transform_of, values_of

ACCEPTED_AND_IGNORED: Final[frozenset[str]] = frozenset({"svg-sanitize"})
"""Parameters that are declared for compatibility and change nothing."""

CONTEXTS: Final = (
    "",
    "w=150",
    "w=150&h=100&fit=crop&crop=focalpoint&fp-x=0.1&fp-y=0.1&fp-z=2",
    "w=150&h=100&fit=fill&bg=80ff0000&pad=3",
    "w=150&ar=3:1&fit=crop",
    "rot=20&w=150&rect=10,10,100,100",
    "fm=webp",
    "fm=jpg",
    "usm=50",
    "duotone=000,fff",
    "border=5,f00&border-stroke-size=2&border-stroke-color=00f",
    "mask=corners",
    "transparency=grid&pad=3",
    "palette=json",
    "palette=css",
    "trim=auto",
    "trim=color&trim-tol=20",
    "trim=alpha",
    "w=150&h=200&fit=fill&fill=solid&fill-color=f00",
    "w=150&h=200&fit=fill&fill=gradient",
    "w=150&h=200&fit=fill&fill=gradient&fill-gradient-type=radial",
    "fm=json",
    "txt=Hello&txt-line=2&txt-pad=3",
    "w=90&h=90&fit=facearea",
    "w=90&h=90&fit=crop&crop=faces",
    "mark=png",
    "mark=png&mark-w=50&mark-h=30&dpr=2",
    "blend=png",
    "blend=png&blend-w=50&blend-h=30&blend-fit=crop&dpr=2",
    "blend=png&blend-align=top",
    "blend-color=f00",
)
"""Requests in which one more parameter can make a difference."""

ORIGINALS: Final = (
    Facts(Kind.JPEG, Size(300, 200), artist="Tom"),
    Facts(Kind.PNG, Size(300, 200), alpha=True),
    Facts(Kind.GIF, Size(300, 200), frames=3),
    Facts(Kind.SVG, Size(300, 200), alpha=True),
)

CONTENT: Final = Content(FocalPoint(0.2, 0.7), FocalPoint(0.9, 0.4), faces=(FACE, SMALL_FACE))

QUICKLY: Final = settings(
    max_examples=500,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


class Case(NamedTuple):
    """A request, another value for one of its parameters, and an original."""

    context: str
    value: Any
    facts: Facts


@pytest.fixture(scope="module")
def analysis() -> Analysis:
    analyser = Analyser(PillowCodec(), PillowMeasurer(), sanitise, Limits())
    found, _ = analyser.analyse(draw("photograph"), with_mips=False)
    return found


def result(transform: Transform, facts: Facts, analysis: Analysis) -> object:
    """Return everything that a transform decides: the plan or the metadata, and the headers."""
    transform_for_browser = negotiate(transform, "image/avif")
    headers = object_metadata(
        DerivativeRef(OriginalKey("tom.jpg"), transform_for_browser), "image/png", "png", "1", ""
    )
    if is_metadata_request(transform_for_browser):
        record = OriginalRecord("tom.jpg", annotations=Annotations(faces=CONTENT.faces))
        return metadata_response(transform_for_browser, record, analysis).body, headers
    if facts.kind is Kind.SVG:
        # With a raster format, all parameters need pixels except the one that forbids them.
        return is_kept_as_svg(transform_for_browser.replace("output", format=Format.PNG)), headers
    try:
        resolved = resolve_by_samples(transform_for_browser, facts)
        plans = [plan(each, facts, Limits(), content=CONTENT) for each in resolved]
        layers = [describe_layers(transform, planned) for planned in plans]
        return plans, layers, optional_layers(transform), headers
    except BadValue as error:
        return error.param, headers


def changes_result(row: Row, case: Case, analysis: Analysis) -> bool:
    transform = transform_of(case.context)
    other = transform.replace(row.group, **{row.field: case.value})
    return result(transform, case.facts, analysis) != result(other, case.facts, analysis)


def list_contexts(row: Row) -> list[str]:
    """Return the requests in which a parameter can have an effect, or all if there is none."""
    conditions = parse_condition(row.needs)
    found = []
    for context in CONTEXTS:
        given = TABLE.non_defaults(transform_of(context))
        texts = {other.name: other.param.kind.format(value) for other, value in given}
        if holds(conditions, texts | {row.name: "?"}):
            found.append(context)
    return found or list(CONTEXTS)


def is_used(row: Row, analysis: Analysis) -> bool:
    """Return whether some value of a parameter changes the answer for some original."""
    cases = st.builds(
        Case, st.sampled_from(list_contexts(row)), values_of(row.param), st.sampled_from(ORIGINALS)
    )
    try:
        find(cases, lambda case: changes_result(row, case, analysis), settings=QUICKLY)
    except NoSuchExample:
        return False
    return True


@pytest.mark.parametrize("row", TABLE.rows, ids=lambda row: row.param.name)
def test_every_parameter_changes_a_plan_or_an_answer(row: Row, analysis: Analysis) -> None:
    name = row.param.name

    used = is_used(row, analysis)

    if name in ACCEPTED_AND_IGNORED:
        assert not used, f"{name} is used: take it out of ACCEPTED_AND_IGNORED"
    else:
        assert used, (
            f"{name} is declared but no stage, plan rule or answer uses it; if that is meant, "
            "list it in ACCEPTED_AND_IGNORED"
        )


def test_a_parameter_whose_stage_is_missing_is_detected(
    analysis: Analysis, monkeypatch: pytest.MonkeyPatch
) -> None:
    rest = tuple(stage for stage in effects.EFFECTS if stage is not Sharpen)
    monkeypatch.setattr(effects, "EFFECTS", rest)

    assert not is_used(TABLE.spellings["sharp"], analysis)


def test_ignored_parameters_are_in_the_table() -> None:
    assert {row.param.name for row in TABLE.rows} >= ACCEPTED_AND_IGNORED


@pytest.mark.parametrize("stage", list_stages(), ids=lambda stage: stage.__name__)
def test_every_stage_has_a_golden_picture(stage: type[Stage]) -> None:
    codec = PillowCodec()
    plans = {}
    for name, (original, query, _) in PICTURES.items():
        transform = transform_of(query)
        planned = plan(transform, codec.probe(draw(original)), Limits(), content=CONTENT)
        plans[name] = draw_layers(planned, transform)

    shown = [name for name, each in plans.items() if stage in map(type, each.stages)]

    assert shown, f"no golden picture shows {stage.__name__}: add one to tests/image/test_golden.py"
