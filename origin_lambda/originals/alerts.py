"""Builds alerts to subscribers: messages, their attributes, and their schema version.

docs/alerts.md documents them. An alert says what changed since the last one for its key.
"""

import hashlib
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final

from origin_lambda.originals.record import OriginalRecord, Status

SCHEMA: Final = 1
"""Version of the messages; increase it when a field changes its meaning or is removed."""

_UNSENDABLE: Final = re.compile(r"[\x00-\x1f\x7f\ufffe\uffff]")
"""Characters that no SNS attribute can have: those that XML lacks, and DEL."""

Alert = tuple[Mapping[str, Any], Mapping[str, str]]
"""A message, and the attributes that subscribers filter on."""


class Event(StrEnum):
    """What happened to an original."""

    CREATED = "created"
    REPLACED = "replaced"
    DELETED = "deleted"
    REJECTED = "rejected"


def describe_change(record: OriginalRecord) -> Alert | None:
    """Return the alert for the change since the last notification, or None for no change.

    Two deliveries of one alert have the same `id`.
    """
    event = _event(record)
    if event is None:
        return None
    facts = record.facts
    previous = record.last_notification.version if record.last_notification else ""
    message = {
        "schema": SCHEMA,
        "id": _identity(record, event),
        "event": event,
        "time": datetime.fromtimestamp(record.changed, UTC).isoformat(),
        "key": record.key,
        "version": record.version or None,
        "previous": previous or None,
        "bytes": record.bytes,
        "type": facts and str(facts.kind),
        "width": facts and facts.size.width,
        "height": facts and facts.size.height,
        "frames": facts and facts.frames,
        "reason": record.reason and {"code": record.reason.code, "message": record.reason.message},
    }
    attributes = {
        "event": str(event),
        "format": str(facts.kind) if facts else "none",
        "prefix": _folder(record.key),
        "rejected": "true" if event is Event.REJECTED else "false",
    }
    return message, attributes


def _event(record: OriginalRecord) -> Event | None:
    notified = record.last_notification.status if record.last_notification else Status.DELETED
    if record.status is Status.DELETED:
        return None if notified is Status.DELETED else Event.DELETED
    if record.status is Status.PENDING or record.is_settled:
        return None
    if record.status is Status.REJECTED:
        return Event.REJECTED
    return Event.REPLACED if notified is Status.READY else Event.CREATED


def _identity(record: OriginalRecord, event: Event) -> str:
    text = "\n".join((record.key, event, record.version, record.sequencer, str(record.changed)))
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _folder(key: str) -> str:
    """Return the folder of a key with its slash; SNS refuses an empty attribute."""
    return _UNSENDABLE.sub("?", key.rpartition("/")[0]) + "/"
