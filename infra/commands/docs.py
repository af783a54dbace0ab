"""`calotype docs`: print a page of the documentation, which error messages name."""

import argparse
from typing import Any

from infra.checkout import find_pages
from infra.commands.arguments import format_examples


def add_to(commands: Any) -> None:
    """Declare the command."""
    docs = commands.add_parser(
        "docs",
        help="print a page of the documentation",
        description="Print a page such as docs/deploy.md, or the names of all pages.",
        epilog=format_examples("calotype docs", "calotype docs deploy"),
    )
    docs.add_argument("page", nargs="?", metavar="PAGE", help="such as deploy, or docs/deploy.md")
    docs.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Print the page, or the names.

    Raises:
        ValueError: there is no such page; the message lists the names.

    """
    pages = {path.stem: path for path in sorted(find_pages().glob("*.md"))}
    if options.page is None:
        print("\n".join(pages))
        return 0
    name = options.page.removeprefix("docs/").removesuffix(".md")
    if name not in pages:
        message = f"there is no page {name!r}, only {', '.join(pages)}"
        raise ValueError(message)
    print(pages[name].read_text(encoding="utf-8"), end="")
    return 0
