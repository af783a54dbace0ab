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
from origin_lambda.image.framing import Framing, framed
from origin_lambda.image.geometry import (
    QUARTERS,
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

_MIRRORS: Final = {
    None: Dihedral(),
    Flip.HORIZONTAL: Dihedral(mirror_x=True),
    Flip.VERTICAL: Dihedral(mirror_y=True),
    Flip.BOTH: Dihedral(mirror_x=True, mirror_y=True),
}
_QUARTER: Final = 90

Matrix = tuple[float, float, float, float, float, float]


@dataclass(frozen=True, slots=True)
class Tilt:
    """An oblique turn: its result's *size*, and the affine *matrix* (a, b, c, d, e, f).

    The result's point (x, y) shows the source's (ax + by + c, dx + ey + f). *corners* says
    whether some of those lie outside the source.
    """

    size: Size
    corners: bool
    matrix: Matrix


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
    framing: Framing


def laid_out(transform: Transform, facts: Facts, limits: Limits) -> Layout:
    """Return the geometry of a transform of an original.

    Raises:
        BadValue: the parameters do not fit each other, or the original.

    """
    orientation = Dihedral.from_exif(transform.orient or facts.orientation)
    original = orientation.turned(facts.size)
    rect = _rect(transform, Extent(*original))
    quarters = round(transform.rotation / _QUARTER)
    degrees = transform.rotation - _QUARTER * quarters
    turn = _MIRRORS[transform.flip].then(QUARTERS[quarters % len(QUARTERS)])
    frame = Extent(*turn.turned(rect.extent.whole))
    picture = _picture(transform, frame, degrees)
    framing = framed(transform, picture, limits)
    region, scaled, tilt = framing.region, framing.scaled, None
    if degrees:
        region, scaled = _whole_frame(frame, framing)
        matrix = _matrix(Extent(*scaled), frame, picture, framing, degrees)
        pivots = transform.rotation_type is RotationType.PIVOT
        tilt = Tilt(framing.scaled, corners=pivots, matrix=matrix)
    placed = turn.undo(region, frame).moved(rect.left, rect.top)
    upright = orientation.then(turn)
    return Layout(
        original=original,
        box=orientation.undo(placed, Extent(*original)),
        scaled=upright.turned(scaled),
        upright=upright,
        tilt=tilt,
        framing=framing,
    )


def _rect(transform: Transform, original: Extent) -> Box:
    """Return the part of the original to work on, in whole pixels; cut off at its edges."""
    if transform.rect is None:
        return Box(0, 0, *original)
    x, y, width, height = transform.rect
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
    pivots = transform.rotation_type is RotationType.PIVOT
    return bounding(frame, degrees) if pivots else straightened(frame, degrees)


def _whole_frame(frame: Extent, framing: Framing) -> tuple[Box, Size]:
    """Return the frame and its size at the result's scale: a tilt may need any part of it.

    It is never enlarged here: the tilt interpolates, and a sliver may ask for a giant.
    """
    region = framing.region.extent
    factor = max(framing.scaled.width / region.width, framing.scaled.height / region.height)
    return Box(0, 0, *frame), frame.scaled(min(factor, 1)).whole


def _matrix(
    source: Extent, frame: Extent, picture: Extent, framing: Framing, degrees: float
) -> Matrix:
    """Return the map from the result, over the tilted picture, to the *source* of the frame.

    With y downwards, turning the content counter-clockwise takes (x, y) from
    (x cos - y sin, x sin + y cos), both from the middle.
    """
    cos, sin = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    region = framing.region
    step_x = region.extent.width / framing.scaled.width
    step_y = region.extent.height / framing.scaled.height
    from_x, from_y = region.left - picture.width / 2, region.top - picture.height / 2
    scale_x, scale_y = source.width / frame.width, source.height / frame.height
    return (
        scale_x * cos * step_x,
        -scale_x * sin * step_y,
        scale_x * (frame.width / 2 + cos * from_x - sin * from_y),
        scale_y * sin * step_x,
        scale_y * cos * step_y,
        scale_y * (frame.height / 2 + sin * from_x + cos * from_y),
    )
