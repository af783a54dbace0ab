"""The stage `local`, deployed by the unmodified commands to an emulator on loopback.

The tests are one story, in the order of the file: deploy, use, update, go back, destroy.
"""

import io
import json
import os
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

from edge.build import key_values
from infra.aws.app import stack_name
from infra.aws.commands import deploy
from infra.aws.commands.smoke import SmokeTest
from infra.aws.constructs import edge_keys
from infra.aws.constructs.edge_secrets import public_entries
from infra.aws.outputs import Outputs
from origin_lambda.url.admission import Policy
from tests.deploy.emulator import ACCOUNT, emulated, run
from tests.deploy.inventory import made, there
from tests.deploy.stacks import ALL, REPOSITORY

OUTPUTS = REPOSITORY / "build" / "local.json"
KEY = "cats/tom.png"
PATIENCE = 60.0


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    with emulated(tmp_path_factory.mktemp("ministack")) as found:
        yield found


@pytest.fixture(autouse=True)
def cloud(environment: dict[str, str], nobodys_cloud: None) -> Iterator[None]:  # noqa: ARG001 reason: it goes first
    with mock.patch.dict(os.environ, environment):
        yield


@pytest.fixture(scope="module")
def told(environment: dict[str, str]) -> str:
    """What the command says that deploys, and tries what it has deployed."""
    ran = run(
        *(sys.executable, "-m", "infra.aws.commands.deploy", "local", "--approve", "never"),
        environment=environment,
    )
    assert ran.returncode == 0, ran.stdout[-3000:] + ran.stderr[-3000:]
    return ran.stdout


@pytest.fixture
def outputs(told: str) -> Outputs:  # noqa: ARG001 reason: it writes them
    return Outputs.read(OUTPUTS)


@pytest.fixture
def trial(outputs: Outputs) -> SmokeTest:
    return SmokeTest(outputs, outputs.url, print)


def awaited(look: Callable[[], Any]) -> Any:
    until = time.monotonic() + PATIENCE
    while not (found := look()):
        assert time.monotonic() < until, "it never came"
        time.sleep(0.5)
    return found


def put(outputs: Outputs, key: str, colour: str) -> None:
    buffer = io.BytesIO()
    Image.new("RGB", (300, 200), colour).save(buffer, "PNG")
    boto3.client("s3").put_object(Bucket=outputs.originals, Key=key, Body=buffer.getvalue())


def item(outputs: Outputs, key: str) -> Any:
    answer = boto3.client("dynamodb").get_item(
        TableName=outputs.catalog, Key={"key": {"S": key}}, ConsistentRead=True
    )
    return answer.get("Item", {})


def get(trial: SmokeTest, path: str, *, signed: bool = True) -> urllib3.BaseHTTPResponse:
    url = trial.url.rstrip("/") + path
    return trial._request("GET", url, headers=trial._signature(url) if signed else {})


def size(answer: urllib3.BaseHTTPResponse) -> tuple[int, int]:
    assert answer.status == 200, answer.data
    return Image.open(io.BytesIO(answer.data)).size


def live(outputs: Outputs) -> Any:
    """Return the settings of the version that is live."""
    told = boto3.client("lambda").get_function_configuration(
        FunctionName=outputs.origin_function, Qualifier="live"
    )
    return told["Environment"]["Variables"]


def stored(outputs: Outputs, prefix: str) -> list[str]:
    listed = boto3.client("s3").list_objects_v2(Bucket=outputs.derivatives, Prefix=prefix)
    return [entry["Key"] for entry in listed.get("Contents", [])]


def test_a_deployment_is_bootstrapped_made_and_tried(told: str) -> None:
    assert "$ cdk bootstrap aws://123456789012/us-east-1" in told
    assert "uploaded 96x64 pixels" in told
    assert "first answer: 48x32 webp" in told
    assert told.rstrip().endswith("smoke test passed")


def test_subscribers_hear_of_a_new_original(outputs: Outputs) -> None:
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
    put(outputs, KEY, "teal")

    (received,) = awaited(lambda: sqs.receive_message(QueueUrl=queue).get("Messages"))
    message = json.loads(received["Body"])
    assert (message["event"], message["key"], message["type"]) == ("created", KEY, "png")
    assert item(outputs, KEY)["status"] == {"S": "ready"}


def test_the_functions_url_refuses_who_does_not_sign(trial: SmokeTest) -> None:
    assert get(trial, f"/{KEY}?w=30", signed=False).status == 403


def test_the_functions_url_answers_who_signs_and_keeps_what_it_made(
    trial: SmokeTest, outputs: Outputs
) -> None:
    answer = get(trial, f"/{KEY}?w=30&fm=webp")

    assert (answer.status, answer.headers["content-type"]) == (200, "image/webp")
    assert Image.open(io.BytesIO(answer.data)).size == (30, 20)
    assert stored(outputs, f"{KEY}/") == [f"{KEY}/fm=webp,r=3,w=30"]


def test_what_the_origin_asks_of_ingest_reaches_it(trial: SmokeTest, outputs: Outputs) -> None:
    boto3.client("dynamodb").delete_item(TableName=outputs.catalog, Key={"key": {"S": KEY}})

    assert get(trial, f"/{KEY}?w=31&fm=webp").status == 200
    awaited(lambda: item(outputs, KEY).get("status") == {"S": "ready"})


def test_a_replaced_original_takes_its_derivatives_along(
    trial: SmokeTest, outputs: Outputs
) -> None:
    get(trial, f"/{KEY}?w=32&fm=webp")
    before = item(outputs, KEY)["version"]
    put(outputs, KEY, "orange")

    awaited(lambda: item(outputs, KEY)["version"] != before and not stored(outputs, f"{KEY}/"))
    answer = get(trial, f"/{KEY}?w=32&fm=png")
    red, _, blue = Image.open(io.BytesIO(answer.data)).convert("RGB").getpixel((5, 5))  # type: ignore[misc]
    assert red > blue


def test_an_update_changes_the_functions_and_keeps_the_data(
    environment: dict[str, str], trial: SmokeTest, outputs: Outputs
) -> None:
    assert "LIMIT_SIDE" not in live(outputs)
    python = f"{sys.executable} -m tests.deploy.changed_app"
    ran = run(
        *(deploy._CDK, "deploy", "calotype-local", "--app", python),
        *("--require-approval", "never", "--output", REPOSITORY / "build" / "cdk-changed"),
        environment=environment,
    )

    assert ran.returncode == 0, ran.stderr[-3000:]
    assert item(outputs, KEY)["status"] == {"S": "ready"}
    assert size(get(trial, f"/{KEY}?w=90&fm=webp")) == (90, 60)
    assert size(get(trial, f"/{KEY}?w=120&fm=webp")) == (100, 66)
    assert live(outputs)["LIMIT_SIDE"] == "100"


def test_the_former_version_is_live_again_by_its_alias_alone(
    trial: SmokeTest, outputs: Outputs
) -> None:
    functions, name = boto3.client("lambda"), outputs.origin_function
    versions = functions.list_versions_by_function(FunctionName=name)["Versions"]
    former, latest = sorted(
        int(each["Version"]) for each in versions if "LATEST" not in each["Version"]
    )
    now = functions.get_alias(FunctionName=name, Name="live")["FunctionVersion"]
    functions.update_alias(FunctionName=name, Name="live", FunctionVersion=str(former))

    assert now == str(latest)
    assert size(get(trial, f"/{KEY}?w=150&fm=webp")) == (150, 100)
    assert "LIMIT_SIDE" not in live(outputs)


def test_the_edges_store_is_kept_through_its_own_signatures(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    resolved = socket.getaddrinfo

    def here(host: str, *told: Any, **options: Any) -> Any:
        # boto3 puts the account before the host, and nobody knows that name.
        return resolved(host.removeprefix(f"{ACCOUNT}."), *told, **options)

    monkeypatch.setattr(socket, "getaddrinfo", here)
    store = boto3.client("cloudfront").create_key_value_store(Name="calotype-try")
    keys = {"2025": "old", "2026": "new"}
    secret = boto3.client("secretsmanager").create_secret(
        Name="keys", SecretString=json.dumps(keys)
    )
    monkeypatch.setenv("STORE_ARN", store["KeyValueStore"]["ARN"])
    monkeypatch.setenv("SIGNING_KEYS", secret["ARN"])
    entries = dict(public_entries(ALL["production"]))

    assert edge_keys._update_store(entries) == len(entries) + len(keys)
    kept = edge_keys._list_entries(
        boto3.client("cloudfront-keyvaluestore"), os.environ["STORE_ARN"]
    )
    assert kept == key_values(Policy(keys=keys, require_signature=True))
    assert edge_keys.handle({}, None) == {"changed": 0}


def test_the_end_of_a_stack_leaves_what_must_stay(
    environment: dict[str, str], outputs: Outputs
) -> None:
    template = boto3.client("cloudformation").get_template(StackName=stack_name("local"))
    resources = template["TemplateBody"]["Resources"]
    before = made("local")
    assert there(before) == set(before)
    bucket = boto3.resource("s3").Bucket(outputs.derivatives)
    bucket.objects.all().delete()
    ran = run(
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

    assert ran.returncode == 0, ran.stderr[-3000:]
    assert "The originals, the catalog, both secrets" in ran.stdout
    assert boto3.client("s3").head_object(Bucket=outputs.originals, Key=KEY)
    assert item(outputs, KEY)
    assert boto3.client("secretsmanager").get_secret_value(SecretId=outputs.signing_keys)
    stays = {name for name in before if resources[name].get("DeletionPolicy") == "Retain"}
    assert there(before) == stays
    assert {before[name][0] for name in stays} == {
        *("AWS::S3::Bucket", "AWS::DynamoDB::GlobalTable", "AWS::SecretsManager::Secret")
    }
    assert len(stays) == 4
    Path(OUTPUTS).unlink()
