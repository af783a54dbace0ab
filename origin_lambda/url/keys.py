"""Checks which keys are originals, and which keys a URL can contain."""

import re
from typing import Final

LONGEST_KEY: Final = 1024
"""Longest key that S3 allows, in bytes of UTF-8."""

CANVAS: Final = "~text"
"""The key of the built-in original: an empty picture, on which a URL draws text."""

MIPS: Final = ".mips/"
"""Prefix of the keys of mips in the derivatives bucket; no original's key can begin with it."""

_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")


def is_valid_key(key: str) -> bool:
    """Whether a URL can contain a key: browsers resolve '.' and '..', and drop controls."""
    return bool(key) and not _CONTROL.search(key) and not {".", ".."} & set(key.split("/"))


def is_original_key(key: str) -> bool:
    """Whether a key can be an original's: a URL can contain it, and it is no folder and no mip."""
    return is_valid_key(key) and not key.endswith("/") and not key.startswith(MIPS)
