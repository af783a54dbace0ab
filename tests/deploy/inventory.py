"""What a stack has made, and what of it is there: asked of each service, not of CloudFormation."""

from collections.abc import Callable, Mapping
from typing import Any, Final

import boto3
from botocore.exceptions import ClientError

from infra.aws.app import stack_name

GOES_WITH_ANOTHER: Final = {
    *("AWS::S3::BucketPolicy", "AWS::SQS::QueuePolicy", "AWS::SNS::TopicPolicy"),
    *("AWS::SNS::Subscription", "AWS::IAM::Policy", "AWS::Logs::MetricFilter"),
    *("AWS::Lambda::Version", "AWS::Lambda::Alias", "AWS::Lambda::Url", "AWS::Lambda::Permission"),
    *("AWS::ApiGatewayV2::Route", "AWS::ApiGatewayV2::Integration", "AWS::ApiGatewayV2::Stage"),
    "AWS::CDK::Metadata",
}
"""Types that are a part of another resource: there as long as that is."""

Asked = Callable[[str], Any]


def _lookups() -> Mapping[str, Asked]:
    """Return by type what fails, or finds nothing, where a resource of that name is not there."""
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


def made(stage: str) -> dict[str, tuple[str, str]]:
    """Return type and name of what a stack has made, by logical ids, but for parts of others."""
    pages = boto3.client("cloudformation").get_paginator("list_stack_resources")
    return {
        each["LogicalResourceId"]: (each["ResourceType"], each["PhysicalResourceId"])
        for page in pages.paginate(StackName=stack_name(stage))
        for each in page["StackResourceSummaries"]
        if each["ResourceType"] not in GOES_WITH_ANOTHER
    }


def there(resources: Mapping[str, tuple[str, str]]) -> set[str]:
    """Return which of these are there, by their logical ids."""
    lookups = _lookups()
    return {each for each, (kind, name) in resources.items() if _found(lookups[kind], name)}


def _found(look: Asked, name: str) -> bool:
    try:
        return bool(look(name))
    except ClientError as error:
        if error.response["ResponseMetadata"]["HTTPStatusCode"] >= 500:
            raise
        return False
