"""Reads the numbers of a stage from a plan, with defaults for a stage without work."""

import dataclasses
import functools
from typing import Final, TypeVar

from PIL import Image, ImageChops

from origin_lambda.adapters.pillow.raster import PillowRaster
from origin_lambda.image.geometry import Box, Size
from origin_lambda.image.plan import Plan
from origin_lambda.image.probe import Facts, Limits
from origin_lambda.image.raster import Frame
from origin_lambda.image.sample import apply_sample, plan_sample
from origin_lambda.image.stages.effects.blur import Blur
from origin_lambda.image.stages.resize import Resize
from origin_lambda.image.stages.stage import Stage
from origin_lambda.url.inquiry import needs_sample
from origin_lambda.url.transform import Transform

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


def resolve_by_samples(transform: Transform, facts: Facts) -> list[Transform]:
    """Return what a transform becomes for two small pictures: an opaque one, and one with alpha.

    Their borders have some noise and a soft edge, so that each number of `trim` changes something.
    """
    if not needs_sample(transform):
        return [transform]
    planned = dataclasses.replace(plan_sample(transform, facts, Limits()), out=_SAMPLE)
    rasters = (PillowRaster(image.copy()) for image in _draw_samples())
    return [apply_sample(transform, planned, [Frame(raster)]) for raster in rasters]


_SAMPLE: Final = Size(48, 36)


@functools.cache
def _draw_samples() -> tuple[Image.Image, Image.Image]:
    ramp = Image.linear_gradient("L").resize((24, 18)).convert("RGB")
    opaque = Image.new("RGB", _SAMPLE, (250, 250, 250))
    noise = bytes(index * index * 31 % 13 for index in range(_SAMPLE.pixels))
    opaque = ImageChops.subtract(opaque, Image.frombytes("L", _SAMPLE, noise).convert("RGB"))
    opaque.paste(Image.blend(ramp, Image.new("RGB", ramp.size, (250, 250, 250)), 0.9), (9, 6))
    opaque.paste(ramp.resize((18, 12)), (12, 9))
    alpha = opaque.convert("RGBA")
    alpha.putalpha(Image.radial_gradient("L").resize(_SAMPLE).point([255 - v for v in range(256)]))
    return opaque, alpha
