"""The stage `local`, deployed by the real commands to an emulator on loopback.

The tests depend on each other, in the order of the file: deploy, use, update, learn from traffic,
roll back, destroy. The emulator checks the permissions of each function's role, as AWS does.
"""

import gzip
import io
import json
import os
import re
import socket
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import boto3
import pytest
import urllib3
from botocore.exceptions import ClientError
from PIL import Image

from edge.build import build_key_values
from infra.aws.app import stack_name
from infra.aws.commands import deploy
from infra.aws.constructs import edge_keys
from infra.aws.constructs.access_logs import list_fields
from infra.aws.constructs.edge_secrets import list_public_entries
from infra.aws.outputs import Outputs
from infra.aws.smoke.client import Client
from origin_lambda.url.admission import Policy
from tests.deploy.emulator import ACCOUNT, run, run_emulator, use_emulator
from tests.deploy.inventory import find_existing, list_resources
from tests.deploy.stacks import ALL, REPOSITORY
from tests.support.originals import jpeg, quadrants

OUTPUTS = REPOSITORY / "build" / "local.json"
KEY = "cats/tom.png"
TIMEOUT = 60.0


CHANGED = REPOSITORY / "build" / "local-changed.json"
POPULAR = "dogs/rex.jpg"
VIEW = {
    "date": "2026-11-29",
    "time": "22:04:05",
    "x-edge-location": "FRA60-P2",
    "cs-method": "GET",
    "cs-uri-stem": f"/{POPULAR}",
    "cs-protocol": "https",
    "cs-protocol-version": "HTTP/2.0",
    "sc-status": "200",
    "sc-bytes": "5120",
    "sc-content-type": "image/jpeg",
    "time-taken": "0.004",
    "time-to-first-byte": "0.004",
    "x-edge-result-type": "Hit",
    "x-edge-response-result-type": "Hit",
    "x-edge-detailed-result-type": "Hit",
    "x-edge-request-id": "q2V0b0l5pZ8yyb1Xw7oJ2g1a7v6dJfWc0eUoHn3vT0cLsYk4l8mQ==",
    "cs-uri-query": "w=240&fm=jpg&sig=2026.c2VjcmV0",
}
"""A view in the log of CloudFront, with all fields of the delivery."""

LOGGING = ("logs:CreateLogStream", "logs:PutLogEvents")
UNUSED: Mapping[str, set[str]] = {
    "Counter": {*LOGGING, "s3:ListBucket"},
    "Refiner": {
        *LOGGING,
        "s3:ListBucket",
        # If an original changes before the write, its ingest is requested; after it, the file is
        # deleted again.
        *("s3:DeleteObject", "sqs:SendMessage"),
    },
}
"""Actions that a role may do, and that a run without disturbances does not do.

Lambda's runtime logs. S3 answers 404 for a missing object, and not 403, to those who may list.
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("ministack")


@pytest.fixture(scope="module")
def environment(folder: Path) -> Iterator[dict[str, str]]:
    with run_emulator(folder) as settings:
        yield settings


@pytest.fixture(autouse=True)
def cloud(environment: dict[str, str], dummy_credentials: None) -> Iterator[None]:  # noqa: ARG001 reason: it must run first
    with use_emulator(environment):
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
def learning() -> Mapping[str, str]:
    """Return the outputs of the stack after the update."""
    stack: Mapping[str, str] = json.loads(CHANGED.read_text())[stack_name("local")]
    return stack


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


def read_brief(outputs: Outputs, key: str) -> str:
    """Return the plan that a derivative was stored with; "" if there is none."""
    try:
        found = boto3.client("s3").head_object(Bucket=outputs.derivatives, Key=key)
    except ClientError as error:
        if error.response["Error"]["Code"] != "404":
            raise
        return ""
    brief: str = found["Metadata"]["brief"]
    return brief


def read_permissions(folder: Path, function: str) -> tuple[set[str], set[str]]:
    """Return the actions that a function's role used, and those that it was denied."""
    used: set[str] = set()
    denied: set[str] = set()
    for text in (folder / "permissions").read_text().splitlines():
        line = json.loads(text)
        if f"{function}FunctionRole" in line["who"]:
            (denied if line["is_denied"] else used).add(line["action"])
    return used, denied


def list_allowed_actions(learning: Mapping[str, str], function: str) -> set[str]:
    """Return what a function that learns from traffic may do, by its role or the bucket of logs."""
    iam = boto3.client("iam")
    role = boto3.client("lambda").get_function_configuration(
        FunctionName=learning[f"{function}Function"]
    )["Role"]
    name = role.rpartition("/")[2]
    (policy,) = iam.list_role_policies(RoleName=name)["PolicyNames"]
    document = iam.get_role_policy(RoleName=name, PolicyName=policy)["PolicyDocument"]
    bucket = boto3.client("s3").get_bucket_policy(Bucket=learning["AccessLogsBucket"])["Policy"]
    statements = [
        each
        for each in (*document["Statement"], *json.loads(bucket)["Statement"])
        if each["Effect"] == "Allow" and each.get("Principal", {"AWS": role}) == {"AWS": role}
    ]
    actions = [each["Action"] for each in statements]
    return {name for each in actions for name in ([each] if isinstance(each, str) else each)}


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
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": f"arn:aws:sqs:us-east-1:{ACCOUNT}:subscriber",
        "Condition": {"ArnEquals": {"aws:SourceArn": outputs.alerts}},
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    queue = sqs.create_queue(QueueName="subscriber", Attributes={"Policy": policy})["QueueUrl"]
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
        *("--outputs-file", CHANGED),
        environment=environment,
    )

    assert result.returncode == 0, result.stderr[-3000:]
    assert read_record(outputs, KEY)["status"] == {"S": "ready"}
    assert size(get(client, f"/{KEY}?w=90&fm=webp")) == (90, 60)
    assert size(get(client, f"/{KEY}?w=270&fm=webp")) == (240, 160)
    assert read_live_settings(outputs)["LIMIT_SIDE"] == "240"


def test_an_access_log_makes_a_popular_derivative_smaller(
    client: Client, outputs: Outputs, learning: Mapping[str, str], folder: Path
) -> None:
    """All of it is started by events. A pattern replaces the schedule of the rule, an hour."""
    s3, events, dynamodb = boto3.client("s3"), boto3.client("events"), boto3.client("dynamodb")
    s3.put_object(Bucket=outputs.originals, Key=POPULAR, Body=jpeg(quadrants((300, 300))))
    wait_for(lambda: read_record(outputs, POPULAR).get("status") == {"S": "ready"})
    before = get(client, f"/{POPULAR}?w=240&fm=jpg")
    (key,) = list_derivatives(outputs, f"{POPULAR}/")

    assert set(VIEW) == set(list_fields(with_queries=True))
    s3.put_object(
        Bucket=learning["AccessLogsBucket"],
        Key=f"AWSLogs/{ACCOUNT}/CloudFront/2026/11/29/E1.2026-11-29-22.1a2b3c4d.gz",
        Body=gzip.compress(100_000 * (json.dumps(VIEW) + "\n").encode(), 1),
    )
    (views,) = wait_for(lambda: dynamodb.scan(TableName=learning["TrafficTable"])["Items"])
    (rule,) = [each for each in events.list_rules()["Rules"] if "Traffic" in each["Name"]]
    events.put_rule(Name=rule["Name"], EventPattern=json.dumps({"source": ["test"]}))
    events.put_events(Entries=[{"Source": "test", "DetailType": "an hour", "Detail": "{}"}])
    wait_for(lambda: read_brief(outputs, key).startswith("refined; "))
    after = get(client, f"/{POPULAR}?w=240&fm=jpg")

    assert (views["name"]["S"], views["views"]["N"]) == (f"/{key}", "100000")
    assert rule["ScheduleExpression"] == "rate(1 hour)"
    assert before.headers["x-calotype"].startswith("render; ")
    assert after.headers["x-calotype"].startswith("stored; refined; ")
    assert len(after.data) < len(before.data)
    wait_for(lambda: "dynamodb:PutItem" in read_permissions(folder, "TrafficRefiner")[0])
    for function, unused in UNUSED.items():
        used, denied = read_permissions(folder, f"Traffic{function}")
        assert (used | unused, denied) == (list_allowed_actions(learning, function), set())


def test_what_was_popular_is_rendered_again_after_a_replacement(
    outputs: Outputs, folder: Path
) -> None:
    (key,) = list_derivatives(outputs, f"{POPULAR}/")
    body = jpeg(quadrants((300, 300)).rotate(90))
    boto3.client("s3").put_object(Bucket=outputs.originals, Key=POPULAR, Body=body)

    wait_for(lambda: read_brief(outputs, key).startswith("fm=jpg; "))
    for function in ("Origin", "Ingest", "Upload"):
        used, denied = read_permissions(folder, function)
        assert used
        assert not denied


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
    environment: dict[str, str], outputs: Outputs, learning: Mapping[str, str]
) -> None:
    template = boto3.client("cloudformation").get_template(StackName=stack_name("local"))
    resources = template["TemplateBody"]["Resources"]
    before = list_resources("local")
    assert find_existing(before) == set(before)
    boto3.resource("s3").Bucket(outputs.derivatives).objects.all().delete()
    # A sweep during the deletion would have the emulator create the log group of ingest again.
    boto3.client("sqs").purge_queue(QueueUrl=outputs.queue)
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
    assert len(kept_resources) == 5
    remove_the_rest(outputs, learning["AccessLogsBucket"])
    assert find_existing(before) == set()
    OUTPUTS.unlink()
    CHANGED.unlink()


def remove_the_rest(outputs: Outputs, logs: str) -> None:
    """Remove what stays, by the calls that docs/deploy.md lists."""
    for name in (outputs.originals, logs):
        bucket = boto3.resource("s3").Bucket(name)
        bucket.object_versions.delete()
        bucket.delete()
    dynamodb, secrets = boto3.client("dynamodb"), boto3.client("secretsmanager")
    dynamodb.update_table(TableName=outputs.catalog, DeletionProtectionEnabled=False)
    dynamodb.delete_table(TableName=outputs.catalog)
    for secret in (outputs.signing_keys, outputs.upload_tokens):
        secrets.delete_secret(SecretId=secret, ForceDeleteWithoutRecovery=True)
