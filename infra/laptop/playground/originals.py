"""Describe originals for the gallery of the playground."""

import re
from base64 import b64encode
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Final

from infra.laptop.links import LinkBuilder
from origin_lambda.html.placeholder import build_placeholder_style
from origin_lambda.image.geometry import Box, Dihedral
from origin_lambda.originals.record import OriginalRecord, Status

MAX_ORIGINALS: Final = 60
"""The most originals of one page of the gallery."""

_THREADS: Final = 8
_TILE: Final = "w=400&h=300&fit={fit}&auto=format"
_DATA_URL: Final = re.compile(r"url\((data:[^)]+)\)")


@dataclass(frozen=True, slots=True)
class Originals:
    """The originals of a server: their keys in order, and the catalog's record of each."""

    list_keys: Callable[[], Sequence[str]]
    find_record: Callable[[str], OriginalRecord | None]
    link: LinkBuilder

    def search(self, text: str, offset: int, limit: int) -> dict[str, Any]:
        """Return a page of the originals whose key contains a text, in any case, for JSON.

        `count` is the number of all of them.
        """
        wanted = text.casefold()
        keys = [key for key in self.list_keys() if wanted in key.casefold()]
        selected = keys[offset : offset + min(limit, MAX_ORIGINALS)]
        with ThreadPoolExecutor(_THREADS) as pool:
            return {"count": len(keys), "originals": list(pool.map(self.describe, selected))}

    def describe(self, key: str) -> dict[str, Any]:
        """Return what the page shows of an original; facts that are not known yet are missing."""
        record = self.find_record(key)
        if record is None:
            return {"key": key, "status": "new", "tile": self._link_tile(key, "crop")}
        described = {
            "key": key,
            "status": str(record.status),
            "bytes": record.bytes,
            "alt": record.annotations.alt,
        }
        if record.status is Status.REJECTED:
            reason = record.reason.message if record.reason else ""
            return described | {"reason": reason}
        # A crop would cut off a logo's edge, so transparent pictures are shown whole.
        is_whole = bool(record.facts and record.facts.alpha)
        tile = self._link_tile(key, "clip" if is_whole else "crop&crop=faces,focalpoint")
        return described | {"tile": tile, "isWhole": is_whole} | _describe_analysis(record)

    def _link_tile(self, key: str, fit: str) -> str:
        return self.link(key, _TILE.format(fit=fit))


def _describe_analysis(record: OriginalRecord) -> dict[str, Any]:
    if record.analysis is None:
        return {}
    facts, measured = record.analysis.facts, record.analysis.measurements
    size = Dihedral.from_exif(facts.orientation).map_size(facts.size)
    point = record.focal_point
    return {
        "type": str(facts.kind),
        "width": size.width,
        "height": size.height,
        "frames": facts.frames,
        "profile": record.analysis.description.profile,
        "faces": [_describe_box(face.box) for face in record.faces],
        "focalPoint": [point.x, point.y] if point else None,
        "placeholder": _draw_placeholder(measured.thumbhash) if measured else "",
    }


def _describe_box(box: Box) -> list[float]:
    """Return left, top, width and height, as shares of the picture."""
    return [box.left, box.top, box.right - box.left, box.bottom - box.top]


def _draw_placeholder(thumbhash: bytes) -> str:
    """Return a small picture as a `data:` URL; "" for a transparent one."""
    text = b64encode(thumbhash).decode()
    match = _DATA_URL.search(build_placeholder_style(text, None) or "")
    return match[1] if match else ""
