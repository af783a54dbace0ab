"""The originals bucket: one of the stack, or one that is there already."""

from aws_cdk import Duration, Fn, RemovalPolicy, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_s3_notifications as s3_notifications
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.aws.constructs.replication import Replication
from infra.aws.nag_suppressions import accept
from infra.aws.stage import Stage

EVENTS = (
    s3.EventType.OBJECT_CREATED,
    s3.EventType.OBJECT_REMOVED,
    s3.EventType.LIFECYCLE_EXPIRATION,
)


class Originals(Construct):
    """Pictures as they were uploaded; nobody but the functions reads them, nothing deletes them.

    *queue* is told of every object that is put or removed, by a rule of the bucket as well.
    """

    def __init__(self, scope: Construct, name: str, *, stage: Stage, queue: sqs.Queue) -> None:
        super().__init__(scope, name)
        if stage.originals_bucket:
            self.bucket = s3.Bucket.from_bucket_name(self, "Bucket", stage.originals_bucket)
            # It may notify others as well: CDK's own resource adds to what is configured.
            for event in EVENTS:
                self.bucket.add_event_notification(event, s3_notifications.SqsDestination(queue))
            _accept_handler(Stack.of(self))
            return
        self.bucket = s3.Bucket(
            self,
            "Bucket",
            removal_policy=RemovalPolicy.RETAIN,
            versioned=stage.originals_versioned,
            encryption=s3.BucketEncryption.S3_MANAGED,
            enforce_ssl=True,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            cors=_forms_from(stage.upload_origins),
            lifecycle_rules=_tidied(versioned=stage.originals_versioned),
        )
        _notify(self.bucket, queue)
        if stage.replicate_to:
            Replication(self, "Replication", bucket=self.bucket, to=stage.replicate_to)
        accept(
            self,
            {"S1": "Only our functions read it, and they log. For audits, CloudTrail has more."},
        )


def _forms_from(origins: tuple[str, ...]) -> list[s3.CorsRule] | None:
    """Return the rules by which pages of these origins may POST what they have a form for."""
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


def _accept_handler(stack: Stack) -> None:
    """Accept CDK's function that configures notifications, which is one for the whole stack."""
    (handler,) = [
        child
        for child in stack.node.children
        if child.node.id.startswith("BucketNotificationsHandler")
    ]
    policy = "arn:<AWS::Partition>:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
    accept(handler, {f"IAM4[Policy::{policy}]": "It is CDK's own, and only runs at deployment."})


def _tidied(*, versioned: bool) -> list[s3.LifecycleRule]:
    rules = [s3.LifecycleRule(abort_incomplete_multipart_upload_after=Duration.days(1))]
    if versioned:
        rules.append(
            s3.LifecycleRule(
                noncurrent_version_expiration=Duration.days(30),
                expired_object_delete_marker=True,
            )
        )
    return rules


def _notify(bucket: s3.Bucket, queue: sqs.Queue) -> None:
    """Have a bucket of the stack notify the queue.

    CloudFormation can say so itself, which spares CDK's function that may rewrite the
    notifications of every bucket. The queue must be open to S3 before the bucket is made, when
    nobody knows its name: so it is open to buckets of this account.
    """
    opened = queue.add_to_resource_policy(
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
    assert isinstance(resource, s3.CfnBucket)  # noqa: S101 reason: tells the type checker
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
    if opened.policy_dependable is not None:
        resource.node.add_dependency(opened.policy_dependable)
