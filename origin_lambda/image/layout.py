"""Where the pixels of a result come from: a transform's geometry, through every change of axes.

An original's pixels lie as *stored*; its orientation turns them into the viewer's axes
(*upright*), where `rect` is cut; `flip` and the quarter turns of `rot` give the *frame*; what is
left of the angle is the *tilt*, and the *picture* that a fit sees is what the tilt leaves of the
frame. All of it is undone here, so that one resize from a box of stored pixels does the work.
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
    bounding,
    straightened,
)
from origin_lambda.image.probe import Facts, Limits
from origin_lambda.url.transform import Transform
from origin_lambda.url.values import Flip, Length, Place, RotationType, Share

PARAMETERS: Final = ("orient", "rect", "flip", "rot", "fit", "crop")
"""The parameters of geometry in the order of their effect.

The stages `resize`, `orient` and `rotate` carry them all out together, in an order of their own.
"""

_MIRRORS: Final = {
    None: Dihedral(),
    Flip.HORIZONTAL: Dihedral(mirror_x=True),
    Flip.VERTICAL: Dihedral(mirror_y=True),
    Flip.BOTH: Dihedral(mirror_x=True, mirror_y=True),
}
_QUARTER: Final = 90


@dataclass(frozen=True, slots=True)
class Tilt:
    """An oblique turn: its result's *size*, and where in the source each point of that lies.

    *has_gaps* says whether some of those points lie outside the source.
    """

    size: Size
    has_gaps: bool
    matrix: Affine


@dataclass(frozen=True, slots=True)
class Layout:
    """A *box* of stored pixels becomes *scaled* ones (as stored too), is put *upright*, tilted.

    *original* is the original's size in the viewer's axes, *upright* a turn of all that `orient`,
    `flip` and quarter turns do.
    """

    original: Size
    box: Box
    scaled: Size
    upright: Dihedral
    tilt: Tilt | None
    placement: Placement

    @property
    def has_gaps(self) -> bool:
        """Whether some of the result shows nothing of the picture."""
        return self.placement.has_gaps or (self.tilt is not None and self.tilt.has_gaps)


@dataclass(frozen=True, slots=True)
class _Axes:
    """The way from the stored pixels to the picture: see the module."""

    orientation: Dihedral
    original: Size
    rect: Box
    turn: Dihedral
    frame: Extent
    degrees: float
    picture: Extent


def plan_geometry(transform: Transform, facts: Facts, limits: Limits) -> Layout:
    """Return the geometry of a transform of an original.

    Raises:
        BadValue: the parameters do not fit each other, or the original.

    """
    axes = _axes(transform, facts)
    placement = fit_to_box(transform, axes.picture, limits)
    region, scaled, tilt = placement.region, placement.scaled, None
    if axes.degrees:
        region, scaled = _whole_frame(axes.frame, placement)
        matrix = _matrix(Extent(*scaled), axes, placement)
        pivots = transform.rotation.type is RotationType.PIVOT
        tilt = Tilt(placement.scaled, has_gaps=pivots, matrix=matrix)
    placed = axes.turn.inverse_box(region, axes.frame).moved(axes.rect.left, axes.rect.top)
    upright = axes.orientation.compose(axes.turn)
    return Layout(
        original=axes.original,
        box=axes.orientation.inverse_box(placed, Extent(*axes.original)),
        scaled=upright.turned(scaled),
        upright=upright,
        tilt=tilt,
        placement=placement,
    )


def in_picture(
    point: tuple[float, float], transform: Transform, facts: Facts
) -> tuple[float, float]:
    """Return where a point of the upright original lies in the picture that a fit sees.

    Points are shares (0 to 1) from the upper left. One that `rect` or a tilt leaves out lies at
    the nearest edge of the picture.

    Raises:
        BadValue: the parameters do not fit the original.

    """
    axes = _axes(transform, facts)
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


def _axes(transform: Transform, facts: Facts) -> _Axes:
    orientation = Dihedral.from_exif(transform.rotation.orient or facts.orientation)
    original = orientation.turned(facts.size)
    rect = _rect(transform, Extent(*original))
    quarters = round(transform.rotation.angle / _QUARTER)
    degrees = transform.rotation.angle - _QUARTER * quarters
    turn = _MIRRORS[transform.rotation.flip].compose(QUARTERS[quarters % len(QUARTERS)])
    frame = Extent(*turn.turned(rect.extent.whole))
    picture = _picture(transform, frame, degrees)
    return _Axes(orientation, original, rect, turn, frame, degrees, picture)


def _rect(transform: Transform, original: Extent) -> Box:
    """Return the part of the original to work on, in whole pixels; cut off at its edges."""
    if transform.cropping.rect is None:
        return Box(0, 0, *original)
    x, y, width, height = transform.cropping.rect
    left, right = _span(x, width, original.width)
    top, bottom = _span(y, height, original.height)
    return Box(left, top, right, bottom)


def _span(start: Length | Place, length: Length, side: float) -> tuple[float, float]:
    wide = max(1, min(_pixels(length, side), side))
    if isinstance(start, Place):
        first = math.floor((side - wide) / (1 if start is Place.END else 2))
    else:
        first = _pixels(start, side)
    if first >= side:
        message = "rect accepts a rectangle that begins inside the original"
        raise BadValue(message, param="rect")
    return first, min(first + wide, side)


def _pixels(length: Length, side: float) -> int:
    return math.floor((length.of(side) if isinstance(length, Share) else length) + 0.5)


def _picture(transform: Transform, frame: Extent, degrees: float) -> Extent:
    if not degrees:
        return frame
    pivots = transform.rotation.type is RotationType.PIVOT
    return bounding(frame, degrees) if pivots else straightened(frame, degrees)


def _whole_frame(frame: Extent, placement: Placement) -> tuple[Box, Size]:
    """Return the frame and its size at the result's scale: a tilt may need any part of it.

    It is never enlarged here: the tilt interpolates, and a sliver may ask for a giant.
    """
    region = placement.region.extent
    factor = max(placement.scaled.width / region.width, placement.scaled.height / region.height)
    return Box(0, 0, *frame), frame.scaled(min(factor, 1)).whole


def _cos_sin(degrees: float) -> tuple[float, float]:
    """Return the cosine and the sine of an angle.

    With y downwards, turning the content counter-clockwise by it takes (x, y) from
    (x cos - y sin, x sin + y cos), both from the middle.
    """
    return math.cos(math.radians(degrees)), math.sin(math.radians(degrees))


def _matrix(source: Extent, axes: _Axes, placement: Placement) -> Affine:
    """Return the map from the result, over the tilted picture, to the *source* of the frame."""
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
