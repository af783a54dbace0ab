"""Fits a picture into the box that a transform asks for: one rule for each `fit`.

Sizes are those that imgix documents, with two differences: nothing is enlarged unless the transform
asks for it, and a box over the limits gives the largest result within them. If a side of the box
is missing, every fit works as `clip`.
"""

import math
from dataclasses import dataclass
from typing import NamedTuple

from origin_lambda.errors import BadValue
from origin_lambda.image.geometry import Box, Extent, Size, place_anchored, place_centred
from origin_lambda.image.probe import Limits
from origin_lambda.image.subjects import CROPPING, NO_SUBJECTS, Point, Subjects, select_faces
from origin_lambda.url.transform import Transform
from origin_lambda.url.values import Crop, Fit, Length, Share


@dataclass(frozen=True, slots=True)
class Padding:
    """Padding on each side, in pixels."""

    top: int
    right: int
    bottom: int
    left: int

    @property
    def across(self) -> int:
        """Left and right together."""
        return self.left + self.right

    @property
    def down(self) -> int:
        """Top and bottom together."""
        return self.top + self.bottom


@dataclass(frozen=True, slots=True)
class Placement:
    """How a picture fits its box.

    The *region* of the picture is resized to the size *scaled*, which lies centred in the *box*,
    with *padding* around it. *fills_box* says whether something else fills the rest of the box: the
    picture's edges (`fit=clamp`), or what `fill` asks for. *focus* is the point of the picture that
    decided the crop, if there is one. All sizes are in pixels.
    """

    region: Box
    scaled: Size
    box: Size
    padding: Padding
    fills_box: bool = False
    focus: Point | None = None

    @property
    def canvas(self) -> Size:
        """The size of the whole result."""
        return Size(self.box.width + self.padding.across, self.box.height + self.padding.down)

    @property
    def spare(self) -> tuple[int, int]:
        """Free pixels of the box, on the left and at the top."""
        return (
            (self.box.width - self.scaled.width) // 2,
            (self.box.height - self.scaled.height) // 2,
        )

    @property
    def covered(self) -> Size:
        """The size of the part that shows the picture or what fills the box."""
        return self.box if self.fills_box else self.scaled

    @property
    def has_filling(self) -> bool:
        """Whether a part of the box shows what fills it, beside the picture."""
        return self.fills_box and self.box != self.scaled

    @property
    def has_gaps(self) -> bool:
        """Whether a part of the canvas shows neither the picture nor what fills the box."""
        return self.covered != self.canvas

    @property
    def offset(self) -> tuple[int, int]:
        """The offset of the covered part in the canvas."""
        x, y = (0, 0) if self.fills_box else self.spare
        return x + self.padding.left, y + self.padding.top


@dataclass(frozen=True, slots=True)
class TargetBox:
    """The box to fit into, in pixels without padding; None is an open side."""

    width: float | None
    height: float | None


def fit_to_box(
    transform: Transform, picture: Extent, limits: Limits, subjects: Subjects = NO_SUBJECTS
) -> Placement:
    """Return how a *picture* (its size in the viewer's axes) fits the box of a transform.

    *subjects* are what it shows, in its pixels.

    Raises:
        BadValue: the padding leaves no room for the picture.

    """
    padding = _compute_padding(transform)
    target = _compute_target_box(transform, picture, padding)
    canvas_limits = _CanvasLimits(padding, limits)
    fitted = _fit(_Fitting(transform, picture, target, canvas_limits, subjects))
    region, scaled, box, focus = fitted
    fit, fill = transform.size.fit, transform.fill
    fills_box = fit is Fit.CLAMP or (fit in {Fit.FILL, Fit.FILLMAX} and fill.is_visible)
    return Placement(region, scaled, box or scaled, padding, fills_box, focus)


def _compute_padding(transform: Transform) -> Padding:
    background = transform.background
    sides = (
        background.pad_top,
        background.pad_right,
        background.pad_bottom,
        background.pad_left,
    )
    return Padding(
        *(
            math.floor((background.pad if side is None else side) * transform.size.dpr + 0.5)
            for side in sides
        )
    )


def _compute_target_box(transform: Transform, picture: Extent, padding: Padding) -> TargetBox:
    width = _to_pixels(transform.size.width, picture.width, transform.size.dpr)
    height = _to_pixels(transform.size.height, picture.height, transform.size.dpr)
    if transform.size.ratio and transform.size.fit not in {Fit.CLIP, Fit.MAX}:
        width, height = _apply_ratio(width, height, transform.size.ratio, picture)
    width, height = _apply_bounds(transform, width, height, picture)
    return TargetBox(
        _subtract_padding(width, padding.across), _subtract_padding(height, padding.down)
    )


def _subtract_padding(side: float | None, padding: int) -> float | None:
    if side is None:
        return None
    room = max(side, 1) - padding
    if room < 1:
        raise _no_room_error()
    return room


def _no_room_error() -> BadValue:
    return BadValue("pad accepts no more than leaves room for the picture", param="pad")


def _to_pixels(length: Length | None, side: float, dpr: float) -> float | None:
    if length is None:
        return None
    return dpr * (length.of(side) if isinstance(length, Share) else length)


def _apply_ratio(
    width: float | None, height: float | None, ratio: float, picture: Extent
) -> tuple[float, float]:
    """Return both sides of the box; the ratio gives a missing side, but never changes two sides."""
    if width and height:
        return width, height
    if width is None:
        width = height * ratio if height else min(picture.width, picture.height * ratio)
    return width, height or width / ratio


def _apply_bounds(
    transform: Transform, width: float | None, height: float | None, picture: Extent
) -> tuple[float | None, float | None]:
    """Limit the box to `min-*` and `max-*`; an open side stays open unless it breaks a limit."""
    asked = transform.size
    floor_x, floor_y = ((low or 0) * asked.dpr for low in (asked.min_width, asked.min_height))
    ceiling_x, ceiling_y = (
        (high or math.inf) * asked.dpr for high in (asked.max_width, asked.max_height)
    )
    natural = picture.scale(
        min(
            (side / of for side, of in zip((width, height), picture, strict=True) if side),
            default=1,
        )
    )
    clips = asked.fit in {Fit.CLIP, Fit.MAX}
    if width is None and natural.width < floor_x:
        width, height = floor_x, None if clips else height
    elif height is None and natural.height < floor_y:
        width, height = None if clips else width, floor_y
    if width or natural.width > ceiling_x:
        width = min(max(width or math.inf, floor_x), ceiling_x)
    if height or natural.height > ceiling_y:
        height = min(max(height or math.inf, floor_y), ceiling_y)
    return width, height


@dataclass(frozen=True, slots=True)
class _CanvasLimits:
    """The limits of a canvas with this padding."""

    padding: Padding
    limits: Limits

    def shrink_to_fit(self, extent: Extent) -> Size:
        """Return *extent* in whole pixels, or the largest size of its shape within the limits."""
        across, down = self.padding.across, self.padding.down
        limits = self.limits
        if max(across, down) >= limits.side or across * down >= limits.pixels_out:
            raise _no_room_error()
        whole = extent.whole
        if self._holds(whole):
            return whole
        # (w f + across)(h f + down) = pixels, solved for f.
        squared = extent.width * extent.height
        linear = extent.width * down + extent.height * across
        constant = across * down - limits.pixels_out
        factor = min(
            (limits.side - across) / extent.width,
            (limits.side - down) / extent.height,
            (math.sqrt(linear * linear - 4 * squared * constant) - linear) / (2 * squared),
        )
        largest = Size(*(max(1, math.floor(side * factor)) for side in extent))
        if not self._holds(largest):
            raise _no_room_error()
        return largest

    def _holds(self, size: Size) -> bool:
        canvas = Size(size.width + self.padding.across, size.height + self.padding.down)
        return max(canvas) <= self.limits.side and canvas.pixels <= self.limits.pixels_out


class _Scaling(NamedTuple):
    """A region of the picture, and the size it is resized to.

    *box* is the size around it, if that is larger; *focus* is as in `Placement`.
    """

    region: Box
    scaled: Size
    box: Size | None = None
    focus: Point | None = None


class _Fitting(NamedTuple):
    """What a fit is computed from."""

    transform: Transform
    picture: Extent
    target: TargetBox
    canvas_limits: _CanvasLimits
    subjects: Subjects


def _fit(fitting: _Fitting) -> _Scaling:
    transform, picture, target, canvas_limits, subjects = fitting
    fit = transform.size.fit
    if fit is Fit.FACEAREA and subjects.faces:
        return _show_faces(fitting)
    if target.width is None or target.height is None or fit in {Fit.CLIP, Fit.MAX}:
        return _clip(transform, Box(0, 0, *picture), target, canvas_limits)
    box = Extent(target.width, target.height)
    if fit in CROPPING:
        return _crop(fitting, box)
    canvas = canvas_limits.shrink_to_fit(box)
    whole = Box(0, 0, *picture)
    if fit is Fit.SCALE:
        return _Scaling(whole, canvas)
    factor = min(canvas.width / picture.width, canvas.height / picture.height)
    if fit is Fit.FILLMAX or (fit is Fit.FILL and not transform.size.enlarge):
        factor = min(factor, 1)
    return _Scaling(whole, picture.scale(factor).whole, canvas)


def _clip(
    transform: Transform, region: Box, target: TargetBox, canvas_limits: _CanvasLimits
) -> _Scaling:
    """Return the whole region, as large as fits the box."""
    factors = [
        side / whole
        for side, whole in zip((target.width, target.height), region.extent, strict=True)
        if side is not None
    ]
    factor = min(factors, default=1.0)
    enlarges = transform.size.enlarge or transform.size.fit in {Fit.SCALE, Fit.CLAMP}
    if transform.size.fit is Fit.MAX or not enlarges:
        factor = min(factor, 1)
    return _Scaling(region, canvas_limits.shrink_to_fit(region.extent.scale(factor)))


def _show_faces(fitting: _Fitting) -> _Scaling:
    """Return the area of the faces, extended to the shape of the box if that has both sides."""
    from origin_lambda.image.windows import find_area, find_middle, place_by_faces

    transform, picture, target, canvas_limits, subjects = fitting
    faces = select_faces(transform, subjects.faces)
    area = find_area(picture, faces, transform.faces.padding)
    if target.width is None or target.height is None:
        return _clip(transform, area, target, canvas_limits)
    box = Extent(target.width, target.height)
    factor = max(area.extent.width / box.width, area.extent.height / box.height)
    largest = min(picture.width / box.width, picture.height / box.height)
    region = box.scale(min(factor, largest))
    if factor > largest:
        place = place_by_faces(picture, region, faces)
    else:
        x, y = find_middle(area)
        place = place_centred(picture, region, x / picture.width, y / picture.height)
    return _Scaling(place, _scale_crop(transform, box, min(factor, largest), canvas_limits))


def _scale_crop(
    transform: Transform, box: Extent, factor: float, canvas_limits: _CanvasLimits
) -> Size:
    """Return the size of a crop that has *factor* times the pixels of the box a side."""
    enlarges = transform.size.enlarge and transform.size.fit in {Fit.CROP, Fit.FACEAREA}
    return canvas_limits.shrink_to_fit(box if enlarges else box.scale(min(factor, 1)))


def _crop(fitting: _Fitting, box: Extent) -> _Scaling:
    """Return a part of the box's shape; a small picture gives fewer pixels than the box has."""
    transform, picture, _, canvas_limits, subjects = fitting
    strategies = transform.cropping.crop
    factor = min(picture.width / box.width, picture.height / box.height)
    if Crop.FACES in strategies and subjects.faces:
        from origin_lambda.image.windows import place_by_faces  # few requests need it

        faces = select_faces(transform, subjects.faces)
        region = place_by_faces(picture, box.scale(factor), faces)
        return _Scaling(region, _scale_crop(transform, box, factor, canvas_limits))
    focus = _find_focus(transform, picture, subjects)
    if Crop.FOCALPOINT in strategies:
        factor /= transform.cropping.focal_zoom
    window = box.scale(factor)
    scaled = _scale_crop(transform, box, factor, canvas_limits)
    if focus is None:
        region = place_anchored(picture, window, *_anchor_position(strategies))
    else:
        x, y = focus
        region = place_centred(picture, window, x / picture.width, y / picture.height)
    return _Scaling(region, scaled, None, focus)


def _find_focus(transform: Transform, picture: Extent, subjects: Subjects) -> Point | None:
    """Return the point to keep in view: the first that a strategy of the transform finds."""
    strategies = transform.cropping.crop
    own = (transform.cropping.focal_x, transform.cropping.focal_y)
    if Crop.FOCALPOINT in strategies and own != (None, None):
        x, y = (0.5 if share is None else share for share in own)
        return x * picture.width, y * picture.height
    found = {
        Crop.FOCALPOINT: subjects.focal_point,
        Crop.ENTROPY: subjects.entropy,
        Crop.EDGES: subjects.edges,
    }
    return next((point for each, point in found.items() if each in strategies and point), None)


def _anchor_position(sides: frozenset[Crop]) -> tuple[float, float]:
    """Return the crop's position in the spare room, 0 to 1 each way; opposite sides cancel out."""
    x = 0.5 + 0.5 * ((Crop.RIGHT in sides) - (Crop.LEFT in sides))
    y = 0.5 + 0.5 * ((Crop.BOTTOM in sides) - (Crop.TOP in sides))
    return x, y
