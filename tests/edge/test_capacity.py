"""The edge function has room for all parameters of imgix: rare parameters cost it no bytes."""

import json
from collections.abc import Iterator
from itertools import cycle
from typing import Any, Final

import pytest

from edge import build
from edge.engines import ENGINES, Call, is_installed
from edge.table import build_store_entries
from origin_lambda.errors import CalotypeError
from origin_lambda.url import kinds
from origin_lambda.url.admission import Policy, admit_uri
from origin_lambda.url.kinds import Kind
from origin_lambda.url.params.param import Group, Param
from origin_lambda.url.transform import TABLE, Row
from origin_lambda.url.values import Crop, Fit
from tests.support.extended_table import build_group, extend_table
from tests.support.imgix import IMGIX

# One example of every kind, with a value that it accepts and a value that it refuses.
KINDS: Final[tuple[tuple[Kind, str, str], ...]] = (
    (kinds.Whole(0, 100), "7", "101"),
    (kinds.Decimal(0, 5, 2), "1.25", "6"),
    (kinds.Angle(), "-30", "361"),
    (kinds.Orientation(), "90", "9"),
    (kinds.Side(1, 8192), "0.5", "0"),
    (kinds.OneOf(tuple(Fit)), "crop", "Crop"),
    (kinds.SetOf(tuple(Crop), kept=tuple(Crop)), "left,top", "middle"),
    (kinds.Flag(), "1", "yes"),
    (kinds.ColourCode(), "tomato", "tomahto"),
    (kinds.Ratio(0.001, 1000), "16:9", "16:0"),
    (kinds.Region(), "left,top,0.5,9", "1,2,3"),
    (kinds.Token(64), "a.b", "a b"),
    (kinds.Frames(), "2-", "02"),
    (kinds.Text(200), "%C3%BCber", "%00"),
    (kinds.Quality(), "auto-low", "auto-"),
    (kinds.ListOf((kinds.Whole(0, 9), kinds.ColourCode()), "two"), "5,tomato", "5,tomahto"),
    (kinds.ListOf((kinds.Whole(0, 9),) * 4, "radii", repeats=True), "7", "7,7"),
)


def list_missing_names() -> list[str]:
    """Return the names of imgix's parameters that the table does not have."""
    return [name for name in IMGIX if name not in TABLE.spellings]


def build_groups() -> dict[str, type[Group]]:
    """Return one group for each category of imgix, with the parameters that we do not have."""
    taken = set(TABLE.spellings)
    members: dict[str, dict[str, Param]] = {}
    for name, (kind, _, _) in zip(list_missing_names(), cycle(KINDS), strict=False):
        aliases = tuple(alias for alias in IMGIX[name]["aliases"] if alias not in taken)
        taken |= {name, *aliases}
        lead = IMGIX[name]["lead"]
        field = name.replace("-", "_")
        category = IMGIX[name]["category"].replace("-", "_").replace(" ", "_")
        needs = lead if lead in IMGIX else ""
        members.setdefault(category, {})[field] = Param(name, kind, "Extra.", aliases, needs=needs)
    return {f"extra_{name}": build_group(params) for name, params in members.items()}


def build_queries(row: Row, good: str, bad: str) -> Iterator[str]:
    """Yield queries with a parameter alone, with those it needs, as an alias, and a bad value."""
    leads = [clause for clause in row.needs if clause in TABLE.spellings]
    values = {row.param.kind: good for row, good, _ in list_samples()}
    needed = "&".join(
        f"{lead}={values.get(TABLE.spellings[lead].param.kind, 'crop')}" for lead in leads
    )
    for name in row.names:
        yield f"w=5&{name}={good}&{needed}"
    yield f"{row.name}={good}"
    yield f"{needed}&{row.name}={bad}"
    yield f"palette=json&{row.name}={good}&{needed}"


def list_samples() -> list[tuple[Row, str, str]]:
    values = {kind: (good, bad) for kind, good, bad in KINDS}
    extra = [row for row in TABLE.rows if row.group.startswith("extra_")]
    return [(row, *values[row.param.kind]) for row in extra]


def reference_answer(query: str) -> Any:
    try:
        return admit_uri("/cats/tom.jpg", query, {}, Policy(), 1.0)
    except CalotypeError as error:
        return error.message


def read_answer(answer: dict[str, Any]) -> Any:
    if "statusCode" not in answer:
        return answer["uri"]
    return json.loads(answer["body"]["data"])["error"]["message"]


@pytest.mark.parametrize("engine", ENGINES)
def test_all_parameters_of_imgix_fit_the_edge_function_and_are_parsed_equally(engine: str) -> None:
    if not is_installed(engine):
        pytest.skip(f"{engine} is not installed")
    before = len(build.build())
    with extend_table(**build_groups()):
        code, entries = build.build(), build.build_key_values(Policy())
        asked = [query for sample in list_samples() for query in build_queries(*sample)]
        wanted = [reference_answer(query) for query in asked]

    answers = ENGINES[engine](
        code, [Call("/cats/tom.jpg", query, {}, entries, 1) for query in asked]
    )

    assert list_missing_names()
    assert len(code) == before <= build.LARGEST_FUNCTION
    assert [read_answer(answer) for answer in answers] == wanted
    assert sum(uri.startswith("/cats/tom.jpg/") for uri in wanted) > len(asked) // 2


def test_a_rare_parameter_needs_a_name_that_the_function_can_look_up() -> None:
    odd = build_group({"odd": Param("px2", kinds.Flag(), "Extra.")})

    with extend_table(extra=odd), pytest.raises(ValueError, match="px2: a rare parameter"):
        build_store_entries()
