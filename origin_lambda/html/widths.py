"""The widths and pixel ratios of a `srcset`: those of imgix's SDKs.

With the same numbers as js-core, imgix-python and imgix-go, all of them request the same
derivatives.
"""

from collections.abc import Iterator
from typing import Final

MIN_WIDTH: Final = 100
MAX_WIDTH: Final = 8192

QUALITIES: Final = {1: 75, 2: 50, 3: 35, 4: 23, 5: 20}
"""Pixel ratio -> quality: on a denser screen, errors are less visible."""

_TOLERANCE: Final = 0.08
"""The largest difference between the width that a page needs and the nearest one, as a fraction."""


def list_widths(smallest: int = MIN_WIDTH, largest: int = MAX_WIDTH) -> Iterator[int]:
    """Yield the widths of imgix's SDKs: for any width in the range, one is at most 8 % off."""
    width = float(smallest)
    last = 0
    while width < largest:
        last = round(width)
        yield last
        width *= 1 + 2 * _TOLERANCE
    if last < largest:
        yield largest
