"""Measurements of pictures, and descriptions of valid and damaged headers."""

import io
import math
from random import Random
from typing import Any

import pillow_heif
import pytest
from PIL import ExifTags, Image, ImageFile
from PIL.TiffImagePlugin import IFDRational

from origin_lambda.adapters.pillow.measurer import PillowMeasurer
from origin_lambda.adapters.pillow.raster import PillowRaster
from origin_lambda.errors import NotAPicture
from origin_lambda.image.analysis.measure import Description, FocalPoint, Measurements
from origin_lambda.image.formats import Kind
from origin_lambda.image.probe import sniff
from tests.support import originals
from tests.support.originals import (
    NAMES,
    RED,
    chunk,
    disc,
    display_p3,
    draw,
    encoded,
    jpeg,
    quadrants,
)

MEASURER = PillowMeasurer()
NOTHING = Description("", 8, {})
CLEAR = (0, 0, 0, 0)
WHITE = (255, 255, 255)


def measure(image: Image.Image) -> Measurements:
    return MEASURER.measure(PillowRaster(image))


def describe(data: bytes) -> Description:
    return MEASURER.describe(data, sniff(data))


# Expected BlurHashes come from Wolt's JavaScript (npm: blurhash 2.0.5) and the same pixels.


@pytest.mark.parametrize(
    "size, wanted",
    [
        ((96, 64), "LoJtFvHmahtdI9}Qj?JCWUj?a|a}"),
        ((64, 96), "TpJ%wNL^ahI9}QoJayj?fQtRJCa#"),
    ],
)
def test_a_blurhash_equals_that_of_the_reference_implementation(
    size: tuple[int, int], wanted: str
) -> None:
    assert measure(quadrants(size)).blurhash == wanted


def test_a_blurhash_shows_transparent_pixels_as_white() -> None:
    cut_out = disc((90, 60))
    page = Image.new("RGBA", cut_out.size, WHITE)
    page.alpha_composite(cut_out)

    assert measure(cut_out).blurhash == measure(page.convert("RGB")).blurhash


@pytest.mark.parametrize("mode, colour", [("L", 90), ("RGB", RED), ("RGBA", CLEAR)])
@pytest.mark.parametrize("size", [(1, 1), (1, 7), (9, 2), (300, 1), (3, 700)])
def test_small_and_plain_pictures_are_measured_too(
    size: tuple[int, int], mode: str, colour: Any
) -> None:
    found = measure(Image.new(mode, size, colour))

    assert len(found.thumbhash) >= 5
    assert len(found.blurhash) == 28
    assert found.focal_point == FocalPoint(0.5, 0.5)
    assert [swatch.share for swatch in found.palette] == [1.0] * (mode != "RGBA")


def test_measuring_leaves_the_raster_as_it_was() -> None:
    image = disc((400, 300))
    before = image.tobytes()

    measure(image)

    assert image.tobytes() == before


# Headers.


def with_depth(data: bytes, flags: int, depth: int) -> bytes:
    """Return an AVIF whose boxes `av1C` and `pixi` claim another depth."""
    changed = bytearray(data)
    changed[data.index(b"av1C") + 6] = flags
    at = data.index(b"pixi") + 9
    changed[at : at + 3] = bytes([depth] * 3)
    return bytes(changed)


def deep_heic() -> bytes:
    buffer = io.BytesIO()
    samples = (0x8012).to_bytes(2, "little") * 3 * 64 * 64
    pillow_heif.from_bytes("RGB;16", (64, 64), samples).save(buffer)
    return buffer.getvalue()


@pytest.mark.parametrize(
    "data, bits",
    [
        (draw("jpeg"), 8),
        (draw("png"), 8),
        (draw("png-16"), 16),
        (draw("png-16-rgb"), 16),
        (draw("png-palette"), 8),
        (encoded(quadrants().quantize(4), "PNG", bits=2), 8),
        (draw("png-bomb"), 1),
        (draw("tiff"), 8),
        (encoded(Image.new("I;16", (20, 10)), "TIFF"), 16),
        (draw("webp"), 8),
        (draw("gif"), 8),
        (draw("bmp"), 8),
        (draw("heic"), 8),
        (deep_heic(), 10),
        (draw("avif"), 8),
        (with_depth(draw("avif"), 0x4C, 10), 10),
        (with_depth(draw("avif"), 0x6C, 12), 12),
    ],
)
def test_the_bits_of_a_channel_are_described(data: bytes, bits: int) -> None:
    assert describe(data) == Description("", bits, {})


def test_a_profile_is_described_by_the_name_of_its_colour_space() -> None:
    assert describe(draw("jpeg-wide-gamut")).profile == "Display P3"
    assert describe(encoded(quadrants(), "WEBP", icc_profile=display_p3())).profile == "Display P3"


def named_profile(name: str, monkeypatch: pytest.MonkeyPatch) -> bytes:
    text = originals.profile_text(name)
    monkeypatch.setattr(originals, "profile_text", lambda _: text)
    return display_p3.__wrapped__()


@pytest.mark.parametrize(
    "name, expected",
    [
        ("Display P3\r\n", "Display P3"),
        ("sRGB of W. H. F. Talbot's Mousetrap No. 2", "sRGB"),
        ("DELL U2720Q - talbots-laptop", "other"),
        ("\x1b[31m", "other"),
        ("", "other"),
        ("P3" * 500, "other"),
    ],
)
def test_a_profile_name_contains_no_device_or_owner(
    name: str, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    profile = named_profile(name, monkeypatch)

    assert describe(jpeg(quadrants(), icc_profile=profile)).profile == expected


@pytest.mark.parametrize("profile", [b"broken", bytes(200), display_p3()[:150], b"\xff" * 3000])
def test_a_broken_profile_has_no_name_and_other_facts_are_still_read(profile: bytes) -> None:
    data = jpeg(quadrants(), icc_profile=profile, exif=capture_exif({ISO: 200}))

    assert describe(data) == Description("", 8, {"iso": 200})


ISO = ExifTags.Base.ISOSpeedRatings
SECONDS, F_NUMBER, FOCAL = (
    ExifTags.Base.ExposureTime,
    ExifTags.Base.FNumber,
    ExifTags.Base.FocalLength,
)


def capture_exif(values: dict[int, Any], **base: Any) -> Image.Exif:
    """Return the EXIF tags of a capture, and base tags by name."""
    exif = Image.Exif()
    for name, value in base.items():
        exif[ExifTags.Base[name]] = value
    exif[ExifTags.IFD.Exif] = values
    return exif


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF"])
def test_the_conditions_of_a_capture_are_described(form: str) -> None:
    exif = capture_exif(
        {SECONDS: IFDRational(1, 250), F_NUMBER: IFDRational(28, 10), ISO: 400, FOCAL: 35.0}
    )
    data = encoded(quadrants(), form, exif=exif.tobytes())

    assert describe(data).captured == {
        "exposure_seconds": 0.004,
        "f_number": 2.8,
        "iso": 400,
        "focal_length_mm": 35.0,
    }


@pytest.mark.parametrize(
    "values, captured",
    [
        ({}, {}),
        ({ISO: (100, 200)}, {"iso": 100}),
        ({F_NUMBER: IFDRational(2200000047683716, 10**15)}, {"f_number": 2.2}),
        ({ISO: 0, F_NUMBER: 4.0}, {"f_number": 4.0}),
        ({SECONDS: IFDRational(1, 0), ISO: 100}, {"iso": 100}),
        ({SECONDS: "a while", F_NUMBER: "2.8", ISO: 100}, {"f_number": 2.8, "iso": 100}),
        ({SECONDS: b"\xff\xfe", FOCAL: b"", ISO: 100}, {"iso": 100}),
        ({ISO: math.inf, F_NUMBER: 4.0}, {"f_number": 4.0}),
        ({F_NUMBER: IFDRational(0, 10)}, {}),
    ],
)
def test_an_invalid_value_is_left_out(values: dict[int, Any], captured: dict[str, float]) -> None:
    assert describe(jpeg(quadrants(), exif=capture_exif(values))).captured == captured


def test_place_time_device_and_person_are_left_out() -> None:
    secrets = "Mousetrap", "Talbot", "1841:02:08", "SN-4711", "Lacock", "R-4712"
    exif = capture_exif(
        {
            ISO: 100,
            ExifTags.Base.DateTimeOriginal: "1841:02:08 10:00:00",
            ExifTags.Base.BodySerialNumber: "SN-4711",
            ExifTags.Base.LensSerialNumber: "SN-4711",
            ExifTags.Base.CameraOwnerName: "W. H. F. Talbot",
            ExifTags.Base.UserComment: "Lacock Abbey",
            ExifTags.Base.ImageUniqueID: "R-4712",
        },
        Make="Calotype",
        Model="Mousetrap No. 2",
        Artist="W. H. F. Talbot",
        DateTime="1841:02:08 10:00:00",
        ImageDescription="Lacock Abbey",
    )
    exif[ExifTags.IFD.GPSInfo] = {ExifTags.GPS.GPSLatitude: (51.0, 24.0, 50.0)}
    data = jpeg(quadrants(), exif=exif)
    assert all(secret.encode() in data for secret in secrets)

    found = describe(data)

    assert found == Description("", 8, {"iso": 100})


@pytest.mark.parametrize("name", NAMES)
def test_describing_never_fails(name: str) -> None:
    data = draw(name)
    try:
        kind = sniff(data)
    except NotAPicture:
        kind = Kind.PNG

    found = MEASURER.describe(data, kind)

    assert found.bits in {1, 8, 16}


@pytest.mark.parametrize("kind", Kind)
def test_a_file_of_another_kind_has_an_empty_description(kind: Kind) -> None:
    assert MEASURER.describe(b"This is not a picture.\n", kind) == NOTHING


def test_the_part_of_a_header_that_is_cut_off_is_left_out() -> None:
    data = jpeg(quadrants(), exif=capture_exif({ISO: 100}), icc_profile=display_p3())
    whole = describe(data)

    found = [MEASURER.describe(data[:length], Kind.JPEG) for length in range(0, len(data), 7)]

    assert whole == Description("Display P3", 8, {"iso": 100})
    assert found[0] == NOTHING
    assert all(one.profile in {"", whole.profile} for one in found)


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF"])
def test_describing_never_fails_for_damaged_headers(form: str) -> None:
    rng = Random(1839)
    exif = capture_exif({SECONDS: IFDRational(1, 250), ISO: 100})
    whole = encoded(quadrants(), form, exif=exif.tobytes(), icc_profile=display_p3())

    for _ in range(150):
        data = bytearray(whole)
        for _ in range(rng.randint(1, 8)):
            data[rng.randrange(min(len(data), 900))] = rng.randrange(256)
        found = MEASURER.describe(bytes(data), Kind(form.lower()))
        assert found.profile.isprintable()


def test_a_png_without_a_header_chunk_has_an_empty_description() -> None:
    assert MEASURER.describe(b"\x89PNG\r\n\x1a\n" + chunk(b"IEND", b""), Kind.PNG) == NOTHING


@pytest.mark.parametrize("name", ["jpeg", "png-bomb", "webp", "avif", "gif", "heic", "tiff"])
def test_describing_decodes_no_pixels(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    loaded: list[ImageFile.ImageFile] = []
    monkeypatch.setattr(ImageFile.ImageFile, "load", loaded.append)

    describe(draw(name))

    assert not loaded
