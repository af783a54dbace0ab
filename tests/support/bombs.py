"""Builds small files that claim to be large, in more than thirty ways to take memory or time.

They are deterministic, and none is larger than about 400 KB.
"""

import io
import struct
import zlib
from collections.abc import Iterator
from random import Random

import pillow_heif
from PIL import GifImagePlugin, Image

from tests.support.originals import chunk, draw, encoded, jpeg, png, quadrants, segment, segments

SOF0, SOS = 0xC0, 0xDA


def gif_frame(  # noqa: PLR0913, PLR0917 reason: they are the fields of a descriptor
    left: int, top: int, width: int, height: int, disposal: int = 0, colour: int = 1
) -> bytes:
    """Return a frame of one colour; a large frame contains almost no pixels."""
    control = b"!\xf9\x04" + bytes((disposal << 2,)) + b"\x05\0\0\0"
    if width * height <= 1_000_000:
        return control + b"".join(
            GifImagePlugin.getdata(Image.new("L", (width, height), colour), (left, top))
        )
    place = struct.pack("<HHHHB", left, top, width, height, 0)
    return control + b"," + place + b"\x02\x02\x4c\x01\x00"


def gif(screen: tuple[int, int], frames: list[bytes]) -> bytes:
    """Return a GIF of two colours."""
    head = struct.pack("<HHBBB", *screen, 0x80, 0, 0) + bytes((0, 0, 0, 255, 255, 0))
    return b"GIF89a" + head + b"".join(frames) + b";"


def gif_bombs() -> Iterator[tuple[str, bytes]]:
    """Yield GIFs whose frames, screen or count are too large."""
    small = gif_frame(0, 0, 100, 100)
    for name, place in {
        "far outside": (65_000, 65_000, 535, 535),
        "partly outside": (50, 50, 60_000, 60_000),
        "at the right": (65_400, 0, 100, 100),
        "huge": (0, 0, 65_535, 65_535),
    }.items():
        yield f"gif frame {name}", gif((100, 100), [small, gif_frame(*place)])
        yield f"gif first frame {name}", gif((100, 100), [gif_frame(*place), small])
    yield (
        "gif cleared outside",
        gif((9, 9), [gif_frame(0, 0, 9, 9), gif_frame(9, 9, 65_000, 65_000, 2)]),
    )
    yield "gif first frame cleared", gif((9, 9), [gif_frame(0, 0, 65_000, 65_000, 2)] * 2)
    yield "gif frames within the limits", gif((1000, 1000), [gif_frame(0, 0, 1000, 1000)] * 100)
    yield "gif huge screen", gif((65_535, 65_535), [small])
    yield "gif many frames", gif((577, 577), [gif_frame(0, 0, 577, 577)] * 300)
    yield "gif too many frames", gif((1, 1), [gif_frame(0, 0, 1, 1)] * 20_000)
    yield "gif many huge frames outside", gif((9, 9), [gif_frame(8, 8, 65_000, 65_000)] * 200)


def apng(size: tuple[int, int], controls: list[tuple[int, ...]], count: int | None = None) -> bytes:
    """Return an APNG whose frames have the sizes and places in *controls*."""
    packed = zlib.compress(bytes(10), 9)
    body = chunk(b"IHDR", struct.pack(">IIBBBBB", *size, 8, 2, 0, 0, 0))
    body += chunk(b"acTL", struct.pack(">II", len(controls) if count is None else count, 0))
    sequence = 0
    for number, control in enumerate(controls):
        body += chunk(b"fcTL", struct.pack(">IIIIIHHBB", sequence, *control, 10, 100, 1, 0))
        sequence += 1
        if number:
            body += chunk(b"fdAT", struct.pack(">I", sequence) + packed)
            sequence += 1
        else:
            line = b"\0" + bytes(3 * size[0])
            body += chunk(b"IDAT", zlib.compress(line * min(size[1], 2000), 9))
    return b"\x89PNG\r\n\x1a\n" + body + chunk(b"IEND", b"")


def png_bombs() -> Iterator[tuple[str, bytes]]:
    """Yield PNGs whose pixels, frames, texts or profiles are too large."""
    yield "apng frame outside", apng((9, 9), [(9, 9, 0, 0), (60_000, 60_000, 0, 0)])
    yield "apng frame far away", apng((9, 9), [(9, 9, 0, 0), (9, 9, 2**30, 2**30)])
    yield "apng many frames", apng((577, 577), [(577, 577, 0, 0)] * 300)
    yield "apng too many frames", apng((9, 9), [(9, 9, 0, 0)] * 2, count=2**31 - 1)
    yield "apng large canvas", apng((9000, 9000), [(9000, 9000, 0, 0), (1, 1, 0, 0)])
    plain = draw("png")
    inflated = zlib.compress(bytes(100_000_000), 9)
    yield "png text", plain[:33] + chunk(b"zTXt", b"a\0\0" + inflated) + plain[33:]
    many = chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(900_000), 9)) * 200
    yield "png many texts", plain[:33] + many + plain[33:]
    yield "png profile", plain[:33] + chunk(b"iCCP", b"a\0\0" + inflated) + plain[33:]
    line = b"\0" + bytes(4 * 9990)
    yield "png just within the limits", png((9990, 9990), 8, 6, (line * 10 for _ in range(999)))
    yield "png without pixels", png((9990, 9990), 8, 6, [line])
    yield (
        "png of sixteen bits",
        png((9990, 9990), 16, 0, (b"\0" + bytes(2 * 9990) for _ in range(9990))),
    )
    yield "png wide", png((2**31 - 1, 1), 1, 0, [b"\0" * 9])


def sized_jpeg(width: int, height: int, source: bytes = b"") -> bytes:
    """Return a JPEG whose header claims another size."""
    kept = bytearray()
    for marker, body in segments(source or draw("jpeg")):
        is_frame = marker in {SOF0, 0xC2}
        kept += body[:5] + struct.pack(">HH", height, width) + body[9:] if is_frame else body
    return bytes(kept)


def jpeg_of_scans(count: int, size: tuple[int, int]) -> bytes:
    """Return a progressive JPEG that repeats one refinement."""
    data = jpeg(quadrants((16, 16)), progressive=True)
    sized = sized_jpeg(*size, data)
    scan = segment(SOS, bytes((1, 1, 0, 1, 63, 0x10))) + b"\0"
    return sized[:-2] + scan * count + b"\xff\xd9"


def jpeg_bombs() -> Iterator[tuple[str, bytes]]:
    """Yield JPEGs with too many pixels or scans."""
    progressive = jpeg(quadrants((16, 16)), progressive=True)
    yield "jpeg of few bytes", sized_jpeg(9990, 9990)
    yield "jpeg huge", sized_jpeg(65_500, 65_500)
    yield "jpeg progressive of few bytes", sized_jpeg(9990, 9990, progressive)
    yield "jpeg of 5000 scans", jpeg_of_scans(5000, (1000, 1000))
    yield "jpeg of 1000 scans", jpeg_of_scans(1000, (3000, 3000))
    yield "jpeg of scans in a large picture", jpeg_of_scans(400, (9990, 9990))


def tiff(tags: dict[int, tuple[int, int]], tail: bytes = b"") -> bytes:
    """Return a TIFF with one directory of LONG values."""
    entries = b"".join(
        struct.pack("<HHII", tag, 4, count, value) for tag, (count, value) in sorted(tags.items())
    )
    return b"II*\0\x08\0\0\0" + struct.pack("<H", len(tags)) + entries + bytes(4) + tail


def tiff_bombs() -> Iterator[tuple[str, bytes]]:
    """Yield TIFFs whose strips, tiles or counts are too large."""
    base = {256: (1, 100), 257: (1, 100), 258: (1, 8), 259: (1, 8), 262: (1, 1), 277: (1, 1)}
    packed = zlib.compress(bytes(10_000), 9)
    at = 8 + 2 + 12 * 11 + 4
    tile = {324: (1, at), 325: (1, len(packed))}
    yield "tiff huge tile", tiff(base | tile | {322: (1, 65_520), 323: (1, 65_520)}, packed * 9)
    yield "tiff tall tile", tiff(base | tile | {322: (1, 16), 323: (1, 2**30)}, packed * 9)
    yield (
        "tiff of tiny tiles",
        tiff(
            base
            | {
                256: (1, 9000),
                257: (1, 9000),
                259: (1, 1),
                322: (1, 1),
                323: (1, 1),
                324: (90_000, at),
            },
            bytes(400_000),
        ),
    )
    strip = {273: (1, at), 279: (1, len(packed)), 278: (1, 2**31)}
    yield "tiff one strip", tiff(base | strip | {256: (1, 9990), 257: (1, 9990)}, packed * 9)
    yield "tiff of many samples", tiff(base | strip | {277: (1, 60_000)}, packed)
    yield "tiff of many offsets", tiff(base | {273: (2**30, at), 279: (2**30, at)}, packed)


def bmp_bombs() -> Iterator[tuple[str, bytes]]:
    """Yield bitmaps with long jumps, or without pixels."""
    for name, width, height, bits, compression, body in (
        ("bmp jump", 99_000_000, 1, 8, 1, b"\0\2\0\xff" * 20),
        ("bmp jumps", 30_000, 3000, 8, 1, b"\0\2\xff\xff" * 5000),
        ("bmp of few bytes", 9990, 9990, 24, 0, bytes(100)),
        ("bmp of runs", 9990, 9990, 8, 1, b"\x01\x01" * 50_000),
    ):
        head = struct.pack("<IiiHHIIIIII", 40, width, height, 1, bits, compression, 0, 0, 0, 256, 0)
        yield name, b"BM" + struct.pack("<IHHI", 0, 0, 0, 54 + 1024) + head + bytes(1024) + body


def webp_bombs() -> Iterator[tuple[str, bytes]]:
    """Yield WebPs with a large canvas or many frames."""
    still = encoded(Image.new("RGB", (16, 16)), "WEBP", lossless=True)
    pixels = still[12:]
    for name, side in (("webp canvas", 2**24), ("webp canvas at the limit", 9990)):
        flags = struct.pack("<I", 0x02) + 2 * (side - 1).to_bytes(3, "little")
        frame = bytes(6) + 2 * (15).to_bytes(3, "little") + b"\x64\0\0\0" + pixels
        body = b"VP8X" + struct.pack("<I", 10) + flags
        body += b"ANIM" + struct.pack("<IIH", 6, 0, 0)
        body += (b"ANMF" + struct.pack("<I", len(frame)) + frame) * 20
        yield name, b"RIFF" + struct.pack("<I", 4 + len(body)) + b"WEBP" + body
    yield (
        "webp of one colour",
        encoded(Image.new("RGB", (9990, 9990), 9), "WEBP", lossless=True, method=0),
    )
    first, *rest = (Image.new("RGB", (577, 577), (n % 256, n // 2, 0)) for n in range(300))
    yield (
        "webp many frames",
        encoded(first, "WEBP", save_all=True, append_images=rest, lossless=True, method=0),
    )


def patch_sizes(data: bytes, name: bytes, width: int, height: int, at: int = 8) -> bytes:
    """Return a file that claims another size in every box with this *name*."""
    result, place = bytearray(data), 0
    while (place := data.find(name, place)) >= 0:
        result[place + at : place + at + 8] = struct.pack(">II", width, height)
        place += 4
    return bytes(result)


def isobmff_bombs() -> Iterator[tuple[str, bytes]]:
    """Yield AVIFs and HEIFs whose items are larger or smaller than the file claims."""
    large = encoded(Image.new("RGB", (9000, 9000), 9), "AVIF", speed=10, quality=10)
    yield "avif of one colour", large
    yield "avif that says it is small", patch_sizes(large, b"ispe", 64, 64)
    yield "avif that says it is large", patch_sizes(draw("avif"), b"ispe", 9990, 9990)
    yield "avif that says it is huge", patch_sizes(draw("avif"), b"ispe", 2**31 - 1, 2**31 - 1)
    yield "avif alpha larger than colour", patch_sizes(draw("avif-alpha"), b"ispe", 16_000, 16_000)
    buffer = io.BytesIO()
    pillow_heif.from_pillow(Image.new("RGB", (7000, 7000), 9)).save(buffer, quality=10)
    yield "heic of one colour", buffer.getvalue()
    yield "heic that says it is small", patch_sizes(buffer.getvalue(), b"ispe", 64, 64)
    yield "heic that says it is large", patch_sizes(draw("heic"), b"ispe", 9990, 9990)
    yield "heic that says it is huge", patch_sizes(draw("heic"), b"ispe", 2**31 - 1, 2**31 - 1)


def damaged_bombs() -> Iterator[tuple[str, bytes]]:
    """Yield small files with damaged headers, in which sizes can have grown."""
    rng = Random(1839)
    for name in ("gif-animated", "apng", "webp-animated", "avif", "heic", "tiff", "bmp", "jpeg"):
        data = bytearray(draw(name))
        for _ in range(3):
            data[rng.randrange(12, min(len(data), 60))] = 0xFF
        yield f"damaged {name}", bytes(data)


def bombs() -> Iterator[tuple[str, bytes]]:
    """Yield the name and the bytes of every bomb."""
    for family in (
        gif_bombs, png_bombs, jpeg_bombs, tiff_bombs, bmp_bombs, webp_bombs, isobmff_bombs,
        damaged_bombs,
    ):  # fmt: skip
        yield from family()
