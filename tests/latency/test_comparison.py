"""Comparison of two results: a difference counts only if it cannot be chance."""

import random

import pytest

from bench.latency.comparison import compare
from tests.latency.samples import result, run_result


def random_series(scale: float, seed: int, count: int = 30, each: int = 50) -> list[list[int]]:
    """Return log-normal latencies around *scale* milliseconds, one list for each second."""
    rng = random.Random(seed)
    return [
        [int(1000 * scale * rng.lognormvariate(0, 0.3)) for _ in range(each)] for _ in range(count)
    ]


def compare_series(before: list[list[int]], after: list[list[int]]) -> dict[float, str]:
    rows = compare(result(run_result("x", before)), result(run_result("x", after))).rows
    return {row.percent: row.inconclusive for row in rows}


def test_twice_the_latency_is_about_twice_as_slow() -> None:
    comparison = compare(
        result(run_result("x", random_series(10, 1))), result(run_result("x", random_series(20, 2)))
    )

    assert [row.percent for row in comparison.slower(1.5)] == [50, 90, 99]
    assert all(row.low < row.ratio < row.high for row in comparison.rows)
    assert comparison.rows[0].ratio == pytest.approx(2, rel=0.1)
    assert comparison.slower(2.5) == []


def test_half_the_latency_is_a_clear_difference_and_not_slower() -> None:
    comparison = compare(
        result(run_result("x", random_series(20, 1))), result(run_result("x", random_series(10, 2)))
    )

    assert all(not row.inconclusive and row.ratio < 1 for row in comparison.rows)
    assert comparison.slower(1.0) == []


@pytest.mark.parametrize("seed", range(3))
def test_equal_distributions_are_not_distinguishable(seed: int) -> None:
    comparison = compare_series(random_series(10, 10 + seed), random_series(10, 20 + seed))

    assert all(comparison.values())


def test_a_result_is_not_distinguishable_from_itself() -> None:
    same = result(run_result("x", random_series(10, 1)))

    assert {row.inconclusive for row in compare(same, same).rows} == {"not distinguishable"}


def test_each_second_counts_as_one_observation() -> None:
    # A queue delays all answers of a second: 30 seconds are 30 observations, not 1,500.
    rng = random.Random(3)
    calm = [[1000 * rng.choice((10, 14))] * 50 for _ in range(30)]
    other = [[1000 * rng.choice((10, 14))] * 50 for _ in range(30)]

    assert all(compare_series(calm, other).values())


def test_a_certain_difference_below_the_floor_is_noise() -> None:
    before = [[100_000] * 50 for _ in range(30)]
    after = [[103_000] * 50 for _ in range(30)]

    assert set(compare_series(before, after).values()) == {"within noise"}
    rows = compare(result(run_result("x", before)), result(run_result("x", after)), noise=0.01).rows
    assert {row.inconclusive for row in rows} == {""}


def test_few_answers_do_not_prove_a_difference_of_the_tail() -> None:
    comparison = compare_series(random_series(10, 1, each=5), random_series(90, 2, each=5))

    assert comparison == {50: "", 90: "", 99: "too few answers"}


def test_a_short_run_does_not_prove_a_difference() -> None:
    comparison = compare_series(
        random_series(10, 1, count=4, each=1000), random_series(90, 2, count=4, each=1000)
    )

    assert set(comparison.values()) == {"too short"}


def test_results_with_nothing_in_common_are_refused() -> None:
    with pytest.raises(ValueError, match="no scenario in common"):
        compare(result(run_result("x", [[1]])), result(run_result("y", [[1]])))


def test_a_scenario_of_only_one_result_is_a_warning() -> None:
    both = result(run_result("x", [[1]]), run_result("y", [[1]]))

    assert compare(both, result(run_result("x", [[1]]))).warnings == ("Only one of the two has y.",)


def test_answers_from_other_tiers_are_a_warning() -> None:
    before, after = run_result("x", random_series(10, 1)), run_result("x", random_series(10, 2))
    after.tiers["edge"] = after.tiers.pop("rendered")

    text = " ".join(compare(result(before), result(after)).warnings)

    assert "x: 0% of the first's answers are edge, 100% of the second's." in text


def test_serious_warnings_of_both_runs_are_repeated() -> None:
    doubtful = run_result(
        "x", [[1]], warnings=("THE GENERATOR COULD NOT KEEP UP: so.", "Small print.")
    )

    warnings = compare(result(run_result("x", [[1]])), result(doubtful)).warnings

    assert warnings == ("x, second: THE GENERATOR COULD NOT KEEP UP: so.",)


def test_a_run_with_a_serious_warning_proves_nothing() -> None:
    warning = "THE GENERATOR COULD NOT KEEP UP: so."
    doubtful = run_result("x", random_series(20, 2), warnings=(warning,))

    comparison = compare(result(run_result("x", random_series(10, 1))), result(doubtful))

    assert {row.inconclusive for row in comparison.rows} == {"a run has a serious warning"}
    assert comparison.slower(1.5) == []
