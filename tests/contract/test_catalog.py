"""The contract of `ports.Catalog`, for every adapter."""

import json
import time
from collections import UserDict
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from threading import Barrier, Lock
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from moto import mock_aws
from moto.dynamodb.models.table import Table

from origin_lambda.adapters.boto import dynamodb as boto_dynamodb
from origin_lambda.adapters.boto.clients import SINGLE_TRY
from origin_lambda.adapters.boto.dynamodb import DynamoCatalog
from origin_lambda.adapters.memory import MemoryCatalog
from origin_lambda.adapters.slim import dynamodb as slim_dynamodb
from origin_lambda.adapters.slim.dynamodb import SlimCatalog
from origin_lambda.adapters.slim.transport import RetryPolicy
from origin_lambda.errors import Failure, StoreFailed, Unavailable
from origin_lambda.ports import Catalog
from tests.contract.aws import (
    AWKWARD_KEYS,
    ERRORS,
    SHORT_RETRY_POLICY,
    client_with_error,
    create_client,
    environment_for,
    expect_failure,
    serve_errors,
    unreachable_client,
    unreachable_environment,
)
from tests.contract.scripted_server import hang_up, reply, reply_and_close, serve_script
from tests.contract.signed_server import reset_moto

LONG_TIMEOUTS: Final = RetryPolicy(connect=5, read=30, tries=1, budget=30, most=60)
"""For twenty concurrent threads on a busy machine."""


def make_table(dynamodb: Any) -> None:
    dynamodb.create_table(
        TableName="catalog",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "key", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "key", "KeyType": "HASH"}],
    )


def create_slim(url: str) -> Iterator[SlimCatalog]:
    environment = reset_moto(url)
    make_table(create_client("dynamodb", SINGLE_TRY, url))
    catalog = SlimCatalog("catalog", environment, LONG_TIMEOUTS)
    yield catalog


@pytest.fixture(params=["memory", "dynamodb", "slim"])
def catalog(request: pytest.FixtureRequest) -> Iterator[Catalog]:
    match request.param:
        case "memory":
            yield MemoryCatalog()
        case "dynamodb":
            with mock_aws():
                dynamodb = create_client("dynamodb", SINGLE_TRY)
                make_table(dynamodb)
                yield DynamoCatalog(dynamodb, "catalog")
        case _:
            yield from create_slim(request.getfixturevalue("served_url"))


def test_a_miss_is_none(catalog: Catalog) -> None:
    assert catalog.find("missing.jpg") is None
    assert catalog.find("missing.jpg", consistent=True) is None


@pytest.mark.parametrize("kind", ["memory", "dynamodb"])
def test_keys_are_listed_by_prefix(kind: str) -> None:
    with mock_aws():
        dynamodb = create_client("dynamodb", SINGLE_TRY)
        make_table(dynamodb)
        listed = MemoryCatalog() if kind == "memory" else DynamoCatalog(dynamodb, "catalog")
        for key in ("dogs/rex.jpg", "dogs/max.jpg", "dogsled.jpg", *AWKWARD_KEYS):
            listed.save(key, {"revision": 1, "text": "x" * 100_000}, after=0)

        assert sorted(listed.keys("dogs/")) == ["dogs/max.jpg", "dogs/rex.jpg"]
        assert len(list(listed.keys(""))) == 3 + len(AWKWARD_KEYS)
        assert list(listed.keys("missing")) == []


def test_keys_that_cannot_be_listed_are_a_failure() -> None:
    dynamodb = client_with_error("dynamodb", "scan", "ThrottlingException", 400)

    with expect_failure(Unavailable):
        list(DynamoCatalog(dynamodb, "catalog").keys(""))


@pytest.mark.parametrize(
    "value",
    [
        0,
        -1,
        2**60,
        0.1,
        1e-7,
        -2.5,
        100_000_000.0,
        True,
        False,
        None,
        "",
        "caf\u00e9 \U0001f408",
        [],
        {},
        [1, "a", None, [0.5]],
        {"x": 0.5, "deep": {"list": [{"y": True}]}},
    ],
)
def test_a_json_value_is_read_as_it_was_saved(catalog: Catalog, value: Any) -> None:
    assert catalog.save("tom.jpg", {"revision": 1, "value": value}, after=0)

    item = catalog.find("tom.jpg")

    assert item == {"key": "tom.jpg", "revision": 1, "value": value}
    assert isinstance(item["value"], bool) == isinstance(value, bool)


# DynamoDB stores 38 digits; above 2**53 a float is not exactly its whole number.
_numbers = (
    st.integers(-(10**38) + 1, 10**38 - 1) | st.floats(1e-99, 1e15) | st.floats(-1e15, -1e-99)
)
_texts = st.text(st.characters(codec="utf-8"), max_size=20)
_names = st.text(st.characters(codec="utf-8"), min_size=1, max_size=20)
_values = st.recursive(
    st.none() | st.booleans() | _numbers | _texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_names, inner, max_size=3),
    max_leaves=8,
)


# Each example replaces the one before, so one catalog is enough.
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(_names, _values, max_size=4))
def test_any_item_of_json_values_is_read_as_it_was_saved(
    catalog: Catalog, item: dict[str, Any]
) -> None:
    last = read_revision(catalog, "tom.jpg")
    item |= {"revision": last + 1}

    assert catalog.save("tom.jpg", item, after=last)

    assert catalog.find("tom.jpg", consistent=True) == item | {"key": "tom.jpg"}


def read_revision(catalog: Catalog, key: str) -> int:
    item = catalog.find(key, consistent=True)
    revision: int = item["revision"] if item else 0
    return revision


def test_a_save_replaces_the_whole_item(catalog: Catalog) -> None:
    catalog.save("tom.jpg", {"revision": 1, "bytes": 5}, after=0)
    catalog.save("tom.jpg", {"revision": 2, "version": "2"}, after=1)

    item = catalog.find("tom.jpg", consistent=True)

    assert item == {"key": "tom.jpg", "revision": 2, "version": "2"}


def test_a_save_does_not_change_other_items(catalog: Catalog) -> None:
    catalog.save("tom.jpg", {"revision": 1, "version": "1"}, after=0)
    catalog.save("TOM.jpg", {"revision": 1, "version": "2"}, after=0)

    item = catalog.find("tom.jpg", consistent=True)

    assert item == {"key": "tom.jpg", "revision": 1, "version": "1"}


def test_a_saved_item_does_not_share_lists_with_the_callers_item(catalog: Catalog) -> None:
    mips = [2560]
    catalog.save("tom.jpg", {"revision": 1, "mips": mips}, after=0)

    mips.append(1280)

    item = catalog.find("tom.jpg", consistent=True)
    assert item == {"key": "tom.jpg", "revision": 1, "mips": [2560]}


def test_changing_a_found_item_does_not_change_the_saved_one(catalog: Catalog) -> None:
    catalog.save("tom.jpg", {"revision": 1, "mips": [2560]}, after=0)
    found = catalog.find("tom.jpg", consistent=True)
    assert found is not None

    found["mips"].append(1280)

    item = catalog.find("tom.jpg", consistent=True)
    assert item == {"key": "tom.jpg", "revision": 1, "mips": [2560]}


def test_an_item_cannot_claim_another_key(catalog: Catalog) -> None:
    catalog.save("tom.jpg", {"key": "other.jpg", "revision": 1}, after=0)

    assert catalog.find("tom.jpg", consistent=True) == {"key": "tom.jpg", "revision": 1}
    assert catalog.find("other.jpg", consistent=True) is None


def test_any_key_can_be_saved_and_found(catalog: Catalog) -> None:
    saved = {key: {"revision": 1, "n": n} for n, key in enumerate(AWKWARD_KEYS)}
    for key, item in saved.items():
        catalog.save(key, item, after=0)

    found = {key: catalog.find(key, consistent=True) for key in AWKWARD_KEYS}

    assert found == {key: item | {"key": key} for key, item in saved.items()}


# Compare-and-swap: a save replaces only the revision that it was made from.


def test_the_first_item_of_a_key_is_saved_after_revision_0(catalog: Catalog) -> None:
    assert catalog.save("tom.jpg", {"revision": 1}, after=0) is True

    assert catalog.find("tom.jpg", consistent=True) == {"key": "tom.jpg", "revision": 1}


@pytest.mark.parametrize("after", [1, 2, 7])
def test_a_missing_item_cannot_be_replaced(catalog: Catalog, after: int) -> None:
    assert catalog.save("tom.jpg", {"revision": after + 1}, after=after) is False

    assert catalog.find("tom.jpg", consistent=True) is None


@pytest.mark.parametrize("after", [0, 1, 3, 4, 30])
def test_a_save_after_another_revision_changes_nothing(catalog: Catalog, after: int) -> None:
    for revision in (1, 2):
        catalog.save("tom.jpg", {"revision": revision, "by": "us"}, after=revision - 1)

    assert catalog.save("tom.jpg", {"revision": 3, "by": "them"}, after=after) is False

    item = catalog.find("tom.jpg", consistent=True)
    assert item == {"key": "tom.jpg", "revision": 2, "by": "us"}


def test_a_save_checks_the_revision_of_its_own_key(catalog: Catalog) -> None:
    catalog.save("ada.jpg", {"revision": 1}, after=0)

    assert catalog.save("tom.jpg", {"revision": 2}, after=1) is False
    assert catalog.save("tom.jpg", {"revision": 1}, after=0) is True


THREADS: Final = 20
ROUNDS: Final = 5


class SlowItem(UserDict[str, Any]):
    """An item that takes a moment to read, so that other threads run in between."""

    def __iter__(self) -> Iterator[str]:
        time.sleep(0.001)
        return super().__iter__()


@pytest.fixture
def atomic_puts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make moto check the condition and write in one atomic step, as DynamoDB does."""
    put, lock = Table.put_item, Lock()

    def put_atomically(*arguments: Any, **options: Any) -> Any:
        with lock:
            return put(*arguments, **options)

    monkeypatch.setattr(Table, "put_item", put_atomically)


@pytest.mark.usefixtures("atomic_puts")
def test_one_of_several_concurrent_saves_wins_each_revision(catalog: Catalog) -> None:
    together = Barrier(THREADS, timeout=30)

    def item(revision: int, name: int) -> Mapping[str, Any]:
        return SlowItem({"key": "tom.jpg", "revision": revision, "by": name, "all": [name] * 9})

    def compete(name: int) -> list[tuple[bool, Any]]:
        results = []
        for after in range(ROUNDS):
            together.wait()
            won = catalog.save("tom.jpg", item(after + 1, name), after=after)
            together.wait()
            results.append((won, catalog.find("tom.jpg", consistent=True)))
        return results

    with ThreadPoolExecutor(THREADS) as pool:
        results = list(pool.map(compete, range(THREADS)))

    for revision, round_results in enumerate(zip(*results, strict=True), start=1):
        (winner,) = (name for name, (won, _) in enumerate(round_results) if won)
        assert [seen for _, seen in round_results] == [item(revision, winner)] * THREADS


# Failures.

OPERATIONS: Final[dict[str, tuple[str, Callable[[Catalog], object]]]] = {
    "find": ("get_item", lambda catalog: catalog.find("tom.jpg")),
    "first save": ("put_item", lambda catalog: catalog.save("tom.jpg", {}, after=0)),
    "save": ("put_item", lambda catalog: catalog.save("tom.jpg", {}, after=1)),
}


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize("code, status, failure", ERRORS)
def test_an_error_of_dynamodb_is_a_failure_of_the_port(
    operation: str, code: str, status: int, failure: type[Failure]
) -> None:
    called, ask = OPERATIONS[operation]
    catalog = DynamoCatalog(client_with_error("dynamodb", called, code, status), "catalog")

    with expect_failure(failure):
        ask(catalog)


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize("code, status, failure", ERRORS)
def test_an_error_of_dynamodb_is_the_same_failure_of_the_slim_catalog(
    operation: str, code: str, status: int, failure: type[Failure]
) -> None:
    with serve_errors(code, status, in_xml=False) as environment, expect_failure(failure):
        OPERATIONS[operation][1](SlimCatalog("catalog", environment, SHORT_RETRY_POLICY))


@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_slim_catalog_that_cannot_be_reached_is_unavailable(operation: str) -> None:
    with unreachable_environment() as environment, expect_failure(Unavailable):
        OPERATIONS[operation][1](SlimCatalog("catalog", environment, SHORT_RETRY_POLICY))


@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_catalog_that_cannot_be_reached_is_unavailable(
    operation: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with unreachable_client("dynamodb", monkeypatch) as dynamodb, expect_failure(Unavailable):
        OPERATIONS[operation][1](DynamoCatalog(dynamodb, "catalog"))


@pytest.mark.parametrize("number", [1e-200, -1e-200, 1e200, 10**38 + 1, float("nan"), float("inf")])
def test_a_number_that_dynamodb_cannot_store_is_a_failure(number: float) -> None:
    catalog = DynamoCatalog(create_client("dynamodb", SINGLE_TRY), "catalog")

    with expect_failure(StoreFailed):
        catalog.save("tom.jpg", {"revision": 1, "deep": [{"share": number}]}, after=0)


# Only the slim catalog.


@pytest.mark.parametrize("value", [1e-200, -1e-200, 1e200, 10**38 + 1, 10**38, float("nan"), float("inf"), b"bytes", {1}])  # fmt: skip
def test_a_value_that_json_or_dynamodb_cannot_store_is_not_sent(value: object) -> None:
    with serve_script(reply()) as wire, expect_failure(StoreFailed):
        SlimCatalog("catalog", environment_for(wire.url)).save(
            "tom.jpg", {"revision": 1, "deep": [{"share": value}]}, after=0
        )
    assert not wire.received


@given(_values)
def test_a_value_is_written_as_boto3_writes_it(value: Any) -> None:
    assert slim_dynamodb.to_attributes({"value": value}) == boto_dynamodb._attributes(
        {"value": value}
    )


_decimals = st.decimals(allow_nan=False, allow_infinity=False, places=3) | st.decimals(
    "-1e30", "1e30"
)


@given(_decimals.map(str) | st.sampled_from(["1E+20", "-1E+37", "0", "-0", "1.50", "1E-7"]))
def test_a_number_is_read_as_boto3_reads_it(text: str) -> None:
    by_boto3 = boto_dynamodb._plain(boto_dynamodb._exact(Decimal(text)))

    ours = slim_dynamodb._read({"N": text})

    assert (ours, type(ours)) == (by_boto3, type(by_boto3))


def test_an_attribute_of_an_unused_type_can_be_read() -> None:
    item = {"key": {"S": "tom.jpg"}, "tags": {"SS": ["a", "b"]}}
    with serve_script(reply(200, json.dumps({"Item": item}).encode())) as wire:
        catalog = SlimCatalog("catalog", environment_for(wire.url), SHORT_RETRY_POLICY)

        assert catalog.find("tom.jpg") == {"key": "tom.jpg", "tags": ["a", "b"]}


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b'{"Item": {"a": {}}}', b'{"Item": {"a": 1}}', b'{"Item": [1]}', b'{"Item": {"a": {"N": "x"}}}'])  # fmt: skip
def test_an_invalid_answer_is_a_failure(body: bytes) -> None:
    with serve_script(reply(200, body, keep_open=False)) as wire, expect_failure(StoreFailed):
        SlimCatalog("catalog", environment_for(wire.url), SHORT_RETRY_POLICY).find("tom.jpg")


def test_a_find_is_repeated_if_the_server_closed_the_idle_connection() -> None:
    with serve_script(reply_and_close(200, b"{}"), reply(200, b"{}")) as wire:
        catalog = SlimCatalog("catalog", environment_for(wire.url), SHORT_RETRY_POLICY)

        assert catalog.find("tom.jpg") is None
        assert catalog.find("tom.jpg") is None

    assert [received.connection for received in wire.received] == [1, 2]


def test_a_save_that_may_have_arrived_is_not_sent_again() -> None:
    retry_policy = SHORT_RETRY_POLICY._replace(tries=3, budget=9)
    with serve_script(hang_up) as wire, expect_failure(Unavailable):
        SlimCatalog("catalog", environment_for(wire.url), retry_policy).save(
            "tom.jpg", {"revision": 2}, after=1
        )

    assert len(wire.received) == 1
