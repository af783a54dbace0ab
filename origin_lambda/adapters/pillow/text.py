"""Draws text on Pillow's pictures. What was drawn is kept, for animations and later requests."""

import math
from collections import OrderedDict
from threading import Lock
from typing import Final, NamedTuple

from PIL import Image, ImageChops

from origin_lambda import log
from origin_lambda.errors import Unprocessable
from origin_lambda.image.text.block import TextBlock
from origin_lambda.image.text.layout import Layout, lay_out
from origin_lambda.url.values import Colour

_OPAQUE: Final = 255
_SHADOW: Final = Colour(0, 0, 0, 160)
_OVERSHOOT: Final = 1.0  # of the size: glyphs can be this far outside the box of their line
_DIRECT_RADIUS: Final = 3  # pixels: a larger outline is drawn in steps
_DIRECTIONS: Final = 24
_CACHED_BYTES: Final = 16_000_000


class _Drawing(NamedTuple):
    """Text in its colours, and its place in the picture."""

    image: Image.Image
    place: tuple[int, int]

    @property
    def bytes(self) -> int:
        return self.image.width * self.image.height * 4


class _Drawings:
    """The drawings of the last blocks of text, within a bound of bytes."""

    def __init__(self) -> None:
        self._drawings: OrderedDict[TextBlock, _Drawing | None] = OrderedDict()
        self._bytes = 0
        self._lock = Lock()

    def find(self, block: TextBlock) -> _Drawing | None:
        """Return the drawing of a block; None if nothing of it is in the picture."""
        with self._lock:
            if block in self._drawings:
                self._drawings.move_to_end(block)
                return self._drawings[block]
        drawing = _draw(block)
        size = drawing.bytes if drawing else 0
        with self._lock:
            if size <= _CACHED_BYTES and block not in self._drawings:
                self._drawings[block] = drawing
                self._bytes += size
            while self._bytes > _CACHED_BYTES:
                _, oldest = self._drawings.popitem(last=False)
                self._bytes -= oldest.bytes if oldest else 0
        return drawing


_drawings: Final = _Drawings()


def draw_text(image: Image.Image, block: TextBlock) -> Image.Image:
    """Return a picture with text on it, in RGBA if the picture has alpha, else in RGB."""
    drawing = _drawings.find(block)
    if drawing is None:
        return image
    if image.mode == "RGBA":
        image.alpha_composite(drawing.image, drawing.place)
        return image
    picture = image if image.mode == "RGB" else image.convert("RGB")
    picture.paste(drawing.image.convert("RGB"), drawing.place, drawing.image.getchannel("A"))
    return picture


def _draw(block: TextBlock) -> _Drawing | None:
    try:
        from origin_lambda.adapters.harfbuzz.masks import PlacedGlyph, draw_glyphs
        from origin_lambda.adapters.harfbuzz.typesetter import HarfBuzzTypesetter
    except ImportError as error:
        message = "text cannot be drawn here: install calotype[text]"
        raise Unprocessable(message) from error
    typesetter = HarfBuzzTypesetter(block.font, block.track)
    layout = lay_out(block, typesetter)
    margin = math.ceil(block.outline + 4 * block.shadow)
    bounds = _find_bounds(block, layout, margin)
    if bounds is None:
        return None
    left, top, right, bottom = layout.box
    glyphs = [
        PlacedGlyph(glyph, placed.x + glyph.x, placed.baseline - glyph.y, layout.size)
        for placed in layout.lines
        for glyph in typesetter.shape(placed.line.text, placed.line.levels, layout.size)
    ]
    if typesetter.missing:
        log.log_event("missing_glyphs", count=typesetter.missing)
    mask = draw_glyphs(glyphs, bounds, block.rotation, ((left + right) / 2, (top + bottom) / 2))
    letters = Image.frombytes(
        "L", (mask.width, mask.height), mask.data, "raw", "L", mask.stride, -1
    )
    return _crop(_colour(letters, block), bounds, block)


def _find_bounds(block: TextBlock, layout: Layout, margin: int) -> tuple[int, int, int, int] | None:
    """Return the pixels that the text can cover, within the picture and a *margin* around it."""
    left, top, right, bottom = layout.box
    over = layout.size * _OVERSHOOT + margin
    across, down = (left + right) / 2, (top + bottom) / 2
    half_width, half_height = (right - left) / 2 + over, (bottom - top) / 2 + over
    if block.rotation:
        angle = math.radians(block.rotation)
        cosine, sine = abs(math.cos(angle)), abs(math.sin(angle))
        half_width, half_height = (
            half_width * cosine + half_height * sine,
            half_width * sine + half_height * cosine,
        )
    bounds = (
        max(-margin, math.floor(across - half_width)),
        max(-margin, math.floor(down - half_height)),
        min(block.canvas.width + margin, math.ceil(across + half_width)),
        min(block.canvas.height + margin, math.ceil(down + half_height)),
    )
    return bounds if bounds[0] < bounds[2] and bounds[1] < bounds[3] else None


def _colour(letters: Image.Image, block: TextBlock) -> Image.Image:
    """Return letters in their colour, on their outline, on their shadow."""
    outlined = _spread(letters, block.outline) if block.outline else letters
    image = Image.new("RGBA", letters.size)
    if block.shadow:
        image = _paint(_move_and_blur(outlined, block.shadow), _SHADOW)
    if block.outline_colour:
        opaque = block.colour.alpha == _OPAQUE
        ring = outlined if opaque else ImageChops.subtract(outlined, letters)
        image.alpha_composite(_paint(ring, block.outline_colour))
    image.alpha_composite(_paint(letters, block.colour))
    return image


def _paint(mask: Image.Image, colour: Colour) -> Image.Image:
    image = Image.new("RGBA", mask.size, tuple(colour))
    scale = colour.alpha / _OPAQUE
    image.putalpha(
        mask.point([round(shade * scale) for shade in range(256)]) if scale < 1 else mask
    )
    return image


def _move_and_blur(mask: Image.Image, distance: float) -> Image.Image:
    from PIL.ImageFilter import GaussianBlur

    moved = Image.new("L", mask.size)
    moved.paste(mask, (round(distance), round(distance)))
    return moved.filter(GaussianBlur(distance))


def _spread(mask: Image.Image, radius: float) -> Image.Image:
    """Return a mask whose shapes are larger by a radius in all directions, with smooth edges.

    Large steps come first: a ring of copies around each one, without gaps since each step is at
    most twice as large as all that follow.
    """
    steps = []
    while radius > _DIRECT_RADIUS:
        steps.append(radius / 2)
        radius /= 2
    for step in [radius, *reversed(steps)]:
        mask = _spread_once(mask, step)
    return mask


def _spread_once(mask: Image.Image, radius: float) -> Image.Image:
    result = mask
    if radius > _DIRECT_RADIUS:
        places = {
            (
                round(radius * math.cos(2 * math.pi * turn / _DIRECTIONS)),
                round(radius * math.sin(2 * math.pi * turn / _DIRECTIONS)),
            )
            for turn in range(_DIRECTIONS)
        }
        weights = dict.fromkeys(places, 1.0)
    else:
        reach = math.ceil(radius)
        weights = {
            (x, y): min(1.0, 1 + radius - math.hypot(x, y))
            for x in range(-reach, reach + 1)
            for y in range(-reach, reach + 1)
            if math.hypot(x, y) < 1 + radius and (x or y)
        }
    for (x, y), weight in weights.items():
        moved = Image.new("L", mask.size)
        moved.paste(mask, (x, y))
        if weight < 1:
            moved = moved.point([round(shade * weight) for shade in range(256)])
        result = ImageChops.lighter(result, moved)
    return result


def _crop(
    image: Image.Image, bounds: tuple[int, int, int, int], block: TextBlock
) -> _Drawing | None:
    """Return the visible part of a drawing that lies in the picture."""
    left, top = bounds[:2]
    inside = image.crop(
        (
            max(0, -left),
            max(0, -top),
            min(image.width, block.canvas.width - left),
            min(image.height, block.canvas.height - top),
        )
    )
    box = inside.getchannel("A").getbbox()
    if box is None:
        return None
    return _Drawing(inside.crop(box), (max(0, left) + box[0], max(0, top) + box[1]))
