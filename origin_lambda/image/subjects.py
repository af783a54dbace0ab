"""What an original shows, and where that is in the picture that a crop is taken from."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from origin_lambda.image.analysis.faces import Face
from origin_lambda.image.analysis.measure import FocalPoint
from origin_lambda.image.geometry import Box, Extent
from origin_lambda.url.transform import Transform
from origin_lambda.url.values import Auto, Crop, Fit

Point = tuple[float, float]

CROPPING: Final = frozenset({Fit.CROP, Fit.MIN, Fit.FACEAREA})
"""Fits that can crop the picture."""

_MEASURED: Final = (Crop.FACES, Crop.ENTROPY, Crop.EDGES)
"""Strategies that need what ingest measured; the focal point can be in the URL."""


@dataclass(frozen=True, slots=True)
class Content:
    """What an original shows, in shares of the upright original.

    The points are None, and there are no faces, if they are unknown or if there are none.
    """

    focal_point: FocalPoint | None = None
    entropy: FocalPoint | None = None
    edges: FocalPoint | None = None
    faces: tuple[Face, ...] = ()


NO_CONTENT: Final = Content()


@dataclass(frozen=True, slots=True)
class Subject:
    """A face: its box and its *eyes* in pixels, and its weight in comparison with others.

    *eyes* is empty if they are unknown.
    """

    box: Box
    eyes: tuple[Point, ...]
    weight: float


@dataclass(frozen=True, slots=True)
class Subjects:
    """The content of a picture, in its pixels."""

    focal_point: Point | None = None
    entropy: Point | None = None
    edges: Point | None = None
    faces: tuple[Subject, ...] = ()

    def move_to(self, region: Box, scaled: Extent) -> "Subjects":
        """Return the content in the pixels of a *region* that is resized to the size *scaled*."""
        across = scaled.width / region.extent.width
        down = scaled.height / region.extent.height

        def move(point: Point) -> Point:
            return (point[0] - region.left) * across, (point[1] - region.top) * down

        def move_face(face: Subject) -> Subject:
            box = face.box.move(-region.left, -region.top).scale(across, down)
            return Subject(box, tuple(map(move, face.eyes)), face.weight)

        return Subjects(
            move(self.focal_point) if self.focal_point else None,
            move(self.entropy) if self.entropy else None,
            move(self.edges) if self.edges else None,
            tuple(map(move_face, self.faces)),
        )


NO_SUBJECTS: Final = Subjects()


def uses_focal_point(transform: Transform) -> bool:
    """Whether the result depends on the original's focal point."""
    has_own = transform.cropping.focal_x is not None or transform.cropping.focal_y is not None
    return _crops_by(transform, Crop.FOCALPOINT) and not has_own


def uses_measured_content(transform: Transform) -> bool:
    """Whether the result depends on faces, or on another strategy that ingest measured."""
    return (
        any(_crops_by(transform, strategy) for strategy in _MEASURED)
        or transform.size.fit is Fit.FACEAREA
        or bool(transform.faces.blur or transform.faces.pixellate)
        or shows_marks(transform)
        or Auto.REDEYE in transform.output.auto
    )


def shows_marks(transform: Transform) -> bool:
    """Whether the result shows what decided its crop: only a strategy can, not a side."""
    has_strategy = any(_crops_by(transform, each) for each in (Crop.FOCALPOINT, *_MEASURED))
    return transform.cropping.shows_marks and (has_strategy or transform.size.fit is Fit.FACEAREA)


def uses_content(transform: Transform) -> bool:
    """Whether the result depends on any content of the original."""
    return uses_focal_point(transform) or uses_measured_content(transform)


def _crops_by(transform: Transform, strategy: Crop) -> bool:
    return transform.size.fit in CROPPING and strategy in transform.cropping.crop


def select_faces(transform: Transform, faces: Sequence[Subject]) -> Sequence[Subject]:
    """Return the face with the number `faceindex`, or all of them."""
    index = transform.faces.index
    return faces[index - 1 : index] if index and index <= len(faces) else faces
