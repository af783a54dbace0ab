"""Sizes, boxes and turns: the arithmetic under a plan. Knows no parameter and no pixel."""

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
        """How many pixels there are."""
        return self.width * self.height

    @property
    def swapped(self) -> "Size":
        """Height and width."""
        return Size(self.height, self.width)


class Extent(NamedTuple):
    """Width and height that need not be whole."""

    width: float
    height: float

    def scaled(self, factor: float) -> "Extent":
        """Return it *factor* times as large."""
        return Extent(self.width * factor, self.height * factor)

    @property
    def whole(self) -> Size:
        """The nearest whole size, halves up, at least one pixel each way."""
        return Size(rounded(self.width), rounded(self.height))


class Box(NamedTuple):
    """A rectangle by its edges, from the upper left corner; need not be whole."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def extent(self) -> Extent:
        """How wide and high it is."""
        return Extent(self.right - self.left, self.bottom - self.top)

    def moved(self, x: float, y: float) -> "Box":
        """Return it *x* further right and *y* further down."""
        return Box(self.left + x, self.top + y, self.right + x, self.bottom + y)

    def scaled(self, x: float, y: float) -> "Box":
        """Return it with the axes multiplied."""
        return Box(self.left * x, self.top * y, self.right * x, self.bottom * y)


class Affine(NamedTuple):
    """A map of the plane: (x, y) becomes (ax + by + c, dx + ey + f)."""

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
        """Return what shows a picture of this EXIF orientation (1 to 8) upright."""
        return cls(*_EXIF[orientation])

    @property
    def exif(self) -> int:
        """The EXIF orientation that this turn puts right."""
        return next(code for code, turn in _EXIF.items() if turn == tuple(self))

    def compose(self, other: "Dihedral") -> "Dihedral":
        """Return this turn followed by another."""
        mirrors = (self.mirror_y, self.mirror_x) if other.swap else (self.mirror_x, self.mirror_y)
        return Dihedral(
            self.swap != other.swap, mirrors[0] != other.mirror_x, mirrors[1] != other.mirror_y
        )

    @property
    def inverse(self) -> "Dihedral":
        """The turn that takes this one back."""
        return Dihedral(self.swap, self.mirror_y, self.mirror_x) if self.swap else self

    def map_point(self, x: float, y: float) -> tuple[float, float]:
        """Return where the turn takes a point, in shares (0 to 1) of a picture's sides."""
        across, down = (y, x) if self.swap else (x, y)
        return (1 - across if self.mirror_x else across), (1 - down if self.mirror_y else down)

    def turned(self, size: Size) -> Size:
        """Return the size that a picture of this *size* has after the turn."""
        return size.swapped if self.swap else size

    def inverse_box(self, box: Box, frame: Extent) -> Box:
        """Return where a *box* of the turned picture, of size *frame*, was before the turn."""
        left, top, right, bottom = box
        if self.mirror_x:
            left, right = frame.width - right, frame.width - left
        if self.mirror_y:
            top, bottom = frame.height - bottom, frame.height - top
        return Box(top, left, bottom, right) if self.swap else Box(left, top, right, bottom)


# Exif 2.32, tag 274 (Orientation): (swap, mirror_x, mirror_y) of what shows it upright.
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


def rounded(side: float) -> int:
    """Return a side in whole pixels: halves up, and never nothing."""
    return max(1, math.floor(side + 0.5))


def anchored(outer: Extent, inner: Extent, x: float, y: float) -> Box:
    """Return *inner* placed in *outer*, a share *x*, *y* (0 to 1) of the spare room in."""
    left, top = (outer.width - inner.width) * x, (outer.height - inner.height) * y
    return Box(left, top, left + inner.width, top + inner.height)


def centred(outer: Extent, inner: Extent, x: float, y: float) -> Box:
    """Return *inner* with its middle at the share *x*, *y* of *outer*, but never outside it."""
    left = min(max(outer.width * x - inner.width / 2, 0.0), outer.width - inner.width)
    top = min(max(outer.height * y - inner.height / 2, 0.0), outer.height - inner.height)
    return Box(left, top, left + inner.width, top + inner.height)


def straightened(frame: Extent, degrees: float) -> Extent:
    """Return the largest extent of *frame*'s shape inside it once it is turned."""
    bounds = bounding(frame, degrees)
    return frame.scaled(min(frame.width / bounds.width, frame.height / bounds.height))


def bounding(frame: Extent, degrees: float) -> Extent:
    """Return the smallest upright extent that holds *frame* once it is turned."""
    angle = math.radians(degrees)
    cos, sin = abs(math.cos(angle)), abs(math.sin(angle))
    return Extent(frame.width * cos + frame.height * sin, frame.width * sin + frame.height * cos)
