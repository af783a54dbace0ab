"""Stages: which configurations are refused, and the outputs of their stacks."""

import dataclasses
import subprocess
import sys
from typing import Any

import pytest

from infra.aws.app import stack_name
from infra.aws.network import Network
from infra.aws.stage import Front, Stage
from infra.aws.stages import STAGES, find_stage
from tests.deploy.stacks import (
    ALL,
    CERTIFICATE,
    IMGIX_TOKEN,
    ORIGINALS_KEY,
    REPLICA,
    REPOSITORY,
    WEB_ACL,
    Stacks,
)

GOOD = Stage(name="good")
PRIVATE = Network(
    vpc_id="vpc-0a1b2c3d4e5f60718",
    subnets={"us-east-1a": "subnet-0a1b2c3d4e5f60718", "us-east-1b": "subnet-0b1b2c3d4e5f60718"},
)


@pytest.mark.parametrize(
    "changes, message",
    [
        ({"name": "Bad"}, "name must be 1 to 20 of a-z, 0-9 and -"),
        ({"name": "a" * 21}, "name must be 1 to 20"),
        ({"architecture": "i386"}, "architecture must be x86_64 or arm64"),
        (
            {"region": "eu-central-2"},
            "eu-central-2 has no budgets: set monthly_budget=0, and see",
        ),
        ({"rate_limit": 5}, "rate_limit must be 10 to 2,000,000,000 requests in five minutes"),
        ({"rate_limit": 2000, "web_acl_arn": WEB_ACL}, "rate_limit creates a web ACL"),
        ({"rate_limit": 2000, "region": "eu-west-1"}, "rate_limit is for CloudFront in us-east-1"),
        ({"monthly_budget": -1}, "monthly_budget must be 0, for none, or more"),
        ({"ingest_concurrency": 1}, "ingest_concurrency must be 2 or more"),
        ({"edge_settings": {"IMGIX_TOKEN": "a token"}}, "name secrets by their ARNs"),
        (
            {"edge_settings": {"SIZE_LADDER": "wide"}},
            "SIZE_LADDER must be whole numbers above 0, separated by commas",
        ),
        ({"edge_settings": {"PRESETS": "[]"}}, "PRESETS must be a JSON object"),
        ({"warm_presets": ("card",)}, "WARM_PRESETS: 'card' is no name of PRESETS"),
        (
            {"settings": {"CATALOG_TABLE": "mine"}},
            "settings can be BARE_ORIGINALS, FALLBACK_ORIGINAL",
        ),
        ({"settings": {"LIMIT_SIDE": "-1"}}, "LIMIT_SIDE must be a whole number above 0"),
        ({"imgix_token_arn": IMGIX_TOKEN, "front": Front.NOTHING}, "imgix_token_arn needs an edge"),
        ({"domain_names": ("img.example.com",)}, "domain_names need a certificate_arn"),
        *(
            (
                {"front": front, "certificate_arn": CERTIFICATE, "domain_names": ("a.example",)},
                "domain_names are for CloudFront",
            )
            for front in (Front.BALANCER, Front.OTHER, Front.NOTHING)
        ),
        *(
            ({"front": front, "web_acl_arn": WEB_ACL}, "web_acl_arn is for CloudFront or a bal")
            for front in (Front.OTHER, Front.NOTHING)
        ),
        (
            {"certificate_arn": CERTIFICATE.replace("us-east-1", "eu-west-1")},
            "CloudFront accepts certificates of us-east-1 only",
        ),
        ({"front": Front.BALANCER}, "a balancer needs a certificate_arn"),
        ({"network": PRIVATE}, "network and allowed_from are for a balancer"),
        ({"allowed_from": ("10.0.0.0/8",)}, "network and allowed_from are for a balancer"),
        *(
            (
                {"front": Front.BALANCER, "certificate_arn": CERTIFICATE, "network": network},
                message,
            )
            for network, message in (
                (dataclasses.replace(PRIVATE, vpc_id="mine"), "network needs a vpc_id such as"),
                (
                    dataclasses.replace(PRIVATE, subnets={"us-east-1a": "mine", "us-east-1b": ""}),
                    "network needs subnets such as",
                ),
                (
                    dataclasses.replace(
                        PRIVATE, subnets={"us-east-1a": "subnet-0a1b2c3d4e5f60718"}
                    ),
                    "network needs subnets of two zones",
                ),
                (
                    dataclasses.replace(
                        PRIVATE,
                        subnets={
                            "us-east-1a": "subnet-0a1b2c3d4e5f60718",
                            "eu-west-1a": "subnet-0b1b2c3d4e5f60718",
                        },
                    ),
                    "network needs zones of us-east-1",
                ),
            )
        ),
        *(
            (
                {"front": Front.BALANCER, "certificate_arn": CERTIFICATE, "allowed_from": blocks},
                "allowed_from must be blocks of addresses",
            )
            for blocks in ((), ("10.0.0.1/8",), ("10.0.0.1",), ("everywhere",))
        ),
        ({"access_log_days": 30, "region": "eu-west-1"}, "access_log_days need CloudFront"),
        ({"originals_key_arn": ORIGINALS_KEY}, "originals_key_arn must be the key, in us-east-1"),
        *(
            ({"originals_key_arn": key, "originals_bucket": "ours"}, message)
            for key, message in (
                (
                    ORIGINALS_KEY.replace("us-east-1", "eu-west-1"),
                    "the key, in us-east-1, of originals_bucket",
                ),
                (
                    "arn:aws:kms:us-east-1:123456789012:alias/ours",
                    "permissions cannot name an alias",
                ),
            )
        ),
        *(
            ({"replicate_to": REPLICA} | changes, "replicate_to must be the ARN of a bucket")
            for changes in (
                {"replicate_to": "our-pictures-2"},
                {"originals_versioned": False},
                {"originals_bucket": "ours"},
            )
        ),
        ({"catalog_table": "catalog", "replicas": ("eu-west-1",)}, "replicas are for a new table"),
        ({"upload_prefix": "uploads"}, "upload_prefix must end in /"),
        ({"originals_prefix": "img*"}, "originals_prefix can have A-Z"),
        ({"originals_suffixes": ("",), "upload_api": False}, "originals_suffixes can have A-Z"),
        (
            {"originals_suffixes": (".jpg", "g"), "upload_api": False},
            "originals_suffixes must not end in one another",
        ),
        ({"originals_prefix": "img/"}, "upload_prefix must begin with originals_prefix"),
        ({"originals_suffixes": (".jpg",)}, "originals_suffixes need upload_api=False"),
        (
            {
                "originals_prefix": "a/",
                "upload_prefix": "a/",
                "settings": {"FALLBACK_ORIGINAL": "b"},
            },
            "FALLBACK_ORIGINAL must match ORIGINALS_PREFIX",
        ),
        ({"upload_prefix": "../"}, "UPLOAD_PREFIX must be a path of letters"),
        ({"edge_metrics": True, "front": Front.OTHER}, "edge_metrics are for CloudFront"),
        ({"playground": True, "front": Front.OTHER}, "playground is for CloudFront"),
        *(
            (
                {"playground": True, "edge_settings": settings},
                "playground needs edge_settings without REQUIRE_SIGNATURE and OPEN_PARAMETERS",
            )
            for settings in ({"REQUIRE_SIGNATURE": "true"}, {"OPEN_PARAMETERS": "w"})
        ),
        ({"replicas": ("us-east-1",)}, "replicas must be other regions"),
        (
            {"originals_bucket": "ours", "upload_origins": ("*",)},
            "upload_origins are for a new bucket",
        ),
        (
            {"streaming": True, "front": Front.BALANCER, "certificate_arn": CERTIFICATE},
            "streaming is for the URL of the function",
        ),
        ({"streaming": True, "snap_start": True}, "streaming and snap_start exclude each other"),
        (
            {"provisioned_concurrency": 1, "snap_start": True},
            "provisioned_concurrency and snap_start exclude each other",
        ),
        ({"provisioned_concurrency": -1}, "provisioned_concurrency must be 0 or more"),
        (
            {"provisioned_concurrency": 3, "origin_concurrency": 2},
            "at most origin_concurrency",
        ),
        ({"log_days": 8}, "log_days must be one of 7, 14, 30, 90, 365"),
        ({"price_class": "cheap"}, "price_class must be one of PriceClass_100"),
    ],
)
def test_a_configuration_that_cannot_be_deployed_is_refused_with_its_name_and_the_reason(
    changes: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValueError, match=message) as refused:
        dataclasses.replace(GOOD, **changes)

    assert str(refused.value).startswith(changes.get("name", "good"))


def test_stages_are_found_by_name() -> None:
    assert find_stage("dev") is STAGES["dev"]
    with pytest.raises(ValueError, match=r"no stage 'staging', only dev, production, local"):
        find_stage("staging")


def test_every_stage_is_in_the_table_under_its_own_name() -> None:
    assert {name: stage.name for name, stage in STAGES.items()} == {name: name for name in STAGES}


def test_production_requires_signatures() -> None:
    assert STAGES["production"].policy.require_signature
    assert not STAGES["dev"].policy.require_signature


def test_the_local_stage_has_no_parts_that_an_emulator_lacks(stacks: Stacks) -> None:
    kinds = {
        resource["Type"] for resource in stacks.templates["local"].to_json()["Resources"].values()
    }

    assert not [kind for kind in kinds if kind.startswith(("AWS::CloudFront", "Custom::"))]


def test_a_stack_outputs_the_names_of_its_parts(stacks: Stacks) -> None:
    everything = {
        "Url",
        "OriginalsBucket",
        "DerivativesBucket",
        "CatalogTable",
        "AlarmsTopic",
        "AlertsTopic",
        "IngestQueueUrl",
        "DeadLettersUrl",
        "SigningKeys",
        "OriginFunction",
        "OriginUrl",
        "UploadApi",
        "UploadTokens",
        "DistributionId",
        "EdgeKeysFunction",
        "EdgeFunction",
        "AccessLogsBucket",
    }

    assert set(stacks.templates["production"].find_outputs("*")) == everything
    assert set(stacks.templates["local"].find_outputs("*")) == everything - {
        "DistributionId",
        "EdgeKeysFunction",
        "EdgeFunction",
        "AccessLogsBucket",
    }


@pytest.mark.parametrize("stage", ALL)
def test_a_stack_is_named_after_its_stage(stacks: Stacks, stage: str) -> None:
    assert stacks.stacks[stage].stack_name == stack_name(stage) == f"calotype-{stage}"


def test_the_app_lists_the_stages_if_a_name_is_unknown() -> None:
    result = subprocess.run(
        [sys.executable, "-m", "infra.aws.app"],
        env={"CDK_CONTEXT_JSON": '{"stage": "staging"}', "PATH": "/usr/bin:/bin:/usr/local/bin"},
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )

    assert result.returncode == 2
    assert "calotype: there is no stage 'staging', only dev, production, local" in result.stderr
    assert "Traceback" not in result.stderr
