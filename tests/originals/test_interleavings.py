"""No stale answer outlives a change, in any order of steps, whatever dies.

A renderer, a viewer at the edge, and ingest of one or two changes with their late sweeps, each a
program of real code whose every call of a port is a step, and any step may be the last
(tests/support/interleaving.py, tests/support/world.py). See docs/consistency.md.
"""

import sys
from typing import Final

import pytest

from origin_lambda import log
from tests.support.actors import DENSE, FOCAL_POINT, FROM_MIP, GARBAGE, NOTHING, PLAIN
from tests.support.interleaving import explore, random_walk
from tests.support.world import Changes

ANY_DEATH: Final = ("ingest", "renderer")
TWICE: Final = [
    ("green", "blue"),
    ("green", NOTHING),
    (NOTHING, "green"),
    ("green", "red"),
    (GARBAGE, "green"),
    (NOTHING, "red"),
    (GARBAGE, "red"),
]


@pytest.fixture(autouse=True)
def _silent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log, "write", len)


@pytest.mark.parametrize("query", [PLAIN, FOCAL_POINT])
@pytest.mark.parametrize("kept", [True, False])
@pytest.mark.parametrize("changes", TWICE[:5])
def test_nothing_stale_outlives_two_changes_in_a_row_whatever_dies(
    changes: tuple[str, ...], kept: bool, query: str
) -> None:
    explored = explore(Changes(changes, query, kept=kept, dying=ANY_DEATH))

    assert explored.ends > 1


@pytest.mark.parametrize("changes", [("green", NOTHING)])
def test_nothing_stale_outlives_two_changes_if_a_derivative_is_stored_before_its_answer(
    changes: tuple[str, ...],
) -> None:
    explored = explore(Changes(changes, dying=ANY_DEATH, answers_first=False))

    assert explored.ends > 1


@pytest.mark.parametrize("first, change", [("red", "green"), ("red", NOTHING), (GARBAGE, "green")])
def test_nothing_stale_outlives_a_change_to_what_the_catalog_lacks(first: str, change: str) -> None:
    explored = explore(Changes((change,), FOCAL_POINT, first, listed=False, dying=ANY_DEATH))

    assert explored.ends > 1


@pytest.mark.parametrize("query", [FROM_MIP, FOCAL_POINT])
def test_nothing_stale_outlives_a_change_of_an_original_with_mips(query: str) -> None:
    explored = explore(Changes(("black",), query, "white", dying=ANY_DEATH))

    assert explored.ends > 1


@pytest.mark.parametrize("changes", [("black", "white"), ("black", "red"), ("red", "black")])
def test_nothing_stale_outlives_two_changes_at_once_of_an_original_with_mips(
    changes: tuple[str, ...],
) -> None:
    dying = ("ingest", "ingest", "renderer")

    random_walk(Changes(changes, FROM_MIP, "white", overlapping=True, dying=dying), 1, 300)


def test_nothing_stale_outlives_a_change_while_a_derivative_is_refined() -> None:
    dying = ("renderer", "refiner")

    explored = explore(Changes(("green",), DENSE, kept=True, dying=dying, refines=True))

    assert explored.ends > 1


@pytest.mark.parametrize("changes", [("green", "red"), ("green", "blue")])
def test_nothing_stale_outlives_two_changes_at_once_while_a_derivative_is_refined(
    changes: tuple[str, ...],
) -> None:
    dying = ("ingest", "ingest", "renderer", "refiner")

    world = Changes(changes, DENSE, kept=True, overlapping=True, dying=dying, refines=True)

    random_walk(world, 1, 300)


@pytest.mark.thorough
@pytest.mark.parametrize("change", ["green", NOTHING])
def test_nothing_stale_outlives_a_change_while_a_derivative_is_refined_whatever_dies(
    change: str,
) -> None:
    dying = (*ANY_DEATH, "refiner")

    explored = explore(Changes((change,), DENSE, kept=True, dying=dying, refines=True))

    sys.stdout.write(f"{explored.states:,} states\n")
    assert explored.ends > 1


@pytest.mark.parametrize("query", [PLAIN, FOCAL_POINT])
@pytest.mark.parametrize("listed", [True, False])
@pytest.mark.parametrize("changes", TWICE)
def test_nothing_stale_outlives_two_changes_at_once_whatever_dies(
    changes: tuple[str, ...], listed: bool, query: str
) -> None:
    dying = ("ingest", "ingest", "renderer")

    random_walk(Changes(changes, query, listed=listed, overlapping=True, dying=dying), 1, 500)


@pytest.mark.thorough
@pytest.mark.parametrize("query", [PLAIN, FOCAL_POINT])
@pytest.mark.parametrize("changes", TWICE)
def test_nothing_stale_outlives_two_changes_at_once(changes: tuple[str, ...], query: str) -> None:
    explored = explore(Changes(changes, query, overlapping=True))

    sys.stdout.write(f"{explored.states:,} states\n")
    assert explored.ends > 1


@pytest.mark.thorough
@pytest.mark.parametrize("change", ["green", NOTHING])
def test_nothing_stale_outlives_a_change_to_what_the_catalog_lacks_whatever_dies(
    change: str,
) -> None:
    explored = explore(Changes((change,), listed=False, dying=ANY_DEATH))

    sys.stdout.write(f"{explored.states:,} states\n")
    assert explored.ends > 1
