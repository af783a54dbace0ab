"""Hides faces: blurs them, or shows them in blocks."""

from dataclasses import dataclass
from typing import ClassVar, Final, Self

from origin_lambda.image.geometry import Box
from origin_lambda.image.raster import Bounds, R
from origin_lambda.image.stages.stage import Scene, round_box
from origin_lambda.url.transform import Transform

_UNITS: Final = 400
"""The value of `face-blur` for which sigma would be the longest side of the face."""

_MIN_SIDE: Final = 2
"""A block of one pixel would change nothing."""

_MARGIN: Final = 0.15
"""How far beyond its box a face is hidden, in shares of the box, which ends at the eyebrows."""


@dataclass(frozen=True, slots=True)
class HiddenFace:
    """A face to hide: its *box*, and the *sigma* of its blur, 0 for none."""

    box: Bounds
    sigma: float


@dataclass(frozen=True, slots=True)
class HideFaces:
    """Blur each face, then show it in blocks of *side* pixels, if that is not 0.

    It precedes the other effects, which would sharpen or recolour what is hidden, but show no more
    of it. An oblique rotation precedes it, so boxes are upright.
    """

    parameters: ClassVar[tuple[str, ...]] = ("face-blur", "face-pixel")

    faces: tuple[HiddenFace, ...]
    side: int

    @classmethod
    def plan(cls, transform: Transform, scene: Scene) -> Self | None:
        asked, size = transform.faces, scene.layout.placement.scaled
        if not (asked.blur or asked.pixellate):
            return None
        side = round(asked.pixellate * transform.size.dpr)
        faces = tuple(
            HiddenFace(box, asked.blur * max(face.box.extent) / _UNITS)
            for face in scene.layout.subjects.faces
            if (box := round_box(_enlarge(face.box), size))
        )
        return cls(faces, max(side, _MIN_SIDE) if asked.pixellate else 0) if faces else None

    def apply(self, raster: R) -> R:
        for face in self.faces:
            part = raster.crop(face.box)
            if face.sigma:
                part = part.blur(face.sigma)
            if self.side:
                part = part.pixellate(self.side)
            raster = raster.paste(part, face.box[:2])
        return raster


def _enlarge(box: Box) -> Box:
    width, height = box.extent
    x, y = width * _MARGIN, height * _MARGIN
    return Box(box.left - x, box.top - y, box.right + x, box.bottom + y)
