"""Changes colours: hue, saturation, monochrome, sepia, duotone and inversion."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, Final, Self

from origin_lambda.image.colour.matrix import (
    INVERSE,
    compose,
    hue_rotation,
    mix,
    saturation,
    sepia,
    shades,
)
from origin_lambda.image.raster import ChannelMatrix, R
from origin_lambda.image.stages.stage import Scene
from origin_lambda.url.transform import Transform
from origin_lambda.url.values import Colour

_BLACK: Final = Colour(0, 0, 0)
_WHOLE: Final = 255
_PERCENT: Final = 100


@dataclass(frozen=True, slots=True)
class MixColours:
    """Replace each channel by a weighted sum of all, for all changes of colour in one pass.

    It precedes the stages that mix neighbouring pixels, so that sharpening works on the final
    colours. It also precedes the background, which keeps its own colour.
    """

    parameters: ClassVar[tuple[str, ...]] = (
        "hue",
        "sat",
        "monochrome",
        "sepia",
        "duotone",
        "duotone-alpha",
        "invert",
    )

    matrix: ChannelMatrix

    @classmethod
    def plan(cls, transform: Transform, scene: Scene) -> Self | None:
        matrices = tuple(_matrices(transform))
        return cls(compose(*matrices)) if matrices else None

    def apply(self, raster: R) -> R:
        return raster.mix_channels(self.matrix)


def _matrices(transform: Transform) -> Iterator[ChannelMatrix]:
    adjust, stylize = transform.adjust, transform.stylize
    if adjust.hue % 360:
        yield hue_rotation(adjust.hue)
    if adjust.saturation:
        yield saturation(1 + adjust.saturation / _PERCENT)
    colour = stylize.monochrome
    if colour and colour.alpha:
        yield mix(shades(_BLACK, colour), colour.alpha / _WHOLE)
    if stylize.sepia:
        yield sepia(stylize.sepia / _PERCENT)
    if stylize.duotone and stylize.duotone_alpha:
        yield mix(shades(*stylize.duotone), stylize.duotone_alpha / _PERCENT)
    if adjust.invert:
        yield INVERSE
