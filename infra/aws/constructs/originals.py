"""The originals bucket: a new one, or one that exists already."""

from typing import Final

from aws_cdk import Duration, Fn, RemovalPolicy, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_s3_notifications as s3_notifications
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.aws.constructs.replication import Replication
from infra.aws.nag_suppressions import suppress
from infra.aws.stage import Stage

EVENTS: Final = (
    s3.EventType.OBJECT_CREATED,
    s3.EventType.OBJECT_REMOVED,
    s3.EventType.LIFECYCLE_EXPIRATION,
)


class Originals(Construct):
    """Pictures as they were uploaded: only the functions read them, and nothing deletes them.

    S3 sends *queue* an event for each object that is stored or removed, also by a lifecycle rule.
    """

    def __init__(self, scope: Construct, name: str, *, stage: Stage, queue: sqs.Queue) -> None:
        super().__init__(scope, name)
        if stage.originals_bucket:
            self.bucket = s3.Bucket.from_bucket_name(self, "Bucket", stage.originals_bucket)
            # The bucket may have other notifications: CDK's custom resource keeps those.
            for event in EVENTS:
                self.bucket.add_event_notification(event, s3_notifications.SqsDestination(queue))
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
        _send_events(self.bucket, queue)
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


def _send_events(bucket: s3.Bucket, queue: sqs.Queue) -> None:
    """Send the events of a new bucket to the queue, by CloudFormation itself.

    CDK's own way adds a function that can rewrite the notifications of every bucket. When the
    bucket is created, S3 checks its permission to send to the queue. The name of the bucket is not
    known before that, so the permission is for all buckets of this account.
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
    resource = bucket.node.default_child
    assert isinstance(resource, s3.CfnBucket)  # noqa: S101 reason: for mypy
    resource.notification_configuration = s3.CfnBucket.NotificationConfigurationProperty(
        queue_configurations=[
            s3.CfnBucket.QueueConfigurationProperty(event=name, queue=queue.queue_arn)
            for name in (
                "s3:ObjectCreated:*",
                "s3:ObjectRemoved:*",
                "s3:LifecycleExpiration:*",
            )
        ]
    )
    if permission.policy_dependable is not None:
        resource.node.add_dependency(permission.policy_dependable)
