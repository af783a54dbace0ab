"""Draw originals that no camera took, the same every time."""

import math
import random
from collections.abc import Callable
from typing import Final

from PIL import Image, ImageDraw, ImageFont

_WORDS: Final = (
    *("negative", "print", "silver", "paper", "salt", "light", "plate", "lens", "shadow"),
    *("album", "glass", "emulsion", "exposure", "portrait", "window", "garden", "river"),
)
_INKS: Final = ("#1b1f24", "#0969da", "#1a7f37", "#cf222e", "#8250df", "#bf8700")


def _sentence(chance: random.Random, words: int) -> str:
    return " ".join(chance.choice(_WORDS) for _ in range(words))


def screenshot() -> Image.Image:
    """Return a window with a bar, a list at the side, text, code and a chart."""
    chance = random.Random(1)
    image = Image.new("RGB", (2880, 1800), "#ffffff")
    draw = ImageDraw.Draw(image)
    small, large = ImageFont.load_default(26), ImageFont.load_default(44)
    draw.rectangle((0, 0, 2880, 96), fill="#24292f")
    draw.text((40, 24), "Calotype", font=large, fill="#ffffff")
    draw.rectangle((0, 96, 560, 1800), fill="#f6f8fa")
    for row in range(36):
        text = _sentence(chance, 3)
        draw.text((40, 130 + 46 * row), text, font=small, fill=_INKS[row % 2])
        code = "    " * chance.randrange(3) + _sentence(chance, chance.randrange(3, 9))
        draw.text((620, 130 + 46 * row), code, font=small, fill=chance.choice(_INKS))
    for bar in range(16):
        height = chance.randrange(60, 700)
        left = 1900 + 58 * bar
        draw.rectangle((left, 1700 - height, left + 40, 1700), fill=_INKS[bar % len(_INKS)])
    return image


def page() -> Image.Image:
    """Return a scanned page: black text on white, in grey."""
    chance = random.Random(2)
    image = Image.new("L", (2480, 3508), 255)
    draw = ImageDraw.Draw(image)
    draw.text((240, 200), _sentence(chance, 4).title(), font=ImageFont.load_default(96), fill=0)
    body = ImageFont.load_default(46)
    for line in range(46):
        draw.text((240, 420 + 64 * line), _sentence(chance, 11), font=body, fill=20)
    return image


def line_art() -> Image.Image:
    """Return thin curves that cross, on transparent ground."""
    image = Image.new("RGBA", (2400, 2400))
    draw = ImageDraw.Draw(image)
    for turn in range(48):
        phase = math.tau * turn / 48
        points = [
            (
                1200 + 1100 * math.sin(3 * step / 100 + phase) * math.cos(step / 160),
                1200 + 1100 * math.cos(2 * step / 100 + phase),
            )
            for step in range(800)
        ]
        draw.line(points, fill=_INKS[turn % len(_INKS)], width=3, joint="curve")
    return image


def gradient() -> Image.Image:
    """Return a smooth sky, where banding would show."""
    across = Image.linear_gradient("L").rotate(90).resize((3200, 2000), Image.Resampling.BICUBIC)
    down = Image.linear_gradient("L").resize((3200, 2000), Image.Resampling.BICUBIC)
    round_ = Image.radial_gradient("L").resize((3200, 2000), Image.Resampling.BICUBIC)
    return Image.merge("RGB", (down, round_, across))


def poster() -> Image.Image:
    """Return flat shapes with sharp edges and large letters."""
    chance = random.Random(3)
    image = Image.new("RGB", (2560, 1440), "#fff8e7")
    draw = ImageDraw.Draw(image)
    for _ in range(60):
        x, y, radius = chance.randrange(2560), chance.randrange(1440), chance.randrange(40, 320)
        draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=chance.choice(_INKS))
    for row in range(4):
        text = _sentence(chance, 2).upper()
        draw.text((120, 120 + 320 * row), text, font=ImageFont.load_default(220), fill="#ffffff")
    return image


DRAWINGS: Final[dict[str, Callable[[], Image.Image]]] = {
    "screenshot.png": screenshot,
    "page.png": page,
    "line-art.png": line_art,
    "gradient.png": gradient,
    "poster.webp": poster,
}
