"""Bills, comparisons and simulations, as text for people and as JSON for programs."""

import dataclasses
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from math import inf, isfinite
from typing import Any

from infra.costs.alternative import Alternative
from infra.costs.amounts import as_share, dollars, told
from infra.costs.bill import Line, total
from infra.costs.crossings import Crossing
from infra.costs.prices import LOOKED_UP, Evidence, Price
from infra.costs.quotas import Quota
from infra.costs.simulation import Check, Simulation
from infra.costs.workload import Workload

_MARKS = {Evidence.PAGE: "", Evidence.QUOTED: "+", Evidence.MEMORY: "*"}


@dataclasses.dataclass(slots=True)
class _Sources:
    """Sources in the order in which they are first cited, numbered from 1."""

    cited: dict[tuple[str, str, Evidence], int] = dataclasses.field(default_factory=dict)

    def cite(self, price: Price) -> str:
        key = (price.source, price.looked_up, price.evidence)
        return f"[{self.cited.setdefault(key, len(self.cited) + 1)}]{_MARKS[price.evidence]}"

    def __str__(self) -> str:
        rows = [
            f"  [{number}]{_MARKS[evidence]:1} {source} ({looked_up})"
            for (source, looked_up, evidence), number in self.cited.items()
        ]
        used = {evidence for _, _, evidence in self.cited}
        notes = [f"  {_MARKS[each]} {each}" for each in Evidence if _MARKS[each] and each in used]
        return "\n".join([*rows, *notes])


def bill_text(work: Workload, lines: Sequence[Line]) -> str:
    """Return a bill, line by line, with where each price is from."""
    sources = _Sources()
    head = (
        f"Calotype, {told(work.views)} views a month, {work.region}, US dollars, "
        f"{'with' if work.free_tier else 'without'} the free tier\n"
    )
    rows = []
    for group, members in groupby(lines, key=lambda line: line.group):
        rows.append(f"\n{group}")
        rows.extend(_row(line, sources) for line in members)
    rows.append(f"\n{'Total':<72} {total(lines):>12,.2f}  a month")
    return f"{head}{chr(10).join(rows)}\n\nPrices\n{sources}"


def _row(line: Line, sources: _Sources) -> str:
    unit = f"{unit_price(line.price)} {sources.cite(line.price)}"
    return (
        f"  {line.name:<24}{told(line.quantity):>10}  {unit:<36}{line.dollars:>11,.2f}  {line.how}"
    )


def unit_price(price: Price) -> str:
    """Return what a unit costs in the first band that costs anything."""
    first = next((band.dollars for band in price.bands if band.dollars), 0.0)
    of = f"{told(price.per)} " if price.per != 1 else ""
    return f"{dollars(first * price.per)} / {of}{price.unit}"


def comparison_text(own: float, others: Iterable[Alternative], crossed: Sequence[Crossing]) -> str:
    """Return what others cost, and from how many views on that changes."""
    rows = [f"  {'Calotype':<48}{own:>14,.2f}"]
    rows.extend(_compared(other) for other in others)
    notes = [f"  {told(each.views):>8}  {each.name} {_becomes(each)}" for each in crossed]
    table = "\n".join(rows)
    return (
        f"The same traffic elsewhere, at list prices of {LOOKED_UP}\n{table}\n"
        "  ~ drawn out beyond what the vendor publishes\n"
        f"  * has prices {Evidence.MEMORY}\n\n"
        f"From so many views a month on, all else the same\n{chr(10).join(notes) or '  none'}"
    )


def _compared(other: Alternative) -> str:
    amount = "-" if other.dollars is None else f"{other.dollars:,.2f}"
    mark = ("~" if other.extrapolated else "") + ("" if other.confirmed else "*")
    return f"  {other.name:<48}{amount:>14}{mark:<3}{other.note}\n      {other.source}"


def _becomes(crossing: Crossing) -> str:
    return f"becomes {'dearer' if crossing.becomes_dearer else 'cheaper'} than Calotype"


def simulation_text(found: Simulation, broken: Sequence[Quota], checks: Sequence[Check]) -> str:
    """Return what each tier answers, how busy the rest is, and which quota breaks first."""
    views, urls = told(found.network.views_per_day), told(found.month.derivatives)
    return "\n\n".join(
        (
            f"{views} views a day over {urls} URLs",
            "\n".join(_tiers(found)),
            "\n".join(_busy(found)),
            "\n".join(_ranked(found, broken)),
            "\n".join(_checked(checks)),
        )
    )


def _tiers(found: Simulation) -> Iterator[str]:
    yield f"  {'tier':<20}{'asked a second':>16}{'answers':>10}"
    for tier in found.tiers:
        yield f"  {tier.name:<20}{told(tier.asked):>16}{tier.hit_ratio:>10.1%}"
    asked = found.tiers[-1].missed
    yield f"  {'derivatives bucket':<20}{told(asked):>16}{found.bucket_hit_ratio:>10.1%}"
    yield f"CloudFront answers {as_share(found.work.hit_ratio)} before Origin Shield"


def _busy(found: Simulation) -> Iterator[str]:
    busiest = found.busiest
    views, renders = told(busiest.views), told(busiest.renders)
    at_a_time = told(busiest.simultaneous_renders)
    yield f"In the busiest hour: {views} views, {renders} renders a second, {at_a_time} at a time"
    yield "Renders at a time on the average, in each hour of the viewers' day:"
    yield "  " + " ".join(f"{each:.2g}" for each in found.hours)


def _ranked(found: Simulation, ranked: Sequence[Quota]) -> Iterator[str]:
    yield "Which of AWS's default quotas breaks first"
    yield f"  {'quota':<34}{'used':>10}{'of':>12}{'share':>9}{'breaks at':>12}  views a day"
    for quota in ranked:
        at = quota.breaks_at(found.network.views_per_day)
        breaks = told(at) if isfinite(at) else "never"
        name = quota.name + ("" if quota.confirmed else " *")
        yield (
            f"  {name:<34}{told(quota.used):>10}{told(quota.limit):>12}"
            f"{quota.utilisation:>9.1%}{breaks:>12}  {quota.what}"
        )
    sources = dict.fromkeys(quota.source for quota in ranked)
    yield from (f"  {source}" for source in sources)
    yield f"  * {Evidence.MEMORY}"


def _checked(checks: Sequence[Check]) -> Iterator[str]:
    yield "The formulas against LRU caches that were played, at a smaller scale"
    for each in checks:
        yield f"  {each.tier:<20}{each.formula:>8.1%} {each.played:>8.1%}"


def cost_json(
    work: Workload,
    lines: Sequence[Line],
    others: Iterable[Alternative],
    crossed: Iterable[Crossing],
) -> dict[str, Any]:
    """Return all that `calotype cost` finds."""
    return {
        "workload": dataclasses.asdict(work),
        "lines": [line_json(line) for line in lines],
        "total": round(total(lines), 2),
        "alternatives": [
            {
                "name": other.name,
                "total": None if other.dollars is None else round(other.dollars, 2),
                "extrapolated": other.extrapolated,
                "confirmed": other.confirmed,
                "note": other.note,
                "source": other.source,
                "lines": [line_json(line) for line in other.lines],
            }
            for other in others
        ],
        "crossings": [dataclasses.asdict(each) for each in crossed],
    }


def line_json(line: Line) -> dict[str, Any]:
    """Return a line of a bill."""
    return {
        "group": line.group,
        "name": line.name,
        "quantity": line.quantity,
        "unit": line.price.unit,
        "unit_price": unit_price(line.price),
        "dollars": round(line.dollars, 4),
        "how": line.how,
        "source": line.price.source,
        "looked_up": line.price.looked_up,
        "evidence": line.price.evidence,
        "confirmed": line.price.confirmed,
    }


def simulation_json(
    found: Simulation, ranked: Sequence[Quota], checks: Sequence[Check]
) -> dict[str, Any]:
    """Return all that `calotype simulate` finds."""
    tiers = [
        {"name": tier.name, "asked_per_second": tier.asked, "hit_ratio": tier.hit_ratio}
        for tier in found.tiers
    ]
    asked = found.tiers[-1].missed
    bucket = {"name": "derivatives bucket", "asked_per_second": asked}
    tiers.append(bucket | {"hit_ratio": found.bucket_hit_ratio})
    views = found.network.views_per_day
    return {
        "network": dataclasses.asdict(found.network),
        "workload": dataclasses.asdict(found.work),
        "tiers": tiers,
        "busiest": dataclasses.asdict(found.busiest),
        "renders_at_a_time_by_hour": found.hours,
        "quotas": [
            dataclasses.asdict(quota)
            | {
                "utilisation": quota.utilisation,
                "breaks_at": None if quota.breaks_at(views) == inf else quota.breaks_at(views),
            }
            for quota in ranked
        ],
        "check": [dataclasses.asdict(each) for each in checks],
    }
