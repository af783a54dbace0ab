"""Another way to serve the same traffic, at public list prices without any discount."""

from dataclasses import dataclass

from infra.costs.bill import Line, total


@dataclass(frozen=True, slots=True)
class Alternative:
    """Another way to serve the traffic, its bill, and what to know of it.

    It has no lines where it does not offer so much. It is *extrapolated* where the vendor
    publishes no price for so much, and the last that it publishes was drawn out.
    """

    name: str
    lines: tuple[Line, ...]
    note: str
    source: str
    extrapolated: bool = False

    @property
    def dollars(self) -> float | None:
        """What a month costs; nothing if it cannot be had."""
        return total(self.lines) if self.lines else None

    @property
    def confirmed(self) -> bool:
        """Whether all of its prices were read somewhere."""
        return all(line.price.confirmed for line in self.lines)
