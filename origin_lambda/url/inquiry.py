"""URLs that ask what is known of an original, instead of for a picture of it.

Few parameters say anything then. The others are dropped, here and at the edge, so that one answer
serves every size that a page happens to ask it in.
"""

from collections.abc import Mapping
from typing import Final

from origin_lambda.url.transform import Transform
from origin_lambda.url.values import Info

_HOW: Final = ("download", "version")

KEPT: Final[Mapping[str, tuple[str, ...]]] = {
    "palette": ("palette", "colours", "prefix", *_HOW),
    "format": ("format", *_HOW),
}
"""The fields of a transform that matter, by the field that asks; a palette goes before a format."""


def asks_for_information(transform: Transform) -> bool:
    """Whether the answer tells of the original, and shows nothing."""
    return transform.palette is not None or isinstance(transform.format, Info)


def pruned(transform: Transform) -> Transform:
    """Return a transform that asks for information, with all that cannot change the answer off."""
    kept = KEPT["palette" if transform.palette else "format"]
    return Transform(**{field: getattr(transform, field) for field in kept})
