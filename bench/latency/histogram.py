"""Latencies counted in buckets of one part in a thousand, in HdrHistogram's own layout.

Sparse, so that one for every second of a run costs next to nothing. The text form is that of
HdrHistogram's log format, V2, compressed, in base64: any of its implementations can read and merge
it. The library for Python has no wheel for arm64 Linux, where it needs a compiler: hence this.

Source: github.com/HdrHistogram/HdrHistogram, `AbstractHistogram` (the layout) and
`ZigZagEncoding`. The tests hold it to texts that hdrhistogram 0.10.8 has written.
"""

import base64
import binascii
import math
import struct
import zlib
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, Self

_DIGITS: Final = 3
_HALF_BITS: Final = 10  # 1,024 steps between a power of two and the next
_HALF: Final = 1 << _HALF_BITS
_LOWEST: Final = 1
HIGHEST: Final = 3_600_000_000
"""The longest latency that is told from a longer one: an hour, in microseconds."""

_ENCODED: Final = 0x1C849313
_COMPRESSED: Final = 0x1C849314
_HEADER: Final = struct.Struct(">iiiiqqd")
_OUTER: Final = struct.Struct(">ii")
_MOST_BYTES: Final = 10_000_000  # of a text that claims to be a histogram, once inflated


class BadHistogram(ValueError):
    """A text is not a histogram, or not one with our precision."""


class Histogram:
    """Counts of whole microseconds; equal to another if it has the same counts."""

    __slots__ = ("counts", "greatest", "total")

    def __init__(self, values: Iterable[int] = ()) -> None:
        """Start with *values*."""
        self.counts: dict[int, int] = {}
        self.total = 0
        self.greatest = 0
        for value in values:
            self.record(value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Histogram) and self.counts == other.counts

    def __len__(self) -> int:
        return self.total

    def record(self, microseconds: int) -> None:
        """Count one latency."""
        value = min(max(microseconds, 0), HIGHEST)
        index = _index(value)
        self.counts[index] = self.counts.get(index, 0) + 1
        self.total += 1
        self.greatest = max(self.greatest, value)

    def add(self, other: Self) -> None:
        """Count all that another has counted."""
        for index, count in other.counts.items():
            self.counts[index] = self.counts.get(index, 0) + count
        self.total += other.total
        self.greatest = max(self.greatest, other.greatest)

    def percentile(self, percent: float) -> int:
        """Return the microseconds that so many per cent do not exceed, by nearest rank; or 0."""
        return self.percentiles([percent])[0]

    def percentiles(self, percents: Sequence[float]) -> list[int]:
        """Return several percentiles, ascending, in one pass."""
        ranks = [max(1, math.ceil(percent / 100 * self.total - 1e-9)) for percent in percents]
        found: list[int] = []
        seen = 0
        for index in sorted(self.counts):
            seen += self.counts[index]
            while len(found) < len(ranks) and seen >= ranks[len(found)]:
                found.append(min(_highest(index), self.greatest))
        return found + [0] * (len(ranks) - len(found))

    @property
    def mean(self) -> float:
        """The mean in microseconds; 0 of none."""
        return sum(value * count for value, count in self) / self.total if self.total else 0.0

    def __iter__(self) -> Iterator[tuple[int, int]]:
        """Yield the highest value of each bucket that has any, ascending, and its count."""
        for index in sorted(self.counts):
            yield _highest(index), self.counts[index]

    def encode(self) -> str:
        """Return it as HdrHistogram writes it."""
        counts = _zigzag(self.counts)
        header = _HEADER.pack(_ENCODED, len(counts), 0, _DIGITS, _LOWEST, HIGHEST, 1.0)
        packed = zlib.compress(header + counts)
        return base64.b64encode(_OUTER.pack(_COMPRESSED, len(packed)) + packed).decode()

    @classmethod
    def decode(cls, text: str) -> Self:
        """Return the histogram that a text is; its maximum is known to one part in a thousand.

        Raises:
            BadHistogram: it is none, or of another precision.

        """
        try:
            outer = base64.b64decode(text, validate=True)
            cookie, length = _OUTER.unpack_from(outer)
            inner = _inflated(outer[_OUTER.size : _OUTER.size + length])
            encoded, size, _, digits, lowest, _, _ = _HEADER.unpack_from(inner)
        except (binascii.Error, struct.error, zlib.error) as error:
            message = "not a histogram"
            raise BadHistogram(message) from error
        if (cookie, encoded, digits, lowest) != (_COMPRESSED, _ENCODED, _DIGITS, _LOWEST):
            message = "not a histogram with three significant digits of microseconds"
            raise BadHistogram(message)
        made = cls()
        made.counts = dict(_unzigzag(inner[_HEADER.size : _HEADER.size + size]))
        made.total = sum(made.counts.values())
        made.greatest = min(_highest(max(made.counts)), HIGHEST) if made.counts else 0
        return made


def merged(histograms: Iterable[Histogram]) -> Histogram:
    """Return what all of them have counted."""
    whole = Histogram()
    for each in histograms:
        whole.add(each)
    return whole


def _index(value: int) -> int:
    bucket = max(0, value.bit_length() - _HALF_BITS - 1)
    return (bucket << _HALF_BITS) + (value >> bucket)


def _highest(index: int) -> int:
    """Return the highest value that is counted at an index."""
    bucket = max(0, (index >> _HALF_BITS) - 1)
    step = index - (bucket << _HALF_BITS)
    return ((step + 1) << bucket) - 1


def _inflated(data: bytes) -> bytes:
    opened = zlib.decompressobj()
    inner = opened.decompress(data, _MOST_BYTES)
    if opened.unconsumed_tail:
        message = "too large for a histogram"
        raise BadHistogram(message)
    return inner


def _zigzag(counts: dict[int, int]) -> bytes:
    """Return counts by index as numbers of variable length; a run of zeros is one below zero."""
    out = bytearray()
    expected = 0
    for index in sorted(counts):
        if index > expected:
            _write(out, expected - index)
        _write(out, counts[index])
        expected = index + 1
    return bytes(out)


def _write(out: bytearray, number: int) -> None:
    """Append a number: zigzag, then seven bits a byte (counts here stay below 2 ** 55)."""
    rest = (number << 1) ^ (number >> 63)
    while rest >= 0x80:
        out.append(rest & 0x7F | 0x80)
        rest >>= 7
    out.append(rest)


def _unzigzag(data: bytes) -> Iterator[tuple[int, int]]:
    index = shift = number = 0
    for byte in data:
        number |= (byte & 0x7F) << shift
        shift += 7
        if byte & 0x80:
            continue
        value = (number >> 1) ^ -(number & 1)
        number = shift = 0
        if value > 0:
            yield index, value
        index += -value if value < 0 else 1
