"""Reads the numbers of a stage from a plan, with defaults for a stage without work."""

from typing import TypeVar

from origin_lambda.image.geometry import Box, Size
from origin_lambda.image.plan import Plan
from origin_lambda.image.stages.blur import Blur
from origin_lambda.image.stages.resize import Resize
from origin_lambda.image.stages.stage import Stage

S = TypeVar("S", bound=Stage)


def find_stage(plan: Plan, stage: type[S]) -> S | None:
    """Return the planned work of a stage, or None if it has no work."""
    return next((planned for planned in plan.stages if isinstance(planned, stage)), None)


def planned_box(plan: Plan) -> Box:
    """Return the box of decoded pixels that the plan keeps."""
    resize = find_stage(plan, Resize)
    return resize.box if resize else Box(0, 0, *plan.decoded)


def planned_size(plan: Plan) -> Size:
    """Return the size after the resize."""
    resize = find_stage(plan, Resize)
    return resize.size if resize else plan.decoded


def planned_undersampling(plan: Plan) -> float:
    """Return how many times fewer pixels a side suffice because of a blur."""
    blur = find_stage(plan, Blur)
    return max(1.0, blur.sigma) if blur else 1.0
