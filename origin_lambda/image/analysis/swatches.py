"""Chooses the swatches of a picture from the counts of its colours.

`analysis.palette` selects from them what an answer shows, and in which order.
"""

import math
from collections.abc import Collection, Sequence
from typing import Final, NamedTuple

from origin_lambda.image.analysis.measure import Swatch
from origin_lambda.image.colour.oklab import to_oklab
from origin_lambda.url.values import Colour

_MAX_SWATCHES: Final = 16
_APART: Final = 0.06
"""The least distance of two swatches, as they are perceived (`_perceive`)."""

_VIVID: Final = 0.18
_MIN_SHARE: Final = {True: 0.0005, False: 0.003}
"""The least share of a swatch, by whether it is vivid: an accent can be small."""

_OPAQUE: Final = 255


class _Shade(NamedTuple):
    """Pixels of nearly the same colour: their *share* (0 to 1), and the *perceived* colour."""

    share: float
    colour: Colour
    perceived: tuple[float, float, float]


def choose_swatches(counted: Collection[tuple[int, Colour]]) -> tuple[Swatch, ...]:
    """Return up to 16 swatches, the most frequent first, each with its share of the picture.

    *counted* are numbers of pixels and their colours; a half transparent pixel counts half. Colours
    are picked one after the other, for being frequent and unlike those before. So a small vivid
    accent comes before the tenth shade of the sky. Every swatch is one of the colours in *counted*.
    """
    shades = _shades(counted)
    picked = _pick(shades)
    kept = [
        shade
        for shade, share in zip(picked, _shares(shades, picked), strict=True)
        if share >= _MIN_SHARE[math.hypot(*shade.perceived[1:]) > _VIVID]
    ]
    shares = zip(kept, _shares(shades, kept), strict=True)
    swatches = [Swatch(shade.colour, round(share, 4)) for shade, share in shares]
    return tuple(sorted(swatches, key=lambda swatch: swatch.share, reverse=True))


def _shades(counted: Collection[tuple[int, Colour]]) -> list[_Shade]:
    """Return the visible colours as shades."""
    weight = sum(count * colour.alpha for count, colour in counted)
    return [
        _Shade(count * colour.alpha / weight, colour._replace(alpha=_OPAQUE), _perceive(colour))
        for count, colour in counted
        if count * colour.alpha
    ]


def _perceive(colour: Colour) -> tuple[float, float, float]:
    """Return a colour in Oklab, with the two axes of hue weighted by 1.5."""
    light, green_red, blue_yellow = to_oklab(*colour[:3])
    return light, green_red * 1.5, blue_yellow * 1.5


def _pick(shades: Sequence[_Shade]) -> list[_Shade]:
    picked: list[_Shade] = []
    gaps = [1.0] * len(shades)
    while any(gaps) and len(picked) < _MAX_SWATCHES:
        worth = [shade.share**0.4 * gap for shade, gap in zip(shades, gaps, strict=True)]
        best = shades[worth.index(max(worth))]
        picked.append(best)
        away = (math.dist(shade.perceived, best.perceived) for shade in shades)
        gaps = [min(gap, new) * (new >= _APART) for gap, new in zip(gaps, away, strict=True)]
    return picked


def _shares(shades: Sequence[_Shade], picked: Sequence[_Shade]) -> list[float]:
    """Return the share of the picture that is nearest to each picked shade."""
    shares = [0.0] * len(picked)
    for shade in shades:
        away = [math.dist(shade.perceived, other.perceived) for other in picked]
        shares[away.index(min(away))] += shade.share
    return shares
