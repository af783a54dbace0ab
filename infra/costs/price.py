"""A list price: what a unit costs, where that is written, and how sure it is."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

LOOKED_UP: Final = "2026-11-24"


class Evidence(StrEnum):
    """Where the price was read."""

    PAGE = "the vendor's page"
    QUOTED = "quoted by others from the vendor's page or price list"
    MEMORY = "from memory, verify"


@dataclass(frozen=True, slots=True)
class Band:
    """What one unit costs, up to a quantity a month; lower bands come first."""

    up_to: float
    dollars: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """What a unit costs; *free* units a month are given to every account (Always Free)."""

    unit: str
    bands: tuple[Band, ...]
    source: str
    evidence: Evidence = Evidence.QUOTED
    per: float = 1
    free: float = 0

    @property
    def confirmed(self) -> bool:
        """Whether it was read somewhere."""
        return self.evidence is not Evidence.MEMORY

    def cost(self, quantity: float, *, free_tier: bool) -> float:
        """Return the dollars of a month's quantity; the free units are subtracted first."""
        return cost(max(0.0, quantity - (self.free if free_tier else 0)), self.bands)


def flat(dollars: float) -> tuple[Band, ...]:
    """Return the bands of a price that is the same for any quantity."""
    return (Band(math.inf, dollars),)


def bands(*widths: tuple[float, float], beyond: float) -> tuple[Band, ...]:
    """Return bands from (width, dollars) in order, as price lists write them: "next 40 TB"."""
    return tuple(_add_up(widths, beyond))


def _add_up(widths: tuple[tuple[float, float], ...], beyond: float) -> Iterator[Band]:
    end = 0.0
    for width, dollars in widths:
        end += width
        yield Band(end, dollars)
    yield Band(math.inf, beyond)


def cost(quantity: float, table: tuple[Band, ...]) -> float:
    """Return the dollars of a quantity: each part of it at the price of its band."""
    total, start = 0.0, 0.0
    for band in table:
        if quantity <= start:
            break
        total += (min(quantity, band.up_to) - start) * band.dollars
        start = band.up_to
    return total
