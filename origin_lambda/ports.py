"""Ports: the interfaces that the services need, which adapters implement.

A miss is an answer (None), never an error. A port that cannot answer raises `StoreFailed` or
`Unavailable`. A bucket also raises `Archived` if it has an object, but cannot read it.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol, Self


@dataclass(frozen=True, slots=True)
class Stat:
    """The version and size of an object; *version* changes with its bytes."""

    version: str
    size: int


@dataclass(frozen=True, slots=True)
class ObjectMetadata:
    """The response headers that are stored with an object, and its *user_metadata*."""

    media_type: str
    cache_control: str = ""
    disposition: str = ""
    user_metadata: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Blob:
    """An object: its bytes (perhaps only the first ones), stat and metadata."""

    body: bytes
    stat: Stat
    metadata: ObjectMetadata


class Source(NamedTuple):
    """One version of an object in another bucket."""

    key: str
    version: str


class Readable(Protocol):
    """Objects by key, read-only."""

    def read(self, key: str, *, first: int | None = None) -> Blob | None:
        """Return an object, or only its *first* bytes (that many); None if it does not exist.

        Raises:
            Archived: the object is in an archive, and must be restored first.

        """


class Bucket(Readable, Protocol):
    """Objects by key. Writes are atomic: a reader never sees half an object."""

    def read(self, key: str, *, first: int | None = None, most: int | None = None) -> Blob | None:
        """Return an object, or only its *first* bytes, as `Readable` does.

        If the object has more than *most* bytes, its body is not read, and is empty in the result.
        """

    def stat(self, key: str) -> Stat | None:
        """Return the current version and size of an object; None if it does not exist.

        An archived object has them, too.
        """

    def write(self, key: str, body: bytes, metadata: ObjectMetadata) -> None:
        """Write an object; replace the one with this key."""

    def copy_from(self, bucket: Self, source: Source, key: str, metadata: ObjectMetadata) -> None:
        """Copy an object from another bucket, without downloading it.

        Raises:
            StoreFailed: the *source* does not exist, or has another version now.
            Archived: the source is in an archive.

        """

    def keys(self, prefix: str, *, deep: bool = False, after: str = "") -> Iterator[str]:
        """Yield the keys that begin with a prefix, sorted by their bytes of UTF-8.

        Keys with a `/` after the prefix are left out unless *deep*. If *after* is set, only keys
        after it are yielded.
        """

    def delete(self, keys: Iterable[str]) -> None:
        """Delete objects; ignore keys that do not exist."""

    def link(self, key: str, seconds: int) -> str:
        """Return a presigned URL by which anyone can read an object; it is valid for *seconds*."""


class ReplaceableBucket(Bucket, Protocol):
    """A bucket whose objects can be replaced by compare-and-swap."""

    def replace(self, key: str, body: bytes, metadata: ObjectMetadata, *, version: str) -> bool:
        """Replace an object that still has this *version*; return whether it was replaced.

        Nothing is written if it has another version, or does not exist.
        """


class Catalog(Protocol):
    """Items of JSON values by key: one per original."""

    def find(self, key: str, *, consistent: bool = False) -> Mapping[str, Any] | None:
        """Return an item, or None; a *consistent* read includes every completed save."""

    def save(self, key: str, item: Mapping[str, Any], *, after: int) -> bool:
        """Replace the item whose `revision` is *after*, or create it if *after* is 0.

        Return False, and change nothing, if the current item has another revision.
        """


class ListedCatalog(Catalog, Protocol):
    """A catalog that can list its keys, in time proportional to its size."""

    def keys(self, prefix: str) -> Iterator[str]:
        """Yield the keys of items that begin with a prefix, in any order."""


class TrafficTable(Protocol):
    """Whole numbers by part and name, which are gone at the Unix time *expires* or later."""

    def add(self, part: str, name: str, numbers: Mapping[str, int], *, expires: int) -> None:
        """Add to the numbers of a name; those that it lacks count as 0."""

    def put(self, part: str, name: str, numbers: Mapping[str, int], *, expires: int) -> None:
        """Replace the numbers of a name."""

    def reserve(self, part: str, name: str, amount: int, *, most: int, expires: int) -> bool:
        """Add to the number `spent` of a name, unless it would exceed *most*; whether it was added.

        Of concurrent calls, each sees what the others have added.
        """

    def entries(self, part: str, prefix: str = "") -> Iterator[tuple[str, Mapping[str, int]]]:
        """Yield the names of a part that begin with a *prefix*, with numbers, in any order."""


class Alerts(Protocol):
    """Publishes changes of originals to subscribers."""

    def announce(self, message: Mapping[str, Any], attributes: Mapping[str, str]) -> None:
        """Publish one message of JSON values; subscribers filter on its *attributes*."""


class IngestQueue(Protocol):
    """Messages for ingest; each is delivered at least once, in any order."""

    def send(self, message: Mapping[str, Any], *, delay: int = 0) -> None:
        """Send a message of JSON values; it is delivered after at least *delay* seconds."""


class AfterAnswer(Protocol):
    """Work that waits until the answer is given."""

    def add(self, work: Callable[[], object]) -> None:
        """Add work of the current request; it may never begin, since the process can die."""

    def deliver(self, make: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        """Make the answer and return it; the work begins when it is given to the caller."""

    def run(self) -> None:
        """Do all work; an error of it is logged."""


class Edge(Protocol):
    """The CDN's caches of the derivatives."""

    def invalidate(self, prefixes: Iterable[str]) -> None:
        """Invalidate every answer whose URI begins with one of these prefixes."""


@dataclass(frozen=True, slots=True)
class PresignedPost:
    """A URL to POST a file to as multipart/form-data: first these fields, then the field `file`."""

    url: str
    fields: Mapping[str, str] = field(repr=False)


class PresignedPosts(Protocol):
    """Creates presigned POSTs; the holder of one can upload one object to a bucket."""

    def presign(self, key: str, media_type: str, most_bytes: int, seconds: int) -> PresignedPost:
        """Return a presigned POST for this key and type, and for 1 to *most_bytes* bytes.

        It is valid for *seconds*.
        """
