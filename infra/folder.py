"""A folder of pictures that behaves like a bucket somebody keeps up to date."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


def _nothing(key: str) -> None:
    """Do what there is to do about a change when nobody is to be told."""


def _is_hidden(key: str) -> bool:
    return any(part.startswith(".") for part in key.split("/"))


@dataclass(slots=True)
class Folder:
    """Puts files of a folder into a bucket when they are asked for, and again once they change.

    Nothing is copied before it is asked for, so that a folder of any size is served at once.
    *changed* is called with a key whenever its object has come, changed or gone.
    """

    root: Path
    client: Any
    bucket: str
    changed: Callable[[str], None] = _nothing
    seen: dict[str, tuple[int, int]] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def refresh(self, key: str) -> None:
        """Make the bucket's object of this key what the folder's file is now.

        Whoever asks for it meanwhile waits until *changed* has returned.
        """
        with self.lock:
            path = self._path(key)
            if path is None:
                if self.seen.pop(key, None):
                    self.client.delete_object(Bucket=self.bucket, Key=key)
                    self.changed(key)
                return
            stat = path.stat()
            state = (stat.st_mtime_ns, stat.st_size)
            if self.seen.get(key) != state:
                with path.open("rb") as file:
                    self.client.put_object(Bucket=self.bucket, Key=key, Body=file)
                self.seen[key] = state
                self.changed(key)

    def listed(self) -> list[str]:
        """Return the keys of all files, sorted; hidden files are nobody's."""
        paths = (path.relative_to(self.root) for path in self.root.rglob("*") if path.is_file())
        return sorted(path.as_posix() for path in paths if not _is_hidden(path.as_posix()))

    def _path(self, key: str) -> Path | None:
        path = self.root / key
        if _is_hidden(key) or path.as_posix() != f"{self.root.as_posix()}/{key}":
            return None  # a file system may take `a//b` for `a/b`; a bucket does not
        try:
            inside = path.resolve().is_relative_to(self.root.resolve())
            return path if inside and path.is_file() else None
        except (OSError, ValueError):  # a name the file system cannot have
            return None
