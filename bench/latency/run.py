"""Carry out a scenario: prime, warm up, and measure, until it ends or is stopped."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from bench.latency.client import Client, Outcome
from bench.latency.requests import Request, RequestGenerator
from bench.latency.scenario import Arrivals, Load, Scenario
from bench.latency.tally import MICROSECONDS, Tally

CONNECTIONS: Final = 1_000
"""Connections that a run may have at once."""

_PRIMING_AT_ONCE: Final = 4
_ATTEMPTS: Final = 3
_ATTEMPT_PAUSE: Final = 0.5

# The event loop rounds a wait up to a whole millisecond (selectors.EpollSelector.select), which is
# long compared with an edge's answer. So the last millisecond is busy waiting, unless requests are
# so frequent that this would cost more than a fifth of a processor.
_ROUNDING: Final = 0.001
_SHORTEST_GAP: Final = 1 / 200
_STOPPED_WITHIN: Final = 0.2


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is: its phase, and the share of the phase that is done."""

    phase: str
    share: float
    tally: Tally


@dataclass(frozen=True, slots=True)
class RunOptions:
    """How requests are sent; *after_priming* runs between priming and measuring."""

    headers: Mapping[str, str] = field(default_factory=dict)
    timeout: float = 30.0
    seed: int = 0
    on_progress: Callable[[Progress], None] = lambda _: None
    after_priming: Callable[[], Awaitable[None]] | None = None


def schedule(load: Load, rng: random.Random) -> Iterator[float]:
    """Yield when requests are due, in seconds from the start of the warm-up.

    The schedule does not wait for answers. A generator that does sends fewer requests while the
    server is slow, and leaves out what users would wait ("coordinated omission", Gil Tene).
    """
    end = load.warm_up + load.duration
    number, due = 0, 0.0
    while due < end:
        yield due
        number += 1
        due = (
            due + rng.expovariate(load.rate)
            if load.arrivals is Arrivals.POISSON
            else (number / load.rate)
        )


@dataclass(slots=True)
class Run:
    """One run of a scenario; setting *stop* ends it early."""

    scenario: Scenario
    generator: RequestGenerator
    options: RunOptions
    stop: asyncio.Event
    tally: Tally = field(default_factory=Tally)
    unprimed: int = 0
    _began: float = 0.0
    _tasks: set[asyncio.Task[Any]] = field(default_factory=set)

    async def measure(self) -> Tally:
        """Carry out the scenario, and return the tally.

        Raises:
            NothingToRequest: there are too few different requests.

        """
        load, group = self.scenario.load, self.scenario.group
        rng = random.Random(f"{self.options.seed}/{self.scenario.name}/arrivals")
        moments = list(schedule(load, rng))
        to_prime = self.generator.prepare(len(moments) * (group.size if group else 1))
        async with Client(self.options.headers, self.options.timeout, CONNECTIONS) as client:
            await self._prime(client, to_prime)
            self._began = asyncio.get_running_loop().time() + load.warm_up
            await self._send_all(client, moments)
            await self._finish()
        return self.tally

    async def _prime(self, client: Client, requests: Sequence[Request]) -> None:
        """Send each request once; nothing of this is counted."""
        remaining = iter(enumerate(requests))

        async def work() -> None:
            for number, request in remaining:
                if self.stop.is_set():
                    return
                self.options.on_progress(Progress("priming", number / len(requests), self.tally))
                self.unprimed += not await _prime_one(client, request)

        await asyncio.gather(*(work() for _ in range(_PRIMING_AT_ONCE)))
        if requests and self.options.after_priming and not self.stop.is_set():
            await self.options.after_priming()

    async def _send_all(self, client: Client, moments: list[float]) -> None:
        load = self.scenario.load
        for moment in moments:
            due = moment - load.warm_up
            if not await self._wait_until(due):
                return
            self._report_progress()
            if due >= 0:
                self.tally.late.append(round((self._now() - due) * MICROSECONDS))
                self.tally.waited += len(self._tasks) >= CONNECTIONS
            arrival = self._next_arrival(client, due)
            if arrival is None:
                return
            task = asyncio.create_task(arrival)
            self._tasks.add(task)
            task.add_done_callback(self._end)

    async def _wait_until(self, due: float) -> bool:
        """Wait for a moment; return False if the run was stopped before it."""
        spare = _ROUNDING if 1 / self.scenario.load.rate >= _SHORTEST_GAP else 0.0
        while not self.stop.is_set():
            left = due - self._now()
            if left <= 0:
                return True
            await asyncio.sleep(min(max(0.0, left - spare), _STOPPED_WITHIN))
        return False

    def _end(self, task: asyncio.Task[Any]) -> None:
        """Forget a task that ended well; keep others, to raise their error at the end."""
        if task.cancelled() or task.exception() is None:
            self._tasks.discard(task)
        else:
            self.stop.set()

    def _next_arrival(self, client: Client, due: float) -> Coroutine[Any, Any, Any] | None:
        """Return what sends the next request or group; None if all have been sent."""
        group = self.scenario.group
        if group is None:
            requests = self.generator.next()
            return self._send(client, requests[0], due) if requests else None
        requests = self.generator.next_group(group.size, same=group.same)
        return self._send_group(requests, group.connections, due) if requests else None

    async def _send(self, client: Client, request: Request, due: float) -> Outcome:
        outcome = await client.get(request)
        if due >= 0:  # otherwise it is part of the warm-up
            self.tally.record(outcome, due, self._now())
        return outcome

    async def _send_group(self, requests: list[Request], connections: int, due: float) -> None:
        """Send a group over new connections, as a browser does on its first visit."""
        async with Client(self.options.headers, self.options.timeout, connections) as client:
            outcomes = await asyncio.gather(*(self._send(client, each, due) for each in requests))
        if due >= 0:
            self.tally.record_group(outcomes, due, self._now())

    async def _finish(self) -> None:
        """Wait for running requests, or abandon them if the run was stopped; raise their errors."""
        self.options.on_progress(Progress("waiting for the last answers", 1.0, self.tally))
        stopped = asyncio.create_task(self.stop.wait())
        while not stopped.done() and (running := {each for each in self._tasks if not each.done()}):
            await asyncio.wait({stopped, *running}, return_when=asyncio.FIRST_COMPLETED)
        stopped.cancel()
        ended = [task for task in self._tasks if task.done()]
        self.tally.abandoned = len(self._tasks) - len(ended)
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for task in ended:
            task.result()

    def _now(self) -> float:
        """Return the seconds since the end of the warm-up."""
        return asyncio.get_running_loop().time() - self._began

    def _report_progress(self) -> None:
        load, now = self.scenario.load, self._now()
        if now < 0:
            progress = Progress("warming up", 1 + now / load.warm_up, self.tally)
        else:
            progress = Progress("measuring", min(1.0, now / load.duration), self.tally)
        self.options.on_progress(progress)


async def _prime_one(client: Client, request: Request) -> bool:
    """Return whether a request had a good answer, in at most three attempts."""
    for attempt in range(_ATTEMPTS):
        outcome = await client.get(request)
        if not outcome.error:
            return True
        await asyncio.sleep(attempt * _ATTEMPT_PAUSE)
    return False
