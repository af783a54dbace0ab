"""Lists the resources of a stack, and asks each service which of them exist."""

from collections.abc import Callable, Mapping
from typing import Any, Final

import boto3
from botocore.exceptions import ClientError

from infra.aws.app import stack_name

PARTS_OF_OTHERS: Final = {
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
    client = boto3.client
    return {
        "AWS::S3::Bucket": lambda name: client("s3").head_bucket(Bucket=name),
        "AWS::DynamoDB::GlobalTable": lambda name: client("dynamodb").describe_table(
            TableName=name
        ),
        "AWS::SQS::Queue": lambda name: client("sqs").get_queue_attributes(QueueUrl=name),
        "AWS::SNS::Topic": lambda name: client("sns").get_topic_attributes(TopicArn=name),
        "AWS::IAM::Role": lambda name: client("iam").get_role(RoleName=name),
        "AWS::Lambda::Function": lambda name: client("lambda").get_function(FunctionName=name),
        "AWS::Lambda::EventSourceMapping": lambda name: client("lambda").get_event_source_mapping(
            UUID=name
        ),
        "AWS::SecretsManager::Secret": lambda name: client("secretsmanager").describe_secret(
            SecretId=name
        ),
        "AWS::ApiGatewayV2::Api": lambda name: client("apigatewayv2").get_api(ApiId=name),
        "AWS::Logs::LogGroup": lambda name: [
            each
            for each in client("logs").describe_log_groups(logGroupNamePrefix=name)["logGroups"]
            if each["logGroupName"] == name
        ],
        "AWS::CloudWatch::Alarm": lambda name: client("cloudwatch").describe_alarms(
            AlarmNames=[name]
        )["MetricAlarms"],
        "AWS::Events::Rule": lambda name: client("events").describe_rule(Name=name),
        "AWS::CloudWatch::Dashboard": lambda name: client("cloudwatch").get_dashboard(
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
        if each["ResourceType"] not in PARTS_OF_OTHERS
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
