"""Plans a picture that is blended with the result."""

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
from origin_lambda.image.stages.layers.draw_layer import BlendLayer
from origin_lambda.url.params.blend import Blend
from origin_lambda.url.transform import Transform
from origin_lambda.url.values import Fit


def plan_blend(transform: Transform, canvas: Size, limits: Limits) -> LayerRequest | None:
    """Plan the picture that is blended with a result of the size *canvas*; None if it has none."""
    blend, dpr = transform.blend, transform.size.dpr
    if blend.layer is None or not blend.alpha:
        return None
    covers = blend.size is not None  # then there is no place to choose
    return LayerRequest(
        "blend",
        blend.layer,
        _fit_blend(blend, canvas, dpr),
        None,
        limits,
        Drawing(
            BlendLayer,
            canvas,
            frozenset() if covers else blend.align,
            round(blend.padding * dpr),
            None if covers else scale_offset(blend.x, dpr),
            None if covers else scale_offset(blend.y, dpr),
            blend.alpha / PERCENT,
            blend.mode,
        ),
    )


def _fit_blend(blend: Blend, canvas: Size, dpr: float) -> Transform:
    """Return the transform that makes the layer from its original."""
    transform = PLAIN_LAYER
    if blend.crop:
        transform = transform.replace("cropping", crop=blend.crop)
    if blend.size:
        width, height = canvas
        return transform.replace("size", width=width, height=height, fit=Fit.CROP, enlarge=True)
    if blend.width is None and blend.height is None:
        return transform
    return transform.replace(
        "size",
        width=to_pixels(blend.width, canvas.width, dpr),
        height=to_pixels(blend.height, canvas.height, dpr),
        fit=blend.fit,
        enlarge=blend.fit is not Fit.MAX,
    )
