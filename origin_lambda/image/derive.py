"""Makes the bytes of a derivative from the bytes of an original.

If a negotiated format gives a larger file than the original, the fallback format is tried too, and
the smaller file wins. A result with the original's own format and pixels is never larger than the
original without its metadata.
"""

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass

from origin_lambda.image.encoding import Encoding
from origin_lambda.image.formats import ABILITIES
from origin_lambda.image.memory import refuse_without_memory
from origin_lambda.image.mips import Mip
from origin_lambda.image.pipeline import run_stages
from origin_lambda.image.plan import Plan, plan
from origin_lambda.image.probe import Facts, Limits, check
from origin_lambda.image.raster import Codec, Frame, R
from origin_lambda.stopwatch import Stopwatch
from origin_lambda.url.inquiry import needs_sample
from origin_lambda.url.transform import Transform


@dataclass(frozen=True, slots=True)
class Derivative:
    """A finished derivative; *brief* is its plan in one line."""

    body: bytes
    media_type: str
    extension: str
    brief: str


def derive(
    data: bytes, transform: Transform, codec: Codec[R], limits: Limits, watch: Stopwatch
) -> Derivative:
    """Plan and render the derivative of an original's bytes.

    Raises:
        NotAPicture: the original is not a picture.
        Unprocessable: it is broken, or over a limit.
        BadValue: the parameters do not fit each other, or the original.
        OutOfTime: the deadline passed before the end.

    """
    facts = codec.probe(data)
    check(facts, limits)
    sample = plan_needed_sample(transform, facts, limits)
    transform = resolve(data, transform, sample, codec, watch)
    return derive_from_plan(
        data, plan(transform, facts, limits), codec, watch, original_bytes=len(data)
    )


def plan_needed_sample(
    transform: Transform, facts: Facts, limits: Limits, mips: tuple[Mip, ...] = ()
) -> Plan | None:
    """Plan the small copy that a transform depends on; None if it depends on no pixels.

    Raises:
        BadValue: the parameters do not fit the original.

    """
    if not needs_sample(transform):
        return None
    from origin_lambda.image.sample import plan_sample  # few requests need it

    return plan_sample(transform, facts, limits, mips)


@refuse_without_memory()
def resolve(
    data: bytes, transform: Transform, sample: Plan | None, codec: Codec[R], watch: Stopwatch
) -> Transform:
    """Replace what depends on pixels by numbers; *data* is the file that the *sample* decodes.

    Raises:
        Unprocessable: the file is broken.
        OutOfTime: the deadline passed before the end.

    """
    if sample is None:
        return transform
    from origin_lambda.image.sample import apply_sample  # few requests need it

    frames = render(data, sample, codec, watch)
    with watch.stage("steps"):
        return apply_sample(transform, sample, frames)


@refuse_without_memory()
def derive_from_plan(
    data: bytes, planned: Plan, codec: Codec[R], watch: Stopwatch, *, original_bytes: int
) -> Derivative:
    """Render and encode a planned derivative.

    *data* is the file that the plan decodes: the original or a mip. *original_bytes* is the length
    of the original.

    Raises:
        Unprocessable: the file is broken.
        OutOfTime: the deadline passed before the end.

    """
    frames = render(data, planned, codec, watch)
    if planned.encoding.max_bytes:
        return _encode_within(frames, planned, codec, watch)
    body = _encode(frames, planned.encoding, codec, watch)
    if planned.fallback_encoding and len(body) > original_bytes:
        plain = _encode(frames, planned.fallback_encoding, codec, watch)
        if len(plain) < len(body):
            planned = dataclasses.replace(planned, encoding=planned.fallback_encoding)
            return _derivative(planned, plain)
    if planned.is_unchanged and len(body) > original_bytes:
        kept = codec.remove_metadata(data, planned.decoding.kind)
        body = min(body, kept or body, key=len)
    return _derivative(planned, body)


def render(data: bytes, planned: Plan, codec: Codec[R], watch: Stopwatch) -> list[Frame[R]]:
    """Return the frames of a derivative after all stages; *data* is the file that the plan decodes.

    Raises:
        Unprocessable: the pixels cannot be decoded.
        OutOfTime: the deadline passed before the end.

    """
    frames = [
        Frame(run_stages(planned.stages, frame.raster, watch), frame.milliseconds)
        for frame in _decode(data, planned, codec, watch)
    ]
    return planned.playback.arrange(frames) if planned.playback else frames


def _decode(data: bytes, planned: Plan, codec: Codec[R], watch: Stopwatch) -> Iterator[Frame[R]]:
    frames = codec.decode(data, planned.decoding)
    while True:
        with watch.stage("decode"):
            frame = next(frames, None)
        if frame is None:
            return
        yield frame


def _encode(frames: list[Frame[R]], encoding: Encoding, codec: Codec[R], watch: Stopwatch) -> bytes:
    with watch.stage("encode"):
        return codec.encode(frames, encoding)


def _encode_within(
    frames: list[Frame[R]], planned: Plan, codec: Codec[R], watch: Stopwatch
) -> Derivative:
    """Return the best file of at most so many bytes, or the smallest that was found."""
    from origin_lambda.image.size_search import SizeSearch  # few requests need it

    most = planned.encoding.max_bytes or 0
    search = SizeSearch(lambda encoding: _encode(frames, encoding, codec, watch), most)
    found = search.find(planned.encoding, is_animated=len(frames) > 1)
    made = _derivative(dataclasses.replace(planned, encoding=found.encoding), found.body)
    size, verb = len(found.body), "fits" if len(found.body) <= most else "exceeds"
    return dataclasses.replace(made, brief=f"{made.brief}; bytes={size} {verb} max-bytes={most}")


def _derivative(planned: Plan, body: bytes) -> Derivative:
    ability = ABILITIES[planned.encoding.format]
    return Derivative(body, ability.media_type, ability.extension, planned.brief)
