"""Faces of an original, and the port that finds them."""

import math
from dataclasses import dataclass
from typing import Final, Protocol, TypeVar

from origin_lambda.image.analysis.measure import FocalPoint
from origin_lambda.image.geometry import Box, Size
from origin_lambda.image.raster import Raster

R_contra = TypeVar("R_contra", bound=Raster, contravariant=True)

MAX_FACES: Final = 20
"""How many faces a record names; each takes about 150 bytes of it."""


@dataclass(frozen=True, slots=True)
class Features:
    """Points of a face in shares of the upright picture; left and right are the person's own."""

    right_eye: FocalPoint
    left_eye: FocalPoint
    mouth: FocalPoint


@dataclass(frozen=True, slots=True)
class Face:
    """A face: its *box* in shares (0 to 1) of the upright picture, and its *score* (0 to 1).

    The box reaches from the eyebrows to the chin. A face that the owner set has the score 1, and no
    features.
    """

    box: Box
    score: float = 1.0
    features: Features | None = None

    def weigh(self, size: Size) -> float:
        """Return the face's weight in a picture of this size: score times mean side in pixels."""
        width, height = self.box.scale(*size).extent
        return self.score * math.sqrt(max(width, 0) * max(height, 0))


class FaceDetector(Protocol[R_contra]):
    """Finds faces once, when an original is new."""

    def detect(self, raster: R_contra) -> tuple[Face, ...]:
        """Return the faces of an upright sRGB raster, the heaviest first; at most `MAX_FACES`.

        It can raise any exception; the original is then ingested without faces.
        """
