"""Splits a text into paragraphs, without characters that hide its meaning."""

import re
import unicodedata
from typing import Final

_BREAK: Final = re.compile("[\n\u2028\u2029]")

_REMOVED: Final = re.compile("[\u202a-\u202e\ufeff\ufff9-\ufffb]")
"""Embeddings and overrides of direction, byte order marks, and annotations."""


def split_paragraphs(text: str) -> list[str]:
    """Return the paragraphs of a text, composed (NFC), without spaces at their ends."""
    plain = unicodedata.normalize("NFC", _REMOVED.sub("", text))
    return [paragraph.strip(" ") for paragraph in _BREAK.split(plain)]


def is_blank(text: str) -> bool:
    """Return whether nothing of a text is visible."""
    return not any(part for part in split_paragraphs(text))
