"""The stages that fill the box beside the picture. Most requests need none of them.

The docstring of each stage gives the reason for its place.
"""

from typing import Final

from origin_lambda.image.stages.fills.extend_edges import ExtendEdges
from origin_lambda.image.stages.fills.fill_box import FillBox
from origin_lambda.image.stages.stage import Stage

FILLS: Final[tuple[type[Stage], ...]] = (ExtendEdges, FillBox)
