"""What reaches ingest: S3's events in any wrapping, and our own messages.

S3 notification, or an EventBridge event of S3
SNS { "Message": any of these }, SQS { "body": any of these }
our own: {"event": "ingest-requested" | "sweep" | "invalidate", ...}
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote_plus

from origin_lambda.alerts import Event, Why
from origin_lambda.log import record
from origin_lambda.purge import INVALIDATE, SWEEP


class NotUnderstood(Exception):
    """A message that is none of ours: it must not be lost, so it is left to the dead letters."""


@dataclass(frozen=True, slots=True)
class Changed:
    """Something happened to an original; which, the bucket will tell. Keys are plain text."""

    key: str
    sequencer: str = ""


@dataclass(frozen=True, slots=True)
class Requested:
    """The origin found something amiss with a version of an original."""

    key: str
    why: Why
    version: str


@dataclass(frozen=True, slots=True)
class Sweep:
    """The second time that what is stale is removed."""

    key: str
    invalidate: bool


@dataclass(frozen=True, slots=True)
class Deferred:
    """An invalidation that had to wait."""

    prefixes: tuple[str, ...]


Notice = Changed | Requested | Sweep | Deferred


def unwrapped(message: Mapping[str, Any], bucket: str) -> Iterator[Notice]:
    """Yield what a message says of the originals in a *bucket*.

    Raises:
        NotUnderstood: it is none of the above, or speaks of another bucket.

    """
    match message:
        case {"Records": [*records]}:
            for each in records:
                yield from _of_record(each, bucket)
        case {"Type": "Notification", "Message": str(text)}:
            yield from unwrapped(_parsed(text), bucket)
        case {"Event": "s3:TestEvent"}:
            record("ignored", what="the test event that S3 sends to a new target")
        case {
            "source": "aws.s3",
            "detail-type": "Object Created" | "Object Deleted",
            "detail": {"bucket": {"name": str(name)}, "object": {"key": str(key)}},
        }:
            _insist(name == bucket)
            yield Changed(key, message["detail"]["object"].get("sequencer", ""))
        case {
            "event": Event.INGEST_REQUESTED,
            "key": str(key),
            "why": str(why),
            "version": str(version),
        }:
            _insist(why in set(Why))
            yield Requested(key, Why(why), version)
        case {"event": str(event), "key": str(key), "invalidate": bool(again)} if event == SWEEP:
            yield Sweep(key, again)
        case {"event": str(event), "prefixes": [*prefixes]} if event == INVALIDATE:
            _insist(all(isinstance(each, str) and each.startswith("/") for each in prefixes))
            yield Deferred(tuple(prefixes))
        case _:
            raise NotUnderstood


def _of_record(record: Mapping[str, Any], bucket: str) -> Iterator[Notice]:
    match record:
        case {"s3": {"bucket": {"name": str(name)}, "object": {"key": str(key)}}}:
            _insist(name == bucket)
            yield Changed(unquote_plus(key), record["s3"]["object"].get("sequencer", ""))
        case {"Sns": {"Message": str(text)}} | {"body": str(text)}:
            yield from unwrapped(_parsed(text), bucket)
        case _:
            raise NotUnderstood


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise NotUnderstood from error


def _insist(holds: bool) -> None:
    if not holds:
        raise NotUnderstood
