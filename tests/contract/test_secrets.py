"""Secrets without boto3."""

import boto3
import pytest

from origin_lambda.adapters.slim.secrets import secret
from origin_lambda.errors import Failure, StoreFailed, Unavailable
from tests.contract.clouds import ANSWERS, IMPATIENT, at, failing, refusing, unreachable_cloud
from tests.contract.served import emptied
from tests.contract.wire import says, wired

ARN = "arn:aws:secretsmanager:us-east-1:123456789012:secret:keys"


def adopt(environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    for name, text in environment.items():
        monkeypatch.setenv(name, text)


def test_a_secret_is_read_as_it_was_written(
    served_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    adopt(emptied(served_url), monkeypatch)
    text = '{"2026": "caf\u00e9 \U0001f408"}'
    made = boto3.client("secretsmanager").create_secret(Name="keys", SecretString=text)

    assert secret(made["ARN"]) == text


def test_a_secret_that_is_not_there_is_a_failure(
    served_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    adopt(emptied(served_url), monkeypatch)

    with failing(StoreFailed):
        secret(ARN)


@pytest.mark.parametrize("code, status, failure", ANSWERS)
def test_an_error_of_secrets_manager_is_a_failure_of_ours(
    monkeypatch: pytest.MonkeyPatch, code: str, status: int, failure: type[Failure]
) -> None:
    with refusing(code, status, in_xml=False) as environment, failing(failure):
        adopt(environment, monkeypatch)
        secret(ARN, IMPATIENT)


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"SecretBinary": "aGk="}'])
def test_a_secret_without_a_text_is_a_failure(monkeypatch: pytest.MonkeyPatch, body: bytes) -> None:
    with wired(says(200, body)) as wire, failing(StoreFailed):
        adopt(at(wire.url), monkeypatch)
        secret(ARN, IMPATIENT)


def test_secrets_that_cannot_be_reached_are_unavailable(monkeypatch: pytest.MonkeyPatch) -> None:
    with unreachable_cloud() as environment, failing(Unavailable):
        adopt(environment, monkeypatch)
        secret(ARN, IMPATIENT)
