"""The tables of docs/cost.md, in Markdown."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from math import isfinite
from typing import Final

from infra.costs import prices
from infra.costs.alternatives import list_alternatives
from infra.costs.amounts import format_amount, format_share
from infra.costs.bill import Line, bill, total
from infra.costs.on_aws import price_container_solution, price_lambda_solution, price_sample
from infra.costs.quotas import list_quotas
from infra.costs.volumes import DAYS, count_volumes
from infra.costs.workload import Workload

_CENT: Final = 0.005

SIZES: Final[Mapping[str, Workload]] = {
    "hobby": Workload(views=100e3, originals=500, hit_ratio=0.3),
    "50 M a month": Workload(),
    "10^9 a day": Workload(
        views=1e9 * DAYS, originals=10e6, hit_ratio=0.7, shield=True, shield_hit_ratio=0.75
    ),
}
"""The deployments of the page. Their hit ratios are assumptions."""

_LARGER: Final = tuple(SIZES)[1:]


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _money(value: float | None) -> str:
    return "none" if value is None else f"{value:,.2f}"


def _inputs() -> str:
    works = SIZES.values()
    months = [count_volumes(work) for work in works]
    rows = [
        ["views a month", *(format_amount(work.views) for work in works)],
        ["originals", *(format_amount(work.originals) for work in works)],
        ["derivatives", *(format_amount(month.derivatives) for month in months)],
        ["delivered, GB", *(format_amount(month.delivered_gb) for month in months)],
        ["answered by CloudFront (assumed)", *(format_share(work.hit_ratio) for work in works)],
        ["Origin Shield", *("yes" if work.shield else "no" for work in works)],
        ["renders", *(format_amount(month.renders) for month in months)],
    ]
    return _table(["", *SIZES], rows)


def _bills() -> str:
    bills = [{(line.group, line.name): line for line in bill(work)} for work in SIZES.values()]
    names = dict.fromkeys(name for lines in reversed(bills) for name in lines)
    rows = [
        [" ".join(name), *(_cell(lines.get(name)) for lines in bills)]
        for name in names
        if any(name in lines and lines[name].dollars >= _CENT for lines in bills)
    ]
    totals = [f"**{total(lines.values()):,.2f}**" for lines in bills]
    return _table(["$ a month", *SIZES], [*rows, ["**all**", *totals]])


def _cell(line: Line | None) -> str:
    return _money(line.dollars) if line and line.dollars >= _CENT else ""


def _comparison() -> str:
    own = ["**Calotype**", *(f"**{total(bill(work)):,.2f}**" for work in SIZES.values())]
    rows = [
        [
            same[0].name + ("" if all(one.confirmed for one in same) else r" \*"),
            *(_money(one.dollars) + ("~" if one.extrapolated else "") for one in same),
        ]
        for same in zip(*map(list_alternatives, SIZES.values()), strict=True)
    ]
    return _table(["$ a month", *SIZES], [own, *rows])


def _hit_ratios() -> str:
    rows = []
    for ratio in (0.3, 0.5, 0.8, 0.95, 0.99):
        work = replace(SIZES["50 M a month"], hit_ratio=ratio)
        others = [
            price(work).dollars
            for price in (price_sample, price_lambda_solution, price_container_solution)
        ]
        rows.append([format_share(ratio), _money(total(bill(work))), *map(_money, others)])
    head = ["answered by CloudFront", "Calotype", "AWS sample", "AWS DIT v7", "AWS DIT v8"]
    return _table(head, rows)


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
        works = [SIZES[size] for size in _LARGER]
        more = [total(bill(change(work))) - total(bill(work)) for work in works]
        rows.append([name, *(f"{each:+,.2f}" for each in more)])
    return _table(["$ a month more, if", *_LARGER], rows)


def _quotas() -> str:
    work = SIZES["10^9 a day"]
    rows = []
    for quota in list_quotas(work):
        at_limit = quota.views_a_day_at_limit(work)
        used = [format_amount(quota.used), format_amount(quota.limit), f"{quota.utilisation:.1%}"]
        views = format_amount(at_limit) if isfinite(at_limit) else ""
        rows.append([f"[{quota.name}]({quota.source})", quota.unit, *used, views])
    return _table(["quota", "", "used", "limit", "share", "exceeded at, views a day"], rows)


SECTIONS: Final[Mapping[str, Callable[[], str]]] = {
    "inputs": _inputs,
    "bills": _bills,
    "comparison": _comparison,
    "quotas": _quotas,
    "hit-ratios": _hit_ratios,
    "sensitivity": _sensitivity,
}
