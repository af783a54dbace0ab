"""Measure what layers add to the processor time of a derivative from a mip.

    python -m bench.layers [--photograph FILE] [--rounds 25]

Each query is rendered in turn with the same derivative without it.
"""

import argparse
import statistics
import time
from pathlib import Path
from typing import Final

from infra.demo import FILES
from origin_lambda import log
from origin_lambda.adapters.memory import MemoryBucket
from origin_lambda.adapters.pillow.codec import PillowCodec
from origin_lambda.adapters.pillow.measurer import PillowMeasurer
from origin_lambda.adapters.svg_hush import sanitise
from origin_lambda.derivatives.renderer import Renderer
from origin_lambda.derivatives.responses import DerivativeRef
from origin_lambda.image.analysis.analyse import Analyser
from origin_lambda.image.probe import Limits
from origin_lambda.originals.inputs import Inputs
from origin_lambda.originals.mip_keys import mip_key
from origin_lambda.originals.record import OriginalRecord
from origin_lambda.ports import ObjectMetadata
from origin_lambda.stopwatch import Stopwatch
from origin_lambda.url.grammar import OriginalKey, find_row, parse, split_query
from origin_lambda.url.layers import layer_keys

_KEY: Final = "photograph.jpg"
_PLAIN: Final = "w=800&fm=avif"
_ROUND: Final = "ROUND"
"""The number of the round in a text, so that each text is new."""

_QUERIES: Final = (
    "mark=_layers/logo.png&mark-scale=15",
    "mark=_layers/logo.png&mark-w=60&mark-tile=grid&mark-alpha=30",
    "blend=_layers/logo.png&blend-size=inherit&blend-mode=multiply",
    "blend=_layers/logo.png&blend-size=inherit&blend-mode=overlay",
    "blend-color=2b1055&blend-mode=color",
    "txt=Hello%20world&txt-size=40",
    "txt=Hello%20world%20ROUND&txt-size=40",
    "txt=%D9%85%D8%B1%D8%AD%D8%A8%D8%A7%20ROUND&txt-size=40",
    "txt=%D9%85%D8%B1%D8%AD%D8%A8%D8%A7&txt-size=40",
)


class _Bench:
    """A renderer whose originals are in memory, with their mips."""

    def __init__(self, photograph: bytes) -> None:
        self._originals, self._mips = MemoryBucket(), MemoryBucket()
        tools = PillowCodec(), PillowMeasurer(), sanitise, Limits()
        self._analyser = Analyser(*tools)
        codec, measurer, _, limits = tools
        self._renderer = Renderer(self._originals, self._mips, codec, sanitise, limits, measurer)
        self._records = {
            key: self._ingest(key, data)
            for key, data in {
                _KEY: photograph,
                "_layers/logo.png": (FILES / "calotype.png").read_bytes(),
            }.items()
        }

    def _ingest(self, key: str, data: bytes) -> OriginalRecord:
        self._originals.write(key, data, ObjectMetadata(""))
        analysis, mips = self._analyser.analyse(data)
        record = OriginalRecord.unknown(key, self._originals.objects[key].stat)
        record = record.as_ready(analysis, tuple(made.mip for made in mips), time.time())
        for made in mips:
            self._mips.write(mip_key(key, record.version, made.mip), made.body, ObjectMetadata(""))
        return record

    def render(self, query: str) -> float:
        """Render a derivative; return its processor milliseconds."""
        transform = parse(f"/{_KEY}", query).transform
        layers = tuple(self._records[key] for key in layer_keys(transform))
        inputs = Inputs(self._records[_KEY], layers)
        began = time.thread_time()
        self._renderer.render(DerivativeRef(OriginalKey(_KEY), transform), inputs, Stopwatch(None))
        return 1000 * (time.thread_time() - began)


def main() -> None:
    """Measure with and without, in turn; print the medians of the differences."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--photograph", type=Path, default=FILES / "mountains.jpg")
    parser.add_argument("--rounds", type=int, default=25)
    arguments = parser.parse_args()
    log.write = len  # discard the log
    bench = _Bench(arguments.photograph.read_bytes())
    print(f"{_PLAIN}, processor time of a warm function\n")
    for query in _QUERIES:
        if all(find_row(name) for name, _ in split_query(query)):
            whole = f"{_PLAIN}&{query}"
            bench.render(whole)
            pairs = [
                (bench.render(_PLAIN), bench.render(whole.replace(_ROUND, str(number))))
                for number in range(arguments.rounds)
            ]
            plain = statistics.median(one for one, _ in pairs)
            more = statistics.median(other - one for one, other in pairs)
            print(f"{more:+6.1f} ms on {plain:.1f} ms  {query}")


if __name__ == "__main__":
    main()
