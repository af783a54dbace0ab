"""Decides whether a result can have transparent pixels, and composites colours."""

from typing import Final

from origin_lambda.url.params.fill import Fill
from origin_lambda.url.transform import Transform
from origin_lambda.url.values import Colour, FillMode

_OPAQUE: Final = 255


def can_be_transparent(transform: Transform, *, before_background: bool) -> bool:
    """Return whether pixels of the result can be transparent, if its format has alpha.

    *before_background*: whether the picture or its canvas has transparent pixels.
    """
    if transform.shape.transparency:
        return False
    remains = before_background and not _is_opaque(transform.background.colour)
    return remains or _cuts(transform)


def _cuts(transform: Transform) -> bool:
    """Return whether a mask or a border with round corners leaves transparent pixels."""
    shape = transform.shape
    has_round_border = shape.border is not None and shape.border_radius is not None
    return has_round_border or (shape.mask is not None and not _is_opaque(shape.mask_colour))


def is_filling_transparent(fill: Fill) -> bool:
    """Return whether what fills the box beside an opaque picture can have transparent pixels."""
    if fill.mode is FillMode.SOLID:
        return not _is_opaque(fill.colour)
    if fill.mode is not FillMode.GRADIENT:
        return False
    return not all(map(_is_opaque, fill.gradient_colours or ()))


def _is_opaque(colour: Colour | None) -> bool:
    return colour is not None and colour.alpha == _OPAQUE


def composite(upper: Colour, lower: Colour) -> Colour:
    """Return the opaque colour of *upper* over an opaque *lower* colour."""
    red, green, blue = (
        round((above * upper.alpha + below * (_OPAQUE - upper.alpha)) / _OPAQUE)
        for above, below in zip(upper[:3], lower[:3], strict=True)
    )
    return Colour(red, green, blue)
