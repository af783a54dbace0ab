"""The functions: what runs them, how long, with what in hand, and what feeds them."""

import json
import string
from typing import Any

import pytest

from infra.aws.constructs.origin_function import SECONDS
from infra.costs.workload import Workload
from origin_lambda import handler
from origin_lambda.originals.dispatch import LONGEST_INGEST_SECONDS
from origin_lambda.originals.purge import SWEEP_SECONDS
from origin_lambda.settings import Settings
from origin_lambda.uploads.upload import PRESIGNED_SECONDS
from tests.deploy.stacks import ALL, SIGNING_KEYS, UPLOAD_TOKENS, Stacks


def function(stacks: Stacks, stage: str, name: str) -> Any:
    return stacks.properties(stage, "AWS::Lambda::Function", f"Cdn{name}Function")


def variables(stacks: Stacks, stage: str, name: str) -> Any:
    return function(stacks, stage, name)["Environment"]["Variables"]


@pytest.mark.parametrize("stage", ALL)
@pytest.mark.parametrize("name", ["Origin", "Ingest"])
def test_functions_run_on_the_architecture_of_the_stage(
    stacks: Stacks, stage: str, name: str
) -> None:
    made = function(stacks, stage, name)

    assert made["Runtime"] == "python3.13"
    assert made["Architectures"] == [ALL[stage].architecture]


@pytest.mark.parametrize(
    "name, entry", [("Origin", "origin"), ("Ingest", "ingest"), ("Upload", "upload")]
)
def test_entry_points_are_those_of_the_handler(stacks: Stacks, name: str, entry: str) -> None:
    assert function(stacks, "dev", name)["Handler"] == f"origin_lambda.handler.{entry}"
    assert callable(getattr(handler, entry))


@pytest.mark.parametrize("stage", ALL)
def test_the_origin_has_a_whole_cpu_and_ends_long_before_the_sweep(
    stacks: Stacks, stage: str
) -> None:
    origin = function(stacks, stage, "Origin")

    assert origin["MemorySize"] == 1769
    assert origin["Timeout"] == SECONDS == 25
    assert SECONDS + 14 < SWEEP_SECONDS


def test_what_all_of_the_account_may_spend_is_bounded(stacks: Stacks) -> None:
    assert function(stacks, "production", "Origin")["ReservedConcurrentExecutions"] == 200
    assert "ReservedConcurrentExecutions" not in function(stacks, "dev", "Origin")


@pytest.mark.parametrize("stage", ALL)
def test_the_url_is_that_of_the_live_version_and_wants_signatures(
    stacks: Stacks, stage: str
) -> None:
    url = stacks.properties(stage, "AWS::Lambda::Url")
    alias = stacks.properties(stage, "AWS::Lambda::Alias")

    assert (url["AuthType"], url["Qualifier"], url["InvokeMode"]) == ("AWS_IAM", "live", "BUFFERED")
    assert alias["Name"] == "live"
    assert "CurrentVersion" in json.dumps(alias["FunctionVersion"])


def test_snapshots_are_a_setting(stacks: Stacks) -> None:
    assert function(stacks, "adopted", "Origin")["SnapStart"] == {"ApplyOn": "PublishedVersions"}
    assert "SnapStart" not in function(stacks, "production", "Origin")


@pytest.mark.parametrize("stage", ALL)
def test_the_settings_of_every_function_are_understood(stacks: Stacks, stage: str) -> None:
    for name in ("Origin", "Ingest", "Upload"):
        if name == "Upload" and not ALL[stage].upload_api:
            continue
        given = variables(stacks, stage, name)
        told = {key: value if isinstance(value, str) else "token" for key, value in given.items()}
        secrets = {
            "SIGNING_KEYS": '{"first": "secret"}',
            "UPLOAD_TOKENS": '{"first": "sixteen-letters-or-more"}',
        }
        settings = Settings.from_environment(
            told | {key: text for key, text in secrets.items() if key in given}
        )

        assert settings.originals_bucket
        assert settings.derivatives_bucket
        assert settings.catalog_table
        assert bool(settings.ingest_queue_url) is (name != "Upload")
        assert bool(settings.alerts_topic_arn) is (name == "Ingest")


def test_keys_and_tokens_are_named_never_told(stacks: Stacks) -> None:
    assert variables(stacks, "adopted", "Origin")["SIGNING_KEYS"] == SIGNING_KEYS
    assert variables(stacks, "adopted", "Upload")["UPLOAD_TOKENS"] == UPLOAD_TOKENS
    assert variables(stacks, "production", "Origin")["SIGNING_KEYS"]["Fn::GetAtt"][1] == "Id"
    assert "SIGNING_KEYS" not in variables(stacks, "production", "Ingest")


def test_the_upload_function_is_told_the_prefix_that_it_is_held_to(stacks: Stacks) -> None:
    assert variables(stacks, "adopted", "Upload")["UPLOAD_PREFIX"] == "uploads/"
    assert "UPLOAD_PREFIX" not in variables(stacks, "production", "Upload")


def test_limits_reach_every_function(stacks: Stacks) -> None:
    for name in ("Origin", "Ingest", "Upload"):
        assert variables(stacks, "adopted", name)["LIMIT_SIDE"] == "4096"


def test_new_secrets_are_made_up_by_secrets_manager_in_the_shape_of_their_setting(
    stacks: Stacks,
) -> None:
    for name in ("SigningKeys", "UploadTokens"):
        made = stacks.properties("production", "AWS::SecretsManager::Secret", name)

        assert made["GenerateSecretString"]["SecretStringTemplate"] == "{}"
        assert made["GenerateSecretString"]["GenerateStringKey"] == "first"
        assert made["GenerateSecretString"]["PasswordLength"] >= 32
        assert made["GenerateSecretString"]["ExcludeCharacters"] == string.punctuation
        assert "SecretString" not in made


@pytest.mark.parametrize("stage", ALL)
def test_ingest_is_fed_by_the_queue_few_at_a_time(stacks: Stacks, stage: str) -> None:
    feed = stacks.properties(stage, "AWS::Lambda::EventSourceMapping")
    ingest = function(stacks, stage, "Ingest")

    assert feed["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert feed["ScalingConfig"] == {"MaximumConcurrency": ALL[stage].ingest_concurrency}
    assert feed["BatchSize"] * LONGEST_INGEST_SECONDS <= ingest["Timeout"] == 60
    assert ingest["MemorySize"] == 2048


def test_the_bill_is_for_the_memory_and_processor_that_are_deployed(stacks: Stacks) -> None:
    work = Workload()

    for name, memory in (("Origin", work.memory_mb), ("Ingest", work.ingest_memory_mb)):
        made = function(stacks, "production", name)
        assert (made["MemorySize"], made["Architectures"]) == (memory, [work.architecture])


@pytest.mark.parametrize("stage", ["dev", "production"])
def test_ingest_knows_the_distribution_that_is_to_forget(stacks: Stacks, stage: str) -> None:
    told = variables(stacks, stage, "Ingest")["DISTRIBUTION_ID"]

    assert "Distribution" in told["Ref"]
    assert "DISTRIBUTION_ID" not in variables(stacks, "local", "Ingest")


@pytest.mark.parametrize("stage", [name for name in ALL if ALL[name].upload_api])
def test_the_upload_api_hands_everything_to_the_function_and_throttles(
    stacks: Stacks, stage: str
) -> None:
    api = stacks.properties(stage, "AWS::ApiGatewayV2::Api")
    route = stacks.properties(stage, "AWS::ApiGatewayV2::Route")
    integration = stacks.properties(stage, "AWS::ApiGatewayV2::Integration")
    settings = stacks.properties(stage, "AWS::ApiGatewayV2::Stage")["DefaultRouteSettings"]

    assert route["RouteKey"] == "$default"
    assert integration["PayloadFormatVersion"] == "2.0"
    assert "CorsConfiguration" not in api
    assert settings == {
        "ThrottlingRateLimit": ALL[stage].upload_rate,
        "ThrottlingBurstLimit": ALL[stage].upload_burst,
    }


def test_the_upload_apis_log_names_neither_file_nor_sender(stacks: Stacks) -> None:
    log = stacks.properties("production", "AWS::ApiGatewayV2::Stage")["AccessLogSettings"]

    assert "$context.status" in log["Format"]
    assert not [
        name for name in ("path", "sourceIp", "userAgent", "authorizer") if name in log["Format"]
    ]


def test_without_uploads_there_is_neither_api_nor_token(stacks: Stacks) -> None:
    assert not stacks.resources("read-only", "AWS::ApiGatewayV2::Api")
    assert len(stacks.resources("read-only", "AWS::SecretsManager::Secret")) == 1


@pytest.mark.parametrize("stage", ALL)
def test_logs_end_some_day(stacks: Stacks, stage: str) -> None:
    groups = stacks.resources(stage, "AWS::Logs::LogGroup").values()

    assert {group["Properties"]["RetentionInDays"] for group in groups} == {ALL[stage].log_days}
    for name in ("Origin", "Ingest"):
        assert "FunctionLog" in json.dumps(function(stacks, stage, name)["LoggingConfig"])


def test_a_form_is_not_good_for_longer_than_the_credentials_that_signed_it(stacks: Stacks) -> None:
    # A role's credentials last for an hour at least, unless its maximum is shorter.
    role = stacks.properties("production", "AWS::IAM::Role", "CdnUploadFunctionRole")

    assert role.get("MaxSessionDuration", 3600) > PRESIGNED_SECONDS
