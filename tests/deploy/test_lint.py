"""The templates pass cfn-lint and cdk-nag, and docs/deploy.md names tests that exist."""

import json
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from infra.aws.app import stack_name
from infra.aws.stage import Front
from tests.deploy.stacks import ALL, PARTS, REPOSITORY, SITE, Stacks

# CDK writes a DependsOn for a role that a reference already implies.
IGNORED = "W3005"


def test_the_linted_stages_have_every_front_and_architecture_and_several_regions() -> None:
    linted = (*ALL.values(), *PARTS)

    assert {stage.front for stage in linted} == set(Front)
    assert {stage.architecture for stage in linted} == {"x86_64", "arm64"}
    assert {stage.region for stage in linted} == {"us-east-1", "eu-west-1", "eu-central-1"}


def test_cfn_lint_finds_nothing(stacks: Stacks) -> None:
    templates = [str(stacks.path(stage)) for stage in (*ALL, SITE)]
    result = subprocess.run(
        [Path(sys.executable).with_name("cfn-lint"), "--ignore-checks", IGNORED, "--", *templates],
        capture_output=True,
        text=True,
        check=False,
    )

    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")


def test_a_synthesis_prints_no_warning(stacks: Stacks) -> None:
    # CDK warns about the distribution of SITE, which is the user's own.
    manifest = json.loads((stacks.folder / "manifest.json").read_text(encoding="utf-8"))
    entries = [
        (path, entry["type"], entry["data"])
        for name, artifact in manifest["artifacts"].items()
        if name != stack_name(SITE)
        for path, listed in read_metadata(stacks.folder, artifact).items()
        for entry in listed
    ]

    assert any(kind == "aws:cdk:logicalId" for _, kind, _ in entries)
    assert [
        (path, text) for path, kind, text in entries if kind in {"aws:cdk:warning", "aws:cdk:error"}
    ] == []


def read_metadata(folder: Path, artifact: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the metadata of an artifact, which CDK can write into a file of its own."""
    found: dict[str, Any] = dict(artifact.get("metadata", {}))
    if name := artifact.get("additionalMetadataFile"):
        found |= json.loads((folder / name).read_text(encoding="utf-8"))
    return found


def test_all_findings_of_cdk_nag_are_suppressed_with_a_reason(stacks: Stacks) -> None:
    # Any other finding fails the synthesis. The report shows that cdk-nag has run.
    report = json.loads((stacks.folder / "validation-report.json").read_text(encoding="utf-8"))

    (nag,) = report["pluginReports"]
    assert (nag["pluginName"], nag["conclusion"]) == ("AwsSolutions", "success")
    assert nag["violations"] == []
    assert {each["ruleName"].partition("[")[0] for each in nag["suppressedViolations"]} == {
        f"AwsSolutions-{rule}"
        for rule in (
            *("APIG4", "CFR1", "CFR2", "CFR3", "CFR4", "EC23", "ELB2"),
            *("IAM4", "IAM5", "L1", "S1", "SMG4", "VPC7"),
        )
    }


@pytest.mark.parametrize("stage", [*ALL, SITE])
def test_no_resource_has_a_fixed_name_that_could_be_taken(stacks: Stacks, stage: str) -> None:
    for kind, name in (
        ("AWS::S3::Bucket", "BucketName"),
        ("AWS::DynamoDB::GlobalTable", "TableName"),
        ("AWS::SQS::Queue", "QueueName"),
        ("AWS::SNS::Topic", "TopicName"),
        ("AWS::Lambda::Function", "FunctionName"),
        ("AWS::IAM::Role", "RoleName"),
    ):
        for resource in stacks.resources(stage, kind).values():
            assert name not in resource.get("Properties", {})


def test_every_test_that_the_page_names_exists() -> None:
    text = (REPOSITORY / "docs" / "deploy.md").read_text(encoding="utf-8")
    named_tests = re.findall(r"\[`(test_\w+)`\]\(\.\./(tests/[\w/]+\.py)\)", text)

    assert len(named_tests) > 10
    for name, path in named_tests:
        assert f"def {name}(" in (REPOSITORY / path).read_text(encoding="utf-8"), name


def test_the_name_of_the_store_is_short_enough(stacks: Stacks) -> None:
    store = stacks.properties("production", "AWS::CloudFront::KeyValueStore")

    assert len(store["Name"]) <= 32
