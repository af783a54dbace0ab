"""What the services need from the outside world. Adapters keep these promises.

A miss is an answer (None), never an error. A port that cannot answer raises `StoreFailed` or
`Unavailable`, and nothing else.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol, Self


@dataclass(frozen=True, slots=True)
class Stat:
    """What a bucket knows about an object without its bytes; *version* changes with them."""

    version: str
    size: int


@dataclass(frozen=True, slots=True)
class ObjectMetadata:
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
    label: ObjectMetadata


class Source(NamedTuple):
    """One version of an object in another bucket."""

    key: str
    version: str


class Readable(Protocol):
    """Objects by key, to be read."""

    def read(self, key: str, *, first: int | None = None) -> Blob | None:
        """Return an object, or only its *first* so many bytes."""


class Bucket(Readable, Protocol):
    """Objects by key. Writes are whole: nobody ever reads half of one."""

    def stat(self, key: str) -> Stat | None:
        """Return what is known about an object, as of now."""

    def write(self, key: str, body: bytes, label: ObjectMetadata) -> None:
        """Put an object, in place of any that has the key."""

    def copy_from(self, bucket: Self, source: Source, key: str, label: ObjectMetadata) -> None:
        """Put an object that lies in another bucket, without its bytes passing through here.

        Raises:
            StoreFailed: the *source* is gone, or has another version by now.

        """

    def keys(self, prefix: str, *, deep: bool = False, after: str = "") -> Iterator[str]:
        """Yield the keys that begin with a prefix: with no `/` behind it, or all if *deep*.

        They are sorted by their bytes of UTF-8; *after* leaves out those up to a key.
        """

    def delete(self, keys: Iterable[str]) -> None:
        """Remove objects, those that there are."""

    def link(self, key: str, seconds: int) -> str:
        """Return a URL at which anybody can read an object for so many seconds."""


class Catalog(Protocol):
    """What is known about each original: an item of JSON values by key."""

    def find(self, key: str, *, consistent: bool = False) -> Mapping[str, Any] | None:
        """Return an item; *consistent* sees every save that has returned."""

    def save(self, key: str, item: Mapping[str, Any], *, after: int) -> bool:
        """Put an item in place of the one whose `revision` is *after*, 0 for none.

        False, and nothing is changed, where that is not the one there is.
        """


class ListedCatalog(Catalog, Protocol):
    """A catalog that can be gone through, which takes as long as it is large."""

    def keys(self, prefix: str) -> Iterator[str]:
        """Yield the keys of items that begin with a prefix, in any order."""


class Alerts(Protocol):
    """Tells subscribers what happened to an original."""

    def announce(self, message: Mapping[str, Any], attributes: Mapping[str, str]) -> None:
        """Send one message of JSON values; subscribers filter on its *attributes*."""


class IngestQueue(Protocol):
    """Work for ingest, in messages that are each delivered at least once, in any order."""

    def send(self, message: Mapping[str, Any], *, delay: int = 0) -> None:
        """Send a message of JSON values, to be delivered after *delay* seconds or later."""


class Edge(Protocol):
    """The caches in front of the derivatives."""

    def invalidate(self, prefixes: Iterable[str]) -> None:
        """Forget every answer whose URI begins with one of these (percent-encoded) prefixes."""


@dataclass(frozen=True, slots=True)
class PresignedPost:
    """Where to POST a file as multipart/form-data, after these fields and in the field `file`."""

    url: str
    fields: Mapping[str, str] = field(repr=False)


class PresignedPosts(Protocol):
    """Forms by which anybody who has one may put one object into a bucket."""

    def form(self, key: str, media_type: str, most_bytes: int, seconds: int) -> PresignedPost:
        """Return a form for this key and type, and 1 byte or more, good for so many seconds."""
