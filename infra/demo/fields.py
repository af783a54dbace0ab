"""Fields: sheets of numbers, from which land and cloud are made."""

import operator
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from random import Random
from typing import Any

from PIL import Image, ImageChops, ImageMath

from infra.demo.paint import BICUBIC, Size


def _cellwise(rule: Callable[[Any, Any], Any]) -> "Callable[[Field, Field | float], Field]":
    def combined(self: "Field", other: "Field | float") -> "Field":
        right = other.sheet if isinstance(other, Field) else float(other)
        return Field(ImageMath.lambda_eval(lambda n: rule(n["a"], n["b"]), a=self.sheet, b=right))

    return combined


@dataclass(frozen=True, slots=True, eq=False)
class Field:
    """A sheet of numbers with arithmetic, kept in a Pillow image of mode F."""

    sheet: Image.Image

    __add__ = _cellwise(operator.add)
    __sub__ = _cellwise(operator.sub)
    __rsub__ = _cellwise(lambda a, b: b - a)
    __mul__ = _cellwise(operator.mul)
    __pow__ = _cellwise(operator.pow)
    at_least = _cellwise(ImageMath.imagemath_max)
    at_most = _cellwise(ImageMath.imagemath_min)

    def __abs__(self) -> "Field":
        return Field(ImageMath.lambda_eval(lambda n: abs(n["a"]), a=self.sheet))

    def clipped(self) -> "Field":
        """Keep every cell from 0 to 1."""
        return self.at_least(0).at_most(1)

    def moved(self, right: int, down: int) -> "Field":
        """Shift the sheet, wrapping round its edges."""
        return Field(ImageChops.offset(self.sheet, right, down))

    def step(self, low: float, high: float) -> "Field":
        """Rise smoothly from 0 at *low* to 1 at *high*."""
        t = ((self - low) * (1 / (high - low))).clipped()
        return t * t * (3.0 - t * 2)

    def mask(self) -> Image.Image:
        """Read 0 to 1 as black to white."""
        return (self.clipped() * 255 + 0.5).sheet.convert("L")

    def stretched(self, size: Size) -> Image.Image:
        """Make a mask of another size."""
        return self.mask().resize(size, BICUBIC)


def slope(size: Size, *, across: bool) -> Field:
    """Rise evenly from 0 to 1, from left to right if *across*, else downwards."""
    sheet = Image.linear_gradient("L")
    turned = sheet.transpose(Image.Transpose.TRANSPOSE) if across else sheet
    return Field(turned.convert("F").resize(size, BICUBIC)) * (1 / 255)


def noise(rng: Random, size: Size, cells: Size) -> Field:
    """Scatter *cells* random values from 0 to 1 over the sheet and join them smoothly."""
    raw = Image.frombytes("L", cells, rng.randbytes(cells[0] * cells[1]))
    return Field(raw.convert("F").resize(size, BICUBIC)) * (1 / 255)


def fractal(rng: Random, size: Size, cells: Size, octaves: int, gain: float = 0.5) -> Field:
    """Sum noises of doubling fineness, each *gain* times as strong as the one before."""
    return _summed(_octaves(rng, size, cells, octaves), gain)


def ridges(rng: Random, size: Size, cells: Size, octaves: int, gain: float = 0.5) -> Field:
    """Sum noises as `fractal` does, but fold each at its middle into sharp crests."""
    layers = _octaves(rng, size, cells, octaves)
    return _summed(((1.0 - abs(layer * 2 - 1)) ** 2 for layer in layers), gain)


def _octaves(rng: Random, size: Size, cells: Size, count: int) -> Iterator[Field]:
    return (noise(rng, size, (cells[0] << octave, cells[1] << octave)) for octave in range(count))


def _summed(layers: Iterable[Field], gain: float) -> Field:
    first, *finer = layers
    total, weight, whole = first, 1.0, 1.0
    for layer in finer:
        weight *= gain
        total, whole = total + layer * weight, whole + weight
    return total * (1 / whole)
