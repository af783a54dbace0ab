"""AWS on a laptop, by moto in this process: buckets, table and topic, as a deployment has them."""

import logging
import os
from typing import Final

import boto3
from moto.server import ThreadedMotoServer

ORIGINALS: Final = "calotype-originals"
DERIVATIVES: Final = "calotype-derivatives"
CATALOG: Final = "calotype-catalog"


def start_cloud() -> ThreadedMotoServer:
    """Start moto on a free port, and furnish it.

    The environment of this process then points to them, as a function's does on AWS.
    """
    # Objects above 1 MB wait on disk, so that a folder of photographs does not fill the memory.
    os.environ.setdefault("MOTO_S3_DEFAULT_KEY_BUFFER_SIZE", "1000000")
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    os.environ |= {
        "AWS_ENDPOINT_URL": f"http://{host}:{port}",
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_DEFAULT_REGION": "us-east-1",
    }
    os.environ |= furnish()
    return server


def furnish() -> dict[str, str]:
    """Make buckets, table and topic in the cloud that boto3 sees.

    Return the environment that the functions of the deployment get.
    """
    for bucket in (ORIGINALS, DERIVATIVES):
        boto3.client("s3").create_bucket(Bucket=bucket)
    boto3.client("dynamodb").create_table(
        TableName=CATALOG,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "key", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "key", "KeyType": "HASH"}],
    )
    topic = boto3.client("sns").create_topic(Name="calotype-alerts")
    return {
        "ORIGINALS_BUCKET": ORIGINALS,
        "DERIVATIVES_BUCKET": DERIVATIVES,
        "CATALOG_TABLE": CATALOG,
        "ALERTS_TOPIC_ARN": topic["TopicArn"],
    }
