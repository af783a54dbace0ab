"""An original is replaced while many look at it: what they see is old or new, never wrong or late.

The whole topology runs as `calotype serve` runs it: the edge in front, ingest and the alerts in
threads of their own.
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
ASKED: Final = (
    "w=64",
    "w=90&fm=webp",
    "w=48&h=48&fit=crop&crop=faces",
    "w=80&auto=format",
    "",
)
"""A plain one, another format, one that waits for the focal point, a negotiated one, the bytes."""

CLIENTS: Final = 20
PAUSE: Final = 0.15
"""Seconds that a client waits between two requests, at most."""

LATE: Final = 2.0
"""Seconds after the alert of a change at which nobody may see what was before."""

SLOW: Final = 0.4
"""Seconds that it takes to keep a derivative: long enough for an original to change meanwhile."""

PATIENCE: Final = 30.0

COLOURS: Final = {"red": (200, 30, 30), "green": (30, 160, 60), "blue": (40, 60, 200)}
NOTHING: Final = "nothing"


@cache
def sign(colour: str) -> bytes:
    """Return an original of one colour that is large enough for a mip."""
    return jpeg(Image.new("RGB", (1800, 1200), COLOURS[colour]))


@cache
def shown(body: bytes) -> str:
    """Return the colour that a whole picture is of."""
    with Image.open(io.BytesIO(body)) as image:
        image.load()
        opaque = image.convert("RGB")
    right, bottom = opaque.width - 1, opaque.height - 1
    places = [(0, 0), (right, 0), (0, bottom), (right, bottom), (right // 2, bottom // 2)]
    seen = set()
    for place in places:
        pixel = opaque.getpixel(place)
        assert isinstance(pixel, tuple)
        (colour,) = (
            name
            for name, wanted in COLOURS.items()
            if max(abs(a - b) for a, b in zip(pixel, wanted, strict=True)) < 12
        )
        seen.add(colour)
    assert len(seen) == 1, "a picture is put together from two"
    return seen.pop()


@dataclass(frozen=True)
class Sight:
    """What a client saw: when it asked and was answered, for what, and how the edge knew."""

    asked: float
    answered: float
    query: str
    what: str
    how: str


@dataclass
class Change:
    """What was put, when, and when its alert was seen."""

    what: str
    put: float
    told: float = 0


@dataclass
class Street:
    """Everybody who looks, all that they saw, and all that changed."""

    stack: Stack
    changes: list[Change] = field(default_factory=list)
    sights: list[Sight] = field(default_factory=list)
    odd: list[tuple[int, bytes]] = field(default_factory=list)
    is_closing: bool = False

    async def look(self, number: int) -> None:
        """Ask for one derivative after the other until the street closes."""
        dice = random.Random(number)
        transport = httpx.ASGITransport(self.stack.application)
        async with httpx.AsyncClient(transport=transport, base_url=BASE) as client:
            while not self.is_closing:
                query = dice.choice(ASKED)
                asked = time.monotonic()
                answer = await client.get(f"/{KEY}?{query}", headers=CHROME)
                self._saw(asked, query, answer)
                await asyncio.sleep(dice.uniform(0, PAUSE))

    def _saw(self, asked: float, query: str, answer: httpx.Response) -> None:
        if answer.status_code not in {200, 404}:
            self.odd.append((answer.status_code, answer.content))
            return
        is_picture = answer.status_code == 200
        what = shown(answer.content) if is_picture else NOTHING
        if is_picture:
            assert len(answer.content) == int(answer.headers["content-length"])
        how = answer.headers["x-cache"].split()[0]
        self.sights.append(Sight(asked, time.monotonic(), query, what, how))

    async def change(self, what: str) -> None:
        """Change the original, and wait until each of its derivatives shows it."""
        change = await self.change_in_a_hurry(what)
        await self._until(lambda: self._seen_since(change.put, what) == set(ASKED))

    async def change_in_a_hurry(self, what: str) -> Change:
        """Change the original, and wait until subscribers have heard of it."""
        change = Change(what, time.monotonic())
        self.changes.append(change)
        heard = len(self.stack.laptop.alerts.received)
        await asyncio.to_thread(self._put, what)
        await self._until(lambda: self._heard_since(heard))
        change.told = time.monotonic()
        return change

    def _put(self, what: str) -> None:
        if what == NOTHING:
            self.stack.s3.delete_object(Bucket=ORIGINALS, Key=KEY)
        else:
            self.stack.s3.put_object(Bucket=ORIGINALS, Key=KEY, Body=sign(what))

    def _heard_since(self, heard: int) -> bool:
        return len(self.stack.laptop.alerts.received) > heard

    def _seen_since(self, since: float, what: str) -> set[str]:
        return {each.query for each in self.sights if each.asked > since and each.what == what}

    async def _until(self, holds: Callable[[], bool]) -> None:
        deadline = time.monotonic() + PATIENCE
        while not holds():
            assert time.monotonic() < deadline, "nothing happens any more"
            await asyncio.sleep(0.02)

    async def play(self, first: str, story: Callable[[], Awaitable[None]]) -> None:
        """Have everybody look, once there is something, while a story goes on."""
        await self.change_in_a_hurry(first)
        looking = [asyncio.create_task(self.look(number)) for number in range(CLIENTS)]
        try:
            await story()
        finally:
            self.is_closing = True
            await asyncio.gather(*looking)


@pytest.fixture
def street(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Street]:
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
            yield Street(stack)


@dataclass(frozen=True)
class Span:
    """From when until when something may be seen."""

    what: str
    begin: float
    end: float

    def covers(self, sight: Sight) -> bool:
        return sight.what == self.what and sight.answered >= self.begin and sight.asked <= self.end


def spans(changes: list[Change]) -> list[Span]:
    """Return what may be seen when: from its change until a little after the alert of the next."""
    ends = [change.told + LATE for change in changes[1:]]
    return [
        Span(change.what, change.put, end)
        for change, end in zip(changes, [*ends, math.inf], strict=True)
    ]


def test_whoever_looks_at_an_original_sees_it_whole_and_nothing_that_is_long_gone(
    street: Street,
) -> None:
    async def story() -> None:
        await street.change("green")
        await street.change_in_a_hurry("blue")
        await asyncio.sleep(SLOW / 2)
        await street.change("red")
        await street.change(NOTHING)
        await street.change_in_a_hurry("blue")
        await asyncio.sleep(SLOW / 2)
        await street.change("green")
        await asyncio.sleep(LATE + 0.3)

    asyncio.run(street.play("red", story))

    assert street.odd == []
    timely = spans(street.changes)
    assert [each for each in street.sights if not any(span.covers(each) for span in timely)] == []
    assert len(street.sights) > 300
    assert sum(each.how == "Hit" for each in street.sights) > len(street.sights) / 10
