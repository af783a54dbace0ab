"""Selects the colours of a palette from an original's swatches, as imgix's `palette` does.

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
    """The least, the best and the greatest value of a number."""

    least: float
    best: float
    most: float

    def holds(self, value: float) -> bool:
        return self.least <= value <= self.most

    def closeness(self, value: float) -> float:
        return 1 - abs(value - self.best)


# Ranges of HSL saturation and lightness, and the weights of both and of frequency, are those of
# Vibrant.js 1.0 (https://jariz.github.io/vibrant.js/), which follows Android's Palette class.
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
"""The least luminance of a light picture."""


def select_frequent(swatches: Sequence[Swatch], count: int) -> list[Colour]:
    """Return the *count* most frequent colours, those that stand out most from the picture first.

    On a dark picture the brightest comes first, on a light one the darkest. The brightness of a
    colour is its largest channel. imgix does not document its order, but all its published answers
    have this one.
    """
    chosen = sorted(swatches, key=lambda swatch: swatch.share, reverse=True)[:count]
    colours = [swatch.colour for swatch in chosen]
    return sorted(colours, key=lambda colour: max(colour[:3]), reverse=is_dark(swatches))


def select_named(swatches: Sequence[Swatch]) -> dict[str, Colour]:
    """Return the best colour for each name; some names can have none. A colour has one name."""
    found: dict[str, Swatch] = {}
    most = max((swatch.share for swatch in swatches), default=1.0)
    for name, (saturations, lightnesses) in _NAMES.items():
        ranked = []
        for swatch in swatches:
            saturation, lightness = _saturation_and_lightness(swatch.colour)
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


def select_dark_and_light(swatches: Sequence[Swatch]) -> tuple[Colour, Colour] | None:
    """Return a dark and a light colour, vivid ones if there are any; None without swatches."""
    if not swatches:
        return None
    named = select_named(swatches)
    by_lightness = sorted((swatch.colour for swatch in swatches), key=_compute_lightness)
    dark = named.get("vibrant_dark") or named.get("muted_dark") or by_lightness[0]
    light = named.get("vibrant_light") or named.get("muted_light") or by_lightness[-1]
    return dark, light


def _compute_lightness(colour: Colour) -> float:
    return _saturation_and_lightness(colour)[1]


def _saturation_and_lightness(colour: Colour) -> tuple[float, float]:
    """Return the saturation and the lightness of a colour in HSL, 0 to 1."""
    _, lightness, saturation = colorsys.rgb_to_hls(*(value / 255 for value in colour[:3]))
    return saturation, lightness


def compute_luminance(swatches: Sequence[Swatch]) -> float:
    """Return the mean luma of a picture (0 to 1), from its swatches and their shares.

    Luma is that of ITU-R BT.709, of stored sRGB samples. A picture without swatches counts as 0.
    """
    weight = sum(swatch.share for swatch in swatches)
    total = sum(swatch.share * _luma(swatch.colour) for swatch in swatches)
    return total / weight if weight else 0.0


def _luma(colour: Colour) -> float:
    return (0.2126 * colour.red + 0.7152 * colour.green + 0.0722 * colour.blue) / 255


def is_dark(swatches: Sequence[Swatch]) -> bool:
    """Return whether white stands out from a picture better than black."""
    return compute_luminance(swatches) < _MIDDLE
