"""Reads scenarios from TOML; what is wrong with one is said with the name of the key at fault."""

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from bench.latency.answer import TIERS
from bench.latency.scenario import (
    Arrivals,
    Assertions,
    Choices,
    Group,
    Load,
    Local,
    Originals,
    Request,
    Scenario,
    Span,
)
from bench.latency.table import REQUIRED, BadScenario, Table

SHIPPED: Final = Path(__file__).parents[1] / "scenarios"

KEY: Final = "key"
"""The variable that every template may use: the original's key."""

VARIABLE: Final = re.compile(r"\{([^{}]*)\}")
"""The place of a variable in a template."""

_LONGEST_FILE: Final = 100_000
_NAME: Final = re.compile(r"[a-z][a-z0-9_-]{0,40}")
_MOST_SECONDS: Final = 86_400.0
_MOST_RATE: Final = 100_000.0
_MOST_TOGETHER: Final = 10_000
_MOST_REQUESTS: Final = 1_000_000
_LARGEST: Final = 1_000_000_000


def shipped() -> dict[str, Path]:
    """Return the scenarios that come with Calotype, by name."""
    return {path.stem: path for path in sorted(SHIPPED.glob("*.toml"))}


def scenario_from(name_or_file: str) -> Scenario:
    """Return a scenario by its name, or from a file.

    Raises:
        BadScenario: there is none, or it cannot be read.

    """
    known = shipped()
    path = known.get(name_or_file, Path(name_or_file).expanduser())
    if not path.is_file():
        message = f"{name_or_file!r} is neither a file nor one of {', '.join(known)}"
        raise BadScenario(message)
    try:
        with path.open("rb") as file:
            text = file.read(_LONGEST_FILE + 1).decode()
    except (OSError, UnicodeDecodeError) as error:
        message = f"{name_or_file}: cannot be read: {error}"
        raise BadScenario(message) from error
    if len(text) > _LONGEST_FILE:
        message = f"{name_or_file}: longer than {_LONGEST_FILE:,} characters"
        raise BadScenario(message)
    return parsed(text, name_or_file)


def parsed(text: str, where: str = "scenario") -> Scenario:
    """Return the scenario that a text in TOML is.

    Raises:
        BadScenario: it is none; the message begins with *where* and the key at fault.

    """
    try:
        top = Table(tomllib.loads(text), where)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        message = f"{where}: not TOML: {error}"
        raise BadScenario(message) from error
    read = Scenario(
        name=top.matching("name", _NAME, "lower-case letters, digits, - and _"),
        description=_in_a_line(top.text("description")),
        requests=tuple(map(_request, top.tables("requests"))),
        variables=_variables(top.table("variables")),
        originals=_originals(top.table("originals")),
        unique=top.flag("unique"),
        prime=top.flag("prime"),
        population=top.whole("population", 0, 1, _MOST_REQUESTS),
        expect_tier=top.texts("expect_tier"),
        load=_load(top.table("load")),
        group=_group(top.table("group")) if "group" in top else None,
        local=_local(top.table("local")),
        assertions=_assertions(top.table("assertions")),
        text=text,
    )
    top.end()
    _insist(top, read)
    return read


def _in_a_line(text: str) -> str:
    return " ".join(text.split())


def _request(table: Table) -> Request:
    read = Request(
        table.text("template"),
        table.number("weight", 1.0, 0.001, _LARGEST),
        table.text("accept", None),
    )
    table.end()
    if not read.template.startswith("/") or not _is_plain(read.template):
        table.refuse("template", "accepts a path that begins with / and has no blank")
    return read


def _is_plain(value: object) -> bool:
    """Whether a value may stand in a request line."""
    text = str(value)
    return bool(text) and text.isprintable() and not any(map(str.isspace, text))


def _variables(table: Table) -> dict[str, Choices | Span]:
    read: dict[str, Choices | Span] = {}
    for name in table.names():
        if not _NAME.fullmatch(name) or name == KEY:
            table.refuse(name, "is no name for a variable")
        value = table.take(
            name, REQUIRED, _varies, "a list of numbers and texts, or { from = 1, to = 9 }"
        )
        read[name] = Choices(tuple(value)) if isinstance(value, list) else _span(table, name, value)
    return read


def _varies(value: Any) -> bool:
    if isinstance(value, list):
        are_values = all(type(each) in {str, int, float} for each in value)
        return bool(value) and are_values and all(map(_is_plain, value))
    return isinstance(value, dict)


def _span(table: Table, name: str, value: Mapping[str, Any]) -> Span:
    span = table.within(name, value)
    first = span.whole("from", REQUIRED, 0, _LARGEST)
    last = span.whole("to", REQUIRED, first, _LARGEST)
    read = Span(first, last, span.whole("step", 1, 1, _LARGEST))
    span.end()
    return read


def _originals(table: Table) -> Originals:
    read = Originals(
        table.texts("keys"), table.texts("suffixes"), table.whole("most", 100, 1, _MOST_REQUESTS)
    )
    table.end()
    return read


def _load(table: Table) -> Load:
    ways = [str(way) for way in Arrivals]
    arrivals = table.take("arrivals", "constant", ways.__contains__, f"one of {', '.join(ways)}")
    read = Load(
        Arrivals(arrivals),
        table.number("rate", 10.0, 0.001, _MOST_RATE),
        table.whole("concurrency", 1, 1, _MOST_TOGETHER),
        table.number("warm_up", 0.0, 0, _MOST_SECONDS),
        table.number("duration", 10.0, 0.1, _MOST_SECONDS),
    )
    table.end()
    return read


def _group(table: Table) -> Group:
    read = Group(
        table.whole("size", REQUIRED, 1, _MOST_TOGETHER),
        table.flag("same"),
        table.whole("connections", 0, 0, _MOST_TOGETHER),
    )
    table.end()
    return read


def _local(table: Table) -> Local:
    read = Local(table.whole("edge_cache", None, 0, 10**12), _in_a_line(table.text("note", "")))
    table.end()
    return read


def _assertions(table: Table) -> Assertions:
    read = Assertions(
        table.number("max_error_rate", Assertions().max_error_rate, 0, 1),
        table.text("expect_format", None),
        table.number("p99_ms", None, 0.001, _LARGEST),
        table.number("min_tier_share", None, 0, 1),
    )
    table.end()
    return read


def _insist(top: Table, read: Scenario) -> None:
    """Refuse what cannot be together."""
    for at, request in enumerate(read.requests):
        for name in sorted(_names(top, at, request.template) - {*read.variables, KEY}):
            top.refuse(f"requests[{at}].template", f"uses {{{name}}}, which is no variable")
    for tier in read.expect_tier:
        if tier not in TIERS:
            top.refuse("expect_tier", f"accepts any of {', '.join(TIERS)}")
    if read.unique and read.population:
        top.refuse("population", "and unique exclude each other")
    if read.prime and not (read.unique or read.population):
        top.refuse("prime", "needs unique = true, or a population")
    if read.assertions.min_tier_share is not None and not read.expect_tier:
        top.refuse("assertions.min_tier_share", "needs expect_tier")


def _names(top: Table, at: int, template: str) -> set[str]:
    """Return the variables that a template uses."""
    if set("{}") & set(VARIABLE.sub("", template)):
        top.refuse(f"requests[{at}].template", "has a brace that belongs to no {variable}")
    return set(VARIABLE.findall(template))
