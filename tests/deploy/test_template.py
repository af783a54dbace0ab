"""The template that anyone can launch: lint, names, parameters, and a launch in the emulator."""

import dataclasses
import json
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import boto3
import pytest

from infra.aws.commands.launchable import NAME
from infra.aws.commands.smoke import SmokeTest
from infra.aws.commands.template import TEMPLATE, quick_create_link, write_template
from infra.aws.constructs.edge_package import package
from infra.aws.outputs import _NAMES, Outputs
from infra.aws.smoke.client import Client
from infra.aws.smoke.questions import QUESTIONS
from infra.aws.stage import Front
from tests.deploy.emulator import run_emulator, use_emulator
from tests.deploy.stacks import fake_packager
from tests.deploy.test_lint import IGNORED

BUCKET = "their-bucket"
PREFIX = "calotype/"


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("template")
    return write_template(folder / "out", fake_packager(folder))


@pytest.fixture(scope="module")
def template(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def find(template: Any, kind: str) -> list[Any]:
    return [each["Properties"] for each in template["Resources"].values() if each["Type"] == kind]


def test_cfn_lint_finds_nothing_in_the_template(path: Path) -> None:
    result = subprocess.run(
        [Path(sys.executable).with_name("cfn-lint"), "--ignore-checks", IGNORED, "--", path],
        capture_output=True,
        text=True,
        check=False,
    )

    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")


def test_the_template_needs_no_cdk_and_no_account(path: Path) -> None:
    text = path.read_text(encoding="utf-8")

    assert "cdk-" not in text
    assert "BootstrapVersion" not in text
    assert NAME not in text
    assert path.stat().st_size < 1_000_000  # CloudFormation's quota for a template in a bucket


def test_every_function_has_its_zip_beside_the_template(path: Path, template: Any) -> None:
    zips = {each.name for each in path.parent.iterdir()} - {TEMPLATE}
    codes = [function["Code"] for function in find(template, "AWS::Lambda::Function")]

    assert len(codes) == len(zips) == 4
    assert {code["S3Key"]["Fn::Sub"].removeprefix("${AssetsPrefix}") for code in codes} == zips
    assert all(code["S3Bucket"] == {"Ref": "AssetsBucket"} for code in codes)


def test_every_parameter_is_used_explained_and_in_a_group(template: Any) -> None:
    groups = template["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"]
    body = json.dumps([template["Resources"], template["Conditions"]])

    assert [name for group in groups for name in group["Parameters"]] == list(
        template["Parameters"]
    )
    for name, parameter in template["Parameters"].items():
        assert parameter["Description"].endswith(".")
        assert f'{{"Ref": "{name}"}}' in body or f"${{{name}}}" in body
    # A link can launch it: only the bucket has no default.
    assert [name for name, each in template["Parameters"].items() if "Default" not in each] == [
        "AssetsBucket"
    ]
    assert all(output["Description"].endswith(".") for output in template["Outputs"].values())


def test_two_launched_stacks_share_no_name(template: Any) -> None:
    names = [
        json.dumps(resource["Name"])
        for kind in ("AWS::CloudFront::Function", "AWS::CloudFront::KeyValueStore")
        for resource in find(template, kind)
    ]
    alarms = [json.dumps(each["AlarmName"]) for each in find(template, "AWS::CloudWatch::Alarm")]

    assert len(set(names)) == 3
    assert all("AWS::StackId" in name for name in names)
    assert all("AWS::StackName" in name for name in alarms)


def test_whether_urls_must_be_signed_is_a_parameter_of_the_edges_policy(template: Any) -> None:
    (entries,) = find(template, "Custom::CalotypeEdgeEntries")
    for value in ("true", "false"):
        pieces = entries["Entries"]["Fn::Join"][1]
        text = "".join(value if piece == {"Ref": "RequireSignature"} else piece for piece in pieces)
        assert json.loads(json.loads(text)["policy"])["require_signature"] is (value == "true")


def test_the_link_fills_in_the_bucket_and_the_template() -> None:
    link = quick_create_link(BUCKET, PREFIX, "eu-west-1")
    start, _, query = link.partition("#/stacks/quickcreate?")

    assert start.startswith("https://eu-west-1.console.aws.amazon.com/cloudformation/home")
    assert parse_qs(query) == {
        "templateURL": [f"https://{BUCKET}.s3.eu-west-1.amazonaws.com/{PREFIX}{TEMPLATE}"],
        "stackName": ["calotype"],
        "param_AssetsBucket": [BUCKET],
        "param_AssetsPrefix": [PREFIX],
    }


def remove_what_the_emulator_lacks(template: Any) -> Any:
    """Return a template without alarms on expressions, and the dashboard that shows them."""
    resources = {
        name: resource
        for name, resource in template["Resources"].items()
        if "Metrics" not in resource.get("Properties", {})
        and resource["Type"] != "AWS::CloudWatch::Dashboard"
    }
    return {**template, "Resources": resources}


def launch(template: Path, endpoint: str) -> Mapping[str, str]:
    """Copy a template and its zips to a bucket, create a stack from there, return its outputs."""
    s3, stacks = boto3.client("s3"), boto3.client("cloudformation")
    s3.create_bucket(Bucket=BUCKET)
    reduced = remove_what_the_emulator_lacks(json.loads(template.read_text(encoding="utf-8")))
    s3.put_object(Bucket=BUCKET, Key=PREFIX + TEMPLATE, Body=json.dumps(reduced))
    for each in template.parent.glob("*.zip"):
        s3.upload_file(str(each), BUCKET, PREFIX + each.name)
    values = {"AssetsBucket": BUCKET, "AssetsPrefix": PREFIX, "AlarmEmail": "me@example.com"}
    stacks.create_stack(
        StackName="pictures",
        TemplateURL=f"{endpoint}/{BUCKET}/{PREFIX}{TEMPLATE}",
        Capabilities=["CAPABILITY_IAM"],
        Parameters=[{"ParameterKey": key, "ParameterValue": each} for key, each in values.items()],
    )
    until = time.monotonic() + 60
    while time.monotonic() < until:
        (stack,) = stacks.describe_stacks(StackName="pictures")["Stacks"]
        if stack["StackStatus"] != "CREATE_IN_PROGRESS":
            break
        time.sleep(0.2)
    assert stack["StackStatus"] == "CREATE_COMPLETE"
    return {each["OutputKey"]: each["OutputValue"] for each in stack["Outputs"]}


def test_a_launched_stack_in_the_emulator_passes_the_smoke_test(
    tmp_path: Path,
    dummy_credentials: None,  # noqa: ARG001 reason: boto3 needs some
) -> None:
    # The emulator has no CloudFront, so this template has no edge.
    template = write_template(tmp_path / "out", package, front=Front.NOTHING)
    with run_emulator(tmp_path) as settings, use_emulator(settings):
        printed = launch(template, settings["AWS_ENDPOINT_URL"])
        outputs = Outputs(
            **{field: printed[name] for field, name in _NAMES.items() if name in printed}
        )
        lines: list[str] = []
        basic = [question for question in QUESTIONS if question.others_need]
        SmokeTest(Client(outputs, outputs.url, lines.append), lines.append, basic).run()
        topic = boto3.client("sns").list_subscriptions_by_topic(TopicArn=printed["AlarmsTopic"])
        alarms = boto3.client("cloudwatch").describe_alarms()["MetricAlarms"]

    assert any(line.startswith("derivative: proven: first answer: 48x32") for line in lines)
    assert [each["Endpoint"] for each in topic["Subscriptions"]] == ["me@example.com"]
    assert {each["AlarmName"].rpartition("-")[0] for each in alarms}
    assert all(each["AlarmName"].startswith("calotype-pictures-") for each in alarms)
    assert dataclasses.is_dataclass(outputs)
