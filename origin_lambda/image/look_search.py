"""Finds the file with the fewest bytes that reaches a score.

Some encodings differ in more than their quality. Which needs the fewest bytes depends on the
picture, so each is tried. `size_search` is the opposite: the best look in some bytes.
"""

import dataclasses
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Final, NamedTuple

from origin_lambda.image.encoding import Encoding
from origin_lambda.image.quality import Effort
from origin_lambda.url.values import Format

_REACH: Final = 20
"""Qualities around the first one that are tried: the encoders' scales differ by less."""

_MAX_TRIALS: Final = 8
"""Encodings of one variant; most need four."""

_POINTS_A_QUALITY: Final = 0.6
"""Points of the score for one more of quality, about: it makes the search shorter."""

_BYTES_A_POINT: Final = 0.045
"""The logarithm of the bytes for one more point of the score, about."""

_MAX_GUESS: Final = 1.02
"""A variant is left if its first trial lets expect this share of the best variant's bytes."""

_WHOLE_STEPS: Final = tuple(range(-2, 4))
_STEPS: Final[Mapping[Format, Sequence[float]]] = {
    Format.WEBP: (-0.75, -0.5, -0.25, 0, 1, 2),
}
"""Qualities around the one that the trials found. The slow encoder's best is one of them.

WebP's trials are of the same method, but of whole qualities and without alpha.
"""


class Attempt(NamedTuple):
    """An encoding, its file, and the file's score."""

    encoding: Encoding
    body: bytes
    score: float


@dataclasses.dataclass(frozen=True, slots=True)
class LookSearch:
    """Searches for the smallest file of a picture with at least a score of *target*.

    *attempt* encodes the picture and scores the file.
    """

    attempt: Callable[[Encoding], Attempt]
    target: float

    def find(self, variants: Sequence[Encoding]) -> bytes | None:
        """Return the smallest file that was found; None if none reaches the score."""
        best: Attempt | None = None
        for variant in variants:
            found = self._find_quality(variant, best)
            if found and (best is None or len(found.body) < len(best.body)):
                best = found
        if best is None:
            return None
        for step in _STEPS.get(best.encoding.format, _WHOLE_STEPS):
            quality = min(max(1, best.encoding.quality + step), 100)
            last = self._try(best.encoding, quality, Effort.MOST)
            if last.score >= self.target:
                return last.body
        return None

    def _find_quality(self, variant: Encoding, best: Attempt | None) -> Attempt | None:
        """Return the attempt with the lowest whole quality that reaches the score.

        None if there is none, or if the *best* attempt of another variant is probably smaller.
        """
        below, above = max(0, variant.quality - _REACH - 1), min(101, variant.quality + _REACH + 1)
        quality = best.encoding.quality if best else variant.quality
        found = None
        for _ in range(_MAX_TRIALS):
            trial = self._try(variant, min(max(below + 1, quality), above - 1), Effort.TRIAL)
            quality = trial.encoding.quality
            missing = self.target - trial.score
            guess = len(trial.body) * math.exp(_BYTES_A_POINT * missing)
            if best and guess > _MAX_GUESS * len(best.body):
                return None
            if missing <= 0:
                found, above = trial, quality
                quality = min(quality - 1, quality + math.ceil(missing / _POINTS_A_QUALITY))
            else:
                below = quality
                quality = max(quality + 1, quality + math.floor(missing / _POINTS_A_QUALITY))
            if above - below <= 1:
                break
        return found

    def _try(self, encoding: Encoding, quality: float, effort: Effort) -> Attempt:
        return self.attempt(dataclasses.replace(encoding, quality=quality, effort=effort))
