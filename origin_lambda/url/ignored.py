"""Finds the names in a query that are no parameter, so that an answer can say so."""

import re
from typing import Final

from origin_lambda.url.grammar import find_row, split_query

NOT_PARAMETERS: Final = ("sig", "s", "preset", "ixlib", "ixid")
"""Names that have another meaning than a transform, or are sent by SDKs."""

MAX_NAMES: Final = 20
MAX_NAME_LENGTH: Final = 40

CAMPAIGN: Final = "utm_"
"""The prefix of names that e-mail and advertising tools add to every link."""

_UNSAFE: Final = re.compile(r"[^\w-]+", re.ASCII)


def find_ignored(query: str) -> tuple[str, ...]:
    """Return the names that are no parameter, sorted: at most 20, of at most 40 characters.

    Characters that a header or a message should not repeat are replaced by `?`.
    """
    names = {
        _UNSAFE.sub("?", name)[:MAX_NAME_LENGTH]
        for name, _ in split_query(query)
        if name and not is_known(name)
    }
    return tuple(sorted(names)[:MAX_NAMES])


def is_known(name: str) -> bool:
    """Whether a name is a parameter, or has another meaning."""
    return bool(find_row(name)) or name in NOT_PARAMETERS or name.startswith(CAMPAIGN)
