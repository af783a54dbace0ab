"""Finds the fonts that are installed, and checks a font before HarfBuzz reads it."""

import struct
from collections.abc import Iterator
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Final, NamedTuple

import uharfbuzz as hb

from origin_lambda.errors import Unprocessable
from origin_lambda.image.text.block import FontChoice, FontFile
from origin_lambda.url.values import FontWord

REGULAR: Final = 400
BOLD: Final = 700

MAX_FONT_BYTES: Final = 32_000_000
"""The fonts for Chinese are the largest: 18 MB."""

_MAX_TABLES: Final = 64
_HEADER: Final = struct.Struct(">4sH")
_RECORD: Final = struct.Struct(">4s4xII")
_DIRECTORY: Final = 12  # bytes in front of the records
_SIGNATURES: Final = frozenset({b"\0\1\0\0", b"OTTO", b"true"})
_NEEDED: Final = frozenset({b"cmap", b"head", b"hhea", b"hmtx", b"maxp"})


class _File(NamedTuple):
    """A font file in an installed package; *bold* is another file, for fonts of one weight."""

    package: str
    upright: str
    italic: str = ""
    bold: str = ""


_FAMILIES: Final = {
    str(FontWord.SANS_SERIF): _File(
        "fontpkg_inter", "Inter[opsz,wght].ttf", "Inter-Italic[opsz,wght].ttf"
    ),
    str(FontWord.SERIF): _File(
        "fontpkg_source_serif_4",
        "SourceSerif4[opsz,wght].ttf",
        "SourceSerif4-Italic[opsz,wght].ttf",
    ),
    str(FontWord.MONOSPACE): _File(
        "fontpkg_jetbrains_mono", "JetBrainsMono[wght].ttf", "JetBrainsMono-Italic[wght].ttf"
    ),
}

_FALLBACKS: Final = (
    _FAMILIES[str(FontWord.SANS_SERIF)],
    _File("fontpkg_noto_sans_arabic", "NotoSansArabic[wdth,wght].ttf"),
    _File("fontpkg_heebo", "Heebo[wght].ttf"),
    _File("fontpkg_noto_sans_devanagari", "NotoSansDevanagari[wdth,wght].ttf"),
    _File("fontpkg_noto_sans_thai", "NotoSansThai[wdth,wght].ttf"),
    _File("fontpkg_hind_siliguri", "HindSiliguri-Regular.ttf", bold="HindSiliguri-Bold.ttf"),
    _File("fontpkg_noto_sans_tamil", "NotoSansTamil[wdth,wght].ttf"),
    _File("fontpkg_noto_sans_telugu", "NotoSansTelugu[wdth,wght].ttf"),
    _File("fontpkg_noto_sans_khmer", "NotoSansKhmer[wdth,wght].ttf"),
    _File("justmytype_intl_cjk", "ofl/notosansjp/NotoSansJP[wght].ttf"),
    _File("justmytype_intl_cjk", "ofl/notosanssc/NotoSansSC[wght].ttf"),
    _File("justmytype_intl_cjk", "ofl/notosanskr/NotoSansKR[wght].ttf"),
)
"""The fonts for characters that the chosen one lacks, in their order. Not all are installed."""

_FOLDERS: Final = {"justmytype_intl_cjk": "fonts"}
_FOLDER: Final = "files"


class FontFace(NamedTuple):
    """A font that was read, and the weight that it is drawn with."""

    face: hb.Face
    weight: int


def select_font(choice: FontChoice) -> FontFace:
    """Return the font of a family and style.

    Raises:
        Unprocessable: it is not installed, or the file is no font.

    """
    weight = BOLD if choice.is_bold else REGULAR
    if choice.file is not None:
        return FontFace(_parse(choice.file), weight)
    file = _FAMILIES[choice.family]
    path = _find(file, is_bold=choice.is_bold, is_italic=choice.is_italic)
    if path is None:
        message = "no fonts are installed here: install calotype[text]"
        raise Unprocessable(message)
    return FontFace(_read(path), weight)


def list_fallbacks(choice: FontChoice) -> Iterator[FontFace]:
    """Yield the fonts for characters that the chosen one lacks."""
    for file in _FALLBACKS:
        path = _find(file, is_bold=choice.is_bold, is_italic=choice.is_italic)
        if path:
            yield FontFace(_read(path), BOLD if choice.is_bold else REGULAR)


@lru_cache(maxsize=64)
def _find(file: _File, *, is_bold: bool, is_italic: bool) -> Path | None:
    spec = find_spec(file.package)
    if spec is None or not spec.submodule_search_locations:
        return None
    folder = Path(spec.submodule_search_locations[0], _FOLDERS.get(file.package, _FOLDER))
    name = file.italic if is_italic and file.italic else file.upright
    path = folder / (file.bold if is_bold and file.bold else name)
    return path if path.exists() else None


@lru_cache(maxsize=64)
def _read(path: Path) -> hb.Face:
    """Return a font file; HarfBuzz maps it into memory, and reads only what it needs."""
    return hb.Face(hb.Blob.from_file_path(str(path)))


@lru_cache(maxsize=4)
def _parse(file: FontFile) -> hb.Face:
    """Return the font in a file of the deployment's own.

    Raises:
        Unprocessable: it is no font.

    """
    check_font(file.data)
    return hb.Face(hb.Blob(file.data))


def check_font(data: bytes) -> None:
    """Refuse a file that is no plain font (TrueType or OpenType), or too large.

    HarfBuzz checks each table by itself before it uses it.

    Raises:
        Unprocessable: the message says what is wrong.

    """
    if len(data) > MAX_FONT_BYTES:
        message = f"the font has more than {MAX_FONT_BYTES // 1_000_000} MB"
        raise Unprocessable(message)
    if len(data) < _DIRECTORY or _HEADER.unpack_from(data)[0] not in _SIGNATURES:
        message = "the font is not a TrueType or OpenType file"
        raise Unprocessable(message)
    tables = _HEADER.unpack_from(data)[1]
    if not tables <= _MAX_TABLES or len(data) < _DIRECTORY + tables * _RECORD.size:
        message = "the font has too many tables"
        raise Unprocessable(message)
    records = [
        _RECORD.unpack_from(data, _DIRECTORY + place * _RECORD.size) for place in range(tables)
    ]
    is_whole = all(start + length <= len(data) for _, start, length in records)
    if not is_whole or not {name for name, _, _ in records} >= _NEEDED:
        message = "the font is not complete"
        raise Unprocessable(message)
