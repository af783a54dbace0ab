"""Mixes two colours in a colour space, as CSS gradients do (CSS Color Level 4, section 12).

Hues take the shorter way around the circle. A colour without a hue, such as grey, takes that of the
other one.
"""

import colorsys
import math
from collections.abc import Callable
from typing import Final

from origin_lambda.image.colour.curve import to_gamma, to_linear
from origin_lambda.image.colour.oklab import from_oklab, to_oklab
from origin_lambda.url.values import Colour, ColourSpace

Coordinates = tuple[float, float, float]

_MAX: Final = 255

_MIN_CHROMA: Final = 1e-4
"""A colour with less saturation or chroma has no hue."""


def mix(first: Colour, last: Colour, share: float, space: ColourSpace) -> Colour:
    """Return a colour between two: *share* is 0 for the first and 1 for the last."""
    encode, decode, hue = _SPACES[space]
    start, end = encode(_to_unit(first)), encode(_to_unit(last))
    if hue is not None:
        start, end = _align_hues(start, end, hue)
    mixed = decode(tuple(_blend(a, b, share) for a, b in zip(start, end, strict=True)))  # type: ignore[arg-type]  # reason: three coordinates
    red, green, blue = (round(min(1.0, max(0.0, part)) * _MAX) for part in mixed)
    return Colour(red, green, blue, round(_blend(first.alpha, last.alpha, share)))


def _blend(first: float, last: float, share: float) -> float:
    return first + (last - first) * share


def _to_unit(colour: Colour) -> Coordinates:
    return colour.red / _MAX, colour.green / _MAX, colour.blue / _MAX


class _Hue:
    """Where a space has its hue (in turns), and where its saturation or chroma."""

    def __init__(self, at: int, chroma: int) -> None:
        self.at, self.chroma = at, chroma


def _align_hues(start: Coordinates, end: Coordinates, hue: _Hue) -> tuple[Coordinates, Coordinates]:
    """Return both with hues at most half a turn apart."""
    first, last = start[hue.at], end[hue.at]
    if start[hue.chroma] < _MIN_CHROMA:
        first = last
    if end[hue.chroma] < _MIN_CHROMA:
        last = first
    last += round(first - last)
    return _replace(start, hue.at, first), _replace(end, hue.at, last)


def _replace(values: Coordinates, at: int, value: float) -> Coordinates:
    first, second, third = (value if place == at else old for place, old in enumerate(values))
    return first, second, third


def _keep(values: Coordinates) -> Coordinates:
    return values


def _encode_light(values: Coordinates) -> Coordinates:
    red, green, blue = map(to_linear, values)
    return red, green, blue


def _decode_light(values: Coordinates) -> Coordinates:
    red, green, blue = (to_gamma(max(0.0, value)) for value in values)
    return red, green, blue


def _encode_oklab(values: Coordinates) -> Coordinates:
    red, green, blue = (round(value * _MAX) for value in values)
    return to_oklab(red, green, blue)


def _decode_oklab(values: Coordinates) -> Coordinates:
    return _decode_light(from_oklab(*values))


def _encode_hsl(values: Coordinates) -> Coordinates:
    hue, lightness, saturation = colorsys.rgb_to_hls(*values)
    return hue, saturation, lightness


def _decode_hsl(values: Coordinates) -> Coordinates:
    hue, saturation, lightness = values
    return colorsys.hls_to_rgb(hue % 1, lightness, saturation)


def _encode_lch(values: Coordinates) -> Coordinates:
    """Return Oklab's lightness, chroma and hue: its hues are even where CIE's blue is not."""
    lightness, a, b = _encode_oklab(values)
    return lightness, math.hypot(a, b), math.atan2(b, a) / math.tau


def _decode_lch(values: Coordinates) -> Coordinates:
    lightness, chroma, hue = values
    angle = hue * math.tau
    return _decode_oklab((lightness, chroma * math.cos(angle), chroma * math.sin(angle)))


_Conversion = Callable[[Coordinates], Coordinates]

_SPACES: Final[dict[ColourSpace, tuple[_Conversion, _Conversion, _Hue | None]]] = {
    ColourSpace.SRGB: (_keep, _keep, None),
    ColourSpace.LINEAR: (_encode_light, _decode_light, None),
    ColourSpace.OKLAB: (_encode_oklab, _decode_oklab, None),
    ColourSpace.HSL: (_encode_hsl, _decode_hsl, _Hue(0, 1)),
    ColourSpace.LCH: (_encode_lch, _decode_lch, _Hue(2, 1)),
}
