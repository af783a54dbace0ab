"""Light and air: glows, beams and mist."""

from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image, ImageChops

from infra.demo.paint import BICUBIC, Colour, Point, Size, gradient, ramp


def tinted(mask: Image.Image, colour: Colour) -> Image.Image:
    """Give light of one *colour*, as strong as *mask*."""
    return ramp(mask, [(0, (0, 0, 0)), (1, colour)])


def halo(size: Size, strength: float, power: float) -> Image.Image:
    """Make a mask that falls from *strength* in the middle to nothing at the edges."""
    # Pillow's radial gradient is the distance times sqrt(2): its edges are at 178 to 181.
    levels = [round(255 * strength * max(0, 1 - value / 178) ** power) for value in range(256)]
    return Image.radial_gradient("L").point(levels).resize(size, BICUBIC)


@dataclass(frozen=True, slots=True)
class Glow:
    """A round light; the higher *power*, the smaller its core."""

    radius: float
    colour: Colour
    power: float
    strength: float

    def on(self, image: Image.Image, at: Point) -> None:
        """Add the light to *image*, its middle at *at*."""
        x, y, reach = round(at[0]), round(at[1]), max(4, round(self.radius))
        box = (x - reach, y - reach, x + reach, y + reach)
        light = tinted(halo((2 * reach, 2 * reach), self.strength, self.power), self.colour)
        image.paste(ImageChops.screen(image.crop(box), light), box[:2])


def veil(
    image: Image.Image,
    colour: Colour | Image.Image,
    wisps: Image.Image,
    levels: Sequence[tuple[float, int]],
    top: int = 0,
) -> None:
    """Lay *wisps* of *colour* on *image* from *top* on, as dense as *levels* from top to bottom."""
    grey = [(at, (level, level, level)) for at, level in levels]
    density = gradient(wisps.size, grey).getchannel(0)
    image.paste(colour, (0, top), ImageChops.multiply(wisps, density))
