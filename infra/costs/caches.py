"""What a chain of caches answers by itself, by Che's approximation.

An LRU cache keeps what was asked for within its *characteristic time*: the time in which so many
different objects are asked for as it has room for (Che, Tung and Wang, "Hierarchical Web caching
systems", IEEE JSAC 20(7), 2002; why it holds so well: Fricker, Robert and Roberts, "A versatile and
accurate approximation for LRU cache performance", ITC 24, 2012). What one tier misses is taken for
a Poisson stream at the next.

CloudFront also asks again for what is older than its max-age. An object that stays is therefore
fetched once in a lifetime; both reasons to fetch are put together in `_hits`. `montecarlo.py` plays
real LRU caches, with ages, against these formulas.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, expm1, inf
from typing import Final, NamedTuple

from infra.costs.zipf import Popularity

_STEPS: Final = 100
_LARGEST: Final = 700.0
"""Beyond it, exp overflows; what is asked for so often stays anyway."""


@dataclass(frozen=True, slots=True)
class Tier:
    """So many equal caches, each with room for so many objects, that share what comes from below.

    What is older than *lifetime* seconds is fetched again.
    """

    name: str
    caches: float
    objects: float
    lifetime: float = inf


class Flow(NamedTuple):
    """What a tier sees: requests a second in and out, and how long it keeps what it has."""

    name: str
    asked: float
    missed: float
    keeps: float

    @property
    def hit_ratio(self) -> float:
        """The share that it answers by itself."""
        return 1 - self.missed / self.asked if self.asked else 0.0


def flows(popularity: Popularity, rate: float, tiers: Sequence[Tier]) -> tuple[Flow, ...]:
    """Return what each tier sees of *rate* views a second; the first is nearest to the viewer."""
    rates = [each.share * rate for each in popularity.bins]
    counts = [each.count for each in popularity.bins]
    found = []
    for tier in tiers:
        each = [rate / tier.caches for rate in rates]
        keeps = characteristic_time(counts, each, tier.objects)
        missed = [
            rate * miss_ratio(one, keeps, tier.lifetime)
            for rate, one in zip(rates, each, strict=True)
        ]
        found.append(Flow(tier.name, _sum(counts, rates), _sum(counts, missed), keeps))
        rates = missed
    return tuple(found)


def characteristic_time(counts: Sequence[float], rates: Sequence[float], objects: float) -> float:
    """Return the seconds that a cache keeps what is not asked for; endless if all has room."""
    if objects >= sum(counts):
        return inf
    low, high = 0.0, 1.0
    while _kept(counts, rates, high) < objects:
        low, high = high, 2 * high
        if high == inf:
            return inf
    for _ in range(_STEPS):
        middle = (low + high) / 2
        if _kept(counts, rates, middle) < objects:
            low = middle
        else:
            high = middle
    return high


def miss_ratio(rate: float, keeps: float, lifetime: float) -> float:
    """Return the share of an object's requests that its cache passes on."""
    return 1 / (1 + _hits(rate, keeps, lifetime))


def _hits(rate: float, keeps: float, lifetime: float) -> float:
    """Return how many hits follow one fetch, on the average.

    Without a lifetime, e^(rate keeps) - 1: those until the first gap that is too long. That gap
    ends the run at a steady hazard, nearly; so a lifetime cuts it to the share that it covers.
    """
    if rate <= 0:
        return 0.0
    unbounded = expm1(min(rate * keeps, _LARGEST))
    if lifetime == inf or unbounded == 0:
        return unbounded
    return -unbounded * expm1(-rate * lifetime / unbounded)


def _kept(counts: Sequence[float], rates: Sequence[float], seconds: float) -> float:
    return sum(
        count * (1 - exp(-rate * seconds)) for count, rate in zip(counts, rates, strict=True)
    )


def _sum(counts: Sequence[float], rates: Sequence[float]) -> float:
    return sum(count * rate for count, rate in zip(counts, rates, strict=True))
