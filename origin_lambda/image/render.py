"""Carries out a plan: decode, every step in its order, encode."""

from collections.abc import Iterator

from origin_lambda.image.encoding import Encoding
from origin_lambda.image.plan import Plan
from origin_lambda.image.raster import Codec, Frame, R
from origin_lambda.image.steps import STEPS
from origin_lambda.stopwatch import Stopwatch


def render(data: bytes, plan: Plan, codec: Codec[R], watch: Stopwatch) -> list[Frame[R]]:
    """Return the finished frames of a derivative; *data* is what the plan decodes.

    Raises:
        Unprocessable: the original's pixels cannot be decoded.
        OutOfTime: the deadline came first.

    """
    return [_stepped(frame, plan, watch) for frame in _decoded(data, plan, codec, watch)]


def _decoded(data: bytes, plan: Plan, codec: Codec[R], watch: Stopwatch) -> Iterator[Frame[R]]:
    frames = codec.decode(data, plan.decoding)
    while True:
        with watch.stage("decode"):
            frame = next(frames, None)
        if frame is None:
            return
        yield frame


def _stepped(frame: Frame[R], plan: Plan, watch: Stopwatch) -> Frame[R]:
    raster = frame.raster
    for step in STEPS:
        with watch.stage("resize" if step is STEPS[0] else "steps"):
            raster = step(raster, plan)
    return Frame(raster, frame.milliseconds)


def encode(frames: list[Frame[R]], encoding: Encoding, codec: Codec[R], watch: Stopwatch) -> bytes:
    """Return the frames as a file."""
    with watch.stage("encode"):
        return codec.encode(frames, encoding)
