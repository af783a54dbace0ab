"""What the services need from the outside world. Adapters keep these promises.

A miss is an answer (None), never an error. A port that cannot answer raises `StoreFailed` or
`Unavailable`, and nothing else.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol, Self


@dataclass(frozen=True, slots=True)
class Stat:
    """What a bucket knows about an object without its bytes; *version* changes with them."""

    version: str
    size: int


@dataclass(frozen=True, slots=True)
class Label:
    """What an object is to be answered with, and *notes* of ours that go with it."""

    media_type: str
    cache_control: str = ""
    disposition: str = ""
    notes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Blob:
    """An object: its bytes (perhaps only the first of them) and what it is labelled with."""

    body: bytes
    stat: Stat
    label: Label


class Source(NamedTuple):
    """One version of an object in another bucket."""

    key: str
    version: str


class Bucket(Protocol):
    """Objects by key. Writes are whole: nobody ever reads half of one."""

    def stat(self, key: str) -> Stat | None:
        """Return what is known about an object, as of now."""

    def read(self, key: str, *, first: int | None = None) -> Blob | None:
        """Return an object, or only its *first* so many bytes."""

    def write(self, key: str, body: bytes, label: Label) -> None:
        """Put an object, in place of any that has the key."""

    def copy_from(self, bucket: Self, source: Source, key: str, label: Label) -> None:
        """Put an object that lies in another bucket, without its bytes passing through here.

        Raises:
            StoreFailed: the *source* is gone, or has another version by now.

        """

    def delete(self, key: str) -> None:
        """Remove an object, if there is one."""

    def link(self, key: str, seconds: int) -> str:
        """Return a URL at which anybody can read an object for so many seconds."""


class Catalog(Protocol):
    """What is known about each original: an item of JSON values by key."""

    def find(self, key: str, *, consistent: bool = False) -> Mapping[str, Any] | None:
        """Return an item; *consistent* sees every save that has returned."""

    def save(self, key: str, item: Mapping[str, Any]) -> None:
        """Put an item, in place of any that has the key."""


class Alerts(Protocol):
    """Tells subscribers what happened to an original."""

    def announce(self, message: Mapping[str, Any], attributes: Mapping[str, str]) -> None:
        """Send one message of JSON values; subscribers filter on its *attributes*."""
