"""Ports in memory: for tests, and to embed the origin without a cloud."""

import hashlib
import pickle
import threading
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Self, TypeVar

from origin_lambda.errors import StoreFailed
from origin_lambda.ports import Blob, ObjectMetadata, PresignedPost, Source, Stat

_Value = TypeVar("_Value")


@dataclass(slots=True)
class MemoryBucket:
    """A bucket in a dict; its links only name the object."""

    name: str = "memory"
    objects: dict[str, Blob] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def stat(self, key: str) -> Stat | None:
        blob = self.objects.get(key)
        return None if blob is None else blob.stat

    def read(self, key: str, *, first: int | None = None, most: int | None = None) -> Blob | None:
        blob = self.objects.get(key)
        if blob is None:
            return None
        is_too_large = most is not None and len(blob.body) > most
        return replace(blob, body=b"" if is_too_large else blob.body[:first])

    def write(self, key: str, body: bytes, metadata: ObjectMetadata) -> None:
        version = hashlib.md5(body, usedforsecurity=False).hexdigest()
        with self.lock:
            self.objects[key] = Blob(body, Stat(version, len(body)), metadata)

    def replace(self, key: str, body: bytes, metadata: ObjectMetadata, *, version: str) -> bool:
        with self.lock:
            stored = self.objects.get(key)
            if stored is None or stored.stat.version != version:
                return False
            new = hashlib.md5(body, usedforsecurity=False).hexdigest()
            self.objects[key] = Blob(body, Stat(new, len(body)), metadata)
            return True

    def copy_from(self, bucket: Self, source: Source, key: str, metadata: ObjectMetadata) -> None:
        blob = bucket.read(source.key)
        if blob is None or blob.stat.version != source.version:
            message = "the source of a copy does not exist"
            raise StoreFailed(message)
        self.write(key, blob.body, metadata)

    def keys(self, prefix: str, *, deep: bool = False, after: str = "") -> Iterator[str]:
        with self.lock:
            keys = sorted(self.objects, key=str.encode)
        for key in keys:
            if (
                key.encode() > after.encode()
                and key.startswith(prefix)
                and (deep or "/" not in key.removeprefix(prefix))
            ):
                yield key

    def delete(self, keys: Iterable[str]) -> None:
        names = list(keys)  # the iterable may be `keys`, which takes the lock
        with self.lock:
            for key in names:
                self.objects.pop(key, None)

    def link(self, key: str, seconds: int) -> str:
        return f"memory://{self.name}/{key}?seconds={seconds}"


@dataclass(slots=True)
class MemoryCatalog:
    """A catalog in a dict."""

    items: dict[str, dict[str, Any]] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def find(self, key: str, *, consistent: bool = False) -> Mapping[str, Any] | None:
        del consistent
        return _deep_copy(self.items.get(key))

    def save(self, key: str, item: Mapping[str, Any], *, after: int) -> bool:
        with self.lock:
            if self.items.get(key, {}).get("revision", 0) != after:
                return False
            self.items[key] = _deep_copy(dict(item)) | {"key": key}
            return True

    def keys(self, prefix: str) -> Iterator[str]:
        with self.lock:
            keys = list(self.items)
        yield from (key for key in keys if key.startswith(prefix))


@dataclass(slots=True)
class MemoryTraffic:
    """A table of traffic in a dict; nothing expires."""

    parts: dict[str, dict[str, dict[str, int]]] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, part: str, name: str, numbers: Mapping[str, int], *, expires: int) -> None:
        del expires
        with self.lock:
            known = self.parts.setdefault(part, {}).setdefault(name, {})
            for key, value in numbers.items():
                known[key] = known.get(key, 0) + value

    def put(self, part: str, name: str, numbers: Mapping[str, int], *, expires: int) -> None:
        del expires
        with self.lock:
            self.parts.setdefault(part, {})[name] = dict(numbers)

    def reserve(self, part: str, name: str, amount: int, *, most: int, expires: int) -> bool:
        del expires
        with self.lock:
            known = self.parts.setdefault(part, {}).setdefault(name, {})
            if known.get("spent", 0) + amount > most:
                return False
            known["spent"] = known.get("spent", 0) + amount
            return True

    def entries(self, part: str, prefix: str = "") -> Iterator[tuple[str, Mapping[str, int]]]:
        with self.lock:
            found = [(name, dict(numbers)) for name, numbers in self.parts.get(part, {}).items()]
        yield from (each for each in found if each[0].startswith(prefix))


@dataclass(slots=True)
class MemoryAlerts:
    """Alerts in a list."""

    sent: list[tuple[Mapping[str, Any], Mapping[str, str]]] = field(default_factory=list)

    def announce(self, message: Mapping[str, Any], attributes: Mapping[str, str]) -> None:
        self.sent.append((message, attributes))


@dataclass(slots=True)
class MemoryQueue:
    """Messages and their delays in a list; they are not delivered."""

    sent: list[tuple[Mapping[str, Any], int]] = field(default_factory=list)

    def send(self, message: Mapping[str, Any], *, delay: int = 0) -> None:
        self.sent.append((_deep_copy(dict(message)), delay))


@dataclass(slots=True)
class MemoryEdge:
    """Invalidated prefixes in a list."""

    invalidated: list[str] = field(default_factory=list)

    def invalidate(self, prefixes: Iterable[str]) -> None:
        self.invalidated.extend(prefixes)


@dataclass(slots=True)
class MemoryPresignedPosts:
    """Presigned POSTs without a server, and the arguments of each."""

    created: list[tuple[str, str, int, int]] = field(default_factory=list)

    def presign(self, key: str, media_type: str, most_bytes: int, seconds: int) -> PresignedPost:
        self.created.append((key, media_type, most_bytes, seconds))
        return PresignedPost("memory://uploads/", {"key": key, "Content-Type": media_type})


def _deep_copy(value: _Value) -> _Value:
    """Return a deep copy, in a tenth of the time that `copy.deepcopy` takes."""
    copy: _Value = pickle.loads(pickle.dumps(value))  # noqa: S301 reason: our own pickle
    return copy
