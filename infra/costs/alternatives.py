"""Other ways to serve the same traffic, at public list prices without discounts."""

from dataclasses import dataclass

from infra.costs.bill import Line, total


@dataclass(frozen=True, slots=True)
class Alternative:
    """Another way to serve the traffic, with its bill and a note.

    There are no lines if the service does not offer so much. *extrapolated* means that the vendor
    publishes no price for so much, and that the price of its largest plan was used.
    """

    name: str
    lines: tuple[Line, ...]
    note: str
    source: str
    extrapolated: bool = False

    @property
    def dollars(self) -> float | None:
        """The cost of a month; None if the service does not offer so much."""
        return total(self.lines) if self.lines else None

    @property
    def confirmed(self) -> bool:
        """Whether all of its prices were read somewhere."""
        return all(line.price.confirmed for line in self.lines)
