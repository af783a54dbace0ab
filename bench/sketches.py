"""Drawn pictures that try `adapters/pillow_ssimulacra2.py`: others than peers are compared by.

Each is drawn the same every time, about as large as it would lie on the web.
"""

import math
import random
from collections.abc import Callable
from typing import Final

from PIL import Image, ImageDraw, ImageFilter, ImageFont

_WORDS: Final = (
    *("basket", "column", "deliver", "eleven", "figure", "harbour", "invoice", "journal"),
    *("kitchen", "ladder", "market", "number", "orchard", "parcel", "quarter", "receipt"),
)
_PAINTS: Final = ("#e4572e", "#17bebb", "#ffc914", "#2e282a", "#76b041", "#5c4d7d", "#f4a6c0")


def _words(chance: random.Random, count: int) -> str:
    return " ".join(chance.choice(_WORDS) for _ in range(count))


def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """Return the letters that Pillow brings."""
    return ImageFont.load_default(size)


def panels() -> Image.Image:
    """Return a dashboard: cards with numbers, small charts, and a table."""
    chance = random.Random(11)
    image = Image.new("RGB", (1920, 1200), "#eef1f5")
    draw = ImageDraw.Draw(image)
    for card in range(8):
        left, top = 40 + 465 * (card % 4), 40 + 260 * (card // 4)
        draw.rounded_rectangle((left, top, left + 440, top + 235), 16, "#ffffff", "#d5dae1")
        draw.text((left + 24, top + 20), _words(chance, 2), "#68707c", _font(24))
        number = f"{chance.randrange(1000, 99999):,}"
        draw.text((left + 24, top + 56), number, "#1d2430", _font(56))
        line = [(left + 24 + 26 * at, top + 215 - chance.randrange(80)) for at in range(16)]
        draw.line(line, chance.choice(_PAINTS), 4, joint="curve")
    for row in range(18):
        top = 580 + 34 * row
        draw.rectangle((40, top, 1875, top + 33), fill="#ffffff" if row % 2 else "#f7f9fb")
        for column in range(6):
            draw.text((60 + 300 * column, top + 6), _words(chance, 2), "#39414d", _font(20))
    return image


def editor() -> Image.Image:
    """Return code, light on dark."""
    chance = random.Random(12)
    image = Image.new("RGB", (1680, 1050), "#1e1f29")
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 0, 70, 1050), fill="#191a21")
    for row in range(40):
        draw.text((20, 12 + 26 * row), str(row + 1), "#6272a4", _font(19))
        at = 90 + 40 * chance.randrange(4)
        for _ in range(chance.randrange(1, 9)):
            word = chance.choice(_WORDS)
            paint = chance.choice(("#ff79c6", "#8be9fd", "#f8f8f2", "#50fa7b", "#f1fa8c"))
            draw.text((at, 12 + 26 * row), word, paint, _font(19))
            at += 12 * len(word) + 14
    return image


def chart() -> Image.Image:
    """Return lines over a grid, with axes and a legend."""
    chance = random.Random(13)
    image = Image.new("RGB", (1600, 1000), "#ffffff")
    draw = ImageDraw.Draw(image)
    for step in range(11):
        draw.line((120, 80 + 80 * step, 1540, 80 + 80 * step), "#dddddd", 2)
        draw.text((50, 68 + 80 * step), str(100 - 10 * step), "#444444", _font(24))
        draw.text((120 + 140 * step, 900), str(2010 + step), "#444444", _font(24))
    for at, paint in enumerate(_PAINTS[:5]):
        height = chance.randrange(300, 700)
        points = []
        for step in range(143):
            height = min(max(height + chance.randrange(-25, 26), 90), 870)
            points.append((120 + 10 * step, height))
        draw.line(points, paint, 4, joint="curve")
        draw.text((160 + 270 * at, 30), _words(chance, 1), paint, _font(30))
    return image


def town() -> Image.Image:
    """Return a map: blocks, streets with names, a river, a park."""
    chance = random.Random(15)
    image = Image.new("RGB", (1800, 1800), "#f2efe9")
    draw = ImageDraw.Draw(image)
    draw.polygon([(0, 900), (500, 700), (900, 1100), (400, 1300), (0, 1200)], "#c8facc")
    river = [(60 * at, 500 + 160 * math.sin(at / 5)) for at in range(32)]
    draw.line(river, "#aad3df", 60, joint="curve")
    for _ in range(500):
        left, top = chance.randrange(1800), chance.randrange(1800)
        wide, high = chance.randrange(15, 60), chance.randrange(15, 60)
        draw.rectangle((left, top, left + wide, top + high), "#d9d0c9", "#c3b8ae")
    for street in range(30):
        at, tilt = chance.randrange(1800), chance.randrange(-300, 300)
        ends = (0, at, 1800, at + tilt) if street % 2 else (at, 0, at + tilt, 1800)
        draw.line(ends, "#b8b0a8", 16)
        draw.line(ends, chance.choice(("#ffffff", "#fcd6a4", "#f9b29c")), 12)
        draw.text((chance.randrange(1600), at), _words(chance, 2), "#444444", _font(26))
    return image


def bill() -> Image.Image:
    """Return a poster: large letters with a shadow on a gradient."""
    chance = random.Random(16)
    ramp = Image.linear_gradient("L").resize((1200, 1700))
    image = Image.composite(
        Image.new("RGB", ramp.size, "#ff6b35"), Image.new("RGB", ramp.size, "#2e1f5e"), ramp
    )
    draw = ImageDraw.Draw(image)
    for ring in range(12):
        radius = 500 - 40 * ring
        box = (600 - radius, 700 - radius, 600 + radius, 700 + radius)
        draw.ellipse(box, _PAINTS[ring % 7])
    for row in range(3):
        text = _words(chance, 1).upper()
        draw.text((86, 1166 + 160 * row), text, "#000000", _font(150))
        draw.text((80, 1160 + 160 * row), text, "#ffffff", _font(150))
    return image


def logo() -> Image.Image:
    """Return a badge on transparent ground."""
    image = Image.new("RGBA", (1000, 1000))
    draw = ImageDraw.Draw(image)
    draw.ellipse((60, 60, 940, 940), "#0b3954")
    draw.ellipse((110, 110, 890, 890), outline="#bfd7ea", width=14)
    star = [
        (500 + radius * math.sin(turn * math.pi / 5), 470 - radius * math.cos(turn * math.pi / 5))
        for turn, radius in enumerate((300, 120) * 5)
    ]
    draw.polygon(star, "#ff6663")
    draw.text((250, 740), "HARBOUR", "#e0ff4f", _font(110))
    image = image.resize((500, 500), Image.Resampling.LANCZOS)
    image.alpha_composite(image.resize((120, 120)), (370, 10))
    return image


def pencil() -> Image.Image:
    """Return hatching, black on white: thin lines at every angle."""
    chance = random.Random(18)
    image = Image.new("RGB", (1500, 1100), "#ffffff")
    draw = ImageDraw.Draw(image)
    for _ in range(160):
        x, y, angle = chance.randrange(1500), chance.randrange(1100), chance.random() * math.pi
        across, along = math.cos(angle), math.sin(angle)
        for at in range(-12, 13):
            left, top = x + 9 * at * across, y + 9 * at * along
            ends = (left - 90 * along, top + 90 * across, left + 90 * along, top - 90 * across)
            draw.line(ends, "#202020", 2)
    return image


def glow() -> Image.Image:
    """Return soft blots of colour, as on the ground of a title page."""
    chance = random.Random(21)
    image = Image.new("RGB", (900, 600), "#10002b")
    draw = ImageDraw.Draw(image)
    for _ in range(14):
        x, y, radius = chance.randrange(900), chance.randrange(600), chance.randrange(60, 180)
        box = (x - radius, y - radius, x + radius, y + radius)
        draw.ellipse(box, chance.choice(_PAINTS))
    return image.filter(ImageFilter.GaussianBlur(60))


def letter() -> Image.Image:
    """Return a page in two columns, black on cream, with a heading in red."""
    chance = random.Random(22)
    image = Image.new("RGB", (1240, 1754), "#fffdf5")
    draw = ImageDraw.Draw(image)
    draw.text((90, 80), _words(chance, 3).title(), "#b3001b", _font(60))
    for column in range(2):
        for line in range(48):
            place = (90 + 550 * column, 200 + 31 * line)
            draw.text(place, _words(chance, 5), "#161616", _font(21))
    return image


def drawn_over() -> Image.Image:
    """Return words and boxes over what looks like a photograph."""
    chance = random.Random(23)
    bands = [
        Image.effect_noise((1500, 1000), 120).filter(ImageFilter.GaussianBlur(9)) for _ in "RGB"
    ]
    image = Image.merge("RGB", bands)
    draw = ImageDraw.Draw(image)
    draw.rectangle((80, 620, 1420, 920), fill="#ffffff")
    draw.text((120, 650), _words(chance, 4).title(), "#d00000", _font(80))
    for row in range(3):
        draw.text((120, 770 + 44 * row), _words(chance, 11), "#222222", _font(30))
    return image


SKETCHES: Final[dict[str, Callable[[], Image.Image]]] = {
    draw.__name__: draw
    for draw in (
        *(panels, editor, chart, town, bill),
        *(logo, pencil, glow, letter, drawn_over),
    )
}
