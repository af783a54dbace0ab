"""The requests of a scenario, one after another: drawn by chance, the same for the same seed."""

import itertools
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from bench.latency.dialects import DIALECTS, OWN, Dialect
from bench.latency.reading import KEY, VARIABLE
from bench.latency.scenario import Originals, Request, Scenario
from origin_lambda.url.grammar import escape

_TRIES: Final = 200  # draws in a row that were there before, until nothing new is expected
_WIDTH, _HEIGHT, _FORMAT = "width", "height", "format"


class NothingToAsk(ValueError):
    """A scenario has no originals, cannot be translated, or has too few different requests."""


@dataclass(frozen=True, slots=True)
class Ask:
    """One request: its URL as it is sent, and what the browser can show."""

    url: str
    accept: str


@dataclass(frozen=True, slots=True)
class Target:
    """What is asked, and in whose way: *finish* makes a base and a path into a URL.

    *accept* is said where a scenario says nothing.
    """

    base: str
    accept: str
    dialect: str = OWN
    finish: Callable[[str], str] = field(default=str)


@dataclass(slots=True)
class Supply:
    """Draws the requests of a scenario to a target, about some originals."""

    scenario: Scenario
    target: Target
    keys: Sequence[str]
    rng: random.Random
    _seen: set[Ask] = field(default_factory=set)
    _known: list[Ask] = field(default_factory=list)
    _left: Iterator[Ask] = field(default_factory=lambda: iter(()))

    def prepare(self, count: int) -> Sequence[Ask]:
        """Decide on the requests there are, for about *count*; return those to be primed.

        Raises:
            NothingToAsk: there are too few different ones.

        """
        if self.scenario.population:
            self._known = self._different(self.scenario.population, at_least=1)
        elif self.scenario.unique and self.scenario.prime:
            self._known = self._different(count, at_least=count)
            self._left = iter(self._known)
        return self._known if self.scenario.prime else ()

    def together(self, size: int, *, same: bool) -> list[Ask]:
        """Return the requests of one group; none where all have been made."""
        if same:
            return self.next(1) * size
        if self._known and not self.scenario.unique and len(self._known) >= size:
            return self.rng.sample(self._known, size)
        return self.next(size)

    def next(self, count: int = 1) -> list[Ask]:
        """Return that many requests, or as many as are left.

        Raises:
            NothingToAsk: all different ones have been made.

        """
        if self.scenario.unique:
            if self.scenario.prime:
                return list(itertools.islice(self._left, count))
            return self._different(count, at_least=count)
        if self._known:
            return self.rng.choices(self._known, k=count)
        return [self._drawn() for _ in range(count)]

    def _different(self, count: int, at_least: int) -> list[Ask]:
        """Return so many requests that were never returned before."""
        found: list[Ask] = []
        tries = 0
        while len(found) < count and tries < _TRIES:
            ask = self._drawn()
            tries += 1
            if ask not in self._seen:
                self._seen.add(ask)
                found.append(ask)
                tries = 0
        if len(found) < at_least:
            message = (
                f"{self.scenario.name}: only {len(self._seen):,} different requests were found;"
                " widen its variables, or name more originals"
            )
            raise NothingToAsk(message)
        return found

    def _drawn(self) -> Ask:
        requests = self.scenario.requests
        weights = [request.weight for request in requests]
        (request,) = self.rng.choices(requests, weights)
        values = {
            name: str(choices[self.rng.randrange(len(choices))])
            for name, choices in self.scenario.variables.items()
        }
        key = escape(self.rng.choice(self.keys))
        path = self._path(request, values, key)
        return Ask(
            self.target.finish(self.target.base + path), request.accept or self.target.accept
        )

    def _path(self, request: Request, values: dict[str, str], key: str) -> str:
        if self.target.dialect == OWN:
            filled = values | {KEY: key}
            return VARIABLE.sub(lambda found: filled[found[1]], request.template)
        dialect: Dialect = DIALECTS[self.target.dialect]
        height = values[_HEIGHT] if f"{{{_HEIGHT}}}" in request.template else None
        return dialect.path(key, values[_WIDTH], height, values[_FORMAT])


def supply(scenario: Scenario, target: Target, keys: Sequence[str], seed: int) -> Supply:
    """Return the requests of a scenario about those of *keys* that it chooses.

    Raises:
        NothingToAsk: it chooses none, or the target's dialect cannot say what it asks for.

    """
    chosen = _chosen(scenario.originals, keys)
    if not chosen:
        ends = ", ".join(scenario.originals.suffixes)
        message = f"{scenario.name}: say which originals to ask for, with --key or --keys"
        if keys:
            message = f"{scenario.name}: no original that was named ends in {ends}"
        raise NothingToAsk(message)
    if target.dialect != OWN:
        for name in (_WIDTH, _FORMAT):
            if name not in scenario.variables:
                message = (
                    f"{scenario.name}: has no variable {name}, so that only {OWN} can be asked"
                )
                raise NothingToAsk(message)
    return Supply(scenario, target, chosen, random.Random(f"{seed}/{scenario.name}"))


def _chosen(originals: Originals, keys: Sequence[str]) -> list[str]:
    if originals.keys:
        return list(originals.keys)
    suffixes = tuple(suffix.lower() for suffix in originals.suffixes)
    fitting = [key for key in keys if not suffixes or key.lower().endswith(suffixes)]
    step = max(1, len(fitting) // originals.most)
    return fitting[::step][: originals.most]
