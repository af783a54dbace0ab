"""Ranges of bytes in a file, and operations on sets of them."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple


class Range(NamedTuple):
    """Bytes from *start* up to *end*, which is not included."""

    start: int
    end: int


def merge(ranges: Iterable[Range]) -> list[Range]:
    """Return the same bytes as sorted ranges that do not touch."""
    merged: list[Range] = []
    for start, end in sorted(each for each in ranges if each.start < each.end):
        if merged and start <= merged[-1].end:
            merged[-1] = Range(merged[-1].start, max(end, merged[-1].end))
        else:
            merged.append(Range(start, end))
    return merged


def subtract(ranges: Iterable[Range], kept: Iterable[Range]) -> Iterator[Range]:
    """Yield the bytes of *ranges* that are not in *kept*, in ascending order."""
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
    merged = merge(first)
    return length(merged) != length(subtract(merged, second))


def length(ranges: Iterable[Range]) -> int:
    """Return the total number of bytes; a byte in several ranges counts several times."""
    return sum(end - start for start, end in ranges)


def overwrite(data: bytes, patches: Iterable[tuple[int, bytes]]) -> bytes:
    """Return *data* with some bytes overwritten by *patches*, pairs of offset and bytes.

    Raises:
        ValueError: two patches overlap, or one reaches beyond the end.

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
