"""Credits are read and kept in every encoding that cameras and agencies use."""

import io
import struct

import pytest
from PIL import ExifTags, Image

from origin_lambda.adapters.pillow.codec import PillowCodec
from origin_lambda.image.cleaning.clean import clean
from origin_lambda.image.cleaning.exif import KeptTags
from origin_lambda.image.derive import derive
from origin_lambda.image.probe import Limits
from origin_lambda.stopwatch import Stopwatch
from origin_lambda.url.grammar import parse
from tests.support.originals import APP13, jpeg, quadrants, segment

APP1 = 0xE1


def with_iptc(*records: tuple[int, bytes]) -> bytes:
    """Return a JPEG with these data sets of IPTC-IIM's record 2, in Photoshop's segment."""
    block = b"".join(struct.pack(">BBBH", 0x1C, 2, tag, len(text)) + text for tag, text in records)
    resource = b"8BIM" + struct.pack(">HHI", 0x0404, 0, len(block)) + block
    payload = b"Photoshop 3.0\0" + resource + b"\0" * (len(block) % 2)
    plain = jpeg(quadrants())
    return plain[:2] + segment(APP13, payload) + plain[2:]


def with_segment(marker: int, payload: bytes) -> bytes:
    plain = jpeg(quadrants())
    return plain[:2] + segment(marker, payload) + plain[2:]


def with_exif(artist: str | bytes, notice: str | bytes) -> bytes:
    exif = Image.Exif()
    exif[ExifTags.Base.Artist], exif[ExifTags.Base.Copyright] = artist, notice
    return jpeg(quadrants(), exif=exif)


@pytest.mark.parametrize(
    "data, artist, notice",
    [
        (with_iptc((80, b"Anna"), (116, b"(c) Anna")), "Anna", "(c) Anna"),
        (with_iptc((80, b"Anna"), (80, b"Otto")), "Anna, Otto", ""),
        (with_iptc((80, "Zo\u00eb".encode())), "Zo\u00eb", ""),
        (with_iptc((116, "\u00a9 Zo\u00eb".encode("latin-1"))), "", "\u00a9 Zo\u00eb"),
        (with_iptc((80, b" Anna \0"), (116, b"\0\0")), "Anna", ""),
        (with_iptc((80, b"Anna"), (80, b"")), "Anna", ""),
        (with_exif("Anna", "(c) Anna"), "Anna", "(c) Anna"),
        (with_exif("\u732b".encode(), "\u00a9 \u732b".encode()), "\u732b", "\u00a9 \u732b"),
        (with_exif("Zo\u00eb".encode("latin-1"), b"\xa9 Zo\xeb"), "Zo\u00eb", "\u00a9 Zo\u00eb"),
        (jpeg(quadrants()), "", ""),
    ],
)
def test_credits_are_read_in_any_encoding(data: bytes, artist: str, notice: str) -> None:
    facts = PillowCodec().probe(data)

    assert (facts.artist, facts.copyright) == (artist, notice)


@pytest.mark.parametrize("output", ["jpg", "webp", "avif", "png"])
def test_credits_are_kept_in_any_encoding_and_format(output: str) -> None:
    transform = parse("/a", f"w=30&fm={output}").transform
    data = with_iptc((80, "Zo\u00eb".encode("latin-1")), (116, "\u00a9 \u732b".encode()))

    derivative = derive(data, transform, PillowCodec(), Limits(), Stopwatch())

    facts = PillowCodec().probe(derivative.body)
    assert (facts.artist, facts.copyright) == ("Zo\u00eb", "\u00a9 \u732b")
    assert Image.open(io.BytesIO(derivative.body)).size == (30, 20)


@pytest.mark.parametrize("query", ["w=30", None])
def test_a_long_credit_is_cut_between_two_characters(query: str | None) -> None:
    data = with_iptc((80, b"a" + b"\xeb" * 999))

    facts = PillowCodec().probe(data)
    if query is None:
        body = clean(data, facts.kind, KeptTags(artist=facts.artist))
    else:
        body = derive(data, parse("/a", query).transform, PillowCodec(), Limits(), Stopwatch()).body

    assert PillowCodec().probe(body).artist == "a" + "\u00eb" * 499


IPTC = b"Photoshop 3.0\0" + b"8BIM" + struct.pack(">HHI", 0x0404, 0, 5)
TIFF = b"Exif\0\0II*\0"


# Pillow warns about broken EXIF, and in the tests a warning is an error.
@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize(
    "data",
    [
        with_segment(APP13, IPTC + b"\x1c\x02\x50\xff\xff"),
        with_segment(APP13, IPTC + b"\x1c\x02\x50\x00\x09"),
        with_segment(APP13, IPTC + b"hello"),
        with_segment(APP13, IPTC + b"\x1c\x02"),
        with_segment(APP13, b"Photoshop 3.0\08BIM\x04"),
        with_segment(APP1, b"Exif\0\0"),
        with_segment(APP1, b"Exif\0\0hello"),
        with_segment(APP1, TIFF),
        with_segment(APP1, TIFF + b"\xff\xff\xff\xff"),
        with_segment(APP1, TIFF + b"\x08\0\0\0\xff\xff\x12\x01"),
        with_segment(APP1, TIFF + struct.pack("<IHHHII", 8, 1, 0x013B, 2, 99, 9_999) + b"\0" * 4),
        with_segment(
            APP1, TIFF + struct.pack("<IHHHII", 8, 1, 0x0112, 2, 4, 0x41414141) + b"\0" * 4
        ),
        with_segment(APP1, TIFF + struct.pack("<IHHHII", 8, 1, 0x013B, 5, 1, 26) + b"\0" * 16),
    ],
)
def test_a_picture_with_broken_metadata_is_rendered(data: bytes) -> None:
    transform = parse("/a", "w=30").transform

    derivative = derive(data, transform, PillowCodec(), Limits(), Stopwatch())

    assert Image.open(io.BytesIO(derivative.body)).size == (30, 20)
