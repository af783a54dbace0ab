"""How views spread over URLs: Zipf's law, in bins, so that a billion URLs are a few hundred."""

from dataclasses import dataclass
from math import exp, expm1, log
from typing import Final

_EXACT: Final = 200
"""Ranks that are bins of their own; a bin after that is 3 % of its rank wide."""
_WIDTH: Final = 1.03


@dataclass(frozen=True, slots=True)
class Bin:
    """So many URLs, each with this share of all views."""

    count: float
    share: float


@dataclass(frozen=True, slots=True)
class Popularity:
    """Shares of views by URL; they add up to 1."""

    bins: tuple[Bin, ...]

    @property
    def population(self) -> float:
        """How many URLs there are."""
        return sum(each.count for each in self.bins)

    def distinct(self, views: float) -> float:
        """Return how many different URLs so many views ask for, by expectation."""
        return sum(-each.count * expm1(-each.share * views) for each in self.bins)


def zipf(population: float, exponent: float) -> Popularity:
    """Return shares that fall with the rank to the power of *exponent*."""
    ranks = []
    first = 1.0
    while first <= population:
        last = first if first <= _EXACT else float(int(min(population, first * _WIDTH)))
        weight = first**-exponent if first == last else _mass(first - 0.5, last + 0.5, exponent)
        ranks.append((last - first + 1, weight))
        first = last + 1
    whole = sum(weight for _, weight in ranks)
    return Popularity(tuple(Bin(count, weight / whole / count) for count, weight in ranks))


def _mass(start: float, end: float, exponent: float) -> float:
    """Return the integral of rank**-exponent: the sum over a bin, to 1 in 10^5 from rank 200 on."""
    power = 1 - exponent
    if abs(power) < 1e-9:
        return log(end / start)
    return (exp(power * log(end)) - exp(power * log(start))) / power
