"""Sources of credentials, their renewal, and hosts that never get the token."""

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from botocore.utils import ContainerMetadataFetcher

from origin_lambda.adapters.slim.credentials import (
    ECS_AGENT,
    RETRY_POLICY,
    CredentialProvider,
    is_trusted,
)
from origin_lambda.errors import Unavailable
from tests.contract.aws import expect_failure
from tests.contract.scripted_server import ScriptedServer, reply, serve_script

FULL = "AWS_CONTAINER_CREDENTIALS_FULL_URI"
RELATIVE = "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"
TOKEN = "AWS_CONTAINER_AUTHORIZATION_TOKEN"
TOKEN_FILE = "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"


NO_PAUSE = RETRY_POLICY._replace(pause=0)


def credentials_document(key_id: str, seconds: float, **changed: Any) -> bytes:
    expires = datetime.fromtimestamp(time.time() + seconds, UTC)
    document = {
        "AccessKeyId": key_id,
        "SecretAccessKey": "secret",
        "Token": "session",
        "Expiration": expires.isoformat(timespec="seconds").replace("+00:00", "Z"),
    }
    return json.dumps(document | changed).encode()


@pytest.fixture
def agent() -> Iterator[ScriptedServer]:
    """Serve credentials: first ones that last an hour, then others."""
    with serve_script(
        reply(200, credentials_document("first", 3600)),
        reply(200, credentials_document("other", 3600)),
    ) as wire:
        yield wire


def environment_of(wire: ScriptedServer, **more: str) -> dict[str, str]:
    return {FULL: f"{wire.url}/role?x=1", TOKEN: "an-agents-token", **more}


def test_changed_keys_in_the_environment_are_used() -> None:
    environment = {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b"}
    provider = CredentialProvider(environment)
    before = provider.credentials()
    environment |= {"AWS_ACCESS_KEY_ID": "c", "AWS_SESSION_TOKEN": "d"}

    after = provider.credentials()

    assert (before.key_id, before.secret, before.token) == ("a", "b", "")
    assert (after.key_id, after.secret, after.token) == ("c", "b", "d")


def test_without_keys_the_container_server_is_asked_once(agent: ScriptedServer) -> None:
    provider = CredentialProvider(environment_of(agent))

    results = [provider.credentials() for _ in range(3)]

    assert [each.key_id for each in results] == ["first"] * 3
    assert (results[0].secret, results[0].token) == ("secret", "session")
    assert results[0].expires == pytest.approx(time.time() + 3600, abs=5)
    (received,) = agent.received
    assert received[1:3] == ("GET", "/role?x=1")
    assert received.headers["authorization"] == "an-agents-token"
    assert received.headers["host"] == agent.url.removeprefix("http://")


def test_keys_in_the_environment_take_precedence(agent: ScriptedServer) -> None:
    keys = {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b"}

    assert CredentialProvider(environment_of(agent, **keys)).credentials().key_id == "a"
    assert not agent.received


def test_a_token_from_a_file_takes_precedence(agent: ScriptedServer, tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("a-newer-token\n")

    CredentialProvider(environment_of(agent, **{TOKEN_FILE: str(file)})).credentials()

    assert agent.received[0].headers["authorization"] == "a-newer-token"


def test_a_token_is_optional(agent: ScriptedServer) -> None:
    CredentialProvider({FULL: agent.url}).credentials()

    assert "authorization" not in agent.received[0].headers
    assert agent.received[0].target == "/"


def test_a_relative_uri_belongs_to_the_ecs_agent(agent: ScriptedServer) -> None:
    CredentialProvider({RELATIVE: "/v2/role"}, agent=agent.url).credentials()

    assert agent.received[0].target == "/v2/role"
    assert is_trusted(ECS_AGENT)


@pytest.mark.parametrize("left, renewed", [(3600, False), (660, False), (540, True), (-1, True)])
def test_credentials_are_renewed_before_they_expire(left: float, *, renewed: bool) -> None:
    with serve_script(
        reply(200, credentials_document("first", left)),
        reply(200, credentials_document("other", 3600)),
    ) as wire:
        provider = CredentialProvider(environment_of(wire), NO_PAUSE)
        provider.credentials()

        assert provider.credentials().key_id == ("other" if renewed else "first")


def test_credentials_that_cannot_be_renewed_are_used_until_they_expire(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with serve_script(reply(200, credentials_document("first", 300)), reply(500)) as wire:
        provider = CredentialProvider(environment_of(wire), NO_PAUSE)
        provider.credentials()

        assert provider.credentials().key_id == "first"
        later = time.time() + 301
        monkeypatch.setattr("time.time", lambda: later)
        with expect_failure(Unavailable):
            provider.credentials()


def test_a_request_to_a_busy_server_is_retried() -> None:
    with serve_script(reply(503), reply(200, credentials_document("first", 3600))) as wire:
        assert CredentialProvider(environment_of(wire), NO_PAUSE).credentials().key_id == "first"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"null",
        b"{}",
        credentials_document("a", 1, Expiration=None),
        credentials_document("a", 1, Expiration="soon"),
    ],
)
def test_an_answer_without_credentials_is_a_failure(body: bytes) -> None:
    with serve_script(reply(200, body)) as wire, expect_failure(Unavailable):
        CredentialProvider(environment_of(wire), NO_PAUSE).credentials()


def test_a_server_that_refuses_is_a_failure() -> None:
    with serve_script(reply(403, b"secret details")) as wire, expect_failure(Unavailable):
        CredentialProvider(environment_of(wire), NO_PAUSE).credentials()


@pytest.mark.parametrize("environment", [{}, {"AWS_ACCESS_KEY_ID": "a"}, {"AWS_SECRET_ACCESS_KEY": "b"}])  # fmt: skip
def test_an_environment_without_credentials_is_a_failure(environment: dict[str, str]) -> None:
    with expect_failure(Unavailable):
        CredentialProvider(environment).credentials()


@pytest.mark.parametrize("token", ["one\ntwo", "caf\u00e9"])
def test_a_token_that_is_not_valid_in_a_header_is_not_sent(
    agent: ScriptedServer, token: str, tmp_path: Path
) -> None:
    file = tmp_path / "token"
    file.write_text(token)

    for given in ({TOKEN: token}, {TOKEN_FILE: str(file)}, {TOKEN_FILE: str(tmp_path / "none")}):
        with expect_failure(Unavailable):
            CredentialProvider(environment_of(agent) | given).credentials()

    assert not agent.received


URLS = [
    "https://agent.example/role",
    "http://localhost:8080/role",
    "http://127.0.0.1/role",
    "http://127.9.9.9/role",
    "http://[::1]:80/role",
    "http://169.254.170.2/role",
    "http://169.254.170.23/role",
    "http://[fd00:ec2::23]/role",
    "http://169.254.169.254/role",
    "http://agent.example/role",
    "http://10.0.0.1/role",
    "http://localhost.example/role",
    "http://[::2]/role",
    "http://127.0.0.1.example/role",
    "http://localhost@agent.example/role",
]


@pytest.mark.parametrize("url", URLS)
def test_the_same_hosts_get_a_token_as_in_botocore(url: str) -> None:
    try:
        ContainerMetadataFetcher()._validate_allowed_url(url)
    except ValueError:
        trusted = False
    else:
        trusted = True

    assert is_trusted(url) is trusted


@pytest.mark.parametrize("url", ["ftp://localhost/role", "localhost/role", "https:///role"])
def test_an_invalid_url_gets_no_token(url: str) -> None:
    assert not is_trusted(url)
    with expect_failure(Unavailable):
        CredentialProvider({FULL: url}).credentials()
