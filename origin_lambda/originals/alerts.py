"""What is told to subscribers: the messages, their attributes, and their version.

docs/alerts.md documents them; a message says what changed since the last one about its key.
"""

import hashlib
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final

from origin_lambda.originals.record import OriginalRecord, Status

SCHEMA: Final = 1
"""Version of the messages; raised when a field changes its meaning or goes away."""

_UNSENDABLE: Final = re.compile(r"[\x00-\x1f\x7f\ufffe\uffff]")
"""What no attribute of SNS may have: characters that XML has none of, and DEL."""

News = tuple[Mapping[str, Any], Mapping[str, str]]
"""A message, and the attributes that subscribers filter on."""


class Event(StrEnum):
    """What happened to an original."""

    CREATED = "created"
    REPLACED = "replaced"
    DELETED = "deleted"
    REJECTED = "rejected"


def change(item: OriginalRecord) -> News | None:
    """Return what has become of an original since subscribers last heard of it; None for nothing.

    Two deliveries of one change have the same `id`.
    """
    event = _event(item)
    if event is None:
        return None
    facts = item.analysis.facts if item.analysis else None
    previous = item.told.version if item.told else ""
    message = {
        "schema": SCHEMA,
        "id": _identity(item, event),
        "event": event,
        "time": datetime.fromtimestamp(item.changed, UTC).isoformat(),
        "key": item.key,
        "version": item.version or None,
        "previous": previous or None,
        "bytes": item.bytes,
        "type": facts and str(facts.kind),
        "width": facts and facts.size.width,
        "height": facts and facts.size.height,
        "frames": facts and facts.frames,
        "reason": item.reason and {"code": item.reason.code, "message": item.reason.message},
    }
    attributes = {
        "event": str(event),
        "format": str(facts.kind) if facts else "none",
        "prefix": _folder(item.key),
        "rejected": "true" if event is Event.REJECTED else "false",
    }
    return message, attributes


def _event(item: OriginalRecord) -> Event | None:
    heard = item.told.status if item.told else Status.DELETED
    if item.status is Status.DELETED:
        return None if heard is Status.DELETED else Event.DELETED
    if item.status is Status.PENDING or item.is_settled:
        return None
    if item.status is Status.REJECTED:
        return Event.REJECTED
    return Event.REPLACED if heard is Status.READY else Event.CREATED


def _identity(item: OriginalRecord, event: Event) -> str:
    text = "\n".join((item.key, event, item.version, item.sequencer, str(item.changed)))
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _folder(key: str) -> str:
    """Return the folder of a key with its slash; SNS takes no attribute that is empty."""
    return _UNSENDABLE.sub("?", key.rpartition("/")[0]) + "/"
