"""Ports kept in memory: for tests, and for embedding the origin without a cloud."""

import copy
import hashlib
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Self

from origin_lambda.errors import StoreFailed
from origin_lambda.ports import Blob, Label, Source, Stat


@dataclass(slots=True)
class MemoryBucket:
    """A bucket in a dict; its links lead nowhere outside the process."""

    name: str = "memory"
    objects: dict[str, Blob] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def stat(self, key: str) -> Stat | None:
        blob = self.objects.get(key)
        return None if blob is None else blob.stat

    def read(self, key: str, *, first: int | None = None) -> Blob | None:
        blob = self.objects.get(key)
        return None if blob is None else replace(blob, body=blob.body[:first])

    def write(self, key: str, body: bytes, label: Label) -> None:
        version = hashlib.md5(body, usedforsecurity=False).hexdigest()
        with self.lock:
            self.objects[key] = Blob(body, Stat(version, len(body)), label)

    def copy_from(self, bucket: Self, source: Source, key: str, label: Label) -> None:
        blob = bucket.read(source.key)
        if blob is None or blob.stat.version != source.version:
            message = "the source of a copy is gone"
            raise StoreFailed(message)
        self.write(key, blob.body, label)

    def delete(self, key: str) -> None:
        with self.lock:
            self.objects.pop(key, None)

    def link(self, key: str, seconds: int) -> str:
        return f"memory://{self.name}/{key}?seconds={seconds}"


@dataclass(slots=True)
class MemoryCatalog:
    """A catalog in a dict."""

    items: dict[str, dict[str, Any]] = field(default_factory=dict)

    def find(self, key: str, *, consistent: bool = False) -> Mapping[str, Any] | None:
        del consistent
        return copy.deepcopy(self.items.get(key))

    def save(self, key: str, item: Mapping[str, Any]) -> None:
        self.items[key] = copy.deepcopy(dict(item)) | {"key": key}


@dataclass(slots=True)
class MemoryAlerts:
    """Alerts in a list."""

    sent: list[tuple[Mapping[str, Any], Mapping[str, str]]] = field(default_factory=list)

    def announce(self, message: Mapping[str, Any], attributes: Mapping[str, str]) -> None:
        self.sent.append((message, attributes))
