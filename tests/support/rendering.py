"""Derives originals as a request does, and compares what a viewer sees with what is expected."""

import io
from collections.abc import Iterable
from typing import Any

from PIL import Image, ImageChops, ImageStat

from origin_lambda.adapters.pillow.codec import PillowCodec
from origin_lambda.image.derive import Derivative, derive
from origin_lambda.image.probe import Limits
from origin_lambda.stopwatch import Stopwatch
from origin_lambda.url.grammar import parse
from tests.support.originals import (
    BLUE,
    GREEN,
    RED,
    Colour,
    draw,
)

CODEC = PillowCodec()
ORANGE = (240, 120, 20)
WHITE = (255, 255, 255)
APNG = [(RED, 100), (GREEN, 200), (BLUE, 300)]


def derive_original(original: str | bytes, query: str = "") -> Derivative:
    data = draw(original) if isinstance(original, str) else original
    return derive(data, parse("/a", query).transform, CODEC, Limits(), Stopwatch())


def render(original: str | bytes, query: str = "") -> Image.Image:
    """Return a derivative as a viewer shows it, decoded by Pillow's own readers."""
    image = Image.open(io.BytesIO(derive_original(original, query).body))
    image.load()
    return image


def quarter_colours(image: Image.Image) -> list[Colour]:
    """Return the colours in the middle of the four quarters: top left, top right, and so on."""
    width, height = image.size
    seen = image.convert("RGB")
    places = [(x * width // 4, y * height // 4) for y in (1, 3) for x in (1, 3)]
    return [colour_at(seen, place) for place in places]


def colour_at(image: Image.Image, place: tuple[int, int]) -> Colour:
    red, green, blue = image.convert("RGB").crop((*place, place[0] + 1, place[1] + 1)).tobytes()
    return red, green, blue


def assert_close(found: Iterable[Colour], wanted: Iterable[Colour], within: int = 12) -> None:
    for one, other in zip(found, wanted, strict=True):
        distance = max(abs(a - b) for a, b in zip(one, other, strict=True))
        assert distance <= within, f"{one} is not {other}"


def mean_difference(one: Image.Image, other: Image.Image) -> float:
    """Return the mean difference of two pictures, 0 to 255."""
    return sum(ImageStat.Stat(ImageChops.difference(one, other)).mean) / len(one.getbands())


def read_timeline(body: bytes) -> list[tuple[Colour, int]]:
    """Return the colour in the middle of every frame, and its duration in milliseconds."""
    image = Image.open(io.BytesIO(body))
    middle = image.width // 2, image.height // 2
    frames = []
    for number in range(getattr(image, "n_frames", 1)):
        image.seek(number)
        image.load()
        frames.append((colour_at(image, middle), int(image.info.get("duration", 0))))
    return frames


def assert_plays(body: bytes, wanted: list[tuple[Colour, int]], within: int = 12) -> None:
    found = read_timeline(body)
    assert [duration for _, duration in found] == [duration for _, duration in wanted]
    assert_close([colour for colour, _ in found], [colour for colour, _ in wanted], within)


def read_loop(body: bytes) -> Any:
    return Image.open(io.BytesIO(body)).info.get("loop")
