"""Generates keys of uploaded originals: PREFIX RANDOM / SLUG . EXTENSION.

The random part makes the key unique. The slug keeps the name of the file in its own script, because
URLs and downloads show it.
"""

import re
import secrets
import unicodedata
from typing import Final

from origin_lambda.image.formats import EXTENSIONS, MEDIA_TYPES, Kind

LONGEST_PREFIX: Final = 256
"""Bytes of UTF-8. A key can have three prefixes: a deployment's, a token's and a request's. S3
allows 1,024 bytes, so there is room for the rest of the key, and for a derivative's transform."""

_LONGEST_SLUG: Final = 80  # bytes of UTF-8: at most 240 characters of a URL
_RANDOM_BYTES: Final = 16
_NAMELESS: Final = "image"

KINDS: Final = {extension: kind for kind, extension in EXTENSIONS.items()} | {
    "jpeg": Kind.JPEG,
    "jfif": Kind.JPEG,
    "heic": Kind.HEIF,
    "tif": Kind.TIFF,
}
"""Extensions of file names, and their kinds of picture."""

MEDIA_KINDS: Final = {media_type: kind for kind, media_type in MEDIA_TYPES.items()} | {
    "image/jpg": Kind.JPEG,
    "image/heif": Kind.HEIF,
    "image/x-ms-bmp": Kind.BMP,
    "image/x-bmp": Kind.BMP,
    "image/pjpeg": Kind.JPEG,
    "image/x-png": Kind.PNG,
    "image/apng": Kind.PNG,
}
"""Media types, with the aliases that browsers and systems send."""

UNTYPED: Final = frozenset({"application/octet-stream", "binary/octet-stream"})
"""Media types without information, which systems send for unknown extensions."""

# Invisible letters and marks (Unicode's Default_Ignorable_Code_Point), and apostrophes, which are
# removed without a gap: "Tom's" is one word.
_DROPPED: Final = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef"
    "'\u2019\u02bc]"
)


def generate(prefix: str, slug: str, extension: str) -> str:
    """Return a new key, which is unique because 128 bits of it are random."""
    return f"{prefix}{secrets.token_urlsafe(_RANDOM_BYTES)}/{slug}.{extension}"


def make_slug(name: str) -> str:
    """Return a file name without its extension as words joined by `-`, in lower case.

    Letters, marks and digits of every script stay, and `_`. All other characters separate words. So
    the slug contains no `.`, `/`, `=` or `,`. It is NFC, and has at most 80 bytes.
    """
    folded = unicodedata.normalize("NFKC", _DROPPED.sub("", name)).lower()
    written = ""
    for character in unicodedata.normalize("NFKC", folded):
        is_word_start = not written or written.endswith("-")
        if _is_letter(character) or (_is_mark(character) and not is_word_start):
            written += character
        elif not is_word_start:
            written += "-"
    cut = written.encode()[:_LONGEST_SLUG].decode(errors="ignore")
    return cut.rstrip("-") or _NAMELESS


def normalise_prefix(text: str) -> str:
    """Return a prefix of keys in its normal form: NFC, with a final `/` unless it is empty.

    Raises:
        ValueError: the text is not a path of plain names.

    """
    if not text:
        return ""
    prefix = unicodedata.normalize("NFC", text).removesuffix("/") + "/"
    is_plain = all(_is_plain(segment) for segment in prefix[:-1].split("/"))
    if not is_plain or len(prefix.encode()) > LONGEST_PREFIX:
        message = (
            f"a path of letters, digits, '-', '_' and '.', of at most {LONGEST_PREFIX} bytes,"
            " each of its names beginning with a letter, a digit or '_'"
        )
        raise ValueError(message)
    return prefix


def _is_plain(segment: str) -> bool:
    return (
        segment != ""
        and _is_letter(segment[0])
        and all(
            _is_letter(character) or _is_mark(character) or character in "-."
            for character in segment
        )
    )


def _is_letter(character: str) -> bool:
    return character == "_" or unicodedata.category(character)[0] in {"L", "N"}


def _is_mark(character: str) -> bool:
    return unicodedata.category(character) in {"Mn", "Mc"}
