"""A scenario: what is asked for, how fast, after which preparation, and what must hold."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

Value = str | int | float


class Arrivals(StrEnum):
    """How requests, or groups of them, begin."""

    CONSTANT = "constant"
    POISSON = "poisson"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Choices:
    """The values that a variable may have, listed."""

    values: tuple[Value, ...]

    def __len__(self) -> int:
        return len(self.values)

    def __getitem__(self, number: int) -> Value:
        return self.values[number]


@dataclass(frozen=True, slots=True)
class Span:
    """The whole numbers from *first* to *last*, *step* apart, that a variable may be."""

    first: int
    last: int
    step: int = 1

    def __len__(self) -> int:
        return (self.last - self.first) // self.step + 1

    def __getitem__(self, number: int) -> Value:
        return self.first + number * self.step


@dataclass(frozen=True, slots=True)
class Request:
    """One kind of request: path and query with `{names}`, and how often it is one of this kind."""

    template: str
    weight: float = 1.0
    accept: str | None = None


@dataclass(frozen=True, slots=True)
class Originals:
    """Which originals are asked for, out of those that the command line lists.

    Those whose keys end in one of *suffixes*, at most *most* of them; *keys* are named outright.
    """

    keys: tuple[str, ...] = ()
    suffixes: tuple[str, ...] = ()
    most: int = 100


@dataclass(frozen=True, slots=True)
class Load:
    """How fast: *rate* a second in an open loop, *concurrency* at a time in a closed one.

    *warm_up* and *duration* are in seconds; what arrives during the warm-up does not count.
    """

    arrivals: Arrivals = Arrivals.CONSTANT
    rate: float = 10.0
    concurrency: int = 1
    warm_up: float = 0.0
    duration: float = 10.0

    @property
    def is_open(self) -> bool:
        """Whether requests begin when they are due, whatever became of earlier ones."""
        return self.arrivals is not Arrivals.CLOSED


@dataclass(frozen=True, slots=True)
class Group:
    """Requests that arrive together, as those of a page; *same* if all are for one URL.

    *connections* is how many of them may be under way at once; 0 for no limit.
    """

    size: int
    same: bool = False
    connections: int = 0


@dataclass(frozen=True, slots=True)
class Assertions:
    """What must hold, or the run has failed."""

    max_error_rate: float = 0.01
    expect_format: str | None = None
    p99_ms: float | None = None
    min_tier_share: float | None = None


@dataclass(frozen=True, slots=True)
class Local:
    """What is different on a laptop: how large the edge's cache is, and what that means."""

    edge_cache: int | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Scenario:
    """All of it.

    With *unique*, no request is made twice; with *prime*, each that will be made has been made
    before. *population* is how many different requests there are; 0 for as many as come up.
    *expect_tier* is where the answers should come from, or the scenario is not what it says.
    """

    name: str
    description: str
    requests: tuple[Request, ...]
    variables: Mapping[str, Choices | Span]
    originals: Originals = field(default_factory=Originals)
    unique: bool = False
    prime: bool = False
    population: int = 0
    expect_tier: tuple[str, ...] = ()
    load: Load = field(default_factory=Load)
    group: Group | None = None
    local: Local = field(default_factory=Local)
    assertions: Assertions = field(default_factory=Assertions)
    text: str = ""
