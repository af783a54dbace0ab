"""Decides when an SVG is rasterised, and at which size it is drawn.

An SVG scales in the browser, so it is answered as SVG (sanitised) as long as the answer is the
whole picture in its own shape. Everything else needs pixels. This is the only place with that rule.
"""

from typing import Final

from origin_lambda.image.geometry import Extent, Size
from origin_lambda.image.probe import Limits
from origin_lambda.url.transform import Transform
from origin_lambda.url.values import Auto, Fit, Format

MAX_DRAWN_PIXELS: Final = 4_000_000
"""Most pixels of a drawing: the rasteriser then needs at most 100 MB, filters included."""

_PLAIN: Final = Transform()
_WITHOUT_PIXELS: Final = frozenset(
    {"size", "output", "details", "animation", "information", "delivery"}
)
"""The groups of parameters that do not need pixels by themselves."""

_SHAPE_KEEPING: Final = frozenset({Fit.CLIP, Fit.MAX})


def is_kept_as_svg(transform: Transform) -> bool:
    """Return whether an SVG original is answered as SVG.

    It is if the transform only has sizes that keep the picture's shape, `auto=format`, a quality,
    details of raster files, or parameters of delivery. `max-bytes`, a raster format or any other
    parameter needs pixels, unless `rasterize-bypass` forbids that.
    """
    if transform.delivery.keeps_svg:
        return True
    if transform.details.max_bytes:
        return False
    if isinstance(transform.output.format, Format) or transform.output.auto - {Auto.FORMAT}:
        return False
    if transform.size.fit not in _SHAPE_KEEPING and _has_box(transform):
        return False
    return all(
        getattr(transform, name) == getattr(_PLAIN, name)
        for name in Transform.__dataclass_fields__
        if name not in _WITHOUT_PIXELS
    )


def _has_box(transform: Transform) -> bool:
    """Whether both sides of the box are given: with one side, each fit works as `clip`."""
    size = transform.size
    sides = (
        size.width or size.min_width or size.max_width,
        size.height or size.min_height or size.max_height,
    )
    return None not in sides or (bool(size.ratio) and sides != (None, None))


def allow_any_size(transform: Transform) -> Transform:
    """Return the transform for an SVG: larger than its natural size is no loss.

    `fit=max` is `clip` then: canonical forms drop it where `enlarge` is not given.
    """
    fit = Fit.CLIP if transform.size.fit is Fit.MAX else transform.size.fit
    return transform.replace("size", enlarge=True, fit=fit)


def limit_drawn_size(needed: Size | Extent, limits: Limits) -> Size:
    """Return the size to draw at: the *needed* one, or the largest of its shape that is allowed."""
    pixels = needed.width * needed.height
    factor = min(
        1.0,
        (MAX_DRAWN_PIXELS / pixels) ** 0.5,
        limits.side / max(needed),
    )
    return Extent(*needed).scale(factor).whole
