"""A text with all that decides how it looks, in pixels."""

from dataclasses import dataclass, field, replace
from typing import Self

from origin_lambda.image.geometry import Size
from origin_lambda.url.values import Align, Colour, TextClip


@dataclass(frozen=True, slots=True)
class FontFile:
    """The *data* of a font file; *name* identifies its content, and is compared instead of it."""

    name: str
    data: bytes = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class FontChoice:
    """A family of fonts by its CSS name, and a style. *file* is a font that replaces the family."""

    family: str
    is_bold: bool = False
    is_italic: bool = False
    file: FontFile | None = None


@dataclass(frozen=True, slots=True)
class TextBlock:
    """A text for a picture of the size *canvas*. All lengths are in pixels.

    *line_height* is the distance of two baselines in units of *size*, plus *lead*. *width* is that
    of its lines; None is the picture's width without the padding. *x* and *y* are its upper left
    corner; without them, *across* and *down* say where it is. *max_lines* is None if the number of
    lines is not limited. *wraps* says whether lines that are too wide are wrapped. *outline* and
    *shadow* are 0 if there is none. *rotation* is in degrees, clockwise.
    """

    text: str
    canvas: Size
    font: FontChoice
    size: float
    colour: Colour
    across: Align
    down: Align
    pad: float
    width: float | None = None
    x: float | None = None
    y: float | None = None
    lead: float = 0
    track: float = 0
    wraps: bool = True
    fits: bool = False
    clip: frozenset[TextClip] = frozenset()
    max_lines: int | None = None
    outline: float = 0
    outline_colour: Colour | None = None
    shadow: float = 0
    rotation: float = 0

    @property
    def without_data(self) -> Self:
        """An equal block that does not hold the data of its font."""
        if self.font.file is None:
            return self
        return replace(self, font=replace(self.font, file=replace(self.font.file, data=b"")))
