"""Prices that fall with the quantity: what a month's quantity costs, band by band."""

import math
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Band:
    """What one unit costs, up to a quantity a month (units before it counted)."""

    up_to: float
    dollars: float


def flat(dollars: float) -> tuple[Band, ...]:
    """Return the bands of a price that is the same for any quantity."""
    return (Band(math.inf, dollars),)


def bands(*widths: tuple[float, float], beyond: float) -> tuple[Band, ...]:
    """Return bands from (width, dollars) in order, as price lists write them: "next 40 TB"."""
    return tuple(_summed(widths, beyond))


def _summed(widths: tuple[tuple[float, float], ...], beyond: float) -> Iterator[Band]:
    end = 0.0
    for width, dollars in widths:
        end += width
        yield Band(end, dollars)
    yield Band(math.inf, beyond)


def cost(quantity: float, table: tuple[Band, ...]) -> float:
    """Return the dollars that a quantity costs: each part of it at the price of its band."""
    total, start = 0.0, 0.0
    for band in table:
        if quantity <= start:
            break
        total += (min(quantity, band.up_to) - start) * band.dollars
        start = band.up_to
    return total
