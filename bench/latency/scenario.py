"""A scenario: which requests, how fast, after which preparation, and what must hold.

Scenarios are TOML files. msgspec checks their types and limits; docs/benchmarking.md has an example
with every key.
"""

import re
import tomllib
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta

from bench.latency.answer import TIERS

SHIPPED: Final = Path(__file__).parents[1] / "scenarios"

KEY: Final = "key"
"""The variable that every template may use: the original's key."""

VARIABLE: Final = re.compile(r"\{([^{}]*)\}")
"""The place of a variable in a template."""

_LARGEST: Final = 1_000_000_000

_Name = Annotated[str, Meta(pattern="^[a-z][a-z0-9_-]{0,40}$")]
_Word = Annotated[str, Meta(pattern=r"^[!-~]+$")]
_Path = Annotated[str, Meta(pattern=r"^/[!-~]*$")]
_Number = Annotated[int, Meta(ge=0, le=_LARGEST)]
_Count = Annotated[int, Meta(ge=1, le=1_000_000)]
_Together = Annotated[int, Meta(ge=1, le=10_000)]
_Share = Annotated[float, Meta(ge=0, le=1)]
_Values = Annotated[list[_Word | int | float], Meta(min_length=1)]


class BadScenario(ValueError):
    """A scenario cannot be read; the message names the scenario and the key."""


class Arrivals(StrEnum):
    """How requests, or groups of them, start."""

    CONSTANT = "constant"
    POISSON = "poisson"


class _Table(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A table of TOML; a key that it does not know is an error."""


class Span(_Table, frozen=True, rename={"first": "from", "last": "to"}):
    """The whole numbers from *first* to *last*, in steps."""

    first: _Number
    last: _Number
    step: Annotated[int, Meta(ge=1, le=_LARGEST)] = 1

    def __post_init__(self) -> None:
        if self.last < self.first:
            message = "`to` must not be below `from`"
            raise ValueError(message)

    def __len__(self) -> int:
        return (self.last - self.first) // self.step + 1

    def __getitem__(self, number: int) -> int:
        return self.first + number * self.step


class Template(_Table, frozen=True):
    """One kind of request: path and query with `{names}`, and its share of all requests."""

    template: _Path
    weight: Annotated[float, Meta(ge=0.001, le=_LARGEST)] = 1.0
    accept: str | None = None


class Originals(_Table, frozen=True):
    """Which originals are requested, of those on the command line; *keys* replace them."""

    keys: list[str] = []
    suffixes: list[str] = []
    most: _Count = 100


class Load(_Table, frozen=True):
    """How fast: requests or groups a second, however long the answers take.

    *warm_up* and *duration* are seconds. Requests of the warm-up are not counted.
    """

    arrivals: Arrivals = Arrivals.CONSTANT
    rate: Annotated[float, Meta(ge=0.001, le=100_000)] = 10.0
    warm_up: Annotated[float, Meta(ge=0, le=86_400)] = 0.0
    duration: Annotated[float, Meta(ge=0.1, le=86_400)] = 10.0


class Group(_Table, frozen=True):
    """Requests that start together, as those of a page; *same* if all are for one URL.

    *connections* is how many of them run at once; 0 for no limit.
    """

    size: _Together
    same: bool = False
    connections: Annotated[int, Meta(ge=0, le=10_000)] = 0


class Assertions(_Table, frozen=True):
    """The run fails if one of these does not hold."""

    max_error_rate: _Share = 0.01
    expect_format: str | None = None
    p99_ms: Annotated[float, Meta(ge=0.001, le=_LARGEST)] | None = None
    min_tier_share: _Share | None = None


class Local(_Table, frozen=True):
    """What differs on a laptop: the size of the edge's cache, and a note on the result."""

    edge_cache: Annotated[int, Meta(ge=0, le=10**12)] | None = None
    note: str = ""


class Scenario(_Table, frozen=True):
    """A complete scenario.

    With *unique*, no request is made twice. With *prime*, each request is made once before the
    measurement. *population* is the number of different requests; 0 for no limit. *expect_tier* is
    where the answers should come from. *text* is the TOML.
    """

    name: _Name
    description: str
    requests: Annotated[list[Template], Meta(min_length=1)]
    variables: dict[_Name, _Values | Span] = {}
    originals: Originals = Originals()
    unique: bool = False
    prime: bool = False
    population: _Count | None = None
    expect_tier: list[str] = []
    load: Load = Load()
    group: Group | None = None
    local: Local = Local()
    assertions: Assertions = Assertions()
    text: str = ""

    def __post_init__(self) -> None:
        if complaint := next(self._complain(), ""):
            raise ValueError(complaint)

    def _complain(self) -> Iterator[str]:
        known = {*self.variables, KEY}
        if KEY in self.variables:
            yield f"{KEY} is the original's key; name the variable otherwise"
        for request in self.requests:
            names = VARIABLE.findall(request.template)
            if set("{}") & set(VARIABLE.sub("", request.template)):
                yield f"the template {request.template} has a brace without a partner"
            for name in sorted({*names} - known):
                yield f"the template {request.template} uses {{{name}}}, which is no variable"
        if not {*self.expect_tier} <= {*TIERS}:
            yield f"expect_tier accepts any of {', '.join(TIERS)}"
        if self.unique and self.population:
            yield "population and unique exclude each other"
        if self.prime and not (self.unique or self.population):
            yield "prime needs unique = true, or a population"
        if self.assertions.min_tier_share is not None and not self.expect_tier:
            yield "assertions.min_tier_share needs expect_tier"


def list_shipped() -> dict[str, Path]:
    """Return the scenarios that come with Calotype, by name."""
    return {path.stem: path for path in sorted(SHIPPED.glob("*.toml"))}


def read_scenario(name_or_file: str) -> Scenario:
    """Read a scenario by its name, or from a file.

    Raises:
        BadScenario: there is none, or it cannot be read.

    """
    known = list_shipped()
    path = known.get(name_or_file, Path(name_or_file).expanduser())
    if not path.is_file():
        message = f"{name_or_file!r} is neither a file nor one of {', '.join(known)}"
        raise BadScenario(message)
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        message = f"{name_or_file}: cannot be read: {error}"
        raise BadScenario(message) from error
    return parse_scenario(text, name_or_file)


def parse_scenario(text: str, where: str = "scenario") -> Scenario:
    """Parse a scenario from TOML.

    Raises:
        BadScenario: it is not one; the message begins with *where* and names the key.

    """
    try:
        table: dict[str, Any] = tomllib.loads(text)
        scenario = msgspec.convert(table, Scenario)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        message = f"{where}: not TOML: {error}"
        raise BadScenario(message) from error
    except msgspec.ValidationError as error:
        message = f"{where}: {error}"
        raise BadScenario(message) from error
    local = msgspec.structs.replace(scenario.local, note=_unwrap(scenario.local.note))
    return msgspec.structs.replace(
        scenario, text=text, description=_unwrap(scenario.description), local=local
    )


def _unwrap(text: str) -> str:
    return " ".join(text.split())
