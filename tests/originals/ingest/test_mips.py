"""Mips that ingest writes."""

import io

import pytest
from PIL import ExifTags, Image

from origin_lambda.image.formats import Kind
from origin_lambda.originals.mip_keys import mip_key
from tests.support.ingest_world import KEY, LONG, World, measure_difference
from tests.support.originals import STORED, display_p3, encoded, jpeg, quadrants


def mip_files(world: World) -> list[Image.Image]:
    """Return the opened mips that the record names."""
    record = world.record
    files: list[Image.Image] = []
    for mip in record.mips:
        blob = world.derivatives.port.read(mip_key(KEY, record.version, mip))
        assert blob.metadata.user_metadata == {"version": record.version}
        assert blob.metadata.media_type == f"image/{mip.kind}"
        assert blob.stat.size == mip.bytes
        image = Image.open(io.BytesIO(blob.body))
        assert image.size == mip.size
        files.append(image)
    return files


def test_mips_are_stored_in_every_size_of_the_ladder(world: World) -> None:
    record = world.ingest_original(jpeg(quadrants(LONG)))

    mip_files(world)

    sizes = [(2560, 43), (1920, 32), (1280, 21), (640, 11), (320, 5)]
    assert [mip.size for mip in record.mips] == sizes
    assert len(world.mips) == 5


@pytest.mark.parametrize(
    "name, body, mode",
    [
        ("colour", jpeg(quadrants(LONG)), "RGB"),
        ("grey", jpeg(quadrants(LONG).convert("L")), "L"),
        ("inks", jpeg(quadrants(LONG).convert("CMYK")), "RGB"),
        ("progressive", jpeg(quadrants(LONG), progressive=True, subsampling=2), "RGB"),
        ("palette", encoded(quadrants(LONG).quantize(8), "PNG"), "RGB"),
        ("webp", encoded(quadrants(LONG), "WEBP"), "RGB"),
    ],
)
def test_a_mip_of_an_opaque_original_is_a_full_colour_jpeg_in_one_scan(
    world: World, name: str, body: bytes, mode: str
) -> None:
    del name
    record = world.ingest_original(body)

    for mip, image in zip(record.mips, mip_files(world), strict=True):
        assert (mip.kind, image.format, image.mode) == (Kind.JPEG, "JPEG", mode)
        assert "progressive" not in image.info
        # Identifier, horizontal and vertical sampling, and table of each component.
        assert {layer[1:3] for layer in getattr(image, "layer")} == {(1, 1)}  # noqa: B009 reason: Pillow's stubs lack it


@pytest.mark.parametrize("form", ["PNG", "WEBP"])
def test_a_mip_of_an_original_with_alpha_is_a_webp_with_alpha(world: World, form: str) -> None:
    picture = Image.new("RGBA", LONG, (0, 0, 0, 0))
    picture.paste((240, 120, 20, 255), (0, 0, LONG[0] // 2, LONG[1]))

    record = world.ingest_original(encoded(picture, form))

    for mip, image in zip(record.mips, mip_files(world), strict=True):
        assert (mip.kind, image.format, image.mode) == (Kind.WEBP, "WEBP", "RGBA")
        pixels = [image.getpixel((x, image.height // 2)) for x in (10, image.width - 10)]
        assert [pixel[3] for pixel in pixels if isinstance(pixel, tuple)] == [255, 0]


@pytest.mark.parametrize("orientation", [3, 6, 8])
def test_a_mip_is_stored_like_its_original_and_has_no_orientation(
    world: World, orientation: int
) -> None:
    stored = quadrants((1740, 1160)).transpose(STORED[orientation])
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation

    world.ingest_original(jpeg(stored, exif=exif))

    image, *_ = mip_files(world)
    assert image.size == ((1280, 853) if orientation == 3 else (853, 1280))
    assert not image.getexif()
    assert measure_difference(image, stored)[0] < 1
    assert measure_difference(image, stored.transpose(Image.Transpose.ROTATE_180))[0] > 20


def test_a_mip_is_in_srgb_and_needs_no_profile(world: World) -> None:
    tan = Image.new("RGB", LONG, (200, 120, 60))

    world.ingest_original(jpeg(tan, icc_profile=display_p3()))

    for image in mip_files(world):
        assert "icc_profile" not in image.info
        red, green, blue = image.getpixel((4, 4))  # type: ignore[misc]
        # Display P3's (200, 120, 60) is about (211, 117, 44) in sRGB.
        assert (red, green, blue) == pytest.approx((211, 117, 44), abs=4)
