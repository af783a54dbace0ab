"""`calotype cost` and `calotype simulate`: what traffic would cost, and what it would break."""

import argparse
import dataclasses
import json
from collections.abc import Callable, Iterable
from typing import Any, Final, TypeVar

from infra.commands.arguments import examples
from infra.costs.alternatives import alternatives
from infra.costs.amounts import amount, as_share, share, told
from infra.costs.bill import bill, total
from infra.costs.crossings import crossings
from infra.costs.quotas import quotas
from infra.costs.report import (
    bill_text,
    comparison_text,
    cost_json,
    simulation_json,
    simulation_text,
)
from infra.costs.simulation import Network, check, simulate
from infra.costs.sizes import LARGE
from infra.costs.workload import Workload, flag, option_of

_FOUND: Final = ("views", "hit_ratio", "shield_hit_ratio")
"""What a simulation finds out, and is not told."""


def add_to(commands: Any) -> None:
    """Declare the commands."""
    cost = commands.add_parser(
        "cost",
        help="print what a deployment, and its alternatives, cost a month",
        description="Print a month's bill, line by line, and what others cost for the same "
        "traffic. Amounts may be written 200k, 50M, 1.5B; shares 2% or 0.02.",
        epilog=examples("calotype cost", "calotype cost --views 50M --json"),
    )
    _declare(cost, Workload, Workload())
    cost.set_defaults(run=_cost)
    simulation = commands.add_parser(
        "simulate",
        help="predict the load of each tier, and the quota that breaks first",
        description="Spread a day's views over URLs by Zipf's law: what each tier answers, how "
        "busy the rest is in the busiest hour, and which of AWS's default quotas breaks first.",
        epilog=examples("calotype simulate", "calotype simulate --json"),
    )
    _declare(simulation, Network, Network())
    _declare(simulation, Workload, LARGE, leave_out=_FOUND)
    simulation.set_defaults(run=_simulate)


def _declare(
    parser: argparse.ArgumentParser, table: type, defaults: Any, leave_out: Iterable[str] = ()
) -> None:
    """Declare the options of a table; values are read later, for messages of our own."""
    for field in dataclasses.fields(table):
        if field.name in leave_out:
            continue
        kind, text = option_of(field)
        default = getattr(defaults, field.name)
        told_default = f"{text} (default: {_told(kind, default)})".replace("%", "%%")
        if kind is bool:
            action = argparse.BooleanOptionalAction
            parser.add_argument(flag(field.name), action=action, help=told_default)
        else:
            metavar = "|".join(kind) if isinstance(kind, tuple) else "N"
            parser.add_argument(flag(field.name), metavar=metavar, help=told_default)
    if "--json" not in parser.format_usage():
        parser.add_argument("--json", action="store_true", help="print JSON")


def _told(kind: Any, value: Any) -> str:
    if kind is bool:
        return "yes" if value else "no"
    if kind is share:
        return as_share(value)
    return value if isinstance(kind, tuple) else told(value)


def _cost(asked: argparse.Namespace) -> int:
    work = _read(asked, Workload())
    lines = bill(work)
    others, crossed = alternatives(work), crossings(work)
    if asked.json:
        print(json.dumps(cost_json(work, lines, others, crossed), indent=2))
    else:
        print(bill_text(work, lines), end="\n\n")
        print(comparison_text(total(lines), others, crossed))
    return 0


def _simulate(asked: argparse.Namespace) -> int:
    found = simulate(_read(asked, Network()), _read(asked, LARGE, leave_out=_FOUND))
    ranked, checks = quotas(found), check()
    if asked.json:
        print(json.dumps(simulation_json(found, ranked, checks), indent=2))
    else:
        print(simulation_text(found, ranked, checks), end="\n\n")
        print(f"A month of this costs {total(bill(found.work)):,.2f} US dollars: calotype cost")
    return 0


_Table = TypeVar("_Table", Workload, Network)


def _read(asked: argparse.Namespace, defaults: _Table, leave_out: Iterable[str] = ()) -> _Table:
    """Return a table with what was asked for.

    Raises:
        ValueError: a value cannot be used; the message names its option.

    """
    given: dict[str, Any] = {}
    for field in dataclasses.fields(defaults):
        text = None if field.name in leave_out else getattr(asked, field.name)
        if text is not None:
            given[field.name] = _value(field.name, option_of(field).kind, text)
    return dataclasses.replace(defaults, **given)


def _value(name: str, kind: Callable[[str], float] | Any, text: Any) -> Any:
    if kind not in {amount, share}:
        return text
    try:
        return kind(text)
    except ValueError as error:
        message = f"{flag(name)} {error}"
        raise ValueError(message) from error
