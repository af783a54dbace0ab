"""The playground of a stage: its behaviour, its function, and the package that it answers from."""

import json
import re
from pathlib import Path

import pytest

from infra.aws.stage import Front
from infra.laptop.playground.page_files import PAGE
from infra.laptop.playground.parameters import describe_table
from tests.deploy.stacks import ALL, Stacks
from tests.support.hosted import Answer, unpack_playground

STAGE = "read-only"


@pytest.fixture(scope="module")
def answer(tmp_path_factory: pytest.TempPathFactory) -> Answer:
    return unpack_playground(tmp_path_factory.mktemp("playground"))


def test_it_is_off_by_default(stacks: Stacks) -> None:
    for name, stage in ALL.items():
        urls = stacks.resources(name, "AWS::Lambda::Url")
        assert len(urls) == (2 if stage.playground else 1), name
        if stage.front is Front.CLOUDFRONT and not stage.playground:
            settings = stacks.properties(name, "AWS::CloudFront::Distribution")
            assert "CacheBehaviors" not in settings["DistributionConfig"]


def test_cloudfront_sends_only_the_paths_of_the_page_to_its_function(stacks: Stacks) -> None:
    settings = stacks.properties(STAGE, "AWS::CloudFront::Distribution")["DistributionConfig"]
    (behaviour,) = settings["CacheBehaviors"]
    (origin,) = [each for each in settings["Origins"] if each["Id"] == behaviour["TargetOriginId"]]
    url = stacks.properties(STAGE, "AWS::Lambda::Url", "Playground")

    assert behaviour["PathPattern"] == "/_/*"
    assert behaviour["ViewerProtocolPolicy"] == "redirect-to-https"
    assert behaviour["AllowedMethods"] == ["GET", "HEAD"]
    assert behaviour["Compress"] is True
    assert behaviour["CachePolicyId"] == "658327ea-f89d-4fab-a63d-7e88639e58f6"  # optimised
    assert "OriginRequestPolicyId" not in behaviour
    assert "PlaygroundFunction" in json.dumps(origin["DomainName"])
    assert "OriginAccessControlId" in origin
    assert url["AuthType"] == "AWS_IAM"


def test_only_the_distribution_may_invoke_the_function(stacks: Stacks) -> None:
    permissions = [
        permission["Properties"]
        for permission in stacks.resources(STAGE, "AWS::Lambda::Permission").values()
        if "PlaygroundFunction" in json.dumps(permission["Properties"]["FunctionName"])
    ]

    assert {each["Action"] for each in permissions} == {
        "lambda:InvokeFunctionUrl",
        "lambda:InvokeFunction",
    }
    for each in permissions:
        assert each["Principal"] == "cloudfront.amazonaws.com"
        assert "Distribution" in json.dumps(each["SourceArn"])


def test_the_function_may_only_write_its_log_which_expires(stacks: Stacks) -> None:
    policy = stacks.properties(STAGE, "AWS::IAM::Policy", "CdnPlaygroundFunctionRole")
    log = stacks.properties(STAGE, "AWS::Logs::LogGroup", "CdnPlaygroundFunctionLog")
    (statement,) = policy["PolicyDocument"]["Statement"]

    assert statement["Action"] == ["logs:CreateLogStream", "logs:PutLogEvents"]
    assert "CdnPlaygroundFunctionLog" in json.dumps(statement["Resource"])
    assert log["RetentionInDays"] == ALL[STAGE].log_days


def test_the_page_allows_no_inline_script_and_no_other_server(answer: Answer) -> None:
    page = answer("/_/")
    policy = page["headers"]["content-security-policy"]

    assert (page["statusCode"], page["headers"]["content-type"]) == (
        200,
        "text/html; charset=utf-8",
    )
    assert "default-src 'none'; script-src 'self'; style-src 'self'" in policy
    assert "connect-src 'self';" in policy
    assert "http" not in policy
    assert "unsafe" not in policy
    assert page["headers"]["cache-control"] == "public, max-age=60"


def test_every_file_that_the_page_names_is_in_the_package(answer: Answer) -> None:
    page = answer("/_/")["body"]
    named = set(re.findall(r'(?:href|src)="(/_/[a-z][^"]*)"', page))
    imported = {
        f"/_/page/{name}"
        for path in named
        if path.endswith(".js")
        for name in re.findall(r'from "\./(\w+\.js)"', answer(path)["body"])
    }

    assert len(named) > 20
    assert imported <= named
    for path in named | {"/_/page/editor.css"}:
        assert answer(path)["statusCode"] == 200, path
    assert "recipes" not in page
    assert "alerts" not in page
    assert "<!--" not in page


def test_the_data_is_that_of_this_version(answer: Answer) -> None:
    parameters, settings = answer("/_/parameters.json"), answer("/_/settings.json")

    assert json.loads(parameters["body"]) == describe_table()
    assert json.loads(settings["body"]) == {"isHosted": True, "isSigned": False}
    assert parameters["headers"]["content-type"] == "application/json"


@pytest.mark.parametrize("path", ["/_/originals.json", "/_/page/../site.json", "/_", "/_/recipes"])
def test_any_other_path_is_not_found(answer: Answer, path: str) -> None:
    missing = answer(path)

    assert missing["statusCode"] == 404
    assert "no such file" in json.loads(missing["body"])["error"]["message"]


def test_the_same_files_give_the_same_package(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    for folder in (first, second):
        folder.mkdir()
        unpack_playground(folder)
    (one,), (other,) = ((folder / "build").iterdir() for folder in (first, second))

    assert one.name == other.name
    assert one.read_bytes() == other.read_bytes()
    assert one.stat().st_size < 2 * sum(path.stat().st_size for path in PAGE.iterdir())
