"""The peers: how each is started, and the settings among which its best one is searched."""

import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from bench.peers.peer import Peer, Thumbor, Worker
from origin_lambda.url.values import Format

_NODE: Final = Path(__file__).parent / "node"

Settings = Mapping[str, Any]
BEFORE: Final[Settings] = {"q": 80, "source": "original"}
AFTER: Final[Settings] = {"q": 80, "source": "mip"}
DEFAULT_AFTER: Final[Settings] = {"source": "mip"}


@dataclass(frozen=True, slots=True)
class Candidate:
    """A peer's settings without its quality number, which it takes as *quality*."""

    quality: str
    settings: Settings

    def at(self, number: int) -> Settings:
        """Return all its settings."""
        return {self.quality: number, **self.settings}

    def __str__(self) -> str:
        return ", ".join(_list_settings(self.settings)) or "defaults"


def _list_settings(settings: Settings) -> list[str]:
    texts = []
    for name, value in settings.items():
        texts += _list_settings(value) if isinstance(value, Mapping) else [f"{name} {value}"]
    return texts


_WEBP_EFFORTS: Final = (0, 2, 4)
# Chroma in full or half resolution; the slower effort only with the cheaper of them.
_AVIF: Final = ((0, "4:2:0"), (0, "4:4:4"), (2, "4:2:0"))


def _sharp() -> dict[Format, list[Candidate]]:
    return {
        Format.JPEG: [Candidate("quality", {})],
        Format.WEBP: [Candidate("quality", {"effort": effort}) for effort in _WEBP_EFFORTS],
        Format.AVIF: [
            Candidate("quality", {"effort": effort, "chromaSubsampling": chroma})
            for effort, chroma in _AVIF
        ],
    }


def _ipx() -> dict[Format, list[Candidate]]:
    return {
        Format.JPEG: [Candidate("quality", {})],
        Format.WEBP: [
            Candidate("quality", {"sharpOptions": {"webpEffort": effort}})
            for effort in _WEBP_EFFORTS
        ],
        Format.AVIF: [
            Candidate(
                "quality",
                {"sharpOptions": {"heifEffort": effort, "heifChromaSubsampling": chroma}},
            )
            for effort, chroma in _AVIF
        ],
    }


def _pyvips() -> dict[Format, list[Candidate]]:
    modes = {"4:2:0": "on", "4:4:4": "off"}
    return {
        Format.JPEG: [Candidate("Q", {})],
        Format.WEBP: [Candidate("Q", {"effort": effort}) for effort in _WEBP_EFFORTS],
        Format.AVIF: [
            Candidate("Q", {"effort": effort, "subsample_mode": modes[chroma]})
            for effort, chroma in _AVIF
        ],
    }


def _thumbor() -> dict[Format, list[Candidate]]:
    # Effort is a setting of the server: not available for WebP, in thumbor.conf for AVIF.
    return {output: [Candidate("quality", {})] for output in FORMATS}


FORMATS: Final = (Format.JPEG, Format.WEBP, Format.AVIF)
CANDIDATES: Final = {
    "sharp": _sharp(),
    "ipx": _ipx(),
    "pyvips": _pyvips(),
    "thumbor": _thumbor(),
}
OURS: Final = "ours"


def starters(python: Path, originals: Path) -> dict[str, Callable[[], Peer]]:
    """Return a function for each peer that starts it; *python* is of the peers' environment."""
    return {
        OURS: lambda: Worker(OURS, [sys.executable, "-m", "bench.peers.ours"], own_names=True),
        "sharp": lambda: Worker("sharp", ["node", str(_NODE / "sharp.mjs")]),
        "ipx": lambda: Worker("ipx", ["node", str(_NODE / "ipx.mjs")]),
        "pyvips": lambda: Worker(
            "pyvips", [str(python), "-m", "bench.peers.libvips"], own_names=True
        ),
        "thumbor": lambda: Thumbor(python, originals),
    }


def start_peers(
    stack: ExitStack, names: Sequence[str], python: Path, originals: Path
) -> dict[str, Peer]:
    """Start Calotype and some peers; the *stack* ends them."""
    start = starters(python, originals)
    return {name: stack.enter_context(closing(start[name]())) for name in (OURS, *names)}
