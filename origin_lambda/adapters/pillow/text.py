"""Draws text on Pillow's pictures. What was drawn is kept, for animations and later requests."""

import math
from collections import OrderedDict
from collections.abc import Callable, Iterator
from threading import Lock
from typing import TYPE_CHECKING, Final, NamedTuple

from PIL import Image, ImageChops

from origin_lambda import log
from origin_lambda.errors import Unprocessable
from origin_lambda.image.text.block import TextBlock
from origin_lambda.image.text.layout import Layout, lay_out
from origin_lambda.url.values import Colour

_OPAQUE: Final = 255
_SHADOW: Final = Colour(0, 0, 0, 160)
_OVERSHOOT: Final = 1.0  # of the size: glyphs can be this far outside the box of their line

if TYPE_CHECKING:
    from origin_lambda.adapters.harfbuzz.typesetter import HarfBuzzTypesetter

_DIRECT_RADIUS: Final = 3  # pixels: a larger outline is drawn in steps
_DIRECTIONS: Final = 24
_CACHED_BYTES: Final = 16_000_000

_MOST_PIXELS: Final = 1_000_000
"""Outlines and shadows of larger masks are drawn on a smaller copy: they would take seconds."""


class _Layer(NamedTuple):
    """A colour, and the share of it in each pixel: that of the colour's alpha is in the mask."""

    mask: Image.Image
    colour: Colour


class _Drawing(NamedTuple):
    """Layers of colour, the lowest first, and their place in the picture."""

    layers: tuple[_Layer, ...]
    place: tuple[int, int]

    @property
    def bytes(self) -> int:
        return sum(layer.mask.width * layer.mask.height for layer in self.layers)


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
                self._drawings[block.without_data] = drawing
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
    picture = image if image.mode in {"RGB", "RGBA"} else image.convert("RGB")
    for mask, colour in drawing.layers:
        if picture.mode == "RGB":
            picture.paste(colour[:3], drawing.place, mask)
            continue
        layer = Image.new("RGBA", mask.size, tuple(colour[:3]))
        layer.putalpha(mask)
        picture.alpha_composite(layer, drawing.place)
    return picture


def measure_text(block: TextBlock) -> tuple[float, float, float, float]:
    """Return the left, upper, right and lower edge of the lines of a text."""
    return lay_out(block, _build_typesetter(block)).box


def _build_typesetter(block: TextBlock) -> "HarfBuzzTypesetter":
    try:
        from origin_lambda.adapters.harfbuzz.typesetter import HarfBuzzTypesetter
    except ImportError as error:
        message = "text cannot be drawn here: install calotype[text]"
        raise Unprocessable(message) from error
    return HarfBuzzTypesetter(block.font, block.track)


def _draw(block: TextBlock) -> _Drawing | None:
    typesetter = _build_typesetter(block)
    from origin_lambda.adapters.harfbuzz.masks import PlacedGlyph, draw_glyphs

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
    return _crop(list(_list_layers(letters, block, margin)), bounds, block)


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


def _list_layers(letters: Image.Image, block: TextBlock, margin: int) -> Iterator[_Layer]:
    """Yield the shadow, the outline and the letters."""
    outlined = letters
    if block.outline:
        outlined = _work_small(
            letters, margin, lambda mask, scale: _spread(mask, block.outline * scale)
        )
        outlined = ImageChops.lighter(outlined, letters)
    if block.shadow:
        shadow = _work_small(
            outlined, margin, lambda mask, scale: _move_and_blur(mask, block.shadow * scale)
        )
        yield _dilute(shadow, _SHADOW)
    if block.outline_colour:
        # An outline under letters that are translucent would change their colour.
        opaque = block.colour.alpha == _OPAQUE
        ring = outlined if opaque else ImageChops.subtract(outlined, letters)
        yield _dilute(ring, block.outline_colour)
    yield _dilute(letters, block.colour)


def _dilute(mask: Image.Image, colour: Colour) -> _Layer:
    scale = colour.alpha / _OPAQUE
    diluted = mask.point([round(shade * scale) for shade in range(256)]) if scale < 1 else mask
    return _Layer(diluted, colour)


def _work_small(
    mask: Image.Image, margin: int, change: Callable[[Image.Image, float], Image.Image]
) -> Image.Image:
    """Return a mask that was changed, near its shapes alone, and with fewer pixels if it is large.

    *change* has the mask and its scale.
    """
    box = mask.getbbox()
    if box is None:
        return mask
    near = (
        max(0, box[0] - margin),
        max(0, box[1] - margin),
        min(mask.width, box[2] + margin),
        min(mask.height, box[3] + margin),
    )
    part = mask.crop(near)
    factor = math.ceil(math.sqrt(part.width * part.height / _MOST_PIXELS))
    if factor > 1:
        small = change(part.reduce(factor), 1 / factor)
        part = small.resize(part.size, Image.Resampling.BILINEAR)
    else:
        part = change(part, 1)
    result = Image.new("L", mask.size)
    result.paste(part, near)
    return result


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
    layers: list[_Layer], bounds: tuple[int, int, int, int], block: TextBlock
) -> _Drawing | None:
    """Return the visible part of layers that lies in the picture."""
    left, top = bounds[:2]
    inside = (
        max(0, -left),
        max(0, -top),
        min(bounds[2], block.canvas.width) - left,
        min(bounds[3], block.canvas.height) - top,
    )
    if inside[0] >= inside[2] or inside[1] >= inside[3]:
        return None
    cropped = [_Layer(mask.crop(inside), colour) for mask, colour in layers]
    boxes = [box for mask, _ in cropped if (box := mask.getbbox())]
    if not boxes:
        return None
    starts, ends = [box[:2] for box in boxes], [box[2:] for box in boxes]
    box = (
        *(min(each) for each in zip(*starts, strict=True)),
        *(max(each) for each in zip(*ends, strict=True)),
    )
    place = max(0, left) + box[0], max(0, top) + box[1]
    return _Drawing(tuple(_Layer(mask.crop(box), colour) for mask, colour in cropped), place)
