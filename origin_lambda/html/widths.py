"""The widths and pixel ratios of a `srcset`: those of imgix's SDKs.

With the same numbers as js-core, imgix-python and imgix-go, all of them request the same
derivatives.
"""

from typing import Final

MIN_WIDTH: Final = 100
MAX_WIDTH: Final = 8192

QUALITIES: Final = {1: 75, 2: 50, 3: 35, 4: 23, 5: 20}
"""Pixel ratio -> quality: on a denser screen, errors are less visible."""

TOLERANCE: Final = 0.08
"""The largest difference between the width that a page needs and the nearest one, as a fraction."""

_LEAST_TOLERANCE: Final = 0.01  # 221 widths from 100 to 8192


def list_widths(
    smallest: int = MIN_WIDTH, largest: int = MAX_WIDTH, tolerance: float = TOLERANCE
) -> list[int]:
    """Return widths of which one is at most *tolerance* off, for any width in the range.

    The default is that of imgix's SDKs, 8 %. Each width is 1 + 2 x *tolerance* times the one
    before. docs/decisions/0060-keep-the-widths-of-the-sdks.md says what that costs in bytes.

    Raises:
        ValueError: *tolerance* is not positive, so that the widths would not end.

    """
    if tolerance < _LEAST_TOLERANCE:
        message = f"tolerance accepts a fraction of at least {_LEAST_TOLERANCE}"
        raise ValueError(message)
    widths: list[int] = []
    width = float(smallest)
    while width < largest:
        if not widths or round(width) > widths[-1]:
            widths.append(round(width))
        width *= 1 + 2 * tolerance
    if not widths or widths[-1] < largest:
        widths.append(largest)
    return widths
