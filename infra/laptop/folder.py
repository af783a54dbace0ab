"""A folder of pictures that behaves like a bucket somebody keeps up to date."""

import os
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from weakref import WeakValueDictionary

from infra.terminal import print_line, shorten

EAGER_FILES: Final = 1_000
EAGER_BYTES: Final = 2_000_000_000
"""The largest folder that is put into the bucket unasked. The bucket is a copy on this disk, and
every original costs ingest about a second of a processor."""

_SETTLED_SECONDS: Final = 1.0  # for which a file is left alone that may still be written to

State = tuple[int, int]
"""When a file was written (nanoseconds), and its bytes."""


def _nothing(key: str) -> None:
    """Do what there is to do about a change when nobody is to be told."""


def _never() -> bool:
    return False


@dataclass(slots=True)
class Folder:
    """Puts files of a folder into a bucket, again once they change, and deletes what is gone.

    A file is put when it is asked for at the latest. *added* is called with the key of every object
    that never was there before, *changed* with that of one that now is another, gone, or there
    again. While *busy*, a walk puts nothing that is new.
    """

    root: Path
    client: Any
    bucket: str
    added: Callable[[str], None] = _nothing
    changed: Callable[[str], None] = _nothing
    busy: Callable[[], bool] = _never
    eager_files: int = EAGER_FILES
    eager_bytes: int = EAGER_BYTES
    seen: dict[str, State | None] = field(default_factory=dict)
    refused: dict[str, State | None] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)
    locks: WeakValueDictionary[str, threading.Lock] = field(default_factory=WeakValueDictionary)

    def __post_init__(self) -> None:
        self.root = self.root.absolute()

    def refresh(self, key: str) -> None:
        """Make the bucket's object of this key what the folder's file is now.

        Whoever asks for it meanwhile waits until *added* or *changed* has returned.

        Raises:
            OSError: the file cannot be read.

        """
        with self.lock:
            lock = self.locks.setdefault(key, threading.Lock())
        with lock:
            path, is_known = self._path(key), key in self.seen
            state = _state(path) if path else None
            if state == self.seen.get(key):
                return
            if path is None or state is None:
                self.client.delete_object(Bucket=self.bucket, Key=key)
            else:
                with path.open("rb") as file:
                    self.client.put_object(Bucket=self.bucket, Key=key, Body=file)
            self.seen[key] = state
            (self.changed if is_known else self.added)(key)

    def walk(self) -> None:
        """Look for what has changed since the last look, and refresh it.

        Of a folder that is too large to be put unasked, only what was asked for is looked at.
        """
        present = self._eager()
        if present is None:
            known = {key: _state(self.root / key) for key in list(self.seen)}
            present = {key: state for key, state in known.items() if state}
        for key in [key for key, state in list(self.seen.items()) if state and key not in present]:
            self._refresh_tolerantly(key, None)
        for key, state in present.items():
            if state in (self.seen.get(key), self.refused.get(key)) or _is_unsettled(state):
                continue
            if key in self.seen or not self.busy():
                self._refresh_tolerantly(key, state)

    def _refresh_tolerantly(self, key: str, state: State | None) -> None:
        """Refresh, or say once why this file cannot be."""
        try:
            self.refresh(key)
        except Exception as error:  # noqa: BLE001 reason: one bad file must not stop the walk
            print_line(f"{shorten(key)!r} cannot be an original: {error}")
            self.refused[key] = state

    def is_eager(self) -> bool:
        """Whether all of it is put unasked."""
        return self._eager() is not None

    def listed(self) -> list[str]:
        """Return the keys of all files, sorted; hidden files are nobody's."""
        return sorted(entry.path.removeprefix(f"{self._top}/") for entry in _files(self._top))

    @property
    def _top(self) -> str:
        return self.root.as_posix().rstrip("/")

    def _eager(self) -> dict[str, State] | None:
        """Return all files by key; None if they are too many, or too large."""
        present: dict[str, State] = {}
        size = 0
        for entry in _files(self._top):
            state = _state(entry)
            if state is None:
                continue
            size += state[1]
            if len(present) == self.eager_files or size > self.eager_bytes:
                return None
            present[entry.path.removeprefix(f"{self._top}/")] = state
        return present

    def _path(self, key: str) -> Path | None:
        path = self.root / key
        if _is_hidden(key) or path.as_posix() != f"{self._top}/{key}":
            return None  # a file system may take `a//b` for `a/b`; a bucket does not
        try:
            inside = path.resolve().is_relative_to(self.root.resolve())
            return path if inside and path.is_file() else None
        except (OSError, ValueError):  # a name the file system cannot have
            return None


def _state(file: Path | os.DirEntry[str]) -> State | None:
    try:
        stat = file.stat()
    except OSError:  # gone already
        return None
    return stat.st_mtime_ns, stat.st_size


def _is_unsettled(state: State) -> bool:
    return 0 <= time.time() - state[0] / 1e9 < _SETTLED_SECONDS


def _is_hidden(key: str) -> bool:
    return any(part.startswith(".") for part in key.split("/"))


def _files(folder: str) -> Iterator[os.DirEntry[str]]:
    """Yield the files below a folder; hidden ones, and folders that are links, are left out."""
    try:
        entries = list(os.scandir(folder))
    except OSError:  # gone already, or not ours to look into
        return
    for entry in entries:
        if entry.name.startswith("."):
            continue
        if entry.is_dir(follow_symlinks=False):
            yield from _files(entry.path)
        elif entry.is_file():
            yield entry
