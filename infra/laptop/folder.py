"""Upload a folder of pictures to a bucket, and keep the bucket up to date."""

import os
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from weakref import WeakValueDictionary

from infra.terminal import print_line, shorten

# A folder within both limits is uploaded as a whole, before any request. The bucket is a copy on
# this disk, and ingest takes about a second of a processor for each original.
EAGER_FILES: Final = 1_000
EAGER_BYTES: Final = 2_000_000_000

_RECENT_SECONDS: Final = 1.0  # a file that was written more recently may be incomplete

State = tuple[int, int]
"""The time of a file's last change in nanoseconds, and its size in bytes."""


def _ignore(key: str) -> None:
    """Do nothing about a change."""


def _is_never_busy() -> bool:
    return False


@dataclass(slots=True)
class Folder:
    """Uploads the files of a folder to a bucket, also when they change, and deletes removed ones.

    A file is uploaded at its first request at the latest. *on_added* is called with the key of each
    new object, *on_changed* with the key of an object that was replaced, deleted or restored. While
    *is_busy* returns true, a scan uploads no new files.

    *states* has the uploaded files by key (None if deleted since), *failed* the files whose error
    was printed, *locks* a lock for each key that is being refreshed.
    """

    root: Path
    client: Any
    bucket: str
    on_added: Callable[[str], None] = _ignore
    on_changed: Callable[[str], None] = _ignore
    is_busy: Callable[[], bool] = _is_never_busy
    eager_files: int = EAGER_FILES
    eager_bytes: int = EAGER_BYTES
    states: dict[str, State | None] = field(default_factory=dict)
    failed: dict[str, State | None] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)
    locks: WeakValueDictionary[str, threading.Lock] = field(default_factory=WeakValueDictionary)

    def __post_init__(self) -> None:
        self.root = self.root.absolute()

    def refresh(self, key: str) -> None:
        """Update the bucket's object of this key from the folder's file.

        Concurrent calls for the same key wait until *on_added* or *on_changed* has returned.

        Raises:
            OSError: the file cannot be read.

        """
        with self.lock:
            lock = self.locks.setdefault(key, threading.Lock())
        with lock:
            path, is_known = self._find_file(key), key in self.states
            state = _read_state(path) if path else None
            if state == self.states.get(key):
                return
            if path is None or state is None:
                self.client.delete_object(Bucket=self.bucket, Key=key)
            else:
                with path.open("rb") as file:
                    self.client.put_object(Bucket=self.bucket, Key=key, Body=file)
            self.states[key] = state
            (self.on_changed if is_known else self.on_added)(key)

    def scan(self) -> None:
        """Refresh each file that has changed since the last scan.

        In a folder that is too large for a full upload, only requested files are checked.
        """
        present = self._list_if_eager()
        if present is None:
            known = {key: _read_state(self.root / key) for key in list(self.states)}
            present = {key: state for key, state in known.items() if state}
        for key in [
            key for key, state in list(self.states.items()) if state and key not in present
        ]:
            self._try_refresh(key, None)
        for key, state in present.items():
            if state in (self.states.get(key), self.failed.get(key)) or _is_recent(state):
                continue
            if key in self.states or not self.is_busy():
                self._try_refresh(key, state)

    def _try_refresh(self, key: str, state: State | None) -> None:
        """Refresh a file, or print once why that fails."""
        try:
            self.refresh(key)
        except Exception as error:  # noqa: BLE001 reason: one bad file must not stop the scan
            print_line(f"{shorten(key)!r} cannot be an original: {error}")
            self.failed[key] = state

    def is_eager(self) -> bool:
        """Whether the whole folder is uploaded before any request."""
        return self._list_if_eager() is not None

    def list_keys(self) -> list[str]:
        """Return the keys of all files that are not hidden, sorted.

        A file whose name is not UTF-8 has no key, because S3 could not store it.
        """
        names = (entry.path.removeprefix(f"{self._top}/") for entry in _walk_files(self._top))
        return sorted(filter(_is_utf8, names))

    @property
    def _top(self) -> str:
        return self.root.as_posix().rstrip("/")

    def _list_if_eager(self) -> dict[str, State] | None:
        """Return the state of all files by key, or None if the folder is too large."""
        present: dict[str, State] = {}
        size = 0
        for entry in _walk_files(self._top):
            state = _read_state(entry)
            if state is None:
                continue
            size += state[1]
            if len(present) == self.eager_files or size > self.eager_bytes:
                return None
            present[entry.path.removeprefix(f"{self._top}/")] = state
        return present

    def _find_file(self, key: str) -> Path | None:
        path = self.root / key
        if _is_hidden(key) or path.as_posix() != f"{self._top}/{key}":
            return None  # a file system may read `a//b` as `a/b`; a bucket does not
        try:
            inside = path.resolve().is_relative_to(self.root.resolve())
            return path if inside and path.is_file() else None
        except (OSError, ValueError):  # the file system cannot have this name
            return None


def _read_state(file: Path | os.DirEntry[str]) -> State | None:
    try:
        stat = file.stat()
    except OSError:  # just deleted
        return None
    return stat.st_mtime_ns, stat.st_size


def _is_recent(state: State) -> bool:
    return 0 <= time.time() - state[0] / 1e9 < _RECENT_SECONDS


def _is_utf8(name: str) -> bool:
    """Whether a name of the file system is UTF-8; other bytes are surrogates in it (PEP 383)."""
    return not any("\ud800" <= character <= "\udfff" for character in name)


def _is_hidden(key: str) -> bool:
    return any(part.startswith(".") for part in key.split("/"))


def _walk_files(folder: str) -> Iterator[os.DirEntry[str]]:
    """Yield the files below a folder, without hidden ones and without following linked folders."""
    try:
        entries = list(os.scandir(folder))
    except OSError:  # just deleted, or not readable
        return
    for entry in entries:
        if entry.name.startswith("."):
            continue
        if entry.is_dir(follow_symlinks=False):
            yield from _walk_files(entry.path)
        elif entry.is_file():
            yield entry
