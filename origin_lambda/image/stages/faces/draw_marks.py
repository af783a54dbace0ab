"""Draws what decided a crop."""

from dataclasses import dataclass
from typing import ClassVar, Self

from origin_lambda.image.geometry import Extent
from origin_lambda.image.raster import Bounds, R
from origin_lambda.image.stages.stage import Scene, round_box
from origin_lambda.image.subjects import shows_marks
from origin_lambda.url.transform import Transform


@dataclass(frozen=True, slots=True)
class DrawMarks:
    """Draw a cross at the *focus*, and a frame around each of the *boxes*, in pixels.

    It is the last stage, so that no other one changes or hides the marks.
    """

    parameters: ClassVar[tuple[str, ...]] = ("fp-debug",)

    focus: tuple[int, int] | None
    boxes: tuple[Bounds, ...]

    @classmethod
    def plan(cls, transform: Transform, scene: Scene) -> Self | None:
        if not shows_marks(transform):
            return None
        layout, placement = scene.layout, scene.layout.placement
        left, top = placement.offset
        boxes = (
            round_box(face.box, placement.scaled, (left, top)) for face in layout.subjects.faces
        )
        focus = None
        if placement.focus:
            region, scaled = placement.region, Extent(*placement.scaled)
            x = (placement.focus[0] - region.left) * scaled.width / region.extent.width
            y = (placement.focus[1] - region.top) * scaled.height / region.extent.height
            focus = round(x) + left, round(y) + top
        marks = tuple(box for box in boxes if box)
        return cls(focus, marks) if focus or marks else None

    def apply(self, raster: R) -> R:
        return raster.draw_marks(self.focus, self.boxes)
