"""`calotype cost`: print what some traffic costs a month, here and elsewhere, and its quotas."""

import argparse
import dataclasses
import json
from typing import Any

from infra.commands.arguments import format_examples
from infra.costs.alternatives import list_alternatives
from infra.costs.amounts import format_amount, format_share, parse_amount, parse_share
from infra.costs.bill import bill, total
from infra.costs.quotas import list_quotas
from infra.costs.report import as_json, format_bill, format_comparison, format_quotas
from infra.costs.workload import Workload, flag, option_of


def add_to(commands: Any) -> None:
    """Declare the command."""
    cost = commands.add_parser(
        "cost",
        help="print what a deployment, and its alternatives, cost a month",
        description="Print a month's bill, line by line, what others cost for the same traffic, "
        "and how much of AWS's default quotas it uses. Amounts may be written 200k, 50M, 1.5B; "
        "shares 2% or 0.02.",
        epilog=format_examples("calotype cost", "calotype cost --views 50M --json"),
    )
    for field in dataclasses.fields(Workload):
        kind, text = option_of(field)
        default = _format(kind, getattr(Workload(), field.name))
        help_text = f"{text} (default: {default})".replace("%", "%%")
        if kind is bool:
            action = argparse.BooleanOptionalAction
            cost.add_argument(flag(field.name), action=action, help=help_text)
        else:
            metavar = "|".join(kind) if isinstance(kind, tuple) else "N"
            cost.add_argument(flag(field.name), metavar=metavar, help=help_text)
    cost.add_argument("--json", action="store_true", help="print JSON")
    cost.set_defaults(run=run)


def _format(kind: Any, value: Any) -> str:
    if kind is bool:
        return "yes" if value else "no"
    if kind is parse_share:
        return format_share(value)
    return value if isinstance(kind, tuple) else format_amount(value)


def run(options: argparse.Namespace) -> int:
    """Print the bill, the comparison and the quotas.

    Raises:
        ValueError: a value cannot be used; the message names its option.

    """
    work = _read_workload(options)
    lines, others, quotas = bill(work), list_alternatives(work), list_quotas(work)
    if options.json:
        print(json.dumps(as_json(work, lines, others, quotas), indent=2))
    else:
        print(format_bill(work, lines), end="\n\n")
        print(format_comparison(total(lines), others), end="\n\n")
        print(format_quotas(work, quotas))
    return 0


def _read_workload(options: argparse.Namespace) -> Workload:
    given: dict[str, Any] = {}
    for field in dataclasses.fields(Workload):
        text = getattr(options, field.name)
        if text is not None:
            given[field.name] = _parse(field.name, option_of(field).kind, text)
    return Workload(**given)


def _parse(name: str, kind: Any, text: Any) -> Any:
    if kind not in {parse_amount, parse_share}:
        return text
    try:
        return kind(text)
    except ValueError as error:
        message = f"{flag(name)} {error}"
        raise ValueError(message) from error
