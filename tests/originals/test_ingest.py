"""The story of an original, from ingest to the derivatives made of it, with ports in memory."""

import dataclasses
import io
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import pytest
from PIL import ExifTags, Image, ImageChops, ImageStat

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
from origin_lambda.errors import Busy, NoSuchOriginal, StoreFailed, Unavailable
from origin_lambda.http import Request, Response
from origin_lambda.image.analysis.analyse import HEADER_BYTES, Analyser
from origin_lambda.image.analysis.measure import FocalPoint
from origin_lambda.image.formats import Kind
from origin_lambda.image.geometry import Size
from origin_lambda.image.mips import Mip
from origin_lambda.image.probe import Limits
from origin_lambda.originals.catalog import find_record, to_json
from origin_lambda.originals.ingest import LEASE_SECONDS, Ingest
from origin_lambda.originals.messages import IngestReason
from origin_lambda.originals.mip_keys import mip_key
from origin_lambda.originals.purge import SWEEP_SECONDS, Purge
from origin_lambda.originals.record import Annotations, LastNotification, OriginalRecord, Status
from origin_lambda.ports import ObjectMetadata
from tests.derivatives.test_origin import FRESH, error_of, size_of
from tests.support.originals import STORED, disc, display_p3, draw, encoded, jpeg, quadrants

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


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture(autouse=True)
def lines(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    written: list[str] = []
    monkeypatch.setattr(log, "write", written.append)
    return written


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


# A new original.


def test_a_new_original_is_ready_with_what_was_found_out(world: World) -> None:
    item = world.take(draw("exif-6"), "0A")

    assert item == world.item
    assert item.analysis is not None
    assert item.analysis.facts == PillowCodec().probe(draw("exif-6"))
    assert item.analysis.description == PillowMeasurer().describe(draw("exif-6"), Kind.JPEG)
    assert item.analysis.measurements is not None
    unsurveyed = dataclasses.replace(item, analysis=None)
    assert unsurveyed == OriginalRecord(
        KEY,
        revision=3,
        version=version(draw("exif-6")),
        bytes=len(draw("exif-6")),
        sequencer="0A",
        status=Status.READY,
        last_notification=LastNotification(item.version, Status.READY),
        created=1_000_000,
        changed=1_000_000,
        ingested=1_000_000,
    )


def test_subscribers_are_notified_of_a_new_original(world: World) -> None:
    world.take(draw("jpeg"))

    assert world.alerts is not None
    ((message, attributes),) = world.alerts.port.sent
    assert (message["event"], message["previous"], message["width"]) == ("created", None, 300)
    assert attributes["event"] == "created"


def test_a_new_original_of_which_nothing_was_kept_costs_no_invalidation(world: World) -> None:
    world.take(draw("jpeg"))

    assert world.edge.calls == []
    assert world.queue.port.sent == [
        ({"event": "sweep", "key": KEY, "invalidate": False}, SWEEP_SECONDS)
    ]


def test_without_alerts_an_original_is_settled_all_the_same() -> None:
    world = World(alerts=None)

    assert world.take(draw("jpeg")).is_settled


REFUSED: Final = [
    ("text", "not-a-picture"),
    ("empty", "not-a-picture"),
    ("jpeg-truncated-header", "unprocessable"),
    ("png-bomb", "unprocessable"),
    ("gif-bomb", "unprocessable"),
]


@pytest.mark.parametrize("name, code", REFUSED)
def test_what_nothing_can_be_made_of_is_rejected_with_the_reason(
    world: World, name: str, code: str
) -> None:
    item = world.take(draw(name))

    assert (item.status, item.analysis, item.mips) == (Status.REJECTED, None, ())
    assert item.reason is not None
    assert item.reason.code == code
    assert item.reason.message == item.reason.error.message
    assert item.is_settled
    assert world.announced == [("rejected", item.version)]
    assert world.mips == []


def test_an_svg_is_ready_without_pixels(world: World) -> None:
    item = world.take(draw("svg"))

    assert item.analysis is not None
    assert (item.status, item.analysis.facts.size) == (Status.READY, Size(0, 0))
    assert item.analysis.measurements is None
    assert item.mips == ()


def test_an_svg_that_is_not_well_formed_is_rejected(world: World) -> None:
    item = world.take(draw("svg")[:200])

    assert item.reason is not None
    assert item.reason.code == "unprocessable"


def test_an_animation_is_surveyed_and_has_no_mips(world: World) -> None:
    frames = [Image.new("RGB", LONG, colour) for colour in ("red", "blue")]
    body = encoded(frames[0], "WEBP", save_all=True, append_images=frames[1:])

    item = world.take(body)

    assert item.analysis is not None
    assert (item.analysis.facts.frames, item.mips, world.mips) == (2, (), [])
    assert item.analysis.measurements is not None


@pytest.mark.parametrize(
    "key",
    ["cats/", "/", "cats/tom.jpg/", ".mips/", ".mips/tom.jpg", "a/../b.jpg", "./b.jpg", "a\nb.jpg"],
)
def test_what_is_no_original_or_has_no_url_is_left_alone_and_logged(
    world: World, lines: list[str], key: str
) -> None:
    world.put(b"", key)

    item = world.ingest.ingest(key, "0A")

    assert item == OriginalRecord(key)
    assert (world.originals.calls, world.catalog.calls, world.announced) == ([], [], [])
    assert json.loads(lines[-1])["key"] == key


# How much of it is read.


def test_a_small_original_is_read_once(world: World) -> None:
    world.take(draw("jpeg"))

    assert world.originals.calls == ["stat", "read"]


def large_jpeg() -> bytes:
    """Return a good JPEG of more bytes than a header is looked for in."""
    body = draw("jpeg") + bytes(HEADER_BYTES)
    assert len(body) > HEADER_BYTES
    return body


def test_a_large_original_is_read_whole_once_its_header_is_good(world: World) -> None:
    item = world.take(large_jpeg())

    assert world.originals.calls == ["stat", "read", "read"]
    assert item.status is Status.READY


def test_a_large_original_whose_header_is_longer_is_read_whole(world: World) -> None:
    item = world.take(jpeg(quadrants(), exif=b"Exif\0\0" + bytes(65_000), comment=bytes(60_000)))

    assert world.originals.calls == ["stat", "read", "read"]
    assert item.status is Status.READY


def test_a_large_svg_is_read_whole(world: World) -> None:
    picture = draw("svg").replace(b"</svg>", b"<desc>" + b"x" * HEADER_BYTES + b"</desc></svg>")

    assert world.take(picture).status is Status.READY


# An original that is replaced.


@pytest.fixture
def photo(world: World) -> World:
    """Return a world with an ingested original, and derivatives of it."""
    world.take(draw("jpeg"), "0A")
    for query in ("w=30", "w=30&fm=webp", ""):
        assert world.ask(query).status == 200
    assert len(world.kept) == 3
    world.now += 100
    return world


def test_a_replaced_original_is_analysed_again_and_its_derivatives_are_deleted(
    photo: World,
) -> None:
    item = photo.take(draw("png"), "0B")

    assert item.analysis is not None
    assert item.analysis.facts.kind is Kind.PNG
    assert photo.announced == [
        ("created", version(draw("jpeg"))),
        ("replaced", version(draw("png"))),
    ]
    assert photo.kept == []
    assert photo.edge.port.invalidated == ["/cats/tom.jpg/"]
    assert (item.created, item.changed, item.sequencer) == (1_000_000, 1_000_100, "0B")


def test_the_mips_of_a_replaced_original_are_gone(world: World) -> None:
    world.take(jpeg(quadrants(LONG)))
    old = world.mips
    world.take(jpeg(quadrants((3600, 80))))

    assert (len(old), len(world.mips)) == (5, 5)
    assert not set(old) & set(world.mips)


def test_the_same_bytes_put_again_change_nothing_visible(photo: World) -> None:
    known, kept = photo.item, photo.kept

    item = photo.take(draw("jpeg"), "0B")

    assert item == photo.item
    assert dataclasses.replace(item, revision=known.revision, sequencer="0A") == known
    assert item.sequencer == "0B"
    assert (photo.kept, len(photo.announced), photo.edge.calls) == (kept, 1, [])


def test_what_was_made_of_another_one_in_between_is_swept(photo: World) -> None:
    """Renderers may have seen one that was put, and put back, before its event was delivered."""
    photo.take(draw("jpeg"), "0C")

    assert photo.queue.port.sent[1:] == [
        ({"event": "sweep", "key": KEY, "invalidate": False}, SWEEP_SECONDS)
    ]


def test_the_id_of_a_change_is_the_same_after_the_same_bytes_were_put_again(
    world: World,
) -> None:
    world.put(draw("jpeg"))
    world.catalog.meddle = at_call(3, "find", stopped)
    with pytest.raises(Stopped):
        world.take(sequencer="0A")
    world.now += LEASE_SECONDS

    world.take(draw("jpeg"), "0C")

    assert world.alerts is not None
    first, second = [message for message, _ in world.alerts.port.sent]
    assert (first["event"], first["id"]) == ("created", second["id"])
    assert [message["event"] for message, _ in world.queue.port.sent] == ["sweep", "sweep"]
    assert world.item.sequencer == "0A"


@pytest.mark.parametrize("sequencer", ["0A", ""])
def test_the_same_event_once_more_changes_nothing_at_all(photo: World, sequencer: str) -> None:
    known = photo.item

    assert photo.take(sequencer=sequencer) == photo.item == known
    assert (len(photo.queue.calls), photo.edge.calls) == (1, [])


def test_a_rejection_after_success_is_announced(photo: World) -> None:
    item = photo.take(draw("text"))

    assert (item.status, item.analysis) == (Status.REJECTED, None)
    assert [event for event, _ in photo.announced] == ["created", "rejected"]
    assert photo.kept == []


def test_what_is_good_at_last_is_created_only_then(world: World) -> None:
    world.take(draw("text"))

    item = world.take(draw("jpeg"))

    assert (item.status, item.reason) == (Status.READY, None)
    assert [event for event, _ in world.announced] == ["rejected", "created"]


# An original that is deleted.


def test_of_a_deleted_original_a_tombstone_is_left(photo: World) -> None:
    photo.remove()

    item = photo.take(sequencer="0B")

    assert (item.status, item.version, item.bytes, item.analysis) == (Status.DELETED, "", 0, None)
    assert photo.announced == [("created", version(draw("jpeg"))), ("deleted", None)]
    assert photo.kept == []
    assert photo.edge.port.invalidated == ["/cats/tom.jpg/"]


def test_the_mips_of_a_deleted_original_are_gone(world: World) -> None:
    world.take(jpeg(quadrants(LONG)))
    world.remove()

    world.take()

    assert world.derivatives.port.objects == {}


def test_the_deletion_of_an_unknown_original_is_not_announced(world: World) -> None:
    item = world.take()

    assert (item.status, item.is_settled, world.announced) == (Status.DELETED, True, [])


def test_an_original_that_comes_back_is_created_again(photo: World) -> None:
    photo.remove()
    photo.take()

    item = photo.take(draw("jpeg"))

    assert item.status is Status.READY
    assert [event for event, _ in photo.announced] == ["created", "deleted", "created"]


# Doing it again.


def test_again_analyses_without_an_alert(world: World) -> None:
    item = world.take(jpeg(quadrants(LONG)))
    world.derivatives.port.objects.clear()
    world.now += 100

    again = world.take(again=True)

    assert again.is_settled
    assert (again.analysis, again.mips) == (item.analysis, item.mips)
    assert again.ingested == item.ingested + 100
    assert len(world.mips) == 5
    assert len(world.announced) == 1


def test_again_leaves_what_was_made_of_it(photo: World) -> None:
    kept = photo.kept

    photo.take(again=True)

    assert photo.kept == kept
    assert photo.edge.calls == []


def test_under_other_limits_again_tells_what_has_become_of_it() -> None:
    world = World(Limits(bytes_in=100))
    world.take(draw("jpeg"))
    world.limits = Limits()

    item = world.take(again=True)

    assert (item.status, item.reason) == (Status.READY, None)
    assert [event for event, _ in world.announced] == ["rejected", "created"]


def test_again_leaves_a_tombstone_a_tombstone(photo: World) -> None:
    photo.remove()
    tombstone = photo.take()

    again = photo.take(again=True)

    assert dataclasses.replace(again, revision=tombstone.revision) == tombstone
    assert [event for event, _ in photo.announced] == ["created", "deleted"]


# Leases.


def under_way(world: World, body: bytes, leased: float) -> OriginalRecord:
    """Have another delivery be at work on an original until a time."""
    world.put(body)
    known = find_record(world.catalog.port, KEY, consistent=True) or OriginalRecord(KEY)
    moved = known.with_version(world.originals.port.stat(KEY), world.now)
    item = dataclasses.replace(moved, revision=known.revision + 1, leased=int(leased))
    world.catalog.port.save(KEY, to_json(item), after=known.revision)
    return item


@pytest.mark.parametrize("again", [False, True])
def test_what_another_delivery_is_at_work_on_is_busy(world: World, again: bool) -> None:
    item = under_way(world, draw("jpeg"), world.now + 1)

    with pytest.raises(Busy):
        world.take(again=again)

    assert world.item == item
    assert world.originals.calls == ["stat"]


def test_what_another_delivery_was_lost_over_is_taken_up_once_its_lease_is_over(
    world: World,
) -> None:
    world.now = 1_000_000
    under_way(world, draw("jpeg"), world.now)

    item = world.take()

    assert (item.status, item.leased) == (Status.READY, 0)


def test_another_version_waits_for_nobodys_lease(world: World) -> None:
    under_way(world, draw("jpeg"), world.now + 50)

    item = world.take(draw("png"))

    assert (item.version, item.status) == (version(draw("png")), Status.READY)


def test_while_it_is_at_work_it_has_a_lease(world: World) -> None:
    leases: list[int] = []
    world.originals.meddle = before("read", lambda: leases.append(world.item.leased))

    world.take(draw("jpeg"))

    assert leases == [int(world.now) + LEASE_SECONDS]
    assert world.item.leased == 0


def test_who_fails_gives_up_the_lease_and_the_next_one_goes_on(world: World) -> None:
    world.originals.meddle = before("read", failed)
    with pytest.raises(StoreFailed):
        world.take(draw("jpeg"))

    assert (world.item.status, world.item.leased) == (Status.PENDING, 0)
    assert world.take().is_settled


def test_a_lease_that_cannot_be_given_up_hides_no_failure(world: World, lines: list[str]) -> None:
    def fail() -> None:
        world.catalog.meddle = failing("find", "save")
        message = "busy"
        raise Unavailable(message)

    world.originals.meddle = before("read", fail)

    with pytest.raises(Unavailable, match="busy"):
        world.take(draw("jpeg"))
    assert world.item.leased > world.now
    assert best_effort(lines) == ["lease"]


def test_an_analysis_is_not_repeated_after_an_alert_failed(
    world: World,
) -> None:
    assert world.alerts is not None
    world.alerts.meddle = before("announce", failed)
    with pytest.raises(StoreFailed):
        world.take(draw("jpeg"))
    half = world.item
    calls = len(world.originals.calls)

    whole = world.take()

    assert (half.status, half.last_notification, half.leased) == (Status.READY, None, 0)
    assert (whole.last_notification, whole.analysis) == (
        LastNotification(half.version, Status.READY),
        half.analysis,
    )
    assert world.originals.calls[calls:] == ["stat"]
    assert [event for event, _ in world.announced] == ["created"]


# Events that come late.


@pytest.mark.parametrize(
    "heard, comes, is_late",
    [
        ("0B", "0A", True),
        ("0A", "0B", False),
        ("0A", "0A", False),
        # The shorter one is filled up with zeros on the right.
        ("0A", "09FF", True),
        ("0A", "0A01", False),
        ("0A01", "0A", True),
        ("0A00", "0A", False),
        ("0A", "0A00", False),
        ("FF", "0100", True),
        ("0100", "FF", False),
        ("0055AED6DCD90281E5", "0055AED6DCD90281E4", True),
        # What has none is never late.
        ("", "0A", False),
        ("0A", "", False),
    ],
)
def test_an_event_that_is_older_than_the_last_is_ignored(
    world: World, heard: str, comes: str, is_late: bool
) -> None:
    world.take(draw("jpeg"), heard)
    world.remove()

    item = world.take(sequencer=comes)

    assert (item.status is Status.READY) == is_late
    assert item.sequencer == (heard if is_late or not comes else comes)


def test_an_older_event_does_not_even_look(world: World) -> None:
    item = world.take(draw("jpeg"), "0B")
    calls = len(world.originals.calls)

    assert world.take(draw("png"), "0A") == item
    assert world.originals.calls[calls:] == []


# Originals that change while they are looked at.


def flickering(world: World, times: int) -> Meddle:
    """Return a meddler that replaces the original before so many first reads of it."""
    pictures = (Image.new("RGB", (8, 8), (shade, 0, 0)) for shade in range(times))

    def meddle(call: str, *arguments: Any) -> None:
        del arguments
        picture = next(pictures, None) if call == "read" else None
        if picture:
            world.put(encoded(picture, "PNG"))

    return meddle


@pytest.mark.parametrize("times", [1, 4])
def test_the_last_of_several_in_a_row_is_the_one_that_is_ingested(world: World, times: int) -> None:
    world.originals.meddle = flickering(world, times)

    item = world.take(draw("jpeg"), "0A")

    assert item.version == world.originals.port.stat(KEY).version
    assert item.analysis is not None
    assert (item.status, item.analysis.facts.kind) == (Status.READY, Kind.PNG)
    assert world.announced == [("created", item.version)]


def test_what_changes_faster_than_it_can_be_read_comes_again(world: World) -> None:
    world.originals.meddle = flickering(world, 5)

    with pytest.raises(Unavailable, match="faster than it can be read"):
        world.take(draw("jpeg"))

    assert world.take().is_settled


def test_what_is_deleted_while_it_is_read_is_a_tombstone(world: World) -> None:
    world.originals.meddle = before("read", world.remove)

    item = world.take(draw("jpeg"))

    assert (item.status, world.announced) == (Status.DELETED, [])


def test_an_original_replaced_after_its_header_was_read_is_read_again(world: World) -> None:
    world.originals.meddle = at_call(2, "read", lambda: world.put(draw("png")))

    item = world.take(large_jpeg())

    assert item.version == version(draw("png"))
    assert item.is_settled


def test_an_overtaken_ingest_leaves_the_rest_to_the_newer_one(world: World) -> None:
    """The original is replaced after it was read, and that version is ingested at the same time."""
    world.derivatives.meddle = before("write", lambda: world.take(draw("png")))

    item = world.take(jpeg(quadrants(LONG)))

    assert item == world.item
    assert (item.version, item.is_settled) == (version(draw("png")), True)
    assert world.announced == [("created", item.version)]


def test_who_was_overtaken_by_one_that_is_at_work_leaves_it_its_lease(world: World) -> None:
    def overtake() -> None:
        world.originals.meddle = before("read", stopped)
        with pytest.raises(Stopped):
            world.take(draw("png"))

    world.derivatives.meddle = before("write", overtake)

    item = world.take(jpeg(quadrants(LONG)))

    assert (item.version, item.status) == (version(draw("png")), Status.PENDING)
    assert item.leased > world.now
    assert world.announced == []


def test_the_mips_of_who_was_overtaken_are_swept(world: World) -> None:
    world.derivatives.meddle = before("write", lambda: world.take(draw("png")))
    world.take(jpeg(quadrants(LONG)))
    left = world.mips

    world.ingest.sweep(KEY, invalidate=False)

    assert (len(left), world.mips) == (5, [])


# Subscribers who hear of two changes at once.


def test_an_alert_sent_while_the_version_changed_counts_as_sent(world: World) -> None:
    def overtake() -> None:
        world.originals.meddle = before("read", stopped)
        with pytest.raises(Stopped):
            world.take(draw("png"))

    assert world.alerts is not None
    world.alerts.meddle = before("announce", overtake)
    world.take(draw("jpeg"))
    world.now += LEASE_SECONDS

    world.take()

    assert world.announced == [("created", version(draw("jpeg"))), ("replaced", world.item.version)]
    assert world.alerts.port.sent[-1][0]["previous"] == version(draw("jpeg"))


def test_who_tells_later_than_who_overtook_it_unsettles_nothing(world: World) -> None:
    assert world.alerts is not None
    world.alerts.meddle = before("announce", lambda: world.take(draw("png")))

    world.take(draw("jpeg"))

    assert world.item.last_notification == LastNotification(version(draw("png")), Status.READY)
    assert world.item.is_settled


def test_who_tells_later_than_who_overtook_it_has_the_last_word_be_of_what_there_is(
    world: World,
) -> None:
    assert world.alerts is not None
    world.alerts.meddle = before("announce", lambda: world.take(draw("png")))

    world.take(draw("jpeg"))

    new, old = version(draw("png")), version(draw("jpeg"))
    assert world.announced == [("created", new), ("created", old), ("replaced", new)]


def test_an_original_put_back_during_an_alert_is_announced_again(photo: World) -> None:
    assert photo.alerts is not None
    photo.alerts.meddle = before("announce", lambda: photo.take(draw("jpeg")))

    photo.take(b"no picture")

    assert [event for event, _ in photo.announced] == ["created", "rejected", "created"]
    assert photo.item.is_settled
    assert (photo.item.status, photo.item.leased) == (Status.READY, 0)


# What its owner says of it.

SAID: Final = Annotations(FocalPoint(0.25, 0.75), "A cat", ("cat", "tom"))


def test_what_the_owner_says_is_kept_and_what_was_made_without_it_is_gone(photo: World) -> None:
    known = photo.item

    item = photo.ingest.annotate(KEY, lambda _: SAID)

    assert item == photo.item
    assert item == dataclasses.replace(
        known, annotations=SAID, generation=1, revision=known.revision + 1
    )
    assert photo.kept == []
    assert photo.edge.port.invalidated == ["/cats/tom.jpg/"]
    assert len(photo.announced) == 1


def test_what_the_owner_says_leaves_the_mips(world: World) -> None:
    world.take(jpeg(quadrants(LONG)))
    mips = world.mips

    world.ingest.annotate(KEY, lambda _: SAID)

    assert world.mips == mips != []


def test_what_the_owner_says_reaches_the_edge_though_the_bucket_has_nothing(world: World) -> None:
    world.take(draw("jpeg"))

    world.ingest.annotate(KEY, lambda _: SAID)

    assert world.edge.port.invalidated == ["/cats/tom.jpg/"]


def test_what_the_owner_says_outlives_a_new_version(photo: World) -> None:
    photo.ingest.annotate(KEY, lambda _: SAID)

    item = photo.take(draw("png"))

    assert (item.annotations, item.generation, item.status) == (SAID, 1, Status.READY)


def test_a_change_of_what_the_owner_said_is_given_that(photo: World) -> None:
    photo.ingest.annotate(KEY, lambda _: SAID)

    item = photo.ingest.annotate(KEY, lambda said: dataclasses.replace(said, alt=said.alt + "!"))

    assert item.annotations == dataclasses.replace(SAID, alt="A cat!")


def test_to_say_it_once_more_does_what_may_have_been_left_undone(photo: World) -> None:
    photo.derivatives.meddle = before("delete", failed)
    with pytest.raises(StoreFailed):
        photo.ingest.annotate(KEY, lambda _: SAID)
    assert len(photo.kept) == 3

    item = photo.ingest.annotate(KEY, lambda _: SAID)

    assert item.generation == 1
    assert photo.kept == []


@pytest.mark.parametrize("gone", [False, True])
def test_of_what_is_not_there_nothing_can_be_said(world: World, gone: bool) -> None:
    if gone:
        world.take(draw("jpeg"))
        world.remove()
        world.take()
    items = dict(world.catalog.port.items)

    with pytest.raises(NoSuchOriginal):
        world.ingest.annotate(KEY, lambda _: SAID)
    assert world.catalog.port.items == items


# The second time that what is stale is removed.


def test_a_sweep_leaves_what_is_not_stale(world: World) -> None:
    world.take(jpeg(quadrants(LONG)))
    world.ask("w=30")
    everything = dict(world.derivatives.port.objects)

    world.ingest.sweep(KEY, invalidate=False)

    assert world.derivatives.port.objects == everything
    assert len(everything) == 6
    assert world.edge.calls == []


@pytest.mark.parametrize("invalidate", [False, True])
def test_a_sweep_of_what_the_catalog_never_had_removes_all(world: World, invalidate: bool) -> None:
    notes = {"version": "v0"}
    world.derivatives.port.write(
        f"{KEY}/r=3", b"", ObjectMetadata("image/jpeg", user_metadata=notes)
    )
    world.derivatives.port.write(mip_key(KEY, "v0", Mip(Size(9, 9), Kind.JPEG)), b"", PLAIN)

    world.ingest.sweep(KEY, invalidate=invalidate)

    assert world.derivatives.port.objects == {}
    assert world.edge.port.invalidated == ["/cats/tom.jpg/"]


# Mips.


def mip_files(world: World) -> list[Image.Image]:
    """Return the mips as the item names them, opened."""
    item = world.item
    files: list[Image.Image] = []
    for mip in item.mips:
        blob = world.derivatives.port.read(mip_key(KEY, item.version, mip))
        assert blob.metadata.user_metadata == {"version": item.version}
        assert blob.metadata.media_type == f"image/{mip.kind}"
        assert blob.stat.size == mip.bytes
        image = Image.open(io.BytesIO(blob.body))
        assert image.size == mip.size
        files.append(image)
    return files


def test_mips_are_kept_in_every_size_of_the_ladder(world: World) -> None:
    item = world.take(jpeg(quadrants(LONG)))

    mip_files(world)

    sizes = [(2560, 43), (1920, 32), (1280, 21), (640, 11), (320, 5)]
    assert [mip.size for mip in item.mips] == sizes
    assert len(world.mips) == 5


@pytest.mark.parametrize(
    "name, body, mode",
    [
        ("colour", jpeg(quadrants(LONG)), "RGB"),
        ("grey", jpeg(quadrants(LONG).convert("L")), "L"),
        ("inks", jpeg(quadrants(LONG).convert("CMYK")), "RGB"),
        ("progressive", jpeg(quadrants(LONG), progressive=True, subsampling=2), "RGB"),
        ("palette", encoded(quadrants(LONG).quantize(8), "PNG"), "RGB"),
        ("webp", encoded(quadrants(LONG), "WEBP"), "RGB"),
    ],
)
def test_a_mip_of_what_is_opaque_is_a_jpeg_of_full_colour_in_one_scan(
    world: World, name: str, body: bytes, mode: str
) -> None:
    del name
    item = world.take(body)

    for mip, image in zip(item.mips, mip_files(world), strict=True):
        assert (mip.kind, image.format, image.mode) == (Kind.JPEG, "JPEG", mode)
        assert "progressive" not in image.info
        # Identifier, horizontal and vertical sampling, and table of each component.
        assert {layer[1:3] for layer in getattr(image, "layer")} == {(1, 1)}  # noqa: B009 reason: Pillow's stubs lack it


@pytest.mark.parametrize("form", ["PNG", "WEBP"])
def test_a_mip_of_what_is_not_opaque_is_a_webp_with_alpha(world: World, form: str) -> None:
    picture = Image.new("RGBA", LONG, (0, 0, 0, 0))
    picture.paste((240, 120, 20, 255), (0, 0, LONG[0] // 2, LONG[1]))

    item = world.take(encoded(picture, form))

    for mip, image in zip(item.mips, mip_files(world), strict=True):
        assert (mip.kind, image.format, image.mode) == (Kind.WEBP, "WEBP", "RGBA")
        pixels = [image.getpixel((x, image.height // 2)) for x in (10, image.width - 10)]
        assert [pixel[3] for pixel in pixels if isinstance(pixel, tuple)] == [255, 0]


@pytest.mark.parametrize("orientation", [3, 6, 8])
def test_a_mip_lies_as_its_original_is_stored_and_says_nothing_of_turns(
    world: World, orientation: int
) -> None:
    stored = quadrants((1740, 1160)).transpose(STORED[orientation])
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation

    world.take(jpeg(stored, exif=exif))

    image, *_ = mip_files(world)
    assert image.size == ((1280, 853) if orientation == 3 else (853, 1280))
    assert not image.getexif()
    assert gap(image, stored)[0] < 1
    assert gap(image, stored.transpose(Image.Transpose.ROTATE_180))[0] > 20


def test_a_mip_is_in_srgb_and_needs_no_profile(world: World) -> None:
    tan = Image.new("RGB", LONG, (200, 120, 60))

    world.take(jpeg(tan, icc_profile=display_p3()))

    for image in mip_files(world):
        assert "icc_profile" not in image.info
        red, green, blue = image.getpixel((4, 4))  # type: ignore[misc]
        # Display P3's (200, 120, 60) is about (211, 117, 44) in sRGB.
        assert (red, green, blue) == pytest.approx((211, 117, 44), abs=4)


# Derivatives from mips.


def gap(one: Image.Image, other: Image.Image) -> tuple[float, float]:
    """Return how far two pictures are apart (0 to 255): on average, and where it is worst."""
    first = one.convert("RGBA")
    missed = ImageChops.difference(first, other.convert("RGBA").resize(first.size))
    mean = sum(ImageStat.Stat(missed).mean) / 4
    return mean, max(high for _, high in ImageStat.Stat(missed.reduce(8)).extrema)


def opened(response: Response) -> Image.Image:
    assert response.status == 200, response.body
    return Image.open(io.BytesIO(response.body))


def enlarged(name: str) -> Image.Image:
    """Return an original large enough for a mip, with edges and soft tones alike."""
    return Image.open(io.BytesIO(draw(name))).resize((1720, 1146), Image.Resampling.BICUBIC)


def turned(orientation: int) -> bytes:
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    return jpeg(enlarged("photograph").transpose(STORED[orientation]), exif=exif)


LARGE: Final[dict[str, Callable[[], bytes]]] = {
    "photograph": lambda: jpeg(enlarged("photograph")),
    "turned": lambda: turned(6),
    "mirrored": lambda: turned(5),
    "grey": lambda: jpeg(enlarged("photograph").convert("L")),
    "inks": lambda: jpeg(enlarged("photograph").convert("CMYK")),
    "wide gamut": lambda: jpeg(enlarged("photograph"), icc_profile=display_p3()),
    "alpha": lambda: encoded(disc((1720, 1146)), "PNG"),
    "palette": lambda: encoded(enlarged("jpeg").quantize(64), "PNG"),
}


@pytest.mark.parametrize(
    "name, query",
    [
        *((name, "w=300") for name in LARGE),
        ("photograph", "w=200&h=200&fit=crop&crop=right"),
        ("photograph", "w=200&rot=20&bg=fff"),
        ("photograph", "w=200&rect=200,100,1500,1100"),
        ("turned", "w=200&h=300&fit=crop&crop=faces"),
        ("turned", "w=150&flip=h&rot=90"),
        ("alpha", "w=200&h=200&fit=fill&bg=8000ff00"),
        ("alpha", "w=300&fm=jpg&bg=fff"),
    ],
)
def test_a_derivative_from_a_mip_looks_like_that_from_the_original(
    world: World, name: str, query: str
) -> None:
    world.take(LARGE[name]())
    plainly = "&fm=png" * ("fm=" not in query)
    from_mip = world.ask(query + plainly)
    world.derivatives.port.objects.clear()
    from_original = world.ask(query + plainly)

    assert from_mip.headers["x-calotype"].startswith("render; mip=")
    assert "mip=" not in from_original.headers["x-calotype"]
    one, other = opened(from_mip), opened(from_original)
    assert (one.size, one.mode) == (other.size, other.mode)
    mean, worst = gap(one, other)
    assert mean < 1.5
    assert worst < 12


def test_pictures_that_look_different_have_different_analyses(world: World) -> None:
    """What the test above looks with sees a turn, a shift, and a loss of half the pixels."""
    picture = opened_after(world, "photograph", "w=300&fm=png")
    shifted = ImageChops.offset(picture, 2, 0)
    coarse = picture.resize((75, 50)).resize(picture.size, Image.Resampling.NEAREST)

    for other in (picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT), shifted, coarse):
        mean, worst = gap(picture, other)
        assert mean >= 1.5 or worst >= 12


def opened_after(world: World, name: str, query: str) -> Image.Image:
    world.take(LARGE[name]())
    return opened(world.ask(query))


def test_a_mip_spares_the_original(world: World) -> None:
    world.take(jpeg(quadrants(LONG)))
    calls = len(world.originals.calls)

    response = world.ask("w=30")

    assert response.headers["x-calotype"].startswith("render; mip=320;")
    assert response.headers["cache-control"] == FRESH
    assert world.originals.calls[calls:] == []


@pytest.mark.parametrize("query", ["w=30&lossless=true&fm=webp", "w=3000", "", "rect=0,0,20,20"])
def test_where_a_mip_is_not_good_enough_the_original_serves(world: World, query: str) -> None:
    world.take(jpeg(quadrants(LONG)))
    calls = len(world.originals.calls)

    response = world.ask(query)

    assert response.status == 200
    assert "mip=" not in response.headers["x-calotype"]
    assert world.originals.calls[calls:] == ["read"]
    assert len(world.announced) == 1


def test_while_a_mip_is_missing_the_original_serves_and_ingest_is_asked_for_it(
    world: World,
) -> None:
    item = world.take(jpeg(quadrants(LONG)))
    world.derivatives.port.objects.clear()

    response = world.ask("w=30")

    assert (response.status, size_of(response)) == (200, (30, 1))
    assert "mip=" not in response.headers["x-calotype"]
    assert world.requests == [(IngestReason.MIP_MISSING, item.version)]
    world.take(again=True)
    assert "mip=320" in world.ask("w=31").headers["x-calotype"]


def test_while_a_mip_cannot_be_had_the_original_serves(world: World, lines: list[str]) -> None:
    world.take(jpeg(quadrants(LONG)))
    world.derivatives.meddle = failing("read")

    response = world.ask("w=30")

    assert (response.status, size_of(response)) == (200, (30, 1))
    assert best_effort(lines) == ["derivative", "mip"]


def test_a_mip_is_not_missed_where_the_original_is_another_by_now(world: World) -> None:
    world.take(jpeg(quadrants(LONG)))
    world.derivatives.port.objects.clear()
    world.put(jpeg(quadrants((1800, 60))))

    response = world.ask("w=30")

    assert (response.status, response.headers["cache-control"]) == (200, "no-store")
    assert [reason for reason, _ in world.requests] == [IngestReason.STALE]


def test_from_a_mip_too_a_file_larger_than_the_originals_gives_way_to_a_plainer_one(
    world: World,
) -> None:
    stripes = Image.new("1", (1800, 1200), 1)
    for left in range(0, 1800, 40):
        stripes.paste(0, (left, 0, left + 2, 1200))
    world.take(encoded(stripes, "PNG"))

    response = world.ask("w=640&q=75&auto=format", headers={"accept": "image/webp"})

    assert response.headers["x-calotype"].startswith("render; mip=1280; fm=png;")


# Originals that were rejected.


@pytest.mark.parametrize("query", ["w=30", "fm=json"])
@pytest.mark.parametrize("name, code", REFUSED)
def test_a_rejected_original_is_refused_without_being_fetched(
    world: World, name: str, code: str, query: str
) -> None:
    world.take(draw(name))
    world.originals.meddle = failing("stat", "read")

    response = world.ask(query)

    assert 400 < response.status < 500
    reason = world.item.reason
    assert reason is not None
    assert error_of(response) == {"code": code, "message": reason.message}


def test_the_own_bytes_of_a_bomb_are_its_owners_to_have(world: World) -> None:
    world.take(draw("png-bomb"))

    assert world.ask("").body == draw("png-bomb")


def test_an_original_over_the_limit_is_refused_without_being_fetched(world: World) -> None:
    world.put(draw("jpeg"))
    world.limits = Limits(bytes_in=100)
    world.originals.meddle = failing("read")

    assert world.ask("w=30").status == 413


# What the catalog says against what is kept.


def test_a_stored_derivative_of_another_version_is_rendered_again(photo: World) -> None:
    old = dict(photo.derivatives.port.objects)
    photo.take(draw("png"))
    photo.derivatives.port.objects.update(old)

    response = photo.ask("w=30")

    assert response.headers["x-calotype"].startswith("render")
    assert opened(response).format == "PNG"


def test_while_the_catalog_is_down_the_bucket_says_what_there_is(
    photo: World, lines: list[str]
) -> None:
    photo.catalog.meddle = failing("find")

    response = photo.ask("w=30")

    assert response.headers["x-calotype"].startswith("stored")
    assert best_effort(lines) == ["catalog"]


def overtaken(world: World, body: bytes) -> Meddle:
    """Return a meddler that has an original replaced before a derivative of it is kept."""
    return before("write", lambda: world.take(body))


def test_a_derivative_that_is_stale_once_it_is_kept_is_removed_and_nobodys_to_keep(
    world: World,
) -> None:
    world.take(draw("jpeg"))
    world.derivatives.meddle = overtaken(world, draw("png"))

    response = world.ask("w=30&fm=webp")

    assert (response.status, response.headers["cache-control"]) == (200, "no-store")
    assert world.kept == []
    assert [event for event, _ in world.announced] == ["created", "replaced"]
    assert world.requests == [(IngestReason.STALE, version(draw("jpeg")))]


def test_a_stale_one_is_removed_where_there_is_no_queue_too() -> None:
    world = World(may_request=False)
    world.take(draw("jpeg"))
    world.derivatives.meddle = overtaken(world, draw("png"))

    response = world.ask("w=30")

    assert (response.headers["cache-control"], world.kept) == ("no-store", [])


def test_a_stale_one_that_ingest_cannot_hear_of_is_left_to_the_sweep(
    world: World, lines: list[str]
) -> None:
    world.take(draw("jpeg"))

    def overtake() -> None:
        world.take(draw("png"))
        world.queue.meddle = failing("send")

    world.derivatives.meddle = before("write", overtake)

    response = world.ask("w=30")

    assert (response.headers["cache-control"], len(world.kept)) == ("no-store", 1)
    assert best_effort(lines) == ["stale"]
    world.queue.meddle = let_be
    world.ingest.sweep(KEY, invalidate=False)
    assert world.kept == []


def test_a_stale_one_that_could_be_answered_in_no_other_way_is_unavailable(world: World) -> None:
    world.take(draw("jpeg"))
    world.derivatives.meddle = overtaken(world, draw("png"))

    response = world.ask("w=30", answer_limit=100)

    assert (response.status, error_of(response)["code"]) == (503, "unavailable")
    assert response.headers["cache-control"] == "no-store"
    assert world.kept == []


def test_own_bytes_that_are_stale_once_they_are_kept_are_removed(world: World) -> None:
    world.take(draw("jpeg"))
    world.derivatives.meddle = overtaken(world, draw("png"))

    response = world.ask("")

    assert (response.body, response.headers["cache-control"]) == (draw("jpeg"), "no-store")
    assert world.kept == []


@dataclass(slots=True)
class LateCatalog(MemoryCatalog):
    """A catalog that answers with what was there before the last save, unless it must not."""

    late: dict[str, Mapping[str, Any]] = field(default_factory=dict)

    def find(self, key: str, *, consistent: bool = False) -> Mapping[str, Any] | None:
        return MemoryCatalog.find(self, key) if consistent else self.late.get(key)

    def save(self, key: str, item: Mapping[str, Any], *, after: int) -> bool:
        if key in self.items:
            self.late[key] = self.items[key]
        return MemoryCatalog.save(self, key, item, after=after)


def test_whether_it_is_stale_is_asked_of_the_catalog_as_it_is_by_now() -> None:
    world = World(catalog=Port(LateCatalog()))
    world.take(draw("jpeg"))
    world.derivatives.meddle = before("write", lambda: under_way(world, draw("png"), 0))

    response = world.ask("w=30")

    assert (response.headers["cache-control"], world.kept) == ("no-store", [])


def test_annotations_during_a_render_make_the_derivative_stale(world: World) -> None:
    world.take(draw("jpeg"))
    world.derivatives.meddle = before("write", lambda: world.ingest.annotate(KEY, lambda _: SAID))

    response = world.ask("w=30&h=30&fit=crop&crop=faces")

    assert (response.headers["cache-control"], world.kept) == ("no-store", [])


@pytest.mark.parametrize("options", [{}, {"answer_limit": 100}])
def test_where_the_catalog_cannot_be_asked_again_a_derivative_counts_as_good(
    world: World, lines: list[str], options: dict[str, Any]
) -> None:
    world.take(draw("jpeg"))
    world.catalog.meddle = at_call(2, "find", failed)

    response = world.ask("w=30", **options)

    assert response.status == (302 if options else 200)
    assert response.headers["cache-control"] == ("no-store" if options else FRESH)
    assert world.kept == [f"{KEY}/r=3,w=30"]
    assert best_effort(lines) == ["recheck"]


def test_a_derivative_that_was_not_kept_is_checked_too(world: World, lines: list[str]) -> None:
    """The bucket may have kept it though it did not say so."""
    world.take(draw("jpeg"))

    def overtake() -> None:
        world.take(draw("png"))
        failed()

    world.derivatives.meddle = before("write", overtake)

    response = world.ask("w=30")

    assert (response.status, response.headers["cache-control"]) == (200, "no-store")
    assert best_effort(lines) == ["store"]
    assert world.requests == [(IngestReason.STALE, version(draw("jpeg")))]


# What is made before ingest has been.


@pytest.mark.parametrize("query", ["w=30&h=30&fit=crop&crop=faces", "fm=blurhash"])
def test_what_ingest_may_change_is_not_kept_before_it_has_been(world: World, query: str) -> None:
    world.put(draw("photograph"))

    early = world.ask(query)

    assert (early.status, early.headers["cache-control"]) == (200, FOR_NOW)
    assert world.kept == []
    world.take()
    late = world.ask(query)
    assert late.headers["cache-control"] == FRESH
    assert late.headers["x-calotype"].startswith("render")
    assert len(world.kept) == 1


def test_what_ingest_does_not_change_is_kept_before_it_has_been(world: World) -> None:
    world.put(draw("photograph"))

    early = world.ask("w=30")
    kept = world.kept
    world.take()
    late = world.ask("w=30")

    assert (early.status, early.headers["cache-control"], kept) == (200, FRESH, [f"{KEY}/r=3,w=30"])
    assert (late.headers["etag"] == early.headers["etag"]) == (late.body == early.body)
    assert world.edge.port.invalidated == ["/cats/tom.jpg/"]


def test_an_original_that_is_not_there_is_missing_whatever_the_catalog_says(world: World) -> None:
    world.take(draw("jpeg"))
    world.remove()

    assert world.ask("w=30").status == 404


def test_a_tombstone_is_no_original(photo: World) -> None:
    photo.remove()
    photo.take()

    assert photo.ask("w=30").status == 404
    assert [event for event, _ in photo.announced] == ["created", "deleted"]


def test_what_comes_back_over_a_tombstone_is_shown_and_ingest_is_asked_for_it(
    photo: World,
) -> None:
    photo.remove()
    photo.take()
    photo.put(draw("png"))

    response = photo.ask("w=30")

    assert opened(response).format == "PNG"
    assert photo.requests[0] == (IngestReason.UNKNOWN, version(draw("png")))


# What a surveyor refuses by its first bytes.


@pytest.fixture
def analyser() -> Analyser[Any]:
    return Analyser(PillowCodec(), PillowMeasurer(), sanitise, Limits())


@pytest.mark.parametrize("share", [0.3, 0.6, 1])
@pytest.mark.parametrize(
    "name", ["jpeg", "png", "gif-animated", "webp", "avif", "heic", "tiff", "bmp", "svg"]
)
def test_the_beginning_of_what_is_good_refuses_nothing(
    analyser: Analyser[Any], name: str, share: float
) -> None:
    analyser.refuse_early(draw(name)[: max(64, int(len(draw(name)) * share))])


def test_a_survey_without_ladders_finds_out_the_same(analyser: Analyser[Any]) -> None:
    whole, mips = analyser.analysis(jpeg(quadrants(LONG)))
    without, none = analyser.analysis(jpeg(quadrants(LONG)), ladders=False)

    assert whole.facts == without.facts
    assert (len(mips), none) == (5, [])
    assert without.measurements is not None
