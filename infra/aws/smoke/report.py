"""The report of a smoke test: what is now proven, as Markdown."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Result(StrEnum):
    """The result of a question."""

    PROVEN = "proven"
    FAILED = "failed"
    NOT_ASKED = "not asked"


@dataclass(frozen=True, slots=True)
class Entry:
    """A question's *name*, its *statement*, the *result*, and what was *seen*."""

    name: str
    statement: str
    result: Result
    seen: str


def format_report(entries: Iterable[Entry], title: str, where: str, date: str) -> str:
    """Return the report; *where* says whether that was AWS, and which region."""
    rows = [
        f"| {each.name} | {each.statement} | {each.result} | {_escape(each.seen)} |"
        for each in entries
    ]
    return "\n".join(
        [
            f"# Smoke test of {title}",
            "",
            f"{date}, {where}.",
            "",
            "| question | statement | result | seen |",
            "|---|---|---|---|",
            *rows,
            "",
        ]
    )


def _escape(text: str) -> str:
    """Return a text that fits into a cell of a table."""
    return text.replace("|", "\\|").replace("\n", " ")
