"""The formulas of blend modes: W3C Compositing and Blending Level 1, section 10.

A separable mode mixes each channel by itself. All values are from 0 to 1.
"""

import math
from collections.abc import Callable
from typing import Final

from origin_lambda.url.values import BlendMode

Mixing = Callable[[float, float], float]
"""Mixes a channel of the backdrop (first) with that of the source."""


def _multiply(backdrop: float, source: float) -> float:
    return backdrop * source


def _screen(backdrop: float, source: float) -> float:
    return backdrop + source - backdrop * source


def _hard_light(backdrop: float, source: float) -> float:
    if source <= 0.5:
        return _multiply(backdrop, 2 * source)
    return _screen(backdrop, 2 * source - 1)


def _overlay(backdrop: float, source: float) -> float:
    return _hard_light(source, backdrop)


def _soft_light(backdrop: float, source: float) -> float:
    if source <= 0.5:
        return backdrop - (1 - 2 * source) * backdrop * (1 - backdrop)
    if backdrop <= 0.25:
        lit = ((16 * backdrop - 12) * backdrop + 4) * backdrop
    else:
        lit = math.sqrt(backdrop)
    return backdrop + (2 * source - 1) * (lit - backdrop)


def _dodge(backdrop: float, source: float) -> float:
    if backdrop == 0:
        return 0.0
    return 1.0 if source == 1 else min(1.0, backdrop / (1 - source))


def _burn(backdrop: float, source: float) -> float:
    if backdrop == 1:
        return 1.0
    return 0.0 if source == 0 else 1 - min(1.0, (1 - backdrop) / source)


def _difference(backdrop: float, source: float) -> float:
    return abs(backdrop - source)


def _exclusion(backdrop: float, source: float) -> float:
    return backdrop + source - 2 * backdrop * source


SEPARABLE: Final[dict[BlendMode, Mixing]] = {
    BlendMode.MULTIPLY: _multiply,
    BlendMode.SCREEN: _screen,
    BlendMode.OVERLAY: _overlay,
    BlendMode.DARKEN: min,
    BlendMode.LIGHTEN: max,
    BlendMode.DODGE: _dodge,
    BlendMode.BURN: _burn,
    BlendMode.HARDLIGHT: _hard_light,
    BlendMode.SOFTLIGHT: _soft_light,
    BlendMode.DIFFERENCE: _difference,
    BlendMode.EXCLUSION: _exclusion,
}
"""The modes that mix each channel by itself."""

LUMA: Final = (0.3, 0.59, 0.11)
"""The weights of red, green and blue in the luminosity of a colour."""
