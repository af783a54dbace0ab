"""Draws the smoke test's pictures, and reads its answers."""

import io
import os
from typing import Final

from PIL import Image

from infra.aws.smoke.client import SmokeFailed

SIZE: Final = (96, 64)
COLOUR: Final = (200, 30, 90)
"""The colour of the picture that replaces another one."""

LARGE: Final = (1700, 1400)
"""Pixels of noise: as PNG about 7 MB, more than a function can answer."""

_TOLERANCE: Final = 20


def draw_noise(size: tuple[int, int] = SIZE) -> bytes:
    """Return a new random picture as PNG, so that no cache has derivatives of it."""
    width, height = size
    return _encode(Image.frombytes("RGB", size, os.urandom(3 * width * height)))


def draw_colour() -> bytes:
    """Return a picture of one colour as PNG."""
    return _encode(Image.new("RGB", SIZE, COLOUR))


def read_size(data: bytes) -> tuple[int, int]:
    """Return the size of a picture in pixels.

    Raises:
        SmokeFailed: it is no picture.

    """
    return _open(data).size


def shows_colour(data: bytes) -> bool:
    """Whether a picture shows the colour in its middle.

    Raises:
        SmokeFailed: it is no picture.

    """
    image = _open(data).convert("RGB")
    found = image.getpixel((image.width // 2, image.height // 2))
    assert isinstance(found, tuple)  # noqa: S101 reason: for mypy
    return all(abs(one - other) < _TOLERANCE for one, other in zip(found, COLOUR, strict=True))


def _encode(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()


def _open(data: bytes) -> Image.Image:
    try:
        image = Image.open(io.BytesIO(data))
        image.load()
    except OSError as error:
        message = f"the answer of {len(data)} bytes is no picture: {error}"
        raise SmokeFailed(message) from error
    return image
