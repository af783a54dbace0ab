"""Makes the bytes of a derivative from the bytes of an original.

Where the format was ours to choose and its file came out larger than the original's, a plainer
format is tried too, and the smaller file wins.
"""

import dataclasses
from dataclasses import dataclass

from origin_lambda.image.formats import ABILITIES
from origin_lambda.image.plan import Plan, plan
from origin_lambda.image.probe import Limits, check
from origin_lambda.image.raster import Codec, R
from origin_lambda.image.render import encode, render
from origin_lambda.stopwatch import Stopwatch
from origin_lambda.url.transform import Transform


@dataclass(frozen=True, slots=True)
class Derivative:
    """A finished derivative; *brief* is its plan in a line."""

    body: bytes
    media_type: str
    extension: str
    brief: str


def derive(
    data: bytes, transform: Transform, codec: Codec[R], limits: Limits, watch: Stopwatch
) -> Derivative:
    """Return the derivative that a transform makes of an original's bytes.

    Raises:
        NotAPicture: the original is none.
        Unprocessable: it is broken, or over a limit.
        BadValue: the parameters do not fit each other, or the original.
        OutOfTime: the deadline came first.

    """
    facts = codec.probe(data)
    check(facts, limits)
    return finish(data, plan(transform, facts, limits), codec, watch, original_bytes=len(data))


def finish(
    data: bytes, planned: Plan, codec: Codec[R], watch: Stopwatch, *, original_bytes: int
) -> Derivative:
    """Return the derivative that is planned; *data* is what the plan decodes.

    Raises:
        Unprocessable: it is broken.
        OutOfTime: the deadline came first.

    """
    frames = render(data, planned, codec, watch)
    body = encode(frames, planned.encoding, codec, watch)
    if planned.fallback_encoding and len(body) > original_bytes:
        plain = encode(frames, planned.fallback_encoding, codec, watch)
        if len(plain) < len(body):
            return _finished(
                dataclasses.replace(planned, encoding=planned.fallback_encoding), plain
            )
    return _finished(planned, body)


def _finished(planned: Plan, body: bytes) -> Derivative:
    ability = ABILITIES[planned.encoding.format]
    return Derivative(body, ability.media_type, ability.extension, planned.brief)
