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
from origin_lambda.image.analysis.faces import Face
from origin_lambda.image.formats import Kind
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
from origin_lambda.image.subjects import NO_CONTENT, Content, Point, Subject, Subjects, uses_content
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

_MIN_VISIBLE: Final = 0.5
"""The least share of a face that must be in the picture, or else it is not one of its faces."""


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
    size in the viewer's axes. *upright* combines `orient`, `flip` and quarter turns. *subjects* are
    what the result shows, in pixels of the resized picture. They are empty if nothing needs them.
    """

    original: Size
    box: Box
    scaled: Size
    upright: Dihedral
    rotation: ObliqueRotation | None
    placement: Placement
    subjects: Subjects

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


def plan_geometry(
    transform: Transform, facts: Facts, limits: Limits, content: Content = NO_CONTENT
) -> Layout:
    """Plan the geometry of a transform of an original that shows this *content*.

    Raises:
        BadValue: the parameters do not fit each other, or the original.

    """
    axes = _compute_axes(transform, facts)
    subjects = _locate(content if uses_content(transform) else NO_CONTENT, axes, facts)
    placement = fit_to_box(transform, axes.picture, limits, subjects)
    region, scaled, rotation = placement.region, placement.scaled, None
    if axes.degrees:
        most = limits.pixels_out / (axes.frame.width * axes.frame.height)
        most_scale = max(1.0, math.sqrt(most)) if facts.kind is Kind.SVG else 1.0
        region, scaled = _scale_frame(axes.frame, placement, most_scale)
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
        subjects=subjects.move_to(placement.region, Extent(*placement.scaled)),
    )


def map_to_picture(point: Point, transform: Transform, facts: Facts) -> Point:
    """Return the position in the picture of a point of the upright original.

    Points are shares (0 to 1) from the upper left. A point outside the picture, because of `rect`
    or a rotation, is moved to the picture's nearest edge.

    Raises:
        BadValue: the parameters do not fit the original.

    """
    x, y = _map_point(point, _compute_axes(transform, facts), facts)
    return min(max(x, 0.0), 1.0), min(max(y, 0.0), 1.0)


def _locate(content: Content, axes: _Axes, facts: Facts) -> Subjects:
    """Return where content is in the picture; points outside move to its nearest edge.

    Faces outside are left out.
    """

    def locate_point(point: Point | None) -> Point | None:
        if point is None:
            return None
        x, y = (min(max(share, 0.0), 1.0) for share in _map_point(point, axes, facts))
        return x * axes.picture.width, y * axes.picture.height

    faces = (_locate_face(face, axes, facts) for face in content.faces)
    return Subjects(
        locate_point(content.focal_point),
        locate_point(content.entropy),
        locate_point(content.edges),
        tuple(face for face in faces if face),
    )


def _locate_face(face: Face, axes: _Axes, facts: Facts) -> Subject | None:
    """Return the box around a face in the picture; None if less than half of it is visible."""
    left, top, right, bottom = face.box
    corners = [
        _map_point(corner, axes, facts)
        for corner in ((left, top), (right, top), (left, bottom), (right, bottom))
    ]
    columns, rows = ([corner[at] for corner in corners] for at in range(2))
    box = Box(min(columns), min(rows), max(columns), max(rows)).scale(*axes.picture)
    width = min(box.right, axes.picture.width) - max(box.left, 0.0)
    height = min(box.bottom, axes.picture.height) - max(box.top, 0.0)
    area = box.extent.width * box.extent.height
    if width <= 0 or height <= 0 or width * height < area * _MIN_VISIBLE:
        return None
    eyes = (face.features.right_eye, face.features.left_eye) if face.features else ()
    return Subject(
        box,
        tuple(
            (x * axes.picture.width, y * axes.picture.height)
            for x, y in (_map_point(eye, axes, facts) for eye in eyes)
        ),
        face.score * math.sqrt(area),
    )


def _map_point(point: Point, axes: _Axes, facts: Facts) -> Point:
    """Return the position in the picture of a point of the upright original, in shares."""
    x, y = Dihedral.from_exif(facts.orientation).inverse.compose(axes.orientation).map_point(*point)
    within = axes.rect.extent
    x = (x * axes.original.width - axes.rect.left) / within.width
    y = (y * axes.original.height - axes.rect.top) / within.height
    x, y = axes.turn.map_point(x, y)
    across, down = (x - 0.5) * axes.frame.width, (y - 0.5) * axes.frame.height
    cos, sin = _cos_sin(axes.degrees)
    x = 0.5 + (across * cos + down * sin) / axes.picture.width
    y = 0.5 + (down * cos - across * sin) / axes.picture.height
    return x, y


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


def _scale_frame(frame: Extent, placement: Placement, most: float) -> tuple[Box, Size]:
    """Return the frame and its size at the result's scale: a rotation can need any part of it.

    It is enlarged at most *most* times. Pixels are never enlarged here, since the rotation
    interpolates: enlarging a narrow strip could need a giant picture. An SVG is drawn larger.
    """
    region = placement.region.extent
    factor = max(placement.scaled.width / region.width, placement.scaled.height / region.height)
    return Box(0, 0, *frame), frame.scale(min(factor, most)).whole


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
