"""Synthesises the stacks once for all tests, because that takes many seconds."""

import pytest

from tests.deploy.stacks import Stacks


@pytest.fixture(scope="session")
def stacks(tmp_path_factory: pytest.TempPathFactory) -> Stacks:
    return Stacks(tmp_path_factory.mktemp("stacks"))
