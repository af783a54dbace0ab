"""Outlines: rectangles with rounded corners, of which an ellipse is the extreme case."""

from dataclasses import dataclass
from typing import NamedTuple, Self

from origin_lambda.image.geometry import Size


class Radius(NamedTuple):
    """The radii of a corner in pixels."""

    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Outline:
    """A rectangle between whole pixels, with four radii: from the upper left, clockwise."""

    left: int
    top: int
    right: int
    bottom: int
    radii: tuple[Radius, Radius, Radius, Radius]

    @classmethod
    def rounded(
        cls, box: tuple[int, int, int, int], radii: tuple[float, float, float, float]
    ) -> Self:
        """Return a rectangle with round corners; radii that overlap become smaller, as in CSS.

        All are multiplied by the same factor (CSS Backgrounds and Borders Level 3, 4.5).
        """
        left, top, right, bottom = box
        width, height = max(0, right - left), max(0, bottom - top)
        upper_left, upper_right, lower_right, lower_left = radii
        sides = (
            (width, upper_left + upper_right),
            (height, upper_right + lower_right),
            (width, lower_right + lower_left),
            (height, lower_left + upper_left),
        )
        factor = min([1.0, *(side / both for side, both in sides if both)])
        first, second, third, fourth = (Radius(each * factor, each * factor) for each in radii)
        return cls(left, top, left + width, top + height, (first, second, third, fourth))

    @classmethod
    def ellipse(cls, size: Size) -> Self:
        """Return the largest ellipse in a *size*."""
        radius = Radius(size.width / 2, size.height / 2)
        return cls(0, 0, *size, (radius, radius, radius, radius))

    def shrink(self, pixels: int) -> Self:
        """Return the outline *pixels* further inside, or further outside if they are negative.

        Round corners keep their centre, and square ones stay square. An empty outline stays empty.
        """
        if self.left >= self.right or self.top >= self.bottom:
            return self
        box = (self.left + pixels, self.top + pixels, self.right - pixels, self.bottom - pixels)
        first, second, third, fourth = (
            Radius(max(0.0, radius.x - pixels), max(0.0, radius.y - pixels))
            if radius.x and radius.y
            else radius
            for radius in self.radii
        )
        return type(self)(*box, (first, second, third, fourth))

    @property
    def is_rectangle(self) -> bool:
        """Whether all corners are square."""
        return not any(radius.x and radius.y for radius in self.radii)
