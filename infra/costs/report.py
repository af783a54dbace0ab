"""Print a bill, its comparison and its quotas, as text for people and as JSON for programs."""

import dataclasses
from collections.abc import Iterable, Sequence
from itertools import groupby
from math import isfinite
from typing import Any

from infra.costs.amounts import format_amount, format_price
from infra.costs.bill import Alternative, Line, total
from infra.costs.price import LOOKED_UP, Evidence, Price
from infra.costs.quotas import Quota
from infra.costs.workload import Workload

_MARKS = {Evidence.PAGE: "", Evidence.QUOTED: "+", Evidence.MEMORY: "*"}


@dataclasses.dataclass(slots=True)
class _Sources:
    """Sources in the order of their first citation, numbered from 1."""

    cited: dict[tuple[str, Evidence], int] = dataclasses.field(default_factory=dict)

    def cite(self, price: Price) -> str:
        number = self.cited.setdefault((price.source, price.evidence), len(self.cited) + 1)
        return f"[{number}]{_MARKS[price.evidence]}"

    def __str__(self) -> str:
        rows = [
            f"  [{number}]{_MARKS[evidence]:1} {source} ({LOOKED_UP})"
            for (source, evidence), number in self.cited.items()
        ]
        used = {evidence for _, evidence in self.cited}
        notes = [f"  {_MARKS[each]} {each}" for each in Evidence if _MARKS[each] and each in used]
        return "\n".join([*rows, *notes])


def format_bill(work: Workload, lines: Sequence[Line]) -> str:
    """Return a bill, line by line, with the source of each price."""
    sources = _Sources()
    head = (
        f"Calotype, {format_amount(work.views)} views a month, {work.region}, US dollars, "
        f"{'with' if work.free_tier else 'without'} the free tier\n"
    )
    rows = []
    for group, members in groupby(lines, key=lambda line: line.group):
        rows.append(f"\n{group}")
        rows.extend(_format_line(line, sources) for line in members)
    rows.append(f"\n{'Total':<72} {total(lines):>12,.2f}  a month")
    return f"{head}{chr(10).join(rows)}\n\nPrices\n{sources}"


def _format_line(line: Line, sources: _Sources) -> str:
    unit = f"{unit_price(line.price)} {sources.cite(line.price)}"
    quantity = format_amount(line.quantity)
    return f"  {line.name:<24}{quantity:>10}  {unit:<36}{line.dollars:>11,.2f}  {line.how}"


def unit_price(price: Price) -> str:
    """Return the price of a unit in the first band that is not free."""
    first = next((band.dollars for band in price.bands if band.dollars), 0.0)
    of = f"{format_amount(price.per)} " if price.per != 1 else ""
    return f"{format_price(first * price.per)} / {of}{price.unit}"


def format_comparison(own: float, others: Iterable[Alternative]) -> str:
    """Return the cost of the same traffic elsewhere."""
    rows = [f"  {'Calotype':<48}{own:>14,.2f}", *map(_format_alternative, others)]
    return "\n".join(
        (
            f"The same traffic elsewhere, at list prices of {LOOKED_UP}",
            *rows,
            "  ~ extrapolated from the vendor's largest published plan",
            f"  * has prices {Evidence.MEMORY}",
        )
    )


def _format_alternative(other: Alternative) -> str:
    amount = "-" if other.dollars is None else f"{other.dollars:,.2f}"
    mark = ("~" if other.extrapolated else "") + ("" if other.confirmed else "*")
    return f"  {other.name:<48}{amount:>14}{mark:<3}{other.note}\n      {other.source}"


def format_quotas(work: Workload, quotas: Iterable[Quota]) -> str:
    """Return how much of each quota is used, and the views at which it is exceeded."""
    rows = ["AWS's default quotas in the busiest hour; views a day that exceed them"]
    for quota in quotas:
        at_limit = quota.views_a_day_at_limit(work)
        numbers = f"{format_amount(quota.used):>10}{format_amount(quota.limit):>12}"
        views = format_amount(at_limit) if isfinite(at_limit) else "never"
        rows.append(
            f"  {quota.name:<32}{numbers}{quota.utilisation:>9.1%}{views:>12}  {quota.unit}"
        )
    return "\n".join(rows)


def as_json(
    work: Workload,
    lines: Sequence[Line],
    others: Iterable[Alternative],
    quotas: Iterable[Quota],
) -> dict[str, Any]:
    """Return all that `calotype cost` prints, for JSON."""
    return {
        "workload": dataclasses.asdict(work),
        "lines": [_line_as_json(line) for line in lines],
        "total": round(total(lines), 2),
        "alternatives": [
            {
                "name": other.name,
                "total": None if other.dollars is None else round(other.dollars, 2),
                "extrapolated": other.extrapolated,
                "confirmed": other.confirmed,
                "note": other.note,
                "source": other.source,
                "lines": [_line_as_json(line) for line in other.lines],
            }
            for other in others
        ],
        "quotas": [
            dataclasses.asdict(quota) | {"utilisation": quota.utilisation} for quota in quotas
        ],
    }


def _line_as_json(line: Line) -> dict[str, Any]:
    return {
        "group": line.group,
        "name": line.name,
        "quantity": line.quantity,
        "unit": line.price.unit,
        "unit_price": unit_price(line.price),
        "dollars": round(line.dollars, 4),
        "how": line.how,
        "source": line.price.source,
        "looked_up": LOOKED_UP,
        "evidence": line.price.evidence,
        "confirmed": line.price.confirmed,
    }
