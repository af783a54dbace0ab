"""Computes ThumbHash, a placeholder of 20 to 30 bytes: low frequencies of colours and alpha.

Evan Wallace's algorithm, https://evanw.github.io/thumbhash/.
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from operator import mul
from typing import Final, NamedTuple

from origin_lambda.image.geometry import Size

_OPAQUE: Final = 255


class _Waves(NamedTuple):
    """A plane as cosine waves: their mean, the largest amplitude, and each as a share of that."""

    mean: float
    amplitude: float
    shares: list[float]


def compute_thumbhash(size: Size, rgba: bytes) -> bytes:
    """Return the ThumbHash of 8-bit RGBA pixels, at most 100 a side, alpha not multiplied in."""
    *colours, alpha = (rgba[at::4] for at in range(4))
    lightness, yellow_blue, red_green = zip(*_opponents(colours, alpha), strict=True)
    opaque = min(alpha) == _OPAQUE
    most = 7 if opaque else 5
    across, down = (max(1, math.floor(most * side / max(size) + 0.5)) for side in size)
    light = _waves(lightness, size, max(3, across), max(3, down))
    yellow = _waves(yellow_blue, size, 3, 3)
    reddish = _waves(red_green, size, 3, 3)
    clear = [] if opaque else [_waves([value / _OPAQUE for value in alpha], size, 5, 5)]
    landscape = size.width > size.height
    fields = [
        (light.mean * 63, 6),
        (yellow.mean * 31.5 + 31.5, 6),
        (reddish.mean * 31.5 + 31.5, 6),
        (light.amplitude * 31, 5),
        (not opaque, 1),
        (down if landscape else across, 3),
        (yellow.amplitude * 63, 6),
        (reddish.amplitude * 63, 6),
        (landscape, 1),
    ]
    fields += [(value * 15, 4) for waves in clear for value in (waves.mean, waves.amplitude)]
    planes = (light, yellow, reddish, *clear)
    fields += [(share * 7.5 + 7.5, 4) for waves in planes for share in waves.shares]
    return _pack(fields)


def _opponents(colours: Iterable[bytes], alpha: bytes) -> Iterator[tuple[float, float, float]]:
    """Yield lightness, yellow minus blue, and red minus green of each pixel."""
    weight = sum(alpha)
    planes = (_composite_over_mean(plane, alpha, weight) for plane in colours)
    for red, green, blue in zip(*planes, strict=True):
        yield (red + green + blue) / 765, (red + green - 2 * blue) / 510, (red - green) / 255


def _composite_over_mean(plane: bytes, alpha: bytes, weight: int) -> Sequence[float]:
    """Return a plane, composited by its alpha over its visible mean."""
    if weight == _OPAQUE * len(plane):
        return plane
    mean = sum(map(mul, plane, alpha)) / max(weight, 1)
    return [mean + (value - mean) * a / _OPAQUE for value, a in zip(plane, alpha, strict=True)]


def _waves(plane: Sequence[float], size: Size, across: int, down: int) -> _Waves:
    """Return the low frequencies of a plane's cosine transform (DCT-II)."""
    rows = [plane[at : at + size.width] for at in range(0, size.pixels, size.width)]
    columns = [[sum(map(mul, row, wave)) for row in rows] for wave in _cosines(across, size.width)]
    # Rounded, so that a zero is exactly zero on every machine.
    mean, *waves = (
        round(sum(map(mul, columns[x], wave)) / size.pixels, 12)
        for y, wave in enumerate(_cosines(down, size.height))
        for x in range(across)
        if x * down < across * (down - y)
    )
    amplitude = max(map(abs, waves))
    return _Waves(mean, amplitude, [wave / (amplitude or 1) for wave in waves])


def _cosines(count: int, side: int) -> list[list[float]]:
    turns = (math.pi / side * wave for wave in range(count))
    return [[math.cos(turn * (at + 0.5)) for at in range(side)] for turn in turns]


def _pack(fields: Iterable[tuple[float, int]]) -> bytes:
    """Return rounded values as bytes; a field is a value and its number of bits, lowest first."""
    packed = filled = 0
    for value, bits in fields:
        packed |= math.floor(value + 0.5) << filled
        filled += bits
    return packed.to_bytes((filled + 7) // 8, "little")
