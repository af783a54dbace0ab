"""Requests with equal results have equal cache keys."""

import dataclasses
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pytest
from hypothesis import Phase, assume, given, settings
from hypothesis import strategies as st

from origin_lambda.errors import BadValue
from origin_lambda.image.analysis.measure import FocalPoint
from origin_lambda.image.encoding import Encoding
from origin_lambda.image.formats import Kind
from origin_lambda.image.geometry import Size
from origin_lambda.image.plan import Plan, plan
from origin_lambda.image.probe import Facts, Limits
from origin_lambda.image.quality import NO_CURVES, Curve
from origin_lambda.image.subjects import NO_CONTENT, Content
from origin_lambda.url.grammar import canonical, parse
from origin_lambda.url.inquiry import is_metadata_request
from origin_lambda.url.layers import optional_layers
from origin_lambda.url.needs import holds, parse_condition
from origin_lambda.url.transform import TABLE, Row, Transform
from origin_lambda.url.values import Auto, Chroma, Format, Info, Palette
from tests.support.faces import FACE, SMALL_FACE
from tests.support.layers import describe_layers
from tests.support.plans import resolve_by_samples
from tests.support.strategies import plannable, transform_of, transforms

ORIGINALS: Final = (
    Facts(Kind.JPEG, Size(300, 200)),
    Facts(Kind.JPEG, Size(3, 4), orientation=6),
    Facts(Kind.JPEG, Size(6000, 2500), orientation=5, artist="Tom"),
    Facts(Kind.PNG, Size(40, 6000), alpha=True),
    Facts(Kind.TIFF, Size(6000, 40)),
    Facts(Kind.WEBP, Size(64, 64), alpha=True),
    Facts(Kind.AVIF, Size(8000, 9000)),
    Facts(Kind.GIF, Size(80, 50), frames=40),
)
"""Originals that differ in all that a plan looks at."""

_SHARP: Final = Curve(((20, 50.0), (90, 85.0)), chroma=Chroma.FULL)
KNOWN: Final = (
    (NO_CURVES, NO_CONTENT),
    (
        {Format.JPEG: _SHARP, Format.AVIF: _SHARP},
        Content(
            FocalPoint(0.2, 0.7), FocalPoint(0.9, 0.4), FocalPoint(0.6, 0.9), (FACE, SMALL_FACE)
        ),
    ),
)
"""What is known of an original: nothing, or that it needs its colours in full resolution, and what
it shows."""

WORDS: Final = ("oneof", "setof", "list", "region", "colour")
"""Kinds of values that conditions can name, or that are not numbers."""

VALUES: Final[dict[str, tuple[str, ...]]] = {
    "high": ("-1", "-20", "-40"),
    "bri": ("1", "20", "-30"),
    "con": ("1", "20", "-30"),
    "exp": ("1", "20", "-30"),
    "duotone": ("000,fff", "f00,00f"),
    "border": ("5,f00", "9,80ff0000"),
    "border-radius": ("9", "0,9,3,4"),
    "border-radius-inner": ("9", "0,9,3,4"),
    "corner-radius": ("9", "0,9,3,4"),
    "mask-bg": ("f00", "8f00"),
    "grid-colors": ("000,fff", "f00,00f"),
    "border-stroke-color": ("f00", "8f00"),
    "border-stroke-size": ("2", "3"),
    "fill-color": ("f00", "8f00"),
    "trim-color": ("fff", "f0f0f0"),
    "trim-tol": ("9", "60"),
    "trim-alpha": ("40", "90"),
    "trim-md": ("0", "60"),
    "trim-sd": ("0", "60"),
    "trim-pad": ("-2", "5"),
    "fill-gradient-linear": ("000,fff", "f00,00f"),
    "fill-gradient-linear-direction": ("top", "right", "left,bottom"),
    "fill-gradient-radial": ("000,fff", "f00,00f"),
    "fill-gradient-radial-radius": ("5,9", "0.1,0.4"),
    "fill-gradient-radial-x": ("3", "0.1"),
    "fill-gradient-radial-y": ("3", "0.1"),
    "w": ("12", "40", "3000"), "h": ("12", "30", "2500"), "dpr": ("1.2", "2"), "ar": ("0.3", "3"),
    "min-w": ("13", "65"), "max-w": ("70", "3500"), "min-h": ("13", "65"), "max-h": ("71", "3100"),
    "fp-x": ("0.1", "0.5", "0.9"), "fp-y": ("0.2", "0.5", "1"), "fp-z": ("1.5", "4"),
    "rect": ("left,top,0.9,0.9",), "rot": ("30", "90", "180"), "bg": ("ff0000", "80ff0000"),
    "pad": ("2", "3"), "pad-top": ("0", "2", "3"), "pad-right": ("0", "2", "3"), "pad-bottom": ("0", "2", "3"),
    "pad-left": ("0", "2", "3"), "orient": ("1", "3", "6"), "q": ("10", "90", "auto-low"), "colors": ("1", "9"),
    "prefix": ("a", "b"), "dl": ("a.jpg",), "v": ("1",), "crop": ("left", "top", "focalpoint", "focalpoint,left", "faces", "faces,edges,top", "entropy"),
    "auto": ("format", "enhance", "redeye", "format,enhance", "format,redeye"), "monochrome": ("ff8800",), "face-pixel": ("9", "30"), "px": ("9", "30"),
    "facepad": ("1.5", "3"), "faceindex": ("1", "2"),
    "max-bytes": ("500", "900"), "colorquant": ("2", "256"), "dpi": ("72", "300"),
    "frame": ("1", "2", "2-3", "2-", "-2"), "interval": ("2", "3"), "skip": ("2", "3"), "loop": ("0", "5"),
    "fps": ("5", "10"),
    "mark": ("a.png", "a.png?rot=90"), "mark-rot": ("30", "90"), "mark-align": ("left", "top", "right,top"),
    "mark-alpha": ("20", "60"), "blend-alpha": ("20", "60"), "blend": ("a.png",), "blend-color": ("f00", "8f00"),
    "blend-align": ("left", "top", "right,top"), "blend-crop": ("left", "top", "faces"),
    "txt": ("Hi", "Hello%20world"), "txt-align": ("top", "middle,left", "center"), "txt-clip": ("ellipsis", "start,ellipsis"),
    "txt-color": ("f00", "8f00"), "txt-font-file": ("a.ttf",), "txt-font": ("serif", "bold", "monospace,italic"), "txt-line": ("1", "3"),
    "txt-line-color": ("f00", "8f00"), "txt-shad": ("1", "2.5"), "txt-rot": ("10", "90"), "txt-track": ("-1", "3"),
    "txt-x": ("-5", "4"), "txt-y": ("-5", "4"),
}  # fmt: skip
"""Values of parameters that reach far enough to show an effect; of words, all are taken."""


def values_of(row: Row) -> tuple[str, ...]:
    """Return values that a parameter may have beside another one."""
    spec = row.param.kind.spec
    if row.name in VALUES:
        return VALUES[row.name]
    return tuple(spec[1].split()) if spec[0] == "oneof" else ("1", "20", "100")


def probes_of(row: Row) -> tuple[str, ...]:
    """Return values of which at least one shows that a parameter has an effect."""
    low_and_high = tuple(map(str, row.param.kind.spec[1:3]))
    return values_of(row) + (low_and_high if row.param.kind.spec[0] in {"side", "whole"} else ())


@dataclass(frozen=True)
class Refused:
    """A transform does not fit an original."""

    param: str | None


def answer(transform: Transform) -> Iterator[Any]:
    """Yield all that an answer is made from: of a picture, its plans for all originals."""
    yield transform.delivery.download, transform.delivery.version
    if is_metadata_request(transform):
        asked = transform.information
        prefix = asked.prefix if asked.palette is Palette.CSS else ""
        yield (asked.palette, asked.colours, prefix) if asked.palette else transform.output.format
        is_json = asked.palette is None and transform.output.format is Info.JSON
        yield asked.faces if is_json else None
        return
    yield transform.delivery.keeps_svg
    yield optional_layers(transform)
    yield Auto.FORMAT in transform.output.auto if transform.output.format is None else None
    for facts, (curves, content) in itertools.product(ORIGINALS, KNOWN):
        try:
            resolved = resolve_by_samples(transform, facts)
            plans = [
                plan(each, facts, Limits(), curves=curves, content=content) for each in resolved
            ]
        except BadValue as error:
            yield Refused(error.param)
            continue
        yield [_list_fields(planned) for planned in plans]
        yield [describe_layers(transform, planned) for planned in plans]


def _list_fields(planned: Plan) -> dict[str, Any]:
    fields = {field.name: getattr(planned, field.name) for field in dataclasses.fields(planned)}
    return {
        name: _written(value) if isinstance(value, Encoding) else value
        for name, value in fields.items()
    }


def _written(encoding: Encoding) -> Encoding:
    """Return an encoding without the numbers that its format has no use for."""
    is_lossy = encoding.format in {Format.JPEG, Format.WEBP, Format.AVIF}
    has_chroma = encoding.format in {Format.JPEG, Format.AVIF}
    return dataclasses.replace(
        encoding,
        quality=encoding.quality if is_lossy else 0,
        chroma=encoding.chroma if has_chroma else Chroma.QUARTER,
    )


def query(transform: dict[str, str]) -> str:
    return "&".join(f"{name}={text}" for name, text in transform.items())


contexts = st.dictionaries(st.sampled_from(TABLE.rows).map(lambda row: row.name), st.integers(0, 99), max_size=7).map(
    lambda drawn: {
        name: (values := values_of(TABLE.spellings[name]))[at % len(values)] for name, at in drawn.items()
    }
)  # fmt: skip


@given(transforms() | plannable())
def test_dropped_parameters_change_no_answer(transform: Transform) -> None:
    assert list(answer(TABLE.drop_ineffective(transform))) == list(answer(transform))


@given(contexts)
def test_dropped_parameters_of_urls_change_no_answer(context: dict[str, str]) -> None:
    transform = transform_of(query(context))

    assert list(answer(TABLE.drop_ineffective(transform))) == list(answer(transform))


def vary_numbers(context: dict[str, str]) -> Iterator[dict[str, str]]:
    """Yield contexts with the same words and other numbers, this one first.

    A parameter can have no effect by chance, as `w=13` beside `w=12` of a tiny original. A
    condition names no numbers, so what it drops has no effect for any of them.
    """
    yield context
    values = [
        (text,)
        if TABLE.spellings[name].param.kind.spec[0] in WORDS
        else values_of(TABLE.spellings[name])
        for name, text in context.items()
    ]
    for texts in itertools.islice(itertools.product(*values), 30):
        yield dict(zip(context, texts, strict=True))


def changes_no_answer(context: dict[str, str], name: str, texts: Sequence[str]) -> bool:
    plain = list(answer(transform_of(query(context))))
    others = (answer(transform_of(query(context | {name: text}))) for text in texts)
    return all(is_equal(plain, other) for other in others)


def is_equal(one: Sequence[Any], other: Iterator[Any]) -> bool:
    """Return whether two answers are equal; the first difference ends the comparison."""
    missing = object()
    return all(a == b for a, b in itertools.zip_longest(one, other, fillvalue=missing))


# The same examples every time; making a failing one smaller would take minutes.
@settings(derandomize=True, max_examples=600, phases=[Phase.generate])
@given(contexts, st.sampled_from(TABLE.rows))
def test_a_parameter_that_changes_no_answer_is_dropped(context: dict[str, str], row: Row) -> None:
    without = {name: text for name, text in context.items() if name != row.name}
    plain = transform_of(query(without))
    assume(not any(isinstance(each, Refused) for each in answer(plain)))
    probes = probes_of(row)
    groups = [(text,) for text in probes] if row.param.kind.spec[0] == "oneof" else [probes]

    for texts in groups:
        spellings = [transform_of(query(without | {row.name: text})) for text in texts]
        is_dropped = {canonical(each) for each in spellings} == {canonical(plain)}
        # Answers are only made if the keys differ: making them takes far longer.
        assert is_dropped or not all(
            changes_no_answer(each, row.name, texts) for each in vary_numbers(without)
        )


@given(transforms())
def test_dropping_is_idempotent(transform: Transform) -> None:
    once = TABLE.drop_ineffective(transform)

    assert TABLE.drop_ineffective(once) == once


@pytest.mark.parametrize(
    "spelling",
    ["fp-x=0.5", "pad-left=0", "rot-type=pivot", "colors=3", "prefix=x", "fit=crop", "crop=left"],
)
def test_spellings_that_differ_in_nothing_but_idle_names_are_one_key(spelling: str) -> None:
    assert canonical(transform_of(f"w=100&{spelling}")) == canonical(transform_of("w=100"))


def test_chroma_subsampling_of_a_png_is_no_part_of_its_key() -> None:
    assert canonical(transform_of("w=100&chromasub=444&fm=png")) == "fm=png,r=4,w=100"


@pytest.mark.parametrize("query", ["dpr=2", "fit=crop", "crop=top", "ar=2", "enlarge=true"])
def test_a_url_with_idle_names_alone_is_the_bare_url(query: str) -> None:
    assert parse("/tom.jpg", query).transform != Transform()
    assert canonical(transform_of(query)) == "r=4"


def test_conditions_name_existing_parameters_only() -> None:
    atoms = [atom for row in TABLE.rows for clause in row.needs for atom in clause.split("|")]
    names = {atom.removeprefix("!").partition("=")[0] for atom in atoms}

    assert names <= {row.name for row in TABLE.rows}


@pytest.mark.parametrize(
    "clause, texts, expected",
    [
        ("w", {"w": "1"}, True),
        ("w", {}, False),
        ("!w", {"w": "1"}, False),
        ("!w", {}, True),
        ("w|h", {"h": "1"}, True),
        ("fit=crop,min", {"fit": "min"}, True),
        ("fit=crop,min", {"fit": "max"}, False),
        ("fit=crop,min", {}, False),
        ("!fit=crop", {}, True),
        ("crop=focalpoint", {"crop": "top_focalpoint"}, True),
    ],
)
def test_a_clause_holds_where_one_of_its_atoms_does(
    clause: str, texts: dict[str, str], expected: bool
) -> None:
    assert holds(parse_condition((clause,)), texts) is expected
