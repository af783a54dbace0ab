"""Turns a ThumbHash or a BlurHash into the background of an `<img>`, shown until it is loaded."""

import math
import zlib
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import Final, NamedTuple

_LONGEST_SIDE: Final = 16
"""Pixels on the longest side. A browser smooths them; a hash has at most 7 waves on a side."""

_DIGITS: Final = (
    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz#$%*+,-.:;=?@[]^_{|}~"
)
"""The digits of BlurHash, base 83."""

Rows = Sequence[bytes]
"""The rows of a picture, 8-bit RGB."""


class _Wave(NamedTuple):
    """A cosine wave with so many half periods *across* and *down*."""

    across: int
    down: int
    amplitude: float


def build_placeholder_style(thumbhash: str | None, blurhash: str | None) -> str | None:
    """Return a `style` with the picture of a hash as background; None without a hash.

    A ThumbHash with alpha gives none: the background would stay visible behind the picture.

    Raises:
        ValueError: a hash is not valid.

    """
    if thumbhash:
        url = _draw_thumbhash(thumbhash)
    elif blurhash:
        url = _draw_blurhash(blurhash)
    else:
        return None
    return f"background:url({url}) center/cover no-repeat" if url else None


@lru_cache(maxsize=1024)
def _draw_thumbhash(text: str) -> str:
    """Return the `data:` URL of a ThumbHash in base64; "" if it has alpha.

    https://github.com/evanw/thumbhash/blob/main/js/thumbhash.js, `thumbHashToRGBA`.
    """
    try:
        data = b64decode(text + "=" * (-len(text) % 4), validate=True)
        head, more = int.from_bytes(data[:3], "little"), data[3] | data[4] << 8
        if head >> 23:
            return ""
        is_landscape = more >> 15
        across = max(3, 7 if is_landscape else more & 7)
        down = max(3, more & 7 if is_landscape else 7)
        shares = iter([(byte >> shift & 15) / 7.5 - 1 for byte in data[5:] for shift in (0, 4)])
        light = list(_read_waves(shares, across, down, (head >> 18 & 31) / 31))
        yellow = list(_read_waves(shares, 3, 3, (more >> 3 & 63) / 63 * 1.25))
        reddish = list(_read_waves(shares, 3, 3, (more >> 9 & 63) / 63 * 1.25))
    except (IndexError, StopIteration, RuntimeError, ValueError) as error:
        message = "thumbhash accepts a ThumbHash in base64"
        raise ValueError(message) from error
    means = ((head & 63) / 63, (head >> 6 & 63) / 31.5 - 1, (head >> 12 & 63) / 31.5 - 1)

    def mix(lightness: float, p: float, q: float) -> tuple[float, float, float]:
        blue = lightness - 2 / 3 * p
        red = (3 * lightness - blue + q) / 2
        return red, red - q, blue

    return _draw((across, down), (light, yellow, reddish), means, mix, offset=0.5)


def _read_waves(shares: Iterator[float], across: int, down: int, scale: float) -> Iterator[_Wave]:
    for y in range(down):
        for x in range(across):
            if (x or y) and x * down < across * (down - y):
                yield _Wave(x, y, next(shares) * scale * 2)


@lru_cache(maxsize=1024)
def _draw_blurhash(text: str) -> str:
    """Return the `data:` URL of a BlurHash.

    https://github.com/woltapp/blurhash/blob/master/Algorithm.md
    """
    try:
        size = _read_digits(text[:1])
        across, down = size % 9 + 1, size // 9 + 1
        if len(text) != 4 + 2 * across * down:
            raise ValueError(text)  # noqa: TRY301 reason: one message for all that is wrong
        largest = (_read_digits(text[1:2]) + 1) / 166
        mean = _read_digits(text[2:6])
        colours = [tuple(_to_linear(mean >> shift & 255) for shift in (16, 8, 0))]
        for at in range(6, len(text), 2):
            value = _read_digits(text[at : at + 2])
            parts = (value // 361, value // 19 % 19, value % 19)
            colours.append(
                tuple(math.copysign(((part - 9) / 9) ** 2, part - 9) * largest for part in parts)
            )
    except ValueError as error:
        message = "blurhash accepts a BlurHash"
        raise ValueError(message) from error
    planes = tuple(
        [
            _Wave(number % across, number // across, colour[channel])
            for number, colour in enumerate(colours)
            if number
        ]
        for channel in range(3)
    )
    means = (colours[0][0], colours[0][1], colours[0][2])

    def mix(*channels: float) -> tuple[float, float, float]:
        red, green, blue = map(_from_linear, channels)
        return red, green, blue

    return _draw((across, down), planes, means, mix, offset=0)


def _draw(
    shape: tuple[int, int],
    planes: Sequence[Sequence[_Wave]],
    means: tuple[float, float, float],
    mix: Callable[[float, float, float], tuple[float, float, float]],
    *,
    offset: float,
) -> str:
    """Return the `data:` URL of a small PNG; *mix* makes red, green and blue (0 to 1) of planes.

    *offset* is where a wave is sampled in a pixel: in its middle, or at its edge.
    """
    width, height = (max(1, round(_LONGEST_SIDE * side / max(shape))) for side in shape)
    columns = _cosines(width, offset)
    rows = []
    for down in _cosines(height, offset):
        row = bytearray()
        for across in columns:
            values = (
                mean + sum(wave.amplitude * across[wave.across] * down[wave.down] for wave in plane)
                for mean, plane in zip(means, planes, strict=True)
            )
            row += bytes(round(255 * min(max(value, 0), 1)) for value in mix(*values))
        rows.append(bytes(row))
    return f"data:image/png;base64,{b64encode(_encode_png(width, height, rows)).decode()}"


def _cosines(side: int, offset: float) -> list[list[float]]:
    """Return for each pixel of a side the values of waves with 0 to 8 half periods."""
    return [
        [math.cos(math.pi * (at + offset) * wave / side) for wave in range(9)] for at in range(side)
    ]


def _read_digits(text: str) -> int:
    value = 0
    for digit in text:
        value = value * 83 + _DIGITS.index(digit)
    return value


def _to_linear(value: int) -> float:
    share = value / 255
    return share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4


def _from_linear(value: float) -> float:
    share = min(max(value, 0), 1)
    return share * 12.92 if share <= 0.0031308 else 1.055 * share ** (1 / 2.4) - 0.055


def _encode_png(width: int, height: int, rows: Rows) -> bytes:
    def chunk(name: bytes, data: bytes) -> bytes:
        body = name + data
        return len(data).to_bytes(4, "big") + body + zlib.crc32(body).to_bytes(4, "big")

    header = width.to_bytes(4, "big") + height.to_bytes(4, "big") + bytes((8, 2, 0, 0, 0))
    pixels = zlib.compress(b"".join(b"\0" + row for row in rows), 9)
    signature = b"\x89PNG\r\n\x1a\n"
    return signature + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")
