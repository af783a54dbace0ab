"""Parses and builds the messages of the ingest queue: S3's events in any wrapping, and our own.

    S3 notification, or an EventBridge event of S3
    SNS { "Message": any of these }, SQS { "body": any of these }
    our own: {"event": "ingest-requested" | "sweep" | "purge-dependents" | "invalidate" | "warm",
              ...}

Our own messages are sent without a wrapping. They are also accepted inside an SNS notification:
until 2026-11 the origin sent its requests over the alerts topic, and some may still be queued.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final
from urllib.parse import unquote_plus

from origin_lambda.log import log_event
from origin_lambda.originals.record import OriginalRecord

SCHEMA: Final = 1
"""Version of our own messages; increase it when a field changes its meaning or is removed."""

INGEST_REQUESTED: Final = "ingest-requested"
SWEEP: Final = "sweep"
PURGE_DEPENDENTS: Final = "purge-dependents"
INVALIDATE: Final = "invalidate"
WARM: Final = "warm"

Message = Mapping[str, Any]
"""A message or event as JSON values."""


class UnknownMessage(Exception):
    """A message that ingest does not know; it goes to the dead-letter queue."""


class IngestReason(StrEnum):
    """Why the origin asks ingest to look at an original.

    MISSING: the originals bucket no longer has it.
    UNKNOWN: the catalog does not have it.
    STALE: it changed while a derivative of it was rendered.
    MIP_MISSING: the catalog names a mip that the bucket does not have.
    RESTORED: the catalog says that it is archived, but it could be read.
    OUTDATED: an older version of ingest did not measure what a request needs.
    USED: a derivative of another original uses it as a layer, and its record lacks that.
    """

    MISSING = "missing"
    UNKNOWN = "unknown"
    STALE = "stale"
    MIP_MISSING = "mip-missing"
    RESTORED = "restored"
    OUTDATED = "outdated"
    USED = "used"


_FORMER_REASONS: Final = {
    "gone": IngestReason.MISSING,
    "unlisted": IngestReason.UNKNOWN,
    "stale": IngestReason.STALE,
    "mip-missing": IngestReason.MIP_MISSING,
}
"""Values of `why`, the field of requests until 2026-11."""


@dataclass(frozen=True, slots=True)
class Changed:
    """An original has changed; the bucket shows how. Keys are not percent-encoded."""

    key: str
    sequencer: str = ""


@dataclass(frozen=True, slots=True)
class Requested:
    """A request of the origin to ingest an original, which it read at this version.

    If the reason is USED, *version* is a source version, and *used_by* is the original that uses
    the layer.
    """

    key: str
    reason: IngestReason
    version: str
    used_by: str = ""


@dataclass(frozen=True, slots=True)
class Sweep:
    """The second deletion of an original's stale derivatives.

    With *invalidate*, the edge is invalidated even if nothing is stale. With *dependents*, the
    derivatives that use the original as a layer are deleted again, too.
    """

    key: str
    invalidate: bool
    dependents: bool = True


@dataclass(frozen=True, slots=True)
class PurgeDependents:
    """The next part of a walk over all derivatives, to delete those that use a layer."""

    key: str
    after: str


@dataclass(frozen=True, slots=True)
class Deferred:
    """An invalidation that had to wait, because too many others were in progress."""

    prefixes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Warm:
    """A request to store derivatives of an original before a viewer asks; it is at this version."""

    key: str
    version: str


Notice = Changed | Requested | Sweep | PurgeDependents | Deferred | Warm
"""What a message says. The names of these classes are values in metrics and logs: keep them."""


def ingest_request(item: OriginalRecord, reason: IngestReason) -> Message:
    """Return the message that asks for the ingest of an original, from its record."""
    return {
        "schema": SCHEMA,
        "event": INGEST_REQUESTED,
        "key": item.key,
        "version": item.version,
        "bytes": item.bytes,
        "reason": reason,
    }


def use_request(layer: OriginalRecord, key: str) -> Message:
    """Return the message that asks to record the use of a layer by derivatives of *key*."""
    request = ingest_request(layer, IngestReason.USED)
    return {**request, "version": layer.source_version, "used_by": key}


def sweep_request(key: str, *, invalidate: bool, dependents: bool = True) -> Message:
    """Return the message that asks for a sweep; *invalidate* even if it finds nothing stale."""
    message = {"event": SWEEP, "key": key, "invalidate": invalidate}
    return message if dependents else {**message, "dependents": False}


def walk_request(key: str, after: str = "") -> Message:
    """Return the message that asks for the next part of a walk, *after* a key."""
    return {"event": PURGE_DEPENDENTS, "key": key, "after": after}


def invalidation_request(prefixes: Iterable[str]) -> Message:
    """Return the message that asks for an invalidation of prefixes."""
    return {"event": INVALIDATE, "prefixes": list(prefixes)}


def warm_request(item: OriginalRecord) -> Message:
    """Return the message that asks to store derivatives of an original, from its record."""
    return {"event": WARM, "key": item.key, "version": item.version}


def unwrap(message: Message, bucket: str) -> Iterator[Notice]:
    """Yield the notices in a message about originals in a *bucket*.

    Raises:
        UnknownMessage: the message has another form, or names another bucket.

    """
    match message:
        case {"Records": [*records]}:
            for each in records:
                yield from _unwrap_record(each, bucket)
        case {"Type": "Notification", "Message": str(text)}:
            yield from unwrap(_parse(text), bucket)
        case {"Event": "s3:TestEvent"}:
            log_event("ignored", what="the test event that S3 sends to a new target")
        case {
            "source": "aws.s3",
            "detail-type": "Object Created" | "Object Deleted" | "Object Restore Completed",
            "detail": {"bucket": {"name": str(name)}, "object": {"key": str(key)}},
        }:
            _require(name == bucket)
            yield Changed(key, message["detail"]["object"].get("sequencer", ""))
        case {"event": str(event)}:
            yield _read_own(event, message)
        case _:
            raise UnknownMessage


def _read_own(event: str, message: Message) -> Notice:
    """Return the notice in one of our own messages."""
    match message:
        case {"key": str(key), "version": str(version)} if event == INGEST_REQUESTED:
            return Requested(key, _read_reason(message), version, _read_dependent(message))
        case {"key": str(key), "invalidate": bool(again)} if event == SWEEP:
            return Sweep(key, again, message.get("dependents") is not False)
        case {"key": str(key), "after": str(after)} if event == PURGE_DEPENDENTS:
            return PurgeDependents(key, after)
        case {"prefixes": [*prefixes]} if event == INVALIDATE:
            _require(all(isinstance(each, str) and each.startswith("/") for each in prefixes))
            return Deferred(tuple(prefixes))
        case {"key": str(key), "version": str(version)} if event == WARM:
            return Warm(key, version)
        case _:
            raise UnknownMessage


def _read_reason(message: Message) -> IngestReason:
    match message:
        case {"reason": str(reason)}:
            _require(reason in set(IngestReason))
            return IngestReason(reason)
        case {"why": str(why)}:
            _require(why in _FORMER_REASONS)
            return _FORMER_REASONS[why]
        case _:
            raise UnknownMessage


def _read_dependent(message: Message) -> str:
    """Return the original that uses the layer; "" for any other reason."""
    if message.get("reason") != IngestReason.USED:
        return ""
    key = message.get("used_by")
    _require(isinstance(key, str) and bool(key))
    return str(key)


def _unwrap_record(record: Message, bucket: str) -> Iterator[Notice]:
    match record:
        case {"s3": {"bucket": {"name": str(name)}, "object": {"key": str(key)}}}:
            _require(name == bucket)
            yield Changed(unquote_plus(key), record["s3"]["object"].get("sequencer", ""))
        case {"Sns": {"Message": str(text)}} | {"body": str(text)}:
            yield from unwrap(_parse(text), bucket)
        case _:
            raise UnknownMessage


def _parse(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise UnknownMessage from error


def _require(holds: bool) -> None:
    if not holds:
        raise UnknownMessage
