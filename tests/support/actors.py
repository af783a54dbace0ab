"""The actors of the interleaving tests, as programs of real code, and the ports they share."""

import functools
import hashlib
import io
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final

from PIL import Image

from origin_lambda.adapters.memory import MemoryBucket, MemoryCatalog
from origin_lambda.adapters.pillow.codec import PillowCodec
from origin_lambda.adapters.pillow.measurer import PillowMeasurer
from origin_lambda.adapters.svg_hush import sanitise
from origin_lambda.derivatives.origin import Origin
from origin_lambda.derivatives.refine import Outcome, Refiner
from origin_lambda.derivatives.renderer import Renderer
from origin_lambda.derivatives.responses import DerivativeRef
from origin_lambda.derivatives.store import Store
from origin_lambda.http import Request, Response
from origin_lambda.image.analysis.analyse import Analyser, Analysis, Decoded, MadeMip
from origin_lambda.image.probe import Limits
from origin_lambda.originals.dispatch import Dispatcher
from origin_lambda.originals.ingest import Ingest
from origin_lambda.originals.purge import Purge
from origin_lambda.ports import Blob, ObjectMetadata, Stat
from origin_lambda.stopwatch import Stopwatch
from origin_lambda.url.admission import Policy, admit
from origin_lambda.url.values import Format
from tests.support.faces import FixedDetector
from tests.support.ingest_world import Later
from tests.support.interleaving import Answer, Call, Ports, PortStates, Program

KEY: Final = "tom.png"
PLAIN: Final = ""
FOCAL_POINT: Final = "w=2&h=1&fit=crop&crop=faces&fm=png"
"""A derivative that is stored at once, and one that is stored only after ingest."""

FROM_MIP: Final = "w=2&fm=png"
"""A derivative that is rendered from a mip, if the original has one, and is stored at once."""

DENSE: Final = f"{FOCAL_POINT}&dpi=300"
"""A derivative that can be refined: `drop_density` makes it smaller."""

NOTHING: Final = "nothing"
GARBAGE: Final = "garbage"
_ERROR_ANSWERS: Final = {404: NOTHING, 415: GARBAGE}
_NOW: Final = 1_000_000.0
NO_ANSWER: Final = Answer(None, "None")
EXPIRE: Final = Call("catalog", "expire")
RENUMBER: Final = Call("catalog", "renumber")


def draw_picture(colour: str) -> bytes:
    if colour == GARBAGE:
        return b"no picture"
    buffer = io.BytesIO()
    Image.new("RGB", (640, 320) if colour in LARGE else (2, 2), colour).save(buffer, "PNG")
    return buffer.getvalue()


COLOURS: Final = {
    "red": (255, 0, 0),
    "green": (0, 128, 0),
    "blue": (0, 0, 255),
    "white": (255, 255, 255),
    "black": (0, 0, 0),
}
LARGE: Final = ("white", "black")
"""The colours of originals that are large enough to have mips."""

_NAMES: Final[dict[Any, str]] = {pixel: colour for colour, pixel in COLOURS.items()}
LAYERED: Final = (3, 2)
"""The size of a derivative with a layer: the layer covers the last column."""

PICTURES: Final = {colour: draw_picture(colour) for colour in (*COLOURS, GARBAGE)}


def compute_version(body: bytes) -> str:
    return hashlib.md5(body, usedforsecurity=False).hexdigest()


@functools.cache
def read_colours(body: bytes) -> str:
    """Return the colours of the original and of its layer, if it has one."""
    opened = Image.open(io.BytesIO(body)).convert("RGB")
    places = [(0, 0), (2, 0)] if opened.size == LAYERED else [(0, 0)]
    return "+".join(_NAMES[opened.getpixel(place)] for place in places)


def describe_answer(answer: Response) -> str:
    return _ERROR_ANSWERS.get(answer.status) or read_colours(answer.body)


_ANALYSER: Final = Analyser(PillowCodec(), PillowMeasurer(), sanitise, Limits(), FixedDetector())
_decode_once: Final = functools.cache(_ANALYSER.decode)
_measure_once: Final = functools.cache(_ANALYSER.measure)


class CachedAnalyser(Analyser[Any]):
    """An analyser that decodes and measures equal bytes only once."""

    def decode(self, data: bytes, *, with_mips: bool = True) -> Decoded[Any]:
        return _decode_once(data, with_mips=with_mips)

    def measure(self, decoded: Decoded[Any]) -> tuple[Analysis, list[MadeMip]]:
        return _measure_once(decoded)


class Catalog(MemoryCatalog):
    """A catalog whose leases can expire and whose revisions can be reset."""

    def expire(self) -> None:
        """End all leases: a lost delivery is repeated only after its lease has ended."""
        self.items = {key: item | {"leased": 0} for key, item in self.items.items()}

    def renumber(self) -> None:
        """Reset revisions: they matter only to a program that has read one and not written yet."""
        self.items = {key: item | {"revision": 1} for key, item in self.items.items()}


@dataclass
class Edge:
    """The cache of an edge: what each answer shows, by URI."""

    cached: dict[str, str] = field(default_factory=dict)

    def cache(self, uri: str, what: str) -> None:
        self.cached[uri] = what

    def invalidate(self, prefixes: Iterable[str]) -> None:
        gone = tuple(prefixes)
        self.cached = {uri: what for uri, what in self.cached.items() if not uri.startswith(gone)}


PORT_STATES: Final = {
    "originals": PortStates(MemoryBucket(), "objects"),
    "derivatives": PortStates(MemoryBucket(), "objects"),
    "catalog": PortStates(Catalog(), "items"),
    "edge": PortStates(Edge(), "cached"),
}


# The programs.


@dataclass
class SlowOriginals:
    """Originals that take time to process: other actors can run after each read."""

    originals: Any
    work: Any

    def stat(self, key: str) -> Stat | None:
        known: Stat | None = self.originals.stat(key)
        return known

    def read(self, key: str, *, first: int | None = None, most: int | None = None) -> Blob | None:
        blob: Blob | None = self.originals.read(key, first=first, most=most)
        self.work.go_on()
        return blob


def origin(ports: Ports, later: Later | None = None) -> Origin:
    originals: Any = SlowOriginals(ports("originals"), ports("work"))
    derivatives = ports("derivatives")
    renderer = Renderer(originals, derivatives, PillowCodec(), sanitise, Limits(), PillowMeasurer())
    store = Store(derivatives, ports("catalog"), ports("queue"))
    return Origin(originals, store, renderer, after_answer=later)


def ingest(ports: Ports) -> Dispatcher:
    derivatives = ports("derivatives")
    service = Ingest(
        originals=ports("originals"),
        derivatives=derivatives,
        catalog=ports("catalog"),
        alerts=ports("alerts"),
        purge=Purge(derivatives, ports("queue"), ports("edge")),
        analyser=CachedAnalyser(
            PillowCodec(), PillowMeasurer(), sanitise, Limits(), FixedDetector()
        ),
        clock=lambda: _NOW,
    )
    return Dispatcher(service, "originals")


def drop_density(body: bytes, output: Format) -> bytes:
    """Return a PNG without its chunk `pHYs`: a smaller file with the same pixels."""
    del output
    at = body.find(b"pHYs")
    return body if at < 0 else body[: at - 4] + body[at + 17 :]


def refine(query: str, ports: Ports) -> Outcome:
    """Refine a derivative; encoding takes any time, which comes after the original is read."""
    originals: Any = SlowOriginals(ports("originals"), ports("work"))
    refiner = Refiner(
        originals,
        ports("derivatives"),
        ports("catalog"),
        ports("queue"),
        PillowCodec(),
        PillowMeasurer(),
        drop_density,
        sanitise,
        Limits(),
    )
    return refiner.refine(f"/{derivative_key(query)}", Stopwatch()).outcome


def derivative_key(query: str) -> str:
    return DerivativeRef(*admit(f"/{KEY}", query, {}, Policy(), 0)[:2]).stored_as


def ask(query: str, ports: Ports, later: Later | None = None) -> Response:
    return origin(ports, later).answer(Request("GET", f"/{KEY}", query))


def render(query: str, answers_first: bool, ports: Ports) -> None:
    """Answer through the edge, which caches that, and then store the derivative."""
    later = Later() if answers_first else None
    answer = ask(query, ports, later)
    if answer.headers["cache-control"] != "no-store":
        ports("edge").cache(f"/{derivative_key(query)}", describe_answer(answer))
    for work in later.work if later else ():
        work()


def visit(query: str, ports: Ports) -> None:
    """Request a derivative through the edge, which caches it if the bucket has it."""
    blob = ports("derivatives").read(derivative_key(query))
    if blob is not None:
        ports("edge").cache(f"/{derivative_key(query)}", read_colours(blob.body))


def change(colour: str, key: str, ports: Ports) -> None:
    if colour == NOTHING:
        ports("originals").delete([key])
    else:
        ports("originals").write(key, PICTURES[colour], ObjectMetadata("image/png"))


def deliver(message: str, ports: Ports) -> bool:
    """Deliver a message; return whether it was processed."""
    event = {"Records": [{"eventSource": "aws:sqs", "messageId": "1", "body": message}]}
    return ingest(ports).dispatch(event) == {"batchItemFailures": []}


def visible_to_renderer(answer: Answer) -> str:
    """Return the parts of an answer that a renderer can depend on."""
    if not isinstance(answer.value, dict):
        return answer.text
    made_from = "version edition reason original probed mips used_by used_widely"
    return repr([answer.value[name] for name in made_from.split()])


@functools.cache
def renderer(query: str, answers_first: bool = True) -> Program:
    return Program("renderer", functools.partial(render, query, answers_first), visible_to_renderer)


@functools.cache
def refiner(query: str) -> Program:
    return Program("refiner", functools.partial(refine, query), visible_to_renderer)


@functools.cache
def transit(uri: str, what: str) -> Program:
    """Return an answer on its way to the edge, which takes any time."""
    return Program("transit", lambda ports: ports("edge").cache(uri, what))


@functools.cache
def viewer(query: str) -> Program:
    return Program("viewer", functools.partial(visit, query))


@functools.cache
def requester(query: str) -> Program:
    return Program("asker", functools.partial(ask, query))


@functools.cache
def changer(colour: str, key: str = KEY) -> Program:
    return Program("change", functools.partial(change, colour, key))


@functools.cache
def delivery(message: str) -> Program:
    kind = "sweep" if json.loads(message).get("event") == "sweep" else "ingest"
    return Program(kind, functools.partial(deliver, message), message=message)


def event(serial: int, key: str = KEY) -> str:
    changed = {"key": key, "sequencer": f"{serial:04x}"}
    return json.dumps({"Records": [{"s3": {"bucket": {"name": "originals"}, "object": changed}}]})
