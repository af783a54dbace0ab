"""`calotype traffic` prints what a deployment has learned."""

import boto3
import pytest
from moto import mock_aws

from infra.cli import main
from infra.laptop.cloud import TRAFFIC
from origin_lambda.adapters.boto.traffic import DynamoTraffic
from origin_lambda.traffic.popularity import Popularity
from origin_lambda.traffic.worker import FILES

PATH = "/cats/tom.jpg/fm=webp,w=640"
LATER = 4_000_000_000


@pytest.fixture
def table(monkeypatch: pytest.MonkeyPatch) -> DynamoTraffic:
    for name, text in (
        ("ORIGINALS_BUCKET", "originals"),
        ("DERIVATIVES_BUCKET", "derivatives"),
        ("TRAFFIC_TABLE", TRAFFIC),
        ("AWS_DEFAULT_REGION", "us-east-1"),
        ("AWS_ACCESS_KEY_ID", "test"),
        ("AWS_SECRET_ACCESS_KEY", "test"),
    ):
        monkeypatch.setenv(name, text)
    return DynamoTraffic(None, TRAFFIC)


def fill(table: DynamoTraffic) -> None:
    from time import time

    table.client = boto3.client("dynamodb")
    table.client.create_table(
        TableName=TRAFFIC,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[
            {"AttributeName": name, "AttributeType": "S"} for name in ("part", "name")
        ],
        KeySchema=[
            {"AttributeName": "part", "KeyType": "HASH"},
            {"AttributeName": "name", "KeyType": "RANGE"},
        ],
    )
    Popularity(table, time).add({PATH: 1000, "/rare": 1})
    table.put(FILES, PATH, {"before": 40_000, "after": 30_000}, expires=LATER)
    table.put(FILES, "/rare", {"before": 500, "after": 500}, expires=LATER)


def test_top_prints_the_most_popular_derivatives(
    table: DynamoTraffic, capsys: pytest.CaptureFixture[str]
) -> None:
    with mock_aws():
        fill(table)

        assert main(["traffic", "top", "--most", "1"]) == 0

    (_, line) = capsys.readouterr().out.splitlines()
    assert line.endswith(f"  40,000 -> 30,000  {PATH}")


def test_the_report_prints_what_is_saved_and_spent(
    table: DynamoTraffic, capsys: pytest.CaptureFixture[str]
) -> None:
    with mock_aws():
        fill(table)

        assert main(["traffic", "report"]) == 0

    printed = capsys.readouterr().out
    assert "refined    1 of 2 derivatives that were tried" in printed
    assert "spent      $0.0000 this month on encoding" in printed


def test_a_deployment_that_counts_nothing_is_refused(
    table: DynamoTraffic, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    del table
    monkeypatch.delenv("TRAFFIC_TABLE")

    assert main(["traffic", "top"]) == 2
    assert capsys.readouterr().err == "calotype: TRAFFIC_TABLE is not set\n"
