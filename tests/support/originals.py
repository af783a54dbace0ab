"""Draws the tiny originals of the tests, one for each trap, with the same bytes every time.

They are drawn by code, so that a reader sees what is difficult about each of them. Unless its
docstring says otherwise, an original shows the *quadrants*: red, green, blue and yellow, from the
top left to the bottom right. A black mark near the top-left corner reveals any turn or flip.
"""

import io
import struct
import zlib
from collections.abc import Callable, Iterable, Iterator
from functools import cache, partial
from random import Random
from typing import Final

import pillow_heif
from PIL import ExifTags, Image, ImageChops, ImageDraw

Colour = tuple[int, int, int]
Row = tuple[float, float, float]
Matrix = tuple[Row, Row, Row]

RED: Final[Colour] = (214, 40, 40)
GREEN: Final[Colour] = (44, 160, 70)
BLUE: Final[Colour] = (38, 84, 200)
YELLOW: Final[Colour] = (248, 216, 72)
BLACK: Final[Colour] = (0, 0, 0)

SMALL: Final = (60, 40)
COPYRIGHT: Final = "Copyright Calotype tests"

_TRAPS: Final[dict[str, Callable[[], bytes]]] = {}


def trap(name: str) -> Callable[[Callable[[], bytes]], Callable[[], bytes]]:
    """Register a drawing function under the name the tests ask for."""

    def register(function: Callable[[], bytes]) -> Callable[[], bytes]:
        _TRAPS[name] = function
        return function

    return register


@cache
def draw(name: str) -> bytes:
    """Return the encoded bytes of the original called *name*; KeyError if there is none."""
    return _TRAPS[name]()


# The picture that nearly all originals show, and its encoders.


def quadrants(size: tuple[int, int] = SMALL) -> Image.Image:
    """Draw four colours and a mark: its eight turns and flips all look different."""
    width, height = size
    image = Image.new("RGB", size, YELLOW)
    pen = ImageDraw.Draw(image)
    pen.rectangle((0, 0, width // 2 - 1, height // 2 - 1), RED)
    pen.rectangle((width // 2, 0, width - 1, height // 2 - 1), GREEN)
    pen.rectangle((0, height // 2, width // 2 - 1, height - 1), BLUE)
    inset, thick = height // 10, max(2, height // 40)
    pen.rectangle((inset, inset, width // 3, inset + thick - 1), BLACK)
    return image


def disc(size: tuple[int, int] = SMALL) -> Image.Image:
    """Draw an opaque orange disc; the transparent pixels around it are black."""
    width, height = size
    image = Image.new("RGBA", size, (0, 0, 0, 0))
    box = (width // 2 - height // 3, height // 6, width // 2 + height // 3, height - height // 6)
    ImageDraw.Draw(image).ellipse(box, (240, 120, 20, 255))
    return image


def encoded(image: Image.Image, form: str, **options: object) -> bytes:
    """Return *image* encoded in the format that Pillow calls *form*."""
    buffer = io.BytesIO()
    image.save(buffer, form, **options)
    return buffer.getvalue()


def jpeg(image: Image.Image, **options: object) -> bytes:
    """Return a JPEG with few artefacts, so that colours can be compared."""
    return encoded(image, "JPEG", **{"quality": 92, "subsampling": 0, **options})


# JPEG: the plain cases.


@trap("jpeg")
def draw_jpeg() -> bytes:
    """Plain baseline, 300x200: an original without any trap."""
    return jpeg(quadrants((300, 200)))


@trap("jpeg-portrait")
def draw_jpeg_portrait() -> bytes:
    """Taller than wide, 200x300: it reveals exchanged width and height."""
    return jpeg(quadrants((200, 300)))


@trap("jpeg-progressive")
def draw_jpeg_progressive() -> bytes:
    """Progressive scans, which decoders shrink less cheaply."""
    return jpeg(quadrants((120, 80)), progressive=True)


@trap("jpeg-grey")
def draw_jpeg_grey() -> bytes:
    """One channel: it breaks stages that expect three."""
    return jpeg(quadrants().convert("L"))


def sheet(rng: Random, cells: tuple[int, int], size: tuple[int, int]) -> Image.Image:
    """Draw smooth grey noise of this many *cells* each way."""
    coarse = Image.frombytes("L", cells, rng.randbytes(cells[0] * cells[1]))
    return coarse.resize(size, Image.Resampling.BICUBIC)


@trap("photograph")
def draw_photograph() -> bytes:
    """Sunset over two ridges, 300x200: soft tones, fine texture, and a sun right of the middle."""
    rng = Random(1839)
    size = width, height = 300, 200
    sky = Image.merge("RGB", [Image.linear_gradient("L").resize(size) for _ in "rgb"])
    sky = Image.composite(
        Image.new("RGB", size, (255, 190, 110)),
        Image.new("RGB", size, (58, 92, 158)),
        sky.convert("L"),
    )
    clouds = sheet(rng, (9, 24), size).point([max(0, value - 130) for value in range(256)])
    sky.paste((255, 236, 220), mask=clouds)
    ImageDraw.Draw(sky).ellipse((192, 34, 228, 70), (255, 246, 214))
    for top, rough, light, dark in (
        (96, 60, (146, 110, 130), (84, 70, 104)),
        (136, 50, (96, 120, 62), (22, 38, 30)),
    ):
        rise = sheet(rng, (7, 1), (width, 1)).tobytes()
        slope = Image.new("L", size)
        pen = ImageDraw.Draw(slope)
        for x, up in enumerate(rise):
            pen.line((x, top + rough * (up - 128) // 255, x, height), 255)
        texture = Image.blend(sheet(rng, (60, 40), size), sheet(rng, size, size), 0.5)
        ground = Image.composite(
            Image.new("RGB", size, light), Image.new("RGB", size, dark), texture
        )
        sky.paste(ground, mask=slope)
    return jpeg(sky)


@trap("bordered")
def draw_bordered() -> bytes:
    """A part of the photograph, 150x90, with a white border: 20 left, 30 above, 40 right, 50 below."""
    page = Image.new("RGB", (210, 170), "white")
    with Image.open(io.BytesIO(draw_photograph())) as photograph:
        page.paste(photograph.crop((60, 60, 210, 150)), (20, 30))
    return encoded(page, "PNG")


@trap("jpeg-truncated")
def draw_jpeg_truncated() -> bytes:
    """Cut off at 60 % of its bytes: the header is complete, the picture is not."""
    image = quadrants((300, 200))
    grain = Image.frombytes("RGB", image.size, Random(1841).randbytes(3 * 300 * 200))
    # Grain spreads the bytes evenly over the rows; flat quadrants would be complete at 60 %.
    whole = jpeg(Image.blend(image, grain, 0.1))
    return whole[: len(whole) * 6 // 10]


@trap("jpeg-truncated-header")
def draw_jpeg_truncated_header() -> bytes:
    """Cut off after 20 bytes: only the signature of a JPEG is left."""
    return draw("jpeg")[:20]


# JPEG: traps in the segments.

# Second bytes of the markers used here (ITU-T T.81, table B.1).
SOI: Final = 0xD8
SOF0: Final = 0xC0
SOS: Final = 0xDA
APP13: Final = 0xED
APP14: Final = 0xEE


def segments(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield each marker and its segment, including marker and length; the scan is one segment.

    Layout: ITU-T T.81, annex B.
    """
    yield SOI, data[:2]
    at = 2
    while data[at + 1] != SOS:
        end = at + 2 + int.from_bytes(data[at + 2 : at + 4], "big")
        yield data[at + 1], data[at:end]
        at = end
    yield SOS, data[at:]


def segment(marker: int, payload: bytes) -> bytes:
    """Return one JPEG segment."""
    return struct.pack(">BBH", 0xFF, marker, len(payload) + 2) + payload


# How the upright picture is stored so that the tag's turn restores it (Exif 2.32, 4.6.4 A).
STORED: Final[dict[int, Image.Transpose]] = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}


def draw_oriented(orientation: int) -> bytes:
    """Draw turned quadrants, 40x60 for 5 to 8, with the EXIF tag that turns them upright."""
    image = quadrants()
    if orientation in STORED:
        image = image.transpose(STORED[orientation])
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    return jpeg(image, exif=exif)


_TRAPS.update({f"exif-{turn}": partial(draw_oriented, turn) for turn in range(1, 9)})


@trap("exif-gps")
def draw_exif_gps() -> bytes:
    """Place, camera and artist in EXIF: the place must not leak, the artist must stay."""
    exif = Image.Exif()
    exif[ExifTags.Base.Make] = "Calotype"
    exif[ExifTags.Base.Model] = "Mousetrap No. 2"
    exif[ExifTags.Base.Artist] = "W. H. F. Talbot"
    exif[ExifTags.Base.Copyright] = COPYRIGHT
    exif[ExifTags.IFD.GPSInfo] = {
        ExifTags.GPS.GPSLatitudeRef: "N",
        ExifTags.GPS.GPSLatitude: (51.0, 24.0, 50.0),
        ExifTags.GPS.GPSLongitudeRef: "W",
        ExifTags.GPS.GPSLongitude: (2.0, 7.0, 2.0),
    }
    return jpeg(quadrants(), exif=exif)


@trap("iptc-copyright")
def draw_iptc_copyright() -> bytes:
    """Copyright notice in IPTC only (record 2, data set 116), as picture agencies write it."""
    notice = COPYRIGHT.encode()
    record = struct.pack(">BBBH", 0x1C, 2, 116, len(notice)) + notice
    # An image resource block is padded to an even length, which its size field does not count.
    resource = b"8BIM" + struct.pack(">HHI", 0x0404, 0, len(record)) + record
    payload = b"Photoshop 3.0\0" + resource + b"\0" * (len(record) % 2)
    plain = jpeg(quadrants())
    return plain[:2] + segment(APP13, payload) + plain[2:]


@trap("jpeg-cmyk")
def draw_jpeg_cmyk() -> bytes:
    """CMYK with an Adobe marker, so stored inverted."""
    return jpeg(quadrants().convert("CMYK"))


@trap("jpeg-cmyk-plain")
def draw_jpeg_cmyk_plain() -> bytes:
    """CMYK without an Adobe marker, not inverted; Pillow inverts it wrongly."""
    data = jpeg(ImageChops.invert(quadrants().convert("CMYK")))
    return b"".join(body for marker, body in segments(data) if marker != APP14)


@trap("jpeg-huge-header")
def draw_jpeg_huge_header() -> bytes:
    """Frame header of 30000x30000 and no data: some 600 bytes that claim 2.7 GB of pixels."""
    kept = bytearray()
    for marker, body in segments(draw("jpeg")):
        if marker == SOF0:
            kept += body[:5] + struct.pack(">HH", 30_000, 30_000) + body[9:]
        elif marker == SOS:
            kept += body[: 2 + int.from_bytes(body[2:4], "big")]
        else:
            kept += body
    return bytes(kept)


# JPEG: a wide gamut and its profile.

# Chromaticities of the primaries of Display P3 (SMPTE EG 432-1) and of its white, D65.
P3_PRIMARIES: Final = ((0.680, 0.320), (0.265, 0.690), (0.150, 0.060))
D65: Final = (0.3127, 0.3290)
# The white of every ICC profile (ICC.1:2022, 7.2.16).
D50: Final[Row] = (0.9642, 1.0, 0.8249)
# The cone responses of the linear Bradford adaptation (ICC.1:2022, annex E).
BRADFORD: Final[Matrix] = (
    (0.8951, 0.2664, -0.1614),
    (-0.7502, 1.7135, 0.0367),
    (0.0389, -0.0685, 1.0296),
)
# The sRGB transfer curve, which Display P3 shares, as g, a, b, c, d (IEC 61966-2-1).
SRGB_CURVE: Final = (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)


def multiply(left: Matrix, right: Matrix) -> Matrix:
    """Multiply two matrices."""
    columns = tuple(zip(*right, strict=True))
    a, b, c = (
        tuple(sum(x * y for x, y in zip(row, column, strict=True)) for column in columns)
        for row in left
    )
    return (a[0], a[1], a[2]), (b[0], b[1], b[2]), (c[0], c[1], c[2])


def multiply_vector(matrix: Matrix, vector: Row) -> Row:
    """Multiply a matrix with a column."""
    x, y, z = (sum(a * b for a, b in zip(row, vector, strict=True)) for row in matrix)
    return x, y, z


def diagonal(values: Row) -> Matrix:
    """Return the matrix that scales each axis by its value."""
    x, y, z = values
    return (x, 0.0, 0.0), (0.0, y, 0.0), (0.0, 0.0, z)


def invert(matrix: Matrix) -> Matrix:
    """Return the inverse by cofactors: the cross products of each two other rows."""
    a, b, c = matrix
    first, second, third = cross(b, c), cross(c, a), cross(a, b)
    scale = 1 / sum(x * y for x, y in zip(a, first, strict=True))
    rows = [tuple(scale * value for value in row) for row in zip(first, second, third, strict=True)]
    (p, q, r), (s, t, u), (v, w, x) = rows
    return (p, q, r), (s, t, u), (v, w, x)


def cross(left: Row, right: Row) -> Row:
    """Return the cross product."""
    (a, b, c), (x, y, z) = left, right
    return b * z - c * y, c * x - a * z, a * y - b * x


def xyz(x: float, y: float) -> Row:
    """Return the XYZ of a chromaticity with luminance 1."""
    return x / y, 1.0, (1 - x - y) / y


def colorants() -> tuple[Matrix, Matrix]:
    """Return the D50 colorants of Display P3, a row per primary, and the adaptation from D65."""
    red, green, blue = (xyz(*point) for point in P3_PRIMARIES)
    white = xyz(*D65)
    primaries: Matrix = (
        (red[0], green[0], blue[0]),
        (red[1], green[1], blue[1]),
        (red[2], green[2], blue[2]),
    )
    scaled = multiply(primaries, diagonal(multiply_vector(invert(primaries), white)))
    source, target = multiply_vector(BRADFORD, white), multiply_vector(BRADFORD, D50)
    ratio = (target[0] / source[0], target[1] / source[1], target[2] / source[2])
    adaptation = multiply(invert(BRADFORD), multiply(diagonal(ratio), BRADFORD))
    (a, b, c), (d, e, f), (g, h, i) = multiply(adaptation, scaled)
    return ((a, d, g), (b, e, h), (c, f, i)), adaptation


def fixed(*values: float) -> bytes:
    """Return numbers as s15Fixed16Numbers."""
    return struct.pack(f">{len(values)}i", *(round(value * 65_536) for value in values))


def profile_text(text: str) -> bytes:
    """Return a multiLocalizedUnicodeType with one American English string."""
    body = text.encode("utf-16-be")
    return b"mluc" + struct.pack(">III2s2sII", 0, 1, 12, b"en", b"US", len(body), 28) + body


@cache
def display_p3() -> bytes:
    """Return a minimal ICC version 4 display profile of Display P3 (ICC.1:2022, 8.4)."""
    (red, green, blue), adaptation = colorants()
    curve = b"para" + struct.pack(">IHH", 0, 3, 0) + fixed(*SRGB_CURVE)
    tags = {
        b"desc": profile_text("Display P3"),
        b"cprt": profile_text("No copyright, use freely"),
        b"wtpt": b"XYZ \0\0\0\0" + fixed(*D50),
        b"chad": b"sf32\0\0\0\0" + fixed(*(value for row in adaptation for value in row)),
        b"rXYZ": b"XYZ \0\0\0\0" + fixed(*red),
        b"gXYZ": b"XYZ \0\0\0\0" + fixed(*green),
        b"bXYZ": b"XYZ \0\0\0\0" + fixed(*blue),
        b"rTRC": curve,
        b"gTRC": curve,
        b"bTRC": curve,
    }
    start = 128 + 4 + 12 * len(tags)
    table, data = struct.pack(">I", len(tags)), b""
    for signature, body in tags.items():
        table += signature + struct.pack(">II", start + len(data), len(body))
        data += body + b"\0" * (-len(body) % 4)
    created = struct.pack(">6H", 2024, 1, 1, 0, 0, 0)
    header = b"\0\0\0\0" + b"\x04\x40\0\0" + b"mntrRGB XYZ " + created + b"acsp"
    header = struct.pack(">I", start + len(data)) + header.ljust(64, b"\0") + fixed(*D50)
    return header.ljust(128, b"\0") + table + data


@trap("jpeg-wide-gamut")
def draw_jpeg_wide_gamut() -> bytes:
    """Display P3 with its profile: pure red at the left, which sRGB cannot show, and a tan."""
    image = Image.new("RGB", SMALL, (255, 0, 0))
    ImageDraw.Draw(image).rectangle((SMALL[0] // 2, 0, *SMALL), (200, 120, 60))
    return jpeg(image, icc_profile=display_p3())


# PNG, partly by hand: Pillow writes neither 16-bit colour nor interlacing.


def chunk(kind: bytes, data: bytes) -> bytes:
    """Return one PNG chunk."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(
    size: tuple[int, int], depth: int, colour: int, lines: Iterable[bytes], interlace: int = 0
) -> bytes:
    """Return a PNG of *lines* that include their filter byte (PNG, third edition, 11.2).

    The lines are compressed one by one, so they are never in memory together.
    """
    packer = zlib.compressobj(9)
    body = b"".join(packer.compress(line) for line in lines) + packer.flush()
    header = struct.pack(">IIBBBBB", *size, depth, colour, 0, 0, interlace)
    parts = chunk(b"IHDR", header), chunk(b"IDAT", body), chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


@trap("png")
def draw_png() -> bytes:
    """Plain 8-bit RGB."""
    return encoded(quadrants(), "PNG")


@trap("png-alpha")
def draw_png_alpha() -> bytes:
    """Orange disc on transparent black, which must not bleed into the edge."""
    return encoded(disc(), "PNG")


@trap("png-grey-alpha")
def draw_png_grey_alpha() -> bytes:
    """Two channels, grey and alpha."""
    return encoded(disc().convert("LA"), "PNG")


@trap("png-palette")
def draw_png_palette() -> bytes:
    """Palette indices instead of colours: resizing must not average the indices."""
    return encoded(quadrants().quantize(8), "PNG")


@trap("png-palette-alpha")
def draw_png_palette_alpha() -> bytes:
    """Palette entries with tRNS: an opaque box, half transparent and transparent frames around it."""
    width, height = SMALL
    image = Image.new("P", SMALL, 0)
    image.putpalette([*BLACK, *RED, *BLUE])
    pen = ImageDraw.Draw(image)
    pen.rectangle((width // 6, height // 6, width - width // 6, height - height // 6), 1)
    pen.rectangle((width // 3, height // 3, width - width // 3, height - height // 3), 2)
    return encoded(image, "PNG", transparency=bytes((0, 128, 255)))


@trap("png-16")
def draw_png_16() -> bytes:
    """16-bit grey from black to white: a decoder that clips makes it all white."""
    width, height = SMALL
    line = b"".join(struct.pack(">H", 65_535 * x // (width - 1)) for x in range(width))
    return png(SMALL, 16, 0, [b"\0" + line] * height)


@trap("png-16-rgb")
def draw_png_16_rgb() -> bytes:
    """16 bits in each of three channels."""
    width, height = SMALL
    samples = quadrants().tobytes()
    lines = (samples[3 * width * y : 3 * width * (y + 1)] for y in range(height))
    # 257 takes 255 to 65535, so each 8-bit sample is written twice.
    return png(SMALL, 16, 2, (b"\0" + bytes(s for s in line for _ in "hl") for line in lines))


# First column and row, then column and row step, of each Adam7 pass (PNG, third edition, 8.1).
ADAM7: Final = (
    (0, 0, 8, 8),
    (4, 0, 8, 8),
    (0, 4, 4, 8),
    (2, 0, 4, 4),
    (0, 2, 2, 4),
    (1, 0, 2, 2),
    (0, 1, 1, 2),
)


@trap("png-interlaced")
def draw_png_interlaced() -> bytes:
    """Adam7: seven passes, none of them in the order of rows."""
    width, height = SMALL
    samples = quadrants().tobytes()
    pixels = [samples[at : at + 3] for at in range(0, len(samples), 3)]
    lines = (
        b"\0" + b"".join(pixels[width * y + left : width * (y + 1) : across])
        for left, top, across, down in ADAM7
        for y in range(top, height, down)
    )
    return png(SMALL, 8, 2, lines, interlace=1)


@trap("png-bomb")
def draw_png_bomb() -> bytes:
    """20000x20000 of 1-bit white in 76 KB: valid, and 400 megapixels once decoded."""
    side = 20_000
    line = b"\0" + b"\xff" * (side // 8)
    return png((side, side), 1, 0, (line * 100 for _ in range(side // 100)))


# Animations.


@trap("apng")
def draw_apng() -> bytes:
    """Three frames of 100, 200 and 300 ms, in a file with the signature of a PNG."""
    first, *rest = (Image.new("RGB", SMALL, colour) for colour in (RED, GREEN, BLUE))
    return encoded(
        first, "PNG", save_all=True, append_images=rest, duration=[100, 200, 300], loop=0
    )


@trap("gif")
def draw_gif() -> bytes:
    """One frame: it must not be treated as an animation."""
    return encoded(quadrants().quantize(8), "GIF")


@trap("gif-animated")
def draw_gif_animated() -> bytes:
    """Four frames of 100 to 400 ms, for ever: red, green, a blue disc over it, yellow.

    The third frame contains only the box around the disc, with transparent corners. Decoded
    separately, it looks different from the played animation.
    """
    width, height = SMALL
    frames = [Image.new("RGB", SMALL, colour) for colour in (RED, GREEN, GREEN, YELLOW)]
    box = (width // 2 - height // 4, height // 4, width // 2 + height // 4, height - height // 4)
    ImageDraw.Draw(frames[2]).ellipse(box, BLUE)
    first, *rest = (frame.quantize(8) for frame in frames)
    return encoded(
        first, "GIF", save_all=True, append_images=rest, duration=[100, 200, 300, 400], loop=0
    )


@trap("webp-animated")
def draw_webp_animated() -> bytes:
    """Three frames of 100, 200 and 300 ms."""
    first, *rest = (Image.new("RGB", SMALL, colour) for colour in (RED, GREEN, BLUE))
    return encoded(
        first, "WEBP", save_all=True, append_images=rest, duration=[100, 200, 300], loop=0
    )


@trap("gif-bomb")
def draw_gif_bomb() -> bytes:
    """Screen of 30000x30000 with one pixel, in 35 bytes."""
    screen = struct.pack("<HHBBB", 30_000, 30_000, 0x80, 0, 0) + bytes((*BLACK, *YELLOW))
    frame = b"," + struct.pack("<HHHHB", 0, 0, 1, 1, 0)
    # Codes of three bits: clear, colour 1, end.
    return b"GIF89a" + screen + frame + b"\x02\x02\x4c\x01\x00;"


# The other formats.


@trap("webp")
def draw_webp() -> bytes:
    """Lossy WebP."""
    return encoded(quadrants(), "WEBP", quality=90)


@trap("webp-alpha")
def draw_webp_alpha() -> bytes:
    """Lossy WebP with an alpha plane."""
    return encoded(disc(), "WEBP", quality=90)


@trap("avif")
def draw_avif() -> bytes:
    """AVIF without alpha."""
    return encoded(quadrants(), "AVIF", quality=90)


@trap("avif-alpha")
def draw_avif_alpha() -> bytes:
    """AVIF with alpha, which is stored as a second picture."""
    return encoded(disc(), "AVIF", quality=90)


@trap("heic")
def draw_heic() -> bytes:
    """HEIC as phones write it; only some decoders can read it."""
    buffer = io.BytesIO()
    pillow_heif.from_pillow(quadrants((120, 80))).save(buffer, quality=90)
    return buffer.getvalue()


@trap("tiff")
def draw_tiff() -> bytes:
    """Uncompressed TIFF: an input format, but never an output format."""
    return encoded(quadrants(), "TIFF")


@trap("tiff-cmyk")
def draw_tiff_cmyk() -> bytes:
    """CMYK, never inverted, unlike in an Adobe JPEG."""
    return encoded(quadrants().convert("CMYK"), "TIFF")


@trap("bmp")
def draw_bmp() -> bytes:
    """Windows bitmap, stored bottom row first."""
    return encoded(quadrants(), "BMP")


# Files without pixels.


@trap("svg")
def draw_svg() -> bytes:
    """Drawing of shapes only: a sanitiser must remove nothing."""
    return b"""<?xml version="1.0" encoding="UTF-8"?>
<svg xmlns="http://www.w3.org/2000/svg" width="60" height="40" viewBox="0 0 60 40">
  <title>Quadrants</title>
  <path fill="#d62828" d="M0 0h30v20H0z"/>
  <path fill="#2ca046" d="M30 0h30v20H30z"/>
  <path fill="#2654c8" d="M0 20h30v20H0z"/>
  <path fill="#f8d848" d="M30 20h30v20H30z"/>
  <path d="M4 4h17v2H4z"/>
</svg>
"""


@trap("svg-shapes")
def draw_svg_shapes() -> bytes:
    """Drawing whose viewBox begins off zero, with a gradient, a blur, a mask and percentages."""
    return b"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="-50 -30 100 60">
  <linearGradient id="sky" x2="0" y2="1">
    <stop stop-color="#2654c8"/><stop offset="1" stop-color="#f8d848"/>
  </linearGradient>
  <filter id="soft"><feGaussianBlur stdDeviation="3"/></filter>
  <mask id="ring"><circle r="20" fill="#fff"/><circle r="12"/></mask>
  <rect x="-50%" y="-50%" width="100%" height="100%" rx="8" fill="url(#sky)"/>
  <circle cx="24" cy="-10" r="9" fill="#fff" filter="url(#soft)"/>
  <rect x="-20" y="-20" width="40" height="40" fill="#d62828" mask="url(#ring)"/>
  <path d="M-45 25Q-20 -5 0 20T45 25" fill="none" stroke="#2ca046" stroke-width="3"
    stroke-dasharray="6 2"/>
  <text y="6" font-size="9">not drawn: there are no fonts</text>
</svg>
"""


@trap("svg-hostile")
def draw_svg_hostile() -> bytes:
    """Drawing with every way to run code or load from elsewhere, and one harmless square."""
    return b"""<?xml version="1.0"?>
<!DOCTYPE svg [<!ENTITY secret SYSTEM "file:///etc/passwd">]>
<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"
     width="60" height="40" viewBox="0 0 60 40" onload="alert('onload')">
  <script>alert('script')</script>
  <style>@import url("https://attacker.example/style.css");</style>
  <image xlink:href="https://attacker.example/pixel.png" width="1" height="1"/>
  <use href="https://attacker.example/sprite.svg#icon"/>
  <a href="javascript:alert('href')"><text y="20">&secret;</text></a>
  <set attributeName="href" to="javascript:alert('set')"/>
  <foreignObject width="60" height="40">
    <iframe xmlns="http://www.w3.org/1999/xhtml" src="https://attacker.example/"></iframe>
  </foreignObject>
  <rect width="20" height="20" fill="#d62828" onclick="alert('onclick')"/>
</svg>
"""


@trap("text")
def draw_text() -> bytes:
    """Plain text; the suffix of its key can claim anything."""
    return b"This is not a picture.\n"


@trap("html")
def draw_html() -> bytes:
    """Web page: under an image's key it must not be served as a page."""
    return b"<!doctype html>\n<title>No picture</title>\n<script>alert('html')</script>\n"


@trap("empty")
def draw_empty() -> bytes:
    """No bytes at all."""
    return b""


NAMES: Final[tuple[str, ...]] = tuple(_TRAPS)


# A picture for the stages of faces. It is no trap, so it is not in `NAMES`.


@trap("red-eyes")
def draw_red_eyes() -> bytes:
    """A face on the photograph, where `tests.support.faces.FACE` has it, with red pupils."""
    with Image.open(io.BytesIO(draw("photograph"))) as image:
        pen = ImageDraw.Draw(image)
        pen.ellipse((146, 40, 214, 118), (224, 172, 140))
        for x in (165, 195):
            pen.ellipse((x - 9, 65, x + 9, 75), (238, 232, 228))
            pen.ellipse((x - 5, 65, x + 5, 75), (120, 90, 70))
            pen.ellipse((x - 3, 67, x + 3, 73), (220, 40, 50))
        pen.arc((168, 90, 192, 106), 20, 160, (160, 60, 60), 3)
        return encoded(image, "PNG")
