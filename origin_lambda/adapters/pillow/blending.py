"""Mixes the colours of two pictures by a blend mode."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any, Final

from PIL import Image, ImageChops, ImageMath

from origin_lambda.image.colour.blending import LUMA, SEPARABLE
from origin_lambda.url.values import BlendMode

_MAX: Final = 255
_TINY: Final = 1e-3

_EXACT: Final = {
    BlendMode.MULTIPLY: ImageChops.multiply,
    BlendMode.SCREEN: ImageChops.screen,
    BlendMode.DARKEN: ImageChops.darker,
    BlendMode.LIGHTEN: ImageChops.lighter,
    BlendMode.DIFFERENCE: ImageChops.difference,
}
"""Pillow's operations that round as the formulas do. Its others are off by up to 2 of 255."""


def mix_colours(backdrop: Image.Image, source: Image.Image, mode: BlendMode) -> Image.Image:
    """Return the colours of a source over a backdrop; both are RGB and opaque."""
    if mode in _EXACT:
        return _EXACT[mode](backdrop, source)
    if mode in SEPARABLE:
        return _look_up(backdrop, source, _tabulate(mode))
    return _mix_luminosity(backdrop, source, mode)


@lru_cache(maxsize=len(SEPARABLE))
def _tabulate(mode: BlendMode) -> list[int]:
    """Return the results for all pairs of values, the source's value first."""
    mix = SEPARABLE[mode]
    shades = [shade / _MAX for shade in range(_MAX + 1)]
    return [round(mix(below, above) * _MAX) for below in shades for above in shades]


def _look_up(backdrop: Image.Image, source: Image.Image, table: list[int]) -> Image.Image:
    """Look up each channel of two pictures in a table of 256 x 256 values."""
    mixed = []
    for below, above in zip(backdrop.split(), source.split(), strict=True):
        # Two bytes that follow each other are one number of 16 bits, the lower byte first.
        pairs = Image.merge("LA", (above, below))
        numbers = Image.frombytes("I;16", pairs.size, pairs.tobytes()).convert("I")
        mixed.append(numbers.point(table, "L"))
    return Image.merge("RGB", mixed)


def _mix_luminosity(backdrop: Image.Image, source: Image.Image, mode: BlendMode) -> Image.Image:
    """Mix hue, saturation and luminosity.

    A colour is its luminosity, and a difference from it in each channel. A mode chooses the picture
    of the luminosity, that of the differences, and that of the saturation. Differences that lead
    out of the range are scaled down, which keeps luminosity and hue.
    """
    hued = source if mode in {BlendMode.COLOR, BlendMode.HUE} else backdrop
    lit = source if mode is BlendMode.LUMINOSITY else backdrop
    colours = dict(zip(_HUED, hued.split(), strict=True))
    if mode in {BlendMode.HUE, BlendMode.SATURATION}:
        saturated = backdrop if mode is BlendMode.HUE else source
        colours |= dict(zip(_SATURATED, saturated.split(), strict=True))
    parts = {
        "luminosity": _evaluate(_compute_luminosity, **dict(zip(_HUED, lit.split(), strict=True))),
        "middle": _evaluate(_compute_luminosity, **colours),
    }
    parts["scale"] = _evaluate(_compute_scale, **colours, **parts)
    channels = [_evaluate(_compute_channel, h0=band, **parts) for band in hued.split()]
    return Image.merge("RGB", [channel.convert("L") for channel in channels])


_HUED: Final = ("h0", "h1", "h2")
_SATURATED: Final = ("s0", "s1", "s2")

_Operands = dict[str, Any]
"""Pictures and functions of Pillow's ImageMath, by name."""


def _evaluate(expression: Callable[[_Operands], Any], **pictures: Image.Image) -> Image.Image:
    picture: Image.Image = ImageMath.lambda_eval(expression, **pictures)
    return picture


def _compute_luminosity(of: _Operands) -> Any:
    red, green, blue = (
        of["float"](of[name]) * weight for name, weight in zip(_HUED, LUMA, strict=True)
    )
    return red + green + blue


def _compute_scale(of: _Operands) -> Any:
    """Compute the factor for the differences: it sets the saturation and keeps the range."""
    lowest, highest = _find_range(of, _HUED)
    scale: Any = 1.0
    if _SATURATED[0] in of:
        least, most = _find_range(of, _SATURATED)
        scale = of["float"](most - least) / of["max"](highest - lowest, 1)
    below = (of["middle"] - of["float"](lowest)) * scale
    above = (of["float"](highest) - of["middle"]) * scale
    luminosity = of["luminosity"]
    down = luminosity / of["max"](below, _TINY)
    up = (_MAX - luminosity) / of["max"](above, _TINY)
    return of["min"](of["min"](down, up), 1.0) * scale


def _find_range(of: _Operands, names: tuple[str, str, str]) -> tuple[Any, Any]:
    """Return the smallest and the largest of three channels."""
    first, second, third = (of[name] for name in names)
    return (
        of["min"](of["min"](first, second), third),
        of["max"](of["max"](first, second), third),
    )


def _compute_channel(of: _Operands) -> Any:
    """Compute a channel of the result, 0.5 more than it is: converting it cuts the fraction off."""
    return of["luminosity"] + (of["float"](of["h0"]) - of["middle"]) * of["scale"] + 0.5
