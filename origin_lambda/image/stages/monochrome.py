"""Shows the picture in shades of one colour."""

from dataclasses import dataclass
from typing import ClassVar, Final, Self

from origin_lambda.image.raster import ChannelMatrix, R
from origin_lambda.image.stages.stage import Scene
from origin_lambda.url.transform import Transform

_LUMA: Final = (0.2126, 0.7152, 0.0722)
"""Weights of red, green and blue in the luma of sRGB (ITU-R BT.709-6, 3.2)."""

_WHOLE: Final = 255


@dataclass(frozen=True, slots=True)
class Monochrome:
    """Replace each colour by its luma times the requested colour, whose alpha is the strength.

    It precedes the stages that mix neighbouring pixels, so that sharpening works on the final
    colours. It also precedes the background, which keeps its own colour.
    """

    parameters: ClassVar[tuple[str, ...]] = ("monochrome",)

    matrix: ChannelMatrix

    @classmethod
    def plan(cls, transform: Transform, scene: Scene) -> Self | None:
        colour = transform.stylize.monochrome
        if colour is None or not colour.alpha:
            return None
        strength = colour.alpha / _WHOLE
        red, green, blue = (
            _weights(channel, share / _WHOLE, strength) for channel, share in enumerate(colour[:3])
        )
        return cls((red, green, blue))

    def apply(self, raster: R) -> R:
        return raster.mix_channels(self.matrix)


def _weights(channel: int, share: float, strength: float) -> tuple[float, float, float, float]:
    """Return the weights of red, green, blue and a constant in a channel."""
    red, green, blue = (
        strength * share * luma + (1 - strength) * (source == channel)
        for source, luma in enumerate(_LUMA)
    )
    return red, green, blue, 0.0
