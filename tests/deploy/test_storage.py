"""Settings and policies of buckets, table, topic and queues."""

import copy
import json
from collections.abc import Mapping
from typing import Any

import boto3
import pytest
from moto import mock_aws

from infra.aws.constructs.ingest_queue import INGEST_SECONDS
from infra.aws.stage import OriginalsEvents
from infra.laptop.cloud import INGEST_SECONDS as LAPTOPS_INGEST_SECONDS
from origin_lambda.originals.messages import Changed, unwrap
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


BY_S3 = [name for name in ALL if ALL[name].originals_events is OriginalsEvents.S3]
BY_EVENTBRIDGE = [name for name in ALL if name not in BY_S3]
EVENT_NAMES = [
    "s3:ObjectCreated:*",
    "s3:ObjectRemoved:*",
    "s3:LifecycleExpiration:*",
    "s3:ObjectRestore:Completed",
]


@pytest.mark.parametrize("stage", [name for name in BY_S3 if not ALL[name].originals_bucket])
def test_s3_sends_every_change_to_the_queue_which_admits_s3_first(
    stacks: Stacks, stage: str
) -> None:
    bucket = stacks.only(stage, "AWS::S3::Bucket", "Originals")
    configured = bucket["Properties"]["NotificationConfiguration"]["QueueConfigurations"]

    assert [each["Event"] for each in configured] == EVENT_NAMES
    assert all("IngestQueueD9" in json.dumps(each["Queue"]) for each in configured)
    assert any("IngestQueuePolicy" in name for name in bucket["DependsOn"])
    rules = stacks.resources(stage, "AWS::Events::Rule").values()
    assert not any("EventPattern" in rule["Properties"] for rule in rules)


def read_senders(stacks: Stacks, stage: str) -> list[Any]:
    """Return who may send messages to the ingest queue, and the conditions."""
    policy = stacks.properties(stage, "AWS::SQS::QueuePolicy", "IngestQueuePolicy")
    allowed = [each for each in policy["PolicyDocument"]["Statement"] if each["Effect"] == "Allow"]
    assert all("sqs:SendMessage" in each["Action"] for each in allowed)
    return [(each["Principal"]["Service"], each["Condition"]) for each in allowed]


def test_the_queue_accepts_messages_only_from_s3_of_this_account(stacks: Stacks) -> None:
    ((service, condition),) = read_senders(stacks, "production")

    assert service == "s3.amazonaws.com"
    assert condition["StringEquals"] == {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}


def test_an_existing_bucket_keeps_its_other_notifications(stacks: Stacks) -> None:
    notifications = stacks.properties("adopted", "Custom::S3BucketNotifications")

    assert notifications["Managed"] is False
    assert notifications["BucketName"] == "our-pictures"
    configured = notifications["NotificationConfiguration"]["QueueConfigurations"]
    assert [each["Events"] for each in configured] == [[name] for name in EVENT_NAMES]


@pytest.mark.parametrize("stage", BY_EVENTBRIDGE)
def test_eventbridge_sends_every_change_of_the_bucket_to_the_queue_and_s3_nothing(
    stacks: Stacks, stage: str
) -> None:
    rule = stacks.properties(stage, "AWS::Events::Rule")
    (target,) = rule["Targets"]
    ((service, condition),) = read_senders(stacks, stage)

    assert rule["EventPattern"]["source"] == ["aws.s3"]
    assert len(rule["EventPattern"]["detail-type"]) == 3
    assert rule["State"] == "ENABLED"
    assert "IngestQueueD9" in json.dumps(target)
    assert service == "events.amazonaws.com"
    assert "OriginalsEvents" in json.dumps(condition["ArnEquals"]["aws:SourceArn"])
    if ALL[stage].originals_bucket:
        custom = stacks.properties(stage, "Custom::S3BucketNotifications")
        assert custom["Managed"] is False
        assert custom["NotificationConfiguration"] == {"EventBridgeConfiguration": {}}
    else:
        bucket = stacks.properties(stage, "AWS::S3::Bucket", "Originals")
        configured = bucket["NotificationConfiguration"]
        assert configured == {"EventBridgeConfiguration": {"EventBridgeEnabled": True}}


def test_s3_sends_only_the_events_of_originals(stacks: Stacks) -> None:
    bucket = stacks.properties("private", "AWS::S3::Bucket", "Originals")
    configured = bucket["NotificationConfiguration"]["QueueConfigurations"]

    assert {json.dumps(each["Filter"]["S3Key"]["Rules"]) for each in configured} == {
        '[{"Name": "prefix", "Value": "img/"}]'
    }


@pytest.mark.parametrize("stage", ["private", "read-only"])
def test_functions_know_which_objects_are_originals_and_can_read_no_others(
    stacks: Stacks, stage: str
) -> None:
    prefix, suffixes = ALL[stage].originals_prefix, ALL[stage].originals_suffixes
    for name in ("Origin", "Ingest"):
        function = stacks.properties(stage, "AWS::Lambda::Function", f"Cdn{name}Function")
        variables = function["Environment"]["Variables"]
        role = stacks.properties(stage, "AWS::IAM::Policy", f"Cdn{name}FunctionRole")
        statements = [
            each
            for each in role["PolicyDocument"]["Statement"]
            if "OriginalsBucket" in json.dumps(each["Resource"])
            and "s3:GetObject" in each["Action"]
        ]
        (statement,) = statements
        arns = statement["Resource"] if suffixes else [statement["Resource"]]

        assert variables["ORIGINALS_PREFIX"] == prefix == "img/"
        assert variables.get("ORIGINALS_SUFFIXES", "") == ",".join(suffixes)
        ends = [arn["Fn::Join"][1][-1] for arn in arns]
        assert ends == [f"/{prefix}*{suffix}" for suffix in suffixes or ("",)]


@pytest.mark.parametrize(
    "stage, key, is_original",
    [
        ("read-only", "img/a b.jpg", True),
        ("read-only", "img/deep/a.png", True),
        ("read-only", "img/a.JPG", False),
        ("read-only", "a.jpg", False),
        ("standby", "any/key", True),
    ],
)
def test_events_of_originals_come_through_eventbridge_in_a_form_that_ingest_reads(
    stacks: Stacks, stage: str, key: str, is_original: bool
) -> None:
    pattern = copy.deepcopy(stacks.properties(stage, "AWS::Events::Rule")["EventPattern"])
    pattern["detail"]["bucket"]["name"] = ["ours"]
    with mock_aws():
        s3, sqs, events = (boto3.client(name) for name in ("s3", "sqs", "events"))
        queue = sqs.create_queue(QueueName="ingest")["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])
        events.put_rule(Name="rule", EventPattern=json.dumps(pattern))
        target = {"Id": "1", "Arn": arn["Attributes"]["QueueArn"]}
        events.put_targets(Rule="rule", Targets=[target])
        s3.create_bucket(Bucket="ours")
        s3.put_bucket_notification_configuration(
            Bucket="ours", NotificationConfiguration={"EventBridgeConfiguration": {}}
        )
        s3.put_object(Bucket="ours", Key=key, Body=b"")
        s3.delete_object(Bucket="ours", Key=key)
        received = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10)
    notices = [
        notice
        for message in received.get("Messages", [])
        for notice in unwrap(json.loads(message["Body"]), "ours")
    ]

    assert ALL[stage].original_keys.matches(key) is is_original
    assert [notice.key for notice in notices if isinstance(notice, Changed)] == (
        [key, key] if is_original else []
    )


def test_the_alerts_topic_has_no_subscription_of_its_own(stacks: Stacks) -> None:
    assert not stacks.resources("production", "AWS::SNS::Subscription")
