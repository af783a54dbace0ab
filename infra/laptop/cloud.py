"""AWS on a laptop, by moto in this process: the same resources as a deployment has."""

import json
import logging
import os
from typing import Any, Final

import boto3
from moto.server import ThreadedMotoServer

ORIGINALS: Final = "calotype-originals"
DERIVATIVES: Final = "calotype-derivatives"
CATALOG: Final = "calotype-catalog"
TRAFFIC: Final = "calotype-traffic"

INGEST_SECONDS: Final = 60
"""The time limit of one invocation of ingest."""

VISIBILITY_SECONDS: Final = 60
"""Seconds until a message whose ingest failed is delivered again.

On AWS it is six times the limit of an invocation (Lambda developer guide, "Using Lambda with Amazon
SQS"), because many pollers share a queue there. Here one polls it, and a developer is waiting.
"""

_MAX_RECEIVES: Final = 5

_EVENTS: Final = ["s3:ObjectCreated:*", "s3:ObjectRemoved:*", "s3:ObjectRestore:Completed"]


def start_cloud() -> dict[str, str]:
    """Start moto on a free port, create the resources, and return the variables that name them.

    They are also set in this process's environment, as in that of a function on AWS.
    """
    # Objects above 1 MB are stored on disk, so that a folder of photographs does not fill memory.
    os.environ.setdefault("MOTO_S3_DEFAULT_KEY_BUFFER_SIZE", "1000000")
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    endpoint = {
        "AWS_ENDPOINT_URL": f"http://{host}:{port}",
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_DEFAULT_REGION": "us-east-1",
    }
    os.environ |= endpoint
    resources = create_resources()
    os.environ |= resources
    return endpoint | resources


def create_resources() -> dict[str, str]:
    """Create buckets, table, topic, queues and distribution in the cloud that boto3 is set to.

    Return the environment of the deployment's functions, and `ALERTS_SEEN_URL`: a queue that
    subscribes to every alert.
    """
    s3, sns, sqs = (boto3.client(service) for service in ("s3", "sns", "sqs"))
    for bucket in (ORIGINALS, DERIVATIVES):
        s3.create_bucket(Bucket=bucket)
    _create_table(CATALOG, "key")
    _create_table(TRAFFIC, "part", "name")
    topic = sns.create_topic(Name="calotype-alerts")["TopicArn"]
    ingest = _create_ingest_queue(sqs)
    s3.put_bucket_notification_configuration(
        Bucket=ORIGINALS,
        NotificationConfiguration={
            "QueueConfigurations": [{"QueueArn": _read_arn(sqs, ingest), "Events": _EVENTS}]
        },
    )
    alerts_seen = _create_queue(sqs, "calotype-alerts-seen")
    sns.subscribe(
        TopicArn=topic,
        Protocol="sqs",
        Endpoint=_read_arn(sqs, alerts_seen),
        Attributes={"RawMessageDelivery": "true"},
    )
    return {
        "ORIGINALS_BUCKET": ORIGINALS,
        "DERIVATIVES_BUCKET": DERIVATIVES,
        "CATALOG_TABLE": CATALOG,
        "TRAFFIC_TABLE": TRAFFIC,
        "ALERTS_TOPIC_ARN": topic,
        "INGEST_QUEUE_URL": ingest,
        "DISTRIBUTION_ID": _create_distribution(),
        "ALERTS_SEEN_URL": alerts_seen,
    }


def _create_table(name: str, *keys: str) -> None:
    """Create a table with a partition key and perhaps a sort key, both texts."""
    boto3.client("dynamodb").create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in keys],
        KeySchema=[
            {"AttributeName": key, "KeyType": kind}
            for key, kind in zip(keys, ("HASH", "RANGE"), strict=False)
        ],
    )


def _create_ingest_queue(sqs: Any) -> str:
    dead = _read_arn(sqs, _create_queue(sqs, "calotype-ingest-dead"))
    redrive = {"deadLetterTargetArn": dead, "maxReceiveCount": _MAX_RECEIVES}
    return _create_queue(
        sqs,
        "calotype-ingest",
        VisibilityTimeout=str(VISIBILITY_SECONDS),
        RedrivePolicy=json.dumps(redrive),
    )


def _create_queue(sqs: Any, name: str, **attributes: str) -> str:
    url: str = sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
    return url


def _read_arn(sqs: Any, queue_url: str) -> str:
    answer = sqs.get_queue_attributes(QueueUrl=queue_url, AttributeNames=["QueueArn"])
    arn: str = answer["Attributes"]["QueueArn"]
    return arn


def _create_distribution() -> str:
    """Create a distribution that only accepts invalidations, and return its id.

    `edge.local` delivers in its place.
    """
    origin = {
        "Id": "derivatives",
        "DomainName": f"{DERIVATIVES}.s3.us-east-1.amazonaws.com",
        "S3OriginConfig": {"OriginAccessIdentity": ""},
    }
    answer = boto3.client("cloudfront").create_distribution(
        DistributionConfig={
            "CallerReference": "calotype",
            "Comment": "",
            "Enabled": True,
            "Origins": {"Quantity": 1, "Items": [origin]},
            "DefaultCacheBehavior": {
                "TargetOriginId": origin["Id"],
                "ViewerProtocolPolicy": "allow-all",
            },
        }
    )
    identity: str = answer["Distribution"]["Id"]
    return identity
