"""Carries out a scenario: primes, warms up, measures, and stops when it is told to."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from bench.latency.arrivals import reach, schedule
from bench.latency.client import Client, Outcome
from bench.latency.scenario import Scenario
from bench.latency.supply import Ask, NothingToAsk, Supply
from bench.latency.tally import MICROSECONDS, Tally

CONNECTIONS: Final = 1_000
"""Connections that an open loop may have at once."""

_PRIMING_AT_ONCE: Final = 4
_ATTEMPTS: Final = 3
_A_MOMENT: Final = 0.5
_AFTER_FAILURE: Final = 0.1  # for a server that is gone refuses as fast as it is asked


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is: what it does, and which share of that is done."""

    doing: str
    share: float
    tally: Tally


@dataclass(frozen=True, slots=True)
class Manner:
    """How requests are sent, and who wants to know: *headers* go with each of them.

    *after_priming* is what is to be done between priming and measuring.
    """

    headers: Mapping[str, str] = field(default_factory=dict)
    timeout: float = 30.0
    seed: int = 0
    told: Callable[[Progress], None] = lambda _: None
    after_priming: Callable[[], Awaitable[None]] | None = None


@dataclass(slots=True)
class Run:
    """One run of a scenario; *stop* ends it early, with what there is."""

    scenario: Scenario
    supply: Supply
    manner: Manner
    stop: asyncio.Event
    tally: Tally = field(default_factory=Tally)
    unprimed: int = 0
    _began: float = 0.0
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    async def measure(self) -> Tally:
        """Carry it out, and return what was measured.

        Raises:
            NothingToAsk: there are too few different requests, or no telling how many there are.

        """
        load, group = self.scenario.load, self.scenario.group
        if not load.is_open and self.scenario.unique and self.scenario.prime:
            message = f"{self.scenario.name}: a closed loop cannot be primed, for it has no end"
            raise NothingToAsk(message)
        moments = list(schedule(load, self._rng("arrivals"))) if load.is_open else []
        expected = len(moments) or load.concurrency
        to_prime = self.supply.prepare(expected * (group.size if group else 1))
        async with Client(self.manner.headers, self.manner.timeout, CONNECTIONS) as client:
            await self._prime(client, to_prime)
            self._began = asyncio.get_running_loop().time() + self.scenario.load.warm_up
            if load.is_open:
                await self._open_loop(client, moments)
            else:
                await self._closed_loop(client)
            await self._finish()
        return self.tally

    async def _prime(self, client: Client, asks: Sequence[Ask]) -> None:
        """Have each of *asks* made once, whatever became of it; nothing of this is counted."""
        left = iter(enumerate(asks))

        async def worker() -> None:
            for number, ask in left:
                if self.stop.is_set():
                    return
                self.manner.told(Progress("priming", number / len(asks), self.tally))
                self.unprimed += not await _primed(client, ask)

        await asyncio.gather(*(worker() for _ in range(_PRIMING_AT_ONCE)))
        if asks and self.manner.after_priming and not self.stop.is_set():
            await self.manner.after_priming()

    async def _open_loop(self, client: Client, moments: list[float]) -> None:
        """Begin each request when it is due, whatever became of earlier ones."""
        load = self.scenario.load
        start = self._began - load.warm_up
        gap = 1 / load.rate
        for moment in moments:
            if not await reach(start + moment, self.stop, gap=gap):
                return
            self._tell()
            if not self._launch(client, moment - load.warm_up):
                return

    def _launch(self, client: Client, due: float) -> bool:
        """Begin what is due; return whether there was anything left to ask."""
        if due >= 0:
            self.tally.late.record(round((self._now() - due) * MICROSECONDS))
            self.tally.waited += len(self._tasks) >= CONNECTIONS
        arrival = self._arrival(client, due)
        if arrival is None:
            return False
        task = asyncio.create_task(arrival)
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return True

    def _ended(self, task: asyncio.Task[None]) -> None:
        """Let go of what has ended well; the rest stays, to raise its error at the end."""
        if task.cancelled() or task.exception() is None:
            self._tasks.discard(task)
        else:
            self.stop.set()

    def _arrival(self, client: Client, due: float) -> Coroutine[Any, Any, None] | None:
        group = self.scenario.group
        if group is None:
            asks = self.supply.next()
            return self._single(client, asks[0], due) if asks else None
        asks = self.supply.together(group.size, same=group.same)
        return self._group(asks, due) if asks else None

    async def _closed_loop(self, client: Client) -> None:
        """Let so many users ask one request after another, until the time is over."""
        load = self.scenario.load

        async def user() -> None:
            while not self.stop.is_set() and self._now() < load.duration:
                self._tell()
                arrival = self._arrival(client, self._now())
                if arrival is None:
                    return
                failures = self.tally.errors.total()
                await arrival
                if self.tally.errors.total() > failures:
                    await asyncio.sleep(_AFTER_FAILURE)

        users = [asyncio.create_task(user()) for _ in range(load.concurrency)]
        self._tasks |= set(users)
        await self._until_stopped(users)

    async def _single(self, client: Client, ask: Ask, due: float) -> None:
        await self._one(client, ask, due)

    async def _one(self, client: Client, ask: Ask, due: float) -> Outcome:
        begun = self._now()
        outcome = await client.get(ask)
        if due >= 0:  # else it belongs to the warm-up
            self.tally.record(outcome, due, begun, self._now())
        return outcome

    async def _group(self, asks: list[Ask], due: float) -> None:
        """Ask for all of a group over connections of its own, as a browser does that comes new."""
        group = self.scenario.group
        connections = group.connections if group else 0
        async with Client(self.manner.headers, self.manner.timeout, connections) as client:
            outcomes = await asyncio.gather(*(self._one(client, ask, due) for ask in asks))
        if due >= 0:
            self.tally.record_group(outcomes, due, self._now())

    async def _finish(self) -> None:
        """Wait for what is under way; once stopped, abandon it."""
        self.manner.told(Progress("waiting for the last", 1.0, self.tally))
        await self._until_stopped(list(self._tasks))
        self.tally.abandoned = sum(not task.done() for task in self._tasks)
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _until_stopped(self, tasks: Sequence[asyncio.Future[None]]) -> None:
        """Wait for tasks, or for the order to stop; raise what one of them has raised."""
        if not tasks:
            return
        stopped = asyncio.ensure_future(self.stop.wait())
        ended = asyncio.ensure_future(asyncio.wait(tasks))
        await asyncio.wait({stopped, ended}, return_when=asyncio.FIRST_COMPLETED)
        stopped.cancel()
        ended.cancel()
        for task in tasks:
            if task.done():
                task.result()

    def _now(self) -> float:
        """Return the seconds since the end of the warm-up."""
        return asyncio.get_running_loop().time() - self._began

    def _tell(self) -> None:
        load = self.scenario.load
        now = self._now()
        if now < 0:
            self.manner.told(Progress("warming up", 1 + now / load.warm_up, self.tally))
        else:
            self.manner.told(Progress("measuring", min(1.0, now / load.duration), self.tally))

    def _rng(self, purpose: str) -> random.Random:
        return random.Random(f"{self.manner.seed}/{self.scenario.name}/{purpose}")


async def _primed(client: Client, ask: Ask) -> bool:
    """Whether a request was answered well, at the third attempt at last."""
    for attempt in range(_ATTEMPTS):
        outcome = await client.get(ask)
        if not outcome.error:
            return True
        await asyncio.sleep(attempt * _A_MOMENT)
    return False
