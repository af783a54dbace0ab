"""Fixtures of the tests of ingest."""

import pytest

from tests.support.ingest_world import World, lines

__all__ = ["lines"]
from tests.support.originals import draw


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def photo(world: World) -> World:
    """Return a world with an ingested original, and derivatives of it."""
    world.ingest_original(draw("jpeg"), "0A")
    for query in ("w=30", "w=30&fm=webp", ""):
        assert world.ask(query).status == 200
    assert len(world.derivative_keys) == 3
    world.now += 100
    return world
