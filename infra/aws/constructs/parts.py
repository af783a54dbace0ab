"""What the functions of a deployment have in common."""

from collections.abc import Mapping
from dataclasses import dataclass

from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sqs as sqs

from infra.aws.constructs.derivatives import Derivatives
from infra.aws.constructs.function import Packager
from infra.aws.stage import Stage


@dataclass(frozen=True, slots=True)
class Parts:
    """The stage of a deployment, its buckets, its catalog and its ingest queue.

    *code* packages the functions, and all of them have the *environment*.
    """

    stage: Stage
    code: Packager
    environment: Mapping[str, str]
    originals: s3.IBucket
    derivatives: Derivatives
    catalog: dynamodb.ITableV2
    queue: sqs.IQueue
