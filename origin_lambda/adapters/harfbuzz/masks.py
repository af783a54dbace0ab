"""Draws glyphs as a mask, with smooth edges and at any angle."""

import math
from collections.abc import Iterable
from typing import Final, NamedTuple

import uharfbuzz as hb

from origin_lambda.adapters.harfbuzz.typesetter import Glyph

_REACH: Final = 4.0
"""A glyph is nowhere further from its origin than this many times its size."""


class PlacedGlyph(NamedTuple):
    """A glyph with the place of its origin in the picture, and its size in pixels."""

    glyph: Glyph
    x: float
    y: float
    size: float


class Mask(NamedTuple):
    """One byte of opacity for each pixel, *stride* bytes a row, from the lowest row upwards."""

    data: bytes
    width: int
    height: int
    stride: int


def draw_glyphs(
    glyphs: Iterable[PlacedGlyph],
    bounds: tuple[int, int, int, int],
    rotation: float,
    pivot: tuple[float, float],
) -> Mask:
    """Return the part of rotated glyphs within bounds: left, top, right, bottom.

    They are rotated by degrees around a point, clockwise. HarfBuzz's rows run upwards.
    """
    left, top, right, bottom = bounds
    cosine, sine = math.cos(math.radians(rotation)), math.sin(math.radians(rotation))
    draw = hb.RasterDraw()
    draw.extents = hb.RasterExtents(
        x_origin=left, y_origin=-bottom, width=right - left, height=bottom - top, stride=0
    )
    for glyph, x, y, size in glyphs:
        scale = size / glyph.font.face.upem
        across, down = x - pivot[0], y - pivot[1]
        x_turned = pivot[0] + across * cosine - down * sine
        y_turned = pivot[1] + across * sine + down * cosine
        reach = _REACH * size
        if not (
            left - reach < x_turned < right + reach and top - reach < y_turned < bottom + reach
        ):
            continue
        draw.transform = (
            *(scale * cosine, -scale * sine, scale * sine, scale * cosine),
            *(x_turned, -y_turned),
        )
        draw.draw_glyph(glyph.font, glyph.number)
    image = draw.render()
    extents = image.extents
    return Mask(image.buffer, extents.width, extents.height, extents.stride)
