"""Ingest and the origin with ports in memory; a test can add hooks to their calls."""

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
from origin_lambda.image.analysis.faces import Face
from origin_lambda.image.probe import Limits
from origin_lambda.originals.catalog import find_record, to_json
from origin_lambda.originals.ingest import Ingest
from origin_lambda.originals.purge import Purge
from origin_lambda.originals.record import OriginalRecord
from origin_lambda.ports import ObjectMetadata
from tests.support.faces import FixedDetector
from tests.support.originals import draw

KEY: Final = "cats/tom.jpg"
PLAIN: Final = ObjectMetadata("application/octet-stream")
ONE_MINUTE: Final = "public, max-age=60"
LONG: Final = (3600, 60)
"""A size that has all mips but few pixels."""

Hook = Callable[..., None]


def do_nothing(call: str, *arguments: Any) -> None:
    """Do nothing before or after the call of a port."""


@dataclass
class Port:
    """A memory port with hooks: *before_call* and *after_call* run around every call."""

    port: Any
    before_call: Hook = do_nothing
    after_call: Hook = do_nothing
    calls: list[str] = field(default_factory=list)

    def __getattr__(self, name: str) -> Any:
        method = getattr(self.port, name)
        if not callable(method):
            return method

        def call(*arguments: Any, **options: Any) -> Any:
            self.calls.append(name)
            self.before_call(name, *arguments)
            result = method(*arguments, **options)
            result = list(result) if hasattr(result, "__next__") else result
            self.after_call(name, *arguments)
            return result

        return call


@dataclass
class Later:
    """Work to do after the answer, in a list."""

    work: list[Callable[[], object]] = field(default_factory=list)

    def add(self, work: Callable[[], object]) -> None:
        self.work.append(work)

    def deliver(self, make: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        return make()

    def run(self) -> None:
        while self.work:
            self.work.pop(0)()


@dataclass
class World:
    """Ingest, the origin and their ports, with a clock that only the test changes.

    With a list *later*, the origin puts into it what it does after an answer.
    """

    limits: Limits = field(default_factory=Limits)
    now: float = 1_000_000.5
    analyser: type[Analyser[Any]] = Analyser
    faces: tuple[Face, ...] = ()
    originals: Port = field(default_factory=lambda: Port(MemoryBucket("originals")))
    derivatives: Port = field(default_factory=lambda: Port(MemoryBucket("derivatives")))
    catalog: Port = field(default_factory=lambda: Port(MemoryCatalog()))
    alerts: Port | None = field(default_factory=lambda: Port(MemoryAlerts()))
    queue: Port = field(default_factory=lambda: Port(MemoryQueue()))
    edge: Port = field(default_factory=lambda: Port(MemoryEdge()))
    can_request: bool = True
    later: list[Callable[[], object]] | None = None

    @property
    def ingest(self) -> Ingest:
        return Ingest(
            originals=self.originals,
            derivatives=self.derivatives,
            catalog=self.catalog,
            alerts=self.alerts,
            purge=Purge(self.derivatives, self.queue, self.edge),
            analyser=self.analyser(
                PillowCodec(), PillowMeasurer(), sanitise, self.limits, FixedDetector(self.faces)
            ),
            clock=lambda: self.now,
        )

    def put(self, body: bytes, key: str = KEY) -> None:
        self.originals.port.write(key, body, PLAIN)

    def remove(self) -> None:
        self.originals.port.delete([KEY])

    def ingest_original(
        self, body: bytes | None = None, sequencer: str = "", *, again: bool = False
    ) -> OriginalRecord:
        """Put an original, if one is given, and ingest the current one."""
        if body is not None:
            self.put(body)
        return self.ingest.ingest(KEY, sequencer, again=again)

    def ask(self, query: str = "", key: str = KEY, **options: Any) -> Response:
        """Ask an origin that has just started."""
        return self.origin.answer(Request("GET", f"/{key}", query, **options))

    @property
    def origin(self) -> Origin:
        """An origin that has just started."""
        store = Store(self.derivatives, self.catalog, self.queue if self.can_request else None)
        renderer = Renderer(
            self.originals,
            self.derivatives,
            PillowCodec(),
            sanitise,
            self.limits,
            PillowMeasurer(),
        )
        later = None if self.later is None else Later(self.later)
        return Origin(self.originals, store, renderer, after_answer=later)

    @property
    def record(self) -> OriginalRecord:
        record = find_record(self.catalog.port, KEY)
        assert record is not None
        return record

    @property
    def sent_alerts(self) -> list[tuple[str, str | None]]:
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
    def derivative_keys(self) -> list[str]:
        """Return the keys of derivatives."""
        return [key for key in self.derivatives.port.objects if not key.startswith(".mips/")]

    @property
    def mips(self) -> list[str]:
        return [key for key in self.derivatives.port.objects if key.startswith(".mips/")]


def list_swallowed_failures(lines: list[str]) -> list[str]:
    """Return the operations whose failures were logged and swallowed."""
    return [line["what"] for line in map(json.loads, lines) if line["event"] == "tolerated"]


def version(body: bytes) -> str:
    bucket = MemoryBucket()
    bucket.write(KEY, body, PLAIN)
    return bucket.objects[KEY].stat.version


def on_call(number: int, name: str, act: Callable[[], object]) -> Hook:
    """Return a hook that acts before one call of this name; calls are counted from 1."""
    seen = 0

    def hook(call: str, *arguments: Any) -> None:
        del arguments
        nonlocal seen
        seen += call == name
        if call == name and seen == number:
            act()

    return hook


def on_first_call(name: str, act: Callable[[], object]) -> Hook:
    return on_call(1, name, act)


def fail_calls(*names: str) -> Hook:
    """Return a hook that makes every call of these names fail."""

    def hook(call: str, *arguments: Any) -> None:
        del arguments
        if call in names:
            message = "a service behind this one failed"
            raise StoreFailed(message)

    return hook


def raise_failure() -> None:
    message = "a service behind this one failed"
    raise StoreFailed(message)


class Stopped(BaseException):
    """The function was stopped in the middle of its work."""


def stop() -> None:
    raise Stopped


@pytest.fixture(autouse=True)
def lines(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    written: list[str] = []
    monkeypatch.setattr(log, "write", written.append)
    return written


def large_jpeg() -> bytes:
    """Return a good JPEG that is longer than the bytes in which ingest looks for a header."""
    body = draw("jpeg") + bytes(HEADER_BYTES)
    assert len(body) > HEADER_BYTES
    return body


def start_other_delivery(world: World, body: bytes, leased: float) -> OriginalRecord:
    """Put an original that another delivery has leased until a time; return its record."""
    world.put(body)
    known = find_record(world.catalog.port, KEY, consistent=True) or OriginalRecord(KEY)
    moved = known.with_version(world.originals.port.stat(KEY), world.now)
    record = dataclasses.replace(moved, revision=known.revision + 1, leased=int(leased))
    world.catalog.port.save(KEY, to_json(record), after=known.revision)
    return record


def measure_difference(one: Image.Image, other: Image.Image) -> tuple[float, float]:
    """Return the mean and the largest difference of two pictures, 0 to 255."""
    first = one.convert("RGBA")
    missed = ImageChops.difference(first, other.convert("RGBA").resize(first.size))
    mean = sum(ImageStat.Stat(missed).mean) / 4
    return mean, max(high for _, high in ImageStat.Stat(missed.reduce(8)).extrema)


def open_image(response: Response) -> Image.Image:
    assert response.status == 200, response.body
    return Image.open(io.BytesIO(response.body))
