"""Soaks an edge in mixed requests: no error, no wrong picture, memory flat.

    python -m bench.edge_soak --seconds 60
    python -m bench.edge_soak --base http://127.0.0.1:8080 --pid 1234

Without --base it starts `calotype serve` with the demo originals. The edge's cache is smaller than
what is asked for, so that hits, evictions and reads of the derivatives bucket go on for as long as
it runs.
"""

import argparse
import asyncio
import itertools
import random
import re
import statistics
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import quote

import httpx2 as httpx

from infra.demo import DEMO, demo_folder, draw_demo

_URLS: Final = 200
_CLIENTS: Final = 50
_SMALL_CACHE: Final = 10_000_000
_GROWTH: Final = 1.10  # of the memory once all is rendered; more is called a leak
_ACCEPTS: Final = ("image/avif,image/webp,*/*", "image/webp,*/*;q=0.8", "*/*")
_ASKS: Final = (
    "auto=format",
    "fm=webp",
    "fm=jpg&q=60",
    "h=200&fit=crop&auto=format",
    "ar=1:1&fit=crop&crop=top",
    "fit=fill&h=300&bg=teal",
    "rot=90&fm=png",
)


@dataclass(frozen=True, slots=True)
class Ask:
    """One URL as one browser asks for it."""

    path: str
    accept: str


@dataclass(slots=True)
class Tally:
    """What was seen: the first body of each ask, outcomes, seconds, kilobytes of the server."""

    bodies: dict[Ask, bytes] = field(default_factory=dict)
    outcomes: Counter[str] = field(default_factory=Counter)
    ways: Counter[str] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)
    memory: list[int] = field(default_factory=list)


def asks(keys: Sequence[str]) -> list[Ask]:
    """Return as many asks as a soak has, the same ones every time."""
    mixed = itertools.islice(itertools.cycle(itertools.product(_ASKS, keys)), _URLS)
    return [
        Ask(f"/{quote(key)}?w={40 + 67 * number % 600}&{ask}&n={number}", _ACCEPTS[number % 3])
        for number, (ask, key) in enumerate(mixed)
    ]


async def asked(client: httpx.AsyncClient, ask: Ask, tally: Tally, manner: str = "whole") -> None:
    """Ask once, in some manner, and judge the answer by the first one."""
    first = tally.bodies.get(ask)
    headers = {"accept": ask.accept}
    if manner == "part":
        headers["range"] = "bytes=10-99"
    began = time.perf_counter()
    try:
        method = "HEAD" if manner == "head" else "GET"
        answer = await client.request(method, ask.path, headers=headers)
    except httpx.HTTPError as error:
        tally.outcomes[f"failed: {error!r}"] += 1
        return
    tally.seconds.append(time.perf_counter() - began)
    tally.ways[answer.headers.get("x-cache", "none").split()[0]] += 1
    if answer.status_code not in (200, 206):
        tally.outcomes[f"status {answer.status_code}: {ask.path}"] += 1
    elif first is None:
        tally.bodies[ask] = answer.content
        tally.outcomes["first"] += 1
    else:
        tally.outcomes["right" if _is_right(answer, first, manner) else f"wrong: {ask.path}"] += 1


def _is_right(answer: httpx.Response, first: bytes, manner: str) -> bool:
    if manner == "head":
        return answer.headers["content-length"] == str(len(first)) and not answer.content
    return answer.content == (first[10:100] if answer.status_code == 206 else first)


async def soak(base: str, pid: int | None, seconds: float, keys: Sequence[str]) -> Tally:
    """Ask for everything once, then for anything by many clients at a time."""
    tally, everything = Tally(), asks(keys)
    limits = httpx.Limits(max_connections=_CLIENTS, max_keepalive_connections=_CLIENTS)
    async with httpx.AsyncClient(base_url=base, timeout=60, limits=limits) as client:
        began = time.perf_counter()
        await asyncio.gather(*(asked(client, ask, tally) for ask in everything))
        size = sum(map(len, tally.bodies.values())) / 1e6
        spent = time.perf_counter() - began
        print(
            f"cold   {_URLS} URLs, {size:.1f} MB in {spent:.1f} s, {dict(tally.ways)}", flush=True
        )
        _expect_right(tally)
        tally.seconds.clear()
        tally.ways.clear()
        until = time.monotonic() + seconds
        watching = asyncio.create_task(_watched(pid, tally, until))
        await asyncio.gather(*(_client(client, everything, tally, until) for _ in range(_CLIENTS)))
        await watching
    return tally


async def _client(
    client: httpx.AsyncClient, everything: Sequence[Ask], tally: Tally, until: float
) -> None:
    manners = ("whole", "whole", "whole", "head", "part")
    while time.monotonic() < until:
        await asked(client, random.choice(everything), tally, random.choice(manners))


async def _watched(pid: int | None, tally: Tally, until: float) -> None:
    while pid is not None and time.monotonic() < until:
        tally.memory.append(resident(pid))
        await asyncio.sleep(0.5)


def resident(pid: int) -> int:
    """Return the kilobytes of memory that a process has resident."""
    status = Path(f"/proc/{pid}/status").read_text()
    found = re.search(r"VmRSS:\s+(\d+)", status)
    assert found, "the server has ended"
    return int(found[1])


def _expect_right(tally: Tally) -> None:
    wrong = {
        name: times for name, times in tally.outcomes.items() if name not in {"first", "right"}
    }
    assert not wrong, wrong


def report(tally: Tally, seconds: float) -> None:
    """Print a summary; stop if anything was wrong or the memory grew."""
    _expect_right(tally)
    spent = sorted(tally.seconds)
    at = [1000 * spent[int(len(spent) * share)] for share in (0.5, 0.95, 0.99)]
    print(f"soaked {len(spent):,} requests in {seconds:.0f} s: {len(spent) / seconds:.0f} a second")
    print(f"       median {at[0]:.1f} ms, 95% {at[1]:.1f} ms, 99% {at[2]:.1f} ms")
    print(f"       {dict(tally.ways)}, every body right, no error")
    if tally.memory:
        third = max(1, len(tally.memory) // 3)
        before = statistics.median(tally.memory[:third]) / 1024
        after = statistics.median(tally.memory[-third:]) / 1024
        print(f"memory {before:.0f} MB in the first third, {after:.0f} MB in the last")
        assert after < before * _GROWTH, "the memory grew"


def _is_up(base: str) -> bool:
    try:
        return httpx.get(base).status_code > 0
    except httpx.HTTPError:
        return False


def main() -> None:
    """Run the soak."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--base", help="the edge to soak; without it, one of its own")
    parser.add_argument("--pid", type=int, help="the process of that edge, to watch its memory")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--port", type=int, default=8099, help="of the edge it starts")
    given = parser.parse_args()
    root = demo_folder()
    base, pid, server = given.base, given.pid, None
    if base is None:
        draw_demo(root)
        base = f"http://127.0.0.1:{given.port}"
        command = [sys.executable, "-m", "infra.cli", "serve", f"--port={given.port}"]
        command += [f"--originals={root}", f"--edge-cache={_SMALL_CACHE}"]
        server = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        pid = server.pid
        while not _is_up(base):
            assert server.poll() is None, "the edge did not start"
            time.sleep(0.2)
    try:
        report(asyncio.run(soak(base, pid, given.seconds, DEMO)), given.seconds)
    finally:
        if server is not None:
            server.terminate()
            server.wait()


if __name__ == "__main__":
    main()
