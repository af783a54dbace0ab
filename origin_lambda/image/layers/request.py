"""Describes a layer: which original, its size on the result, and how it is drawn."""

from dataclasses import dataclass
from typing import Final, NamedTuple

from origin_lambda.image.geometry import Size
from origin_lambda.image.probe import Limits
from origin_lambda.image.raster import R
from origin_lambda.image.stages.layers.draw_layer import DrawLayer
from origin_lambda.url.transform import Transform
from origin_lambda.url.values import Align, BlendMode, Format, Layer, Length, Share

PERCENT: Final = 100

PLAIN_LAYER: Final = Transform().replace("output", format=Format.PNG)
"""A layer as it is, in a format that has alpha."""


@dataclass(frozen=True, slots=True)
class Drawing:
    """How a layer is drawn on a *canvas*. Lengths are in pixels of the result.

    *x* and *y* place its upper left corner; where one is None, *align* places it, at a distance of
    *padding* from the edges. *is_tile*: it is repeated over the whole canvas, with *padding*
    between its copies. *stage* is the class of the stage that draws it.
    """

    stage: type[DrawLayer]
    canvas: Size
    align: frozenset[Align]
    padding: int
    x: int | None
    y: int | None
    opacity: float
    mode: BlendMode = BlendMode.NORMAL
    is_tile: bool = False

    def bind(self, layer: R) -> DrawLayer:
        """Return the stage that draws the raster of the layer."""
        width, height = layer.size
        if self.is_tile:
            step = (width + self.padding, height + self.padding)
            return self.stage(layer, (0, 0), self.opacity, self.mode, step)
        return self.stage(layer, self.place(layer.size), self.opacity, self.mode)

    def place(self, layer: Size) -> tuple[int, int]:
        """Return where the upper left corner of a layer is that is not repeated."""
        across = (Align.RIGHT in self.align) - (Align.LEFT in self.align)
        down = (Align.BOTTOM in self.align) - (Align.TOP in self.align)
        x = self._align(across, self.canvas.width, layer.width) if self.x is None else self.x
        y = self._align(down, self.canvas.height, layer.height) if self.y is None else self.y
        return x, y

    def _align(self, direction: int, side: int, layer: int) -> int:
        """Return an offset; *direction* is -1 for the start, 0 for the middle, 1 for the end."""
        if direction == 0:
            return (side - layer) // 2
        return self.padding if direction < 0 else side - layer - self.padding


class LayerRequest(NamedTuple):
    """A *layer* that *param* names.

    The transform *fitted* gives it its size, within *limits*; *turned* then rotates it.
    """

    param: str
    layer: Layer
    fitted: Transform
    turned: Transform | None
    limits: Limits
    drawing: Drawing


def scale_offset(offset: int | None, dpr: float) -> int | None:
    """Return an offset in pixels of the result; None if it is not given."""
    return None if offset is None else round(offset * dpr)


def to_pixels(length: Length | None, side: int, dpr: float) -> int | None:
    """Return a length in pixels of the result; a share is one of *side*."""
    if length is None:
        return None
    return max(1, round(length.of(side) if isinstance(length, Share) else length * dpr))
