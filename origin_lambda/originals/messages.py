"""The messages of the ingest queue: S3's events in any wrapping, and our own.

    S3 notification, or an EventBridge event of S3
    SNS { "Message": any of these }, SQS { "body": any of these }
    our own: {"event": "ingest-requested" | "sweep" | "purge-dependents" | "invalidate", ...}

Our own are sent as they are. They are also accepted inside a notification of SNS: until 2026-11 the
origin sent its requests over the alerts topic, and some may still be on their way.
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
"""Version of our own messages; raised when a field changes its meaning or goes away."""

INGEST_REQUESTED: Final = "ingest-requested"
SWEEP: Final = "sweep"
PURGE_DEPENDENTS: Final = "purge-dependents"
INVALIDATE: Final = "invalidate"

Message = Mapping[str, Any]


class UnknownMessage(Exception):
    """A message that ingest does not understand: it is left to the dead letters."""


class IngestReason(StrEnum):
    """Why the origin asks ingest to look at an original.

    MISSING: the originals bucket no longer has it.
    UNKNOWN: the catalog does not have it.
    STALE: it changed while a derivative of it was rendered.
    MIP_MISSING: the catalog names a mip that the bucket does not have.
    USED: a derivative of another original uses it as a layer, which its record does not say.
    """

    MISSING = "missing"
    UNKNOWN = "unknown"
    STALE = "stale"
    MIP_MISSING = "mip-missing"
    USED = "used"


_FORMER_REASONS: Final = {
    "gone": IngestReason.MISSING,
    "unlisted": IngestReason.UNKNOWN,
    "stale": IngestReason.STALE,
    "mip-missing": IngestReason.MIP_MISSING,
}
"""What requests said as `why` until 2026-11."""


@dataclass(frozen=True, slots=True)
class Changed:
    """Something happened to an original; the bucket tells what. Keys are plain text."""

    key: str
    sequencer: str = ""


@dataclass(frozen=True, slots=True)
class Requested:
    """The origin asks ingest to look at an original, of which it saw this version.

    Where the reason is USED, the version has the edition in it, and *used_by* is whose layer it is.
    """

    key: str
    reason: IngestReason
    version: str
    used_by: str = ""


@dataclass(frozen=True, slots=True)
class Sweep:
    """The second time that what is stale is deleted; with *dependents*, what uses it as a layer."""

    key: str
    invalidate: bool
    dependents: bool = True


@dataclass(frozen=True, slots=True)
class PurgeDependents:
    """The next part of a walk over all derivatives, for those that use an original as a layer."""

    key: str
    after: str


@dataclass(frozen=True, slots=True)
class Deferred:
    """An invalidation that had to wait."""

    prefixes: tuple[str, ...]


Notice = Changed | Requested | Sweep | PurgeDependents | Deferred


def ingest_request(item: OriginalRecord, reason: IngestReason) -> Message:
    """Return the message that asks ingest to look at an original, of which this is known."""
    return {
        "schema": SCHEMA,
        "event": INGEST_REQUESTED,
        "key": item.key,
        "version": item.version,
        "bytes": item.bytes,
        "reason": reason,
    }


def use_request(layer: OriginalRecord, key: str) -> Message:
    """Return the message that asks to record that derivatives of *key* use a layer."""
    request = ingest_request(layer, IngestReason.USED)
    return {**request, "version": layer.source_version, "used_by": key}


def sweep_request(key: str, *, invalidate: bool, dependents: bool = True) -> Message:
    """Return the message that asks for a sweep; *invalidate* even if it finds nothing stale."""
    message = {"event": SWEEP, "key": key, "invalidate": invalidate}
    return message if dependents else {**message, "dependents": False}


def walk_request(key: str, after: str = "") -> Message:
    """Return the message that asks to go on with a walk, *after* the last key that was seen."""
    return {"event": PURGE_DEPENDENTS, "key": key, "after": after}


def invalidation_request(prefixes: Iterable[str]) -> Message:
    """Return the message that asks to invalidate what begins with these prefixes."""
    return {"event": INVALIDATE, "prefixes": list(prefixes)}


def unwrap(message: Message, bucket: str) -> Iterator[Notice]:
    """Yield what a message says of the originals in a *bucket*.

    Raises:
        UnknownMessage: it is none of the above, or names another bucket.

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
            "detail-type": "Object Created" | "Object Deleted",
            "detail": {"bucket": {"name": str(name)}, "object": {"key": str(key)}},
        }:
            _require(name == bucket)
            yield Changed(key, message["detail"]["object"].get("sequencer", ""))
        case {"event": str(event)}:
            yield _read_own(event, message)
        case _:
            raise UnknownMessage


def _read_own(event: str, message: Message) -> Notice:
    """Return what one of our own messages says."""
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
    """Return whose layer it is; "" where the reason is another one."""
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
