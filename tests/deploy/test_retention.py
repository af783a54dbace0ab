"""What must survive an update, a mistake and the deletion of a stack."""

from collections.abc import Mapping
from typing import Any

import pytest

from infra.aws.stages import STAGES
from tests.deploy.stacks import ALL, Stacks

WITH_NEW_TABLE = [name for name, stage in ALL.items() if not stage.catalog_table]
WITH_NEW_BUCKET = [name for name, stage in ALL.items() if not stage.originals_bucket]
RETAINED = {"DeletionPolicy": "Retain", "UpdateReplacePolicy": "Retain"}
RETAINED_ONCE_CREATED = RETAINED | {"DeletionPolicy": "RetainExceptOnCreate"}
"""CloudFormation deletes the resource only if the operation that creates it is rolled back."""


def policies(resource: Mapping[str, Any]) -> dict[str, Any]:
    return {name: resource.get(name) for name in RETAINED}


@pytest.mark.parametrize("stage", WITH_NEW_BUCKET)
def test_originals_outlive_the_stack(stacks: Stacks, stage: str) -> None:
    assert policies(stacks.only(stage, "AWS::S3::Bucket", "Originals")) == RETAINED_ONCE_CREATED


@pytest.mark.parametrize("stage", WITH_NEW_TABLE)
def test_the_catalog_outlives_the_stack_and_can_be_restored(stacks: Stacks, stage: str) -> None:
    table = stacks.only(stage, "AWS::DynamoDB::GlobalTable", "Catalog")

    assert policies(table) == (RETAINED if ALL[stage].protected else RETAINED_ONCE_CREATED)
    for replica in table["Properties"]["Replicas"]:
        assert replica["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
        assert replica.get("DeletionProtectionEnabled", False) is ALL[stage].protected


@pytest.mark.parametrize("stage", WITH_NEW_BUCKET)
def test_secrets_outlive_the_stack(stacks: Stacks, stage: str) -> None:
    secrets = stacks.resources(stage, "AWS::SecretsManager::Secret")

    assert len(secrets) == 1 + ALL[stage].upload_api
    assert all(policies(secret) == RETAINED_ONCE_CREATED for secret in secrets.values())


def test_production_cannot_be_deleted_by_accident(stacks: Stacks) -> None:
    assert stacks.stacks["production"].termination_protection is True
    assert stacks.stacks["dev"].termination_protection is False
    assert [name for name, stage in STAGES.items() if stage.protected] == ["production"]


def test_a_distribution_is_kept_if_an_update_replaces_it(stacks: Stacks) -> None:
    distribution = stacks.only("adopted", "AWS::CloudFront::Distribution")

    assert distribution["UpdateReplacePolicy"] == "Retain"


def test_every_update_sets_the_domains_of_the_stage(stacks: Stacks) -> None:
    config = stacks.properties("adopted", "AWS::CloudFront::Distribution")["DistributionConfig"]

    assert config["Aliases"] == ["img.example.com"]
    assert config["ViewerCertificate"] == {
        "AcmCertificateArn": ALL["adopted"].certificate_arn,
        "MinimumProtocolVersion": "TLSv1.2_2021",
        "SslSupportMethod": "sni-only",
    }


@pytest.mark.parametrize("stage", ALL)
def test_the_derivatives_bucket_is_emptied_only_if_the_stage_says_so(
    stacks: Stacks, stage: str
) -> None:
    bucket = stacks.only(stage, "AWS::S3::Bucket", "Derivatives")

    assert bucket["DeletionPolicy"] == "Delete"
    assert len(stacks.resources(stage, "Custom::S3AutoDeleteObjects")) == (
        ALL[stage].derivatives_emptied
    )
    assert not ALL["production"].derivatives_emptied


@pytest.mark.parametrize("stage", ALL)
def test_old_versions_of_the_origin_are_kept_for_a_rollback(stacks: Stacks, stage: str) -> None:
    version = stacks.only(stage, "AWS::Lambda::Version", "Origin")

    assert policies(version) == RETAINED


def test_the_stack_does_not_manage_an_existing_table(stacks: Stacks) -> None:
    assert not stacks.resources("standby", "AWS::DynamoDB::GlobalTable")
    assert not stacks.resources("standby", "AWS::DynamoDB::Table")


def test_the_stack_does_not_manage_an_existing_bucket(stacks: Stacks) -> None:
    buckets = stacks.resources("adopted", "AWS::S3::Bucket")

    assert not [name for name in buckets if "Originals" in name]
