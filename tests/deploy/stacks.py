"""All stages, and further ones that use the other settings, synthesised once for all tests."""

import dataclasses
import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import aws_cdk as cdk
import cdk_nag
from aws_cdk import aws_cloudfront as cloudfront
from aws_cdk import aws_cloudfront_origins as origins
from aws_cdk.assertions import Template

from infra.aws.app import CONTEXT, add_stage, stack_name
from infra.aws.constructs.distribution import error_responses
from infra.aws.constructs.function import Packager
from infra.aws.constructs.image_cdn import ImageCdn
from infra.aws.nag_suppressions import suppress
from infra.aws.network import Network
from infra.aws.stage import Front, OriginalsEvents
from infra.aws.stages import STAGES

REPOSITORY: Final = Path(__file__).parents[2]
CERTIFICATE: Final = "arn:aws:acm:us-east-1:123456789012:certificate/0f0e"
WEB_ACL: Final = "arn:aws:wafv2:us-east-1:123456789012:global/webacl/calotype/0f0e"
REPLICA: Final = "arn:aws:s3:::our-pictures-2"
ORIGINALS_KEY: Final = "arn:aws:kms:us-east-1:123456789012:key/0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9"
SIGNING_KEYS: Final = "arn:aws:secretsmanager:us-east-1:123456789012:secret:keys-AbCdEf"
IMGIX_TOKEN: Final = "arn:aws:secretsmanager:us-east-1:123456789012:secret:imgix-AbCdEf"
UPLOAD_TOKENS: Final = "arn:aws:secretsmanager:us-east-1:123456789012:secret:tokens-AbCdEf"

OTHERS: Final = (
    dataclasses.replace(
        STAGES["production"],
        name="adopted",
        originals_bucket="our-pictures",
        originals_key_arn=ORIGINALS_KEY,
        upload_prefix="uploads/",
        replicas=("eu-central-1",),
        domain_names=("img.example.com",),
        certificate_arn=CERTIFICATE,
        web_acl_arn=WEB_ACL,
        shield_region="us-east-1",
        architecture="arm64",
        snap_start=True,
        edge_metrics=True,
        settings={"LIMIT_SIDE": "4096"},
        edge_settings={"SIZE_LADDER": "320,640", "OPEN_PARAMETERS": "w,auto"},
        signing_keys_arn=SIGNING_KEYS,
        imgix_token_arn=IMGIX_TOKEN,
        upload_tokens_arn=UPLOAD_TOKENS,
    ),
    dataclasses.replace(
        STAGES["production"],
        name="balanced",
        front=Front.BALANCER,
        certificate_arn=CERTIFICATE,
        web_acl_arn=WEB_ACL.replace("global", "regional"),
        replicate_to=REPLICA,
        access_log_days=0,
        edge_settings={"REQUIRE_SIGNATURE": "true"},
    ),
    dataclasses.replace(
        STAGES["production"],
        name="private",
        region="eu-west-1",
        front=Front.BALANCER,
        certificate_arn=CERTIFICATE.replace("us-east-1", "eu-west-1"),
        network=Network(
            vpc_id="vpc-0a1b2c3d4e5f60718",
            subnets={
                "eu-west-1a": "subnet-0a1b2c3d4e5f60718",
                "eu-west-1b": "subnet-0b1b2c3d4e5f60718",
            },
        ),
        allowed_from=("10.0.0.0/8", "172.16.0.0/12"),
        originals_prefix="img/",
        upload_prefix="img/uploads/",
        rate_limit=10_000,
        access_log_days=0,
    ),
    dataclasses.replace(
        STAGES["production"],
        name="standby",
        region="eu-central-1",
        originals_bucket="our-pictures-2",
        originals_events=OriginalsEvents.EVENTBRIDGE,
        catalog_table="our-catalog",
        ingest_enabled=False,
        streaming=True,
        provisioned_concurrency=2,
        certificate_arn=CERTIFICATE,
        access_log_days=0,
    ),
    dataclasses.replace(
        STAGES["production"],
        name="learning",
        refine_budget=5,
        warm_presets=("card", "w=640&auto=format"),
        edge_settings={"REQUIRE_SIGNATURE": "true", "PRESETS": '{"card": "w=300&h=200"}'},
    ),
    dataclasses.replace(
        STAGES["dev"],
        name="read-only",
        playground=True,
        warm_presets=("w=320",),
        upload_api=False,
        upload_origins=(),
        rate_limit=2000,
        originals_events=OriginalsEvents.EVENTBRIDGE,
        originals_prefix="img/",
        originals_suffixes=(".jpg", ".png"),
    ),
)
SITE: Final = "site"
"""A stack with two image CDNs behind the user's own distribution, in another region."""

PARTS: Final = tuple(
    dataclasses.replace(STAGES["dev"], name=name, front=Front.OTHER, region="eu-west-1")
    for name in ("shop", "press")
)
ALL: Final = {stage.name: stage for stage in (*STAGES.values(), *OTHERS)}


class Stacks:
    """All stages in one app, checked by cdk-nag's AwsSolutions."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "out"
        app = cdk.App(outdir=str(self.folder), context=read_context())
        code = fake_packager(folder)
        self.stacks = {name: add_stage(app, stage, code) for name, stage in ALL.items()}
        add_site(app, code)
        cdk.Validations.of(app).add_plugins(cdk_nag.AwsSolutionsChecks(app, verbose=False))
        app.synth()
        self.templates = {
            name: Template.from_json(json.loads(self.path(name).read_text(encoding="utf-8")))
            for name in (*ALL, SITE)
        }

    def path(self, stage: str) -> Path:
        return self.folder / f"{stack_name(stage)}.template.json"

    def resources(self, stage: str, kind: str) -> dict[str, Mapping[str, Any]]:
        """Return the resources of a type by their logical ids."""
        resources: dict[str, Mapping[str, Any]] = self.templates[stage].find_resources(kind)  # type: ignore[assignment]
        return resources

    def only(self, stage: str, kind: str, containing: str = "") -> Mapping[str, Any]:
        """Return the only resource of a type whose logical id contains a text."""
        (resource,) = [
            resource for name, resource in self.resources(stage, kind).items() if containing in name
        ]
        return resource

    def properties(self, stage: str, kind: str, containing: str = "") -> Mapping[str, Any]:
        """Return the properties of the only resource of a type, as `only` finds it."""
        properties: Mapping[str, Any] = self.only(stage, kind, containing)["Properties"]
        return properties


def add_site(app: cdk.App, code: Packager) -> list[ImageCdn]:
    """Add a distribution with two image CDNs, each behind a folder."""
    stack = cdk.Stack(app, stack_name(SITE), env=cdk.Environment(region=PARTS[0].region))
    parts = [ImageCdn(stack, part.name.title(), stage=part, code=code) for part in PARTS]
    site = cloudfront.Distribution(
        stack,
        "Site",
        default_behavior=cloudfront.BehaviorOptions(
            origin=origins.HttpOrigin("www.example.com"),
            viewer_protocol_policy=cloudfront.ViewerProtocolPolicy.REDIRECT_TO_HTTPS,
        ),
        additional_behaviors={f"/{part.stage.name}/*": part.behaviour() for part in parts},
        error_responses=error_responses(),
    )
    suppress(
        site, dict.fromkeys(("CFR1", "CFR2", "CFR3", "CFR4"), "It is the user's own distribution.")
    )
    for part in parts:
        part.invalidate_at(site)
    return parts


def read_context() -> dict[str, Any]:
    """Return the context of the app."""
    return dict(CONTEXT)


def fake_packager(folder: Path) -> Packager:
    """Return a packager of empty functions: tests of templates do not run them."""

    def package(function: str, architecture: str) -> Path:
        path = folder / f"{function}-{architecture}.zip"
        if not path.exists():
            with zipfile.ZipFile(path, "w") as archive:
                archive.writestr(zipfile.ZipInfo("nothing.py"), f"# {function} {architecture}\n")
        return path

    return package
