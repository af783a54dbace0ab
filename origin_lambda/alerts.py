"""What is told to subscribers: the messages, their attributes, and their version."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Final

from origin_lambda.ports import Stat

SCHEMA: Final = 1
"""Version of the messages; raised when a field changes its meaning or goes away."""


class Event(StrEnum):
    """What happened to an original."""

    INGEST_REQUESTED = "ingest-requested"


def ingest_request(key: str, stat: Stat) -> tuple[Mapping[str, Any], Mapping[str, str]]:
    """Return the message that an original was asked for which the catalog does not know."""
    message = {
        "schema": SCHEMA,
        "event": Event.INGEST_REQUESTED,
        "key": key,
        "version": stat.version,
        "bytes": stat.size,
    }
    return message, {"event": Event.INGEST_REQUESTED}
