"""Draws originals with private metadata: place, time, camera and comments, in every known way.

Everything that must be removed has the word `SECRET` in it, or is in GPS tags. Copyright, artist,
orientation and colour profile must stay.
"""

import io
import struct
from collections.abc import Callable
from typing import Final

import pillow_heif
from PIL import ExifTags, Image, PngImagePlugin

from tests.support.originals import (
    COPYRIGHT,
    chunk,
    display_p3,
    encoded,
    jpeg,
    quadrants,
    segment,
)

SECRET: Final = b"SECRET"
ARTIST: Final = "W. H. F. Talbot"
XMP: Final = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/'
    b'22-rdf-syntax-ns#"><rdf:Description rdf:about="" xmlns:exif="http://ns.adobe.com/exif/1.0/"'
    b' exif:GPSLatitude="51,24.83N" exif:UserComment="SECRET"/></rdf:RDF></x:xmpmeta>'
)


def private_exif(orientation: int = 6) -> bytes:
    """Return an EXIF block with private tags, a thumbnail and a maker note."""
    exif = Image.Exif()
    exif[ExifTags.Base.Make] = "SECRET make"
    exif[ExifTags.Base.Model] = "SECRET model"
    exif[ExifTags.Base.DateTime] = "1839:01:25 SECRET!!"
    exif[ExifTags.Base.Orientation] = orientation
    exif[ExifTags.Base.Artist] = ARTIST
    exif[ExifTags.Base.Copyright] = COPYRIGHT
    exif[ExifTags.IFD.Exif] = {
        ExifTags.Base.MakerNote: b"SECRET maker note",
        ExifTags.Base.BodySerialNumber: "SECRET 1839",
        ExifTags.Base.UserComment: b"ASCII\0\0\0SECRET",
    }
    exif[ExifTags.IFD.GPSInfo] = {
        ExifTags.GPS.GPSLatitudeRef: "N",
        ExifTags.GPS.GPSLatitude: (51.0, 24.0, 50.0),
        ExifTags.GPS.GPSAreaInformation: b"ASCII\0\0\0SECRET",
    }
    return exif.tobytes() + b"SECRET thumbnail \xff\xd8\xff\xd9"


def private_jpeg(**options: object) -> bytes:
    """Private segments before and between the scans, and a second picture after the end."""
    whole = jpeg(
        quadrants((60, 40)),
        exif=private_exif(),
        icc_profile=display_p3(),
        comment=b"SECRET comment",
        progressive=True,
        **options,
    )
    resource = b"8BIM" + struct.pack(">HHI", 0x0404, 0, 6) + SECRET
    extra = (
        segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + XMP)
        + segment(0xED, b"Photoshop 3.0\0" + resource)
        + segment(0xE2, b"MPF\0SECRET")
        + segment(0xE0, b"JFXX\0\x10SECRET")
        + segment(0xE5, b"SECRET")
    )
    second_scan = whole.rindex(b"\xff\xda")
    between = whole[2:second_scan] + segment(0xFE, b"SECRET between scans") + whole[second_scan:]
    return whole[:2] + extra + between + jpeg(quadrants(), exif=private_exif())


def private_png(**options: object) -> bytes:
    """Private chunks before and after the pixels."""
    texts = PngImagePlugin.PngInfo()
    texts.add_text("Comment", "SECRET")
    texts.add_text("Author", "SECRET", zip=True)
    texts.add_itxt("XML:com.adobe.xmp", XMP.decode())
    whole = encoded(
        quadrants(),
        "PNG",
        exif=private_exif(),
        icc_profile=display_p3(),
        pnginfo=texts,
        **options,
    )
    late = chunk(b"tIME", b"\x07\x2f\1\1\1\1\1") + chunk(b"prVt", SECRET) + chunk(b"tEXt", SECRET)
    return whole[:-12] + late + whole[-12:] + SECRET


def private_apng() -> bytes:
    """The same, animated."""
    second = quadrants().rotate(180)
    return private_png(save_all=True, append_images=[second], duration=100)


def private_webp(**options: object) -> bytes:
    """Private chunks of known types and of an unknown type."""
    whole = encoded(
        quadrants(),
        "WEBP",
        exif=private_exif(),
        icc_profile=display_p3(),
        xmp=XMP,
        **options,
    )
    unknown = b"PRVT" + struct.pack("<I", 6) + SECRET
    return b"RIFF" + struct.pack("<I", len(whole) - 8 + len(unknown)) + whole[8:] + unknown + SECRET


def private_animated_webp() -> bytes:
    """The same, animated."""
    return private_webp(save_all=True, append_images=[quadrants().rotate(180)], duration=100)


def private_gif() -> bytes:
    """A comment, XMP and bytes after the end; two frames in a loop."""
    whole = encoded(
        quadrants(),
        "GIF",
        save_all=True,
        append_images=[quadrants().rotate(180)],
        loop=3,
        comment=b"SECRET",
    )
    start = whole.index(b"\x21\xff")
    packet = b"\x21\xff\x0bXMP DataXMP" + bytes((len(SECRET),)) + SECRET + b"\0"
    return whole[:start] + packet + whole[start:] + SECRET


def private_tiff() -> bytes:
    """Two pages, with EXIF, GPS, XMP and IPTC."""
    exif = Image.Exif()
    exif.load(private_exif())
    page = quadrants()
    buffer = io.BytesIO()
    page.save(
        buffer,
        "TIFF",
        save_all=True,
        append_images=[page.rotate(180)],
        compression="tiff_lzw",
        exif=exif,
        icc_profile=display_p3(),
        tiffinfo={
            ExifTags.Base.Artist: ARTIST,
            ExifTags.Base.Copyright: COPYRIGHT,
            ExifTags.Base.Orientation: 6,
            ExifTags.Base.Make: "SECRET make",
            ExifTags.Base.ImageDescription: "SECRET",
            700: XMP,
            33723: b"SECRET IPTC",
        },
    )
    return buffer.getvalue() + SECRET


def private_avif() -> bytes:
    """EXIF and XMP as items."""
    return encoded(quadrants(), "AVIF", exif=private_exif(), icc_profile=display_p3(), xmp=XMP)


def private_animated_avif() -> bytes:
    """The same in an image sequence, which is a track.

    It has no orientation, because with one the encoder crashes.
    """
    second = quadrants().rotate(180)
    return encoded(
        quadrants(),
        "AVIF",
        exif=private_exif(1),
        xmp=XMP,
        save_all=True,
        append_images=[second],
        duration=100,
    )


def private_heic() -> bytes:
    """EXIF and XMP as items, and a phone's box with a film."""
    pillow_heif.register_heif_opener()
    picture = quadrants()
    whole = encoded(picture, "HEIF", exif=private_exif(1), xmp=XMP, icc_profile=display_p3())
    film = b"SECRET film"
    return whole + struct.pack(">I4s", 8 + len(film), b"mpvd") + film


PRIVATE: Final[dict[str, Callable[[], bytes]]] = {
    "jpeg": private_jpeg,
    "png": private_png,
    "apng": private_apng,
    "webp": private_webp,
    "animated webp": private_animated_webp,
    "gif": private_gif,
    "tiff": private_tiff,
    "avif": private_avif,
    "animated avif": private_animated_avif,
    "heic": private_heic,
}
