"""The exact permissions of each role: a new permission must be added here too."""

import json
from collections.abc import Mapping
from typing import Any, Final

import pytest

from infra.aws.commands.permissions import (
    DOCUMENT,
    format_table,
    list_permissions,
    replace_table,
    synthesise,
)
from tests.deploy.stacks import ALL, ORIGINALS_KEY, REPLICA, Stacks

LOG: Final = ("logs:CreateLogStream", "logs:PutLogEvents")

ORIGIN: Final = {
    (LOG, "Log"),
    (("s3:GetObject", "s3:GetObjectTagging"), "Originals/*"),
    (("s3:ListBucket",), "Derivatives"),
    (("s3:ListBucket",), "Originals"),
    (("s3:DeleteObject", "s3:GetObject", "s3:PutObject", "s3:PutObjectTagging"), "Derivatives/*"),
    (("Deny", "s3:DeleteObject", "s3:PutObject"), "Derivatives/.mips/*"),
    (("dynamodb:GetItem",), "Catalog"),
    (("sqs:SendMessage",), "IngestQueue"),
}
SIGNING_KEYS: Final = (("secretsmanager:GetSecretValue",), "SigningKeys")
INGEST: Final = {
    (LOG, "Log"),
    (("s3:GetObject",), "Originals/*"),
    (("s3:ListBucket",), "Derivatives"),
    (("s3:ListBucket",), "Originals"),
    (("s3:DeleteObject", "s3:GetObject"), "Derivatives/*"),
    (("s3:PutObject",), "Derivatives/.mips/*"),
    (("dynamodb:GetItem", "dynamodb:PutItem"), "Catalog"),
    (("sns:Publish",), "Alerts"),
    (
        ("sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage", "sqs:SendMessage"),
        "IngestQueue",
    ),
}
COUNTER: Final = {(LOG, "Log"), (("dynamodb:UpdateItem",), "TrafficTable")}
REFINER: Final = {
    (LOG, "Log"),
    (("s3:GetObject",), "Originals/*"),
    (("s3:ListBucket",), "Derivatives"),
    (("s3:ListBucket",), "Originals"),
    (("s3:DeleteObject", "s3:GetObject", "s3:PutObject"), "Derivatives/*"),
    (("Deny", "s3:DeleteObject", "s3:PutObject"), "Derivatives/.mips/*"),
    (("dynamodb:GetItem",), "Catalog"),
    (("dynamodb:PutItem", "dynamodb:Query", "dynamodb:UpdateItem"), "TrafficTable"),
    (("sqs:SendMessage",), "IngestQueue"),
}
INVALIDATION: Final = (("cloudfront:CreateInvalidation",), "distribution/Distribution")
UPLOAD: Final = {
    (LOG, "Log"),
    (("s3:GetObject", "s3:PutObject"), "Originals/*"),
    (("s3:ListBucket",), "Originals"),
    (("dynamodb:GetItem",), "Catalog"),
    (("secretsmanager:GetSecretValue",), "UploadTokens"),
}
EDGE_KEYS: Final = {
    (LOG, "Log"),
    (
        (
            "cloudfront-keyvaluestore:DescribeKeyValueStore",
            "cloudfront-keyvaluestore:ListKeys",
            "cloudfront-keyvaluestore:UpdateKeys",
        ),
        "Store",
    ),
    SIGNING_KEYS,
}


def name_place(arn: Any) -> str:
    """Return a resource's short name, from its logical id, with the path after it."""
    match arn:
        case {"Fn::Join": [_, parts]}:
            return "".join(map(name_place, parts))
        case {"Fn::GetAtt": [name, _]} | {"Ref": str(name)}:
            for each in ("Originals", "Derivatives", "Catalog", "Alerts", "SigningKeys"):
                if name.startswith(("Cdn" + each, "CdnSecrets" + each)):
                    return each
            for each in (
                "UploadTokens",
                "IngestQueue",
                "TrafficTable",
                "Distribution",
                "Store",
                "Log",
            ):
                if each in name:
                    return each
            return ""
        case str():
            return arn.removeprefix("arn:aws:cloudfront::").removeprefix(":")
    raise AssertionError(arn)


def permissions(stacks: Stacks, stage: str, function: str) -> set[tuple[tuple[str, ...], str]]:
    """Return the actions and the resource of each statement of a function's role."""
    document = stacks.properties(stage, "AWS::IAM::Policy", f"Cdn{function}FunctionRole")
    rows = set()
    for statement in document["PolicyDocument"]["Statement"]:
        actions, resources = statement["Action"], statement["Resource"]
        names = (actions,) if isinstance(actions, str) else tuple(actions)
        denied = ("Deny",) if statement["Effect"] == "Deny" else ()
        for arn in resources if isinstance(resources, list) else [resources]:
            rows.add(((*denied, *names), name_place(arn)))
    return rows


@pytest.mark.parametrize("stage", ["dev", "production"])
def test_the_origin_may_read_originals_and_store_derivatives(stacks: Stacks, stage: str) -> None:
    assert permissions(stacks, stage, "Origin") == ORIGIN


@pytest.mark.parametrize("stage", ["balanced", "local"])
def test_an_origin_that_checks_signatures_may_read_the_keys(stacks: Stacks, stage: str) -> None:
    assert permissions(stacks, stage, "Origin") == ORIGIN | {SIGNING_KEYS}


@pytest.mark.parametrize("stage", ["dev", "production"])
def test_ingest_may_write_mips_and_records_and_invalidate(stacks: Stacks, stage: str) -> None:
    assert permissions(stacks, stage, "Ingest") == INGEST | {INVALIDATION}


def test_ingest_may_not_invalidate_without_a_distribution(stacks: Stacks) -> None:
    assert permissions(stacks, "local", "Ingest") == INGEST


@pytest.mark.parametrize("stage, views", [("learning", True), ("read-only", False)])
def test_an_ingest_that_stores_derivatives_may_write_them_and_read_views(
    stacks: Stacks, stage: str, views: bool
) -> None:
    added = permissions(stacks, stage, "Ingest") - INGEST - {INVALIDATION}

    assert {each for each in added if "img/" not in each[1]} == {
        (("s3:DeleteObject", "s3:GetObject", "s3:PutObject"), "Derivatives/*")
    } | ({(("dynamodb:Query",), "TrafficTable")} if views else set())


@pytest.mark.parametrize("stage", ["dev", "production", "local"])
def test_the_upload_function_may_put_originals(stacks: Stacks, stage: str) -> None:
    assert permissions(stacks, stage, "Upload") == UPLOAD


def test_what_learns_from_traffic_may_count_views_and_replace_derivatives(stacks: Stacks) -> None:
    assert permissions(stacks, "learning", "TrafficCounter") == COUNTER
    assert permissions(stacks, "learning", "TrafficRefiner") == REFINER


def test_a_stage_can_limit_uploads_to_a_prefix(stacks: Stacks) -> None:
    policy = stacks.properties("adopted", "AWS::IAM::Policy", "CdnUploadFunctionRole")
    object_statements = [
        (statement["Action"], json.dumps(statement["Resource"]))
        for statement in policy["PolicyDocument"]["Statement"]
        if "s3:PutObject" in statement["Action"] or "s3:GetObject" in statement["Action"]
    ]

    ((actions, resource),) = object_statements
    assert set(actions) == {"s3:GetObject", "s3:PutObject"}
    assert resource == '"arn:aws:s3:::our-pictures/uploads/*"'


@pytest.mark.parametrize(
    "function, actions",
    [
        ("Origin", {"kms:Decrypt"}),
        ("Ingest", {"kms:Decrypt"}),
        ("Upload", {"kms:Decrypt", "kms:GenerateDataKey"}),
        ("EdgeSecrets", set()),
    ],
)
def test_each_function_may_use_the_key_of_the_bucket_only_as_it_needs(
    stacks: Stacks, function: str, actions: set[str]
) -> None:
    key_actions = {
        action: resource
        for names, resource in permissions(stacks, "adopted", function)
        for action in names
        if action.startswith("kms:")
    }

    assert key_actions == dict.fromkeys(actions, ORIGINALS_KEY)


def test_s3_may_copy_originals_to_one_bucket_and_nothing_else(stacks: Stacks) -> None:
    role = stacks.properties("balanced", "AWS::IAM::Role", "OriginalsReplication")
    policy = stacks.properties("balanced", "AWS::IAM::Policy", "OriginalsReplication")
    allowed = {
        action: name_place(statement["Resource"])
        for statement in policy["PolicyDocument"]["Statement"]
        for action in statement["Action"]
    }

    (trusted,) = role["AssumeRolePolicyDocument"]["Statement"]
    assert trusted["Principal"] == {"Service": "s3.amazonaws.com"}
    assert allowed == {
        "s3:GetReplicationConfiguration": "Originals",
        "s3:ListBucket": "Originals",
        "s3:GetObjectVersionForReplication": "Originals/*",
        "s3:GetObjectVersionAcl": "Originals/*",
        "s3:GetObjectVersionTagging": "Originals/*",
        "s3:ReplicateObject": f"{REPLICA}/*",
        "s3:ReplicateDelete": f"{REPLICA}/*",
        "s3:ReplicateTags": f"{REPLICA}/*",
    }


@pytest.mark.parametrize("stage", ["dev", "production"])
def test_the_function_that_updates_edge_keys_may_read_one_secret(
    stacks: Stacks, stage: str
) -> None:
    assert permissions(stacks, stage, "EdgeSecrets") == EDGE_KEYS


@pytest.mark.parametrize("stage", ALL)
def test_none_of_our_roles_has_wildcards_or_managed_policies(stacks: Stacks, stage: str) -> None:
    for name, policy in stacks.resources(stage, "AWS::IAM::Policy").items():
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]:
            assert "*" not in json.dumps(statement["Action"]), name
            assert statement["Resource"] != "*", name
    for name, role in stacks.resources(stage, "AWS::IAM::Role").items():
        if name.startswith("Cdn"):
            assert "ManagedPolicyArns" not in role["Properties"], name


@pytest.mark.parametrize("stage", ALL)
def test_no_two_functions_share_a_role(stacks: Stacks, stage: str) -> None:
    functions = stacks.resources(stage, "AWS::Lambda::Function").values()
    roles = [json.dumps(function["Properties"]["Role"]) for function in functions]

    assert len(set(roles)) == len(roles)


@pytest.fixture(scope="module")
def template() -> Mapping[str, Any]:
    return synthesise()


def test_the_table_in_the_documentation_is_up_to_date(template: Mapping[str, Any]) -> None:
    document = DOCUMENT.read_text(encoding="utf-8")

    assert document == replace_table(document, format_table(list_permissions(template))), (
        "run: make generate"
    )


def test_the_table_has_a_name_for_every_resource(template: Mapping[str, Any]) -> None:
    markdown = format_table(list_permissions(template))

    assert "AWS::" not in markdown
    assert all(row.who and row.where for row in list_permissions(template))
    assert "| origin function | may | `sqs:SendMessage` | ingest queue |" in markdown


def test_the_table_changes_with_the_permissions(template: Mapping[str, Any]) -> None:
    resources = json.loads(json.dumps(template["Resources"]))
    (policy,) = [
        resources[name]
        for name in resources
        if name.startswith("CdnUploadFunctionRoleDefaultPolicy")
    ]
    policy["Properties"]["PolicyDocument"]["Statement"][1]["Action"] = "s3:DeleteObject"

    assert list_permissions({"Resources": resources}) != list_permissions(template)


def test_a_document_without_marks_is_refused() -> None:
    with pytest.raises(ValueError, match=r"security\.md has no"):
        replace_table("# Security", "| who |")
