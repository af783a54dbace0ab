"""Chooses the swatches that are kept of a picture, from how often it has each colour.

What is told of them, and in which order, is `image.palette`'s business.
"""

import math
from collections.abc import Collection, Sequence
from typing import Final, NamedTuple

from origin_lambda.image.analysis.measure import Swatch
from origin_lambda.image.analysis.oklab import oklab
from origin_lambda.url.values import Colour

_MOST: Final = 16
_APART: Final = 0.06
"""How far apart two swatches are at least, as they are seen (`_seen`)."""

_VIVID: Final = 0.18
_LEAST: Final = {True: 0.0005, False: 0.003}
"""The least share of a swatch, by whether it is vivid: an accent may be small."""

_OPAQUE: Final = 255


class _Shade(NamedTuple):
    """Pixels of nearly one colour: what *share* of all, that colour, and how it is seen."""

    share: float
    colour: Colour
    seen: tuple[float, float, float]


def choose_swatches(counted: Collection[tuple[int, Colour]]) -> tuple[Swatch, ...]:
    """Return the colours a designer would name, and the share of the picture nearest to each.

    *counted* are pixels by their colour; half transparent ones count half. Colours are picked in
    turn, for being frequent and unlike those picked before: so a small vivid accent comes before
    the tenth shade of the sky. Each is one of those counted, the most frequent first.
    """
    shades = _shades(counted)
    picked = _picked(shades)
    kept = [
        shade
        for shade, share in zip(picked, _shares(shades, picked), strict=True)
        if share >= _LEAST[math.hypot(*shade.seen[1:]) > _VIVID]
    ]
    shares = zip(kept, _shares(shades, kept), strict=True)
    swatches = [Swatch(shade.colour, round(share, 4)) for shade, share in shares]
    return tuple(sorted(swatches, key=lambda swatch: swatch.share, reverse=True))


def _shades(counted: Collection[tuple[int, Colour]]) -> list[_Shade]:
    """Return what is visible of the colours."""
    weight = sum(count * colour.alpha for count, colour in counted)
    return [
        _Shade(count * colour.alpha / weight, colour._replace(alpha=_OPAQUE), _seen(colour))
        for count, colour in counted
        if count * colour.alpha
    ]


def _seen(colour: Colour) -> tuple[float, float, float]:
    """Return a colour in Oklab, hue and chroma counting half as much again."""
    light, green_red, blue_yellow = oklab(*colour[:3])
    return light, green_red * 1.5, blue_yellow * 1.5


def _picked(shades: Sequence[_Shade]) -> list[_Shade]:
    picked: list[_Shade] = []
    gaps = [1.0] * len(shades)
    while any(gaps) and len(picked) < _MOST:
        worth = [shade.share**0.4 * gap for shade, gap in zip(shades, gaps, strict=True)]
        best = shades[worth.index(max(worth))]
        picked.append(best)
        away = (math.dist(shade.seen, best.seen) for shade in shades)
        gaps = [min(gap, new) * (new >= _APART) for gap, new in zip(gaps, away, strict=True)]
    return picked


def _shares(shades: Sequence[_Shade], picked: Sequence[_Shade]) -> list[float]:
    """Return what share of the picture is nearest to each picked shade."""
    shares = [0.0] * len(picked)
    for shade in shades:
        away = [math.dist(shade.seen, other.seen) for other in picked]
        shares[away.index(min(away))] += shade.share
    return shares
