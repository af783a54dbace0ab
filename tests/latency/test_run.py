"""Running a scenario: requests start when they are due, even if earlier ones are slow."""

import asyncio
import itertools
import random
import time

from bench.latency.checks import Environment, list_warnings
from bench.latency.requests import make_generator
from bench.latency.run import Progress, Run, RunOptions, schedule
from bench.latency.scenario import Arrivals, Load, Scenario
from bench.latency.tally import Tally, all_of
from tests.latency.samples import scenario, target
from tests.latency.server import Received, answer, answer_picture, serve


def load(rate: float, duration: float, arrivals: str = "constant", more: str = "") -> str:
    return f'[load]\narrivals = "{arrivals}"\nrate = {rate}\nduration = {duration}\n{more}'


def build_run(base: str, sample_scenario: Scenario, options: RunOptions | None = None) -> Run:
    generator = make_generator(sample_scenario, target(base), ["a.jpg", "b.jpg"], 1)
    return Run(sample_scenario, generator, options or RunOptions(timeout=20.0), asyncio.Event())


def measure(base: str, sample_scenario: Scenario, options: RunOptions | None = None) -> Tally:
    async def main() -> Tally:
        return await build_run(base, sample_scenario, options).measure()

    return asyncio.run(main())


def test_a_constant_schedule_is_even_and_includes_the_warm_up() -> None:
    due = list(schedule(Load(rate=4, warm_up=1, duration=2), random.Random(1)))

    assert due == [number / 4 for number in range(12)]


def test_a_random_schedule_has_the_rate_and_depends_only_on_the_seed() -> None:
    asked = Load(arrivals=Arrivals.POISSON, rate=100, duration=50)

    due = list(schedule(asked, random.Random(1)))

    assert 4_500 < len(due) < 5_500
    assert due == sorted(due) == list(schedule(asked, random.Random(1)))
    assert len({round(after - before, 3) for before, after in itertools.pairwise(due)}) > 20


def test_latencies_count_from_the_due_time_while_a_server_stalls() -> None:
    stalled = asyncio.Event()
    during_stall = 0

    async def stall_once(received: Received) -> bytes:
        nonlocal during_stall
        if received.number == 5:
            await asyncio.sleep(0.8)
            stalled.set()
        if received.number > 5:
            during_stall += not stalled.is_set()
            await stalled.wait()
        return answer()

    with serve(stall_once) as base:
        tally = measure(base, scenario(below=load(50, 1.5)))

    # All were sent, and half of the 40 that were due during the stall waited for half of it. The
    # schedule is fixed, so this is true on a slow machine too. A generator that waits for answers
    # would have measured only one slow request.
    assert tally.answered == 75
    assert during_stall > 1
    assert sum(latency >= 400_000 for latency in all_of(tally.latency)) >= 19


def test_a_generator_that_cannot_keep_up_is_a_serious_warning() -> None:
    def block(step: Progress) -> None:
        if step.phase == "measuring" and step.share < 0.3:
            time.sleep(0.2)

    sample_scenario = scenario(below=load(20, 1))
    with serve() as base:
        tally = measure(base, sample_scenario, RunOptions(on_progress=block))

    assert tally.answered == 20
    assert max(tally.late) >= 100_000
    # A latency counts from the time its request was due, so it includes the delay.
    assert sum(all_of(tally.latency)) >= 0.99 * sum(tally.late)
    assert next(list_warnings(sample_scenario, tally, Environment())).startswith(
        "THE GENERATOR COULD NOT KEEP UP"
    )


def test_requests_of_the_warm_up_do_not_count() -> None:
    paths: list[str] = []

    async def record_path(received: Received) -> bytes:
        paths.append(received.path)
        return answer()

    with serve(record_path) as base:
        tally = measure(base, scenario(below=load(20, 0.5, more="warm_up = 0.5")))

    assert (len(paths), tally.answered) == (20, 10)


def test_all_requests_are_primed_before_they_are_measured_once() -> None:
    paths: list[str] = []
    primed: list[int] = []

    async def record_path(received: Received) -> bytes:
        paths.append(received.path)
        return answer()

    async def afterwards() -> None:
        primed.append(len(paths))

    sample_scenario = scenario("unique = true\nprime = true", load(20, 0.5))
    with serve(record_path) as base:
        tally = measure(base, sample_scenario, RunOptions(after_priming=afterwards))

    assert primed == [10]
    assert sorted(paths[:10]) == sorted(paths[10:])
    assert tally.answered == 10


def test_requests_that_cannot_be_primed_are_counted_and_still_measured() -> None:
    async def fail(_received: Received) -> bytes:
        return answer(status="503 Busy")

    sample_scenario = scenario("population = 1\nprime = true", load(10, 0.2))
    with serve(fail) as base:

        async def main() -> Run:
            run = build_run(base, sample_scenario)
            await run.measure()
            return run

        run = asyncio.run(main())

    assert (run.unprimed, run.tally.errors["status 503"]) == (1, 2)
    assert "1 requests could not be primed." in list_warnings(
        sample_scenario, run.tally, Environment(unprimed=1)
    )


def test_a_group_lasts_until_its_last_answer_and_uses_only_its_connections() -> None:
    at_once, most = 0, 0
    all_three = asyncio.Event()

    async def count_concurrent(received: Received) -> bytes:
        nonlocal at_once, most
        at_once += 1
        most = max(most, at_once)
        if at_once == 3:
            all_three.set()
        await all_three.wait()
        await asyncio.sleep(0.3 if received.number == 7 else 0.02)
        at_once -= 1
        return answer(x_calotype="render", server_timing=f"decode;dur={received.number}")

    sample_scenario = scenario(
        "population = 40", load(1, 0.5) + "[group]\nsize = 12\nconnections = 3"
    )
    with serve(count_concurrent) as base:
        tally = measure(base, sample_scenario)

    assert most == 3
    assert (tally.answered, len(all_of(tally.groups)), tally.renders) == (12, 1, 12)
    assert max(all_of(tally.groups)) >= max(300_000, *all_of(tally.latency))


def test_the_renders_of_a_burst_for_one_url_are_counted() -> None:
    async def answer_shared(received: Received) -> bytes:
        return answer(x_calotype="render", server_timing=f"decode;dur={received.path[-6:-5]}1")

    sample_scenario = scenario("unique = true", load(4, 0.5) + "[group]\nsize = 10\nsame = true")
    with serve(answer_shared) as base:
        tally = measure(base, sample_scenario)

    assert (tally.answered, tally.renders, len(all_of(tally.groups))) == (20, 2, 2)


def test_a_group_with_a_failure_has_no_duration() -> None:
    async def fail_once(received: Received) -> bytes:
        return answer(status="500 Oops") if received.number == 2 else answer()

    sample_scenario = scenario(below=load(1, 0.5) + "[group]\nsize = 4")
    with serve(fail_once) as base:
        tally = measure(base, sample_scenario)

    assert (tally.answered, tally.errors.total(), len(all_of(tally.groups))) == (3, 1, 0)


def test_a_stopped_run_returns_the_answers_so_far() -> None:
    async def hang(received: Received) -> bytes:
        if received.number >= 3:
            await asyncio.sleep(60)
        return await answer_picture(received)

    sample_scenario = scenario(below=load(50, 60))
    with serve(hang) as base:

        async def main() -> Run:
            run = build_run(base, sample_scenario)
            task = asyncio.create_task(run.measure())
            while run.tally.answered < 3 or not run._tasks:  # noqa: ASYNC110 reason: a tally has no event
                await asyncio.sleep(0.01)
            run.stop.set()
            await task
            return run

        run = asyncio.run(main())

    assert run.tally.answered == 3
    assert run.tally.abandoned > 0
    environment = Environment(is_interrupted=True)
    assert any(
        "abandoned" in each for each in list_warnings(sample_scenario, run.tally, environment)
    )


def test_answers_from_another_tier_than_expected_are_a_warning() -> None:
    sample_scenario = scenario('expect_tier = ["edge"]', load(20, 0.2))
    with serve() as base:
        tally = measure(base, sample_scenario)

    warnings = " ".join(list_warnings(sample_scenario, tally, Environment()))

    assert "NOT WHAT IT SAYS: the answers should be edge, and are 100% rendered." in warnings
