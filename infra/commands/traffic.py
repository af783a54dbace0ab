"""`calotype traffic`: the most popular derivatives, and what making them smaller saves."""

import argparse
import os
import time
from typing import Any

from infra.commands.arguments import format_examples, parse_count
from infra.costs.prices import TRANSFER, Viewers
from infra.laptop.environment import use_local_server
from infra.terminal import make_printable


def add_to(commands: Any) -> None:
    """Declare the commands."""
    traffic = commands.add_parser(
        "traffic",
        help="show popular derivatives, and what making them smaller saves",
        description="Show what a deployment learns from its traffic: docs/traffic.md.",
        epilog=format_examples("calotype traffic top", "calotype traffic report"),
    )
    subcommands = traffic.add_subparsers(required=True, metavar="COMMAND")
    top = subcommands.add_parser("top", help="print the most popular derivatives")
    top.add_argument("--most", type=parse_count, default=20, metavar="N", help="how many to print")
    top.set_defaults(run=_show_top, extra="aws")
    report = subcommands.add_parser("report", help="print bytes and dollars saved and spent")
    report.set_defaults(run=_show_report, extra="aws")


def _open_popularity() -> Any:
    from origin_lambda.bootstrap import build_popularity, read_secret
    from origin_lambda.settings import Settings

    use_local_server(os.environ)
    return build_popularity(Settings.from_environment(os.environ, read_secret))


def _show_top(options: argparse.Namespace) -> int:
    from origin_lambda.traffic.worker import FILES

    popularity = _open_popularity()
    known = dict(popularity.table.entries(FILES))
    print("views a day  bytes             derivative")
    for path, views in popularity.find_top(options.most):
        numbers = known.get(path)
        size = f"{numbers['before']:,} -> {numbers['after']:,}" if numbers else ""
        print(f"{views:11,.0f}  {size:16}  {make_printable(path)}")
    return 0


def _show_report(options: argparse.Namespace) -> int:
    del options
    from origin_lambda.traffic.worker import report

    popularity = _open_popularity()
    price = TRANSFER[Viewers.NORTH_AMERICA].bands[0].dollars
    found = report(popularity, popularity.table, price, time.time())
    print(f"refined    {found.files:,} of {found.tried:,} derivatives that were tried")
    print(f"saved      {found.saved_gb:,.3f} GB in 30 days at the traffic of the last week")
    print(f"           ${found.saved_dollars:,.4f}, at ${price} a GB that CloudFront delivers")
    print(f"spent      ${found.spent_dollars:,.4f} this month on encoding")
    return 0
