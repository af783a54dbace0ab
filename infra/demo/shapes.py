"""Shapes: masks to paint through, and the box around a point."""

from collections.abc import Sequence

from PIL import Image, ImageDraw

from infra.demo.paint import Box, Point, Size


def disc(size: Size, centre: Point, radius: float) -> Image.Image:
    """Make a mask of a filled circle."""
    mask = Image.new("L", size)
    ImageDraw.Draw(mask).circle(centre, radius, 255)
    return mask


def silhouette(size: Size, outline: Sequence[Point], level: int = 255) -> Image.Image:
    """Make a mask of a filled polygon."""
    mask = Image.new("L", size)
    ImageDraw.Draw(mask).polygon(outline, level)
    return mask


def around(centre: Point, wide: float, tall: float) -> Box:
    """Return the box that reaches *wide* to both sides of *centre*, *tall* up and down."""
    x, y = centre
    return x - wide, y - tall, x + wide, y + tall
