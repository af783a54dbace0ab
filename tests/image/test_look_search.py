"""A refinement finds the smallest file that reaches a score, among settings of an encoder."""

import dataclasses
import math
from collections.abc import Mapping, Sequence
from typing import Final

import pytest

from origin_lambda.adapters.pillow.codec import PillowCodec
from origin_lambda.adapters.pillow.measurer import PillowMeasurer
from origin_lambda.adapters.pillow.raster import PillowRaster
from origin_lambda.image.encoding import Encoding
from origin_lambda.image.formats import ABILITIES
from origin_lambda.image.look_search import Attempt, LookSearch
from origin_lambda.image.quality import Effort, Tuning
from origin_lambda.image.raster import Frame
from origin_lambda.image.refining import RefiningCodec
from origin_lambda.stopwatch import Stopwatch
from origin_lambda.url.values import Chroma, Format
from tests.support.originals import quadrants

START: Final = Encoding(Format.WEBP, 60)
VARIANTS: Final = [dataclasses.replace(START, tuning=tuning) for tuning in Tuning]


class Encoder:
    """An encoder whose files have some *bytes* at quality 60, and score 70 plus some *points*."""

    def __init__(self, points: float, sizes: Mapping[Tuning, int]) -> None:
        self.points, self.sizes = points, sizes
        self.attempts: list[Attempt] = []

    def __call__(self, encoding: Encoding) -> Attempt:
        steps = encoding.quality - 60
        body = bytes(round(self.sizes[encoding.tuning] * math.exp(0.02 * steps)))
        self.attempts.append(Attempt(encoding, body, 70 + self.points + 0.5 * steps))
        return self.attempts[-1]


@pytest.mark.parametrize("points", [-8.0, -0.1, 0.0, 0.3, 9.0])
@pytest.mark.parametrize("smallest", Tuning)
def test_the_smallest_variant_is_found_in_few_trials(points: float, smallest: Tuning) -> None:
    encoder = Encoder(points, {each: 9000 if each is smallest else 12_000 for each in Tuning})

    body = LookSearch(encoder, 70).find(VARIANTS)

    last = encoder.attempts[-1]
    assert body == last.body
    assert (last.encoding.tuning, last.encoding.effort) == (smallest, Effort.MOST)
    assert 70 <= last.score <= 70.125  # qualities are tried in quarters
    assert len(encoder.attempts) <= 20


def test_a_variant_that_needs_more_bytes_is_left_after_one_trial() -> None:
    encoder = Encoder(0, dict.fromkeys(Tuning, 12_000) | {Tuning.USUAL: 9000})

    LookSearch(encoder, 70).find(VARIANTS)

    tunings = [attempt.encoding.tuning for attempt in encoder.attempts]
    assert [tunings.count(each) for each in (Tuning.COLOURS, Tuning.EVEN, Tuning.TEXTURE)] == [
        1
    ] * 3


@pytest.mark.parametrize("output", [Format.WEBP, Format.AVIF])
def test_nothing_is_found_if_no_quality_reaches_the_score(output: Format) -> None:
    encoder = Encoder(-30, dict.fromkeys(Tuning, 9000))

    assert LookSearch(encoder, 90).find([Encoding(output, 95)]) is None
    assert {attempt.encoding.quality for attempt in encoder.attempts} <= set(range(75, 101))


@pytest.mark.parametrize(
    "output, chroma, side, keeps_chroma, compared",
    [
        (Format.AVIF, Chroma.QUARTER, 192, False, {Chroma.QUARTER, Chroma.FULL}),
        (Format.AVIF, Chroma.QUARTER, 192, True, {Chroma.QUARTER}),
        (Format.JPEG, Chroma.FULL, 256, False, {Chroma.QUARTER, Chroma.FULL}),
        (Format.JPEG, Chroma.FULL, 256, True, {Chroma.FULL}),
        (Format.JPEG, Chroma.FULL, 192, False, {Chroma.FULL}),
    ],
)
def test_another_resolution_of_colours_is_tried_if_none_was_asked_for(
    output: Format, chroma: Chroma, side: int, *, keeps_chroma: bool, compared: set[Chroma]
) -> None:
    picture = PillowRaster(quadrants((side, side)).convert("RGB"))
    codec, encoding = Recorder(), Encoding(output, 50, chroma=chroma)
    stored = codec.encode([Frame(picture)], encoding)
    media_type = ABILITIES[output].media_type

    RefiningCodec(
        codec,
        PillowMeasurer(),
        lambda body, _: body,
        stored,
        media_type,
        Stopwatch(),
        keeps_chroma=keeps_chroma,
    ).encode([Frame(picture)], encoding)

    assert codec.chromas == compared


class Recorder(PillowCodec):
    """The codec of the product, which notes the resolutions of colours that it writes."""

    def __init__(self) -> None:
        self.chromas: set[Chroma] = set()

    def encode(self, frames: Sequence[Frame[PillowRaster]], encoding: Encoding) -> bytes:
        self.chromas.add(encoding.chroma)
        return super().encode(frames, encoding)
