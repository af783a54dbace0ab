"""Reading secrets without boto3."""

import boto3
import pytest

from origin_lambda.adapters.slim.secrets import secret
from origin_lambda.errors import Failure, StoreFailed, Unavailable
from tests.contract.aws import (
    ERRORS,
    SHORT_RETRY_POLICY,
    environment_for,
    expect_failure,
    serve_errors,
    unreachable_environment,
)
from tests.contract.scripted_server import reply, serve_script
from tests.contract.signed_server import reset_moto

ARN = "arn:aws:secretsmanager:us-east-1:123456789012:secret:keys"


def set_environment(environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    for name, text in environment.items():
        monkeypatch.setenv(name, text)


def test_a_secret_is_read_as_it_was_written(
    served_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_environment(reset_moto(served_url), monkeypatch)
    text = '{"2026": "caf\u00e9 \U0001f408"}'
    created = boto3.client("secretsmanager").create_secret(Name="keys", SecretString=text)

    assert secret(created["ARN"]) == text


def test_a_missing_secret_is_a_failure(served_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    set_environment(reset_moto(served_url), monkeypatch)

    with expect_failure(StoreFailed):
        secret(ARN)


@pytest.mark.parametrize("code, status, failure", ERRORS)
def test_an_error_of_secrets_manager_is_translated_to_a_failure(
    monkeypatch: pytest.MonkeyPatch, code: str, status: int, failure: type[Failure]
) -> None:
    with serve_errors(code, status, in_xml=False) as environment, expect_failure(failure):
        set_environment(environment, monkeypatch)
        secret(ARN, SHORT_RETRY_POLICY)


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"SecretBinary": "aGk="}'])
def test_a_secret_without_a_text_is_a_failure(monkeypatch: pytest.MonkeyPatch, body: bytes) -> None:
    with serve_script(reply(200, body)) as wire, expect_failure(StoreFailed):
        set_environment(environment_for(wire.url), monkeypatch)
        secret(ARN, SHORT_RETRY_POLICY)


def test_secrets_that_cannot_be_reached_are_unavailable(monkeypatch: pytest.MonkeyPatch) -> None:
    with unreachable_environment() as environment, expect_failure(Unavailable):
        set_environment(environment, monkeypatch)
        secret(ARN, SHORT_RETRY_POLICY)
