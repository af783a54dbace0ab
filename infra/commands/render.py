"""`calotype render`: make a derivative of a file with the code of a deployment, but no server."""

import argparse
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from infra.commands.arguments import format_examples
from infra.terminal import make_printable
from origin_lambda.errors import BadValue, CalotypeError, NotAPicture
from origin_lambda.image.formats import Kind
from origin_lambda.settings import read_limits, read_policy
from origin_lambda.url.admission import PRESET, Policy, admit, is_bare_request
from origin_lambda.url.grammar import OriginalKey, find_row, split_query
from origin_lambda.url.keys import CANVAS
from origin_lambda.url.layers import layer_params
from origin_lambda.url.transform import TABLE
from origin_lambda.url.values import AutoQuality

_STDIO: Final = "-"
_KEY: Final = OriginalKey("original")
_SVG: Final = ".svg"


def add_to(commands: Any) -> None:
    """Declare the command."""
    render = commands.add_parser(
        "render",
        help="make a derivative of a file, without a server",
        description="Make a derivative of a file, with the code and the limits of a deployment. "
        "OUT's suffix is the format, unless fm is given. The exit code is 1 if it fails.",
        epilog=format_examples(
            "calotype render in.jpg out.webp 'w=400&h=300&fit=crop&crop=focalpoint'",
            "calotype render in.heic out.avif w=1600 q=70",
            "calotype render - - 'w=400&fm=png' < in.tiff > out.png",
        ),
    )
    render.add_argument("original", metavar="IN", help="the original; - reads standard input")
    render.add_argument("out", metavar="OUT", help="the file to write; - is standard output")
    render.add_argument(
        "parameters",
        nargs="*",
        metavar="PARAMETERS",
        help="a query such as 'w=400&fit=crop', or NAME=VALUE: docs/url-reference.md",
    )
    render.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Render; return 1 if the original, a parameter or a file cannot be used."""
    try:
        query = _build_query(options.parameters, options.out)
        body, brief = _render(_read(options.original), query, options.out)
        _write(options.out, body)
    except CalotypeError as error:
        print(f"calotype: {error.message}", file=sys.stderr)
        return 1
    except BrokenPipeError:
        raise
    except OSError as error:
        print(f"calotype: {error.filename}: {error.strerror}", file=sys.stderr)
        return 1
    name = "standard output" if options.out == _STDIO else make_printable(options.out)
    print(f"{name}  {len(body):,} bytes  {brief}", file=sys.stderr)
    return 0


def _render(data: bytes, query: str, out: str) -> tuple[bytes, str]:
    """Return the bytes of a derivative, and its plan as a line of text.

    The original is analysed first if the result depends on that: without q, or with a focal point.

    Raises:
        CalotypeError: the original or a parameter cannot be used.

    """
    from origin_lambda.adapters.memory import MemoryBucket
    from origin_lambda.adapters.pillow.codec import PillowCodec
    from origin_lambda.adapters.pillow.measurer import PillowMeasurer
    from origin_lambda.adapters.svg_hush import sanitise
    from origin_lambda.bootstrap import LazyFaceDetector
    from origin_lambda.derivatives.renderer import Renderer, needs_analysis
    from origin_lambda.derivatives.responses import DerivativeRef
    from origin_lambda.image.analysis.analyse import Analyser
    from origin_lambda.image.probe import sniff
    from origin_lambda.originals.canvas import CANVAS_RECORD
    from origin_lambda.originals.inputs import Inputs
    from origin_lambda.originals.record import OriginalRecord
    from origin_lambda.ports import ObjectMetadata
    from origin_lambda.stopwatch import Stopwatch

    limits = read_limits(os.environ)
    presets = Policy(presets=read_policy(os.environ).presets)
    admission = admit(f"/{_KEY}", query, {}, presets, time.time())
    key, transform = admission.key, admission.transform
    originals = MemoryBucket()

    def add(key: str, data: bytes) -> OriginalRecord:
        originals.write(key, data, ObjectMetadata(""))
        return OriginalRecord.unknown(key, originals.objects[key].stat)

    record = add(key, data)
    kind = sniff(data)
    if kind is not Kind.SVG and Path(out).suffix.lower() == _SVG:
        message = f"only an SVG original can be written to {_SVG}"
        raise NotAPicture(message)
    if kind is not Kind.SVG and is_bare_request(transform):
        return data, f"in={kind}"
    codec, measurer = PillowCodec(), PillowMeasurer()
    has_no_quality = isinstance(transform.output.quality, AutoQuality)
    if record.bytes <= limits.bytes_in and (has_no_quality or needs_analysis(transform)):
        analyser = Analyser(codec, measurer, sanitise, limits, LazyFaceDetector())
        analysis, _ = analyser.analyse(data, with_mips=has_no_quality)
        record = record.as_ready(analysis, (), time.time())
    renderer = Renderer(originals, MemoryBucket(), codec, sanitise, limits, measurer)
    # Here the key of a layer is a path, relative to the working directory.
    layers = tuple(
        CANVAS_RECORD if layer == CANVAS else add(layer, Path(layer).read_bytes())
        for layer in layer_params(transform)
    )
    derivative, inputs = DerivativeRef(key, transform), Inputs(record, layers)
    rendered = renderer.render(derivative, inputs, Stopwatch(None), originals.objects[key])
    return rendered.derivative.body, rendered.derivative.brief


def _build_query(parameters: Sequence[str], out: str) -> str:
    """Return the query; without `fm`, the suffix of *out* is the format. An SVG stays one.

    Raises:
        BadValue: a parameter does not exist, or neither `fm` nor the suffix is a format.

    """
    query = "&".join(parameters)
    rows = {name: find_row(name) for name, _ in split_query(query) if name}
    for name, row in rows.items():
        if row is None and name != PRESET:
            message = f"{name} is not a parameter: docs/url-reference.md"
            raise BadValue(message)
    names = {row.param.name for row in rows.values() if row}
    suffix = Path(out).suffix.lower()
    if suffix == _SVG:
        return "&".join(filter(None, (query, "rasterize-bypass=true")))
    if out == _STDIO or names & {"fm", "palette"}:
        return query
    formats = TABLE.spellings["fm"].param.kind
    try:
        formats.parse(suffix.removeprefix("."))
    except ValueError:
        message = f"the suffix of OUT, or fm, has to be the format: {formats.expected}"
        raise BadValue(message) from None
    return "&".join(filter(None, (query, f"fm={suffix.removeprefix('.')}")))


def _read(name: str) -> bytes:
    return sys.stdin.buffer.read() if name == _STDIO else Path(name).read_bytes()


def _write(name: str, body: bytes) -> None:
    if name == _STDIO:
        sys.stdout.buffer.write(body)
        sys.stdout.buffer.flush()
    else:
        Path(name).write_bytes(body)
