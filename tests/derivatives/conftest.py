"""Fixtures of the tests of derivatives."""

import pytest

from tests.support.origin_world import World, build_world


@pytest.fixture
def world() -> World:
    return build_world()
