"""Histograms: as exact as they say, merged without loss, and readable by HdrHistogram."""

import base64
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.latency.histogram import HIGHEST, BadHistogram, Histogram, merged

# What hdrhistogram 0.10.8 of PyPI writes, for microseconds from 1 to HIGHEST, three digits.
WRITTEN = {
    (): "HISTFAAAABx4nJNpmSzMgADMUJoRRFybvITB/gNEAABQ2gSH",
    (1,): "HISTFAAAACF4nJNpmSzMwMDAxAABzFCaEURcm7yEwf4DVIAJAFoyBIw=",
    (
        0,
        1,
        2047,
        2048,
        250_000,
        250_000,
        3_000_000,
        3_600_000_000,
    ): "HISTFAAAADF4nJNpmSzMwMAgwAABzFCaEURcm7yEwf4DRICJ6ac8E9P+PJbVFkxfFzMyAQDDMwlo",
}
LATENCIES = st.lists(st.integers(0, HIGHEST), max_size=50)


def inflated(text: str) -> bytes:
    return zlib.decompress(base64.b64decode(text)[8:])


@pytest.mark.parametrize("values, text", WRITTEN.items())
def test_the_library_and_we_write_and_read_the_same(values: tuple[int, ...], text: str) -> None:
    histogram = Histogram(values)

    assert inflated(histogram.encode()) == inflated(text)
    assert Histogram.decode(text) == histogram
    assert Histogram.decode(text).total == len(values)


@given(LATENCIES)
def test_decoding_is_encodings_inverse(values: list[int]) -> None:
    histogram = Histogram(values)

    assert Histogram.decode(histogram.encode()) == histogram


@given(LATENCIES, LATENCIES)
def test_merging_loses_nothing(one: list[int], other: list[int]) -> None:
    assert merged([Histogram(one), Histogram(other)]) == Histogram(one + other)
    assert merged([Histogram(one), Histogram(other)]).greatest == max(one + other, default=0)


@given(st.lists(st.integers(0, HIGHEST), min_size=1), st.floats(0, 100))
def test_a_percentile_is_that_of_nearest_rank_to_one_part_in_a_thousand(
    values: list[int], percent: float
) -> None:
    rank = max(1, -int(-(percent / 100 * len(values) - 1e-9) // 1))
    exact = sorted(values)[min(rank, len(values)) - 1]

    assert exact <= Histogram(values).percentile(percent) <= exact * 1.001 + 1


def test_the_maximum_is_exact_and_nothing_has_none() -> None:
    assert Histogram([5, 1_234_567]).percentile(100) == 1_234_567
    assert (Histogram().percentile(99), Histogram().mean, len(Histogram())) == (0, 0.0, 0)


def test_the_mean_of_values_told_exactly_is_exact() -> None:
    assert Histogram([10, 20, 60]).mean == 30


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no base64!",
        "AAAA",
        base64.b64encode(b"\x00" * 60).decode(),
        base64.b64encode(b"\x1c\x84\x93\x14\x00\x00\x00\x04abcd").decode(),
    ],
)
def test_what_is_no_histogram_is_refused(text: str) -> None:
    with pytest.raises(BadHistogram):
        Histogram.decode(text)


def test_another_precision_is_refused() -> None:
    # HdrHistogram(1, 3_600_000_000, 2) of hdrhistogram 0.10.8, with nothing recorded.
    inner = bytearray(inflated(WRITTEN[()]))
    inner[15] = 2
    packed = zlib.compress(bytes(inner))
    text = base64.b64encode(b"\x1c\x84\x93\x14" + len(packed).to_bytes(4, "big") + packed).decode()

    with pytest.raises(BadHistogram, match="three significant digits"):
        Histogram.decode(text)


def test_a_text_that_would_fill_the_memory_is_refused() -> None:
    packed = zlib.compress(b"\x00" * 50_000_000)
    text = base64.b64encode(b"\x1c\x84\x93\x14" + len(packed).to_bytes(4, "big") + packed).decode()

    with pytest.raises(BadHistogram, match="too large"):
        Histogram.decode(text)
