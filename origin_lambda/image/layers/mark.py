"""Plans a watermark."""

import dataclasses

from origin_lambda.image.geometry import Size
from origin_lambda.image.layers.request import (
    PERCENT,
    PLAIN_LAYER,
    Drawing,
    LayerRequest,
    scale_offset,
    to_pixels,
)
from origin_lambda.image.probe import Limits
from origin_lambda.image.stages.layers.draw_layer import DrawMark
from origin_lambda.url.params.mark import Mark
from origin_lambda.url.transform import Transform
from origin_lambda.url.values import Fit, RotationType


def plan_mark(transform: Transform, canvas: Size, limits: Limits) -> LayerRequest | None:
    """Plan the watermark on a result of the size *canvas*; None if it has none.

    The watermark is never larger than the result.
    """
    mark, dpr = transform.mark, transform.size.dpr
    is_too_small = canvas.width < mark.min_width or canvas.height < mark.min_height
    if mark.layer is None or is_too_small or not mark.alpha:
        return None
    return LayerRequest(
        "mark",
        mark.layer,
        _fit_mark(mark, canvas, dpr),
        PLAIN_LAYER.replace("rotation", angle=mark.angle, type=RotationType.PIVOT)
        if mark.angle
        else None,
        dataclasses.replace(
            limits, side=max(canvas), pixels_out=min(limits.pixels_out, canvas.pixels)
        ),
        Drawing(
            DrawMark,
            canvas,
            mark.align,
            round(mark.padding * dpr),
            scale_offset(mark.x, dpr),
            scale_offset(mark.y, dpr),
            mark.alpha / PERCENT,
            is_tile=mark.tile is not None,
        ),
    )


def _fit_mark(mark: Mark, canvas: Size, dpr: float) -> Transform:
    """Return the transform that makes the watermark from its original."""
    if mark.scale is not None:
        width = max(1, round(canvas.width * mark.scale / PERCENT))
        return PLAIN_LAYER.replace("size", width=width, enlarge=True)
    if mark.width is None and mark.height is None:
        room = (max(1, side - 2 * round(mark.padding * dpr)) for side in canvas)
        width, height = room
        return PLAIN_LAYER.replace("size", width=width, height=height, fit=Fit.MAX)
    width_or_none = to_pixels(mark.width, canvas.width, dpr)
    height_or_none = to_pixels(mark.height, canvas.height, dpr)
    return PLAIN_LAYER.replace(
        "size",
        width=width_or_none and min(width_or_none, canvas.width),
        height=height_or_none and min(height_or_none, canvas.height),
        fit=mark.fit,
        enlarge=mark.fit is not Fit.MAX,
    )
