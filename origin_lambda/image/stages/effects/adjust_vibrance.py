"""Adjusts vibrance: the saturation of pale colours."""

from dataclasses import dataclass
from typing import ClassVar, Self

from origin_lambda.image.colour.matrix import saturation
from origin_lambda.image.raster import ChannelMatrix, R
from origin_lambda.image.stages.stage import Scene
from origin_lambda.url.transform import Transform


@dataclass(frozen=True, slots=True)
class AdjustVibrance:
    """Change the saturation of each colour by a *matrix*, the less the more saturated it is.

    It follows the tones and precedes `MixColours`, which can leave no colours. It needs a pass of
    its own, because no matrix treats pale and strong colours differently.
    """

    parameters: ClassVar[tuple[str, ...]] = ("vib",)

    matrix: ChannelMatrix

    @classmethod
    def plan(cls, transform: Transform, scene: Scene) -> Self | None:
        percent = transform.adjust.vibrance
        return cls(saturation(1 + percent / 100)) if percent else None

    def apply(self, raster: R) -> R:
        return raster.mix_channels_of_pale_colours(self.matrix)
