"""Chooses among an original's swatches what to tell of them, as imgix's `palette` does.

https://docs.imgix.com/apis/rendering/color-palette/color-palette-extraction
"""

import colorsys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from origin_lambda.image.analysis.measure import Swatch
from origin_lambda.url.values import Colour


@dataclass(frozen=True, slots=True)
class _Range:
    """From where to where a number may be, and what it is best."""

    least: float
    best: float
    most: float

    def holds(self, value: float) -> bool:
        return self.least <= value <= self.most

    def closeness(self, value: float) -> float:
        return 1 - abs(value - self.best)


# Ranges of HSL saturation and lightness, and the weights of both and of frequency: those of
# Vibrant.js 1.0 (https://jariz.github.io/vibrant.js/), which has them of Android's Palette class.
_VIVID, _MUTED = _Range(0.35, 1.0, 1.0), _Range(0.0, 0.3, 0.4)
_NORMAL, _LIGHT, _DARK = _Range(0.3, 0.5, 0.7), _Range(0.55, 0.74, 1.0), _Range(0.0, 0.26, 0.45)
_NAMES: Final = {
    "vibrant": (_VIVID, _NORMAL),
    "vibrant_light": (_VIVID, _LIGHT),
    "vibrant_dark": (_VIVID, _DARK),
    "muted": (_MUTED, _NORMAL),
    "muted_light": (_MUTED, _LIGHT),
    "muted_dark": (_MUTED, _DARK),
}
_WEIGHTS: Final = (3, 6, 1)

_MIDDLE: Final = 0.5
"""The luminance from which on a picture counts as light."""


def frequent(swatches: Sequence[Swatch], count: int) -> list[Colour]:
    """Return so many of the most frequent colours, from what stands out most from the picture.

    That is from the brightest on a dark picture, from the darkest on a light one; a colour's
    brightness is its largest channel. imgix does not document its order, but every published
    answer of it has this one.
    """
    chosen = sorted(swatches, key=lambda swatch: swatch.share, reverse=True)[:count]
    colours = [swatch.colour for swatch in chosen]
    return sorted(colours, key=lambda colour: max(colour[:3]), reverse=is_dark(swatches))


def named(swatches: Sequence[Swatch]) -> dict[str, Colour]:
    """Return the colours that deserve a name, each for one name; a picture may have none."""
    found: dict[str, Swatch] = {}
    most = max((swatch.share for swatch in swatches), default=1.0)
    for name, (saturations, lightnesses) in _NAMES.items():
        ranked = []
        for swatch in swatches:
            saturation, lightness = _seen(swatch.colour)
            fits = saturations.holds(saturation) and lightnesses.holds(lightness)
            if fits and swatch not in found.values():
                parts = (
                    saturations.closeness(saturation),
                    lightnesses.closeness(lightness),
                    swatch.share / most,
                )
                worth = sum(part * weight for part, weight in zip(parts, _WEIGHTS, strict=True))
                ranked.append((worth, swatch))
        if ranked:
            found[name] = max(ranked, key=lambda pair: pair[0])[1]
    return {name: swatch.colour for name, swatch in found.items()}


def _seen(colour: Colour) -> tuple[float, float]:
    """Return a colour's saturation and lightness, as in HSL."""
    _, lightness, saturation = colorsys.rgb_to_hls(*(value / 255 for value in colour[:3]))
    return saturation, lightness


def luminance(swatches: Sequence[Swatch]) -> float:
    """Return the mean luma of a picture, 0 to 1: that of its colours, by their shares.

    Luma is that of ITU-R BT.709, of sRGB values as they are stored. Nothing visible is dark.
    """
    weight = sum(swatch.share for swatch in swatches)
    total = sum(swatch.share * _luma(swatch.colour) for swatch in swatches)
    return total / weight if weight else 0.0


def _luma(colour: Colour) -> float:
    return (0.2126 * colour.red + 0.7152 * colour.green + 0.0722 * colour.blue) / 255


def is_dark(swatches: Sequence[Swatch]) -> bool:
    """Whether white stands out from a picture better than black."""
    return luminance(swatches) < _MIDDLE
