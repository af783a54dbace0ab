"""While an original is replaced, clients see the old or the new picture, never a wrong or late one.

The topology runs as in `calotype serve`: with the edge in front, and ingest and alerts in threads.
"""

import asyncio
import io
import math
import random
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Final

import httpx2 as httpx
import pytest
from PIL import Image

from infra.laptop.cloud import ORIGINALS
from infra.laptop.loop import Loop, run_loops
from origin_lambda import log
from origin_lambda.adapters.slim.s3 import SlimBucket
from origin_lambda.ports import ObjectMetadata
from origin_lambda.url.admission import Policy
from tests.support.originals import jpeg
from tests.support.stack import Stack, run_stack

KEY: Final = "shop/sign.jpg"
BASE: Final = "http://img.example.com"
CHROME: Final = {"accept": "image/avif,image/webp,*/*;q=0.8"}
QUERIES: Final = (
    "w=64",
    "w=90&fm=webp",
    "w=48&h=48&fit=crop&crop=faces",
    "w=80&auto=format",
    "",
)
"""A plain size, another format, a crop that needs analysis, a negotiated format, the original."""

CLIENTS: Final = 20
PAUSE: Final = 0.15
"""The longest pause of a client between two requests, in seconds."""

LATE: Final = 2.0
"""Seconds after the alert of a change until which a client may see the former picture."""

SLOW: Final = 0.4
"""Seconds that storing a derivative takes, so that an original can change during it."""

PATIENCE: Final = 30.0

COLOURS: Final = {"red": (200, 30, 30), "green": (30, 160, 60), "blue": (40, 60, 200)}
NOTHING: Final = "nothing"


@cache
def draw_sign(colour: str) -> bytes:
    """Return an original of one colour that is large enough for a mip."""
    return jpeg(Image.new("RGB", (1800, 1200), COLOURS[colour]))


@cache
def find_colour(body: bytes) -> str:
    """Return the name of a picture's one colour; fail if it has several."""
    with Image.open(io.BytesIO(body)) as image:
        image.load()
        opaque = image.convert("RGB")
    right, bottom = opaque.width - 1, opaque.height - 1
    places = [(0, 0), (right, 0), (0, bottom), (right, bottom), (right // 2, bottom // 2)]
    colours = set()
    for place in places:
        pixel = opaque.getpixel(place)
        assert isinstance(pixel, tuple)
        (colour,) = (
            name
            for name, expected in COLOURS.items()
            if max(abs(a - b) for a, b in zip(pixel, expected, strict=True)) < 12
        )
        colours.add(colour)
    assert len(colours) == 1, "a picture combines two originals"
    return colours.pop()


@dataclass(frozen=True)
class View:
    """An answer that a client got: its times, the query, the picture, and hit or miss."""

    requested: float
    answered: float
    query: str
    what: str
    how: str


@dataclass
class Change:
    """A change of the original: the picture, the time, and the time of its alert."""

    what: str
    put: float
    alerted: float = 0


@dataclass
class Audience:
    """Clients of the original: their views, unexpected answers, and the changes."""

    stack: Stack
    changes: list[Change] = field(default_factory=list)
    views: list[View] = field(default_factory=list)
    unexpected: list[tuple[int, bytes]] = field(default_factory=list)
    is_over: bool = False

    async def browse(self, number: int) -> None:
        """Request one derivative after the other until the end."""
        dice = random.Random(number)
        transport = httpx.ASGITransport(self.stack.application)
        async with httpx.AsyncClient(transport=transport, base_url=BASE) as client:
            while not self.is_over:
                query = dice.choice(QUERIES)
                requested = time.monotonic()
                answer = await client.get(f"/{KEY}?{query}", headers=CHROME)
                self._record(requested, query, answer)
                await asyncio.sleep(dice.uniform(0, PAUSE))

    def _record(self, requested: float, query: str, answer: httpx.Response) -> None:
        if answer.status_code not in {200, 404}:
            self.unexpected.append((answer.status_code, answer.content))
            return
        is_picture = answer.status_code == 200
        what = find_colour(answer.content) if is_picture else NOTHING
        if is_picture:
            assert len(answer.content) == int(answer.headers["content-length"])
        how = answer.headers["x-cache"].split()[0]
        self.views.append(View(requested, time.monotonic(), query, what, how))

    async def change(self, what: str) -> None:
        """Change the original, and wait until a client has seen each of its new derivatives."""
        change = await self.change_quickly(what)
        await self._wait_until(lambda: self._find_queries_since(change.put, what) == set(QUERIES))

    async def change_quickly(self, what: str) -> Change:
        """Change the original, and wait only for its alert."""
        change = Change(what, time.monotonic())
        self.changes.append(change)
        received = len(self.stack.laptop.alerts.received)
        await asyncio.to_thread(self._put, what)
        await self._wait_until(lambda: self._has_alert_since(received))
        change.alerted = time.monotonic()
        return change

    def _put(self, what: str) -> None:
        if what == NOTHING:
            self.stack.s3.delete_object(Bucket=ORIGINALS, Key=KEY)
        else:
            self.stack.s3.put_object(Bucket=ORIGINALS, Key=KEY, Body=draw_sign(what))

    def _has_alert_since(self, received: int) -> bool:
        return len(self.stack.laptop.alerts.received) > received

    def _find_queries_since(self, since: float, what: str) -> set[str]:
        return {each.query for each in self.views if each.requested > since and each.what == what}

    async def _wait_until(self, holds: Callable[[], bool]) -> None:
        deadline = time.monotonic() + PATIENCE
        while not holds():
            assert time.monotonic() < deadline, "this did not happen in time"
            await asyncio.sleep(0.02)

    async def play(self, first: str, story: Callable[[], Awaitable[None]]) -> None:
        """Add the original, and let all clients browse during a story."""
        await self.change_quickly(first)
        browsing = [asyncio.create_task(self.browse(number)) for number in range(CLIENTS)]
        try:
            await story()
        finally:
            self.is_over = True
            await asyncio.gather(*browsing)


@pytest.fixture
def audience(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Audience]:
    monkeypatch.setattr(log, "write", len)
    monkeypatch.setattr("infra.laptop.worker._POLL_SECONDS", 0)
    write = SlimBucket.write

    def write_slowly(bucket: SlimBucket, key: str, body: bytes, metadata: ObjectMetadata) -> None:
        time.sleep(SLOW)
        write(bucket, key, body, metadata)

    monkeypatch.setattr(SlimBucket, "write", write_slowly)
    with run_stack(tmp_path, Policy()) as stack:
        laptop = stack.laptop
        loops = (
            Loop("ingest", laptop.worker.poll, 0.02),
            Loop("alerts", lambda: laptop.alerts.poll(0), 0.02),
        )
        with run_loops(*loops):
            yield Audience(stack)


@dataclass(frozen=True)
class Span:
    """The time in which a picture may be seen."""

    what: str
    begin: float
    end: float

    def covers(self, view: View) -> bool:
        return view.what == self.what and view.answered >= self.begin and view.requested <= self.end


def list_spans(changes: list[Change]) -> list[Span]:
    """Return the span of each change: from its upload until shortly after the next alert."""
    ends = [change.alerted + LATE for change in changes[1:]]
    return [
        Span(change.what, change.put, end)
        for change, end in zip(changes, [*ends, math.inf], strict=True)
    ]


def test_clients_see_whole_pictures_and_no_outdated_ones(
    audience: Audience,
) -> None:
    async def story() -> None:
        await audience.change("green")
        await audience.change_quickly("blue")
        await asyncio.sleep(SLOW / 2)
        await audience.change("red")
        await audience.change(NOTHING)
        await audience.change_quickly("blue")
        await asyncio.sleep(SLOW / 2)
        await audience.change("green")
        await asyncio.sleep(LATE + 0.3)

    asyncio.run(audience.play("red", story))

    assert audience.unexpected == []
    timely = list_spans(audience.changes)
    assert [each for each in audience.views if not any(span.covers(each) for span in timely)] == []
    assert len(audience.views) > 300
    assert sum(each.how == "Hit" for each in audience.views) > len(audience.views) / 10
