"""The deploy command: its checks, its steps, and how it fails."""

import dataclasses
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws
from moto.cloudformation.models import cloudformation_backends

from infra.aws.commands import deploy
from infra.aws.commands.alarm_receivers import ask_for_email, report_receivers, subscribe
from infra.aws.commands.preflight import (
    DestructiveChange,
    check_domains,
    create_session,
    is_bootstrapped,
)
from infra.aws.commands.readiness import NotReady
from infra.aws.commands.stack_state import StackNotReady, prepare_stack
from infra.aws.outputs import Outputs, build_environment
from infra.aws.outputs import main as print_environment
from infra.aws.stage import Front
from infra.aws.stages import STAGES
from tests.deploy.stacks import ALL, CERTIFICATE

DEV = STAGES["dev"]
FAKE_COMMANDS = pytest.mark.usefixtures("smoke_tests")
WITH_EDGE_KEYS = pytest.mark.parametrize(
    "smoke_tests", [{"EdgeKeysFunction": "edge-keys"}], indirect=True
)
OUTPUTS = {
    "Url": "https://d1.cloudfront.net",
    "OriginalsBucket": "originals",
    "DerivativesBucket": "derivatives",
    "CatalogTable": "catalog",
    "AlertsTopic": "arn:aws:sns:us-east-1:123456789012:alerts",
    "IngestQueueUrl": "https://sqs.us-east-1.amazonaws.com/123456789012/ingest",
    "SigningKeys": "arn:aws:secretsmanager:eu-central-1:123456789012:secret:keys",
    "OriginFunction": "origin",
}


@pytest.fixture(autouse=True)
def cloud() -> Iterator[None]:
    with mock_aws():
        yield


def create_deployment(domains: list[str]) -> None:
    """Create a distribution with these domains, and a stack that names it."""
    origin = {
        "Id": "o",
        "DomainName": "o.s3.us-east-1.amazonaws.com",
        "S3OriginConfig": {"OriginAccessIdentity": ""},
    }
    created = boto3.client("cloudfront").create_distribution(
        DistributionConfig={
            "CallerReference": "calotype",
            "Comment": "",
            "Enabled": True,
            "Aliases": {"Quantity": len(domains), "Items": domains},
            "Origins": {"Quantity": 1, "Items": [origin]},
            "DefaultCacheBehavior": {"TargetOriginId": "o", "ViewerProtocolPolicy": "allow-all"},
        }
    )
    template = {
        "Resources": {"Queue": {"Type": "AWS::SQS::Queue"}},
        "Outputs": {"DistributionId": {"Value": created["Distribution"]["Id"]}},
    }
    boto3.client("cloudformation").create_stack(
        StackName="calotype-dev", TemplateBody=json.dumps(template)
    )


def test_a_domain_that_was_added_by_hand_stops_the_deployment() -> None:
    create_deployment(["img.example.com", "pictures.example.com"])
    stage = dataclasses.replace(DEV, domain_names=("img.example.com",), certificate_arn=CERTIFICATE)

    with pytest.raises(DestructiveChange, match=r"dev would lose pictures\.example\.com: add it"):
        check_domains(stage, create_session(stage))


@pytest.mark.parametrize("front", [Front.NOTHING, Front.OTHER])
def test_another_front_may_not_remove_a_distribution_that_has_a_domain(front: Front) -> None:
    create_deployment(["img.example.com"])
    stage = dataclasses.replace(DEV, front=front)

    with pytest.raises(
        DestructiveChange, match=r"lose img\.example\.com with its distribution: move"
    ):
        check_domains(stage, create_session(stage))


def test_another_front_may_remove_a_distribution_without_a_domain() -> None:
    create_deployment([])
    stage = dataclasses.replace(DEV, front=Front.NOTHING)

    check_domains(stage, create_session(stage))


def test_a_new_stage_and_a_stage_that_names_its_domains_pass_the_check() -> None:
    check_domains(DEV, create_session(DEV))
    create_deployment(["img.example.com"])
    stage = dataclasses.replace(DEV, domain_names=("img.example.com",), certificate_arn=CERTIFICATE)

    check_domains(stage, create_session(stage))


@pytest.mark.parametrize("version, ready", [(None, False), ("5", False), ("6", True), ("28", True)])
def test_a_region_is_bootstrapped_from_version_6_on(version: str | None, ready: bool) -> None:
    if version:
        boto3.client("ssm").put_parameter(
            Name="/cdk-bootstrap/hnb659fds/version", Value=version, Type="String"
        )

    assert is_bootstrapped(DEV, create_session(DEV)) is ready


@pytest.fixture
def smoke_tests(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> list[list[str]]:
    """Replace cdk and the smoke test; return the arguments of each smoke test.

    The fake cdk logs its arguments, and fails if the first one is in the file `fail`.
    """
    command, log = tmp_path / "cdk", tmp_path / "log"
    output_file = tmp_path / "build" / "dev.json"
    command.write_text(
        f'#!/bin/sh\necho "$@" >> {log}\n! grep -qx "$1" {tmp_path}/fail || exit 1\n'
        f'[ "$1" != deploy ] || cp {tmp_path}/outputs {output_file}\n'
    )
    command.chmod(0o755)
    output_file.parent.mkdir()
    outputs = OUTPUTS | getattr(request, "param", {})
    (tmp_path / "outputs").write_text(json.dumps({"calotype-dev": outputs}))
    (tmp_path / "fail").write_text("")
    monkeypatch.setattr(deploy, "_ROOT", tmp_path)
    calls: list[list[str]] = []

    def record(arguments: list[str]) -> int:
        calls.append(arguments)
        return 0

    monkeypatch.setattr(deploy, "_CDK", command)
    monkeypatch.setattr(
        deploy, "check_account", lambda *_, **__: None
    )  # the fake cdk synthesises nothing
    monkeypatch.setattr("infra.aws.commands.smoke.main", record)
    return calls


def cdk_commands(tmp_path: Path) -> list[str]:
    log = tmp_path / "log"
    return [line.split()[0] for line in log.read_text().splitlines()] if log.exists() else []


def test_a_deployment_that_aws_would_refuse_creates_nothing(
    smoke_tests: list[list[str]],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        message = "AWS would refuse this deployment"
        raise NotReady(message)

    monkeypatch.setattr(deploy, "check_account", refuse)

    assert deploy.main(["dev"]) == 1
    assert cdk_commands(tmp_path) == ["synth"]
    assert smoke_tests == []
    assert "calotype: AWS would refuse this deployment" in capsys.readouterr().err


def test_a_deployment_bootstraps_shows_changes_deploys_and_runs_the_smoke_test(
    smoke_tests: list[list[str]], tmp_path: Path
) -> None:
    assert deploy.main(["dev", "--url", "https://img.example.com"]) == 0

    assert cdk_commands(tmp_path) == ["synth", "bootstrap", "diff", "deploy"]
    ((path, *options),) = smoke_tests
    assert path.endswith("build/dev.json")
    assert options == ["--url", "https://img.example.com"]


@dataclass
class FakeLambda:
    """A boto3 session whose Lambda has only the function that updates edge keys."""

    answer: dict[str, Any]
    invoked: list[str] = field(default_factory=list)

    def client(self, service: str, **options: Any) -> Any:
        return self if service == "lambda" else boto3.client(service, **options)

    def invoke(self, FunctionName: str, Payload: bytes) -> dict[str, Any]:  # noqa: N803 reason: boto3's own
        assert json.loads(Payload) == {}
        self.invoked.append(FunctionName)
        failed = {"FunctionError": "Unhandled"} if "errorType" in self.answer else {}
        return failed | {"Payload": io.BytesIO(json.dumps(self.answer).encode())}


@WITH_EDGE_KEYS
@FAKE_COMMANDS
def test_the_edge_gets_changed_keys_even_if_no_template_has_changed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    session = FakeLambda({"changed": 2})
    monkeypatch.setattr(deploy, "create_session", lambda stage: session)  # noqa: ARG005 reason: the same for all

    assert deploy.main(["dev"]) == 0
    assert session.invoked == ["edge-keys"]
    assert "Updated entries of the edge's keys: 2." in capsys.readouterr().out


@WITH_EDGE_KEYS
def test_if_edge_keys_cannot_be_updated_there_is_no_smoke_test(
    monkeypatch: pytest.MonkeyPatch,
    smoke_tests: list[list[str]],
    capsys: pytest.CaptureFixture[str],
) -> None:
    session = FakeLambda({"errorType": "ValueError", "errorMessage": "a secret"})
    monkeypatch.setattr(deploy, "create_session", lambda stage: session)  # noqa: ARG005 reason: the same for all

    assert deploy.main(["dev"]) == 1
    assert smoke_tests == []
    printed = capsys.readouterr().err
    expected = "the edge keys could not be updated (ValueError): see the log of edge-keys"
    assert f"calotype: {expected}" in printed
    assert "a secret" not in printed


@FAKE_COMMANDS
def test_the_changes_that_are_shown_are_the_ones_that_are_deployed(tmp_path: Path) -> None:
    deploy.main(["dev"])

    lines = (tmp_path / "log").read_text().splitlines()
    synth, diff, deployment = (
        next(line for line in lines if line.startswith(name))
        for name in ("synth", "diff", "deploy")
    )
    folder = synth.split("--output ")[1].split()[0]
    assert f"--app {folder}" in diff
    assert f"--app {folder}" in deployment
    assert "--require-approval broadening" in deployment


def test_an_address_is_asked_for_until_it_is_one_and_only_from_a_person() -> None:
    typed = iter(["you", " you@example.com "])

    assert ask_for_email(lambda _: next(typed), is_terminal=True) == "you@example.com"
    assert ask_for_email(lambda _: "", is_terminal=True) == ""
    assert ask_for_email(lambda _: "you@example.com", is_terminal=False) == ""


def test_a_deployment_says_if_no_address_receives_alarms() -> None:
    topic = boto3.client("sns").create_topic(Name="alarms")["TopicArn"]
    outputs = Outputs("url", "o", "d", "c", "a", "q", "k", "f", alarms=topic)
    lines: list[str] = []

    report_receivers(outputs, create_session(DEV), lines.append)
    assert f"aws sns subscribe --topic-arn {topic} --protocol email" in lines.pop()
    subscribe(outputs, create_session(DEV), "you@example.com")
    report_receivers(outputs, create_session(DEV), lines.append)
    assert lines == []


@pytest.mark.parametrize("step", ["bootstrap", "synth", "deploy"])
def test_no_step_follows_a_step_that_fails(
    smoke_tests: list[list[str]], tmp_path: Path, step: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "fail").write_text(step)

    assert deploy.main(["dev"]) == 1
    assert cdk_commands(tmp_path)[-1] == step
    assert smoke_tests == []
    assert f"calotype: cdk {step} failed" in capsys.readouterr().err


@FAKE_COMMANDS
def test_a_protected_stage_is_not_destroyed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert deploy.main(["production", "--destroy"]) == 1

    assert cdk_commands(tmp_path) == []
    assert "production is protected" in capsys.readouterr().err


def create_failed_stack(status: str) -> None:
    """Create the stack of `dev`, and give it the status of a failed deployment."""
    boto3.client("cloudformation").create_stack(
        StackName="calotype-dev",
        TemplateBody=json.dumps({"Resources": {"Queue": {"Type": "AWS::SQS::Queue"}}}),
    )
    set_status(status)


def set_status(status: str) -> None:
    (backend,) = cloudformation_backends["123456789012"].values()
    (stack,) = backend.stacks.values()
    stack.status = status


@pytest.mark.parametrize("status", ["ROLLBACK_COMPLETE", "ROLLBACK_FAILED"])
def test_a_stack_whose_first_deployment_failed_is_deleted_and_created_again(status: str) -> None:
    create_failed_stack(status)
    lines: list[str] = []

    assert prepare_stack(DEV, create_session(DEV), lines.append)
    assert boto3.client("cloudformation").list_stacks()["StackSummaries"][0]["StackStatus"] == (
        "DELETE_COMPLETE"
    )
    assert boto3.client("sqs").list_queues().get("QueueUrls", []) == []
    assert lines[0] == (
        f"The first deployment of calotype-dev failed ({status}): deleting what it left."
    )


def test_a_stack_that_has_only_a_change_set_is_a_first_deployment() -> None:
    create_failed_stack("REVIEW_IN_PROGRESS")

    assert prepare_stack(DEV, create_session(DEV), print)
    assert boto3.client("sqs").list_queues()["QueueUrls"]


def test_a_stack_that_was_deployed_before_is_left_alone() -> None:
    create_failed_stack("UPDATE_ROLLBACK_COMPLETE")

    assert not prepare_stack(DEV, create_session(DEV), print)
    assert boto3.client("sqs").list_queues()["QueueUrls"]


@pytest.mark.parametrize(
    "status, advice",
    [
        ("UPDATE_IN_PROGRESS", "is busy"),
        ("DELETE_FAILED", "run make destroy again"),
        ("UPDATE_ROLLBACK_FAILED", "continue-update-rollback"),
    ],
)
def test_a_state_from_which_nothing_can_be_deployed_is_an_error_that_says_what_to_do(
    status: str, advice: str
) -> None:
    create_failed_stack(status)

    with pytest.raises(StackNotReady, match=advice):
        prepare_stack(DEV, create_session(DEV), print)


@FAKE_COMMANDS
def test_only_the_first_deployment_of_a_protected_stage_is_unprotected(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    stage = dataclasses.replace(DEV, protected=True)
    monkeypatch.setattr("infra.aws.stages.find_stage", lambda name: stage)  # noqa: ARG005 reason: the same for all
    assert deploy.main(["dev"]) == 0
    first = (tmp_path / "log").read_text().splitlines()
    create_deployment([])
    assert deploy.main(["dev"]) == 0
    second = (tmp_path / "log").read_text().splitlines()[len(first) :]

    assert [line.split()[0] for line in first] == [
        *("synth", "bootstrap", "diff", "deploy", "synth", "deploy")
    ]
    assert ["first=true" in line for line in first] == [True, False, False, False, False, False]
    assert [line.split()[0] for line in second] == ["synth", "bootstrap", "diff", "deploy"]
    assert not any("first=true" in line for line in second)


@FAKE_COMMANDS
def test_an_unprotected_stage_is_destroyed_and_the_command_says_what_stays(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert deploy.main(["dev", "--destroy"]) == 0

    assert cdk_commands(tmp_path) == ["destroy"]
    assert "The originals, the catalog, both secrets" in capsys.readouterr().out


def test_an_unknown_stage_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert deploy.main(["staging"]) == 2
    assert "there is no stage 'staging'" in capsys.readouterr().err


def test_without_the_cdk_command_the_error_says_how_to_install_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(deploy, "_CDK", tmp_path / "cdk")

    assert deploy.main(["dev"]) == 1
    assert "(cd infra/aws && npm ci)" in capsys.readouterr().err


def test_outputs_become_the_environment_of_the_other_commands(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "dev.json"
    path.write_text(json.dumps({"calotype-dev": OUTPUTS}))

    assert print_environment([str(path)]) == 0
    printed = capsys.readouterr().out
    assert "export ORIGINALS_BUCKET=originals\n" in printed
    assert "export AWS_DEFAULT_REGION=eu-central-1\n" in printed
    assert "DISTRIBUTION_ID" not in build_environment(Outputs.read(path))


def test_commands_find_the_views_and_the_presets_of_a_stage_that_has_them(
    tmp_path: Path, stacks: Any
) -> None:
    values = stacks.templates["learning"].find_outputs("*")
    presets = values["WarmPresets"]["Value"]
    path = tmp_path / "learning.json"
    named = {"TrafficTable": "traffic", "WarmPresets": presets}
    path.write_text(json.dumps({"calotype-learning": OUTPUTS | named}))

    environment = build_environment(Outputs.read(path))
    assert "TrafficTable" in values["TrafficTable"]["Value"]["Ref"]
    assert environment["TRAFFIC_TABLE"] == "traffic"
    assert environment["WARM_PRESETS"] == presets == ALL["learning"].warm_settings["WARM_PRESETS"]


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"one": {}, "two": {}}', '{"one": {"Url": "x"}}']
)
def test_a_file_without_the_outputs_of_one_stage_is_refused(
    tmp_path: Path, text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "dev.json"
    path.write_text(text)

    assert print_environment([str(path)]) == 2
    assert "does not have the outputs of one stage" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [[], ["a.json", "b.json"]])
def test_printing_an_environment_needs_one_file(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert print_environment(arguments) == 2
    assert "calotype: name one file of outputs" in capsys.readouterr().err


def test_the_stack_has_every_output_that_the_commands_read(stacks: Any) -> None:
    outputs = set(stacks.templates["production"].find_outputs("*"))

    assert OUTPUTS.keys() <= outputs
    assert ALL["production"].upload_api
