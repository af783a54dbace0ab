"""Settings and policies of buckets, table, topic and queues."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from infra.aws.constructs.ingest_queue import INGEST_SECONDS
from infra.laptop.cloud import INGEST_SECONDS as LAPTOPS_INGEST_SECONDS
from tests.deploy.stacks import ALL, REPLICA, Stacks

PLAIN_HTTP = {"Bool": {"aws:SecureTransport": "false"}}


def find_denials_of_http(policy: Mapping[str, Any]) -> list[Any]:
    return [
        statement
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]
        if statement["Effect"] == "Deny" and statement.get("Condition") == PLAIN_HTTP
    ]


@pytest.mark.parametrize("stage", ALL)
def test_every_bucket_is_private_and_encrypted_and_owns_its_objects(
    stacks: Stacks, stage: str
) -> None:
    for bucket in stacks.resources(stage, "AWS::S3::Bucket").values():
        properties = bucket["Properties"]

        assert set(properties["PublicAccessBlockConfiguration"].values()) == {True}
        assert len(properties["PublicAccessBlockConfiguration"]) == 4
        assert properties["OwnershipControls"]["Rules"] == [
            {"ObjectOwnership": "BucketOwnerEnforced"}
        ]
        assert properties["BucketEncryption"]


@pytest.mark.parametrize("stage", ALL)
def test_buckets_queues_and_topics_refuse_plain_http(stacks: Stacks, stage: str) -> None:
    for kind, policy in (
        ("AWS::S3::Bucket", "AWS::S3::BucketPolicy"),
        ("AWS::SQS::Queue", "AWS::SQS::QueuePolicy"),
        ("AWS::SNS::Topic", "AWS::SNS::TopicPolicy"),
    ):
        policies = stacks.resources(stage, policy).values()

        assert len(policies) == len(stacks.resources(stage, kind))
        assert all(len(find_denials_of_http(each)) == 1 for each in policies)


def test_pages_may_send_posts_to_the_originals_bucket_and_nothing_else(stacks: Stacks) -> None:
    cors = stacks.properties("dev", "AWS::S3::Bucket", "Originals")["CorsConfiguration"]

    assert cors["CorsRules"] == [
        {
            "AllowedMethods": ["POST"],
            "AllowedOrigins": ["*"],
            "AllowedHeaders": ["*"],
            "ExposedHeaders": ["ETag"],
            "MaxAge": 3600,
        }
    ]
    assert "CorsConfiguration" not in stacks.properties(
        "production", "AWS::S3::Bucket", "Originals"
    )


def test_pages_may_read_derivatives_only_if_there_is_no_edge(stacks: Stacks) -> None:
    readable = {
        stage
        for stage in ALL
        if "CorsConfiguration" in stacks.properties(stage, "AWS::S3::Bucket", "Derivatives")
    }

    assert readable == {"local", "balanced", "private"}


def test_derivatives_and_mips_expire(stacks: Stacks) -> None:
    rules = stacks.properties("production", "AWS::S3::Bucket", "Derivatives")
    (rule,) = rules["LifecycleConfiguration"]["Rules"]

    assert rule["ExpirationInDays"] == ALL["production"].derivatives_days
    assert rule["Status"] == "Enabled"
    assert "Prefix" not in rule


def test_only_old_versions_and_incomplete_uploads_of_originals_expire(stacks: Stacks) -> None:
    rules = stacks.properties("production", "AWS::S3::Bucket", "Originals")
    expirations = [
        name
        for rule in rules["LifecycleConfiguration"]["Rules"]
        for name in rule
        if name.startswith("Expiration")
    ]

    assert expirations == []
    assert rules["VersioningConfiguration"] == {"Status": "Enabled"}


@pytest.mark.parametrize("stage", [name for name in ALL if not ALL[name].catalog_table])
def test_the_catalog_is_a_table_by_key_with_a_time_to_live(stacks: Stacks, stage: str) -> None:
    table = stacks.properties(stage, "AWS::DynamoDB::GlobalTable", "Catalog")

    assert table["KeySchema"] == [{"AttributeName": "key", "KeyType": "HASH"}]
    assert table["AttributeDefinitions"] == [{"AttributeName": "key", "AttributeType": "S"}]
    assert table["BillingMode"] == "PAY_PER_REQUEST"
    assert table["TimeToLiveSpecification"] == {"AttributeName": "expires", "Enabled": True}


def test_the_catalog_has_its_replicas(stacks: Stacks) -> None:
    table = stacks.properties("adopted", "AWS::DynamoDB::GlobalTable", "Catalog")

    assert {replica["Region"] for replica in table["Replicas"]} == {"us-east-1", "eu-central-1"}


def test_the_functions_use_an_existing_table(stacks: Stacks) -> None:
    for name in ("Origin", "Ingest", "Upload"):
        function = stacks.properties("standby", "AWS::Lambda::Function", f"Cdn{name}Function")
        role = stacks.properties("standby", "AWS::IAM::Policy", f"Cdn{name}FunctionRole")

        assert function["Environment"]["Variables"]["CATALOG_TABLE"] == "our-catalog"
        assert ":table/our-catalog" in json.dumps(role["PolicyDocument"])


def test_originals_and_delete_markers_are_replicated_to_the_other_bucket(stacks: Stacks) -> None:
    bucket = stacks.properties("balanced", "AWS::S3::Bucket", "Originals")
    (rule,) = bucket["ReplicationConfiguration"]["Rules"]

    assert bucket["VersioningConfiguration"] == {"Status": "Enabled"}
    assert "OriginalsReplicationRole" in json.dumps(bucket["ReplicationConfiguration"]["Role"])
    assert rule["Status"] == rule["DeleteMarkerReplication"]["Status"] == "Enabled"
    assert (rule["Filter"], rule["Destination"]) == ({"Prefix": ""}, {"Bucket": REPLICA})
    assert "ReplicationConfiguration" not in stacks.properties(
        "production", "AWS::S3::Bucket", "Originals"
    )


@pytest.mark.parametrize("stage", ALL)
def test_a_stage_can_disable_ingest(stacks: Stacks, stage: str) -> None:
    feed = stacks.properties(stage, "AWS::Lambda::EventSourceMapping")

    assert feed["Enabled"] is ALL[stage].ingest_enabled is (stage != "standby")


@pytest.mark.parametrize("stage", ALL)
def test_messages_that_fail_five_times_are_kept_as_dead_letters_for_two_weeks(
    stacks: Stacks, stage: str
) -> None:
    queue = stacks.properties(stage, "AWS::SQS::Queue", "IngestQueueD9")
    dead = stacks.properties(stage, "AWS::SQS::Queue", "DeadLetters")

    assert queue["RedrivePolicy"]["maxReceiveCount"] == 5
    assert "DeadLetters" in json.dumps(queue["RedrivePolicy"]["deadLetterTargetArn"])
    assert dead["MessageRetentionPeriod"] == 14 * 86_400
    assert queue["MessageRetentionPeriod"] < dead["MessageRetentionPeriod"]


def test_the_visibility_timeout_is_six_times_the_time_out_of_ingest(stacks: Stacks) -> None:
    queue = stacks.properties("production", "AWS::SQS::Queue", "IngestQueueD9")

    assert queue["VisibilityTimeout"] == 6 * INGEST_SECONDS
    assert INGEST_SECONDS == LAPTOPS_INGEST_SECONDS


@pytest.mark.parametrize("stage", [name for name in ALL if not ALL[name].originals_bucket])
def test_s3_sends_every_change_to_the_queue_which_admits_s3_first(
    stacks: Stacks, stage: str
) -> None:
    bucket = stacks.only(stage, "AWS::S3::Bucket", "Originals")
    configured = bucket["Properties"]["NotificationConfiguration"]["QueueConfigurations"]

    assert {each["Event"] for each in configured} == {
        "s3:ObjectCreated:*",
        "s3:ObjectRemoved:*",
        "s3:LifecycleExpiration:*",
    }
    assert all("IngestQueueD9" in json.dumps(each["Queue"]) for each in configured)
    assert any("IngestQueuePolicy" in name for name in bucket["DependsOn"])


def test_the_queue_accepts_messages_only_from_s3_of_this_account(stacks: Stacks) -> None:
    policy = stacks.properties("production", "AWS::SQS::QueuePolicy", "IngestQueuePolicy")
    allowed = [
        statement
        for statement in policy["PolicyDocument"]["Statement"]
        if statement["Effect"] == "Allow"
    ]

    assert [(each["Principal"], each["Action"]) for each in allowed] == [
        ({"Service": "s3.amazonaws.com"}, "sqs:SendMessage"),
    ]
    assert allowed[0]["Condition"]["StringEquals"] == {
        "aws:SourceAccount": {"Ref": "AWS::AccountId"}
    }


def test_an_existing_bucket_keeps_its_other_notifications(stacks: Stacks) -> None:
    notifications = stacks.properties("adopted", "Custom::S3BucketNotifications")

    assert notifications["Managed"] is False
    assert notifications["BucketName"] == "our-pictures"
    configured = notifications["NotificationConfiguration"]["QueueConfigurations"]
    assert [each["Events"] for each in configured] == [
        ["s3:ObjectCreated:*"],
        ["s3:ObjectRemoved:*"],
        ["s3:LifecycleExpiration:*"],
    ]


def test_the_alerts_topic_has_no_subscription_of_its_own(stacks: Stacks) -> None:
    assert not stacks.resources("production", "AWS::SNS::Subscription")
