"""Finds the best encoding whose file has at most some number of bytes."""

import dataclasses
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from origin_lambda.image.encoding import Encoding
from origin_lambda.url.values import Format

MAX_ATTEMPTS: Final = 5

_ENOUGH: Final = 0.95
"""A file of at least this share of the allowed bytes is good enough: more attempts cost time."""

_AIM: Final = 0.97
"""The share of the allowed bytes to aim at, since estimates are a little wrong."""

_HALVING: Final = 18.0
"""Qualities that halve a file's bytes, until two attempts say it for this picture."""

_COLOURS: Final = (256, 128, 64, 32, 16, 8, 4, 2)


@dataclass(frozen=True, slots=True)
class Attempt:
    """An encoding, and the file that it gives."""

    encoding: Encoding
    body: bytes


@dataclass(slots=True)
class SizeSearch:
    """Searches for the best file of at most *most* bytes; *encode* makes a file."""

    encode: Callable[[Encoding], bytes]
    most: int
    attempts: list[Attempt] = field(default_factory=list)

    def find(self, encoding: Encoding, *, is_animated: bool) -> Attempt:
        """Return the best attempt that fits, or else the smallest.

        The first attempt is the *encoding* itself, whose quality is the asked one. So nothing is
        searched if it fits.
        """
        is_fixed = encoding.lossless or (encoding.format is Format.PNG and is_animated)
        if self._try(encoding) or is_fixed:
            return self.attempts[0]
        if encoding.format in {Format.PNG, Format.PNG8, Format.GIF}:
            self._search_colours(encoding)
        else:
            self._search_quality(encoding)
        fitting = [each for each in self.attempts if len(each.body) <= self.most]
        if fitting:
            return max(fitting, key=lambda each: (_grade(each.encoding), len(each.body)))
        return min(self.attempts, key=lambda each: len(each.body))

    def _try(self, encoding: Encoding) -> bool:
        """Make an attempt; return whether it fits."""
        body = self.encode(encoding)
        self.attempts.append(Attempt(encoding, body))
        return len(body) <= self.most

    def _search_quality(self, encoding: Encoding) -> None:
        low, high = 0, round(encoding.quality)
        while high - low > 1 and len(self.attempts) < MAX_ATTEMPTS:
            is_last = len(self.attempts) == MAX_ATTEMPTS - 1
            quality = 1 if is_last and not low else self._estimate(low, high)
            if not self._try(dataclasses.replace(encoding, quality=quality)):
                high = quality
                continue
            low = quality
            if len(self.attempts[-1].body) >= _ENOUGH * self.most:
                return

    def _estimate(self, low: int, high: int) -> int:
        """Return the quality between two others that probably gives the wanted bytes.

        The logarithm of the bytes is nearly a line between two qualities.
        """
        by_quality = sorted((each.encoding.quality, len(each.body)) for each in self.attempts)
        above = next(each for each in by_quality if each[0] >= high)
        below = [each for each in by_quality if each[0] < high]
        slope = math.log(2) / _HALVING
        other = below[-1] if below else next((n for n in by_quality if n[0] > above[0]), None)
        if other and other[1] != above[1]:
            slope = max(0.005, math.log(other[1] / above[1]) / (other[0] - above[0]))
        quality = above[0] + math.log(_AIM * self.most / above[1]) / slope
        if self._missed_on_one_side():
            quality = (max(low, 1) + high) / 2
        return min(max(math.floor(quality), low + 1), high - 1)

    def _missed_on_one_side(self) -> bool:
        """Return whether the last two attempts were both too large, or both fitted.

        The line between the bounds then leads to a small step: halving is faster.
        """
        last = [len(each.body) <= self.most for each in self.attempts[-2:]]
        return len(self.attempts) > 2 and last[0] == last[1]

    def _search_colours(self, encoding: Encoding) -> None:
        asked = encoding.colours or _COLOURS[0]
        fewer = encoding.colours or encoding.format is not Format.PNG
        numbers = [each for each in _COLOURS if each < asked or not (fewer or each > asked)]
        while numbers and len(self.attempts) < MAX_ATTEMPTS:
            middle = (len(numbers) - 1) // 2
            fits = self._try(dataclasses.replace(encoding, colours=numbers[middle]))
            numbers = numbers[:middle] if fits else numbers[middle + 1 :]


def _grade(encoding: Encoding) -> tuple[int, float]:
    """Return how good an encoding is among those of one search."""
    return encoding.colours or 10_000, encoding.quality
