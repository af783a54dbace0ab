"""The function that updates edge keys, with a store that is as strict as CloudFront's."""

import itertools
import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from hypothesis import given
from hypothesis import strategies as st
from moto import mock_aws

from edge.build import build_key_values
from infra.aws.constructs import edge_keys
from infra.aws.constructs.edge_keys import add_secrets, handle, plan_updates
from infra.aws.constructs.edge_secrets import list_public_entries
from origin_lambda.url.admission import Policy
from tests.deploy.stacks import ALL

ARN = "arn:aws:cloudfront::123456789012:key-value-store/0f0e"
ENTRIES = dict(list_public_entries(ALL["production"]))


@dataclass
class Store:
    """The calls of boto3's client that the function makes, with CloudFront's limits."""

    entries: dict[str, str] = field(default_factory=dict)
    tags: Iterator[int] = field(default_factory=itertools.count)
    tag: str = "first"
    versions: list[dict[str, str]] = field(default_factory=list)
    while_listing: Callable[[], None] = lambda: None

    def get_paginator(self, operation: str) -> "Store":
        assert operation == "list_keys"
        return self

    def paginate(self, KvsARN: str) -> Iterator[dict[str, Any]]:  # noqa: N803 reason: boto3's own
        assert KvsARN == ARN
        items = [{"Key": name, "Value": text} for name, text in self.entries.items()]
        self.while_listing()
        yield {"Items": items[:40]}
        yield {"Items": items[40:]} if items[40:] else {}

    def describe_key_value_store(self, KvsARN: str) -> dict[str, str]:  # noqa: N803 reason: as above
        assert KvsARN == ARN
        return {"ETag": self.tag}

    def update_keys(self, **request: Any) -> dict[str, str]:
        if request["IfMatch"] != self.tag:
            raise ClientError({"Error": {"Code": "ConflictException"}}, "UpdateKeys")
        assert 0 < len(request["Puts"]) + len(request["Deletes"]) <= 50
        for each in request["Deletes"]:
            del self.entries[each["Key"]]
        self.entries |= {each["Key"]: each["Value"] for each in request["Puts"]}
        assert all(len(text.encode()) <= 1024 for text in self.entries.values())
        self.tag = str(next(self.tags))
        self.versions.append(dict(self.entries))
        return {"ETag": self.tag}


@dataclass
class Cloud:
    """A store, the secrets, and a server that receives answers for CloudFormation."""

    store: Store
    secrets: Any
    keys: str
    answers: list[dict[str, Any]]
    url: str

    def deploy(self, entries: dict[str, str], kind: str = "Create") -> dict[str, Any]:
        event = {
            "RequestType": kind,
            "ResponseURL": self.url,
            "StackId": "stack",
            "RequestId": "request",
            "LogicalResourceId": "Entries",
            "ResourceProperties": {"Entries": json.dumps(entries)},
        }
        assert handle(event, None) == {}
        return self.answers[-1]


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> Iterator[Cloud]:
    answers: list[dict[str, Any]] = []

    class CloudFormation(BaseHTTPRequestHandler):
        def do_PUT(self) -> None:
            answers.append(json.loads(self.rfile.read(int(self.headers["content-length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *arguments: Any) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), CloudFormation)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with mock_aws():
        real, store = boto3.client, Store()
        secrets = real("secretsmanager")
        keys = secrets.create_secret(Name="keys", SecretString='{"2025": "old", "2026": "new"}')[
            "ARN"
        ]
        monkeypatch.setenv("STORE_ARN", ARN)
        monkeypatch.setenv("SIGNING_KEYS", keys)
        monkeypatch.delenv("IMGIX_TOKEN", raising=False)
        monkeypatch.setattr(
            boto3, "client", lambda name: store if "keyvaluestore" in name else real(name)
        )
        yield Cloud(store, secrets, keys, answers, f"http://127.0.0.1:{server.server_port}/")
    server.shutdown()
    server.server_close()


def test_a_deployment_writes_the_entries_that_the_edge_expects(cloud: Cloud) -> None:
    answer = cloud.deploy(ENTRIES)

    policy = Policy(keys={"2025": "old", "2026": "new"}, require_signature=True)
    assert answer["Status"] == "SUCCESS"
    assert cloud.store.entries == build_key_values(policy)


def test_nothing_is_written_if_nothing_changes(cloud: Cloud) -> None:
    cloud.deploy(ENTRIES)
    count = len(cloud.store.versions)

    assert cloud.deploy(ENTRIES, "Update")["Status"] == "SUCCESS"
    assert len(cloud.store.versions) == count


def test_old_entries_are_deleted_last(cloud: Cloud) -> None:
    cloud.deploy(ENTRIES | {"preset:old": "w=1", "policy": '{"save_data":true}'})
    cloud.deploy(ENTRIES, "Update")

    before, after = cloud.store.versions[-2:]
    assert json.loads(before["policy"])["require_signature"] is True
    assert "preset:old" in before
    assert "preset:old" not in after


def test_the_policy_is_written_after_the_entries_that_it_refers_to(cloud: Cloud) -> None:
    cloud.deploy(ENTRIES)

    *earlier, last = cloud.store.versions
    assert not any("policy" in entries for entries in earlier)
    assert last.keys() == cloud.store.entries.keys()


def test_an_invocation_by_hand_updates_only_the_secrets(cloud: Cloud) -> None:
    cloud.deploy(ENTRIES)
    cloud.secrets.put_secret_value(SecretId=cloud.keys, SecretString='{"2026": "new", "2027": "x"}')

    assert handle({}, None) == {"changed": 2}
    names = {name for name in cloud.store.entries if name.startswith("key:")}
    assert names == {"key:2026", "key:2027"}
    assert cloud.store.entries.keys() - names == ENTRIES.keys()


def test_a_concurrent_change_of_the_store_is_not_overwritten(cloud: Cloud) -> None:
    cloud.deploy(ENTRIES)
    cloud.secrets.put_secret_value(SecretId=cloud.keys, SecretString='{"2027": "x"}')

    def write_concurrently() -> None:
        cloud.store.entries["key:2028"] = "y"
        cloud.store.tag = "another"

    cloud.store.while_listing = write_concurrently

    with pytest.raises(ClientError, match="ConflictException"):
        handle({}, None)
    assert cloud.store.entries["key:2028"] == "y"
    assert "key:2027" not in cloud.store.entries


def test_the_imgix_token_is_read_from_its_own_secret(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = cloud.secrets.create_secret(Name="imgix", SecretString="a token")["ARN"]
    monkeypatch.setenv("IMGIX_TOKEN", token)
    cloud.deploy(ENTRIES)
    assert json.loads(cloud.store.entries["policy"])["imgix_token"] == "a token"

    monkeypatch.delenv("IMGIX_TOKEN")
    cloud.deploy(ENTRIES, "Update")
    assert "imgix_token" not in json.loads(cloud.store.entries["policy"])


def test_deleting_the_stack_does_not_change_the_store(cloud: Cloud) -> None:
    cloud.deploy(ENTRIES)
    before = dict(cloud.store.entries)

    assert cloud.deploy({}, "Delete")["Status"] == "SUCCESS"
    assert cloud.store.entries == before


@pytest.mark.parametrize("text", ['["2026"]', '{"2026": 1}', "a secret"])
def test_an_invalid_secret_fails_the_deployment_and_is_not_printed(
    cloud: Cloud, text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    cloud.secrets.put_secret_value(SecretId=cloud.keys, SecretString=text)

    answer = cloud.deploy(ENTRIES)

    assert answer["Status"] == "FAILED"
    assert answer["Reason"].endswith("see the log of this function")
    assert text not in capsys.readouterr().out + json.dumps(answer)
    assert cloud.store.entries == {}


@given(
    st.dictionaries(st.text(max_size=3), st.text(max_size=2), max_size=120),
    st.dictionaries(st.text(max_size=3), st.text(max_size=2), max_size=120),
)
def test_updates_turn_any_store_into_the_wanted_one(
    current: dict[str, str], wanted: dict[str, str]
) -> None:
    wanted |= {"policy": "{}"}
    entries = dict(current)
    for puts, deletes in plan_updates(current, wanted):
        assert 0 < len(puts) + len(deletes) <= 50
        entries |= puts
        for name in deletes:
            del entries[name]

    assert entries == wanted


def test_secrets_are_added_to_the_public_entries() -> None:
    stage = ALL["adopted"]
    keys = {"2026": "a secret"}
    public = {
        "policy": json.dumps(
            {"imgix_token": "old"} | json.loads(list_public_entries(stage)["policy"])
        )
    }

    assert "imgix_token" not in json.loads(add_secrets(public, keys, None)["policy"])
    assert edge_keys.SECRET_ENTRY + "2026" in add_secrets(public, keys, "token")
