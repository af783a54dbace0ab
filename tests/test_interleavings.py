"""No stale derivative outlives a change, in whatever order things happen and whoever dies.

One renderer, one viewer at the edge, and ingest of one or two changes with their late sweeps, each
a program of real code whose every call of a port is a step (tests/interleaving.py), and any step
may be the last. See docs/consistency.md.
"""

import functools
import io
import json
import os
import re
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, field
from typing import Any, Final

import pytest
from greenlet import GreenletExit
from PIL import Image

from origin_lambda import log
from origin_lambda.adapters.memory import (
    MemoryAlerts,
    MemoryBucket,
    MemoryCatalog,
    MemoryQueue,
)
from origin_lambda.adapters.pillow_codec import PillowCodec
from origin_lambda.adapters.pillow_measurer import PillowMeasurer
from origin_lambda.adapters.svg_hush import sanitise
from origin_lambda.catalog import found
from origin_lambda.deliveries import Deliveries
from origin_lambda.http import Request, Response
from origin_lambda.image.probe import Limits
from origin_lambda.image.survey import MadeMip, Survey, Surveyor
from origin_lambda.ingest import LEASE_SECONDS, Ingest
from origin_lambda.origin import Origin
from origin_lambda.ports import Blob, Label
from origin_lambda.purge import Purge
from origin_lambda.renderer import Renderer
from origin_lambda.store import Store
from tests.interleaving import Actor, Ports, explore, pause, wander

KEY: Final = "tom.png"
URI: Final = "/tom.png/r=1"
_TIMES: Final = re.compile(r"'times': \{[^}]*\}|'expires': [0-9]+")
_LEASE: Final = re.compile(r"'leased': ([0-9]+)")
PLAIN: Final = Label("image/png")


def picture(colour: str) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (2, 2), colour).save(buffer, "PNG")
    return buffer.getvalue()


PICTURES: Final = {colour: picture(colour) for colour in ("red", "green", "blue")}


@functools.cache
def surveyed(data: bytes) -> tuple[Survey, list[MadeMip]]:
    return Surveyor(PillowCodec(), PillowMeasurer(), sanitise, Limits()).survey(data)


class Remembering(Surveyor[Any]):
    """A surveyor that looks at equal bytes once: it is a function of them."""

    def survey(self, data: bytes, *, ladders: bool = True) -> tuple[Survey, list[MadeMip]]:
        return surveyed(data)


@functools.cache
def ingested() -> dict[str, Any]:
    """Return the item of the first picture."""
    kitchen = Kitchen((), listed=False, kept=False)
    assert kitchen.deliver(kitchen.ingest(), kitchen.event(0))
    return kitchen.catalog.items[KEY]


@functools.cache
def derivative() -> Blob:
    """Return what is kept of the first picture."""
    kitchen = Kitchen((), kept=False)
    kitchen.asked()
    return kitchen.derivatives.objects[f"{KEY}/r=1"]


@dataclass
class EdgeCache:
    """What one edge has cached: bodies by URI."""

    bodies: dict[str, bytes] = field(default_factory=dict)

    def invalidate(self, prefixes: Iterable[str]) -> None:
        for prefix in prefixes:
            for uri in [uri for uri in self.bodies if uri.startswith(prefix)]:
                del self.bodies[uri]


class Kitchen:
    """A world in which an original is changed, while others are at work.

    *listed* says whether the catalog knows it before, *kept* whether a derivative is kept and
    cached; the changes come one after the other has been ingested, unless they are *overlapping*.
    """

    def __init__(
        self,
        changes: tuple[str, ...],
        *,
        listed: bool = True,
        kept: bool = True,
        deaths: int = 0,
        overlapping: bool = False,
    ) -> None:
        self.originals, self.derivatives = MemoryBucket(), MemoryBucket()
        self.catalog, self.alerts = MemoryCatalog(), MemoryAlerts()
        self.queue, self.edge = MemoryQueue(), EdgeCache()
        self.deaths, self.clock = deaths, 1_000_000.0
        self.everybody: list[Actor] = []
        self.again: list[Callable[[], None]] = []
        self.put("red")
        if listed:
            self.catalog.items[KEY] = ingested()
        if kept:
            self.derivatives.objects[f"{KEY}/r=1"] = derivative()
            self.edge.bodies[URI] = PICTURES["red"]
        self.changes, self.overlapping = list(changes), overlapping
        self.serial = 0
        self.render()
        self.visit()

    # The programs.

    def origin(self, stepped: Callable[[Any], Any] = lambda port: port) -> Origin:
        originals, derivatives = stepped(self.originals), stepped(self.derivatives)
        store = Store(derivatives, stepped(self.catalog), stepped(self.alerts))
        renderer = Renderer(
            originals, derivatives, PillowCodec(), sanitise, Limits(), PillowMeasurer()
        )
        return Origin(originals, store, renderer)

    def stepped(self, port: Any) -> Ports:
        return Ports(port, functools.partial(self.is_private, port), self.told)

    def stepped_for_renderer(self, port: Any) -> Ports:
        return Ports(port, functools.partial(self.is_private, port), self.seen)

    def seen(self, result: Any) -> str:
        """Return what a renderer may depend on: of an item, what it is made from."""
        if not isinstance(result, dict):
            return self.told(result)
        return repr([result[name] for name in ("version", "edition", "reason", "original")])

    def is_private(self, port: Any, method: str, *arguments: Any) -> bool:
        """Whether nobody else would notice if this call came earlier or later."""
        able = [actor.name for actor in self.everybody if not actor.is_done]
        if len(able) == 1 and not self.changes:
            return True
        if port is self.originals:
            return not self.changes and not any(name.startswith("change") for name in able)
        # Only these two ever write derivatives, or cache them.
        if port is self.edge:
            return not {"renderer", "viewer"} & set(able)
        if port is self.derivatives:
            return ".mips/" in str(arguments) or not (
                self.derivatives.objects or "renderer" in able
            )
        return port is self.queue or port is self.alerts

    def told(self, result: Any) -> str:
        """Return a result without times, but whether a lease holds."""
        text = _TIMES.sub("", repr(result))
        return _LEASE.sub(lambda lease: str(int(lease[1]) > self.clock), text)

    def ingest(self, stepped: Callable[[Any], Any] = lambda port: port) -> Deliveries:
        derivatives = stepped(self.derivatives)
        ingest = Ingest(
            originals=stepped(self.originals),
            derivatives=derivatives,
            catalog=stepped(self.catalog),
            alerts=stepped(self.alerts),
            purge=Purge(derivatives, stepped(self.queue), stepped(self.edge)),
            surveyor=Remembering(PillowCodec(), PillowMeasurer(), sanitise, Limits()),
            clock=lambda: self.clock,
        )
        return Deliveries(ingest, "originals")

    def deliver(self, deliveries: Deliveries, message: dict[str, Any]) -> bool:
        event = {
            "Records": [{"eventSource": "aws:sqs", "messageId": "1", "body": json.dumps(message)}]
        }
        return deliveries.take(event) == {"batchItemFailures": []}

    @staticmethod
    def event(serial: int) -> dict[str, Any]:
        changed = {"key": KEY, "sequencer": f"{serial:04x}"}
        return {"Records": [{"s3": {"bucket": {"name": "originals"}, "object": changed}}]}

    def put(self, colour: str) -> None:
        if colour == "nothing":
            self.originals.delete([KEY])
        else:
            self.originals.write(KEY, PICTURES[colour], PLAIN)

    def asked(self) -> Response:
        return self.origin().answer(Request("GET", f"/{KEY}"))

    # The actors.

    def begin(self, actor: Actor) -> None:
        self.everybody.append(actor)

    def change(self) -> None:
        """Change the original: the event of that is delivered from now on."""
        pause()
        self.put(self.changes.pop(0))
        self.serial += 1
        self.take(f"ingest {self.serial}", self.event(self.serial))

    def take(self, name: str, message: dict[str, Any]) -> None:
        """Deliver a message, as often as it takes."""

        def again() -> None:
            # By then no lease holds, for a delivery that is lost is late.
            self.clock += LEASE_SECONDS + 1
            self.take(f"{name}'", message)

        def run() -> None:
            if not self.deliver(self.ingest(self.stepped), message):
                self.again.append(again)

        self.begin(Actor(name, run, died=lambda: self.again.append(again)))

    def render(self) -> None:
        def run() -> None:
            response = self.origin(self.stepped_for_renderer).answer(Request("GET", f"/{KEY}"))
            pause()
            if response.status == 200 and response.headers["cache-control"] != "no-store":
                self.edge.bodies[URI] = response.body

        self.begin(Actor("renderer", run))

    def visit(self) -> None:
        """Ask for the derivative through the edge, that finds it in the bucket if anywhere."""

        def run() -> None:
            blob = self.stepped(self.derivatives).read(f"{KEY}/r=1")
            pause()
            if blob is not None:
                self.edge.bodies[URI] = blob.body

        self.begin(Actor("viewer", run, mortal=False))

    def actors(self) -> list[Actor]:
        able = [actor for actor in self.everybody if not actor.is_done]
        if not self.derivatives.objects:  # then who comes to the bucket leaves as they came
            able = [actor for actor in able if actor.name != "viewer" or actor.steps]
        ingesting = self.again or any(actor.name.startswith("ingest") for actor in able)
        changing = any(actor.name.startswith("change") for actor in able)
        if self.changes and not changing and (self.overlapping or not ingesting):
            self.begin(Actor(f"change {len(self.changes)}", self.change, mortal=False))
            return self.actors()
        if not any(actor.name.startswith("ingest") for actor in able) and self.late():
            return self.actors()
        # Sweeps come later than anything can be under way.
        if self.queue.sent and not able:
            message, delay = self.queue.sent.pop(0)
            assert delay
            self.take(f"sweep {len(self.everybody)}", dict(message))
            return self.actors()
        return able

    def late(self) -> bool:
        """Deliver what is delivered again, or what the origin has asked for."""
        if self.again:
            self.again.pop(0)()
            return True
        for at, (message, _) in enumerate(self.alerts.sent):
            if message["event"] == "ingest-requested":
                del self.alerts.sent[at]
                self.take(f"ingest by request {len(self.everybody)}", dict(message))
                return True
        return False

    def state(self) -> Hashable:
        return (
            repr(sorted(self.originals.objects.items())),
            repr(sorted(self.derivatives.objects.items())),
            self.told(self.catalog.items),
            repr(self.queue.sent),
            repr(self.edge.bodies),
            tuple(self.changes),
            len(self.again),
            tuple(message.get("why") for message, _ in self.alerts.sent),
            self.deaths,
        )

    def leave(self) -> None:
        for actor in self.everybody:
            actor.thread.throw(GreenletExit)

    def check(self) -> None:
        item = found(self.catalog, KEY)
        assert item is not None
        assert item.is_settled
        blob = self.originals.read(KEY)
        now = blob.body if blob else None
        assert item.version == (blob.stat.version if blob else "")
        for key, kept in self.derivatives.objects.items():
            assert (key, kept.body, kept.label.notes["version"]) == (
                f"{KEY}/r=1",
                now,
                item.stamp,
            )
        assert set(self.edge.bodies.values()) <= {now}
        response = self.asked()
        assert (response.status, response.body if now else None) == (200 if now else 404, now)


@pytest.fixture(autouse=True)
def _silent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log, "write", len)


# All schedules of one change to an original that the catalog has are 21,000 states and half a
# minute. Where it has not the origin takes part as well, by requesting ingests, and two changes are
# many times that: there they are wandered through, and all followed on request only.
THOROUGH: Final = os.environ.get("HYPOTHESIS_PROFILE") == "thorough"
TWICE: Final = [("green", "blue"), ("green", "nothing"), ("nothing", "green"), ("green", "red")]


@pytest.mark.parametrize("change", ["green", "nothing"])
def test_no_stale_derivative_outlives_a_change_whoever_dies(change: str) -> None:
    ends = explore(lambda: Kitchen((change,), kept=False, deaths=1))

    assert ends > 1


@pytest.mark.parametrize("change", ["green", "nothing"])
def test_no_stale_derivative_outlives_a_change_to_what_the_catalog_lacks(change: str) -> None:
    def begin() -> Kitchen:
        return Kitchen((change,), listed=False, kept=False, deaths=1)

    if THOROUGH:
        assert explore(begin) > 1
    else:
        wander(begin, seed=2, schedules=500)


@pytest.mark.skipif(not THOROUGH, reason="takes minutes: HYPOTHESIS_PROFILE=thorough")
@pytest.mark.parametrize("changes", TWICE)
def test_no_stale_derivative_outlives_two_changes_in_a_row_whoever_dies(
    changes: tuple[str, ...],
) -> None:
    ends = explore(lambda: Kitchen(changes, kept=False, deaths=1))

    assert ends > 1


@pytest.mark.parametrize("listed, kept", [(True, True), (True, False), (False, False)])
@pytest.mark.parametrize("changes", TWICE)
def test_no_stale_derivative_outlives_two_changes_at_once_whoever_dies(
    changes: tuple[str, ...], listed: bool, kept: bool
) -> None:
    def begin() -> Kitchen:
        return Kitchen(changes, listed=listed, kept=kept, deaths=3, overlapping=True)

    wander(begin, seed=1, schedules=20_000 if THOROUGH else 200)
