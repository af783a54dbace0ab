"""Ingest and the origin with ports in memory, whose calls a test can disturb."""

import dataclasses
import io
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

import pytest
from PIL import Image, ImageChops, ImageStat

from origin_lambda import log
from origin_lambda.adapters.memory import (
    MemoryAlerts,
    MemoryBucket,
    MemoryCatalog,
    MemoryEdge,
    MemoryQueue,
)
from origin_lambda.adapters.pillow.codec import PillowCodec
from origin_lambda.adapters.pillow.measurer import PillowMeasurer
from origin_lambda.adapters.svg_hush import sanitise
from origin_lambda.derivatives.origin import Origin
from origin_lambda.derivatives.renderer import Renderer
from origin_lambda.derivatives.store import Store
from origin_lambda.errors import StoreFailed
from origin_lambda.http import Request, Response
from origin_lambda.image.analysis.analyse import HEADER_BYTES, Analyser
from origin_lambda.image.probe import Limits
from origin_lambda.originals.catalog import find_record, to_json
from origin_lambda.originals.ingest import Ingest
from origin_lambda.originals.purge import Purge
from origin_lambda.originals.record import OriginalRecord
from origin_lambda.ports import ObjectMetadata
from tests.support.originals import draw

KEY: Final = "cats/tom.jpg"
PLAIN: Final = ObjectMetadata("application/octet-stream")
FOR_NOW: Final = "public, max-age=60"
LONG: Final = (3600, 60)
"""A size that has all mips and costs next to nothing."""

Meddle = Callable[..., None]


def let_be(call: str, *arguments: Any) -> None:
    """Let a call of a port happen without interference."""


@dataclass
class Port:
    """A memory port with a hook: *meddle* is called before every call and after."""

    port: Any
    meddle: Meddle = let_be
    afterwards: Meddle = let_be
    calls: list[str] = field(default_factory=list)

    def __getattr__(self, name: str) -> Any:
        method = getattr(self.port, name)
        if not callable(method):
            return method

        def call(*arguments: Any, **options: Any) -> Any:
            self.calls.append(name)
            self.meddle(name, *arguments)
            result = method(*arguments, **options)
            result = list(result) if hasattr(result, "__next__") else result
            self.afterwards(name, *arguments)
            return result

        return call


@dataclass
class World:
    """Ingest, the origin, and all around them, at a time that only a test moves."""

    limits: Limits = field(default_factory=Limits)
    now: float = 1_000_000.5
    analyser: type[Analyser[Any]] = Analyser
    originals: Port = field(default_factory=lambda: Port(MemoryBucket("originals")))
    derivatives: Port = field(default_factory=lambda: Port(MemoryBucket("derivatives")))
    catalog: Port = field(default_factory=lambda: Port(MemoryCatalog()))
    alerts: Port | None = field(default_factory=lambda: Port(MemoryAlerts()))
    queue: Port = field(default_factory=lambda: Port(MemoryQueue()))
    edge: Port = field(default_factory=lambda: Port(MemoryEdge()))
    may_request: bool = True

    @property
    def ingest(self) -> Ingest:
        return Ingest(
            originals=self.originals,
            derivatives=self.derivatives,
            catalog=self.catalog,
            alerts=self.alerts,
            purge=Purge(self.derivatives, self.queue, self.edge),
            analyser=self.analyser(PillowCodec(), PillowMeasurer(), sanitise, self.limits),
            clock=lambda: self.now,
        )

    def put(self, body: bytes, key: str = KEY) -> None:
        self.originals.port.write(key, body, PLAIN)

    def remove(self) -> None:
        self.originals.port.delete([KEY])

    def take(
        self, body: bytes | None = None, sequencer: str = "", *, again: bool = False
    ) -> OriginalRecord:
        """Put an original, if one is given, and ingest what is there."""
        if body is not None:
            self.put(body)
        return self.ingest.ingest(KEY, sequencer, again=again)

    def ask(self, query: str = "", key: str = KEY, **options: Any) -> Response:
        """Ask an origin that has just started."""
        store = Store(self.derivatives, self.catalog, self.queue if self.may_request else None)
        renderer = Renderer(
            self.originals,
            self.derivatives,
            PillowCodec(),
            sanitise,
            self.limits,
            PillowMeasurer(),
        )
        origin = Origin(self.originals, store, renderer)
        return origin.answer(Request("GET", f"/{key}", query, **options))

    @property
    def item(self) -> OriginalRecord:
        item = find_record(self.catalog.port, KEY)
        assert item is not None
        return item

    @property
    def announced(self) -> list[tuple[str, str | None]]:
        """Return event and version of every alert."""
        assert self.alerts is not None
        sent = [message for message, _ in self.alerts.port.sent]
        return [(message["event"], message.get("version")) for message in sent]

    @property
    def requests(self) -> list[tuple[str, str]]:
        """Return reason and version of every request to ingest, oldest first."""
        sent = [message for message, _ in self.queue.port.sent]
        return [
            (message["reason"], message["version"])
            for message in sent
            if message["event"] == "ingest-requested"
        ]

    @property
    def kept(self) -> list[str]:
        """Return the keys of derivatives."""
        return [key for key in self.derivatives.port.objects if not key.startswith(".mips/")]

    @property
    def mips(self) -> list[str]:
        return [key for key in self.derivatives.port.objects if key.startswith(".mips/")]


def best_effort(lines: list[str]) -> list[str]:
    """Return what was counted as a failure that was passed over."""
    return [line["what"] for line in map(json.loads, lines) if line["event"] == "tolerated"]


def version(body: bytes) -> str:
    bucket = MemoryBucket()
    bucket.write(KEY, body, PLAIN)
    return bucket.objects[KEY].stat.version


def at_call(number: int, name: str, act: Callable[[], object]) -> Meddle:
    """Return a meddler that acts before the call of this name with this number, from 1."""
    seen = 0

    def meddle(call: str, *arguments: Any) -> None:
        del arguments
        nonlocal seen
        seen += call == name
        if call == name and seen == number:
            act()

    return meddle


def before(name: str, act: Callable[[], object]) -> Meddle:
    return at_call(1, name, act)


def failing(*names: str) -> Meddle:
    """Return a meddler that has every call of these names fail."""

    def meddle(call: str, *arguments: Any) -> None:
        del arguments
        if call in names:
            message = "a service behind this one failed"
            raise StoreFailed(message)

    return meddle


def failed() -> None:
    message = "a service behind this one failed"
    raise StoreFailed(message)


class Stopped(BaseException):
    """The function was stopped in the middle of its work."""


def stopped() -> None:
    raise Stopped


@pytest.fixture(autouse=True)
def lines(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    written: list[str] = []
    monkeypatch.setattr(log, "write", written.append)
    return written


def large_jpeg() -> bytes:
    """Return a good JPEG of more bytes than a header is looked for in."""
    body = draw("jpeg") + bytes(HEADER_BYTES)
    assert len(body) > HEADER_BYTES
    return body


def under_way(world: World, body: bytes, leased: float) -> OriginalRecord:
    """Have another delivery be at work on an original until a time."""
    world.put(body)
    known = find_record(world.catalog.port, KEY, consistent=True) or OriginalRecord(KEY)
    moved = known.with_version(world.originals.port.stat(KEY), world.now)
    item = dataclasses.replace(moved, revision=known.revision + 1, leased=int(leased))
    world.catalog.port.save(KEY, to_json(item), after=known.revision)
    return item


def gap(one: Image.Image, other: Image.Image) -> tuple[float, float]:
    """Return how far two pictures are apart (0 to 255): on average, and where it is worst."""
    first = one.convert("RGBA")
    missed = ImageChops.difference(first, other.convert("RGBA").resize(first.size))
    mean = sum(ImageStat.Stat(missed).mean) / 4
    return mean, max(high for _, high in ImageStat.Stat(missed.reduce(8)).extrema)


def opened(response: Response) -> Image.Image:
    assert response.status == 200, response.body
    return Image.open(io.BytesIO(response.body))
