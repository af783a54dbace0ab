"""Purges derivatives, mips and cached answers of an original that has changed.

Every purge runs twice: at once, and again in a sweep, when no renderer from before the change can
still be alive. docs/consistency.md proves the order inside: the sweep is scheduled before anything
is deleted, and an invalidation comes after the deletion from the bucket.
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
from origin_lambda.url.grammar import derivatives_prefix, encode_key
from origin_lambda.url.keys import LONGEST_KEY, MIPS
from origin_lambda.url.layers import can_use_layer, read_layers

WALK_KEYS: Final = 1000
"""Keys in one part of a walk; S3 lists, or deletes, as many in one call."""

SWEEP_SECONDS: Final = 90
"""Delay of the sweep; a renderer lives 25 s, and its last write can take 14 s more."""

DEFERRED_SECONDS: Final = 30
"""Delay of an invalidation while CloudFront has too many in progress."""

MAX_PATHS: Final = 3
"""Paths of one invalidation. 15 with a wildcard can be in progress at a time (Amazon CloudFront
developer guide, "Quotas"); deferred ones are sent together."""


@dataclass(frozen=True, slots=True)
class Purge:
    """Deletes from the derivatives bucket, and invalidates the *edge* if there is one."""

    derivatives: Bucket
    queue: IngestQueue
    edge: Edge | None

    def delete_all(self, record: OriginalRecord, *, first_seen: bool) -> None:
        """Delete every derivative of an original, and the mips of other versions.

        An invalidation costs money, so it is left out for an original that is *first seen* and has
        no stored derivative. Then either the edge has nothing, or a renderer that answered without
        storing has requested an ingest, which invalidates.
        """
        derivatives = list(self._derivatives_of(record.key))
        cached = bool(derivatives) or not first_seen
        self.schedule_sweep(record.key, invalidate=cached)
        self.derivatives.delete([*derivatives, *self._old_mips(record)])
        if cached:
            self._invalidate_original(record.key)
        self.delete_dependents(record)

    def delete_dependents(self, record: OriginalRecord) -> None:
        """Delete the derivatives of other originals that use this one as a layer.

        If the record names these originals, each takes one listing. Else all derivatives must be
        listed, by `delete_next_dependents`.
        """
        if record.used_widely:
            self.queue.send(walk_request(record.key))
        elif record.used_by:
            self._delete_dependents(record.used_by, record.key)

    def delete_dependents_of(self, key: str, layer: str) -> None:
        """Delete the derivatives of one original that use a layer, now and with a sweep."""
        self.schedule_sweep(key, invalidate=True, dependents=False)
        self._delete_dependents([key], layer)

    def delete_next_dependents(self, layer: str, after: str) -> None:
        """Delete the derivatives that use a layer, among the next ones *after* a key.

        The next part is requested after this one is complete, so the last part comes after all
        others and invalidates everything. A part that is delivered twice runs twice.
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

    def invalidate_original(self, key: str) -> None:
        """Invalidate the edge's answers of an original, now and with a sweep."""
        self.schedule_sweep(key, invalidate=True)
        self._invalidate_original(key)

    def delete_stale(
        self,
        record: OriginalRecord,
        find: Callable[[str], OriginalRecord | None],
        *,
        invalidate: bool,
    ) -> None:
        """Delete the stale derivatives of an original, and the mips of other versions.

        *find* returns the record of a layer.
        """
        stale = [
            key
            for key in self._derivatives_of(record.key)
            if (blob := self.derivatives.read(key, first=1))
            and blob.metadata.user_metadata.get("version") != _source_version(key, record, find)
        ]
        if stale and not invalidate:
            # If this dies before the invalidation, a repeated message would find nothing stale.
            self.schedule_sweep(record.key, invalidate=True, dependents=False)
        self.derivatives.delete([*stale, *self._old_mips(record)])
        if stale or invalidate:
            self._invalidate_original(record.key)

    def schedule_sweep(self, key: str, *, invalidate: bool, dependents: bool = True) -> None:
        """Schedule a sweep; with *invalidate*, it invalidates even if it finds nothing stale.

        With *dependents*, it also deletes the derivatives that use the original as a layer.
        """
        message = sweep_request(key, invalidate=invalidate, dependents=dependents)
        self.queue.send(message, delay=SWEEP_SECONDS)

    def invalidate(self, prefixes: Iterable[str]) -> None:
        """Invalidate prefixes at the edge: now, or later if too many are in progress."""
        if self.edge is None:
            return
        merged = merge_prefixes(prefixes, MAX_PATHS)
        try:
            self.edge.invalidate(merged)
        except Unavailable as error:
            count("InvalidationDeferred", what="edge", detail=error.detail)
            self.queue.send(invalidation_request(merged), delay=DEFERRED_SECONDS)

    def _derivatives_of(self, key: str) -> Iterable[str]:
        """Return the keys of an original's derivatives; none if its key leaves no room for them."""
        prefix = derivatives_prefix(key)
        return () if len(prefix) > LONGEST_KEY else self.derivatives.keys(prefix)

    def _delete_dependents(self, keys: Iterable[str], layer: str) -> None:
        used = (each for key in keys for each in self._derivatives_of(key))
        self.derivatives.delete([each for each in used if can_use_layer(_segment(each), layer)])
        self.invalidate(map(_invalidation_prefix, keys))

    def _invalidate_original(self, key: str) -> None:
        self.invalidate([_invalidation_prefix(key)])

    def _old_mips(self, record: OriginalRecord) -> list[str]:
        prefix = mips_prefix(record.key)
        current = f"{prefix}{record.version}/" if record.version else None
        keys = self.derivatives.keys(prefix, deep=True)
        return [key for key in keys if not (current and key.startswith(current))]


def _invalidation_prefix(key: str) -> str:
    """Return the prefix to invalidate for an original: `/KEY`, of which the edge makes `/KEY*`.

    It covers the canonical paths. Where the key needs no escapes it covers the viewers' paths too,
    as AWS advises for functions that change the URI (Amazon CloudFront developer guide, "What you
    need to know when invalidating paths"). It also covers keys that begin with this one: their
    stored derivatives stay, so each costs one read of the bucket (docs/decisions/0055).
    """
    return f"/{encode_key(key)}"


def _segment(key: str) -> str:
    """Return the last segment of a derivative's key: its transform."""
    return key.rpartition("/")[2]


def _source_version(
    key: str, record: OriginalRecord, find: Callable[[str], OriginalRecord | None]
) -> str:
    """Return the source version that a derivative would have now."""
    layers = read_layers(_segment(key)) or ()
    return Inputs(
        record, tuple(find(layer) or OriginalRecord(layer) for layer in layers)
    ).source_version


def merge_prefixes(prefixes: Iterable[str], most: int) -> list[str]:
    """Return at most *most* prefixes that cover all given ones, sorted.

    Prefixes in a common folder are merged into the folder, the innermost folder first. To
    invalidate too much costs a few requests of the derivatives bucket; one path too many fails the
    whole invalidation.
    """
    kept = _outermost(prefixes)
    while len(kept) > most:
        # In sorted order, prefixes with the innermost common folder are neighbours.
        folders = [_shared_folder(one, other) for one, other in pairwise(kept)]
        taken = max(folders, key=lambda folder: (folder.count("/"), folders.count(folder)))
        kept = _outermost([*kept, taken])
    return kept


def _outermost(prefixes: Iterable[str]) -> list[str]:
    """Return the prefixes that do not begin with another one, sorted."""
    kept: list[str] = []
    for prefix in sorted(set(prefixes)):
        if not (kept and prefix.startswith(kept[-1])):
            kept.append(prefix)
    return kept


def _shared_folder(one: str, other: str) -> str:
    """Return the prefix of the innermost folder that contains both prefixes."""
    pairs = zip(one.split("/"), other.split("/"), strict=False)
    return "/".join(name for name, _ in takewhile(lambda pair: pair[0] == pair[1], pairs)) + "/"
