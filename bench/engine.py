"""Render with Calotype's engine: bytes in, bytes out, nothing stored."""

from origin_lambda.adapters.pillow.codec import PillowCodec
from origin_lambda.image.derive import Derivative, derive
from origin_lambda.image.probe import Limits
from origin_lambda.stopwatch import Stopwatch
from origin_lambda.url.grammar import parse

_CODEC = PillowCodec()


def render(data: bytes, query: str) -> Derivative:
    """Render the derivative of an original for a raw query."""
    return derive(data, parse("/original", query).transform, _CODEC, Limits(), Stopwatch())
