"""Makes the bytes of a derivative from the bytes of an original.

Where the format was ours to choose and its file came out larger than the original's, a plainer
format is tried too, and the smaller file wins.
"""

from dataclasses import dataclass

from origin_lambda.image.formats import ABILITIES
from origin_lambda.image.plan import Plan, plainer, plan
from origin_lambda.image.probe import Limits, check
from origin_lambda.image.raster import Codec, R
from origin_lambda.image.render import encode, render
from origin_lambda.stopwatch import Stopwatch
from origin_lambda.url.transform import Transform
from origin_lambda.url.values import Negotiated


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
    planned = plan(transform, facts, limits)
    frames = render(data, planned, codec, watch)
    body = encode(frames, planned, codec, watch)
    derivative = _finished(planned, body)
    if isinstance(transform.format, Negotiated) and len(body) > len(data):
        other = plainer(planned, facts, transform)
        if other and len(body := encode(frames, other, codec, watch)) < len(derivative.body):
            derivative = _finished(other, body)
    return derivative


def _finished(planned: Plan, body: bytes) -> Derivative:
    ability = ABILITIES[planned.encoding.format]
    return Derivative(body, ability.media_type, ability.extension, planned.brief)
