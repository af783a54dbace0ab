"""The originals bucket: a new one, or one that exists already."""

from typing import Any, Final

from aws_cdk import Duration, Fn, RemovalPolicy, Stack
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_s3_notifications as s3_notifications
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.aws.constructs.replication import Replication
from infra.aws.nag_suppressions import suppress
from infra.aws.stage import OriginalsEvents, Stage
from origin_lambda.url.keys import ALL_KEYS, KeyFilter

EVENTS: Final = {
    "s3:ObjectCreated:*": s3.EventType.OBJECT_CREATED,
    "s3:ObjectRemoved:*": s3.EventType.OBJECT_REMOVED,
    "s3:LifecycleExpiration:*": s3.EventType.LIFECYCLE_EXPIRATION,
    "s3:ObjectRestore:Completed": s3.EventType.OBJECT_RESTORE_COMPLETED,
}
"""S3's names of the events that ingest needs, and CDK's."""

BRIDGED_EVENTS: Final = ("Object Created", "Object Deleted", "Object Restore Completed")
"""The same events in EventBridge; those of a lifecycle rule are among the second."""


class Originals(Construct):
    """Pictures as they were uploaded: only the functions read them, and nothing deletes them.

    *queue* gets an event for each original that is stored, restored from an archive, or removed,
    also by a lifecycle rule. S3 sends it, or EventBridge.
    """

    def __init__(self, scope: Construct, name: str, *, stage: Stage, queue: sqs.Queue) -> None:
        super().__init__(scope, name)
        if stage.originals_bucket:
            self.bucket = s3.Bucket.from_bucket_name(self, "Bucket", stage.originals_bucket)
            _add_events(self, self.bucket, queue, stage)
            _suppress_notification_handler(Stack.of(self))
            return
        self.bucket = s3.Bucket(
            self,
            "Bucket",
            removal_policy=RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
            versioned=stage.originals_versioned,
            encryption=s3.BucketEncryption.S3_MANAGED,
            enforce_ssl=True,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            cors=_cors_for_uploads(stage.upload_origins),
            lifecycle_rules=_lifecycle_rules(versioned=stage.originals_versioned),
        )
        if stage.originals_events is OriginalsEvents.EVENTBRIDGE:
            _add_rule(self, self.bucket, queue, stage.original_keys)
        else:
            _admit_notifications(self.bucket, queue)
        _notify(self.bucket, _configure_notifications(queue, stage))
        if stage.replicate_to:
            Replication(self, "Replication", bucket=self.bucket, to=stage.replicate_to)
        suppress(
            self,
            {"S1": "Only our functions read it, and they log. CloudTrail is better for audits."},
        )


def _cors_for_uploads(origins: tuple[str, ...]) -> list[s3.CorsRule] | None:
    """Return the CORS rules that let pages of these origins send presigned POSTs."""
    if not origins:
        return None
    return [
        s3.CorsRule(
            allowed_methods=[s3.HttpMethods.POST],
            allowed_origins=list(origins),
            allowed_headers=["*"],
            exposed_headers=["ETag"],
            max_age=3600,
        )
    ]


def _suppress_notification_handler(stack: Stack) -> None:
    """Suppress cdk-nag's findings about the function by which CDK configures notifications."""
    (handler,) = [
        child
        for child in stack.node.children
        if child.node.id.startswith("BucketNotificationsHandler")
    ]
    policy = "arn:<AWS::Partition>:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
    suppress(handler, {f"IAM4[Policy::{policy}]": "It is CDK's own, and only runs at deployment."})


def _lifecycle_rules(*, versioned: bool) -> list[s3.LifecycleRule]:
    rules = [s3.LifecycleRule(abort_incomplete_multipart_upload_after=Duration.days(1))]
    if versioned:
        rules.append(
            s3.LifecycleRule(
                noncurrent_version_expiration=Duration.days(30),
                expired_object_delete_marker=True,
            )
        )
    return rules


def _add_events(scope: Construct, bucket: s3.IBucket, queue: sqs.Queue, stage: Stage) -> None:
    """Send the events of an existing bucket to the queue.

    The bucket may have other notifications: CDK's custom resource keeps those.
    """
    if stage.originals_events is OriginalsEvents.EVENTBRIDGE:
        bucket.enable_event_bridge_notification()
        _add_rule(scope, bucket, queue, stage.original_keys)
        return
    for event in EVENTS.values():
        for suffix in stage.originals_suffixes or (None,):
            keys = s3.NotificationKeyFilter(prefix=stage.originals_prefix or None, suffix=suffix)
            filters = [keys] if stage.original_keys != ALL_KEYS else []
            bucket.add_event_notification(event, s3_notifications.SqsDestination(queue), *filters)


def _add_rule(scope: Construct, bucket: s3.IBucket, queue: sqs.Queue, keys: KeyFilter) -> None:
    """Let EventBridge send the events of a bucket to the queue.

    It tries for a day if the queue does not accept them.
    """
    events.Rule(
        scope,
        "Events",
        description=f"Changes in {bucket.bucket_name}, for the ingest queue",
        event_pattern=events.EventPattern(
            source=["aws.s3"],
            detail_type=list(BRIDGED_EVENTS),
            detail={"bucket": {"name": [bucket.bucket_name]}} | _match_keys(keys),
        ),
        targets=[targets.SqsQueue(queue)],
    )


def _match_keys(keys: KeyFilter) -> dict[str, Any]:
    """Return the part of an event pattern that matches these keys; it has none for all keys."""
    if keys == ALL_KEYS:
        return {}
    patterns = [f"{keys.prefix}*{suffix}" for suffix in keys.suffixes or ("",)]
    return {"object": {"key": [{"wildcard": each} for each in patterns]}}


def _admit_notifications(bucket: s3.Bucket, queue: sqs.Queue) -> None:
    """Let S3 send notifications to the queue.

    When the bucket is created, S3 checks its permission. The name of the bucket is not known before
    that, so the permission is for all buckets of this account.
    """
    permission = queue.add_to_resource_policy(
        iam.PolicyStatement(
            principals=[iam.ServicePrincipal("s3.amazonaws.com")],
            actions=["sqs:SendMessage"],
            resources=[queue.queue_arn],
            conditions={
                "StringEquals": {"aws:SourceAccount": Stack.of(bucket).account},
                "ArnLike": {"aws:SourceArn": Fn.sub("arn:${AWS::Partition}:s3:::*")},
            },
        )
    )
    if permission.policy_dependable is not None:
        bucket.node.add_dependency(permission.policy_dependable)


def _notify(
    bucket: s3.Bucket, configuration: s3.CfnBucket.NotificationConfigurationProperty
) -> None:
    """Set the notifications of a new bucket, by CloudFormation itself.

    CDK's own way adds a function that can rewrite the notifications of every bucket.
    """
    resource = bucket.node.default_child
    assert isinstance(resource, s3.CfnBucket)  # noqa: S101 reason: for mypy
    resource.notification_configuration = configuration


def _configure_notifications(
    queue: sqs.Queue, stage: Stage
) -> s3.CfnBucket.NotificationConfigurationProperty:
    """Return the notifications of a new bucket."""
    if stage.originals_events is OriginalsEvents.EVENTBRIDGE:
        return s3.CfnBucket.NotificationConfigurationProperty(
            event_bridge_configuration=s3.CfnBucket.EventBridgeConfigurationProperty(
                event_bridge_enabled=True
            )
        )
    return s3.CfnBucket.NotificationConfigurationProperty(
        queue_configurations=[
            s3.CfnBucket.QueueConfigurationProperty(
                event=event, queue=queue.queue_arn, filter=_filter_keys(stage, suffix)
            )
            for event in EVENTS
            for suffix in stage.originals_suffixes or ("",)
        ]
    )


def _filter_keys(stage: Stage, suffix: str) -> s3.CfnBucket.NotificationFilterProperty | None:
    rules = [
        s3.CfnBucket.FilterRuleProperty(name=name, value=value)
        for name, value in (("prefix", stage.originals_prefix), ("suffix", suffix))
        if value
    ]
    if not rules:
        return None
    return s3.CfnBucket.NotificationFilterProperty(
        s3_key=s3.CfnBucket.S3KeyFilterProperty(rules=rules)
    )
