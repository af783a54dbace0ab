"""Adjusts tones: exposure, gamma, highlights, shadows, brightness and contrast."""

from dataclasses import dataclass
from typing import ClassVar, Self

from origin_lambda.image.colour.curve import Curve, tone_curve
from origin_lambda.image.raster import R
from origin_lambda.image.stages.stage import Scene
from origin_lambda.url.transform import Transform


@dataclass(frozen=True, slots=True)
class AdjustTones:
    """Map the samples of each channel by one *curve*, however many adjustments it has.

    It comes first among the adjustments, so that all others work on the final tones.
    """

    parameters: ClassVar[tuple[str, ...]] = ("exp", "gam", "shad", "high", "bri", "con")

    curve: Curve

    @classmethod
    def plan(cls, transform: Transform, scene: Scene) -> Self | None:
        curve = tone_curve(transform.adjust)
        return cls(curve) if curve else None

    def apply(self, raster: R) -> R:
        return raster.map_tones(self.curve)
