"""Reduces noise."""

from dataclasses import dataclass
from typing import ClassVar, Final, Self

from origin_lambda.image.raster import R
from origin_lambda.image.stages.stage import Scene
from origin_lambda.url.transform import Transform

_DEFAULT: Final = 20
"""imgix's default of both parameters, if one of them is given."""

_MAX_DIFFERENCE: Final = 50.0
"""At `nr=100` a difference of this many levels still counts as noise."""


@dataclass(frozen=True, slots=True)
class ReduceNoise:
    """Smooth differences below *threshold* levels, and then sharpen by an *amount*.

    It follows the colours, which can amplify noise, and precedes the other stages that mix
    neighbouring pixels, so that sharpening does not amplify noise.
    """

    parameters: ClassVar[tuple[str, ...]] = ("nr", "nrs")

    threshold: float
    amount: float

    @classmethod
    def plan(cls, transform: Transform, scene: Scene) -> Self | None:
        bound, sharpness = transform.adjust.noise_bound, transform.adjust.noise_sharpness
        if bound is None and sharpness is None:
            return None
        bound = _DEFAULT if bound is None else bound
        sharpness = _DEFAULT if sharpness is None else sharpness
        if bound <= 0:
            return None
        return cls(bound / 100 * _MAX_DIFFERENCE, max(0, sharpness) / 100)

    def apply(self, raster: R) -> R:
        smooth = raster.smooth(self.threshold)
        return smooth.sharpen(self.amount) if self.amount else smooth
