"""Corrects red eyes."""

import math
from dataclasses import dataclass
from typing import ClassVar, Final, Self

from origin_lambda.image.geometry import Box
from origin_lambda.image.raster import Bounds, R
from origin_lambda.image.stages.stage import Scene, round_box
from origin_lambda.url.transform import Transform
from origin_lambda.url.values import Auto

_RADIUS: Final = 0.22
"""The surroundings of an eye: a circle of this radius, in distances between the eyes.

An iris has a diameter of about a fifth of that distance; the model misses its middle by as much.
"""


@dataclass(frozen=True, slots=True)
class CorrectRedEyes:
    """Make red pupils grey in the surroundings of *eyes*, boxes of whole pixels.

    It precedes all changes of colour, since it looks for the colour of blood.
    """

    parameters: ClassVar[tuple[str, ...]] = ("auto",)

    eyes: tuple[Bounds, ...]

    @classmethod
    def plan(cls, transform: Transform, scene: Scene) -> Self | None:
        if Auto.REDEYE not in transform.output.auto:
            return None
        boxes = []
        for face in scene.layout.subjects.faces:
            if len(face.eyes) != 2:
                continue
            radius = _RADIUS * math.dist(*face.eyes)
            boxes += [Box(x - radius, y - radius, x + radius, y + radius) for x, y in face.eyes]
        size = scene.layout.placement.scaled
        eyes = tuple(box for each in boxes if (box := round_box(each, size)))
        return cls(eyes) if eyes else None

    def apply(self, raster: R) -> R:
        return raster.correct_red_eyes(self.eyes)
