"""Two results: a difference counts where it is certain, and not where it may be chance."""

import random

import pytest

from bench.latency.comparison import compare
from tests.latency.samples import result, run_result


def seconds(scale: float, seed: int, count: int = 30, each: int = 50) -> list[list[int]]:
    """Return latencies of some seconds, log-normal about *scale* milliseconds."""
    rng = random.Random(seed)
    return [
        [int(1000 * scale * rng.lognormvariate(0, 0.3)) for _ in range(each)] for _ in range(count)
    ]


def verdicts(before: list[list[int]], after: list[list[int]]) -> dict[float, str]:
    rows = compare(result(run_result("x", before)), result(run_result("x", after))).rows
    return {row.percent: row.inconclusive for row in rows}


def test_what_takes_twice_as_long_is_slower_by_about_that() -> None:
    found = compare(
        result(run_result("x", seconds(10, 1))), result(run_result("x", seconds(20, 2)))
    )

    assert [row.percent for row in found.slower(1.5)] == [50, 90, 99]
    assert all(row.low < row.ratio < row.high for row in found.rows)
    assert found.rows[0].ratio == pytest.approx(2, rel=0.1)
    assert found.slower(2.5) == []


def test_what_takes_half_as_long_is_told_apart_and_is_not_slower() -> None:
    found = compare(
        result(run_result("x", seconds(20, 1))), result(run_result("x", seconds(10, 2)))
    )

    assert all(not row.inconclusive and row.ratio < 1 for row in found.rows)
    assert found.slower(1.0) == []


@pytest.mark.parametrize("seed", range(3))
def test_the_same_twice_is_not_told_apart(seed: int) -> None:
    found = verdicts(seconds(10, 10 + seed), seconds(10, 20 + seed))

    assert all(found.values())


def test_a_result_is_not_told_apart_from_itself() -> None:
    same = result(run_result("x", seconds(10, 1)))

    assert {row.inconclusive for row in compare(same, same).rows} == {"not distinguishable"}


def test_seconds_that_differ_among_themselves_prove_less_than_their_answers() -> None:
    # One second of queueing moves all answers in it: 30 seconds are 30 observations, not 1,500.
    rng = random.Random(3)
    calm = [[1000 * rng.choice((10, 14))] * 50 for _ in range(30)]
    other = [[1000 * rng.choice((10, 14))] * 50 for _ in range(30)]

    assert all(verdicts(calm, other).values())


def test_a_certain_difference_below_the_floor_is_noise() -> None:
    before = [[100_000] * 50 for _ in range(30)]
    after = [[103_000] * 50 for _ in range(30)]

    assert set(verdicts(before, after).values()) == {"within noise"}
    rows = compare(result(run_result("x", before)), result(run_result("x", after)), noise=0.01).rows
    assert {row.inconclusive for row in rows} == {""}


def test_few_answers_say_nothing_of_their_tail() -> None:
    found = verdicts(seconds(10, 1, each=5), seconds(90, 2, each=5))

    assert found == {50: "", 90: "", 99: "too few answers"}


def test_few_seconds_say_nothing() -> None:
    found = verdicts(seconds(10, 1, count=4, each=1000), seconds(90, 2, count=4, each=1000))

    assert set(found.values()) == {"too short"}


def test_results_with_nothing_in_common_are_refused() -> None:
    with pytest.raises(ValueError, match="no scenario in common"):
        compare(result(run_result("x", [[1]])), result(run_result("y", [[1]])))


def test_a_scenario_of_only_one_result_is_a_warning() -> None:
    both = result(run_result("x", [[1]]), run_result("y", [[1]]))

    assert compare(both, result(run_result("x", [[1]]))).warnings == ("Only one of the two has y.",)


def test_answers_from_other_tiers_are_a_warning() -> None:
    before, after = run_result("x", seconds(10, 1)), run_result("x", seconds(10, 2))
    after.tiers["edge"] = after.tiers.pop("rendered")

    text = " ".join(compare(result(before), result(after)).warnings)

    assert "x: 0% of the first's answers are edge, 100% of the second's." in text


def test_a_serious_warning_of_either_is_repeated() -> None:
    doubtful = run_result(
        "x", [[1]], warnings=("THE GENERATOR COULD NOT KEEP UP: so.", "Small print.")
    )

    warnings = compare(result(run_result("x", [[1]])), result(doubtful)).warnings

    assert warnings == ("x, second: THE GENERATOR COULD NOT KEEP UP: so.",)


def test_a_run_with_a_serious_warning_proves_nothing() -> None:
    warning = "THE GENERATOR COULD NOT KEEP UP: so."
    doubtful = run_result("x", seconds(20, 2), warnings=(warning,))

    found = compare(result(run_result("x", seconds(10, 1))), result(doubtful))

    assert {row.inconclusive for row in found.rows} == {"a run has a serious warning"}
    assert found.slower(1.5) == []
