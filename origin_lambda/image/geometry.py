"""The arithmetic of a plan: sizes, boxes and turns. It knows neither parameters nor pixels."""

import math
from typing import NamedTuple, Self


class Size(NamedTuple):
    """Width and height in whole pixels."""

    width: int
    height: int

    def __str__(self) -> str:
        return f"{self.width}x{self.height}"

    @property
    def pixels(self) -> int:
        """The number of pixels."""
        return self.width * self.height

    @property
    def swapped(self) -> "Size":
        """The size with width and height exchanged."""
        return Size(self.height, self.width)


class Extent(NamedTuple):
    """Width and height, not necessarily whole numbers."""

    width: float
    height: float

    def scale(self, factor: float) -> "Extent":
        """Return the extent, *factor* times as large."""
        return Extent(self.width * factor, self.height * factor)

    @property
    def whole(self) -> Size:
        """The nearest size in whole pixels, halves rounded up, at least 1x1."""
        return Size(round_side(self.width), round_side(self.height))


class Box(NamedTuple):
    """A rectangle by its edges, measured from the upper left; not necessarily whole numbers."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def extent(self) -> Extent:
        """The width and the height of the box."""
        return Extent(self.right - self.left, self.bottom - self.top)

    def move(self, x: float, y: float) -> "Box":
        """Return the box, moved by *x* to the right and *y* down."""
        return Box(self.left + x, self.top + y, self.right + x, self.bottom + y)

    def scale(self, x: float, y: float) -> "Box":
        """Return the box with its coordinates multiplied by *x* and *y*."""
        return Box(self.left * x, self.top * y, self.right * x, self.bottom * y)


class Affine(NamedTuple):
    """An affine map of the plane: (x, y) becomes (ax + by + c, dx + ey + f)."""

    a: float
    b: float
    c: float
    d: float
    e: float
    f: float


class Dihedral(NamedTuple):
    """One of the eight ways to turn and mirror: swap the axes first, then mirror each."""

    swap: bool = False
    mirror_x: bool = False
    mirror_y: bool = False

    @classmethod
    def from_exif(cls, orientation: int) -> Self:
        """Return the turn that shows a picture of this EXIF orientation (1 to 8) upright."""
        return cls(*_EXIF[orientation])

    @property
    def exif(self) -> int:
        """The EXIF orientation (1 to 8) that this turn undoes."""
        return next(code for code, turn in _EXIF.items() if turn == tuple(self))

    def compose(self, other: "Dihedral") -> "Dihedral":
        """Return this turn followed by another."""
        mirrors = (self.mirror_y, self.mirror_x) if other.swap else (self.mirror_x, self.mirror_y)
        return Dihedral(
            self.swap != other.swap, mirrors[0] != other.mirror_x, mirrors[1] != other.mirror_y
        )

    @property
    def inverse(self) -> "Dihedral":
        """The turn that undoes this one."""
        return Dihedral(self.swap, self.mirror_y, self.mirror_x) if self.swap else self

    def map_point(self, x: float, y: float) -> tuple[float, float]:
        """Return the turned position of a point, in shares (0 to 1) of a picture's sides."""
        across, down = (y, x) if self.swap else (x, y)
        return (1 - across if self.mirror_x else across), (1 - down if self.mirror_y else down)

    def map_size(self, size: Size) -> Size:
        """Return the size of a picture of this *size* after the turn."""
        return size.swapped if self.swap else size

    def inverse_box(self, box: Box, frame: Extent) -> Box:
        """Return the place before the turn of a *box* in the turned picture of size *frame*."""
        left, top, right, bottom = box
        if self.mirror_x:
            left, right = frame.width - right, frame.width - left
        if self.mirror_y:
            top, bottom = frame.height - bottom, frame.height - top
        return Box(top, left, bottom, right) if self.swap else Box(left, top, right, bottom)


# Exif 2.32, tag 274 (Orientation): (swap, mirror_x, mirror_y) of the turn that shows it upright.
_EXIF = {
    1: (False, False, False),
    2: (False, True, False),
    3: (False, True, True),
    4: (False, False, True),
    5: (True, False, False),
    6: (True, True, False),
    7: (True, True, True),
    8: (True, False, True),
}

QUARTERS = (Dihedral(), Dihedral.from_exif(8), Dihedral.from_exif(3), Dihedral.from_exif(6))
"""Quarter turns counter-clockwise: none, one, two, three."""


def round_side(side: float) -> int:
    """Return a side in whole pixels: halves rounded up, at least 1."""
    return max(1, math.floor(side + 0.5))


def place_anchored(outer: Extent, inner: Extent, x: float, y: float) -> Box:
    """Return *inner* placed in *outer*; *x*, *y* (0 to 1) divide the spare room."""
    left, top = (outer.width - inner.width) * x, (outer.height - inner.height) * y
    return Box(left, top, left + inner.width, top + inner.height)


def place_centred(outer: Extent, inner: Extent, x: float, y: float) -> Box:
    """Return *inner* with its middle at *x*, *y* (0 to 1) of *outer*, moved inside if necessary."""
    left = min(max(outer.width * x - inner.width / 2, 0.0), outer.width - inner.width)
    top = min(max(outer.height * y - inner.height / 2, 0.0), outer.height - inner.height)
    return Box(left, top, left + inner.width, top + inner.height)


def largest_inside_rotated(frame: Extent, degrees: float) -> Extent:
    """Return the largest extent of *frame*'s shape that lies inside the rotated *frame*."""
    bounds = bounds_of_rotated(frame, degrees)
    return frame.scale(min(frame.width / bounds.width, frame.height / bounds.height))


def bounds_of_rotated(frame: Extent, degrees: float) -> Extent:
    """Return the smallest upright extent that contains the rotated *frame*."""
    angle = math.radians(degrees)
    cos, sin = abs(math.cos(angle)), abs(math.sin(angle))
    return Extent(frame.width * cos + frame.height * sin, frame.width * sin + frame.height * cos)
