"""A moon around a ringed planet, drawn at twice its size and reduced."""

import math
from random import Random
from typing import Final

from PIL import Image, ImageDraw

from infra.demo.film import encoded
from infra.demo.light import Glow
from infra.demo.paint import BICUBIC, Colour, Pen, Point, mix, ramp, stops
from infra.demo.shapes import disc

FRAMES: Final = 24
STAGE: Final = 640
MIDDLE: Final = STAGE // 2
PLANET: Final = 122
RINGS: Final[tuple[tuple[float, float, Colour], ...]] = (
    (1.35, 1.52, (196, 150, 130)),
    (1.56, 1.82, (232, 196, 160)),
    (1.87, 1.97, (150, 110, 120)),
)


def ring_point(radius: float, angle: float) -> Point:
    """Place a point of the tilted plane of rings; angles up to half a turn are in front."""
    x, y = PLANET * radius * math.cos(angle), PLANET * radius * math.sin(angle) * 0.3
    turn = math.radians(-18)
    across, down = math.cos(turn), math.sin(turn)
    return MIDDLE + x * across - y * down, MIDDLE + x * down + y * across


def draw_rings(pen: Pen, start: float, shade: float) -> None:
    """Draw half of each ring, from *start* on."""
    angles = [start + math.pi * step / 60 for step in range(61)]
    for inner, outer, colour in RINGS:
        edge = [ring_point(inner, angle) for angle in angles]
        edge += [ring_point(outer, angle) for angle in reversed(angles)]
        pen.polygon(edge, mix(colour, (40, 30, 70), shade))


def draw_moon(pen: Pen, angle: float, *, front: bool) -> None:
    """Draw the moon and its wake, as far as they are on the asked side of the planet."""
    pale, night = (190, 220, 255), (30, 32, 80)
    for back in range(24, 0, -1):
        behind = angle - back * 0.026
        if (math.sin(behind) >= 0) == front:
            faded = mix(pale, night, 0.45 + 0.55 * back / 24)
            pen.circle(ring_point(2.32, behind), 15 * (1 - back / 25), faded)
    if (math.sin(angle) >= 0) == front:
        x, y = ring_point(2.32, angle)
        size = 19 * (1 + 0.18 * math.sin(angle))
        pen.circle((x, y), size, mix(pale, (60, 50, 90), 0.45))
        pen.circle((x - size * 0.17, y - size * 0.17), size * 0.78, pale)


def draw_stars(pen: Pen, turn: float) -> None:
    """Scatter stars that twinkle, each with a phase of its own."""
    rng = Random(5)
    for _ in range(70):
        at, radius = (rng.uniform(0, STAGE), rng.uniform(0, STAGE)), rng.uniform(0.8, 2.2)
        level = round(150 + 70 * math.sin(math.tau * (turn + rng.random())))
        pen.circle(at, radius, (level, level, level + 20))


def planet() -> Image.Image:
    """Paint the planet's light and shade, on nothing."""
    light = Image.radial_gradient("L").resize((4 * PLANET, 4 * PLANET), BICUBIC)
    shade = Image.new("L", (STAGE, STAGE), 255)
    shade.paste(light, (round(MIDDLE - 2.45 * PLANET), round(MIDDLE - 2.5 * PLANET)))
    body = ramp(shade, stops("ffecbe 0 fcc482 0.12 de7056 0.34 7a3258 0.5 2c1842 0.7 1e1236 1"))
    body.putalpha(disc(shade.size, (MIDDLE, MIDDLE), PLANET))
    return body


def frame(sky: Image.Image, body: Image.Image, turn: float) -> Image.Image:
    """Draw what is seen when the moon has made *turn* of its way, from 0 to 1."""
    image = sky.copy()
    pen = ImageDraw.Draw(image)
    draw_stars(pen, turn)
    draw_moon(pen, math.tau * turn, front=False)
    draw_rings(pen, math.pi, 0.35)
    image.paste(body, mask=body)
    draw_rings(pen, 0, 0)
    draw_moon(pen, math.tau * turn, front=True)
    return image.reduce(2)


def paint_orbit() -> bytes:
    """Paint one turn of the moon as an endless GIF, every frame in the same palette."""
    sky = Image.new("RGB", (STAGE, STAGE), (14, 16, 38))
    Glow(MIDDLE, (34, 38, 96), 1.4, 0.9).on(sky, (MIDDLE, MIDDLE))
    body = planet()
    frames = [frame(sky, body, number / FRAMES) for number in range(FRAMES)]
    # One palette for all frames: with one each, still areas would flicker.
    sample = Image.new("RGB", (STAGE, STAGE))
    for quarter in range(4):
        at = (MIDDLE * (quarter % 2), MIDDLE * (quarter // 2))
        sample.paste(frames[FRAMES // 4 * quarter], at)
    shared = sample.quantize(255)
    first, *rest = (each.quantize(palette=shared, dither=Image.Dither.NONE) for each in frames)
    return encoded(first, "GIF", save_all=True, append_images=rest, duration=60, loop=0)
