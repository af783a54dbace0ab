"""Views are counted by day, and recent days count more."""

import gzip
import json
from typing import Any

import pytest
from moto import mock_aws

from origin_lambda.adapters.boto.clients import STANDARD
from origin_lambda.adapters.boto.traffic import DynamoTraffic
from origin_lambda.adapters.memory import MemoryBucket, MemoryTraffic
from origin_lambda.ports import ObjectMetadata, TrafficTable
from origin_lambda.traffic.access_log import LogCounter, count_views
from origin_lambda.traffic.popularity import COUNTED, Popularity
from origin_lambda.url.admission import Policy, admit_uri
from tests.contract.aws import create_client
from tests.support.ingest_world import lines

__all__ = ["lines"]

DAY = 86_400
NOON = 20_000 * DAY + DAY // 2


def line(stem: str, **fields: str) -> dict[str, str]:
    usual = {"cs-method": "GET", "sc-status": "200", "sc-content-type": "image/webp"}
    return usual | {"cs-uri-stem": stem} | fields


def log_file(*lines: Any) -> bytes:
    texts = (each if isinstance(each, str) else json.dumps(each) for each in lines)
    return gzip.compress("\n".join(texts).encode())


def create_dynamo() -> DynamoTraffic:
    client = create_client("dynamodb", STANDARD)
    client.create_table(
        TableName="traffic",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[
            {"AttributeName": name, "AttributeType": "S"} for name in ("part", "name")
        ],
        KeySchema=[
            {"AttributeName": "part", "KeyType": "HASH"},
            {"AttributeName": "name", "KeyType": "RANGE"},
        ],
    )
    return DynamoTraffic(client, "traffic")


@pytest.mark.parametrize("kind", ["dynamodb", "memory"])
def test_a_table_adds_replaces_and_never_reserves_more_than_the_limit(kind: str) -> None:
    with mock_aws():
        table: TrafficTable = create_dynamo() if kind == "dynamodb" else MemoryTraffic()
        table.add("views", "/a", {"views": 3}, expires=NOON)
        table.add("views", "/a", {"views": 4}, expires=NOON)
        table.put("files", "/a", {"before": 9, "after": 5}, expires=NOON)
        table.put("files", "/a", {"before": 8, "after": 6}, expires=NOON)
        reserved = [
            table.reserve("budget", "2026-11", amount, most=10, expires=NOON)
            for amount in (6, 5, 4, 1, 11)
        ]
        table.add("budget", "2026-11", {"spent": -3}, expires=NOON)

        assert dict(table.entries("views")) == {"/a": {"views": 7}}
        assert dict(table.entries("views", "/a")) == {"/a": {"views": 7}}
        assert not list(table.entries("views", "/b"))
        assert dict(table.entries("files")) == {"/a": {"before": 8, "after": 6}}
        assert reserved == [True, False, True, False, False]
        assert dict(table.entries("budget")) == {"2026-11": {"spent": 7}}
        assert not list(table.entries("other"))


def test_recent_days_count_more_and_old_ones_not_at_all() -> None:
    table = MemoryTraffic()
    for path, days_ago in (("/today", 0), ("/yesterday", 1), ("/older", 4), ("/gone", 8)):
        Popularity(table, lambda at=days_ago: NOON - at * DAY).add({path: 100})  # type: ignore[misc]

    top = Popularity(table, lambda: NOON).find_top(9)

    assert [path for path, _ in top] == ["/today", "/yesterday", "/older"]


def test_as_many_views_each_day_are_the_estimate() -> None:
    table = MemoryTraffic()
    for age in range(7):
        Popularity(table, lambda at=age: NOON - at * DAY).add({"/a": 50 if age == 0 else 100})  # type: ignore[misc]

    assert Popularity(table, lambda: NOON).estimate()["/a"] == pytest.approx(100)


def test_only_the_most_frequent_paths_that_fit_are_counted() -> None:
    table = MemoryTraffic()
    views = {f"/{at}": at + 1 for at in range(2 * COUNTED)} | {"/" + "a" * 1024: 10**6}

    Popularity(table, lambda: NOON).add(views)

    counted = [path for path, _ in Popularity(table, lambda: NOON).find_top(10**6)]
    assert counted[0] == f"/{2 * COUNTED - 1}"
    assert len(counted) == COUNTED - 1


def test_a_log_counts_views_by_canonical_path() -> None:
    data = log_file(
        line("/cats/tom.jpg", **{"cs-uri-query": "w=640&auto=format&sig=k.abc&expires=5"}),
        line("/cats/tom.jpg", **{"cs-uri-query": "auto=format&w=640"}),
        line("/cats/tom.jpg", **{"cs-uri-query": "preset=tile", "sc-content-type": "image/avif"}),
        line("/cats/tom.jpg", **{"sc-status": "404"}),
        line("/cats/tom.jpg", **{"cs-method": "HEAD"}),
        line("/page", **{"sc-content-type": "text/html"}),
        line("/cats/tom.jpg", **{"cs-uri-query": "w=none"}),
        "not JSON",
        "[]",
    )
    policy = Policy(presets={"tile": "w=96&auto=format"})
    by_segment = {
        path.rpartition("/")[2]: count for path, count in count_views(data, policy).items()
    }

    (small,) = (each for each in by_segment if "w=96" in each)
    (large,) = (each for each in by_segment if "w=640" in each)
    assert "fm=auto-avif" in small
    assert "fm=auto-webp" in large
    assert by_segment == {small: 1, large: 2}


@pytest.mark.parametrize(
    "query",
    [
        *("w=5&fm=webp&sig=k.SECRET&expires=9", "sig=k.SECRET&fm=webp&w=5", "fm=webp&w=5&s=SECRET"),
        *("w=5&fm=webp&%73ig=k.SECRET", "w=5&fm=webp&sig%3Dk.SECRET", "w=5&fm=webp&amp;s=SECRET"),
        "preset=tile&sig=k.SECRET",
        *("w=5&fm=webp&token=SECRET", "w=5&fm=webp&X-Amz-Signature=SECRET"),
    ],
)
def test_signatures_and_tokens_of_a_log_reach_neither_the_table_nor_our_log(
    query: str, lines: list[str]
) -> None:
    logs, table = MemoryBucket("logs"), MemoryTraffic()
    data = log_file(line("/a.jpg", **{"cs-uri-query": query}), f'broken {{"q": "{query}"')
    logs.write("a.gz", data, ObjectMetadata(""))
    policy = Policy(presets={"tile": "w=5&fm=webp"})
    counter = LogCounter(Popularity(table, lambda: NOON), {"logs": logs}.__getitem__, policy)

    counter.count({"Records": [{"s3": {"bucket": {"name": "logs"}, "object": {"key": "a.gz"}}}]})

    assert dict(table.entries("views 2024-10-04")) == {path_of("w=5&fm=webp"): {"views": 1}}
    assert "SECRET" not in "".join(lines)


def path_of(query: str) -> str:
    return admit_uri("/a.jpg", query, {}, Policy(), 0)


def test_canonical_paths_of_a_log_count_as_they_are() -> None:
    path = path_of("w=5&fm=webp")

    assert count_views(log_file(line(path)), Policy()) == {path: 1}


def test_a_notification_of_s3_counts_the_views_of_its_logs() -> None:
    logs, table = MemoryBucket("logs"), MemoryTraffic()
    query = {"cs-uri-query": "w=5&fm=webp"}
    logs.write("2026/a=b.gz", log_file(line("/a.jpg", **query)), ObjectMetadata(""))
    counter = LogCounter(Popularity(table, lambda: NOON), {"logs": logs}.__getitem__, Policy())
    place = {"bucket": {"name": "logs"}}
    records = [
        {"s3": place | {"object": {"key": key}}} for key in ("2026/a%3Db.gz", "2026/gone.gz")
    ]

    counter.count({"Records": records})

    ((path, numbers),) = table.entries("views 2024-10-04")
    assert path.startswith("/a.jpg/")
    assert numbers == {"views": 1}
