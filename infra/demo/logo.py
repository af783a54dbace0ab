"""The logo: an aperture of seven blades, drawn at three times its size and reduced."""

import math
from typing import Final

from PIL import Image, ImageDraw

from infra.demo.film import encoded
from infra.demo.light import Glow
from infra.demo.paint import Colour, Pen, Point, palette, ramp, stops
from infra.demo.shapes import disc, silhouette

SIDE: Final = 800
DRAWN: Final = 3 * SIDE
MIDDLE: Final = DRAWN / 2
RIM: Final = MIDDLE * 0.845
HOLE: Final = MIDDLE * 0.36
SEPIA: Final[Colour] = (58, 34, 22)
BLADES: Final = palette("7a4c2c 925e36 aa7244 c08a58 b0784a 96623a 80502e")


def on_circle(radius: float, angle: float) -> Point:
    """Return a point of a circle around the middle."""
    return MIDDLE + radius * math.cos(angle), MIDDLE + radius * math.sin(angle)


def corner(side: int, radius: float = HOLE) -> Point:
    """Return a corner of the hole."""
    return on_circle(radius, math.tau * side / 7 - 0.35)


def leaf(side: float) -> Point:
    """Return where the line through a side of the hole meets the rim, past the side's corner."""
    apothem = HOLE * math.cos(math.pi / 7)
    return on_circle(RIM, math.tau * (side - 0.5) / 7 - 0.35 + math.acos(apothem / RIM))


def draw_blades(pen: Pen) -> None:
    """Draw each blade from its side of the hole out to the rim, then the slits between them."""
    for side, colour in enumerate(BLADES):
        arc = [leaf(side + step / 40) for step in range(41)]
        pen.polygon([corner(side), *arc, corner(side + 1)], colour)
    for side in range(7):
        pen.line([corner(side - 1), leaf(side)], SEPIA, round(MIDDLE * 0.012))


def paint_logo() -> bytes:
    """Paint the mark: sepia blades around a glimpse of paper, on nothing."""
    image = Image.new("RGB", (DRAWN, DRAWN), SEPIA)
    pen = ImageDraw.Draw(image)
    pen.circle((MIDDLE, MIDDLE), MIDDLE * 0.945, (214, 170, 116))
    pen.circle((MIDDLE, MIDDLE), MIDDLE * 0.905, SEPIA)
    draw_blades(pen)
    whole = image.reduce(3)
    Glow(SIDE * 0.62, (255, 224, 170), 1.4, 0.38).on(whole, (SIDE * 0.36, SIDE * 0.30))
    light = Image.radial_gradient("L").resize(whole.size)
    paper = ramp(light, stops("fff6e2 0 f8e0b4 0.3 e2b478 1"))
    opening = silhouette(image.size, [corner(side, HOLE * 0.965) for side in range(7)])
    whole.paste(paper, mask=opening.reduce(3))
    whole.putalpha(disc(image.size, (MIDDLE, MIDDLE), MIDDLE * 0.97).reduce(3))
    return encoded(whole, "PNG")
