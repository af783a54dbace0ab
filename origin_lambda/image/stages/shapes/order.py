"""The stages of borders and masks, in their order. Most requests need none of them.

The docstring of each stage gives the reason for its place.
"""

from typing import Final

from origin_lambda.image.stages.shapes.cut_shape import CutShape
from origin_lambda.image.stages.shapes.draw_border import DrawBorder
from origin_lambda.image.stages.shapes.draw_grid import DrawGrid
from origin_lambda.image.stages.stage import Stage

SHAPES: Final[tuple[type[Stage], ...]] = (DrawBorder, CutShape, DrawGrid)
