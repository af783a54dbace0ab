"""Runs scenarios one after another against a target, and makes a result of them."""

import asyncio
import contextlib
import dataclasses
import os
import platform
import shlex
import signal
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

from rich.console import Console

from bench.latency import local, terminal
from bench.latency.client import Client
from bench.latency.judgement import Circumstances, checks, doubts
from bench.latency.result import Measured, Result
from bench.latency.run import CONNECTIONS, Manner, Run
from bench.latency.scenario import Arrivals, Load, Scenario
from bench.latency.supply import Ask, Target, supply
from origin_lambda import RECIPE

LOCAL: Final = "local"

_OTHER_FILES: Final = 500


class Unreachable(ValueError):
    """The target does not answer at all."""


class CommandFailed(ValueError):
    """The command that was to run after priming has failed."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """What is to be done: scenarios, to a base URL or `local`, about which originals, and how.

    Of the load, what is not None replaces what a scenario says.
    """

    scenarios: Sequence[Scenario]
    target: Target
    keys: Sequence[str] = ()
    originals: Path | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    timeout: float = 30.0
    seed: int = 0
    rate: float | None = None
    concurrency: int | None = None
    warm_up: float | None = None
    duration: float | None = None
    connections: int | None = None
    after_priming: str | None = None

    @property
    def is_local(self) -> bool:
        """Whether the topology is to be started here."""
        return self.target.base == LOCAL


def bench(wishes: Wishes, console: Console) -> Result:
    """Run all scenarios, and show each when it is done; Ctrl-C ends with what there is.

    Raises:
        ValueError: something that was wished for cannot be; the message says what.

    """
    _allow_connections()
    started = datetime.now(UTC).isoformat(timespec="seconds")
    root = local.originals(wishes.originals) if wishes.is_local else None
    runs: list[Measured] = []
    stopped = False
    for scenario in map(wished(wishes), wishes.scenarios):
        stopped = True  # unless it comes to its end
        with contextlib.suppress(KeyboardInterrupt), _place(wishes, scenario, root) as place:
            run, stopped = asyncio.run(_measured(wishes, scenario, place, console))
            runs.append(run)
            terminal.show(run, console)
        if stopped:
            break
    return Result(started, wishes.seed, _environment(), _target(wishes), tuple(runs), stopped)


def _allow_connections() -> None:
    """Raise the limit of open files to what all connections need: macOS begins with 256."""
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource

        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        needed = CONNECTIONS + _OTHER_FILES
        if soft != resource.RLIM_INFINITY and soft < needed:
            resource.setrlimit(resource.RLIMIT_NOFILE, (needed, hard))


def wished(wishes: Wishes) -> Callable[[Scenario], Scenario]:
    """Return what makes of a scenario the one that was asked for on the command line."""

    def change(scenario: Scenario) -> Scenario:
        load, group = scenario.load, scenario.group
        if wishes.rate is not None:
            way = Arrivals.CONSTANT if load.arrivals is Arrivals.CLOSED else load.arrivals
            load = dataclasses.replace(load, rate=wishes.rate, arrivals=way)
        if wishes.concurrency is not None:
            load = dataclasses.replace(
                load, concurrency=wishes.concurrency, arrivals=Arrivals.CLOSED
            )
        if wishes.warm_up is not None:
            load = dataclasses.replace(load, warm_up=wishes.warm_up)
        if wishes.duration is not None:
            load = dataclasses.replace(load, duration=wishes.duration)
        if group is not None and wishes.connections is not None:
            group = dataclasses.replace(group, connections=wishes.connections)
        return dataclasses.replace(scenario, load=load, group=group)

    return change


@contextmanager
def _place(wishes: Wishes, scenario: Scenario, root: Path | None) -> Iterator[local.Served]:
    """Give where to measure; here, every scenario starts with nothing rendered yet."""
    if root is None:
        yield local.Served(wishes.target.base, tuple(wishes.keys), is_eager=False)
        return
    with local.served(root, scenario.local.edge_cache) as server:
        yield dataclasses.replace(server, keys=tuple(wishes.keys) or server.keys)


async def _measured(
    wishes: Wishes, scenario: Scenario, place: local.Served, console: Console
) -> tuple[Measured, bool]:
    """Return a run, and whether it was stopped before its end."""
    target = dataclasses.replace(wishes.target, base=place.base)
    asks = supply(scenario, target, place.keys, wishes.seed)
    stop = asyncio.Event()
    with _stopping(stop), terminal.bar(scenario.name, console) as told:
        await _expect_answer(target, wishes)
        await local.await_ingest(place)
        command = wishes.after_priming
        manner = Manner(
            wishes.headers,
            wishes.timeout,
            wishes.seed,
            told,
            (lambda: _commanded(command)) if command else None,
        )
        run = Run(scenario, asks, manner, stop)
        await run.measure()
    about = Circumstances(wishes.is_local, run.unprimed, stop.is_set())
    measured = Measured(
        scenario.name,
        scenario.description,
        scenario.text,
        in_words(scenario),
        scenario.load.is_open,
        run.tally,
        checks(scenario, run.tally),
        doubts(scenario, run.tally, about),
    )
    return measured, stop.is_set()


@contextmanager
def _stopping(stop: asyncio.Event) -> Iterator[None]:
    """Let the first Ctrl-C stop a run, and a second one end the program."""
    loop = asyncio.get_running_loop()

    def stopped() -> None:
        stop.set()
        loop.remove_signal_handler(signal.SIGINT)

    # Windows has no such handlers, and another thread than the main one gets no signals.
    with contextlib.suppress(NotImplementedError, RuntimeError, ValueError):
        loop.add_signal_handler(signal.SIGINT, stopped)
    try:
        yield
    finally:
        with contextlib.suppress(NotImplementedError, RuntimeError, ValueError):
            loop.remove_signal_handler(signal.SIGINT)


async def _expect_answer(target: Target, wishes: Wishes) -> None:
    """Refuse to measure what is not there; any answer will do, a `404` too."""
    async with Client({}, min(wishes.timeout, 10.0)) as client:
        outcome = await client.get(Ask(f"{target.base}/", target.accept))
    if not outcome.status and outcome.error != "empty":
        message = f"{target.base} cannot be asked: {outcome.error}"
        raise Unreachable(message)


async def _commanded(command: str) -> None:
    try:
        process = await asyncio.create_subprocess_exec(*shlex.split(command))
        code = await process.wait()
    except (OSError, ValueError) as error:
        message = f"--after-priming cannot be run: {error}"
        raise CommandFailed(message) from error
    if code:
        message = f"--after-priming ended with {code}"
        raise CommandFailed(message)


def in_words(scenario: Scenario) -> str:
    """Return how fast a scenario asks, as it is printed."""
    load, group = scenario.load, scenario.group
    what = "requests"
    if group is not None:
        over = f" over {group.connections} connections" if group.connections else ""
        what = f"groups of {group.size}{' for one URL' if group.same else ''}{over}"
    return f"{_pace(load, what)}, {load.duration:g} s" + (
        f" after {load.warm_up:g} s of warming up" if load.warm_up else ""
    )


def _pace(load: Load, what: str) -> str:
    if not load.is_open:
        return f"closed loop: {load.concurrency:,} {what} at a time"
    way = "at random" if load.arrivals is Arrivals.POISSON else "evenly"
    return f"open loop: {load.rate:g} {what} a second, {way}"


def _environment() -> dict[str, str]:
    return {
        "calotype": _version("calotype"),
        "recipe": str(RECIPE),
        "aiohttp": _version("aiohttp"),
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "system": f"{platform.system()} {platform.machine()}",
        "processors": str(os.cpu_count()),
    }


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"


def _target(wishes: Wishes) -> dict[str, str]:
    """Return what was asked; of headers only the names, for their values may be secrets."""
    return {
        "base": wishes.target.base,
        "dialect": wishes.target.dialect,
        "accept": wishes.target.accept,
        "headers": ", ".join(sorted(wishes.headers)),
        "timeout_seconds": f"{wishes.timeout:g}",
    }
