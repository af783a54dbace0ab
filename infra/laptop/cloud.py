"""AWS on a laptop, by moto in this process: all that a deployment has, wired up alike."""

import json
import logging
import os
from typing import Any, Final

import boto3
from moto.server import ThreadedMotoServer

ORIGINALS: Final = "calotype-originals"
DERIVATIVES: Final = "calotype-derivatives"
CATALOG: Final = "calotype-catalog"

INGEST_SECONDS: Final = 60
"""How long one invocation of ingest may take."""

VISIBILITY_SECONDS: Final = 60
"""When a message whose ingest failed is delivered again. On AWS it would be six times what an
invocation may take (Lambda developer guide, "Using Lambda with Amazon SQS"), for there many poll
one queue; here one does, and somebody is looking on."""

_MOST_RECEIVES: Final = 5

_EVENTS: Final = ["s3:ObjectCreated:*", "s3:ObjectRemoved:*"]


def start_cloud() -> dict[str, str]:
    """Start moto on a free port, and furnish it.

    The environment of this process then points to them, as a function's does on AWS. Return what
    was added to it.
    """
    # Objects above 1 MB wait on disk, so that a folder of photographs does not fill the memory.
    os.environ.setdefault("MOTO_S3_DEFAULT_KEY_BUFFER_SIZE", "1000000")
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    where = {
        "AWS_ENDPOINT_URL": f"http://{host}:{port}",
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_DEFAULT_REGION": "us-east-1",
    }
    os.environ |= where
    made = furnish()
    os.environ |= made
    return where | made


def furnish() -> dict[str, str]:
    """Make buckets, table, topic, queues and distribution in the cloud that boto3 sees.

    Return the environment that the functions of the deployment get, and `ALERTS_SEEN_URL`: the
    queue of somebody who has subscribed to every alert.
    """
    s3, sns, sqs = (boto3.client(service) for service in ("s3", "sns", "sqs"))
    for bucket in (ORIGINALS, DERIVATIVES):
        s3.create_bucket(Bucket=bucket)
    _make_table()
    topic = sns.create_topic(Name="calotype-alerts")["TopicArn"]
    ingest = _ingest_queue(sqs)
    s3.put_bucket_notification_configuration(
        Bucket=ORIGINALS,
        NotificationConfiguration={
            "QueueConfigurations": [{"QueueArn": _arn(sqs, ingest), "Events": _EVENTS}]
        },
    )
    seen = _queue(sqs, "calotype-alerts-seen")
    sns.subscribe(
        TopicArn=topic,
        Protocol="sqs",
        Endpoint=_arn(sqs, seen),
        Attributes={"RawMessageDelivery": "true"},
    )
    return {
        "ORIGINALS_BUCKET": ORIGINALS,
        "DERIVATIVES_BUCKET": DERIVATIVES,
        "CATALOG_TABLE": CATALOG,
        "ALERTS_TOPIC_ARN": topic,
        "INGEST_QUEUE_URL": ingest,
        "DISTRIBUTION_ID": _distribution(),
        "ALERTS_SEEN_URL": seen,
    }


def _make_table() -> None:
    boto3.client("dynamodb").create_table(
        TableName=CATALOG,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "key", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "key", "KeyType": "HASH"}],
    )


def _ingest_queue(sqs: Any) -> str:
    dead = _arn(sqs, _queue(sqs, "calotype-ingest-dead"))
    redrive = {"deadLetterTargetArn": dead, "maxReceiveCount": _MOST_RECEIVES}
    return _queue(
        sqs,
        "calotype-ingest",
        VisibilityTimeout=str(VISIBILITY_SECONDS),
        RedrivePolicy=json.dumps(redrive),
    )


def _queue(sqs: Any, name: str, **attributes: str) -> str:
    url: str = sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
    return url


def _arn(sqs: Any, queue_url: str) -> str:
    answer = sqs.get_queue_attributes(QueueUrl=queue_url, AttributeNames=["QueueArn"])
    arn: str = answer["Attributes"]["QueueArn"]
    return arn


def _distribution() -> str:
    """Return the id of a distribution that is only there to take invalidations.

    What it would do is done by `edge.local`.
    """
    origin = {
        "Id": "derivatives",
        "DomainName": f"{DERIVATIVES}.s3.us-east-1.amazonaws.com",
        "S3OriginConfig": {"OriginAccessIdentity": ""},
    }
    made = boto3.client("cloudfront").create_distribution(
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
    found: str = made["Distribution"]["Id"]
    return found
