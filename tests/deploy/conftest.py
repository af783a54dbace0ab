"""One synthesis for all tests: it takes as long as a thousand of them."""

import pytest

from tests.deploy.stacks import Stacks


@pytest.fixture(scope="session")
def stacks(tmp_path_factory: pytest.TempPathFactory) -> Stacks:
    return Stacks(tmp_path_factory.mktemp("stacks"))
