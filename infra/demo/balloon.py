"""A hot-air balloon, in a file that lies on its side."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Final

from PIL import ExifTags, Image, ImageChops, ImageDraw

from infra.demo.fields import fractal, noise, ridges
from infra.demo.film import photograph
from infra.demo.land import Sun, View
from infra.demo.light import Glow, veil
from infra.demo.paint import BICUBIC, Box, Colour, Pen, Point, Size, gradient, mix, ramp, stops
from infra.demo.shapes import around

SIZE: Final[Size] = (1200, 1600)
GORE: Final = math.tau / 24
# Where the first seam is: a little aside, as a seam in the very middle would look ruled.
SEAM: Final = 0.06
CROWN: Final = 30
CLOTH: Final[Colour] = (30, 44, 92)
CREAM: Final[Colour] = (250, 224, 180)


@dataclass(frozen=True, slots=True)
class Envelope:
    """The balloon's cloth: a solid of revolution around *centre*, seen from a little below."""

    centre: float
    radius: float

    def girth(self, down: float) -> float:
        """Return the radius at *down*, which is 0 at the crown and 1 at the mouth."""
        if down < 0.43:
            return self.radius * math.sqrt(max(0, 1 - ((0.43 - down) / 0.43) ** 2))
        u = (down - 0.43) / 0.57
        taper = math.pow(max(0, math.cos(u * math.pi / 2)), 0.92)
        taper *= 1 - 0.06 * math.sin(u * math.pi)
        return self.radius * (0.13 + 0.87 * taper)

    def at(self, angle: float, down: float) -> Point:
        """Place a point of the cloth; *angle* is 0 towards us, a quarter turn at the edge."""
        angle = min(max(angle, -math.pi / 2), math.pi / 2)
        girth = self.girth(down)
        dip = girth * math.cos(angle) * 0.10 * (0.25 + down)
        return self.centre + girth * math.sin(angle), CROWN + self.radius * 2.35 * down + dip

    def gore(self, pen: Pen, start: float, end: float, colour: Colour) -> None:
        """Fill the cloth between two angles, crown to mouth."""
        downs = [step / 64 for step in range(65)]
        edge = [self.at(start, down) for down in downs]
        pen.polygon(edge + [self.at(end, down) for down in reversed(downs)], colour)

    def chevrons(self, pen: Pen, down: float, thick: float, colour: Colour) -> None:
        """Run a zigzag round the cloth, a point to each gore."""
        steps = range(-64, 65)
        points = [(s * GORE / 8 + SEAM, down + 0.01125 * min(s % 8, -s % 8)) for s in steps]
        upper = [self.at(angle, at) for angle, at in points]
        lower = [self.at(angle, at + thick) for angle, at in reversed(points)]
        pen.polygon(upper + lower, colour)


def hang_basket(pen: Pen, x: float, mouth: float, radius: float) -> None:
    """Hang a basket with two passengers on ropes under the mouth, and light the flame."""
    half, rim, skirt = radius * 0.17, mouth + radius * 0.48, mouth + radius * 0.12
    wide, throat = radius * 0.13, radius * 0.112
    hem = (x - throat, skirt), (x + throat, skirt)
    pen.polygon([(x - wide, mouth - 6), *hem, (x + wide, mouth - 6)], CLOTH)
    pen.ellipse(around((x, skirt), throat, radius * 0.013), (24, 30, 60))
    for rope in (-1, -0.33, 0.33, 1):
        pen.line([(x + rope * throat, skirt), (x + rope * half, rim)], (70, 48, 50), 4)
    for side, coat in ((-0.42, (170, 60, 50)), (0.38, (44, 84, 110))):
        at, breadth = x + side * half, radius * 0.05
        pen.circle((at, rim - radius * 0.097), radius * 0.033, (70, 44, 44))
        body = (at - breadth, rim - radius * 0.066, at + breadth, rim + 6)
        pen.rounded_rectangle(body, radius * 0.03, coat)
    weave(pen, (x - half, rim, x + half, rim + radius * 0.21))
    flame, thin, burner = mouth + radius * 0.33, radius * 0.022, radius * 0.05
    pen.polygon([(x - thin, flame), (x, flame - radius * 0.19), (x + thin, flame)], CREAM)
    pen.rectangle((x - burner, flame, x + burner, flame + burner / 2), (50, 44, 52))


def weave(pen: Pen, box: Box) -> None:
    """Fill a box with wicker under a rim."""
    left, top, right, bottom = box
    pen.rounded_rectangle(box, (bottom - top) / 7, (150, 96, 52))
    wide, high = (right - left) / 14, (bottom - top) / 9
    for row in range(9):
        for column in range(row % 2, 14, 2):
            x, y = left + wide * column, top + high * row
            pen.rectangle((x + 1, y + 1, x + wide - 1, y + high - 1), (112, 68, 38))
    pen.rounded_rectangle((left - 4, top - 7, right + 4, top + 8), 6, (92, 54, 34))


def balloon(radius: int, cloth: Sequence[Colour]) -> Image.Image:
    """Draw one balloon on nothing, its cloth lit from the upper left."""
    x = radius + 40
    size = (2 * x, round(radius * 3.3))
    envelope = Envelope(x, radius)
    image = Image.new("RGBA", size)
    pen = ImageDraw.Draw(image)
    for gore in range(-7, 8):
        start, colour = gore * GORE + SEAM, cloth[gore % len(cloth)]
        # Each gore bulges, so its left half is the brighter one.
        envelope.gore(pen, start, start + GORE / 2, mix(colour, (255, 255, 255), 0.08))
        envelope.gore(pen, start + GORE / 2, start + GORE, mix(colour, (40, 10, 40), 0.10))
    envelope.chevrons(pen, 0.40, 0.055, CLOTH)
    envelope.chevrons(pen, 0.475, 0.022, CREAM)
    light = Image.radial_gradient("L").resize((round(radius * 4.4), round(radius * 4.6)), BICUBIC)
    shade = Image.new("L", size, 255)
    shade.paste(light, (round(x - radius * 2.62), round(CROWN - radius * 1.68)))
    tone = ramp(shade, stops("fffffa 0 fcf0e2 0.16 d0a8aa 0.34 805c82 0.52 503c6e 1"))
    lit = ImageChops.multiply(image.convert("RGB"), tone)
    gleam = Glow(radius * 0.75, (255, 236, 200), 2, 0.4)
    gleam.on(lit, (x - radius * 0.45, CROWN + radius * 0.6))
    lit.putalpha(image.getchannel("A"))
    hang_basket(ImageDraw.Draw(lit), x, CROWN + radius * 2.366, radius)
    return lit


def fly(image: Image.Image, sprite: Image.Image, at: Size, height: int, haze: float) -> None:
    """Put a balloon in the sky, its crown at *at*, paler with distance."""
    size = (round(sprite.width * height / sprite.height), height)
    small = sprite.resize(size, Image.Resampling.LANCZOS, reducing_gap=2)
    air = Image.new("RGB", size, (250, 216, 190))
    hazy = Image.blend(small.convert("RGB"), air, haze)
    image.paste(hazy, (at[0] - size[0] // 2, at[1]), small.getchannel("A"))


def morning_hills(rng: Random) -> Image.Image:
    """Paint rolling meadows and woods, transparent where there is sky."""
    chart = (768, 768)
    hills = fractal(rng, chart, (6, 6), 3, 0.35) * 92
    hills += ridges(rng, chart, (3, 3), 2) * 46
    sun = Sun(-2, -1, 0.26)
    light = (sun.on(hills) * 1.35 + 0.12).at_most(1) * (1.0 - sun.shade(hills, 6) * 0.8)
    meadow = ramp(light.mask(), stops("162c3a 0 3e5c3e 0.4 9ea050 0.75 f0d682 1"))
    leaves = (noise(rng, chart, chart) - 0.5) * 0.4
    wood = ramp((light * 0.7 + leaves).mask(), stops("0e202c 0 223e32 0.5 787e42 1"))
    where = fractal(rng, chart, (26, 26), 4).step(0.52, 0.58)
    land = Image.composite(wood, meadow, where.mask())
    view = View((384, 760), 150, 0.5, 110, 740, 700, SIZE, 1190)
    return view.render(hills, land, (252, 206, 172), 420)


def paint_balloon() -> bytes:
    """Paint a balloon over morning hills, stored on its side with EXIF Orientation 6."""
    rng = Random(14)
    image = gradient(SIZE, stops("4278be 0 7aaad8 0.3 d6ccce 0.55 ffd6aa 0.72 ffe2be 1"))
    sun = (300, 1180)
    Glow(1000, (255, 190, 110), 1.7, 0.7).on(image, sun)
    clouds = fractal(rng, (300, 400), (3, 9), 6).step(0.46, 0.78).stretched(SIZE)
    white = gradient(SIZE, stops("f0f4fc 0 fff0e4 0.4 ffd8b4 1"))
    veil(image, white, clouds, [(0, 96), (0.3, 204), (0.62, 160), (0.75, 0), (1, 0)])
    hills = morning_hills(rng)
    image.paste(hills, mask=hills)
    mist = fractal(rng, (300, 100), (3, 5), 4).step(0.42, 0.75).stretched((SIZE[0], 260))
    veil(image, (255, 232, 206), mist, [(0, 0), (0.4, 150), (1, 0)], 1180)
    teal = balloon(180, [(44, 110, 120), CREAM])
    fly(image, teal, (985, 760), 250, 0.34)
    fly(image, teal, (420, 1010), 74, 0.66)
    fly(image, balloon(180, [(120, 60, 110), (240, 170, 80)]), (190, 905), 150, 0.5)
    fly(image, balloon(440, [(206, 52, 44), (244, 150, 50), CREAM]), (640, 170), 900, 0)
    Glow(1250, (255, 180, 110), 2, 0.3).on(image, sun)
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    return photograph(image.transpose(Image.Transpose.ROTATE_90), rng, exif=exif)
