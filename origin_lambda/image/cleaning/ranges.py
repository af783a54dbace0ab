"""Ranges of bytes in a file: which a picture uses, and what lies between them."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple


class Range(NamedTuple):
    """Bytes from *start* up to, but without, *end*."""

    start: int
    end: int


def merge(ranges: Iterable[Range]) -> list[Range]:
    """Return the same bytes as ranges that ascend and do not touch."""
    merged: list[Range] = []
    for start, end in sorted(each for each in ranges if each.start < each.end):
        if merged and start <= merged[-1].end:
            merged[-1] = Range(merged[-1].start, max(end, merged[-1].end))
        else:
            merged.append(Range(start, end))
    return merged


def subtract(ranges: Iterable[Range], kept: Iterable[Range]) -> Iterator[Range]:
    """Yield the bytes of *ranges* that none of *kept* has, in ascending order."""
    holes, at = merge(kept), 0
    for begin, end in merge(ranges):
        while at < len(holes) and holes[at].end <= begin:
            at += 1
        start, here = begin, at
        while here < len(holes) and holes[here].start < end:
            if start < holes[here].start:
                yield Range(start, holes[here].start)
            start = holes[here].end
            here += 1
        if start < end:
            yield Range(start, end)


def overlap(first: Iterable[Range], second: Iterable[Range]) -> bool:
    """Whether any byte is in both."""
    ours = merge(first)
    return length(ours) != length(subtract(ours, second))


def length(ranges: Iterable[Range]) -> int:
    """Return how many bytes there are in all; those in several ranges count several times."""
    return sum(end - start for start, end in ranges)


def overwrite(data: bytes, patches: Iterable[tuple[int, bytes]]) -> bytes:
    """Return *data* with *patches* in place of as many of its bytes; no offset moves.

    Patches are given by where they start.

    Raises:
        ValueError: two of them overlap, or one reaches beyond the end.

    """
    view, at = memoryview(data), 0
    parts: list[bytes | memoryview] = []
    for start, body in sorted(patches):
        if start < at or start + len(body) > len(data):
            message = "patches overlap, or reach beyond the end"
            raise ValueError(message)
        parts.extend((view[at:start], body))
        at = start + len(body)
    return b"".join((*parts, view[at:]))
