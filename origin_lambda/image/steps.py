"""What is done to pixels, one function each, in the order of the tuple at the end.

A step decides nothing: it does what the plan says, or hands the raster on untouched.
"""

from collections.abc import Callable
from typing import Any, Final

from origin_lambda.image.geometry import Box
from origin_lambda.image.plan import Plan
from origin_lambda.image.raster import R

Step = Callable[[R, Plan], R]


def resize(raster: R, plan: Plan) -> R:
    """Cut the planned box out and scale it; first, so that all the rest is done to few pixels."""
    if raster.size == plan.scaled and plan.box == Box(0, 0, *plan.scaled):
        return raster
    return raster.resize(plan.box, plan.scaled)


def upright(raster: R, plan: Plan) -> R:
    """Turn and mirror into the viewer's axes; the box was planned so that this can wait."""
    return raster if plan.upright == 1 else raster.transpose(plan.upright)


def colour(raster: R, plan: Plan) -> R:
    """Convert to sRGB; before anything is left free or painted: paints are sRGB colours."""
    del plan
    return raster.to_srgb()


def tilt(raster: R, plan: Plan) -> R:
    """Turn by the rest of the angle; after the resize, since an affine map does not average."""
    return (
        raster
        if plan.tilt is None
        else raster.transform_affine(plan.tilt.matrix, plan.tilt.size, has_gaps=plan.tilt.corners)
    )


def stretch(raster: R, plan: Plan) -> R:
    """Continue the edges outwards; before padding, which goes around them."""
    if plan.stretched is None:
        return raster
    return raster.extend_edges(plan.stretched.size, plan.stretched.offset)


def place(raster: R, plan: Plan) -> R:
    """Leave room around the picture, still transparent: one step fills all that is."""
    return raster if plan.canvas is None else raster.extend(plan.canvas.size, plan.canvas.offset)


def flatten(raster: R, plan: Plan) -> R:
    """Paint the background behind it all; last, so that nothing transparent comes after."""
    return raster if plan.background is None else raster.flatten(plan.background)


STEPS: Final[tuple[Step[Any], ...]] = (resize, upright, colour, tilt, stretch, place, flatten)
