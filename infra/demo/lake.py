"""A mountain lake at nightfall."""

import math
from random import Random
from typing import Final

from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageOps

from infra.demo.fields import Field, fractal, noise, ridges, slope
from infra.demo.film import photograph
from infra.demo.land import MAP, Sun, View, flatness
from infra.demo.light import tinted, veil
from infra.demo.paint import Colour, Pen, Point, Size, gradient, ramp, stops

SIZE: Final[Size] = (2400, 1600)
SHORE: Final = 980
ABOVE: Final[Size] = (SIZE[0], SHORE)
BELOW: Final[Size] = (SIZE[0], SIZE[1] - SHORE)


def massif(rng: Random) -> Field:
    """Raise a range beyond the lake, parted by a valley, with one peak above the rest."""
    x, away = slope(MAP, across=True), 1.0 - slope(MAP, across=False)
    rise = away.step(0.28, 0.62)
    crags = ridges(rng, MAP, (6, 6), 6, 0.42)
    bulk = crags * 0.75 + noise(rng, MAP, (5, 5)) * 0.25
    beside = abs(x - 0.5).step(0.02, 0.40) * 0.55 + 0.25
    peak = (1.0 - (((x - 0.44) * 5.2) ** 2 + ((away - 0.66) * 5) ** 2) ** 0.5).clipped()
    heights = bulk * rise * beside * (1.0 - peak * 0.3) + peak * rise * (crags * 0.34 + 0.30)
    return heights * 270 + fractal(rng, MAP, (14, 14), 4) * away.step(0.22, 0.4) * 16


def alpenglow(rng: Random, land: Field) -> Image.Image:
    """Colour the range: forest, rock and snow in blue shade, the last sun on the heights."""
    height = land * (1 / 270)
    sun = Sun(2, 1, math.tan(math.radians(16)))
    last = (sun.on(land) * 1.35).clipped() * (1.0 - sun.shade(land, 10))
    last *= height.step(0.14, 0.40)
    grain = noise(rng, MAP, MAP)
    dim = Sun(-1, 2, 0.9).on(land) * 0.62
    shade = (dim + grain * 0.05).mask()
    rock = ramp(shade, stops("0e1224 0 343a58 0.6 545c7c 1"))
    snow = ramp(shade, stops("263462 0 5c70aa 0.6 92a6d6 1"))
    wood = ramp((dim + (grain - 0.5) * 0.5).mask(), stops("080e18 0 1e2c3a 1"))
    patches = (fractal(rng, MAP, (60, 60), 3) - 0.5) * 0.7
    lies = (height * 1.5 + flatness(land) * 1.5 + patches).step(1.25, 1.55)
    cover = Image.composite(snow, rock, lies.mask())
    cover = Image.composite(wood, cover, (0.16 - height).step(0, 0.09).mask())
    warm = ramp((lies * 0.75 + 0.25).mask(), stops("6e3228 0 ff966e 1"))
    return ImageChops.screen(cover, ImageChops.multiply(warm, last.mask().convert("RGB")))


def night_sky(rng: Random) -> Image.Image:
    """Paint dusk below, stars and a hint of the Milky Way above."""
    width, height = ABOVE
    image = gradient(
        ABOVE, stops("0a0e2c 0 1e2a60 0.3 465096 0.5 967cb0 0.66 eca4a0 0.8 ffc4a0 0.9 ffcdaa 1")
    )
    small = (width // 8, height // 8)
    x, y = slope(small, across=True), slope(small, across=False)
    off = abs(y * 0.62 - x * 0.9 + 0.38 + (noise(rng, small, (6, 4)) - 0.5) * 0.12)
    dust = fractal(rng, small, (12, 8), 4).step(0.3, 0.75)
    milky = (1.0 - off * 4.2).at_least(0) ** 2 * dust * (1.0 - y * 1.1).at_least(0)
    image = ImageChops.screen(image, tinted(milky.stretched(ABOVE), (150, 130, 190)))
    # Stars are smaller than pixels, so they are drawn larger and reduced.
    stars = Image.new("L", (2 * width, 2 * height))
    pen = ImageDraw.Draw(stars)
    for _ in range(1000):
        x_at, y_at, bright = rng.random(), rng.random() ** 1.6 * 0.75, rng.random() ** 3
        level = round(255 * (1 - y_at / 0.75) * (0.35 + 0.65 * bright))
        pen.circle((2 * width * x_at, 2 * height * y_at), 1.8 + 2.4 * bright, level)
    image.paste((235, 240, 255), mask=stars.reduce(2))
    return image


def draw_fir(pen: Pen, rng: Random, foot: Point, tall: float, dark: Colour) -> None:
    """Draw one fir as nine skirts of branches."""
    x, base = foot
    for skirt in range(9):
        top = base - tall + tall * 0.93 * skirt / 9
        hem, half = top + tall * 0.2, tall * 0.2 * (0.12 + 0.88 * (skirt + 1) / 9)
        left, right = (hem + rng.random() * tall * 0.03 for _ in "lr")
        notch, stem = hem - tall * 0.035, half * 0.3
        branches = (x - half, left), (x - stem, notch), (x + stem, notch), (x + half, right)
        pen.polygon([(x, top - 2), *branches], dark)


def plant_shore(pen: Pen, rng: Random) -> None:
    """Line the shore with firs, the tall and dark ones to the sides."""
    for _ in range(420):
        x = rng.random()
        aside = abs(x - 0.52) * 2
        tall = 18 + (26 + 150 * max(0, aside - 0.35) ** 1.5) * (0.5 + rng.random())
        dark = (12, 18, 32) if aside > 0.5 else (20, 28, 46)
        draw_fir(pen, rng, (x * SIZE[0], SHORE + 2), tall, dark)


def water(rng: Random, above: Image.Image) -> Image.Image:
    """Mirror what is *above*: in waves that grow towards the viewer, darker as they near."""
    width, height = BELOW
    mirror = ImageOps.flip(above.crop((0, SHORE - height - 30, width, SHORE)))
    mesh = []
    for y in range(0, height, 2):
        near = y / height
        wave = math.sin(y * (0.30 - 0.2 * near) + 2 * math.sin(y * 0.055))
        wave += 0.6 * math.sin(y * (0.83 - 0.5 * near) + y * 0.025)
        row = y + (1.5 + 9 * near) * wave + rng.gauss(0, 0.4 + 0.8 * near)
        row = min(max(row, 0), mirror.height - 4)
        # Kept inside the picture, or its sides would show black.
        left = 4 + min(max(rng.gauss(0, 0.5 + 0.8 * near), -4), 4)
        right = left + width - 8
        quad = (left, row, left, row + 2, right, row + 2, right, row)
        mesh.append(((0, y, width, y + 2), quad))
    waves = mirror.transform(BELOW, Image.Transform.MESH, mesh, Image.Resampling.BILINEAR)
    depth = gradient(BELOW, stops("d6d2dc 0 bebed8 0.35 6070a0 1"))
    return ImageChops.multiply(waves.filter(ImageFilter.BoxBlur((1, 2))), depth)


def paint_lake() -> bytes:
    """Paint snow mountains over still water."""
    rng = Random(6)
    land = massif(rng)
    view = View((512, 1020), 10, 0.46, 230, 1000, 1000, ABOVE, SHORE)
    mountains = view.render(land, alpenglow(rng, land), (122, 134, 184), 950)
    above = night_sky(rng)
    above.paste(mountains, mask=mountains)
    plant_shore(ImageDraw.Draw(above), rng)
    image = Image.new("RGB", SIZE)
    image.paste(above)
    image.paste(water(rng, above), (0, SHORE))
    mist = fractal(rng, (300, 70), (6, 2), 3).step(0.2, 0.8).stretched((SIZE[0], 140))
    veil(image, (190, 190, 215), mist, [(0, 0), (0.43, 100), (1, 0)], SHORE - 60)
    return photograph(image, rng)
