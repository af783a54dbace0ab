"""Outlines, borders and grids on Pillow's pictures."""

import math
from typing import Final

from PIL import Image, ImageChops, ImageDraw

from origin_lambda.adapters.pillow.tiles import repeat_tile
from origin_lambda.image.geometry import Size
from origin_lambda.image.outline import Outline, Radius
from origin_lambda.url.values import Colour

_OPAQUE: Final = 255

_FINE: Final = 4
"""Corners are drawn this many times larger a side, and reduced: their edges get 17 shades."""

_COARSE: Final = 2
_MAX_PIXELS_DRAWN_FINE: Final = 2_000_000

# The turns from the upper left corner to the others, clockwise.
_TURNS: Final = (
    None,
    Image.Transpose.FLIP_LEFT_RIGHT,
    Image.Transpose.ROTATE_180,
    Image.Transpose.FLIP_TOP_BOTTOM,
)


def draw_mask(size: Size, outline: Outline) -> Image.Image:
    """Return a mask of *size*: white inside the outline, black outside, with smooth edges."""
    mask = Image.new("L", size)
    width, height = outline.right - outline.left, outline.bottom - outline.top
    if width <= 0 or height <= 0:
        return mask
    mask.paste(_OPAQUE, (outline.left, outline.top, outline.right, outline.bottom))
    corners = {radius: _draw_corner(radius) for radius in outline.radii if radius.x and radius.y}
    for place, (radius, turn) in enumerate(zip(outline.radii, _TURNS, strict=True)):
        if radius not in corners:
            continue
        corner = corners[radius]
        x = outline.left if place in {0, 3} else outline.right - corner.width
        y = outline.top if place in {0, 1} else outline.bottom - corner.height
        mask.paste(corner if turn is None else corner.transpose(turn), (x, y))
    return mask


def _draw_corner(radius: Radius) -> Image.Image:
    """Return the upper left quarter of an ellipse, in whole pixels."""
    width, height = math.ceil(radius.x), math.ceil(radius.y)
    scale = _FINE if width * height <= _MAX_PIXELS_DRAWN_FINE else _COARSE
    large = Image.new("L", (width * scale, height * scale))
    across, down = (max(0.0, 2 * each * scale - 1) for each in radius)
    ImageDraw.Draw(large).ellipse((0, 0, across, down), fill=_OPAQUE)
    return large.reduce(scale)


def cut(image: Image.Image, outline: Outline, behind: Colour | None) -> Image.Image:
    """Return what is inside an outline; the rest is transparent, or has the colour *behind*."""
    mask = draw_mask(Size(*image.size), outline)
    if image.mode != "RGBA":
        picture = image.convert("RGB")
        if behind and behind.alpha == _OPAQUE:
            return Image.composite(picture, Image.new("RGB", image.size, behind[:3]), mask)
        if behind is None:
            picture.putalpha(mask)
            return picture
    # Colours multiplied by alpha: else the edge would show the colour of transparent pixels.
    picture = image.convert("RGBA").convert("RGBa")
    rest = Image.new("RGBA", image.size, behind or (0, 0, 0, 0)).convert("RGBa")
    return Image.composite(picture, rest, mask).convert("RGBA")


def draw_ring(size: Size, outer: Outline, inner: Outline) -> Image.Image:
    """Return a mask of *size*: white between two outlines, black elsewhere, with smooth edges."""
    return ImageChops.subtract(draw_mask(size, outer), draw_mask(size, inner))


def draw_border(image: Image.Image, ring: Image.Image, colour: Colour) -> Image.Image:
    """Return the picture with a colour where the mask *ring* is white."""
    strength = ring.point([shade * colour.alpha // _OPAQUE for shade in range(256)])
    if image.mode != "RGBA":
        picture = image.convert("RGB")
        picture.paste(tuple(colour[:3]), mask=strength)
        return picture
    border = Image.new("RGBA", image.size, tuple(colour))
    border.putalpha(strength)
    image.alpha_composite(border)
    return image


def draw_grid(image: Image.Image, side: int, colours: tuple[Colour, Colour]) -> Image.Image:
    """Return an opaque picture on a checkerboard; the first colour is in the upper left."""
    if image.mode != "RGBA":
        return image
    squares = Image.frombytes("L", (2, 2), bytes((0, _OPAQUE, _OPAQUE, 0)))
    across, down = math.ceil(image.width / side), math.ceil(image.height / side)
    # A box, since a picture of whole squares could be far larger than the result.
    box = (0, 0, image.width / side, image.height / side)
    mask = repeat_tile(squares, (across, down)).resize(
        image.size, Image.Resampling.NEAREST, box=box
    )
    first, second = (Image.new("RGB", image.size, tuple(colour[:3])) for colour in colours)
    grid = Image.composite(second, first, mask).convert("RGBA")
    grid.alpha_composite(image)
    return grid.convert("RGB")
