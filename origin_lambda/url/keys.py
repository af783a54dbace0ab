"""Checks which keys are originals, and which keys a URL can contain."""

import re
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class KeyFilter:
    """Which objects of the originals bucket are originals: those with a prefix, and a suffix.

    Letters match in the same case only, as in the filters of S3's events. Without suffixes, any
    key with the prefix matches.
    """

    prefix: str = ""
    suffixes: tuple[str, ...] = ()

    def matches(self, key: str) -> bool:
        """Whether a key is an original's. The built-in original always is."""
        has_suffix = not self.suffixes or key.endswith(self.suffixes)
        return key == CANVAS or (key.startswith(self.prefix) and has_suffix)


ALL_KEYS: Final = KeyFilter()
"""Every object of the bucket is an original."""
