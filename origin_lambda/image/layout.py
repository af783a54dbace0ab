"""Plans a transform's geometry: which pixels of an original a result comes from.

There are four systems of axes. An original's pixels are *stored* in the first. Its orientation
turns them into the viewer's axes (*upright*), where `rect` is cropped. `flip` and the quarter turns
of `rot` give the *frame*. The rest of the angle is an oblique *rotation*, and what it leaves of the
frame is the *picture*, which is fitted to the box. This module maps the result back through all of
them, so that one resize from a box of stored pixels does the work.
"""

import math
from dataclasses import dataclass
from typing import Final

from origin_lambda.errors import BadValue
from origin_lambda.image.framing import Placement, fit_to_box
from origin_lambda.image.geometry import (
    QUARTERS,
    Affine,
    Box,
    Dihedral,
    Extent,
    Size,
    bounds_of_rotated,
    largest_inside_rotated,
)
from origin_lambda.image.probe import Facts, Limits
from origin_lambda.url.transform import Transform
from origin_lambda.url.values import Flip, Length, Place, RotationType, Share

PARAMETERS: Final = ("orient", "rect", "trim", "flip", "rot", "fit", "crop")
"""The parameters of geometry in the order of their effect. `trim` becomes a `rect` before the plan.

The stages `resize`, `orient` and `rotate` apply all of them together, in an order of their own.
"""

_MIRRORS: Final = {
    None: Dihedral(),
    Flip.HORIZONTAL: Dihedral(mirror_x=True),
    Flip.VERTICAL: Dihedral(mirror_y=True),
    Flip.BOTH: Dihedral(mirror_x=True, mirror_y=True),
}
_QUARTER: Final = 90


@dataclass(frozen=True, slots=True)
class ObliqueRotation:
    """A rotation by less than a quarter turn; its result has this *size* in pixels.

    *matrix* maps points of the result to the source. *has_gaps* says whether some of them lie
    outside the source.
    """

    size: Size
    has_gaps: bool
    matrix: Affine


@dataclass(frozen=True, slots=True)
class Layout:
    """The geometry of a result.

    A *box* of stored pixels is resized to the size *scaled* (in stored axes too), turned *upright*
    and rotated; then the *placement* says where it lies in the result. *original* is the original's
    size in the viewer's axes. *upright* combines `orient`, `flip` and quarter turns.
    """

    original: Size
    box: Box
    scaled: Size
    upright: Dihedral
    rotation: ObliqueRotation | None
    placement: Placement

    @property
    def has_gaps(self) -> bool:
        """Whether a part of the result does not show the picture."""
        return self.placement.has_gaps or (self.rotation is not None and self.rotation.has_gaps)


@dataclass(frozen=True, slots=True)
class _Axes:
    """The systems of axes from the stored pixels to the picture: see the module."""

    orientation: Dihedral
    original: Size
    rect: Box
    turn: Dihedral
    frame: Extent
    degrees: float
    picture: Extent


def plan_geometry(transform: Transform, facts: Facts, limits: Limits) -> Layout:
    """Plan the geometry of a transform of an original.

    Raises:
        BadValue: the parameters do not fit each other, or the original.

    """
    axes = _compute_axes(transform, facts)
    placement = fit_to_box(transform, axes.picture, limits)
    region, scaled, rotation = placement.region, placement.scaled, None
    if axes.degrees:
        region, scaled = _scale_frame(axes.frame, placement)
        matrix = _compute_matrix(Extent(*scaled), axes, placement)
        pivots = transform.rotation.type is RotationType.PIVOT
        rotation = ObliqueRotation(placement.scaled, has_gaps=pivots, matrix=matrix)
    placed = axes.turn.inverse_box(region, axes.frame).move(axes.rect.left, axes.rect.top)
    upright = axes.orientation.compose(axes.turn)
    return Layout(
        original=axes.original,
        box=axes.orientation.inverse_box(placed, Extent(*axes.original)),
        scaled=upright.map_size(scaled),
        upright=upright,
        rotation=rotation,
        placement=placement,
    )


def map_to_picture(
    point: tuple[float, float], transform: Transform, facts: Facts
) -> tuple[float, float]:
    """Return the position in the picture of a point of the upright original.

    Points are shares (0 to 1) from the upper left. A point outside the picture, because of `rect`
    or a rotation, is moved to the picture's nearest edge.

    Raises:
        BadValue: the parameters do not fit the original.

    """
    axes = _compute_axes(transform, facts)
    x, y = Dihedral.from_exif(facts.orientation).inverse.compose(axes.orientation).map_point(*point)
    within = axes.rect.extent
    x = (x * axes.original.width - axes.rect.left) / within.width
    y = (y * axes.original.height - axes.rect.top) / within.height
    x, y = axes.turn.map_point(x, y)
    across, down = (x - 0.5) * axes.frame.width, (y - 0.5) * axes.frame.height
    cos, sin = _cos_sin(axes.degrees)
    x = 0.5 + (across * cos + down * sin) / axes.picture.width
    y = 0.5 + (down * cos - across * sin) / axes.picture.height
    return min(max(x, 0.0), 1.0), min(max(y, 0.0), 1.0)


def _compute_axes(transform: Transform, facts: Facts) -> _Axes:
    orientation = Dihedral.from_exif(transform.rotation.orient or facts.orientation)
    original = orientation.map_size(facts.size)
    rect = locate_rect(transform, Extent(*original))
    quarters = round(transform.rotation.angle / _QUARTER)
    degrees = transform.rotation.angle - _QUARTER * quarters
    turn = _MIRRORS[transform.rotation.flip].compose(QUARTERS[quarters % len(QUARTERS)])
    frame = Extent(*turn.map_size(rect.extent.whole))
    picture = _picture_extent(transform, frame, degrees)
    return _Axes(orientation, original, rect, turn, frame, degrees, picture)


def locate_rect(transform: Transform, original: Extent) -> Box:
    """Return the rectangle of the original to use, in whole pixels, cropped to its edges.

    Raises:
        BadValue: it begins outside the original.

    """
    if transform.cropping.rect is None:
        return Box(0, 0, *original)
    x, y, width, height = transform.cropping.rect
    left, right = _locate_span(x, width, original.width)
    top, bottom = _locate_span(y, height, original.height)
    return Box(left, top, right, bottom)


def _locate_span(start: Length | Place, length: Length, side: float) -> tuple[float, float]:
    wide = max(1, min(_to_whole_pixels(length, side), side))
    if isinstance(start, Place):
        first = math.floor((side - wide) / (1 if start is Place.END else 2))
    else:
        first = _to_whole_pixels(start, side)
    if first >= side:
        message = "rect accepts a rectangle that begins inside the original"
        raise BadValue(message, param="rect")
    return first, min(first + wide, side)


def _to_whole_pixels(length: Length, side: float) -> int:
    return math.floor((length.of(side) if isinstance(length, Share) else length) + 0.5)


def _picture_extent(transform: Transform, frame: Extent, degrees: float) -> Extent:
    if not degrees:
        return frame
    pivots = transform.rotation.type is RotationType.PIVOT
    return bounds_of_rotated(frame, degrees) if pivots else largest_inside_rotated(frame, degrees)


def _scale_frame(frame: Extent, placement: Placement) -> tuple[Box, Size]:
    """Return the frame and its size at the result's scale: a rotation can need any part of it.

    It is never enlarged here, since the rotation interpolates: enlarging a narrow strip could need
    a giant picture.
    """
    region = placement.region.extent
    factor = max(placement.scaled.width / region.width, placement.scaled.height / region.height)
    return Box(0, 0, *frame), frame.scale(min(factor, 1)).whole


def _cos_sin(degrees: float) -> tuple[float, float]:
    """Return the cosine and the sine of an angle.

    The y axis points down. If the content turns counter-clockwise, the pixel at (x, y) comes from
    (x cos - y sin, x sin + y cos), both measured from the middle.
    """
    return math.cos(math.radians(degrees)), math.sin(math.radians(degrees))


def _compute_matrix(source: Extent, axes: _Axes, placement: Placement) -> Affine:
    """Return the map from the result, through the rotated picture, to the *source* of the frame."""
    cos, sin = _cos_sin(axes.degrees)
    frame, picture, region = axes.frame, axes.picture, placement.region
    step_x = region.extent.width / placement.scaled.width
    step_y = region.extent.height / placement.scaled.height
    from_x, from_y = region.left - picture.width / 2, region.top - picture.height / 2
    scale_x, scale_y = source.width / frame.width, source.height / frame.height
    return Affine(
        scale_x * cos * step_x,
        -scale_x * sin * step_y,
        scale_x * (frame.width / 2 + cos * from_x - sin * from_y),
        scale_y * sin * step_x,
        scale_y * cos * step_y,
        scale_y * (frame.height / 2 + sin * from_x + cos * from_y),
    )
