"""The distribution and the balancer; the distribution is compared with the local edge."""

import dataclasses
import json
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_cloudfront as cloudfront
from aws_cdk import aws_cloudfront_origins as origins
from aws_cdk.assertions import Template

from edge.build import LARGEST_FUNCTION, build, build_key_values
from edge.local.freshness import CachePolicy
from edge.local.origins import FAILOVER
from infra.aws.constructs.distribution import error_responses
from infra.aws.constructs.edge_secrets import list_public_entries
from infra.aws.constructs.image_cdn import ImageCdn
from infra.aws.stage import Front
from origin_lambda.errors import BadKey
from origin_lambda.http import ALWAYS
from origin_lambda.settings import EDGE_SETTINGS
from origin_lambda.url.admission import Policy, admit_uri
from tests.deploy.stacks import ALL, WEB_ACL, Stacks, fake_packager, read_context

WITH_CLOUDFRONT = [name for name, stage in ALL.items() if stage.front is Front.CLOUDFRONT]


def config(stacks: Stacks, stage: str) -> Any:
    return stacks.properties(stage, "AWS::CloudFront::Distribution")["DistributionConfig"]


@pytest.mark.parametrize("stage", WITH_CLOUDFRONT)
def test_requests_go_to_the_bucket_first_and_to_the_origin_if_it_fails(
    stacks: Stacks, stage: str
) -> None:
    settings = config(stacks, stage)
    (group,) = settings["OriginGroups"]["Items"]
    by_id = {origin["Id"]: origin for origin in settings["Origins"]}
    stored, rendered = (by_id[member["OriginId"]] for member in group["Members"]["Items"])

    assert settings["DefaultCacheBehavior"]["TargetOriginId"] == group["Id"]
    assert "DerivativesBucket" in json.dumps(stored["DomainName"])
    assert "OriginLiveFunctionUrl" in json.dumps(rendered["DomainName"])
    assert set(group["FailoverCriteria"]["StatusCodes"]["Items"]) == FAILOVER


@pytest.mark.parametrize("stage", WITH_CLOUDFRONT)
def test_requests_to_both_origins_are_signed(stacks: Stacks, stage: str) -> None:
    kinds = {
        control["Properties"]["OriginAccessControlConfig"]["OriginAccessControlOriginType"]: (
            control["Properties"]["OriginAccessControlConfig"]["SigningBehavior"]
        )
        for control in stacks.resources(stage, "AWS::CloudFront::OriginAccessControl").values()
    }

    assert kinds == {"s3": "always", "lambda": "always"}
    assert stacks.properties(stage, "AWS::Lambda::Url", "Origin")["AuthType"] == "AWS_IAM"


@pytest.mark.parametrize("stage", WITH_CLOUDFRONT)
def test_only_this_distribution_may_invoke_the_function_and_read_the_bucket(
    stacks: Stacks, stage: str
) -> None:
    permissions = [
        permission["Properties"]
        for permission in stacks.resources(stage, "AWS::Lambda::Permission").values()
        if permission["Properties"]["Principal"] == "cloudfront.amazonaws.com"
    ]
    policy = stacks.properties(stage, "AWS::S3::BucketPolicy", "Derivatives")
    reads = [
        statement
        for statement in policy["PolicyDocument"]["Statement"]
        if statement["Effect"] == "Allow" and "cloudfront" in json.dumps(statement["Principal"])
    ]

    assert {permission["Action"] for permission in permissions} == {
        "lambda:InvokeFunctionUrl",
        "lambda:InvokeFunction",
    }
    assert all("Distribution" in json.dumps(row["SourceArn"]) for row in permissions)
    assert all(
        row.get("InvokedViaFunctionUrl") is True
        for row in permissions
        if row["Action"] == "lambda:InvokeFunction"
    )
    assert [statement["Action"] for statement in reads] == [["s3:GetObject", "s3:ListBucket"]]
    assert "Distribution" in json.dumps(reads[0]["Condition"]["StringEquals"]["AWS:SourceArn"])


@pytest.mark.parametrize("stage", WITH_CLOUDFRONT)
def test_cloudfront_may_not_read_mips(stacks: Stacks, stage: str) -> None:
    policy = stacks.properties(stage, "AWS::S3::BucketPolicy", "Derivatives")
    denied = [
        statement
        for statement in policy["PolicyDocument"]["Statement"]
        if statement["Principal"] == {"Service": "cloudfront.amazonaws.com"}
        and statement["Effect"] == "Deny"
    ]

    assert [statement["Action"] for statement in denied] == ["s3:GetObject"]
    assert json.dumps(denied[0]["Resource"]).count("/.mips/*") == 1


def test_requests_for_the_root_are_refused_since_the_bucket_would_list_itself() -> None:
    with pytest.raises(BadKey):
        admit_uri("/", "", {}, Policy(), 0)


@pytest.mark.parametrize("stage", WITH_CLOUDFRONT)
def test_answers_are_cached_by_path_for_as_long_as_at_the_local_edge(
    stacks: Stacks, stage: str
) -> None:
    policy = stacks.properties(stage, "AWS::CloudFront::CachePolicy")["CachePolicyConfig"]
    local = CachePolicy()

    assert (policy["MinTTL"], policy["DefaultTTL"], policy["MaxTTL"]) == (
        local.minimum,
        local.default,
        local.maximum,
    )
    assert policy["ParametersInCacheKeyAndForwardedToOrigin"] == {
        "CookiesConfig": {"CookieBehavior": "none"},
        "HeadersConfig": {"HeaderBehavior": "none"},
        "QueryStringsConfig": {"QueryStringBehavior": "none"},
        "EnableAcceptEncodingBrotli": False,
        "EnableAcceptEncodingGzip": False,
    }
    assert "OriginRequestPolicyId" not in config(stacks, stage)["DefaultCacheBehavior"]


@pytest.mark.parametrize("stage", WITH_CLOUDFRONT)
def test_our_5xx_are_not_cached(stacks: Stacks, stage: str) -> None:
    responses = config(stacks, stage)["CustomErrorResponses"]

    assert responses == [
        {"ErrorCode": status, "ErrorCachingMinTTL": 0} for status in (500, 502, 503, 504)
    ]


@pytest.mark.parametrize("stage", WITH_CLOUDFRONT)
def test_the_headers_policy_adds_the_headers_that_the_origin_always_sends(
    stacks: Stacks, stage: str
) -> None:
    policy = stacks.properties(stage, "AWS::CloudFront::ResponseHeadersPolicy")
    added = policy["ResponseHeadersPolicyConfig"]
    headers = {item["Header"]: item["Value"] for item in added["CustomHeadersConfig"]["Items"]}
    (origin,) = added["CorsConfig"]["AccessControlAllowOrigins"]["Items"]
    headers["access-control-allow-origin"] = origin
    if added["SecurityHeadersConfig"]["ContentTypeOptions"]["Override"]:
        headers["x-content-type-options"] = "nosniff"

    assert headers == ALWAYS
    assert added["CorsConfig"]["OriginOverride"] is False
    assert not any(item["Override"] for item in added["CustomHeadersConfig"]["Items"])


@pytest.mark.parametrize("stage", WITH_CLOUDFRONT)
def test_the_deployed_edge_functions_are_the_tested_ones(stacks: Stacks, stage: str) -> None:
    behaviour = config(stacks, stage)["DefaultCacheBehavior"]
    functions = stacks.resources(stage, "AWS::CloudFront::Function")
    code = {
        association["EventType"]: functions[association["FunctionARN"]["Fn::GetAtt"][0]]
        for association in behaviour["FunctionAssociations"]
    }
    request, response = code["viewer-request"], code["viewer-response"]

    assert request["Properties"]["FunctionCode"] == build()
    assert len(request["Properties"]["FunctionConfig"]["KeyValueStoreAssociations"]) == 1
    assert "x-amz-meta-brief" in response["Properties"]["FunctionCode"]
    assert len(response["Properties"]["FunctionCode"].encode()) < LARGEST_FUNCTION
    for function in code.values():
        assert function["Properties"]["AutoPublish"] is True
        assert function["Properties"]["FunctionConfig"]["Runtime"] == "cloudfront-js-2.0"


@pytest.mark.parametrize("stage", WITH_CLOUDFRONT)
def test_new_edge_code_is_deployed_after_the_entries_that_it_reads(
    stacks: Stacks, stage: str
) -> None:
    function = stacks.only(stage, "AWS::CloudFront::Function", "ViewerRequest")

    assert any("Entries" in name for name in function["DependsOn"])


@pytest.mark.parametrize("stage", WITH_CLOUDFRONT)
def test_new_edge_code_is_deployed_after_the_origin(stacks: Stacks, stage: str) -> None:
    function = stacks.only(stage, "AWS::CloudFront::Function", "ViewerRequest")

    assert any("OriginLive" in name for name in function["DependsOn"])


@pytest.mark.parametrize("stage", WITH_CLOUDFRONT)
def test_viewers_get_https_with_http_2_or_3_and_may_only_read(stacks: Stacks, stage: str) -> None:
    settings = config(stacks, stage)

    assert settings["HttpVersion"] == "http2and3"
    assert settings["DefaultCacheBehavior"]["ViewerProtocolPolicy"] == "redirect-to-https"
    assert settings["DefaultCacheBehavior"]["AllowedMethods"] == ["GET", "HEAD", "OPTIONS"]
    assert settings["DefaultCacheBehavior"]["Compress"] is False


def test_origin_shield_web_acl_and_price_class_come_from_the_stage(stacks: Stacks) -> None:
    settings = config(stacks, "adopted")

    assert settings["WebACLId"] == WEB_ACL
    assert settings["PriceClass"] == "PriceClass_100"
    assert [origin["OriginShield"] for origin in settings["Origins"]] == [
        {"Enabled": True, "OriginShieldRegion": "us-east-1"}
    ] * 2
    assert "WebACLId" not in config(stacks, "production")
    assert not any("OriginShield" in each for each in config(stacks, "production")["Origins"])


def test_access_logs_contain_no_addresses_and_no_signatures(stacks: Stacks) -> None:
    source = stacks.properties("production", "AWS::Logs::DeliverySource")
    delivery = stacks.properties("production", "AWS::Logs::Delivery")
    bucket = stacks.properties("production", "AWS::S3::Bucket", "AccessLogs")

    assert source["LogType"] == "ACCESS_LOGS"
    assert "Distribution" in json.dumps(source["ResourceArn"])
    assert not {"c-ip", "x-forwarded-for", "cs-uri-query", "cs(Cookie)", "cs(Referer)"} & set(
        delivery["RecordFields"]
    )
    assert bucket["LifecycleConfiguration"]["Rules"][0]["ExpirationInDays"] == 90
    assert not stacks.resources("dev", "AWS::Logs::Delivery")


@pytest.mark.parametrize("stage, readers", [("production", 0), ("learning", 1)])
def test_access_logs_are_encrypted_private_and_deleted_after_their_days(
    stacks: Stacks, stage: str, readers: int
) -> None:
    """Those of a stage with `refine_budget` contain queries, with signatures."""
    bucket = stacks.properties(stage, "AWS::S3::Bucket", "AccessLogs")
    policy = stacks.properties(stage, "AWS::S3::BucketPolicy", "AccessLogs")
    fields = stacks.properties(stage, "AWS::Logs::Delivery")["RecordFields"]
    (encryption,) = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    statements = policy["PolicyDocument"]["Statement"]
    allowed = {
        (statement["Action"], json.dumps(statement["Principal"]))
        for statement in statements
        if statement["Effect"] == "Allow"
    }
    (counter,) = [
        name
        for name in stacks.resources("learning", "AWS::IAM::Role")
        if "TrafficCounterFunctionRole" in name
    ]
    role = json.dumps({"AWS": {"Fn::GetAtt": [counter, "Arn"]}})

    assert ("cs-uri-query" in fields) is bool(readers)
    assert encryption == {"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    assert bucket["LifecycleConfiguration"]["Rules"] == [
        {"ExpirationInDays": ALL[stage].access_log_days, "Status": "Enabled"}
    ]
    assert {"Bool": {"aws:SecureTransport": "false"}} in [
        each.get("Condition") for each in statements if each["Effect"] == "Deny"
    ]
    assert allowed - {("s3:GetObject", role), ("s3:ListBucket", role)} == {
        ("s3:PutObject", '{"Service": "delivery.logs.amazonaws.com"}')
    }
    assert len(allowed) == 1 + 2 * readers


@pytest.mark.parametrize("stage", WITH_CLOUDFRONT)
def test_the_template_contains_all_entries_of_the_store_except_secrets(
    stacks: Stacks, stage: str
) -> None:
    properties = stacks.properties(stage, "Custom::CalotypeEdgeEntries")
    entries = json.loads(properties["Entries"])

    assert entries == list_public_entries(ALL[stage])
    assert len(entries) > 150
    assert not [name for name in entries if name.startswith("key:")]
    assert "known-at-deployment" not in stacks.path(stage).read_text(encoding="utf-8")


def test_the_entries_and_the_keys_together_are_those_of_the_edge() -> None:
    stage = ALL["adopted"]
    policy = dataclasses.replace(stage.policy, keys={"2026": "a secret"})

    assert dict(list_public_entries(stage)) | {"key:2026": "a secret"} == build_key_values(policy)
    assert json.loads(list_public_entries(stage)["policy"])["open_parameters"] == ["w", "auto"]


@pytest.mark.parametrize("stage", ALL)
def test_a_function_behind_the_edge_does_not_have_the_edges_settings(
    stacks: Stacks, stage: str
) -> None:
    function = stacks.properties(stage, "AWS::Lambda::Function", "CdnOrigin")
    settings = set(function["Environment"]["Variables"]) & set(EDGE_SETTINGS)

    assert settings == (set() if ALL[stage].front.has_edge else set(ALL[stage].edge_settings))


@pytest.mark.parametrize("stage", ALL)
def test_the_origin_has_a_setting_if_the_bucket_is_in_front(stacks: Stacks, stage: str) -> None:
    function = stacks.properties(stage, "AWS::Lambda::Function", "CdnOrigin")
    setting = function["Environment"]["Variables"].get("BUCKET_IN_FRONT")

    assert setting == ("true" if ALL[stage].front.has_edge else None)


def test_your_own_distribution_can_have_the_behaviour(tmp_path: Path) -> None:
    app = cdk.App(context=read_context())
    stack = cdk.Stack(app, "Site", env=cdk.Environment(region="eu-central-1"))
    stage = dataclasses.replace(
        ALL["dev"], name="mine", front=Front.OTHER, region="eu-central-1", derivatives_emptied=False
    )
    cdn = ImageCdn(stack, "Cdn", stage=stage, code=fake_packager(tmp_path))
    site = cloudfront.Distribution(
        stack,
        "Site",
        default_behavior=cloudfront.BehaviorOptions(origin=origins.HttpOrigin("www.example.com")),
        additional_behaviors={"/img/*": cdn.behaviour()},
        error_responses=error_responses(),
    )
    cdn.invalidate_at(site)
    template = Template.from_stack(stack)

    (distribution,) = template.find_resources("AWS::CloudFront::Distribution").values()
    (behaviour,) = distribution["Properties"]["DistributionConfig"]["CacheBehaviors"]
    assert behaviour["PathPattern"] == "/img/*"
    assert "OriginGroup" in behaviour["TargetOriginId"]
    assert cdn.behaviour() is cdn.behaviour()
    template.has_resource_properties(
        "AWS::Lambda::Function",
        {
            "Handler": "origin_lambda.handler.ingest",
            "Environment": {
                "Variables": {
                    "DISTRIBUTION_ID": {
                        "Ref": next(iter(template.find_resources("AWS::CloudFront::Distribution")))
                    }
                }
            },
        },
    )


def test_a_stage_without_an_edge_has_no_behaviour(tmp_path: Path) -> None:
    stack = cdk.Stack(cdk.App(context=read_context()), "Site")
    cdn = ImageCdn(stack, "Cdn", stage=ALL["local"], code=fake_packager(tmp_path))

    with pytest.raises(ValueError, match=r"local: front must be Front\.OTHER"):
        cdn.behaviour()


def test_a_balancer_answers_https_and_only_this_accounts_balancers_invoke_the_function(
    stacks: Stacks,
) -> None:
    listeners = stacks.resources("balanced", "AWS::ElasticLoadBalancingV2::Listener").values()
    by_port = {each["Properties"]["Port"]: each["Properties"] for each in listeners}
    group = stacks.properties("balanced", "AWS::ElasticLoadBalancingV2::TargetGroup")
    permission = stacks.properties("balanced", "AWS::Lambda::Permission", "Balancer")

    assert by_port[80]["DefaultActions"][0]["Type"] == "redirect"
    assert by_port[443]["Certificates"]
    assert group["TargetType"] == "lambda"
    assert group["TargetGroupAttributes"] == [
        {"Key": "lambda.multi_value_headers.enabled", "Value": "true"}
    ]
    assert permission["SourceAccount"] == {"Ref": "AWS::AccountId"}
    assert stacks.resources("balanced", "AWS::WAFv2::WebACLAssociation")
    assert not stacks.resources("balanced", "AWS::CloudFront::Distribution")


def list_ingress(stacks: Stacks, stage: str) -> set[tuple[str, int]]:
    rules = stacks.properties(stage, "AWS::EC2::SecurityGroup")["SecurityGroupIngress"]
    return {(rule["CidrIp"], rule["FromPort"]) for rule in rules}


def test_a_balancer_without_a_network_is_public_in_a_new_one(stacks: Stacks) -> None:
    balancer = stacks.properties("balanced", "AWS::ElasticLoadBalancingV2::LoadBalancer")

    assert balancer["Scheme"] == "internet-facing"
    assert len(stacks.resources("balanced", "AWS::EC2::VPC")) == 1
    assert list_ingress(stacks, "balanced") == {("0.0.0.0/0", 80), ("0.0.0.0/0", 443)}


def test_a_balancer_in_a_private_network_creates_none_and_accepts_only_its_addresses(
    stacks: Stacks,
) -> None:
    balancer = stacks.properties("private", "AWS::ElasticLoadBalancingV2::LoadBalancer")
    group = stacks.properties("private", "AWS::EC2::SecurityGroup")

    assert balancer["Scheme"] == "internal"
    assert balancer["Subnets"] == ["subnet-0a1b2c3d4e5f60718", "subnet-0b1b2c3d4e5f60718"]
    assert group["VpcId"] == "vpc-0a1b2c3d4e5f60718"
    assert list_ingress(stacks, "private") == {
        (block, port) for block in ("10.0.0.0/8", "172.16.0.0/12") for port in (80, 443)
    }
    for kind in ("VPC", "Subnet", "InternetGateway"):
        assert not stacks.resources("private", f"AWS::EC2::{kind}")
