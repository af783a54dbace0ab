"""Land: a height map, lit and then seen from a point above it."""

import math
from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Final

from PIL import Image

from infra.demo.fields import Field
from infra.demo.paint import BICUBIC, Colour, Point, Size

MAP: Final[Size] = (1024, 1024)
BANDS: Final = 48


def inclines(land: Field) -> tuple[Field, Field]:
    """Return how steeply each cell rises to the right and downwards."""
    across = (land.moved(-1, 0) - land.moved(1, 0)) * 0.5
    return across, (land.moved(0, -1) - land.moved(0, 1)) * 0.5


def flatness(land: Field) -> Field:
    """Return 1 where the land is level, towards 0 the steeper it is."""
    across, along = inclines(land)
    return (across * across + along * along + 1) ** -0.5


@dataclass(frozen=True, slots=True)
class Sun:
    """Where light comes from: a step towards it in whole cells, and how steeply it falls."""

    right: int
    down: int
    steepness: float

    def on(self, land: Field) -> Field:
        """Return how squarely each cell faces the sun, at most 1."""
        across, along = inclines(land)
        length = math.hypot(self.right, self.down)
        facing = across * (-self.right / length) + along * (-self.down / length) + self.steepness
        return facing * flatness(land)

    def shade(self, land: Field, softness: float) -> Field:
        """Return 1 where other land hides the sun, 0 where it shines.

        The height a shadow reaches is the greatest of all heights towards the sun, less the fall
        of light on the way; looking twice as far each time takes few looks.
        """
        right, down = self.right, self.down
        drop = math.hypot(right, down) * self.steepness
        reach = land.moved(-right, -down) - drop
        for doubling in range(7):
            far = 1 << doubling
            reach = reach.at_least(reach.moved(-right * far, -down * far) - drop * far)
        return (reach - land).step(-softness / 4, softness)


@dataclass(frozen=True)
class View:
    """A viewer over a map: at *eye*, *altitude* up, looking up the map through *size* pixels.

    *spread* is half the view's width per unit of depth; land is looked at from *near* to *far*
    in *samples* steps; *horizon* is the row of pixels that is level with the eye.
    """

    eye: Point
    altitude: float
    spread: float
    near: float
    far: float
    samples: int
    size: Size
    horizon: int

    @cached_property
    def marks(self) -> list[tuple[int, float]]:
        """Return some of the steps with their depths; between them, depth grows evenly."""
        steps = (round(self.samples * band / BANDS) for band in range(BANDS + 1))
        growth = math.log(self.far / self.near)
        return [(step, self.near * math.exp(growth * step / self.samples)) for step in steps]

    @cached_property
    def depths(self) -> list[float]:
        """Return the depth of each step, near ones closer together."""
        return [
            near + (far - near) * (step + 0.5) / (last - first)
            for (first, near), (last, far) in pairwise(self.marks)
            for step in range(last - first)
        ]

    def analysis(self, chart: Image.Image) -> Image.Image:
        """Cut from a map what is in view: a column per pixel, a row per step of depth."""
        (x, y), width = self.eye, self.size[0]
        mesh = []
        for (first, near), (last, far) in pairwise(self.marks):
            left, right = (x - self.spread * near, y - near), (x + self.spread * near, y - near)
            beyond = (x - self.spread * far, y - far, x + self.spread * far, y - far)
            mesh.append(((0, first, width, last), (*left, *beyond, *right)))
        return chart.transform((width, self.samples), Image.Transform.MESH, mesh, BICUBIC)

    def fogged(self, colours: Image.Image, haze: Colour, reach: float) -> Image.Image:
        """Lose *colours* in *haze* with depth."""
        gone = (1 - math.exp(-(((depth - self.near) / reach) ** 1.5)) for depth in self.depths)
        fog = Image.frombytes("L", (1, self.samples), bytes(round(242 * part) for part in gone))
        colours.paste(haze, mask=fog.resize(colours.size))
        return colours

    def render(self, land: Field, colours: Image.Image, haze: Colour, reach: float) -> Image.Image:
        """Draw the land, transparent where there is sky."""
        width, height = self.size
        focal = width / 2 / self.spread
        scales = array("f", [focal / depth for depth in self.depths]).tobytes()
        scale = Image.frombytes("F", (1, self.samples), scales).resize((width, self.samples))
        rows = (self.altitude - Field(self.analysis(land.sheet))) * Field(scale) + self.horizon
        # Columns are drawn one at a time, so both sheets are turned to lay each out in one piece.
        turned = rows.at_least(0).at_most(height).sheet.convert("I")
        tops = array("i", turned.transpose(Image.Transpose.TRANSPOSE).tobytes())
        seen = self.fogged(self.analysis(colours), haze, reach).convert("RGBX")
        paint = seen.transpose(Image.Transpose.TRANSPOSE).tobytes()
        columns = b"".join(self._columns(tops, paint))
        drawn = Image.frombytes("RGBA", (height, width), columns)
        return drawn.transpose(Image.Transpose.ROTATE_90)

    def _columns(self, tops: "array[int]", paint: bytes) -> Iterator[bytes]:
        """Yield the pixels from bottom to top: a step shows where it tops all nearer ones."""
        width, height = self.size
        at = 0
        for x in range(width):
            reached = height
            for top in tops[x * self.samples : (x + 1) * self.samples]:
                if top < reached:
                    yield paint[at : at + 4] * (reached - top)
                    reached = top
                at += 4
            yield bytes(4 * reached)
