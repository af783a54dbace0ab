"""The peers: how each is started, and the settings among which its best one is searched."""

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from bench.peers.peer import Imgproxy, Peer, Thumbor, Worker
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


FORMATS: Final = (Format.JPEG, Format.WEBP, Format.AVIF)

_WEBP_EFFORTS: Final = (0, 2, 4)
# Chroma in full or half resolution; the slower effort only with the cheaper of them.
_AVIF: Final = ((0, "4:2:0"), (0, "4:4:4"), (2, "4:2:0"))
_PYVIPS_CHROMA: Final = {"4:2:0": "on", "4:4:4": "off"}


def _list_candidates(
    quality: str, webp: Callable[[int], Settings], avif: Callable[[int, str], Settings]
) -> dict[Format, list[Candidate]]:
    return {
        Format.JPEG: [Candidate(quality, {})],
        Format.WEBP: [Candidate(quality, webp(effort)) for effort in _WEBP_EFFORTS],
        Format.AVIF: [Candidate(quality, avif(*each)) for each in _AVIF],
    }


CANDIDATES: Final = {
    "sharp": _list_candidates(
        "quality",
        lambda effort: {"effort": effort},
        lambda effort, chroma: {"effort": effort, "chromaSubsampling": chroma},
    ),
    "ipx": _list_candidates(
        "quality",
        lambda effort: {"sharpOptions": {"webpEffort": effort}},
        lambda effort, chroma: {
            "sharpOptions": {"heifEffort": effort, "heifChromaSubsampling": chroma}
        },
    ),
    "pyvips": _list_candidates(
        "Q",
        lambda effort: {"effort": effort},
        lambda effort, chroma: {"effort": effort, "subsample_mode": _PYVIPS_CHROMA[chroma]},
    ),
    # Effort is a setting of the server: not available for WebP, in thumbor.conf for AVIF.
    "thumbor": {output: [Candidate("quality", {})] for output in FORMATS},
}
IMGPROXY: Final = os.environ.get("IMGPROXY", "")
"""The path of imgproxy's program, which is compared only if it is given."""
if IMGPROXY:
    CANDIDATES["imgproxy"] = CANDIDATES["thumbor"]  # its effort is a setting of the server, too
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
        "imgproxy": lambda: Imgproxy(IMGPROXY, originals),
    }


def start_peers(
    stack: ExitStack, names: Sequence[str], python: Path, originals: Path
) -> dict[str, Peer]:
    """Start Calotype and some peers; the *stack* ends them."""
    start = starters(python, originals)
    return {name: stack.enter_context(closing(start[name]())) for name in (OURS, *names)}
