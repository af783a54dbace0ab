"""A street at dusk, wet from rain."""

import math
from random import Random

from PIL import Image, ImageDraw, ImageFilter, ImageOps

from infra.demo.facade import PER_METRE, facade
from infra.demo.fields import fractal
from infra.demo.film import bloomed, grained, photograph
from infra.demo.lamps import hang_bulbs, light_lamps, park_car
from infra.demo.light import Glow, veil
from infra.demo.paint import BICUBIC, Pen, gradient, mix, stops
from infra.demo.perspective import EYE_LEVEL, FOCAL, HALF_WIDTH, SIZE, VANISHING, dusky, spot, strip
from infra.demo.shapes import silhouette


def dusk_sky(rng: Random) -> Image.Image:
    """Paint the sky with its mirror image below, and the far towers of the city."""
    x, y = VANISHING
    evening = stops("1c2254 0 3e3e7c 0.33 8c5c8e 0.6 e88070 0.78 ffbc78 0.93 ffc88c 1")
    image = gradient((SIZE[0], y), evening)
    clouds = fractal(rng, (200, 180), (3, 8), 5).step(0.48, 0.8).stretched(image.size)
    veil(image, (255, 150, 130), clouds, [(0, 120), (0.85, 165), (1, 0)])
    Glow(900, (255, 170, 90), 2.2, 0.9).on(image, (x, y - 40))
    pen = ImageDraw.Draw(image)
    for row in range(3):
        body = mix((206, 120, 120), (110, 76, 112), row / 2.2)
        for tower in range(7):
            left, wide = x - 260 + tower * 78 + rng.uniform(-20, 20), rng.uniform(34, 64)
            tall = rng.uniform(90, 330) * (1 - 0.18 * row) + (2 - row) * 60
            pen.rectangle((left, y - tall, left + wide, y), body)
            for _ in range(int(wide * tall / 160)):
                at = left + 4 + 6 * rng.randrange(int((wide - 8) / 6))
                sill = y - tall + 6 + 9 * rng.randrange(int(tall / 9))
                pen.rectangle((at, sill, at + 2, sill + 4), mix(body, (255, 220, 150), 0.7))
    return mirrored(image).crop((0, 0, *SIZE))


def mirrored(image: Image.Image) -> Image.Image:
    """Set *image* over its mirror image."""
    whole = Image.new("RGB", (image.width, 2 * image.height))
    whole.paste(image)
    whole.paste(ImageOps.flip(image), (0, image.height))
    return whole


def line_side(image: Image.Image, rng: Random, vanishing: int) -> None:
    """Line the left side with buildings, the farthest drawn first."""
    row, near = [], 6.2
    while near < 150:
        height = rng.choice((14, 18, 21, 25, 29, 33)) + (rng.uniform(0, 10) if near > 50 else 0)
        row.append((near, near + rng.uniform(11, 17), height))
        near = row[-1][1]
    for start, end, height in reversed(row):
        left = round(vanishing - FOCAL * (HALF_WIDTH + 14) / start)
        right = round(vanishing - FOCAL * HALF_WIDTH / start)
        top, foot = round(spot(0, height, start)[1]), round(spot(0, 0, start)[1])
        if right > 0:
            flank = gradient((right - left, foot - top), stops("4a354e 0 302333 1"))
            image.paste(dusky(flank, start), (left, top))
        stand(image, vanishing, start, end, facade(rng, end - start, height))


def stand(image: Image.Image, vanishing: int, near: float, far: float, front: Image.Image) -> None:
    """Stand *front* along the left side of the street, with its mirror image in the wet ground."""
    height = front.height / PER_METRE
    first = max(0, math.floor(vanishing - FOCAL * HALF_WIDTH / near))
    last = math.ceil(vanishing - FOCAL * HALF_WIDTH / far)
    # For a wall along the line of sight, depth is FOCAL * HALF_WIDTH / (vanishing - x), and the
    # height seen at y is proportional to it: the coefficients below say so over one denominator.
    span, up = vanishing - first, (height - EYE_LEVEL) * PER_METRE
    across = PER_METRE * FOCAL * HALF_WIDTH / span - near * PER_METRE
    rise = HALF_WIDTH * PER_METRE / span
    vertical = (-up / span, rise, up - rise * VANISHING[1])
    coefficients = (near * PER_METRE / span, 0, across, *vertical, -1 / span, 0)
    size = (last - first, image.height)
    wall = mirrored(front).transform(size, Image.Transform.PERSPECTIVE, coefficients, BICUBIC)
    corners = (near, height), (far, height), (far, -height), (near, -height)
    outline = [
        (2 * (span - FOCAL * HALF_WIDTH / depth), 2 * spot(0, y, depth)[1]) for depth, y in corners
    ]
    mask = silhouette((2 * size[0], 2 * size[1]), outline).reduce(2)
    image.paste(dusky(wall, near), (first, 0), mask)


def wet_road(image: Image.Image, rng: Random) -> None:
    """Turn the mirror images between the walls into wet tarmac: dark, blurred, puddled."""
    width, top = image.width, VANISHING[1] + 4
    mirror = image.crop((0, top, width, image.height))
    size = mirror.size
    smear = mirror.resize((width // 2, size[1] // 8), Image.Resampling.BOX).resize(size, BICUBIC)
    soft = Image.blend(mirror.filter(ImageFilter.BoxBlur((3, 10))), smear, 0.55)
    tarmac = Image.new("RGB", size, (26, 24, 40))
    puddles = fractal(rng, (400, 240), (5, 16), 4).step(0.35, 0.62).stretched(size)
    wet, dry = Image.blend(tarmac, soft, 0.66), Image.blend(tarmac, soft, 0.36)
    road = grained(Image.composite(wet, dry, puddles), rng, 0.04)
    outline = [(x, y - top) for x, y in strip(-HALF_WIDTH, HALF_WIDTH, 3.4, 400)]
    image.paste(road, (0, top), silhouette(size, outline))


def mark_road(pen: Pen) -> None:
    """Draw pavements, the broken middle line and a zebra crossing."""
    for side in (-1, 1):
        kerb, wall = side * 5.6, side * HALF_WIDTH
        pen.polygon(strip(wall, kerb, 3.4, 300), (96, 76, 92, 70))
        pen.line([spot(kerb, 0.12, 3.4), spot(kerb, 0.12, 200)], (210, 160, 140, 150), 4)
    for dash in range(2, 15):
        pen.polygon(strip(-0.09, 0.09, dash * 6, dash * 6 + 2.6), (248, 225, 195, 170))
    for bar in range(-5, 6):
        x = bar * 1.05
        pen.polygon(strip(x - 0.3, x + 0.3, 7.2, 9.6), (248, 225, 195, 120))


def paint_street() -> bytes:
    """Paint a wet street with lit windows, lamps and a few cars."""
    rng = Random(3)
    image = dusk_sky(rng)
    # The right side is the left one in a mirror, so that one wall's geometry serves both.
    for vanishing in (VANISHING[0], SIZE[0] - VANISHING[0]):
        line_side(image, rng, vanishing)
        image = ImageOps.mirror(image)
    wet_road(image, rng)
    pen = ImageDraw.Draw(image, "RGBA")
    mark_road(pen)
    light_lamps(image, pen)
    back, front = (255, 60, 40), (255, 240, 205)
    cars = (2.6, 60, back), (-2.7, 46, front), (2.9, 38, back), (-2.8, 27, front), (2.7, 19, back)
    for x, depth, light in cars:
        park_car(image, pen, x, depth, light)
    hang_bulbs(image, pen)
    return photograph(bloomed(image), rng)
