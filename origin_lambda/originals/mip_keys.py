"""Where mips lie in the derivatives bucket; ingest writes them, the renderer reads them."""

import hashlib

from origin_lambda.image.mips import Mip
from origin_lambda.url.keys import MIPS


def mip_key(key: str, version: str, mip: Mip) -> str:
    """Return the key of a mip of a version of an original.

    No URL leads there: the edge ends every path with a transform. The original's key is hashed, so
    that no mips of two originals share a prefix, and none has a key too long for S3.
    """
    return f"{mips_prefix(key)}{version}/{mip.side}"


def mips_prefix(key: str) -> str:
    """Return what the keys of all mips of an original begin with."""
    return f"{MIPS}{hashlib.sha256(key.encode()).hexdigest()[:32]}/"
