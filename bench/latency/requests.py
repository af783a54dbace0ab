"""Generate the requests of a scenario: random, and the same for the same seed."""

import itertools
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from bench.latency.scenario import KEY, VARIABLE, Originals, Scenario
from origin_lambda.url.grammar import escape

_TRIES: Final = 200  # repeated requests in a row, after which no new one is expected


class NothingToRequest(ValueError):
    """A scenario has no originals, or too few different requests."""


@dataclass(frozen=True, slots=True)
class Request:
    """A URL as it is sent, and the `Accept` header."""

    url: str
    accept: str


@dataclass(frozen=True, slots=True)
class Target:
    """A base URL, the default `Accept`, and a function that finishes URLs, such as a signature."""

    base: str
    accept: str
    finish: Callable[[str], str] = field(default=str)


@dataclass(slots=True)
class RequestGenerator:
    """Generates the requests of a scenario to a target, for some originals."""

    scenario: Scenario
    target: Target
    keys: Sequence[str]
    rng: random.Random
    _seen: set[Request] = field(default_factory=set)
    _population: list[Request] = field(default_factory=list)
    _remaining: Iterator[Request] = field(default_factory=lambda: iter(()))

    def prepare(self, count: int) -> Sequence[Request]:
        """Choose the population for about *count* requests; return those to prime.

        Raises:
            NothingToRequest: there are too few different ones.

        """
        if self.scenario.population:
            self._population = self._generate_new(self.scenario.population, at_least=1)
        elif self.scenario.unique and self.scenario.prime:
            self._population = self._generate_new(count, at_least=count)
            self._remaining = iter(self._population)
        return self._population if self.scenario.prime else ()

    def next_group(self, size: int, *, same: bool) -> list[Request]:
        """Return the requests of one group; none if all have been made."""
        if same:
            return self.next(1) * size
        if not self.scenario.unique and len(self._population) >= size:
            return self.rng.sample(self._population, size)
        return self.next(size)

    def next(self, count: int = 1) -> list[Request]:
        """Return that many requests, or as many as remain.

        Raises:
            NothingToRequest: all different ones have been made.

        """
        if self.scenario.unique:
            if self.scenario.prime:
                return list(itertools.islice(self._remaining, count))
            return self._generate_new(count, at_least=count)
        if self._population:
            return self.rng.choices(self._population, k=count)
        return [self._generate() for _ in range(count)]

    def _generate_new(self, count: int, at_least: int) -> list[Request]:
        """Return requests that were never returned before."""
        new: list[Request] = []
        tries = 0
        while len(new) < count and tries < _TRIES:
            request = self._generate()
            tries += 1
            if request not in self._seen:
                self._seen.add(request)
                new.append(request)
                tries = 0
        if len(new) < at_least:
            message = (
                f"{self.scenario.name}: only {len(self._seen):,} different requests were found;"
                " widen its variables, or name more originals"
            )
            raise NothingToRequest(message)
        return new

    def _generate(self) -> Request:
        templates = self.scenario.requests
        (chosen,) = self.rng.choices(templates, [each.weight for each in templates])
        values = {
            name: str(choices[self.rng.randrange(len(choices))])
            for name, choices in self.scenario.variables.items()
        }
        values[KEY] = escape(self.rng.choice(self.keys))
        path = VARIABLE.sub(lambda variable: values[variable[1]], chosen.template)
        url = self.target.finish(self.target.base + path)
        return Request(url, chosen.accept or self.target.accept)


def make_generator(
    scenario: Scenario, target: Target, keys: Sequence[str], seed: int
) -> RequestGenerator:
    """Return a generator for those of *keys* that a scenario chooses.

    Raises:
        NothingToRequest: it chooses none.

    """
    chosen = _choose_keys(scenario.originals, keys)
    if not chosen:
        suffixes = ", ".join(scenario.originals.suffixes)
        message = f"{scenario.name}: name the originals to request, with --key or --keys"
        if keys:
            message = f"{scenario.name}: none of the named originals ends in {suffixes}"
        raise NothingToRequest(message)
    return RequestGenerator(scenario, target, chosen, random.Random(f"{seed}/{scenario.name}"))


def _choose_keys(originals: Originals, keys: Sequence[str]) -> list[str]:
    if originals.keys:
        return originals.keys
    suffixes = tuple(suffix.lower() for suffix in originals.suffixes)
    matching = [key for key in keys if not suffixes or key.lower().endswith(suffixes)]
    step = max(1, len(matching) // originals.most)
    return matching[::step][: originals.most]
