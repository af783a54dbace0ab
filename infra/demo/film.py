"""Film: what lens and grain add to a picture, and the file it ends in."""

import io
from random import Random

from PIL import Image, ImageChops, ImageFilter

from infra.demo.paint import BICUBIC


def bloomed(image: Image.Image) -> Image.Image:
    """Let the brightest parts spill over, as they do in a lens."""
    small = image.reduce(4).point([max(0, value - 150) * 2 for value in range(256)] * 3)
    narrow, wide = (small.filter(ImageFilter.GaussianBlur(radius)) for radius in (5, 22))
    return ImageChops.screen(image, ImageChops.add(narrow, wide, 2).resize(image.size, BICUBIC))


def grained(image: Image.Image, rng: Random, amount: float = 0.022) -> Image.Image:
    """Add film grain, without which the skies would band."""
    # Not Image.effect_noise: it draws from C's rand(), which cannot be seeded from here.
    size = image.size
    first, second = (Image.frombytes("L", size, rng.randbytes(size[0] * size[1])) for _ in "ab")
    # The sum of two even noises clumps round its middle, as grain does.
    speckle = Image.blend(first, second, 0.5).point([round(v * amount * 2) for v in range(256)])
    return ImageChops.add(image, speckle.convert("RGB"), 1, -round(255 * amount))


def encoded(image: Image.Image, form: str, **options: object) -> bytes:
    """Write *image* in the format Pillow calls *form*."""
    buffer = io.BytesIO()
    image.save(buffer, form, **options)
    return buffer.getvalue()


def photograph(image: Image.Image, rng: Random, **options: object) -> bytes:
    """Write a JPEG as a camera would: grain, high quality, no metadata unless given."""
    return encoded(grained(image, rng), "JPEG", quality=90, **options)
