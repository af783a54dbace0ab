"""Keys of mips in the derivatives bucket: ingest writes mips, the renderer reads them."""

import hashlib

from origin_lambda.image.mips import Mip
from origin_lambda.url.keys import MIPS


def mip_key(key: str, version: str, mip: Mip) -> str:
    """Return the key of a mip of a version of an original.

    No URL reaches a mip, since the edge ends every path with a transform. The original's key is
    hashed: so mips of two originals never share a prefix, and no key is too long for S3.
    """
    return f"{mips_prefix(key)}{version}/{mip.side}"


def mips_prefix(key: str) -> str:
    """Return the common prefix of the keys of all mips of an original."""
    return f"{MIPS}{hashlib.sha256(key.encode()).hexdigest()[:32]}/"
