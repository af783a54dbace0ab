"""The functions: runtime, limits, settings, secrets and triggers."""

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
    properties = function(stacks, stage, name)

    assert properties["Runtime"] == "python3.13"
    assert properties["Architectures"] == [ALL[stage].architecture]


@pytest.mark.parametrize(
    "name, entry", [("Origin", "origin"), ("Ingest", "ingest"), ("Upload", "upload")]
)
def test_every_entry_point_is_a_function_of_the_handler(
    stacks: Stacks, name: str, entry: str
) -> None:
    assert function(stacks, "dev", name)["Handler"] == f"origin_lambda.handler.{entry}"
    assert callable(getattr(handler, entry))


@pytest.mark.parametrize("stage", ALL)
def test_the_origin_has_a_whole_cpu_and_times_out_long_before_the_sweep(
    stacks: Stacks, stage: str
) -> None:
    origin = function(stacks, stage, "Origin")

    assert origin["MemorySize"] == 1769
    assert origin["Timeout"] == SECONDS == 25
    assert SECONDS + 14 < SWEEP_SECONDS


def test_a_stage_can_limit_and_reserve_the_concurrency_of_the_origin(stacks: Stacks) -> None:
    assert function(stacks, "production", "Origin")["ReservedConcurrentExecutions"] == 200
    assert "ReservedConcurrentExecutions" not in function(stacks, "dev", "Origin")


@pytest.mark.parametrize("stage", ALL)
def test_the_functions_url_invokes_the_live_version_and_requires_signatures(
    stacks: Stacks, stage: str
) -> None:
    url = stacks.properties(stage, "AWS::Lambda::Url", "Origin")
    alias = stacks.properties(stage, "AWS::Lambda::Alias")

    mode = "RESPONSE_STREAM" if ALL[stage].streaming else "BUFFERED"
    assert (url["AuthType"], url["Qualifier"], url["InvokeMode"]) == ("AWS_IAM", "live", mode)
    assert alias["Name"] == "live"
    assert "CurrentVersion" in json.dumps(alias["FunctionVersion"])


def test_streaming_is_a_setting(stacks: Stacks) -> None:
    streamed, buffered = (variables(stacks, name, "Origin") for name in ("standby", "production"))

    assert streamed["STREAM_ANSWERS"] == "true"
    assert streamed["AWS_LAMBDA_EXEC_WRAPPER"] == "/var/task/origin_lambda/stream"
    assert not {"STREAM_ANSWERS", "AWS_LAMBDA_EXEC_WRAPPER"} & set(buffered)


def test_provisioned_concurrency_is_a_setting(stacks: Stacks) -> None:
    standby, production = (
        stacks.properties(name, "AWS::Lambda::Alias") for name in ("standby", "production")
    )

    assert standby["ProvisionedConcurrencyConfig"] == {"ProvisionedConcurrentExecutions": 2}
    assert "ProvisionedConcurrencyConfig" not in production


def test_snap_start_is_a_setting(stacks: Stacks) -> None:
    assert function(stacks, "adopted", "Origin")["SnapStart"] == {"ApplyOn": "PublishedVersions"}
    assert "SnapStart" not in function(stacks, "production", "Origin")


@pytest.mark.parametrize("stage", ALL)
def test_every_function_accepts_its_environment(stacks: Stacks, stage: str) -> None:
    for name in ("Origin", "Ingest", "Upload"):
        if name == "Upload" and not ALL[stage].upload_api:
            continue
        environment = variables(stacks, stage, name)
        texts = {
            key: value if isinstance(value, str) else "token" for key, value in environment.items()
        }
        secrets = {
            "SIGNING_KEYS": '{"first": "secret"}',
            "UPLOAD_TOKENS": '{"first": "sixteen-letters-or-more"}',
        }
        settings = Settings.from_environment(
            texts | {key: text for key, text in secrets.items() if key in environment}
        )

        assert settings.originals_bucket
        assert settings.derivatives_bucket
        assert settings.catalog_table
        assert bool(settings.ingest_queue_url) is (name != "Upload")
        assert bool(settings.alerts_topic_arn) is (name == "Ingest")


def test_ingest_knows_which_derivatives_to_store_at_once(stacks: Stacks) -> None:
    learning, production = (
        variables(stacks, each, "Ingest") for each in ("learning", "production")
    )

    assert [each.partition(",r=")[0] for each in learning["WARM_PRESETS"].split()] == [
        "h=200",
        "fm=auto-avif",
    ]
    assert "TrafficTable" in learning["TRAFFIC_TABLE"]["Ref"]
    assert not {"WARM_PRESETS", "TRAFFIC_TABLE"} & set(production)


def test_environments_contain_the_arns_of_secrets_and_no_values(stacks: Stacks) -> None:
    assert variables(stacks, "adopted", "Upload")["UPLOAD_TOKENS"] == UPLOAD_TOKENS
    assert variables(stacks, "local", "Origin")["SIGNING_KEYS"]["Fn::GetAtt"][1] == "Id"
    assert "SIGNING_KEYS" not in variables(stacks, "local", "Ingest")


def test_behind_an_edge_only_the_edge_keys_function_reads_the_signing_keys(stacks: Stacks) -> None:
    for stage in ("adopted", "dev", "production"):
        for name in ("Origin", "Ingest", "Upload"):
            assert "SIGNING_KEYS" not in variables(stacks, stage, name)
    keys = variables(stacks, "adopted", "EdgeSecrets")["SIGNING_KEYS"]
    assert keys == SIGNING_KEYS


def test_the_upload_function_gets_the_prefix_of_its_stage(stacks: Stacks) -> None:
    assert variables(stacks, "adopted", "Upload")["UPLOAD_PREFIX"] == "uploads/"
    assert "UPLOAD_PREFIX" not in variables(stacks, "production", "Upload")


def test_limits_reach_every_function(stacks: Stacks) -> None:
    for name in ("Origin", "Ingest", "Upload"):
        assert variables(stacks, "adopted", name)["LIMIT_SIDE"] == "4096"


def test_secrets_manager_generates_new_secrets_in_the_format_of_their_setting(
    stacks: Stacks,
) -> None:
    for name in ("SigningKeys", "UploadTokens"):
        secret = stacks.properties("production", "AWS::SecretsManager::Secret", name)

        assert secret["GenerateSecretString"]["SecretStringTemplate"] == "{}"
        assert secret["GenerateSecretString"]["GenerateStringKey"] == "first"
        assert secret["GenerateSecretString"]["PasswordLength"] >= 32
        assert secret["GenerateSecretString"]["ExcludeCharacters"] == string.punctuation
        assert "SecretString" not in secret


@pytest.mark.parametrize("stage", ALL)
def test_ingest_receives_small_batches_from_the_queue(stacks: Stacks, stage: str) -> None:
    feed = stacks.properties(stage, "AWS::Lambda::EventSourceMapping")
    ingest = function(stacks, stage, "Ingest")

    assert feed["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert feed["ScalingConfig"] == {"MaximumConcurrency": ALL[stage].ingest_concurrency}
    assert feed["BatchSize"] * LONGEST_INGEST_SECONDS <= ingest["Timeout"] == 60
    assert ingest["MemorySize"] == 2048


def test_the_cost_model_assumes_the_deployed_memory_and_architecture(stacks: Stacks) -> None:
    work = Workload()

    for name, memory in (("Origin", work.memory_mb), ("Ingest", work.ingest_memory_mb)):
        deployed = function(stacks, "production", name)
        assert (deployed["MemorySize"], deployed["Architectures"]) == (memory, [work.architecture])


@pytest.mark.parametrize("stage", ["dev", "production"])
def test_ingest_knows_the_distribution_to_invalidate(stacks: Stacks, stage: str) -> None:
    distribution = variables(stacks, stage, "Ingest")["DISTRIBUTION_ID"]

    assert "Distribution" in distribution["Ref"]
    assert "DISTRIBUTION_ID" not in variables(stacks, "local", "Ingest")


@pytest.mark.parametrize("stage", [name for name in ALL if ALL[name].upload_api])
def test_the_upload_api_sends_all_requests_to_the_function_and_throttles(
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


def test_the_log_of_the_upload_api_contains_no_file_names_and_no_senders(stacks: Stacks) -> None:
    log = stacks.properties("production", "AWS::ApiGatewayV2::Stage")["AccessLogSettings"]

    assert "$context.status" in log["Format"]
    assert not [
        name for name in ("path", "sourceIp", "userAgent", "authorizer") if name in log["Format"]
    ]


def test_a_stage_without_uploads_has_no_api_and_no_tokens(stacks: Stacks) -> None:
    assert not stacks.resources("read-only", "AWS::ApiGatewayV2::Api")
    assert len(stacks.resources("read-only", "AWS::SecretsManager::Secret")) == 1


@pytest.mark.parametrize("stage", ALL)
def test_all_logs_expire(stacks: Stacks, stage: str) -> None:
    groups = stacks.resources(stage, "AWS::Logs::LogGroup").values()

    assert {group["Properties"]["RetentionInDays"] for group in groups} == {ALL[stage].log_days}
    for name in ("Origin", "Ingest"):
        assert "FunctionLog" in json.dumps(function(stacks, stage, name)["LoggingConfig"])


def test_a_presigned_post_expires_before_the_credentials_that_signed_it(stacks: Stacks) -> None:
    # The credentials of a role last for at least an hour, unless its maximum is shorter.
    role = stacks.properties("production", "AWS::IAM::Role", "CdnUploadFunctionRole")

    assert role.get("MaxSessionDuration", 3600) > PRESIGNED_SECONDS
