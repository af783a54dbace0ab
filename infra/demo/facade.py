"""The fronts of the street's buildings, as seen straight on."""

from dataclasses import dataclass
from random import Random
from typing import Final

from PIL import Image, ImageDraw

from infra.demo.paint import Colour, Pen, gradient, mix, palette

PER_METRE: Final = 22
SHADOW: Final[Colour] = (0, 0, 0)
LIT: Final = palette("ffce80 ffbc60 ffdea4 ffaa54 f0d6b4 bed6f0")
BRICK: Final = palette("3a2c3e 463036 2c2e48 523a3a 323442 40384e")
AWNINGS: Final = palette("96282c 245c60 bc7828 3c3c6e")
NEON: Final = palette("ff786e 78e6f0 ffd682")


@dataclass(frozen=True, slots=True)
class Facade:
    """A front being drawn, in pixels that are *PER_METRE* to the metre."""

    rng: Random
    image: Image.Image
    pen: Pen
    wall: Colour

    def box(self, x: float, y: float, width: float, height: float, colour: Colour) -> None:
        """Fill a box measured in metres from the top left."""
        corners = (x, y, x + width, y + height)
        self.pen.rectangle([round(metres * PER_METRE) for metres in corners], colour)

    def window(self, x: float, y: float, width: float, height: float, *, lit: bool) -> None:
        """Draw one window: frame, pane, curtain, bars and sill."""
        rng, dark = self.rng, mix(self.wall, SHADOW, 0.32)
        self.box(x - 0.14, y - 0.14, width + 0.28, height + 0.4, dark)
        pane = mix((24, 28, 52), (90, 70, 110), rng.random() * 0.5)
        if lit:
            pane = mix(rng.choice(LIT), (90, 50, 40), rng.random() ** 2 * 0.75)
        self.box(x, y, width, height, pane)
        if lit and rng.random() < 0.5:
            self.box(x, y, width, height * rng.uniform(0.15, 0.5), mix(pane, (120, 60, 40), 0.35))
        if lit and rng.random() < 0.3:
            self.box(x, y, width / 4, height, mix(pane, (110, 50, 40), 0.5))
        self.box(x + width / 2 - 0.06, y, 0.12, height, dark)
        self.box(x, y + height * 0.45 - 0.06, width, 0.12, dark)
        sill = mix(self.wall, (160, 130, 130), 0.35)
        self.box(x - 0.22, y + height + 0.17, width + 0.44, 0.17, sill)

    def floors(self, width: float, height: float) -> None:
        """Draw the rows of windows under a cornice."""
        rng = self.rng
        bays = max(1, int(width / rng.choice((2.0, 2.4, 2.8))))
        bay = width / bays
        wide, high = bay * rng.uniform(0.42, 0.58), rng.uniform(1.6, 2.1)
        share = rng.uniform(0.45, 0.75)
        for floor in range(int((height - 5.8 - high) / 3.3) + 1):
            y = 1.4 + 3.3 * floor
            self.box(0, y + high + 0.55, width, 0.1, mix(self.wall, SHADOW, 0.25))
            for column in range(bays):
                x = (column + 0.5) * bay - wide / 2
                self.window(x, y, wide, high, lit=rng.random() < share)
        self.box(0, 0, width, 0.5, mix(self.wall, (170, 130, 140), 0.3))
        self.box(0, 0.5, width, 0.25, mix(self.wall, SHADOW, 0.4))

    def shops(self, width: float, height: float) -> None:
        """Draw shops along the ground."""
        x = 0.4
        while x < width - 2:
            wide = min(self.rng.uniform(3.2, 5.5), width - x - 0.3)
            self.shop(x, height - 3.3, wide)
            x += wide + 0.5

    def shop(self, x: float, y: float, width: float) -> None:
        """Draw a lit shop window with its shelves, under an awning and a sign."""
        rng = self.rng
        light, awning = rng.choice(LIT[:5]), rng.choice(AWNINGS)
        pane = gradient(
            (round(width * PER_METRE), round(2.8 * PER_METRE)),
            [(0, mix(light, (255, 244, 220), 0.5)), (1, mix(light, (150, 70, 40), 0.55))],
        )
        self.image.paste(pane, (round(x * PER_METRE), round(y * PER_METRE)))
        for _ in range(5):
            tall, at = rng.uniform(0.5, 1.5), x + (width - 0.5) * rng.random()
            shelf = mix(light, (90, 44, 44), rng.uniform(0.45, 0.75))
            self.box(at, y + 2.8 - tall, rng.uniform(0.2, 0.6), tall, shelf)
        self.box(x + width * 0.62, y, 0.08, 2.8, mix(self.wall, SHADOW, 0.4))
        self.box(x - 0.1, y - 0.2, width + 0.2, 0.9, awning)
        self.box(x - 0.1, y + 0.62, width + 0.2, 0.14, mix(awning, (255, 230, 200), 0.4))
        self.box(x, y - 0.8, width, 0.55, mix(awning, (20, 16, 30), 0.6))
        if rng.random() < 0.6:
            self.box(x + 0.4, y - 0.68, width - 0.8, 0.28, rng.choice(NEON))


def facade(rng: Random, width: float, height: float) -> Image.Image:
    """Draw the front of one building; lengths are metres."""
    brick = rng.choice(BRICK)
    high, low = mix(brick, (150, 110, 140), 0.28), mix(brick, (150, 90, 50), 0.35)
    size = (round(width * PER_METRE), round(height * PER_METRE))
    image = gradient(size, [(0, high), (0.7, brick), (1, low)])
    front = Facade(rng, image, ImageDraw.Draw(image), brick)
    front.floors(width, height)
    front.shops(width, height)
    return image
