"""Keeps the rasters of layers in memory: many derivatives have the same watermark."""

import threading
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from cachetools import LRUCache

if TYPE_CHECKING:
    from origin_lambda.derivatives.picture import Picture
    from origin_lambda.image.layers.request import LayerRequest  # few requests need it

_MAX_BYTES: Final = 32_000_000
"""Most bytes of pixels: 20 watermarks of 640 x 640."""

_BYTES_PER_PIXEL: Final = 4


def _count_bytes(raster: Any) -> int:
    pixels: int = raster.size.pixels
    return pixels * _BYTES_PER_PIXEL


@dataclass(frozen=True, slots=True)
class LayerCache:
    """Rasters of layers, by the version of their original and by how they are rendered.

    So a replaced original is never drawn from here. The least recently used are dropped first.
    """

    _rasters: LRUCache[Hashable, Any] = field(
        default_factory=lambda: LRUCache(_MAX_BYTES, _count_bytes)
    )
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def find_or_render(
        self, request: "LayerRequest", picture: "Picture", render: Callable[[], Any]
    ) -> Any:
        """Return the raster of a layer; *render* renders it from its *picture*."""
        with self._lock:
            raster = self._rasters.get(_name(request, picture))
        if raster is None:
            raster = render()
            # The version that was read can be newer than the one that was looked for.
            name = _name(request, picture)
            with self._lock:
                if _count_bytes(raster) <= self._rasters.maxsize:
                    self._rasters[name] = raster
        return raster


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
