"""Lists the resources of a stack, and asks each service which of them exist."""

from collections.abc import Callable, Mapping
from typing import Any, Final

import boto3
from botocore.exceptions import ClientError

from infra.aws.app import stack_name

PART_OF_ANOTHER: Final = {
    *("AWS::S3::BucketPolicy", "AWS::SQS::QueuePolicy", "AWS::SNS::TopicPolicy"),
    *("AWS::SNS::Subscription", "AWS::IAM::Policy", "AWS::Logs::MetricFilter"),
    *("AWS::Lambda::Version", "AWS::Lambda::Alias", "AWS::Lambda::Url", "AWS::Lambda::Permission"),
    *("AWS::ApiGatewayV2::Route", "AWS::ApiGatewayV2::Integration", "AWS::ApiGatewayV2::Stage"),
    "AWS::CDK::Metadata",
}
"""Types of resources that exist as long as another resource exists."""

LookUp = Callable[[str], Any]


def _lookups() -> Mapping[str, LookUp]:
    """Return a look-up for each type; it fails, or returns nothing, if the resource is missing."""
    of = boto3.client
    return {
        "AWS::S3::Bucket": lambda name: of("s3").head_bucket(Bucket=name),
        "AWS::DynamoDB::GlobalTable": lambda name: of("dynamodb").describe_table(TableName=name),
        "AWS::SQS::Queue": lambda name: of("sqs").get_queue_attributes(QueueUrl=name),
        "AWS::SNS::Topic": lambda name: of("sns").get_topic_attributes(TopicArn=name),
        "AWS::IAM::Role": lambda name: of("iam").get_role(RoleName=name),
        "AWS::Lambda::Function": lambda name: of("lambda").get_function(FunctionName=name),
        "AWS::Lambda::EventSourceMapping": lambda name: of("lambda").get_event_source_mapping(
            UUID=name
        ),
        "AWS::SecretsManager::Secret": lambda name: of("secretsmanager").describe_secret(
            SecretId=name
        ),
        "AWS::ApiGatewayV2::Api": lambda name: of("apigatewayv2").get_api(ApiId=name),
        "AWS::Logs::LogGroup": lambda name: [
            each
            for each in of("logs").describe_log_groups(logGroupNamePrefix=name)["logGroups"]
            if each["logGroupName"] == name
        ],
        "AWS::CloudWatch::Alarm": lambda name: of("cloudwatch").describe_alarms(AlarmNames=[name])[
            "MetricAlarms"
        ],
        "AWS::CloudWatch::Dashboard": lambda name: of("cloudwatch").get_dashboard(
            DashboardName=name
        ),
    }


def list_resources(stage: str) -> dict[str, tuple[str, str]]:
    """Return type and name of a stack's resources by logical id, without parts of others."""
    pages = boto3.client("cloudformation").get_paginator("list_stack_resources")
    return {
        each["LogicalResourceId"]: (each["ResourceType"], each["PhysicalResourceId"])
        for page in pages.paginate(StackName=stack_name(stage))
        for each in page["StackResourceSummaries"]
        if each["ResourceType"] not in PART_OF_ANOTHER
    }


def find_existing(resources: Mapping[str, tuple[str, str]]) -> set[str]:
    """Return the logical ids of the resources that exist."""
    lookups = _lookups()
    return {each for each, (kind, name) in resources.items() if _exists(lookups[kind], name)}


def _exists(look_up: LookUp, name: str) -> bool:
    try:
        return bool(look_up(name))
    except ClientError as error:
        if error.response["ResponseMetadata"]["HTTPStatusCode"] >= 500:
            raise
        return False
