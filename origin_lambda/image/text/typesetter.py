"""The port of a library that shapes text."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol


class FontMetrics(NamedTuple):
    """The *ascent* and *descent* of a font in pixels, both positive."""

    ascent: float
    descent: float


class Typesetter(Protocol):
    """Measures text in one font, with others where it lacks a character."""

    def measure(self, text: str, levels: Sequence[int], size: float) -> Sequence[float]:
        """Return the width of each character in pixels; that of a ligature is its first one's.

        *levels* are the embedding levels: odd ones run leftwards.
        """

    def metrics(self, size: float) -> FontMetrics:
        """Return the metrics of the chosen font at a size in pixels."""

    def split_words(self, text: str) -> list[str]:
        """Return the words of a text in Thai."""
