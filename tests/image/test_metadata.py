"""Derivatives keep the credits of an original and no other metadata."""

import io
from typing import Any

import pytest
from PIL import ExifTags, Image

from tests.support.originals import (
    COPYRIGHT,
    chunk,
    encoded,
    jpeg,
    quadrants,
    segments,
)
from tests.support.rendering import (
    derive_original,
)


def read_credits(body: bytes) -> dict[int, str]:
    exif = Image.open(io.BytesIO(body)).getexif()
    return {int(tag): str(value) for tag, value in exif.items()}


@pytest.mark.parametrize("output", ["jpg", "webp", "avif", "png"])
@pytest.mark.parametrize("query", ["", "&w=30"])
def test_only_the_credits_are_left_of_the_metadata(output: str, query: str) -> None:
    body = derive_original("exif-gps", f"fm={output}{query}").body

    assert read_credits(body) == {
        ExifTags.Base.Artist: "W. H. F. Talbot",
        ExifTags.Base.Copyright: COPYRIGHT,
    }
    assert b"Mousetrap" not in body
    assert not Image.open(io.BytesIO(body)).getexif().get_ifd(ExifTags.IFD.GPSInfo)


@pytest.mark.parametrize("output", ["jpg", "webp", "avif", "png"])
def test_a_copyright_in_iptc_becomes_one_in_exif(output: str) -> None:
    body = derive_original("iptc-copyright", f"fm={output}").body

    assert read_credits(body) == {ExifTags.Base.Copyright: COPYRIGHT}


@pytest.mark.parametrize("output", ["jpg", "webp", "png"])
def test_a_copyright_beyond_ascii_keeps_its_bytes(output: str) -> None:
    notice = "© Jürgen 猫".encode()
    exif = Image.Exif()
    exif[ExifTags.Base.Copyright] = notice

    body = derive_original(jpeg(quadrants(), exif=exif), f"fm={output}").body

    assert notice in body


def test_a_picture_without_credits_gets_no_metadata() -> None:
    body = derive_original("jpeg").body

    assert [marker for marker, _ in segments(body) if 0xE1 <= marker <= 0xEF] == []


def original_with_secrets(form: str) -> bytes:
    """Return an original in which all kinds of texts contain "secret"."""
    exif = Image.Exif()
    exif[ExifTags.Base.Make] = "secret camera"
    xmp = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><a>secret place</a></x:xmpmeta>'
    options: dict[str, Any] = {"exif": exif, "xmp": xmp, "comment": b"secret note"}
    body = encoded(quadrants(), form, **options)
    if form != "PNG":
        return body
    texts = chunk(b"tEXt", b"Comment\0secret") + chunk(
        b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + xmp
    )
    return body[:33] + texts + body[33:]


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "AVIF", "GIF"])
@pytest.mark.parametrize("output", ["jpg", "png", "webp", "avif", "gif", "png8"])
@pytest.mark.parametrize("query", ["", "&w=30"])
def test_comments_and_texts_are_removed(form: str, output: str, query: str) -> None:
    original = original_with_secrets(form)
    assert b"secret" in original

    assert b"secret" not in derive_original(original, f"fm={output}{query}").body


@pytest.mark.parametrize("output", ["jpg", "png", "webp", "avif"])
@pytest.mark.parametrize("query", ["", "&w=30"])
def test_a_derivative_in_srgb_has_no_profile(output: str, query: str) -> None:
    body = derive_original("jpeg-wide-gamut", f"fm={output}{query}").body

    assert "icc_profile" not in Image.open(io.BytesIO(body)).info
