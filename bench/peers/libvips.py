"""libvips as Python calls it (pyvips), in an environment of its own.

Settings are the savers' own: `Q`, `effort`, `subsample_mode`.
"""

import importlib
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from bench.peers.line import Made, Render, serve

_TALL: Final = 10_000_000
_SAVERS: Final = {"jpg": ".jpg", "webp": ".webp", "avif": ".avif"}
# No import statement: it is installed in the peers' environment only, not where types are checked.
_pyvips: Any = importlib.import_module("pyvips")


@cache
def _read(path: str) -> bytes:
    return Path(path).read_bytes()


def prepare(asked: dict[str, Any]) -> Render:
    """Return the render to time: shrink on load, resize, save without metadata."""
    data, width = _read(asked["path"]), asked["width"]
    saver, settings = _SAVERS[asked["format"]], asked["settings"]

    def render() -> Made:
        image = _pyvips.Image.thumbnail_buffer(data, width, height=_TALL, size="down")
        return Made(image.write_to_buffer(saver, keep="none", **settings))

    return render


if __name__ == "__main__":
    _pyvips.cache_set_max(0)
    libvips = ".".join(str(_pyvips.version(part)) for part in range(3))
    if libvips != (locked := version("pyvips-binary")):
        message = (
            f"libvips is {libvips}, not {locked}: remove .venv/peers, and make bench-peers again"
        )
        raise SystemExit(message)
    versions = f"pyvips {version('pyvips')}, libvips {libvips}"
    serve({"version": versions, "fed": "bytes in memory"}, prepare)
