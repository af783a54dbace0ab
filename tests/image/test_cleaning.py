"""Cleaning drops all metadata except credits and orientation, and changes no pixel."""

import io
import struct
import warnings
from contextlib import suppress
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import ExifTags, Image, ImageSequence

from origin_lambda.adapters.pillow.codec import PillowCodec
from origin_lambda.errors import NotAPicture, Unprocessable
from origin_lambda.image.cleaning.clean import clean
from origin_lambda.image.cleaning.exif import KeptTags
from origin_lambda.image.cleaning.ranges import Range, merge, overwrite, subtract
from origin_lambda.image.probe import sniff
from tests.support.originals import COPYRIGHT, chunk, display_p3, draw, segment
from tests.support.private_originals import ARTIST, PRIVATE, SECRET

pytestmark = pytest.mark.filterwarnings("ignore:Image appears to be a malformed MPO")

NO_TAGS = KeptTags()


def clean_probed(data: bytes) -> bytes:
    facts = PillowCodec().probe(data)
    return clean(data, facts.kind, KeptTags(facts.orientation, facts.artist, facts.copyright))


def decode_frames(data: bytes) -> list[bytes]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        image = Image.open(io.BytesIO(data))
        return [frame.convert("RGBA").tobytes() for frame in ImageSequence.Iterator(image)]


@pytest.mark.parametrize("name", PRIVATE)
def test_private_metadata_are_removed_and_no_pixel_changes(name: str) -> None:
    original = PRIVATE[name]()

    result = clean_probed(original)

    assert SECRET in original
    assert SECRET not in result
    assert decode_frames(result) == decode_frames(original)
    assert sniff(result) is sniff(original)
    assert clean_probed(result) == result


@pytest.mark.parametrize("name", sorted(set(PRIVATE) - {"gif"}))
def test_exif_keeps_only_orientation_and_credits(name: str) -> None:
    image = Image.open(io.BytesIO(clean_probed(PRIVATE[name]())))

    exif = image.getexif()

    assert exif[ExifTags.Base.Artist] == ARTIST
    assert exif[ExifTags.Base.Copyright] == COPYRIGHT
    assert not exif.get_ifd(ExifTags.IFD.GPSInfo)
    assert not exif.get_ifd(ExifTags.IFD.Exif)
    for tag in (ExifTags.Base.Make, ExifTags.Base.Model, ExifTags.Base.DateTime, 700, 33723):
        assert tag not in exif
    for key in ("comment", "xmp", "XML:com.adobe.xmp", "photoshop", "mp", "Comment"):
        assert not (image.info.get(key) or b"").replace(b" ", b"").strip(b"\0") or key == "xmp"


@pytest.mark.parametrize("name", ["jpeg", "png", "apng", "webp", "animated webp", "tiff"])
def test_the_orientation_stays_the_same(name: str) -> None:
    original = PRIVATE[name]()

    before, after = (Image.open(io.BytesIO(each)) for each in (original, clean_probed(original)))

    assert before.getexif()[ExifTags.Base.Orientation] == 6
    assert after.getexif()[ExifTags.Base.Orientation] == 6


@pytest.mark.parametrize("name", sorted(set(PRIVATE) - {"gif", "animated avif"}))
def test_the_colour_profile_stays(name: str) -> None:
    image = Image.open(io.BytesIO(clean_probed(PRIVATE[name]())))

    assert image.info["icc_profile"] == display_p3()


def test_an_original_without_metadata_stays_the_same() -> None:
    for name in ("jpeg", "webp", "gif-animated", "apng", "bmp", "avif"):
        original = draw(name)
        result = clean(original, sniff(original), NO_TAGS)
        assert (name, result) == (name, original)


def test_the_scans_of_a_jpeg_keep_their_bytes() -> None:
    original = PRIVATE["jpeg"]()
    first, second = original.index(b"\xff\xda"), original.index(SECRET + b" between")

    result = clean_probed(original)

    assert original[first : second - 4] in result
    assert original[second + len(SECRET + b" between scans") :].startswith(b"\xff\xda")
    assert result.endswith(b"\xff\xd9")
    assert result.count(b"\xff\xd9") == 1


def test_a_thumbnail_in_a_jfif_header_is_removed() -> None:
    plain = draw("jpeg")
    header = segment(0xE0, b"JFIF\0\1\1\0\0\1\0\1\1\2" + SECRET)
    rest = plain[4 + int.from_bytes(plain[4:6], "big") :]

    result = clean(plain[:2] + header + rest, sniff(plain), NO_TAGS)

    assert result == plain


@pytest.mark.parametrize("name", ["jpeg-cmyk", "jpeg-cmyk-plain", "jpeg-grey", "jpeg-progressive"])
def test_cmyk_and_grey_pixels_stay_the_same(name: str) -> None:
    assert decode_frames(clean_probed(draw(name))) == decode_frames(draw(name))


SEGMENTS = st.lists(
    st.tuples(st.sampled_from([*range(0xE0, 0xF0), 0xFE, 0xF0]), st.binary(max_size=40)),
    max_size=20,
)


@given(SEGMENTS)
def test_any_segments_of_a_jpeg_are_dropped(extra: list[tuple[int, bytes]]) -> None:
    plain = draw("jpeg")
    added = b"".join(segment(marker, SECRET + body) for marker, body in extra)

    assert clean(plain[:2] + added + plain[2:], sniff(plain), NO_TAGS) == plain


@given(st.lists(st.tuples(st.text("abcXYZ", min_size=4, max_size=4), st.binary(max_size=40))))
def test_any_chunks_of_a_png_are_dropped(extra: list[tuple[str, bytes]]) -> None:
    plain = draw("apng")
    added = b"".join(chunk(name.encode(), SECRET + body) for name, body in extra)

    for at in (33, len(plain) - 12, len(plain)):
        assert clean(plain[:at] + added + plain[at:], sniff(plain), NO_TAGS) == plain


def test_a_hundred_thousand_segments_are_dropped_in_one_pass() -> None:
    plain = draw("jpeg")
    many = segment(0xFE, SECRET) * 100_000

    assert clean(plain[:2] + many + plain[2:], sniff(plain), NO_TAGS) == plain


# Broken and hostile files: a named error, or a result without private metadata.


@pytest.mark.parametrize("name", PRIVATE)
def test_a_truncated_file_has_no_private_metadata_either(name: str) -> None:
    original = PRIVATE[name]()

    for length in range(64, len(original), 7):
        try:
            result = clean(original[:length], sniff(original), KeptTags(6, ARTIST))
        except (NotAPicture, Unprocessable):
            continue
        assert SECRET not in result


@pytest.mark.parametrize("name", PRIVATE)
def test_a_damaged_file_gives_a_result_or_a_named_error(name: str) -> None:
    original, rng = PRIVATE[name](), Random(1839)

    for _ in range(150):
        damaged = bytearray(original)
        for _ in range(rng.choice((1, 2, 8))):
            damaged[rng.randrange(12, len(damaged))] = rng.choice((0, 1, 0x7F, 0xFF, 0x20))
        with suppress(NotAPicture, Unprocessable):
            assert clean(bytes(damaged), sniff(original), KeptTags(6, ARTIST))


def find_extents(data: bytes) -> list[int]:
    """Return the positions of the items' offsets in the `iloc` box of an AVIF (version 0)."""
    at = data.index(b"iloc") + 4
    (count,) = struct.unpack_from(">H", data, at + 6)
    assert data[at] == 0
    assert data[at + 4 : at + 6] == b"\x44\0"
    return [at + 8 + 14 * item + 6 for item in range(count)]


def with_extent(data: bytes, at: int, offset: int, length: int) -> bytes:
    return data[:at] + struct.pack(">II", offset, length) + data[at + 8 :]


def test_bytes_of_a_picture_are_never_overwritten() -> None:
    original = PRIVATE["avif"]()
    picture, exif, xmp = find_extents(original)
    offset, length = struct.unpack_from(">II", original, picture)

    for metadata in (exif, xmp):
        for start, size in ((offset, length), (offset + length - 1, 9), (offset - 5, 6), (9, 0)):
            with pytest.raises(Unprocessable):
                clean_without_tags(with_extent(original, metadata, start, size))


def clean_without_tags(data: bytes) -> bytes:
    return clean(data, sniff(data), NO_TAGS)


def test_boxes_are_never_overwritten() -> None:
    original = PRIVATE["avif"]()
    _, exif, _ = find_extents(original)

    for start in (0, 40, original.index(b"iloc"), original.index(b"mdat") - 8):
        with pytest.raises(Unprocessable):
            clean_without_tags(with_extent(original, exif, start, 20))


def test_metadata_outside_of_the_file_are_ignored() -> None:
    original = PRIVATE["avif"]()
    _, exif, xmp = find_extents(original)
    outside = with_extent(original, exif, 2**31, 50)

    result = clean_without_tags(with_extent(outside, xmp, len(original) + 5, 0))

    assert SECRET not in result


@pytest.mark.parametrize("offset", [4, 5000])
def test_metadata_among_the_pixels_of_a_tiff_are_refused(offset: int) -> None:
    original = PRIVATE["tiff"]()
    at = original.index(struct.pack("<HH", 700, 1))
    (directory,) = struct.unpack_from("<I", original, 4)
    changed = original[: at + 8] + struct.pack("<I", offset) + original[at + 12 :]
    looped = original[:4] + struct.pack("<I", directory) + original[8:]

    assert looped == original
    if offset < len(original):
        with pytest.raises(Unprocessable):
            clean_without_tags(changed)
    else:
        assert SECRET not in clean_without_tags(changed)


def test_a_tiff_with_a_cycle_of_pages_is_refused() -> None:
    original = PRIVATE["tiff"]()
    (at,) = struct.unpack_from("<I", original, 4)
    (count,) = struct.unpack_from("<H", original, at)
    following = at + 2 + 12 * count

    with pytest.raises(Unprocessable):
        clean_without_tags(original[:following] + struct.pack("<I", at) + original[following + 4 :])


RANGES = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)).map(lambda each: Range(*each)))


@given(RANGES, RANGES)
@settings(max_examples=300)
def test_ranges_are_subtracted_byte_by_byte(first: list[Range], second: list[Range]) -> None:
    def bytes_of(ranges: list[Range]) -> set[int]:
        return {at for start, end in ranges for at in range(start, end)}

    assert bytes_of(list(subtract(first, second))) == bytes_of(first) - bytes_of(second)
    assert bytes_of(merge(first)) == bytes_of(first)


def test_overlapping_patches_are_refused() -> None:
    assert overwrite(b"abcdef", [(4, b"Y"), (1, b"X")]) == b"aXcdYf"
    for patches in ([(1, b"XX"), (2, b"Y")], [(5, b"XX")]):
        with pytest.raises(ValueError, match="overlap"):
            overwrite(b"abcdef", patches)
