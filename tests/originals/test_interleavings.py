"""No stale answer outlives a change, in whatever order things happen and whoever dies.

A renderer, a viewer at the edge, and ingest of one or two changes with their late sweeps, each a
program of real code whose every call of a port is a step, and any step may be the last
(tests/support/interleaving.py, tests/support/world.py). See docs/consistency.md.
"""

import sys
from typing import Final

import pytest

from origin_lambda import log
from tests.support.actors import AIMED, GARBAGE, NOTHING, PLAIN
from tests.support.interleaving import explore, wander
from tests.support.world import Kitchen

ANYBODY: Final = ("ingest", "renderer")
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


@pytest.mark.parametrize("query", [PLAIN, AIMED])
@pytest.mark.parametrize("kept", [True, False])
@pytest.mark.parametrize("changes", TWICE[:5])
def test_nothing_stale_outlives_two_changes_in_a_row_whoever_dies(
    changes: tuple[str, ...], kept: bool, query: str
) -> None:
    explored = explore(Kitchen(changes, query, kept=kept, dying=ANYBODY))

    assert explored.ends > 1


@pytest.mark.parametrize("first, change", [("red", "green"), ("red", NOTHING), (GARBAGE, "green")])
def test_nothing_stale_outlives_a_change_to_what_the_catalog_lacks(first: str, change: str) -> None:
    explored = explore(Kitchen((change,), AIMED, first, listed=False, dying=ANYBODY))

    assert explored.ends > 1


@pytest.mark.parametrize("query", [PLAIN, AIMED])
@pytest.mark.parametrize("listed", [True, False])
@pytest.mark.parametrize("changes", TWICE)
def test_nothing_stale_outlives_two_changes_at_once_whoever_dies(
    changes: tuple[str, ...], listed: bool, query: str
) -> None:
    dying = ("ingest", "ingest", "renderer")

    wander(Kitchen(changes, query, listed=listed, overlapping=True, dying=dying), 1, 500)


@pytest.mark.thorough
@pytest.mark.parametrize("query", [PLAIN, AIMED])
@pytest.mark.parametrize("changes", TWICE)
def test_nothing_stale_outlives_two_changes_at_once(changes: tuple[str, ...], query: str) -> None:
    explored = explore(Kitchen(changes, query, overlapping=True))

    sys.stdout.write(f"{explored.states:,} states\n")
    assert explored.ends > 1


@pytest.mark.thorough
@pytest.mark.parametrize("change", ["green", NOTHING])
def test_nothing_stale_outlives_a_change_to_what_the_catalog_lacks_whoever_dies(
    change: str,
) -> None:
    explored = explore(Kitchen((change,), listed=False, dying=ANYBODY))

    sys.stdout.write(f"{explored.states:,} states\n")
    assert explored.ends > 1
