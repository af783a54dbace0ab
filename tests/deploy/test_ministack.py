"""The stage `local`, deployed by the real commands to an emulator on loopback.

The tests depend on each other, in the order of the file: deploy, use, update, roll back, destroy.
"""

import io
import json
import os
import re
import socket
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import boto3
import pytest
import urllib3
from PIL import Image

from edge.build import build_key_values
from infra.aws.app import stack_name
from infra.aws.commands import deploy
from infra.aws.constructs import edge_keys
from infra.aws.constructs.edge_secrets import list_public_entries
from infra.aws.outputs import Outputs
from infra.aws.smoke.client import Client
from origin_lambda.url.admission import Policy
from tests.deploy.emulator import ACCOUNT, run, run_emulator
from tests.deploy.inventory import find_existing, list_resources
from tests.deploy.stacks import ALL, REPOSITORY

OUTPUTS = REPOSITORY / "build" / "local.json"
KEY = "cats/tom.png"
TIMEOUT = 60.0


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    with run_emulator(tmp_path_factory.mktemp("ministack")) as settings:
        yield settings


@pytest.fixture(autouse=True)
def cloud(environment: dict[str, str], dummy_credentials: None) -> Iterator[None]:  # noqa: ARG001 reason: it must run first
    with mock.patch.dict(os.environ, environment):
        yield


@pytest.fixture(scope="module")
def printed(environment: dict[str, str]) -> str:
    """Deploy the stage, which runs the smoke test; return what the command prints."""
    result = run(
        *(sys.executable, "-m", "infra.aws.commands.deploy", "local", "--approve", "never"),
        environment=environment,
    )
    assert result.returncode == 0, result.stdout[-3000:] + result.stderr[-3000:]
    return result.stdout


@pytest.fixture
def outputs(printed: str) -> Outputs:  # noqa: ARG001 reason: it writes them
    return Outputs.read(OUTPUTS)


@pytest.fixture
def client(outputs: Outputs) -> Client:
    return Client(outputs, outputs.url, print)


def wait_for(look_up: Callable[[], Any]) -> Any:
    until = time.monotonic() + TIMEOUT
    while not (found := look_up()):
        assert time.monotonic() < until, "it did not happen in time"
        time.sleep(0.5)
    return found


def put_original(outputs: Outputs, key: str, colour: str) -> None:
    buffer = io.BytesIO()
    Image.new("RGB", (300, 200), colour).save(buffer, "PNG")
    boto3.client("s3").put_object(Bucket=outputs.originals, Key=key, Body=buffer.getvalue())


def read_record(outputs: Outputs, key: str) -> Any:
    answer = boto3.client("dynamodb").get_item(
        TableName=outputs.catalog, Key={"key": {"S": key}}, ConsistentRead=True
    )
    return answer.get("Item", {})


def get(client: Client, path: str, *, signed: bool = True) -> urllib3.BaseHTTPResponse:
    url = client.url.rstrip("/") + path
    return client.request("GET", url, headers=client.sign_request(url) if signed else {})


def size(answer: urllib3.BaseHTTPResponse) -> tuple[int, int]:
    assert answer.status == 200, answer.data
    return Image.open(io.BytesIO(answer.data)).size


def read_live_settings(outputs: Outputs) -> Any:
    """Return the settings of the live version."""
    configuration = boto3.client("lambda").get_function_configuration(
        FunctionName=outputs.origin_function, Qualifier="live"
    )
    return configuration["Environment"]["Variables"]


def list_derivatives(outputs: Outputs, prefix: str) -> list[str]:
    listed = boto3.client("s3").list_objects_v2(Bucket=outputs.derivatives, Prefix=prefix)
    return [entry["Key"] for entry in listed.get("Contents", [])]


def test_a_deployment_bootstraps_deploys_and_passes_the_smoke_test(printed: str) -> None:
    assert "$ cdk bootstrap aws://123456789012/us-east-1" in printed
    assert printed.rstrip().endswith("smoke test passed")
    report = OUTPUTS.with_name("local-smoke.md").read_text(encoding="utf-8")
    results = dict(re.findall(r"^\| ([a-z ]+) \| [^|]+ \| ([a-z ]+) \|", report, re.MULTILINE))

    assert "on an emulator, so nothing here is proven about AWS" in report
    assert {name for name, result in results.items() if result == "proven"} >= {
        *("upload", "ingest", "derivative", "signature", "formats", "keys"),
        *("large answer", "alert", "replaced", "deleted"),
    }
    assert results["edge function"] == "not asked"


def test_subscribers_are_notified_of_a_new_original(outputs: Outputs) -> None:
    sqs = boto3.client("sqs")
    queue = sqs.create_queue(QueueName="subscriber")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])
    boto3.client("sns").subscribe(
        TopicArn=outputs.alerts,
        Protocol="sqs",
        Endpoint=arn["Attributes"]["QueueArn"],
        Attributes={
            "RawMessageDelivery": "true",
            "FilterPolicy": json.dumps({"event": ["created"], "prefix": ["cats/"]}),
        },
    )
    put_original(outputs, KEY, "teal")

    (received,) = wait_for(lambda: sqs.receive_message(QueueUrl=queue).get("Messages"))
    message = json.loads(received["Body"])
    assert (message["event"], message["key"], message["type"]) == ("created", KEY, "png")
    assert read_record(outputs, KEY)["status"] == {"S": "ready"}


def test_the_functions_url_refuses_unsigned_requests(client: Client) -> None:
    assert get(client, f"/{KEY}?w=30", signed=False).status == 403


def test_the_functions_url_answers_signed_requests_and_stores_the_derivative(
    client: Client, outputs: Outputs
) -> None:
    answer = get(client, f"/{KEY}?w=30&fm=webp")

    assert (answer.status, answer.headers["content-type"]) == (200, "image/webp")
    assert Image.open(io.BytesIO(answer.data)).size == (30, 20)
    assert list_derivatives(outputs, f"{KEY}/") == [f"{KEY}/fm=webp,r=4,w=30"]


def test_the_origins_requests_reach_ingest(client: Client, outputs: Outputs) -> None:
    boto3.client("dynamodb").delete_item(TableName=outputs.catalog, Key={"key": {"S": KEY}})

    assert get(client, f"/{KEY}?w=31&fm=webp").status == 200
    wait_for(lambda: read_record(outputs, KEY).get("status") == {"S": "ready"})


def test_replacing_an_original_deletes_its_derivatives(client: Client, outputs: Outputs) -> None:
    get(client, f"/{KEY}?w=32&fm=webp")
    before = read_record(outputs, KEY)["version"]
    put_original(outputs, KEY, "orange")

    wait_for(
        lambda: (
            read_record(outputs, KEY)["version"] != before
            and not list_derivatives(outputs, f"{KEY}/")
        )
    )
    answer = get(client, f"/{KEY}?w=32&fm=png")
    red, _, blue = Image.open(io.BytesIO(answer.data)).convert("RGB").getpixel((5, 5))  # type: ignore[misc]
    assert red > blue


def test_an_update_changes_the_functions_and_keeps_the_data(
    environment: dict[str, str], client: Client, outputs: Outputs
) -> None:
    assert "LIMIT_SIDE" not in read_live_settings(outputs)
    python = f"{sys.executable} -m tests.deploy.changed_app"
    result = run(
        *(deploy._CDK, "deploy", "calotype-local", "--app", python),
        *("--require-approval", "never", "--output", REPOSITORY / "build" / "cdk-changed"),
        environment=environment,
    )

    assert result.returncode == 0, result.stderr[-3000:]
    assert read_record(outputs, KEY)["status"] == {"S": "ready"}
    assert size(get(client, f"/{KEY}?w=90&fm=webp")) == (90, 60)
    assert size(get(client, f"/{KEY}?w=120&fm=webp")) == (100, 66)
    assert read_live_settings(outputs)["LIMIT_SIDE"] == "100"


def test_moving_the_alias_makes_the_old_version_live_again(
    client: Client, outputs: Outputs
) -> None:
    functions, name = boto3.client("lambda"), outputs.origin_function
    versions = functions.list_versions_by_function(FunctionName=name)["Versions"]
    old, latest = sorted(
        int(each["Version"]) for each in versions if "LATEST" not in each["Version"]
    )
    now = functions.get_alias(FunctionName=name, Name="live")["FunctionVersion"]
    functions.update_alias(FunctionName=name, Name="live", FunctionVersion=str(old))

    assert now == str(latest)
    assert size(get(client, f"/{KEY}?w=150&fm=webp")) == (150, 100)
    assert "LIMIT_SIDE" not in read_live_settings(outputs)


def test_the_edge_keys_function_updates_the_emulators_store(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    original = socket.getaddrinfo

    def resolve(host: str, *arguments: Any, **options: Any) -> Any:
        # boto3 puts the account before the host, and no name server knows that name.
        return original(host.removeprefix(f"{ACCOUNT}."), *arguments, **options)

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    store = boto3.client("cloudfront").create_key_value_store(Name="calotype-test")
    keys = {"2025": "old", "2026": "new"}
    secret = boto3.client("secretsmanager").create_secret(
        Name="keys", SecretString=json.dumps(keys)
    )
    monkeypatch.setenv("STORE_ARN", store["KeyValueStore"]["ARN"])
    monkeypatch.setenv("SIGNING_KEYS", secret["ARN"])
    entries = dict(list_public_entries(ALL["production"]))

    assert edge_keys._update_store(entries) == len(entries) + len(keys)
    written = edge_keys._list_entries(
        boto3.client("cloudfront-keyvaluestore"), os.environ["STORE_ARN"]
    )
    assert written == build_key_values(Policy(keys=keys, require_signature=True))
    assert edge_keys.handle({}, None) == {"changed": 0}


def test_destroying_a_stack_keeps_what_must_stay(
    environment: dict[str, str], outputs: Outputs
) -> None:
    template = boto3.client("cloudformation").get_template(StackName=stack_name("local"))
    resources = template["TemplateBody"]["Resources"]
    before = list_resources("local")
    assert find_existing(before) == set(before)
    bucket = boto3.resource("s3").Bucket(outputs.derivatives)
    bucket.objects.all().delete()
    result = run(
        *(
            sys.executable,
            "-m",
            "infra.aws.commands.deploy",
            "local",
            "--destroy",
            "--approve",
            "never",
        ),
        environment=environment,
    )

    assert result.returncode == 0, result.stderr[-3000:]
    assert "The originals, the catalog, both secrets" in result.stdout
    assert boto3.client("s3").head_object(Bucket=outputs.originals, Key=KEY)
    assert read_record(outputs, KEY)
    assert boto3.client("secretsmanager").get_secret_value(SecretId=outputs.signing_keys)
    kept_resources = {
        name
        for name in before
        if resources[name].get("DeletionPolicy") in {"Retain", "RetainExceptOnCreate"}
    }
    assert find_existing(before) == kept_resources
    assert {before[name][0] for name in kept_resources} == {
        *("AWS::S3::Bucket", "AWS::DynamoDB::GlobalTable", "AWS::SecretsManager::Secret")
    }
    assert len(kept_resources) == 4
    remove_the_rest(outputs)
    assert find_existing(before) == set()
    Path(OUTPUTS).unlink()


def remove_the_rest(outputs: Outputs) -> None:
    """Remove what stays, by the calls that docs/deploy.md lists."""
    originals = boto3.resource("s3").Bucket(outputs.originals)
    originals.object_versions.delete()
    originals.delete()
    dynamodb, secrets = boto3.client("dynamodb"), boto3.client("secretsmanager")
    dynamodb.update_table(TableName=outputs.catalog, DeletionProtectionEnabled=False)
    dynamodb.delete_table(TableName=outputs.catalog)
    for secret in (outputs.signing_keys, outputs.upload_tokens):
        secrets.delete_secret(SecretId=secret, ForceDeleteWithoutRecovery=True)
