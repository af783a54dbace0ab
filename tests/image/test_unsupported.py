"""What is not supported is refused by name, or dropped without a trace."""

import io

import pytest
from PIL import Image

from origin_lambda.errors import BadValue, NotAPicture
from origin_lambda.image.probe import sniff
from tests.support.originals import draw, quadrants
from tests.support.rendering import derive_original
from tests.support.strategies import transform_of

HDRGM = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><r hdrgm:Version="1.0"/></x:xmpmeta>'


@pytest.mark.parametrize(
    "head", [b"\xff\x0a\xfa\x7f", b"\0\0\0\x0cJXL \r\n\x87\n\0\0\0\x14ftypjxl "]
)
def test_an_original_in_jpeg_xl_is_refused_by_name(head: bytes) -> None:
    with pytest.raises(NotAPicture, match="JPEG XL is not supported"):
        sniff(head + bytes(100))


@pytest.mark.parametrize(
    "output, name", [("jxl", "JPEG XL"), ("jp2", "JPEG 2000"), ("mp4", "video")]
)
def test_a_format_that_is_not_written_is_refused_by_name(output: str, name: str) -> None:
    with pytest.raises(BadValue, match=f"{name} is not supported"):
        transform_of(f"fm={output}")


@pytest.mark.filterwarnings("ignore:Image appears to be a malformed MPO")
@pytest.mark.parametrize("query", ["w=100", "w=100&fm=webp", "q=50"])
def test_a_gain_map_is_dropped_with_its_index(query: str) -> None:
    buffer = io.BytesIO()
    picture, gain = quadrants((300, 200)), Image.new("L", (75, 50), 90)
    picture.save(buffer, "MPO", save_all=True, append_images=[gain], xmp=HDRGM)
    data = buffer.getvalue()
    assert data.count(b"\xff\xd8\xff") == 2
    assert b"MPF" in data
    assert b"hdrgm" in data

    body = derive_original(data, query).body

    assert body.count(b"\xff\xd8\xff") == (0 if "webp" in query else 1)
    assert b"MPF" not in body
    assert b"hdrgm" not in body


def test_a_plain_jpeg_stays_a_jpeg() -> None:
    assert derive_original(draw("jpeg"), "w=100").media_type == "image/jpeg"
