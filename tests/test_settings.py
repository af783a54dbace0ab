"""Settings from the environment: a bad one is named, and its value is never repeated."""

import dataclasses
import json
from pathlib import Path

import boto3
import pytest
from moto import mock_aws

from origin_lambda.adapters.boto.clients import secret
from origin_lambda.errors import StoreFailed
from origin_lambda.image.probe import Limits
from origin_lambda.settings import EDGE_SETTINGS, BadSetting, Settings, read_policy
from origin_lambda.uploads.tokens import Token
from origin_lambda.url.admission import BareOriginals, Policy
from origin_lambda.url.keys import KeyFilter

LEAST = {"ORIGINALS_BUCKET": "originals", "DERIVATIVES_BUCKET": "derivatives"}


def read_settings(**environment: str) -> Settings:
    return Settings.from_environment(LEAST | environment)


def test_two_buckets_are_the_only_required_settings() -> None:
    assert read_settings() == Settings(
        originals_bucket="originals",
        derivatives_bucket="derivatives",
        catalog_table="",
        alerts_topic_arn="",
        ingest_queue_url="",
        distribution_id="",
        fallback_original="",
        bare_originals=BareOriginals.CLEAN,
        bucket_in_front=False,
        upload_tokens=(),
        upload_prefix="",
        limits=Limits(),
        policy=Policy(),
    )


def test_each_name_sets_its_own_field() -> None:
    settings = read_settings(
        CATALOG_TABLE="catalog",
        ALERTS_TOPIC_ARN="arn:aws:sns:us-east-1:123456789012:alerts",
        INGEST_QUEUE_URL="https://sqs.us-east-1.amazonaws.com/123456789012/ingest",
        DISTRIBUTION_ID="EDFDVBD6EXAMPLE",
        FALLBACK_ORIGINAL="img/sorry.png",
        ORIGINALS_PREFIX="img/",
        ORIGINALS_SUFFIXES=".jpg, .png,",
        BARE_ORIGINALS="as-is",
        BUCKET_IN_FRONT="true",
        ANSWER_FIRST="false",
        TRAFFIC_TABLE="traffic",
        REFINE_BUDGET="5",
        DELIVERED_PRICE="0.085",
        REFINE_PRICE="0.000028798",
    )

    assert settings.catalog_table == "catalog"
    assert settings.alerts_topic_arn == "arn:aws:sns:us-east-1:123456789012:alerts"
    assert settings.ingest_queue_url == "https://sqs.us-east-1.amazonaws.com/123456789012/ingest"
    assert settings.distribution_id == "EDFDVBD6EXAMPLE"
    assert settings.fallback_original == "img/sorry.png"
    assert settings.original_keys == KeyFilter("img/", (".jpg", ".png"))
    assert settings.bare_originals is BareOriginals.AS_IS
    assert settings.bucket_in_front is True
    assert settings.answer_first is False
    assert settings.traffic_table == "traffic"
    assert settings.refine_budget == 5.0
    assert settings.delivered_price == 0.085
    assert settings.refine_price == 0.000028798


@pytest.mark.parametrize("text", ["-1", "1e3", "five", "$5", "nan", "1,5"])
def test_an_amount_that_is_no_number_is_named(text: str) -> None:
    with pytest.raises(BadSetting, match="REFINE_BUDGET must be an amount of dollars"):
        read_settings(REFINE_BUDGET=text)


def test_warm_presets_are_canonical_transforms_and_stay_so() -> None:
    policy = {"PRESETS": '{"card": "w=300&h=200"}', "SIZE_LADDER": "320,640"}
    words = "card w=301&auto=format q=70&crop=top,left&fit=crop&w=640&h=640"

    presets = read_settings(WARM_PRESETS=words, **policy).warm_presets

    assert [each.partition(",r=")[0] for each in presets] == [
        "h=200",
        "fm=auto-avif",
        "crop=top_left,fit=crop,h=640,q=70",
    ]
    assert [each.rpartition("w=")[2] for each in presets] == ["300", "320", "640"]
    assert read_settings(WARM_PRESETS=" ".join(presets)).warm_presets == presets


@pytest.mark.parametrize(
    "text, problem",
    [
        ("thumb", "'thumb' is no name of PRESETS, and no query such as w=640"),
        ("w=a", "'w=a': w accepts"),
        ("widht=300", "'widht=300': widht is no parameter"),
        ("bad", "'bad': w accepts"),
        (" ".join(["w=3"] * 21), "can have at most 20 presets"),
    ],
)
def test_a_warm_preset_that_no_url_can_have_is_named(text: str, problem: str) -> None:
    with pytest.raises(BadSetting, match=f"WARM_PRESETS.*{problem}"):
        read_settings(WARM_PRESETS=text, PRESETS='{"bad": "w=a"}')


@pytest.mark.parametrize("text", ["as_is", "Clean", "true"])
def test_an_unknown_answer_to_bare_urls_is_named(text: str) -> None:
    with pytest.raises(BadSetting, match="BARE_ORIGINALS must be one of clean, as-is, refuse"):
        read_settings(BARE_ORIGINALS=text)


@pytest.mark.parametrize("name", LEAST)
@pytest.mark.parametrize("environment", [{}, {"ORIGINALS_BUCKET": "", "DERIVATIVES_BUCKET": ""}])
def test_a_bucket_that_is_not_set_is_named(name: str, environment: dict[str, str]) -> None:
    others = {other: text for other, text in LEAST.items() if other != name}

    with pytest.raises(BadSetting, match=name):
        Settings.from_environment(environment | others)


# Limits.


@pytest.mark.parametrize("field", [field.name for field in dataclasses.fields(Limits)])
def test_each_limit_has_a_name(field: str) -> None:
    limits = read_settings(**{f"LIMIT_{field.upper()}": "77"}).limits

    assert dataclasses.asdict(limits) == dataclasses.asdict(Limits()) | {field: 77}


def test_an_empty_limit_is_the_default() -> None:
    assert read_settings(LIMIT_SIDE="").limits == Limits()


@pytest.mark.parametrize(
    "text", ["0", "-1", "1.5", "1e3", " 5", "0x10", "many", "\u0663", "\u00b2", "1_000", "9" * 5000]
)
def test_a_limit_that_is_not_a_positive_whole_number_is_named(text: str) -> None:
    with pytest.raises(BadSetting, match="LIMIT_SIDE"):
        read_settings(LIMIT_SIDE=text)


# The policy.


def test_all_settings_of_the_policy_are_read() -> None:
    policy = read_settings(
        SIGNING_KEYS='{"k1": "one", "k2": "two"}',
        REQUIRE_SIGNATURE="true",
        IMGIX_TOKEN="token",
        SIZE_LADDER="320,640,1280",
        PRESETS='{"card": "w=300&h=200"}',
        CLIENT_HINTS="1",
        SAVE_DATA="False",
    ).policy

    assert policy == Policy(
        keys={"k1": "one", "k2": "two"},
        require_signature=True,
        imgix_token="token",
        size_ladder=(320, 640, 1280),
        presets={"card": "w=300&h=200"},
        client_hints=True,
        save_data=False,
    )


def test_the_order_of_signing_keys_is_kept() -> None:
    keys = read_settings(SIGNING_KEYS='{"z": "1", "a": "2", "m": "3"}').policy.keys

    assert list(keys) == ["z", "a", "m"]


@pytest.mark.parametrize("name", ["REQUIRE_SIGNATURE", "CLIENT_HINTS", "SAVE_DATA"])
@pytest.mark.parametrize(
    "text, meant", [("true", True), ("TRUE", True), ("1", True), ("false", False), ("0", False)]
)
def test_a_switch_is_true_or_false(name: str, text: str, meant: bool) -> None:
    policy = read_settings(**{name: text, "SIGNING_KEYS": '{"k1": "secret"}'}).policy

    assert getattr(policy, name.lower()) is meant


@pytest.mark.parametrize(
    "name, text",
    [
        ("SIGNING_KEYS", "secret"),
        ("SIGNING_KEYS", '["secret"]'),
        ("SIGNING_KEYS", '{"k1": 5}'),
        ("SIGNING_KEYS", '{"k1": {"secret": "secret"}}'),
        ("SIGNING_KEYS", '{"not a key name": "secret"}'),
        ("SIGNING_KEYS", '{"": "secret"}'),
        ("SIGNING_KEYS", "arn:aws:secretsmanager:us-east-1:123456789012:secret:keys"),
        ("PRESETS", "secret"),
        ("PRESETS", '{"card": null}'),
        ("PRESETS", '{"a card": "w=secret"}'),
        ("SIZE_LADDER", "640,320"),
        ("SIZE_LADDER", "320,320"),
        ("SIZE_LADDER", "320;640"),
        ("SIZE_LADDER", "320, 640"),
        ("SIZE_LADDER", "0,320"),
        ("SIZE_LADDER", "8193"),
        ("REQUIRE_SIGNATURE", "yes"),
        ("CLIENT_HINTS", "on"),
        ("SAVE_DATA", "2"),
    ],
)
def test_a_bad_part_of_the_policy_is_named_and_not_repeated(name: str, text: str) -> None:
    with pytest.raises(BadSetting) as caught:
        read_settings(**{name: text})

    assert name in str(caught.value)
    assert "secret" not in str(caught.value)
    assert caught.value.__cause__ is None or "secret" not in str(caught.value.__cause__)


def test_the_policy_can_be_read_without_the_other_settings() -> None:
    environment = {"SIZE_LADDER": "320", "SIGNING_KEYS": '{"k1": "one"}'}

    assert read_policy(environment) == Policy(keys={"k1": "one"}, size_ladder=(320,))


def test_the_edge_uses_all_of_the_policy_except_the_keys() -> None:
    fields = {field.name.upper() for field in dataclasses.fields(Policy)}

    assert set(EDGE_SETTINGS) == fields - {"KEYS"}


# Keys in Secrets Manager.


@mock_aws
def test_signing_keys_are_read_from_secrets_manager() -> None:
    keys = {"k1": "one"}
    created = boto3.client("secretsmanager").create_secret(
        Name="keys", SecretString=json.dumps(keys)
    )

    settings = Settings.from_environment(LEAST | {"SIGNING_KEYS": created["ARN"]}, secret)

    assert settings.policy.keys == keys


@mock_aws
def test_a_missing_secret_is_an_error_without_details() -> None:
    with pytest.raises(StoreFailed) as caught:
        secret("arn:aws:secretsmanager:us-east-1:123456789012:secret:missing-AbCdEf")

    assert "missing-" not in caught.value.message


@mock_aws
def test_signing_keys_that_cannot_be_read_stop_the_start_and_are_named() -> None:
    arn = "arn:aws:secretsmanager:us-east-1:123456789012:secret:missing-AbCdEf"

    with pytest.raises(BadSetting, match="SIGNING_KEYS"):
        Settings.from_environment(LEAST | {"SIGNING_KEYS": arn}, secret)


# Upload tokens.


def test_upload_tokens_are_read_with_their_prefixes() -> None:
    text = '{"site": {"token": "site-token-01234", "prefix": "a/"}, "shop": "shop-token-01234"}'

    tokens = read_settings(UPLOAD_TOKENS=text).upload_tokens

    assert tokens == (
        Token("site", "site-token-01234", "a/"),
        Token("shop", "shop-token-01234"),
    )


@mock_aws
def test_upload_tokens_are_read_from_secrets_manager() -> None:
    text = '{"site": "site-token-0123456789"}'
    created = boto3.client("secretsmanager").create_secret(Name="tokens", SecretString=text)

    settings = Settings.from_environment(LEAST | {"UPLOAD_TOKENS": created["ARN"]}, secret)

    assert settings.upload_tokens == (Token("site", "site-token-0123456789"),)


@mock_aws
def test_upload_tokens_that_cannot_be_read_stop_the_start_and_are_named() -> None:
    arn = "arn:aws:secretsmanager:us-east-1:123456789012:secret:missing-AbCdEf"

    with pytest.raises(BadSetting, match="UPLOAD_TOKENS"):
        Settings.from_environment(LEAST | {"UPLOAD_TOKENS": arn}, secret)


@pytest.mark.parametrize(
    "text",
    [
        "hush",
        '{"site": "hush"}',
        '{"site": {"token": "hushhushhushhush", "prefix": "../hush"}}',
        "arn:aws:secretsmanager:us-east-1:123456789012:secret:hush",
    ],
)
def test_bad_upload_tokens_are_named_and_not_repeated(text: str) -> None:
    with pytest.raises(BadSetting, match="UPLOAD_TOKENS must") as caught:
        read_settings(UPLOAD_TOKENS=text)

    assert "hush" not in str(caught.value)
    assert caught.value.__suppress_context__


@pytest.mark.parametrize("text", ["site/uploads", "site/uploads/"])
def test_the_prefix_of_uploads_is_a_folder(text: str) -> None:
    assert read_settings(UPLOAD_PREFIX=text).upload_prefix == "site/uploads/"


@pytest.mark.parametrize("text", ["/", "../hush", ".hush/", "a" * 300])
def test_a_bad_prefix_of_uploads_is_named_and_not_repeated(text: str) -> None:
    with pytest.raises(BadSetting, match="UPLOAD_PREFIX must be a path of letters") as caught:
        read_settings(UPLOAD_PREFIX=text)

    assert "hush" not in str(caught.value)


def test_secrets_are_not_shown_with_the_settings() -> None:
    tokens = '{"site": "hush-hush-hush-hush"}'
    shown = repr(
        read_settings(SIGNING_KEYS='{"k1": "hush"}', IMGIX_TOKEN="hush", UPLOAD_TOKENS=tokens)
    )

    assert "hush" not in shown


def test_every_setting_is_documented() -> None:
    page = (Path(__file__).parent.parent / "docs" / "settings.md").read_text(encoding="utf-8")
    limits = {f"LIMIT_{field.name.upper()}" for field in dataclasses.fields(Limits)}

    for name in {*LEAST, "CATALOG_TABLE", "ALERTS_TOPIC_ARN", "FALLBACK_ORIGINAL", "SIGNING_KEYS"}:
        assert f"`{name}`" in page
    for name in (
        limits | set(EDGE_SETTINGS) | {"UPLOAD_TOKENS", "INGEST_QUEUE_URL", "DISTRIBUTION_ID"}
    ):
        assert f"`{name}`" in page


@pytest.mark.parametrize("partition", ["aws", "aws-cn", "aws-us-gov"])
def test_the_arn_of_a_secret_is_known_in_every_partition(partition: str) -> None:
    arn = f"arn:{partition}:secretsmanager:cn-north-1:123456789012:secret:keys-AbCdEf"
    asked: list[str] = []

    def read(arn: str) -> str:
        asked.append(arn)
        return '{"first": "a secret"}'

    settings = Settings.from_environment(LEAST | {"SIGNING_KEYS": arn}, read)

    assert asked == [arn]
    assert settings.policy.keys == {"first": "a secret"}
