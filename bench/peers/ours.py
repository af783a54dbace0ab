"""Render with Calotype's engine, from an original or from its mips as after ingest.

Settings are `q` (automatic if it is missing), `query` (the width if it is missing) and `source`.
"original" is a miss before ingest, and includes the probing of the original. "mip" is a miss after
ingest, with known facts and mips.
"""

from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from bench.peers.line import Made, Render, serve
from origin_lambda.adapters.pillow.codec import PillowCodec
from origin_lambda.image.derive import Derivative, derive, derive_from_plan
from origin_lambda.image.mips import Mip
from origin_lambda.image.plan import plan
from origin_lambda.image.probe import Facts, Limits
from origin_lambda.image.quality import Curves
from origin_lambda.stopwatch import Stopwatch
from origin_lambda.url.grammar import parse

_CODEC: Final = PillowCodec()
_LIMITS: Final = Limits()
_LIBRARIES: Final = ("pillow", "pillow-avif-plugin", "cykooz-resizer", "pillow-heif")


@dataclass(frozen=True, slots=True)
class Ingested:
    """What ingest knows about an original, and its mips."""

    facts: Facts
    mips: dict[Mip, bytes] = field(default_factory=dict)
    curves: Curves = field(default_factory=dict)


@cache
def _read(path: str) -> bytes:
    return Path(path).read_bytes()


@cache
def ingest(path: str) -> Ingested:
    """Analyse an original, and make its mips."""
    # Imported here, so that the measured memory of a render does not include ingest.
    from origin_lambda.adapters.pillow.measurer import PillowMeasurer
    from origin_lambda.adapters.svg_hush import sanitise
    from origin_lambda.image.analysis.analyse import Analyser

    analyser = Analyser(_CODEC, PillowMeasurer(), sanitise, _LIMITS)
    analysis, made = analyser.analyse(_read(path))
    return Ingested(analysis.facts, dict(made), analysis.curves)


def prepare(request: dict[str, Any]) -> Render:
    """Return the render that a request asks for; reading and ingest are not timed."""
    settings = request["settings"]
    query = settings.get("query", f"w={request['width']}") + f"&fm={request['format']}"
    if settings.get("q") is not None:
        query += f"&q={settings['q']}"
    data = _read(request["path"])
    if settings["source"] == "original":
        return lambda: _to_made(render(data, query))
    ingested = ingest(request["path"])
    return lambda: _to_made(render_from_mip(data, ingested, query))


def render(data: bytes, query: str) -> Derivative:
    """Render the derivative of an original for a raw query."""
    return derive(data, parse("/original", query).transform, _CODEC, _LIMITS, Stopwatch())


def render_from_mip(data: bytes, ingested: Ingested, query: str) -> Derivative:
    """Render from a mip, if one serves, with what ingest knows."""
    transform = parse("/original", query).transform
    planned = plan(transform, ingested.facts, _LIMITS, tuple(ingested.mips), curves=ingested.curves)
    body = ingested.mips[planned.mip] if planned.mip else data
    return derive_from_plan(body, planned, _CODEC, Stopwatch(), original_bytes=len(data))


def _to_made(derivative: Derivative) -> Made:
    return Made(derivative.body, derivative.brief)


if __name__ == "__main__":
    libraries = ", ".join(f"{name} {version(name)}" for name in _LIBRARIES)
    serve({"version": libraries, "fed": "bytes in memory"}, prepare)
