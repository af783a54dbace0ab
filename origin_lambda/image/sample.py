"""Looks at a small copy of the picture, and replaces what depends on its pixels by numbers.

A plan sees no pixels. So `trim` becomes a `rect`, and `auto=enhance` becomes adjustments, before
the plan is made. The copy is the same for each size of result, so that all have the same crop.
"""

from collections.abc import Sequence
from typing import Final

from origin_lambda.image.enhance import choose_adjustments
from origin_lambda.image.formats import Kind
from origin_lambda.image.geometry import Extent
from origin_lambda.image.layout import locate_rect
from origin_lambda.image.mips import Mip
from origin_lambda.image.plan import Plan, plan
from origin_lambda.image.probe import Facts, Limits
from origin_lambda.image.raster import Frame, R
from origin_lambda.image.trimming import Precision, find_content, place_content
from origin_lambda.url.transform import Transform
from origin_lambda.url.values import Auto, Fit, Format, Rect

SIDE: Final = 1024
"""The longest side of the copy in pixels: a mip of 1280 serves it."""

_JPEG_NOISE: Final = 8
"""The difference from a flat colour that a JPEG can have near an edge, in levels."""

_LINE: Final = frozenset({"brightness", "contrast"})
"""Adjustments that only make sense together."""


def plan_sample(
    transform: Transform, facts: Facts, limits: Limits, mips: tuple[Mip, ...] = ()
) -> Plan:
    """Plan the small copy: the `rect` of the original, in the viewer's axes, with all its frames.

    Raises:
        BadValue: the `rect` begins outside the original.

    """
    sample = Transform().replace("size", width=SIDE, height=SIDE, fit=Fit.MAX)
    sample = sample.replace("cropping", rect=transform.cropping.rect)
    sample = sample.replace("rotation", orient=transform.rotation.orient)
    return plan(sample.replace("output", format=Format.WEBP), facts, limits, mips)


def apply_sample(transform: Transform, planned: Plan, frames: Sequence[Frame[R]]) -> Transform:
    """Return a transform without `trim` and `auto=enhance`, with what its sample says instead.

    *planned* is the plan of the sample, and *frames* are its frames.
    """
    if transform.trim.mode is not None:
        transform = _trim(transform, planned, frames)
    if Auto.ENHANCE in transform.output.auto:
        transform = _enhance(transform, frames[0].raster)
    return transform


def _trim(transform: Transform, planned: Plan, frames: Sequence[Frame[R]]) -> Transform:
    region = locate_rect(transform, Extent(*planned.original))
    size = region.extent.whole
    precision = Precision(
        noise=_JPEG_NOISE if planned.decoding.kind is Kind.JPEG else 0.0,
        is_reduced=planned.out != size,
    )
    content = find_content([frame.raster for frame in frames], transform.trim, precision)
    trimmed = transform.replace("trim", mode=None)
    if content is None:
        return trimmed
    left, top, right, bottom = place_content(content, planned.out, size, transform.trim.padding)
    rect = Rect(int(region.left) + left, int(region.top) + top, right - left, bottom - top)
    return trimmed.replace("cropping", rect=rect)


def _enhance(transform: Transform, raster: R) -> Transform:
    chosen = choose_adjustments(raster.count_tones())
    adjust = transform.adjust
    if adjust.brightness or adjust.contrast:
        chosen = {name: value for name, value in chosen.items() if name not in _LINE}
    kept = {name: value for name, value in chosen.items() if not getattr(adjust, name)}
    enhanced = transform.replace("adjust", **kept) if kept else transform
    return enhanced.replace("output", auto=transform.output.auto - {Auto.ENHANCE})
