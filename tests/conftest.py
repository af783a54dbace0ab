"""What all tests share: how hard hypothesis looks, a cloud that is none, and `--write-golden`."""

import os
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

# Node's event loop can spin for minutes in io_uring, on a busy machine: Playwright's driver did.
os.environ.setdefault("UV_USE_IO_URING", "0")

settings.register_profile(
    "default",
    max_examples=60,
    # A slow machine is no defect of the code.
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile("thorough", parent=settings.get_profile("default"), max_examples=2000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--write-golden", action="store_true", help="write golden pictures that are missing"
    )


@pytest.fixture(scope="session")
def served_url() -> Iterator[str]:
    """Serve a cloud over HTTP, for all tests that need one that is not only boto3's."""
    from tests.contract.signed_server import serve_moto

    with serve_moto() as url:
        yield url


@pytest.fixture(autouse=True)
def dummy_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    """Set invalid credentials, so that a request that bypasses moto cannot reach an account."""
    for name in ("AWS_ENDPOINT_URL", "AWS_PROFILE", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
