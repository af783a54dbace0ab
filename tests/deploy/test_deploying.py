"""The command that deploys: what it looks at first, what it runs, and how it fails."""

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

from infra.aws.commands import deploy
from infra.aws.commands.preflight import (
    DestructiveChange,
    check_domains,
    is_bootstrapped,
    new_session,
)
from infra.aws.outputs import Outputs, environment
from infra.aws.outputs import main as tell_environment
from infra.aws.stage import Front
from infra.aws.stages import STAGES
from tests.deploy.stacks import ALL, CERTIFICATE

DEV = STAGES["dev"]
PLACED = pytest.mark.usefixtures("tried")
KEPT = pytest.mark.parametrize("tried", [{"EdgeKeysFunction": "keeper"}], indirect=True)
TOLD = {
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


def deployed(domains: list[str]) -> None:
    """Have a distribution with these domains, and a stack that names it."""
    origin = {
        "Id": "o",
        "DomainName": "o.s3.us-east-1.amazonaws.com",
        "S3OriginConfig": {"OriginAccessIdentity": ""},
    }
    made = boto3.client("cloudfront").create_distribution(
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
        "Outputs": {"DistributionId": {"Value": made["Distribution"]["Id"]}},
    }
    boto3.client("cloudformation").create_stack(
        StackName="calotype-dev", TemplateBody=json.dumps(template)
    )


def test_a_domain_that_was_added_by_hand_stops_the_deployment() -> None:
    deployed(["img.example.com", "pictures.example.com"])
    stage = dataclasses.replace(DEV, domain_names=("img.example.com",), certificate_arn=CERTIFICATE)

    with pytest.raises(DestructiveChange, match=r"dev would lose pictures\.example\.com: add to"):
        check_domains(stage, new_session(stage))


@pytest.mark.parametrize("front", [Front.NOTHING, Front.OTHER])
def test_another_front_takes_no_distribution_away_that_has_a_domain(front: Front) -> None:
    deployed(["img.example.com"])
    stage = dataclasses.replace(DEV, front=front)

    with pytest.raises(
        DestructiveChange, match=r"lose img\.example\.com with its distribution: have"
    ):
        check_domains(stage, new_session(stage))


def test_another_front_may_take_one_away_that_has_none() -> None:
    deployed([])
    stage = dataclasses.replace(DEV, front=Front.NOTHING)

    check_domains(stage, new_session(stage))


def test_domains_of_the_stage_and_new_stages_do_not() -> None:
    check_domains(DEV, new_session(DEV))
    deployed(["img.example.com"])
    stage = dataclasses.replace(DEV, domain_names=("img.example.com",), certificate_arn=CERTIFICATE)

    check_domains(stage, new_session(stage))


@pytest.mark.parametrize("version, done", [(None, False), ("5", False), ("6", True), ("28", True)])
def test_a_region_is_prepared_once(version: str | None, done: bool) -> None:
    if version:
        boto3.client("ssm").put_parameter(
            Name="/cdk-bootstrap/hnb659fds/version", Value=version, Type="String"
        )

    assert is_bootstrapped(DEV, new_session(DEV)) is done


@pytest.fixture
def tried(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> list[list[str]]:
    """What was tried; a command in CDK's place fails where its first argument is in `fail`."""
    command, log = tmp_path / "cdk", tmp_path / "log"
    made = tmp_path / "build" / "dev.json"
    command.write_text(
        f'#!/bin/sh\necho "$@" >> {log}\n! grep -qx "$1" {tmp_path}/fail || exit 1\n'
        f'[ "$1" != deploy ] || cp {tmp_path}/told {made}\n'
    )
    command.chmod(0o755)
    made.parent.mkdir()
    told = TOLD | getattr(request, "param", {})
    (tmp_path / "told").write_text(json.dumps({"calotype-dev": told}))
    (tmp_path / "fail").write_text("")
    monkeypatch.setattr(deploy, "_ROOT", tmp_path)
    calls: list[list[str]] = []

    def trying(arguments: list[str]) -> int:
        calls.append(arguments)
        return 0

    monkeypatch.setattr(deploy, "_CDK", command)
    monkeypatch.setattr("infra.aws.commands.smoke.main", trying)
    return calls


def called(tmp_path: Path) -> list[str]:
    log = tmp_path / "log"
    return [line.split()[0] for line in log.read_text().splitlines()] if log.exists() else []


def test_it_bootstraps_shows_deploys_and_tries(tried: list[list[str]], tmp_path: Path) -> None:
    assert deploy.main(["dev", "--url", "https://img.example.com"]) == 0

    assert called(tmp_path) == ["bootstrap", "synth", "diff", "deploy"]
    ((path, *told),) = tried
    assert path.endswith("build/dev.json")
    assert told == ["--url", "https://img.example.com"]


@dataclass
class Keeper:
    """Lambda, where it runs nothing but the keeper of the edge's keys."""

    answer: dict[str, Any]
    asked: list[str] = field(default_factory=list)

    def client(self, service: str, **told: Any) -> Any:
        return self if service == "lambda" else boto3.client(service, **told)

    def invoke(self, FunctionName: str, Payload: bytes) -> dict[str, Any]:  # noqa: N803 reason: boto3's own
        assert json.loads(Payload) == {}
        self.asked.append(FunctionName)
        failed = {"FunctionError": "Unhandled"} if "errorType" in self.answer else {}
        return failed | {"Payload": io.BytesIO(json.dumps(self.answer).encode())}


@KEPT
@PLACED
def test_the_edge_is_told_what_its_secrets_hold_though_no_template_has_changed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    keeper = Keeper({"changed": 2})
    monkeypatch.setattr(deploy, "new_session", lambda stage: keeper)  # noqa: ARG005 reason: of any

    assert deploy.main(["dev"]) == 0
    assert keeper.asked == ["keeper"]
    assert "Entries that the edge was behind its secrets: 2." in capsys.readouterr().out


@KEPT
def test_where_the_edge_could_not_be_told_nothing_is_tried(
    monkeypatch: pytest.MonkeyPatch, tried: list[list[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    keeper = Keeper({"errorType": "ValueError", "errorMessage": "a secret"})
    monkeypatch.setattr(deploy, "new_session", lambda stage: keeper)  # noqa: ARG005 reason: of any

    assert deploy.main(["dev"]) == 1
    assert tried == []
    told = capsys.readouterr().err
    assert "calotype: the edge was not told its keys (ValueError): see keeper's log" in told
    assert "a secret" not in told


@PLACED
def test_what_is_shown_is_what_is_deployed(tmp_path: Path) -> None:
    deploy.main(["dev"])

    lines = (tmp_path / "log").read_text().splitlines()
    synth, diff, made = (
        next(line for line in lines if line.startswith(name))
        for name in ("synth", "diff", "deploy")
    )
    folder = synth.split("--output ")[1].split()[0]
    assert f"--app {folder}" in diff
    assert f"--app {folder}" in made
    assert "--require-approval broadening" in made


@pytest.mark.parametrize("step", ["bootstrap", "synth", "deploy"])
def test_a_step_that_fails_is_the_last(
    tried: list[list[str]], tmp_path: Path, step: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "fail").write_text(step)

    assert deploy.main(["dev"]) == 1
    assert called(tmp_path)[-1] == step
    assert tried == []
    assert f"calotype: cdk {step} failed" in capsys.readouterr().err


@PLACED
def test_a_protected_stage_is_not_taken_down(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert deploy.main(["production", "--destroy"]) == 1

    assert called(tmp_path) == []
    assert "production is protected" in capsys.readouterr().err


@PLACED
def test_another_is_and_what_stays_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert deploy.main(["dev", "--destroy"]) == 0

    assert called(tmp_path) == ["destroy"]
    assert "The originals, the catalog, both secrets" in capsys.readouterr().out


def test_a_stage_that_is_none_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert deploy.main(["staging"]) == 2
    assert "there is no stage 'staging'" in capsys.readouterr().err


def test_without_cdks_command_it_says_how_to_get_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(deploy, "_CDK", tmp_path / "cdk")

    assert deploy.main(["dev"]) == 1
    assert "(cd infra/aws && npm ci)" in capsys.readouterr().err


def test_outputs_become_the_environment_of_the_other_commands(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "dev.json"
    path.write_text(json.dumps({"calotype-dev": TOLD}))

    assert tell_environment([str(path)]) == 0
    told = capsys.readouterr().out
    assert "export ORIGINALS_BUCKET=originals\n" in told
    assert "export AWS_DEFAULT_REGION=eu-central-1\n" in told
    assert "DISTRIBUTION_ID" not in environment(Outputs.read(path))


@pytest.mark.parametrize(
    "told", ["", "[]", "{}", '{"one": {}, "two": {}}', '{"one": {"Url": "x"}}']
)
def test_outputs_of_something_else_are_refused(
    tmp_path: Path, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "dev.json"
    path.write_text(told)

    assert tell_environment([str(path)]) == 2
    assert "does not have the outputs of one stage" in capsys.readouterr().err


def test_every_output_that_is_read_is_told(stacks: Any) -> None:
    told = set(stacks.templates["production"].find_outputs("*"))

    assert TOLD.keys() <= told
    assert ALL["production"].upload_api
