"""Removes what was made from an original that has changed: derivatives, mips, cached answers.

Twice: at once, and again later than any renderer can live that was at work meanwhile. The order
inside each is the proof (docs/consistency.md): the second time is arranged for before anything
is removed, and the edge forgets only what the bucket no longer has.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import islice, pairwise, takewhile
from typing import Final

from origin_lambda.errors import Unavailable
from origin_lambda.log import count
from origin_lambda.originals.inputs import Inputs
from origin_lambda.originals.messages import invalidation_request, sweep_request, walk_request
from origin_lambda.originals.mip_keys import mips_prefix
from origin_lambda.originals.record import OriginalRecord
from origin_lambda.ports import Bucket, Edge, IngestQueue
from origin_lambda.url.grammar import can_use_layer, escape, read_layers
from origin_lambda.url.keys import LONGEST_KEY, MIPS

WALK_KEYS: Final = 1000
"""Keys of one part of a walk: as many as S3 lists and deletes in one call each."""

SWEEP_SECONDS: Final = 90
"""When the second time comes: a renderer lives 25 s, and its last write may take 14 s more."""

DEFERRED_SECONDS: Final = 30
"""How long an invalidation waits for its turn, where CloudFront has too many in progress."""

MOST_PATHS: Final = 3
"""Paths of one invalidation. 15 with a wildcard may be in progress at a time (Amazon CloudFront
developer guide, "Quotas"); those that had to wait are asked for together."""


@dataclass(frozen=True, slots=True)
class Purge:
    """Removes from the derivatives bucket and from the *edge*, if there is one."""

    derivatives: Bucket
    queue: IngestQueue
    edge: Edge | None

    def at_once(self, item: OriginalRecord, *, first_seen: bool) -> None:
        """Remove every derivative, and the mips of other versions.

        The edge has nothing of an original that is *first seen* and of which no derivative was
        kept, or whoever answered without keeping has asked for its ingest; and an invalidation
        costs money.
        """
        derivatives = list(self._derivatives_of(item.key))
        cached = bool(derivatives) or not first_seen
        self.arrange_sweep(item.key, invalidate=cached)
        self.derivatives.delete([*derivatives, *self._old_mips(item)])
        if cached:
            self._forget(item.key)
        self.dependents(item)

    def dependents(self, item: OriginalRecord) -> None:
        """Delete the derivatives of other originals that use this one as a layer.

        Where they are known these are one list each. Else all derivatives have to be listed, which
        `walk` does.
        """
        if item.used_widely:
            self.queue.send(walk_request(item.key))
        elif item.used_by:
            self._delete_dependents(item.used_by, item.key)

    def dependent(self, key: str, layer: str) -> None:
        """Delete the derivatives of one original that use a layer, now and with a sweep."""
        self.arrange_sweep(key, invalidate=True, dependents=False)
        self._delete_dependents([key], layer)

    def walk(self, layer: str, after: str) -> None:
        """Delete, among the next derivatives *after* a key, those that use a layer.

        What is left to look at is asked for once that is done, so that the last part comes after
        all others: then the edge forgets everything. A part that is delivered twice is done twice.
        """
        part = list(islice(self.derivatives.keys("", deep=True, after=after), WALK_KEYS))
        self.derivatives.delete(
            [
                key
                for key in part
                if not key.startswith(MIPS) and can_use_layer(_segment(key), layer)
            ]
        )
        if len(part) == WALK_KEYS:
            self.queue.send(walk_request(layer, part[-1]))
        else:
            self.invalidate(["/"])

    def cached(self, key: str) -> None:
        """Have the edge forget an original, of which a former version was answered."""
        self.arrange_sweep(key, invalidate=True)
        self._forget(key)

    def later(
        self,
        item: OriginalRecord,
        find: Callable[[str], OriginalRecord | None],
        *,
        invalidate: bool,
    ) -> None:
        """Remove the derivatives that are stale, and the mips of other versions.

        *find* returns the record of a layer.
        """
        stale = [
            key
            for key in self._derivatives_of(item.key)
            if (blob := self.derivatives.read(key, first=1))
            and blob.label.notes.get("version") != _source_version(key, item, find)
        ]
        if stale and not invalidate:
            # If this dies before the edge forgets, the same message finds nothing stale any more.
            self.arrange_sweep(item.key, invalidate=True, dependents=False)
        self.derivatives.delete([*stale, *self._old_mips(item)])
        if stale or invalidate:
            self._forget(item.key)

    def arrange_sweep(self, key: str, *, invalidate: bool, dependents: bool = True) -> None:
        """Have `later` come later; *invalidate* even if nothing stale is found then.

        With *dependents*, what uses it as a layer is deleted then, too.
        """
        message = sweep_request(key, invalidate=invalidate, dependents=dependents)
        self.queue.send(message, delay=SWEEP_SECONDS)

    def invalidate(self, prefixes: Iterable[str]) -> None:
        """Have the edge forget what begins with these prefixes: now, or when it is its turn."""
        if self.edge is None:
            return
        asked = covering(prefixes, MOST_PATHS)
        try:
            self.edge.invalidate(asked)
        except Unavailable as error:
            count("InvalidationDeferred", what="edge", detail=error.detail)
            self.queue.send(invalidation_request(asked), delay=DEFERRED_SECONDS)

    def _derivatives_of(self, key: str) -> Iterable[str]:
        """Return the keys of all that is kept; of a key that leaves them no room, nothing is."""
        prefix = f"{key}/"
        return () if len(prefix.encode()) > LONGEST_KEY else self.derivatives.keys(prefix)

    def _delete_dependents(self, keys: Iterable[str], layer: str) -> None:
        used = (each for key in keys for each in self._derivatives_of(key))
        self.derivatives.delete([each for each in used if can_use_layer(_segment(each), layer)])
        self.invalidate([f"/{escape(key)}/" for key in keys])

    def _forget(self, key: str) -> None:
        self.invalidate([f"/{escape(key)}/"])

    def _old_mips(self, item: OriginalRecord) -> list[str]:
        prefix = mips_prefix(item.key)
        current = f"{prefix}{item.version}/" if item.version else None
        keys = self.derivatives.keys(prefix, deep=True)
        return [key for key in keys if not (current and key.startswith(current))]


def _segment(key: str) -> str:
    """Return the last segment of a derivative's key: its transform."""
    return key.rpartition("/")[2]


def _source_version(
    key: str, item: OriginalRecord, find: Callable[[str], OriginalRecord | None]
) -> str:
    """Return what a derivative of an original would be made from now."""
    layers = read_layers(_segment(key)) or ()
    return Inputs(
        item, tuple(find(layer) or OriginalRecord(layer) for layer in layers)
    ).source_version


def covering(prefixes: Iterable[str], most: int) -> list[str]:
    """Return at most so many prefixes that all of the given ones begin with, sorted.

    Folders that several of them lie in are taken whole, the innermost first: forgetting more than
    was asked costs a few requests of the derivatives bucket, one path too many costs the whole
    invalidation.
    """
    kept = _outermost(prefixes)
    while len(kept) > most:
        # Sorted, those that share the innermost folder are neighbours.
        folders = [_shared_folder(one, other) for one, other in pairwise(kept)]
        taken = max(folders, key=lambda folder: (folder.count("/"), folders.count(folder)))
        kept = _outermost([*kept, taken])
    return kept


def _outermost(prefixes: Iterable[str]) -> list[str]:
    """Return the prefixes that begin with none of the others, sorted."""
    kept: list[str] = []
    for prefix in sorted(set(prefixes)):
        if not (kept and prefix.startswith(kept[-1])):
            kept.append(prefix)
    return kept


def _shared_folder(one: str, other: str) -> str:
    """Return the prefix of the innermost folder that two prefixes lie in."""
    pairs = zip(one.split("/"), other.split("/"), strict=False)
    return "/".join(name for name, _ in takewhile(lambda pair: pair[0] == pair[1], pairs)) + "/"
