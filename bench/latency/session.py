"""Run scenarios one after another against a target, and collect the result."""

import asyncio
import contextlib
import os
import platform
import resource
import shlex
import signal
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from msgspec.structs import replace as with_fields
from rich.console import Console

from bench.latency import local, terminal
from bench.latency.checks import Environment, check_assertions, list_warnings
from bench.latency.client import Client
from bench.latency.requests import Request, Target, make_generator
from bench.latency.result import Result, RunResult, summarise
from bench.latency.run import CONNECTIONS, Run, RunOptions
from bench.latency.scenario import Arrivals, Scenario
from origin_lambda import RECIPE

LOCAL: Final = "local"

_OTHER_FILES: Final = 500
_LONGEST_FIRST_ANSWER: Final = 10.0


class Unreachable(ValueError):
    """The target does not answer."""


@dataclass(frozen=True, slots=True)
class Options:
    """What to run: scenarios, a base URL or `local`, originals, and how.

    Values of the load that are not None replace those of every scenario.
    """

    scenarios: Sequence[Scenario]
    target: Target
    keys: Sequence[str] = ()
    originals: Path | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    timeout: float = 30.0
    seed: int = 0
    rate: float | None = None
    warm_up: float | None = None
    duration: float | None = None
    connections: int | None = None
    after_priming: str | None = None

    @property
    def is_local(self) -> bool:
        """Whether a server is started on this machine."""
        return self.target.base == LOCAL


def run_scenarios(options: Options, console: Console) -> Result:
    """Run all scenarios, and print each when it ends; Ctrl-C ends with the result so far.

    Raises:
        ValueError: an option cannot be used; the message says which.

    """
    _raise_file_limit()
    started = datetime.now(UTC).isoformat(timespec="seconds")
    root = local.find_originals(options.originals) if options.is_local else None
    runs: list[RunResult] = []
    is_stopped = False
    for scenario in (apply_options(options, each) for each in options.scenarios):
        is_stopped = True  # unless the scenario ends by itself
        with contextlib.suppress(KeyboardInterrupt), _serve(options, scenario, root) as server:
            run, is_stopped = asyncio.run(_measure(options, scenario, server, console))
            runs.append(run)
            terminal.show(run, console)
            for line in server.list_refined():
                console.print(line, highlight=False)
        if is_stopped:
            break
    return Result(
        started=started,
        seed=options.seed,
        is_stopped=is_stopped,
        environment=_describe_environment(),
        target=_describe_target(options),
        runs=runs,
    )


def _raise_file_limit() -> None:
    """Raise the limit of open files to the number of connections; macOS starts with 256."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = CONNECTIONS + _OTHER_FILES
    if soft != resource.RLIM_INFINITY and soft < needed:
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (needed, hard))


def apply_options(options: Options, scenario: Scenario) -> Scenario:
    """Return a scenario with the load of the command line."""
    load, group = scenario.load, scenario.group
    if options.rate is not None:
        load = with_fields(load, rate=options.rate)
    if options.warm_up is not None:
        load = with_fields(load, warm_up=options.warm_up)
    if options.duration is not None:
        load = with_fields(load, duration=options.duration)
    if group is not None and options.connections is not None:
        group = with_fields(group, connections=options.connections)
    return with_fields(scenario, load=load, group=group)


@contextmanager
def _serve(options: Options, scenario: Scenario, root: Path | None) -> Iterator[local.Server]:
    """Yield the server; a local one is started for each scenario, with nothing rendered."""
    if root is None:
        yield local.Server(options.target.base, tuple(options.keys), ingests_unasked=False)
        return
    with local.serve(root, scenario.local.edge_cache) as server:
        yield replace(server, keys=tuple(options.keys) or server.keys)


async def _measure(
    options: Options, scenario: Scenario, server: local.Server, console: Console
) -> tuple[RunResult, bool]:
    """Return the result of a run, and whether it was stopped early."""
    target = replace(options.target, base=server.base)
    generator = make_generator(scenario, target, server.keys, options.seed)
    stop = asyncio.Event()
    with _stop_on_interrupt(stop), terminal.show_progress(scenario.name, console) as on_progress:
        await _check_reachable(target, options)
        await local.wait_for_ingest(server)
        command = options.after_priming
        run_options = RunOptions(
            options.headers,
            options.timeout,
            options.seed,
            on_progress,
            (lambda: _run_command(command)) if command else None,
        )
        run = Run(scenario, generator, run_options, stop)
        await run.measure()
    environment = Environment(options.is_local, run.unprimed, stop.is_set())
    result = summarise(
        scenario,
        describe_load(scenario),
        run.tally,
        check_assertions(scenario, run.tally),
        list(list_warnings(scenario, run.tally, environment)),
    )
    return result, stop.is_set()


@contextmanager
def _stop_on_interrupt(stop: asyncio.Event) -> Iterator[None]:
    """Let the first Ctrl-C stop the run, and a second one end the program."""
    loop = asyncio.get_running_loop()

    def interrupt() -> None:
        stop.set()
        loop.remove_signal_handler(signal.SIGINT)

    # Only the main thread receives signals.
    with contextlib.suppress(RuntimeError, ValueError):
        loop.add_signal_handler(signal.SIGINT, interrupt)
    try:
        yield
    finally:
        with contextlib.suppress(RuntimeError, ValueError):
            loop.remove_signal_handler(signal.SIGINT)


async def _check_reachable(target: Target, options: Options) -> None:
    """Check that the target gives any answer, which may be a `404`."""
    async with Client({}, min(options.timeout, _LONGEST_FIRST_ANSWER)) as client:
        outcome = await client.get(Request(f"{target.base}/", target.accept))
    if not outcome.status and outcome.error != "empty":
        message = f"{target.base} cannot be reached: {outcome.error}"
        raise Unreachable(message)


async def _run_command(command: str) -> None:
    try:
        process = await asyncio.create_subprocess_exec(*shlex.split(command))
        code = await process.wait()
    except (OSError, ValueError) as error:
        message = f"--after-priming cannot be run: {error}"
        raise ValueError(message) from error
    if code:
        message = f"--after-priming ended with {code}"
        raise ValueError(message)


def describe_load(scenario: Scenario) -> str:
    """Return the load of a scenario in words."""
    load, group = scenario.load, scenario.group
    what = "requests"
    if group is not None:
        over = f" over {group.connections} connections" if group.connections else ""
        what = f"groups of {group.size}{' for one URL' if group.same else ''}{over}"
    way = "at random" if load.arrivals is Arrivals.POISSON else "evenly"
    warm_up = f" after {load.warm_up:g} s of warm-up" if load.warm_up else ""
    return f"{load.rate:g} {what} a second, {way}, {load.duration:g} s{warm_up}"


def _describe_environment() -> dict[str, str]:
    return {
        "recipe": str(RECIPE),
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "system": f"{platform.system()} {platform.machine()}",
        "processors": str(os.cpu_count()),
    }


def _describe_target(options: Options) -> dict[str, str]:
    """Return the target; of headers only the names, because their values may be secrets."""
    return {
        "base": options.target.base,
        "accept": options.target.accept,
        "headers": ", ".join(sorted(options.headers)),
        "timeout_seconds": f"{options.timeout:g}",
    }
