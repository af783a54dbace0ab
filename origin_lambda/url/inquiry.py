"""URLs that ask what is known of an original, instead of for a picture of it.

Few parameters say anything then. The others are dropped, here and at the edge, so that one answer
serves every size that a page happens to ask it in.
"""

from collections.abc import Mapping
from typing import Final

from origin_lambda.url.transform import TABLE, Transform
from origin_lambda.url.values import Info

KEPT: Final[Mapping[str, tuple[str, ...]]] = {
    "palette": ("palette", "colors", "prefix", "dl", "v"),
    "fm": ("fm", "dl", "v"),
}
"""The parameters that matter, by the one that asks; a palette goes before a format."""


def asks_for_information(transform: Transform) -> bool:
    """Whether the answer describes the original, and shows nothing."""
    return transform.information.palette is not None or isinstance(transform.output.format, Info)


def pruned(transform: Transform) -> Transform:
    """Return a transform that asks for information, with all that cannot change the answer off."""
    kept = KEPT["palette" if transform.information.palette else "fm"]
    given = ((row.param.name, value) for row, value in TABLE.given(transform))
    return TABLE.build({name: value for name, value in given if name in kept})
