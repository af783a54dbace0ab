"""The sizes of results, computed from the size of an original as the origin does."""

from typing import Final

from origin_lambda.errors import BadValue
from origin_lambda.html.site import Parameters
from origin_lambda.image.formats import Kind
from origin_lambda.image.geometry import Size
from origin_lambda.image.layout import plan_geometry
from origin_lambda.image.probe import Facts, Limits
from origin_lambda.url.grammar import parse
from origin_lambda.url.transform import TABLE, Transform
from origin_lambda.url.urls import build_url
from origin_lambda.url.values import Fit

_LIMITS: Final = Limits()
_FILLING: Final = frozenset({Fit.CROP, Fit.FILL, Fit.FILLMAX, Fit.SCALE, Fit.CLAMP})
"""Fits whose result has the shape of the box, however small the original is."""


def parse_parameters(parameters: Parameters) -> Transform:
    """Return the transform of parameters.

    Raises:
        BadValue, ValueError: a parameter is refused, or does not exist.

    """
    given = {name: value for name, value in parameters.items() if value is not None}
    _, _, query = build_url("https://host", "key", **given).partition("?")
    return TABLE.drop_ineffective(parse("/key", query).transform)


def compute_size(parameters: Parameters, original: Size | None) -> Size | None:
    """Return the size of a result in pixels, or None if it depends on an unknown original.

    *original* is the size that a viewer sees, turned by its EXIF orientation.
    """
    transform = parse_parameters(parameters)
    if original is not None:
        try:
            return plan_geometry(transform, Facts(Kind.JPEG, original), _LIMITS).placement.canvas
        except BadValue:  # these parameters do not fit this original
            return None
    size = transform.size
    width, height, ratio = size.width, size.height, size.ratio
    if size.fit not in _FILLING or not all(
        isinstance(side, int | None) for side in (width, height)
    ):
        return None
    if width and height:
        return Size(int(width), int(height))  # type: ignore[arg-type]  # reason: checked above
    return None if ratio is None else _from_ratio(width, height, ratio)


def _from_ratio(width: object, height: object, ratio: float) -> Size | None:
    if isinstance(width, int):
        return Size(width, max(1, round(width / ratio)))
    if isinstance(height, int):
        return Size(max(1, round(height * ratio)), height)
    return None
