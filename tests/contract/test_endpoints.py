"""The URLs of services are the same as in botocore."""

from typing import Final

import boto3
import pytest
from botocore.config import Config

from origin_lambda.adapters.slim.endpoints import (
    Endpoint,
    bucket_endpoint,
    endpoint_of,
    region_of,
)
from origin_lambda.errors import StoreFailed
from tests.contract.aws import expect_failure

SESSION: Final = boto3.Session("testing", "testing")
REGIONS: Final = (
    "us-east-1",
    "eu-central-1",
    "ap-southeast-5",
    "us-gov-west-1",
    "cn-north-1",
    "us-iso-east-1",
    "us-isob-east-1",
    "us-isof-south-1",
    "eu-isoe-west-1",
    "eusc-de-east-1",
)


@pytest.mark.parametrize("region", REGIONS)
@pytest.mark.parametrize("service", ["dynamodb", "sns", "secretsmanager"])
def test_the_url_of_a_service_equals_botocores(service: str, region: str) -> None:
    boto3_client = SESSION.client(service, region_name=region, config=Config(account_id_endpoint_mode="disabled"))  # fmt: skip

    assert endpoint_of(service, {"AWS_REGION": region}).url == boto3_client.meta.endpoint_url


@pytest.mark.parametrize("region", REGIONS)
@pytest.mark.parametrize("bucket", ["first", "img.example.com"])
def test_the_url_of_a_bucket_equals_botocores(bucket: str, region: str) -> None:
    config = Config(
        signature_version="s3v4",
        s3={"addressing_style": "virtual", "us_east_1_regional_endpoint": "regional"},
    )
    boto3_client = SESSION.client("s3", region_name=region, config=config)
    boto3_url = boto3_client.generate_presigned_url(
        "get_object", {"Bucket": bucket, "Key": "tom.jpg"}
    )

    endpoint = bucket_endpoint(bucket, {"AWS_REGION": region})

    assert f"{endpoint.url}{endpoint.prefix}/tom.jpg" == boto3_url.partition("?")[0]


LOCAL_URL: Final = "http://127.0.0.1:4566"


@pytest.mark.parametrize(
    "service, name",
    [
        ("s3", "AWS_ENDPOINT_URL_S3"),
        ("dynamodb", "AWS_ENDPOINT_URL_DYNAMODB"),
        ("sns", "AWS_ENDPOINT_URL_SNS"),
        ("secretsmanager", "AWS_ENDPOINT_URL_SECRETS_MANAGER"),
    ],
)
def test_the_environment_can_set_another_endpoint(service: str, name: str) -> None:
    environment = {"AWS_ENDPOINT_URL": "http://elsewhere", "AWS_REGION": "us-east-1"}

    assert endpoint_of(service, environment).url == "http://elsewhere"
    assert endpoint_of(service, environment | {name: LOCAL_URL}).url == LOCAL_URL
    assert endpoint_of(service, {name: f"{LOCAL_URL}/aws/"}) == Endpoint(
        secure=False, host="127.0.0.1:4566", prefix="/aws"
    )


def test_at_another_endpoint_the_bucket_is_part_of_the_path() -> None:
    environment = {"AWS_ENDPOINT_URL_S3": f"{LOCAL_URL}/s3"}

    at = bucket_endpoint("first", environment)

    assert (at.url, at.prefix) == (LOCAL_URL, "/s3/first")


def test_the_region_is_the_one_that_boto3_uses() -> None:
    both = {"AWS_DEFAULT_REGION": "eu-central-1", "AWS_REGION": "us-east-1"}

    assert region_of(both) == "eu-central-1"
    assert region_of({"AWS_REGION": "us-east-1"}) == "us-east-1"


def test_without_a_region_no_request_is_sent() -> None:
    with expect_failure(StoreFailed):
        region_of({"AWS_DEFAULT_REGION": ""})
