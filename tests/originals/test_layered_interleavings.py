"""No derivative of two originals outlives a change of either, in whatever order things happen.

The second original is a watermark: a layer. Its record says who uses it, or is about to: what the origin asks ingest to record may arrive at any time.
"""

import sys
from collections.abc import Iterator
from typing import Final

import pytest

from origin_lambda import log
from origin_lambda.originals import purge, record
from tests.support import actors
from tests.support.actors import GARBAGE, NOTHING
from tests.support.interleaving import explore, random_walk
from tests.support.layered_world import LayeredChanges

DYING: Final = ("ingest", "renderer")
TWICE: Final = [
    ("green", "red"),
    ("green", "blue"),
    (NOTHING, "red"),
    (GARBAGE, "red"),
    ("green", "primary:blue"),
    ("primary:blue", "green"),
]
"""Changes of a layer, and of what it is laid over; the first ones are put back."""


@pytest.fixture(autouse=True)
def _silent(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(log, "write", len)
    _forget_programs()
    yield
    _forget_programs()


def _forget_programs() -> None:
    """What they do depends on the parameters that there are, and on limits that tests lower."""
    for program in (actors.renderer, actors.viewer, actors.requester, actors.delivery):
        program.cache_clear()


@pytest.mark.parametrize("tracked", [True, False])
@pytest.mark.parametrize("change", ["green", NOTHING, GARBAGE, "primary:green", "primary:nothing"])
def test_nothing_stale_outlives_a_change_whatever_dies(change: str, tracked: bool) -> None:
    explored = explore(LayeredChanges((change,), tracked=tracked, overlapping=True, dying=DYING))

    sys.stdout.write(f"{explored.states:,} states\n")
    assert explored.ends > 1


def test_no_refusal_of_a_layer_outlives_its_change_whatever_dies() -> None:
    explored = explore(
        LayeredChanges(
            ("green",), layer_first=GARBAGE, tracked=False, overlapping=True, dying=DYING
        )
    )

    sys.stdout.write(f"{explored.states:,} states\n")
    assert explored.ends > 1


@pytest.mark.parametrize("changes", TWICE)
def test_nothing_stale_outlives_two_changes_in_a_row_whatever_dies(
    changes: tuple[str, ...],
) -> None:
    explored = explore(LayeredChanges(changes, dying=DYING))

    sys.stdout.write(f"{explored.states:,} states\n")
    assert explored.ends > 1


@pytest.mark.parametrize("listed, tracked", [(True, True), (True, False), (False, False)])
@pytest.mark.parametrize("changes", TWICE)
def test_nothing_stale_outlives_two_changes_at_once_whatever_dies(
    changes: tuple[str, ...], listed: bool, tracked: bool
) -> None:
    dying = ("ingest", "ingest", "renderer")
    kitchen = LayeredChanges(
        changes, layer_listed=listed, tracked=tracked, overlapping=True, dying=dying
    )

    random_walk(kitchen, 1, 200)


@pytest.mark.parametrize("tracked", [True, False])
@pytest.mark.parametrize("change", ["green", NOTHING])
def test_nothing_stale_outlives_a_change_of_a_layer_that_is_used_widely(
    change: str, tracked: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(record, "MAX_DEPENDENTS", 0)
    monkeypatch.setattr(purge, "WALK_KEYS", 1)
    other_keys = ("ada.png/r=4", "zoe.png/r=4,w=9")

    explored = explore(
        LayeredChanges(
            (change,), tracked=tracked, other_keys=other_keys, overlapping=True, dying=DYING
        )
    )

    sys.stdout.write(f"{explored.states:,} states\n")
    assert explored.ends > 1


@pytest.mark.thorough
@pytest.mark.parametrize("changes", TWICE)
def test_nothing_stale_outlives_two_changes_of_a_layer_whose_use_is_being_recorded(
    changes: tuple[str, ...],
) -> None:
    explored = explore(LayeredChanges(changes, tracked=False, dying=DYING))

    sys.stdout.write(f"{explored.states:,} states\n")
    assert explored.ends > 1


@pytest.mark.thorough
@pytest.mark.parametrize("change", ["green", NOTHING, GARBAGE])
def test_nothing_stale_outlives_a_change_of_a_layer_that_the_catalog_lacks(change: str) -> None:
    explored = explore(
        LayeredChanges((change,), layer_listed=False, tracked=False, overlapping=True, dying=DYING)
    )

    sys.stdout.write(f"{explored.states:,} states\n")
    assert explored.ends > 1
