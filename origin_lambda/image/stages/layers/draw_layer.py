"""Draws layers: other originals."""

from dataclasses import dataclass
from typing import Any, ClassVar, Self

from origin_lambda.image.raster import R
from origin_lambda.image.stages.stage import Scene
from origin_lambda.url.transform import Transform
from origin_lambda.url.values import BlendMode


@dataclass(frozen=True, slots=True)
class DrawLayer:
    """Draw the raster of a *layer* at *offset* over the picture, with an *opacity* from 0 to 1.

    With a *step*, the layer is repeated in both directions.
    """

    parameters: ClassVar[tuple[str, ...]] = ()

    layer: Any
    offset: tuple[int, int]
    opacity: float = 1.0
    mode: BlendMode = BlendMode.NORMAL
    step: tuple[int, int] | None = None

    @classmethod
    def plan(cls, transform: Transform, scene: Scene) -> Self | None:
        """Return None: `image/layers/` plans it, because it depends on another original."""
        return None

    def apply(self, raster: R) -> R:
        layer: R = self.layer
        if self.step:
            layer = layer.repeat(self.step, raster.size)
        return raster.draw_over(layer, self.offset, self.opacity, self.mode)


class BlendLayer(DrawLayer):
    """Blend a layer with the picture. The border and the mask follow, because they frame it."""

    __slots__ = ()

    parameters: ClassVar[tuple[str, ...]] = (
        "blend",
        "blend-mode",
        "blend-alpha",
        "blend-size",
        "blend-w",
        "blend-h",
        "blend-fit",
        "blend-crop",
        "blend-align",
        "blend-pad",
        "blend-x",
        "blend-y",
    )


class DrawMark(DrawLayer):
    """Draw a watermark. It follows the mask, so that a badge on a round picture is not cut."""

    __slots__ = ()

    parameters: ClassVar[tuple[str, ...]] = (
        "mark",
        "mark-w",
        "mark-h",
        "mark-scale",
        "mark-fit",
        "mark-rot",
        "mark-align",
        "mark-pad",
        "mark-x",
        "mark-y",
        "mark-alpha",
        "mark-tile",
        "mark-if-min-width",
        "mark-if-min-height",
    )
