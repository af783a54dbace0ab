"""Faces for tests, and a detector that finds them everywhere."""

from dataclasses import dataclass
from typing import Any, Final

from origin_lambda.image.analysis.faces import Face, Features
from origin_lambda.image.analysis.measure import FocalPoint
from origin_lambda.image.geometry import Box

FACE: Final = Face(
    Box(0.5, 0.25, 0.7, 0.55),
    0.9,
    Features(FocalPoint(0.55, 0.35), FocalPoint(0.65, 0.35), FocalPoint(0.6, 0.5)),
)
SMALL_FACE: Final = Face(Box(0.05, 0.1, 0.15, 0.25), 0.7)


@dataclass(frozen=True)
class FixedDetector:
    """Finds the same faces in every picture; none by default."""

    faces: tuple[Face, ...] = ()

    def detect(self, raster: Any) -> tuple[Face, ...]:
        return self.faces


class BrokenDetector:
    """Fails on every picture."""

    def detect(self, raster: Any) -> tuple[Face, ...]:
        message = "no memory for the model"
        raise MemoryError(message)
