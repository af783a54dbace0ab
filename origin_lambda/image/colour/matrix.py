"""Computes channel matrices, and composes them, so that many adjustments cost one pass.

The matrices of saturation, hue and sepia are those of CSS filters (W3C Filter Effects Module
Level 1, sections 9.3 and 12).
"""

import math
from functools import reduce
from typing import Final

from origin_lambda.image.raster import ChannelMatrix, ChannelWeights
from origin_lambda.url.values import Colour

LUMA: Final = (0.2126, 0.7152, 0.0722)
"""Weights of red, green and blue in the luma of sRGB (ITU-R BT.709-6, 3.2)."""

IDENTITY: Final[ChannelMatrix] = ((1, 0, 0, 0), (0, 1, 0, 0), (0, 0, 1, 0))
INVERSE: Final[ChannelMatrix] = ((-1, 0, 0, 255), (0, -1, 0, 255), (0, 0, -1, 255))

_SEPIA: Final[ChannelMatrix] = (
    (0.393, 0.769, 0.189, 0),
    (0.349, 0.686, 0.168, 0),
    (0.272, 0.534, 0.131, 0),
)
_WHOLE: Final = 255


def compose(*matrices: ChannelMatrix) -> ChannelMatrix:
    """Return the matrix that has the effect of all, the first one first."""
    return reduce(_follow, matrices, IDENTITY)


def mix(matrix: ChannelMatrix, strength: float) -> ChannelMatrix:
    """Return a matrix with a share of the effect: 0 changes nothing, 1 is the whole effect."""
    red, green, blue = (
        _weights(
            *(
                strength * weight + (1 - strength) * same
                for weight, same in zip(row, unchanged, strict=True)
            )
        )
        for row, unchanged in zip(matrix, IDENTITY, strict=True)
    )
    return red, green, blue


def saturation(factor: float) -> ChannelMatrix:
    """Return the matrix that multiplies the difference of each channel from luma."""
    grey: ChannelMatrix = ((*LUMA, 0),) * 3
    return mix(grey, 1 - factor)


def sepia(strength: float) -> ChannelMatrix:
    """Return the matrix that shows a picture in browns; *strength* is from 0 to 1."""
    return mix(_SEPIA, strength)


def hue_rotation(degrees: float) -> ChannelMatrix:
    """Return the matrix that rotates hues and keeps luma."""
    cosine, sine = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    red_luma, green_luma, blue_luma = LUMA
    sines = (
        (-red_luma, -green_luma, 1 - blue_luma),
        (0.143, 0.140, -0.283),
        (-(1 - red_luma), green_luma, blue_luma),
    )
    red, green, blue = (
        _weights(
            *(
                luma + cosine * ((channel == source) - luma) + sine * part
                for source, (luma, part) in enumerate(zip(LUMA, row, strict=True))
            ),
            0,
        )
        for channel, row in enumerate(sines)
    )
    return red, green, blue


def shades(black: Colour, white: Colour) -> ChannelMatrix:
    """Return the matrix that shows luma in the shades between two colours."""
    red, green, blue = (
        _weights(*((high - low) / _WHOLE * luma for luma in LUMA), low)
        for low, high in zip(black[:3], white[:3], strict=True)
    )
    return red, green, blue


def _follow(first: ChannelMatrix, second: ChannelMatrix) -> ChannelMatrix:
    red, green, blue = (
        _weights(
            *(sum(row[via] * first[via][source] for via in range(3)) for source in range(3)),
            sum(row[via] * first[via][3] for via in range(3)) + row[3],
        )
        for row in second
    )
    return red, green, blue


def _weights(*weights: float) -> ChannelWeights:
    red, green, blue, constant = weights
    return red, green, blue, constant
