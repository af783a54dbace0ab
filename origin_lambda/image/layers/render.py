"""Renders layers, and adds them to the plan of a result."""

import dataclasses
from collections.abc import Callable, Iterable
from typing import Final

from origin_lambda.errors import CalotypeError
from origin_lambda.image.derive import render
from origin_lambda.image.formats import Kind
from origin_lambda.image.geometry import Size
from origin_lambda.image.layers.blend import plan_blend
from origin_lambda.image.layers.mark import plan_mark
from origin_lambda.image.layers.request import LayerRequest
from origin_lambda.image.pipeline import insert_stage, run_stages
from origin_lambda.image.plan import Plan, plan
from origin_lambda.image.probe import Facts, Limits
from origin_lambda.image.raster import Codec, R
from origin_lambda.image.stages.layers.draw_layer import DrawLayer
from origin_lambda.stopwatch import Stopwatch
from origin_lambda.url.layers import parse_layer
from origin_lambda.url.transform import Transform
from origin_lambda.url.values import Format

PlanPicture = Callable[[Transform, Limits], tuple[Plan, bytes]]
"""Returns the plan of an original, and the file that the plan decodes."""

_PLAIN: Final = Transform()


def list_layers(transform: Transform, canvas: Size, limits: Limits) -> list[LayerRequest]:
    """Return the layers of a result of the size *canvas*, in the order in which they are drawn."""
    planned = (each(transform, canvas, limits) for each in (plan_blend, plan_mark))
    return [layer for layer in planned if layer]


def render_layer(
    request: LayerRequest, plan_picture: PlanPicture, codec: Codec[R], watch: Stopwatch
) -> R:
    """Return the raster of a layer. Of an animation it is the first frame.

    Raises:
        CalotypeError: the layer cannot be rendered; the error names its parameter.

    """
    try:
        own = parse_layer(request.layer, request.param)
        first, *steps = list_steps(own, request)
        planned, data = plan_picture(first, request.limits)
        raster = render(data, planned, codec, watch)[0].raster
        for step in steps:
            raster = _change(raster, step, request.limits, watch)
    except CalotypeError as error:
        error.param = request.param
        raise
    return raster


def list_steps(own: Transform, request: LayerRequest) -> list[Transform]:
    """Return the transforms of a layer, in their order: its own one, its size, its rotation."""
    steps = (
        [request.fitted]
        if own == _PLAIN
        else [own.replace("output", format=Format.PNG), request.fitted]
    )
    return [*steps, request.turned] if request.turned else steps


def _change(raster: R, transform: Transform, limits: Limits, watch: Stopwatch) -> R:
    """Return a raster with one more transform applied to it."""
    facts = Facts(Kind.PNG, raster.size, alpha=raster.has_alpha)
    return run_stages(plan(transform, facts, limits).stages, raster, watch)


def add_layers(planned: Plan, drawn: Iterable[DrawLayer]) -> Plan:
    """Return a plan that also draws layers."""
    stages = planned.stages
    for stage in drawn:
        stages = insert_stage(stages, stage)
    return dataclasses.replace(planned, stages=stages, is_unchanged=False)
