"""Fits a picture into the box that a transform asks for: one rule for each `fit`.

Sizes are documented by imgix, but nothing is enlarged unless the transform says so, and a box
beyond the limits gives the largest result within them. With a side of the box missing, every
fit is a `clip`.
"""

import math
from dataclasses import dataclass
from typing import Final

from origin_lambda.errors import BadValue
from origin_lambda.image.geometry import Box, Extent, Size, anchored, centred
from origin_lambda.image.probe import Limits
from origin_lambda.url.transform import Transform
from origin_lambda.url.values import Crop, Fit, Length, Share

CROPPING: Final = frozenset({Fit.CROP, Fit.MIN})
"""Fits that may cut some of the picture away."""


@dataclass(frozen=True, slots=True)
class Padding:
    """Pixels to leave free on each side."""

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
    """Which *region* of a picture becomes *scaled* pixels, centred in the *box*, with *padding*.

    *extends_edges* says whether the picture's edges are repeated to fill the box.
    """

    region: Box
    scaled: Size
    box: Size
    padding: Padding
    extends_edges: bool = False

    @property
    def canvas(self) -> Size:
        """The size of it all."""
        return Size(self.box.width + self.padding.across, self.box.height + self.padding.down)

    @property
    def spare(self) -> tuple[int, int]:
        """Pixels of the box that are free on the left and on the top."""
        return (
            (self.box.width - self.scaled.width) // 2,
            (self.box.height - self.scaled.height) // 2,
        )

    @property
    def covered(self) -> Size:
        """The size of what shows something of the picture."""
        return self.box if self.extends_edges else self.scaled

    @property
    def has_gaps(self) -> bool:
        """Whether some of the canvas shows nothing of the picture."""
        return self.covered != self.canvas

    @property
    def offset(self) -> tuple[int, int]:
        """Where in the canvas the covered part lies."""
        x, y = (0, 0) if self.extends_edges else self.spare
        return x + self.padding.left, y + self.padding.top


@dataclass(frozen=True, slots=True)
class TargetBox:
    """The box to fit into, in pixels without padding; a side may be left open."""

    width: float | None
    height: float | None


def fit_to_box(transform: Transform, picture: Extent, limits: Limits) -> Placement:
    """Return how a *picture* (its size in the viewer's axes) fits what is asked for.

    Raises:
        BadValue: the padding leaves no room for the picture.

    """
    padding = _padding(transform)
    target = _target_box(transform, picture, padding)
    region, scaled, box = _fit(transform, picture, target, _Room(padding, limits))
    clamps = transform.size.fit is Fit.CLAMP
    return Placement(region, scaled, box or scaled, padding, extends_edges=clamps)


def _padding(transform: Transform) -> Padding:
    behind = transform.background
    sides = (behind.pad_top, behind.pad_right, behind.pad_bottom, behind.pad_left)
    return Padding(
        *(
            math.floor((behind.pad if side is None else side) * transform.size.dpr + 0.5)
            for side in sides
        )
    )


def _target_box(transform: Transform, picture: Extent, padding: Padding) -> TargetBox:
    width = _length(transform.size.width, picture.width, transform.size.dpr)
    height = _length(transform.size.height, picture.height, transform.size.dpr)
    if transform.size.ratio and transform.size.fit not in {Fit.CLIP, Fit.MAX}:
        width, height = _proportioned(width, height, transform.size.ratio, picture)
    width, height = _bounded(transform, width, height, picture)
    return TargetBox(_inside(width, padding.across), _inside(height, padding.down))


def _inside(side: float | None, padding: int) -> float | None:
    if side is None:
        return None
    room = max(side, 1) - padding
    if room < 1:
        raise _no_room()
    return room


def _no_room() -> BadValue:
    return BadValue("pad accepts no more than leaves room for the picture", param="pad")


def _length(length: Length | None, side: float, dpr: float) -> float | None:
    if length is None:
        return None
    return dpr * (length.of(side) if isinstance(length, Share) else length)


def _proportioned(
    width: float | None, height: float | None, ratio: float, picture: Extent
) -> tuple[float, float]:
    """Return both sides of the box, from whichever are given; both given beat the ratio."""
    if width and height:
        return width, height
    if width is None:
        width = height * ratio if height else min(picture.width, picture.height * ratio)
    return width, height or width / ratio


def _bounded(
    transform: Transform, width: float | None, height: float | None, picture: Extent
) -> tuple[float | None, float | None]:
    """Keep the box within `min-*` and `max-*`; an open side is closed only where it breaks one."""
    asked = transform.size
    floor_x, floor_y = ((low or 0) * asked.dpr for low in (asked.min_width, asked.min_height))
    ceiling_x, ceiling_y = (
        (high or math.inf) * asked.dpr for high in (asked.max_width, asked.max_height)
    )
    natural = picture.scaled(
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
class _Room:
    """What the limits leave once the padding is taken off."""

    padding: Padding
    limits: Limits

    def capped(self, extent: Extent) -> Size:
        """Return *extent* in whole pixels, or the largest of its shape that the limits allow."""
        across, down = self.padding.across, self.padding.down
        limits = self.limits
        if max(across, down) >= limits.side or across * down >= limits.pixels_out:
            raise _no_room()
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
        capped = Size(*(max(1, math.floor(side * factor)) for side in extent))
        if not self._holds(capped):
            raise _no_room()
        return capped

    def _holds(self, size: Size) -> bool:
        canvas = Size(size.width + self.padding.across, size.height + self.padding.down)
        return max(canvas) <= self.limits.side and canvas.pixels <= self.limits.pixels_out


_Scaling = tuple[Box, Size, Size | None]
"""A region of the picture, the pixels it becomes, and the box around them if that is larger."""


def _fit(transform: Transform, picture: Extent, target: TargetBox, room: _Room) -> _Scaling:
    fit = transform.size.fit
    if target.width is None or target.height is None or fit in {Fit.CLIP, Fit.MAX}:
        return _clip(transform, picture, target, room)
    box = Extent(target.width, target.height)
    if fit in CROPPING:
        return _crop(transform, picture, box, room)
    canvas = room.capped(box)
    whole = Box(0, 0, *picture)
    if fit is Fit.SCALE:
        return whole, canvas, None
    factor = min(canvas.width / picture.width, canvas.height / picture.height)
    if fit is Fit.FILLMAX or (fit is Fit.FILL and not transform.size.enlarge):
        factor = min(factor, 1)
    return whole, picture.scaled(factor).whole, canvas


def _clip(transform: Transform, picture: Extent, target: TargetBox, room: _Room) -> _Scaling:
    """Keep the whole picture, as large as fits the box."""
    factors = [
        side / whole
        for side, whole in zip((target.width, target.height), picture, strict=True)
        if side is not None
    ]
    factor = min(factors, default=1.0)
    enlarges = transform.size.enlarge or transform.size.fit in {Fit.SCALE, Fit.CLAMP}
    if transform.size.fit is Fit.MAX or not enlarges:
        factor = min(factor, 1)
    return Box(0, 0, *picture), room.capped(picture.scaled(factor)), None


def _crop(transform: Transform, picture: Extent, box: Extent, room: _Room) -> _Scaling:
    """Keep a part of the box's shape; less than the box where the picture is smaller."""
    focused = Crop.FOCALPOINT in transform.cropping.crop
    zoom = transform.cropping.focal_zoom if focused else 1.0
    factor = min(picture.width / box.width, picture.height / box.height) / zoom
    region = box.scaled(factor)
    enlarges = transform.size.enlarge and transform.size.fit is Fit.CROP
    scaled = room.capped(box if enlarges else box.scaled(min(factor, 1)))
    point = (transform.cropping.focal_x, transform.cropping.focal_y)
    if focused and point != (None, None):
        x, y = (0.5 if at is None else at for at in point)
        return centred(picture, region, x, y), scaled, None
    return anchored(picture, region, *_anchor(transform.cropping.crop)), scaled, None


def _anchor(sides: frozenset[Crop]) -> tuple[float, float]:
    """Return where the crop lies in the spare room, 0 to 1 each way; opposites cancel out."""
    x = 0.5 + 0.5 * ((Crop.RIGHT in sides) - (Crop.LEFT in sides))
    y = 0.5 + 0.5 * ((Crop.BOTTOM in sides) - (Crop.TOP in sides))
    return x, y
