"""An attic window, which is what the Turkish in its key means; drawn at twice its size."""

from random import Random
from typing import Final

from PIL import Image, ImageChops, ImageDraw, ImageFilter

from infra.demo.film import encoded
from infra.demo.light import Glow, tinted
from infra.demo.paint import Colour, Pen, Size, gradient, mix, stops
from infra.demo.shapes import disc, silhouette

SIZE: Final[Size] = (1280, 960)
OAK: Final[Colour] = (150, 104, 70)


def boards(rng: Random) -> Image.Image:
    """Draw upright planks."""
    width, height = SIZE
    image = Image.new("RGB", SIZE)
    pen = ImageDraw.Draw(image)
    left = 0
    while left < width:
        wide = 44 + rng.randrange(16)
        plank = mix((104, 70, 54), (70, 44, 40), rng.random() * 0.6)
        pen.rectangle((left, 0, left + wide, height), plank, (58, 38, 34), 2)
        left += wide
    return image


def attic_room(rng: Random) -> Image.Image:
    """Draw the gable wall of boards, the floor and the rafters."""
    width, height = SIZE
    image = Image.new("RGB", SIZE, (52, 34, 36))
    pen = ImageDraw.Draw(image)
    x, y, foot = width * 0.5, height * -0.12, height * 0.8
    for rafter in range(13):
        t = rafter / 12
        down, end = y + (foot - y) * t, height * (1.4 * t - 0.3)
        for side in (-1, 1):
            inner = x + side * width * 0.46 * t
            outer = x + side * width * (0.6 - 0.05 * t)
            pen.line([(inner, down), (outer, end)], (38, 24, 28), 10)
    gable = silhouette(SIZE, [(x, y), (width * 0.96, foot), (width * 0.04, foot)])
    image.paste(boards(rng), mask=gable)
    floor = (-0.46, foot), (0.46, foot), (0.8, height), (-0.8, height)
    pen.polygon([(x + width * across, down) for across, down in floor], (84, 54, 44))
    for board in range(-9, 10):
        ends = [(x + board * width * 0.051, foot), (x + board * width * 0.09, height)]
        pen.line(ends, (60, 38, 34), 3)
    return image


def night_town(rng: Random, side: int) -> Image.Image:
    """Draw what the window shows: moon, stars and roofs."""
    image = gradient((side, side), stops("141c50 0 2c367c 0.35 966ea0 0.75 f0aa96 1"))
    pen = ImageDraw.Draw(image)
    for _ in range(60):
        star = rng.uniform(0, side), rng.uniform(0, side * 0.7)
        pen.circle(star, rng.uniform(1, 3.2), (250, 246, 226))
    crescent = disc(image.size, (side * 0.71, side * 0.29), side * 0.1)
    ImageDraw.Draw(crescent).circle((side * 0.66, side * 0.265), side * 0.098, 0)
    image.paste((255, 244, 210), mask=crescent)
    wide = side * 0.17
    for house in range(9):
        x, eaves = house * side * 0.13, side * (1 - rng.uniform(0.12, 0.25))
        roof = mix((40, 36, 84), (64, 48, 96), rng.random())
        outline = [(x, side), (x, eaves), (x + wide / 2, eaves - wide * 0.45), (x + wide, eaves)]
        pen.polygon([*outline, (x + wide, side)], roof)
        if rng.random() < 0.8:
            pane = (x + wide * 0.35, eaves + 8, x + wide * 0.58, eaves + 30)
            pen.rectangle(pane, (255, 206, 128))
    return image


def furnish(pen: Pen) -> None:
    """Draw a chest with a lamp on it, and a few books."""
    width, height = SIZE

    def box(left: float, top: float, right: float, bottom: float, colour: Colour) -> None:
        pen.rectangle((width * left, height * top, width * right, height * bottom), colour)

    box(0.66, 0.70, 0.86, 0.86, (70, 44, 40))
    box(0.66, 0.745, 0.86, 0.755, (120, 84, 56))
    box(0.75, 0.735, 0.77, 0.775, (190, 150, 90))
    box(0.755, 0.64, 0.765, 0.70, OAK)
    shade = (0.73, 0.645), (0.79, 0.645), (0.775, 0.57), (0.745, 0.57)
    pen.polygon([(width * x, height * y) for x, y in shade], (255, 220, 150))
    covers = (150, 60, 54), (60, 96, 110), (196, 150, 80), (92, 70, 110)
    for book, (cover, tall) in enumerate(zip(covers, (0.10, 0.085, 0.11, 0.09), strict=True)):
        left = 0.16 + book * 0.022
        title = mix(cover, (250, 224, 180), 0.5)
        box(left, 0.82 - tall, left + 0.02, 0.82, cover)
        box(left, 0.82 - tall * 0.8, left + 0.02, 0.82 - tall * 0.74, title)


def paint_attic() -> bytes:
    """Paint an attic with a round window on the night."""
    rng = Random(8)
    width, height = SIZE
    image = attic_room(rng)
    pen = ImageDraw.Draw(image)
    x, y, radius = width // 2, round(height * 0.4), round(height * 0.235)
    pen.circle((x, y), radius * 1.13, (66, 42, 36))
    pen.circle((x, y), radius * 1.08, OAK)
    town = night_town(rng, 2 * radius)
    image.paste(town, (x - radius, y - radius), disc(town.size, (radius, radius), radius - 1))
    pen.line([(x, y - radius), (x, y + radius)], OAK, 12)
    pen.line([(x - radius, y), (x + radius, y)], OAK, 12)
    furnish(pen)
    shaft = [(x - radius * 0.8, y), (x + radius * 0.6, y + radius * 0.5)]
    shaft += [(x - radius * 0.2, height), (x - radius * 2.6, height)]
    beam = silhouette(SIZE, shaft, 90).filter(ImageFilter.GaussianBlur(36))
    image = ImageChops.screen(image, tinted(beam, (120, 130, 220)))
    lamp = (width * 0.76, height * 0.61)
    Glow(width * 0.34, (255, 170, 80), 1.6, 0.75).on(image, lamp)
    Glow(width * 0.08, (255, 230, 180), 1.5, 0.7).on(image, lamp)
    return encoded(image.reduce(2), "PNG")
