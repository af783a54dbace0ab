"""Keeps rasters of layers, and fonts, in memory: many derivatives have the same watermark."""

import threading
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from cachetools import LRUCache

if TYPE_CHECKING:
    from origin_lambda.derivatives.picture import Picture
    from origin_lambda.image.layers.request import LayerRequest  # few requests need it
    from origin_lambda.image.text.block import FontFile

_MAX_BYTES: Final = 32_000_000
"""Most bytes of pixels and fonts: 20 watermarks of 640 x 640."""

_BYTES_PER_PIXEL: Final = 4


def _count_bytes(kept: Any) -> int:
    if hasattr(kept, "data"):
        return len(kept.data)
    pixels: int = kept.size.pixels
    return pixels * _BYTES_PER_PIXEL


@dataclass(frozen=True, slots=True)
class LayerCache:
    """Rasters of layers and fonts, by the version of their original and by how they are rendered.

    So a replaced original is never drawn from here. The least recently used are dropped first.
    """

    _kept: LRUCache[Hashable, Any] = field(
        default_factory=lambda: LRUCache(_MAX_BYTES, _count_bytes)
    )
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def find_or_read_font(self, picture: "Picture") -> "FontFile":
        """Return a font; *picture* reads its file."""
        from origin_lambda.image.text.block import FontFile  # few requests need it

        def name() -> str:
            return f"{picture.record.source_version} {picture.record.key}"

        with self._lock:
            font: FontFile | None = self._kept.get(name())
        if font is None:
            data = picture.read().body
            font = FontFile(name(), data)
            self._keep(font.name, font)
        return font

    def find_or_render(
        self, request: "LayerRequest", picture: "Picture", render: Callable[[], Any]
    ) -> Any:
        """Return the raster of a layer; *render* renders it from its *picture*."""
        with self._lock:
            raster = self._kept.get(_name(request, picture))
        if raster is None:
            raster = render()
            # The version that was read can be newer than the one that was looked for.
            self._keep(_name(request, picture), raster)
        return raster

    def _keep(self, name: Hashable, kept: Any) -> None:
        with self._lock:
            if _count_bytes(kept) <= self._kept.maxsize:
                self._kept[name] = kept


def _name(request: "LayerRequest", picture: "Picture") -> Hashable:
    """Return what a raster depends on; its analysis can come after its version."""
    record = picture.record
    return (
        record.key,
        record.source_version,
        record.ingested,
        request.layer.query,
        request.fitted,
        request.turned,
        request.limits,
    )
