"""The tables of docs/cost.md, in Markdown."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import Final

from infra.costs import prices
from infra.costs.alternatives import alternatives
from infra.costs.amounts import as_share, told
from infra.costs.bill import Line, bill, total
from infra.costs.crossings import crossings
from infra.costs.on_aws import container_solution, lambda_solution, sample
from infra.costs.quotas import quotas
from infra.costs.simulation import check, simulate
from infra.costs.sizes import Size, sizes
from infra.costs.workload import Workload

_CENT: Final = 0.005


@cache
def three() -> tuple[Size, ...]:
    """Return the sizes that the page is about, simulated once."""
    return sizes()


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _money(value: float | None) -> str:
    return "none" if value is None else f"{value:,.2f}"


def _inputs() -> str:
    rows = [
        ("views a month", [told(size.work.views) for size in three()]),
        ("originals", [told(size.work.originals) for size in three()]),
        ("derivatives", [told(size.simulation.month.derivatives) for size in three()]),
        ("delivered, GB", [told(size.simulation.month.delivered_gb) for size in three()]),
        ("CloudFront answers", [f"{size.work.hit_ratio:.0%}" for size in three()]),
        ("Origin Shield", ["yes" if size.work.shield else "no" for size in three()]),
        ("renders", [told(size.simulation.month.renders) for size in three()]),
    ]
    return _table(["", *(size.name for size in three())], [[name, *row] for name, row in rows])


def _bills() -> str:
    found = [{(line.group, line.name): line for line in bill(size.work)} for size in three()]
    names = dict.fromkeys(name for lines in reversed(found) for name in lines)
    rows = [
        [" ".join(name), *(_cell(lines.get(name)) for lines in found)]
        for name in names
        if any(name in lines and lines[name].dollars >= _CENT for lines in found)
    ]
    totals = [f"**{total(lines.values()):,.2f}**" for lines in found]
    return _table(["$ a month", *(size.name for size in three())], [*rows, ["**all**", *totals]])


def _cell(line: Line | None) -> str:
    return _money(line.dollars) if line and line.dollars >= _CENT else ""


def _comparison() -> str:
    others = zip(*(alternatives(size.work) for size in three()), strict=True)
    own = ["**Calotype**", *(f"**{total(bill(size.work)):,.2f}**" for size in three())]
    rows = [
        [
            same[0].name + ("" if all(one.confirmed for one in same) else r" \*"),
            *(_money(one.dollars) + ("~" if one.extrapolated else "") for one in same),
        ]
        for same in others
    ]
    return _table(["$ a month", *(size.name for size in three())], [own, *rows])


def _crossings() -> str:
    rows = [
        [told(each.views), each.name, "dearer" if each.becomes_dearer else "cheaper"]
        for each in sorted(crossings(three()[1].work), key=lambda each: each.views)
    ]
    return _table(["from views a month", "", "than Calotype"], rows)


def _hit_ratios() -> str:
    rows = []
    for ratio in (0.3, 0.5, 0.8, 0.95, 0.99):
        work = replace(three()[1].work, hit_ratio=ratio)
        others = [make(work).dollars for make in (sample, lambda_solution, container_solution)]
        rows.append([as_share(ratio), _money(total(bill(work))), *map(_money, others)])
    head = ["CloudFront answers", "Calotype", "AWS sample", "AWS DIT v7", "AWS DIT v8"]
    return _table(head, rows)


def _render_times() -> str:
    works = [size.work for size in three()[1:]]
    rows = []
    for milliseconds in (50.0, 150.0, 300.0, 600.0, 1200.0):
        slower = [replace(work, render_ms=milliseconds) for work in works]
        paid = [replace(work, free_tier=False) for work in slower]
        rows.append(
            [told(milliseconds), *(_money(_rendering(work)) for work in paid)]
            + [f"{_rendering(work) / total(bill(work)):.1%}" for work in paid]
        )
    names = [size.name for size in three()[1:]]
    head = ["render ms", *(f"{name}, $" for name in names), *(f"{name}, of all" for name in names)]
    return _table(head, rows)


def _rendering(work: Workload) -> float:
    return sum(line.dollars for line in bill(work) if line.name == "rendering")


_CHANGES: Final[Mapping[str, Callable[[Workload], Workload]]] = {
    "a picture weighs 1 KB more": lambda work: replace(work, average_kb=work.average_kb + 1),
    "twice as many originals": lambda work: replace(work, originals=2 * work.originals),
    "a render takes twice as long": lambda work: replace(work, render_ms=2 * work.render_ms),
    "twice as many are replaced": lambda work: replace(
        work, replaced_per_month=2 * work.replaced_per_month
    ),
    "a new recipe every month": lambda work: replace(work, refreshed_per_month=1),
    "all URLs are signed": lambda work: replace(work, signed=True),
    "arm64": lambda work: replace(work, architecture="arm64"),
    "SnapStart": lambda work: replace(work, snapstart=True),
    "AWS WAF": lambda work: replace(work, waf=True),
    "viewers in Asia": lambda work: replace(work, viewers=prices.Viewers.ASIA),
    "no free tier": lambda work: replace(work, free_tier=False),
}


def _sensitivity() -> str:
    rows = []
    for name, change in _CHANGES.items():
        more = [total(bill(change(size.work))) - total(bill(size.work)) for size in three()[1:]]
        rows.append([name, *(f"{each:+,.2f}" for each in more)])
    return _table(["$ a month more, if", *(size.name for size in three()[1:])], rows)


_LIFETIMES: Final = {"1 hour": 1.0, "1 day": 24.0, "1 week": 168.0, "1 year": 8760.0}


def _lifetimes() -> str:
    rows = []
    for name, hours in _LIFETIMES.items():
        row = [name]
        for size in three()[1:]:
            network = replace(size.simulation.network, max_age_hours=hours)
            with_shield = simulate(network, replace(size.work, shield=True))
            found = simulate(network, size.work)
            through = 1 - with_shield.tiers[-1].missed / with_shield.tiers[0].asked
            row += [
                f"{found.work.hit_ratio:.1%}",
                f"{through:.1%}",
                _money(total(bill(found.work))),
            ]
        rows.append(row)
    head = ["caches ask again after"]
    for size in three()[1:]:
        head += [f"{size.name}: CloudFront answers", "with Origin Shield", "$ a month"]
    return _table(head, rows)


def _tiers() -> str:
    found = three()[2].simulation
    rows = [[tier.name, told(tier.asked), f"{tier.hit_ratio:.1%}"] for tier in found.tiers]
    asked = told(found.tiers[-1].missed)
    rows.append(["derivatives bucket", asked, f"{found.bucket_hit_ratio:.1%}"])
    return _table(["tier", "asked a second", "answers"], rows)


def _quotas() -> str:
    found = three()[2].simulation
    rows = []
    for quota in quotas(found):
        at_views = quota.breaks_at(found.network.views_per_day)
        mark = "" if quota.confirmed else r" \*"
        name = f"[{quota.name}]({quota.source}){mark}"
        breaks = told(at_views) if quota.grows else ""
        used = [told(quota.used), told(quota.limit), f"{quota.utilisation:.1%}"]
        rows.append([name, quota.what, *used, breaks])
    return _table(["quota", "", "used", "of", "share", "breaks at, views a day"], rows)


def _check() -> str:
    rows = [[each.tier, f"{each.formula:.1%}", f"{each.played:.1%}"] for each in check()]
    return _table(["tier", "formula", "played"], rows)


def _prices() -> str:
    known = []
    for value in vars(prices).values():
        values = value.values() if isinstance(value, dict) else [value]
        known += [price for price in values if isinstance(price, prices.Price)]
    unsure = ", ".join(f"{each.unit} of {each.source}" for each in known if not each.confirmed)
    quoted = sum(price.evidence is prices.Evidence.QUOTED for price in known)
    return (
        f"Looked up {prices.LOOKED_UP}. Of {len(known)} prices, {quoted} were read where others "
        "quote the vendor's page or price list. From memory, to be verified: the plans of "
        f"{prices.IMGIX_SOURCE} and the {unsure}."
    )


SECTIONS: Final[Mapping[str, Callable[[], str]]] = {
    "inputs": _inputs,
    "bills": _bills,
    "comparison": _comparison,
    "crossings": _crossings,
    "hit-ratios": _hit_ratios,
    "render-times": _render_times,
    "sensitivity": _sensitivity,
    "lifetimes": _lifetimes,
    "tiers": _tiers,
    "quotas": _quotas,
    "check": _check,
    "prices": _prices,
}
