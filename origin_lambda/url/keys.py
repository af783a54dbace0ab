"""Which keys of the originals bucket are originals, and which of those a URL can name."""

import re
from typing import Final

LONGEST_KEY: Final = 1024
"""Bytes of UTF-8 that S3 allows a key to have."""

MIPS: Final = ".mips/"
"""What the keys of mips begin with in the derivatives bucket; no original may."""

_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")


def is_nameable(key: str) -> bool:
    """Whether a URL can name this key: browsers resolve '.' and '..', and drop some controls."""
    return bool(key) and not _CONTROL.search(key) and not {".", ".."} & set(key.split("/"))


def is_original(key: str) -> bool:
    """Whether a key is an original's: it can be named, and is no folder's marker and no mip's."""
    return is_nameable(key) and not key.endswith("/") and not key.startswith(MIPS)
