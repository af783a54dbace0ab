"""The stages of colours and layers, in their order.

The docstring of each stage gives the reason for its place.
"""

from typing import Final

from origin_lambda.image.stages.layers.blend_colour import BlendColour
from origin_lambda.image.stages.layers.draw_layer import BlendLayer, DrawMark
from origin_lambda.image.stages.stage import Stage

LAYERS: Final[tuple[type[Stage], ...]] = (BlendColour, BlendLayer)
WATERMARKS: Final[tuple[type[Stage], ...]] = (DrawMark,)
