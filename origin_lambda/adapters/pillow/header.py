"""Reads the facts of an original from its header: size, orientation, animation and credits."""

from typing import Any, Final

from PIL import ImageFile

from origin_lambda.adapters.pillow.files import open_still, read_exif, refuse_broken_original
from origin_lambda.image.containers.inspection import inspect
from origin_lambda.image.containers.structure import Structure, check_cost
from origin_lambda.image.formats import Kind
from origin_lambda.image.geometry import Size
from origin_lambda.image.probe import Facts, sniff

_ANIMATED: Final = {Kind.PNG, Kind.WEBP, Kind.AVIF, Kind.GIF}
_TURNED_BY_READER: Final = {Kind.TIFF, Kind.HEIF}

MAX_CREDIT_BYTES: Final = 1000
"""Bytes of a credit: a longer text is not a credit, so it is cut."""

_LARGER_THAN_ANY: Final = 1 << 40
"""More bytes than any original has."""

# Exif 2.32 tags; IPTC-IIM 4.2 data sets 2:80 and 2:116.
_ORIENTATION, ARTIST, COPYRIGHT = 0x0112, 0x013B, 0x8298
_IPTC_BYLINE, _IPTC_COPYRIGHT = (2, 80), (2, 116)


def read_facts(data: bytes) -> Facts:
    """Return what the header says, without decoding pixels.

    Raises:
        NotAPicture: the bytes are not a picture of a known kind.
        Unprocessable: the header is broken.

    """
    kind = sniff(data)
    if kind is Kind.SVG:
        from origin_lambda.image.containers import svg

        return Facts(kind, svg.read_natural_size(data), alpha=True)
    structure = inspect(data, kind)
    if kind is Kind.GIF:
        return _read_gif_facts(data, structure)
    if kind is Kind.WEBP:
        # Its reader allocates the canvas when it opens a file. *data* can be cut off, so its length
        # does not limit the memory.
        check_cost(structure, _LARGER_THAN_ANY)
    with refuse_broken_original(), open_still(kind, data, structure) as image:
        exif = read_exif(image)
        iptc = _read_iptc(image) if kind is Kind.JPEG else {}
        orientation = exif.get(_ORIENTATION, 1)
        frames: int = structure.frames or int(getattr(image, "n_frames", 1))
        alpha = structure.alpha
        return Facts(
            kind=kind,
            size=Size(*image.size),
            orientation=1
            if kind in _TURNED_BY_READER or orientation not in range(1, 9)
            else orientation,
            frames=frames if kind in _ANIMATED else 1,
            alpha=image.has_transparency_data if alpha is None else alpha,
            loop=_count_runs(_read_loop(image, data, kind), kind),
            artist=_decode_text(exif.get(ARTIST) or iptc.get(_IPTC_BYLINE)),
            copyright=_decode_text(exif.get(COPYRIGHT) or iptc.get(_IPTC_COPYRIGHT)),
        )


def _read_gif_facts(data: bytes, structure: Structure) -> Facts:
    """Return the facts of a GIF without Pillow, which allocates as much as the file claims."""
    from origin_lambda.image.containers import gif

    parsed = gif.parse(data)
    return Facts(
        kind=Kind.GIF,
        size=parsed.screen,
        frames=len(parsed.frames),
        alpha=bool(structure.alpha),
        loop=_count_runs(parsed.loop, Kind.GIF) if len(parsed.frames) > 1 else 0,
    )


def _read_loop(image: ImageFile.ImageFile, data: bytes, kind: Kind) -> int | None:
    if kind is Kind.PNG:
        from origin_lambda.image.containers import png

        return png.parse(data).plays
    return image.info.get("loop")


def _read_iptc(image: ImageFile.ImageFile) -> dict[tuple[int, int], Any]:
    if "photoshop" not in image.info:
        return {}
    from PIL.IptcImagePlugin import getiptcinfo

    try:
        return getiptcinfo(image) or {}
    except (OSError, SyntaxError, ValueError):  # broken credits are no reason to refuse a picture
        return {}


def _decode_text(value: Any) -> str:
    """Return a text of EXIF or IPTC, cut at 1,000 bytes; it is UTF-8, or else Latin-1."""
    if isinstance(value, list):
        value = b", ".join(filter(None, value))
    if isinstance(value, str):  # Pillow reads EXIF text as Latin-1
        value = value.encode("latin-1", "replace")
    data = value if isinstance(value, bytes) else b""
    try:
        data.decode()
    except UnicodeDecodeError:
        return data[:MAX_CREDIT_BYTES].decode("latin-1").strip("\0 ")
    return data[:MAX_CREDIT_BYTES].decode(errors="ignore").strip("\0 ")


def _count_runs(loop: int | None, kind: Kind) -> int:
    """Return how often an animation runs, 0 for ever.

    A GIF says how often it is *repeated*; without that number it runs once, as in browsers. WebP
    and APNG count the runs (RFC 9649, 2.7.1.1; PNG, third edition, acTL).
    """
    if kind is not Kind.GIF:
        return loop or 0
    return loop + 1 if loop else 1 if loop is None else 0
