"""What `ports.Catalog` promises."""

from collections.abc import Callable, Iterator
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from moto import mock_aws

from origin_lambda.adapters.aws import QUICK
from origin_lambda.adapters.dynamodb import DynamoCatalog
from origin_lambda.adapters.memory import MemoryCatalog
from origin_lambda.errors import Failure, Unavailable
from origin_lambda.ports import Catalog
from tests.contract.clouds import ANSWERS, AWKWARD_KEYS, answering, client, failing, unreachable


@pytest.fixture(params=["memory", "dynamodb"])
def catalog(request: pytest.FixtureRequest) -> Iterator[Catalog]:
    if request.param == "memory":
        yield MemoryCatalog()
        return
    with mock_aws():
        dynamodb = client("dynamodb", QUICK)
        dynamodb.create_table(
            TableName="catalog",
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": "key", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "key", "KeyType": "HASH"}],
        )
        yield DynamoCatalog(dynamodb, "catalog")


def test_a_miss_is_none(catalog: Catalog) -> None:
    assert catalog.find("nobody.jpg") is None
    assert catalog.find("nobody.jpg", consistent=True) is None


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
def test_a_json_value_comes_back_as_it_was(catalog: Catalog, value: Any) -> None:
    catalog.save("tom.jpg", {"value": value})

    item = catalog.find("tom.jpg")

    assert item == {"key": "tom.jpg", "value": value}
    assert isinstance(item["value"], bool) == isinstance(value, bool)


# DynamoDB keeps 38 digits; above 2**53 the digits of a float are not those of its whole number.
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


# All examples save the same key anew, so one catalog will do for them.
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(_names, _values, max_size=4))
def test_any_item_of_json_values_comes_back_as_it_was(
    catalog: Catalog, item: dict[str, Any]
) -> None:
    catalog.save("tom.jpg", item)

    assert catalog.find("tom.jpg", consistent=True) == item | {"key": "tom.jpg"}


def test_a_save_replaces_the_whole_item(catalog: Catalog) -> None:
    catalog.save("tom.jpg", {"version": "1", "bytes": 5})
    catalog.save("tom.jpg", {"version": "2"})

    assert catalog.find("tom.jpg", consistent=True) == {"key": "tom.jpg", "version": "2"}


def test_a_save_leaves_other_items_alone(catalog: Catalog) -> None:
    catalog.save("tom.jpg", {"version": "1"})
    catalog.save("TOM.jpg", {"version": "2"})

    assert catalog.find("tom.jpg", consistent=True) == {"key": "tom.jpg", "version": "1"}


def test_what_was_saved_does_not_change_with_what_it_was_made_of(catalog: Catalog) -> None:
    item = {"mips": [2560]}
    catalog.save("tom.jpg", item)

    item["mips"].append(1280)

    assert catalog.find("tom.jpg", consistent=True) == {"key": "tom.jpg", "mips": [2560]}


def test_an_item_cannot_claim_another_key(catalog: Catalog) -> None:
    catalog.save("tom.jpg", {"key": "other.jpg"})

    assert catalog.find("tom.jpg", consistent=True) == {"key": "tom.jpg"}
    assert catalog.find("other.jpg", consistent=True) is None


def test_any_key_can_be_saved_and_found(catalog: Catalog) -> None:
    for number, key in enumerate(AWKWARD_KEYS):
        catalog.save(key, {"number": number})

    found = [catalog.find(key, consistent=True) for key in AWKWARD_KEYS]

    assert found == [{"key": key, "number": number} for number, key in enumerate(AWKWARD_KEYS)]


# Failures.

OPERATIONS: Final[dict[str, tuple[str, Callable[[Catalog], object]]]] = {
    "find": ("get_item", lambda catalog: catalog.find("tom.jpg")),
    "save": ("put_item", lambda catalog: catalog.save("tom.jpg", {})),
}


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize("code, status, failure", ANSWERS)
def test_an_error_of_dynamodb_is_a_failure_of_the_port(
    operation: str, code: str, status: int, failure: type[Failure]
) -> None:
    called, ask = OPERATIONS[operation]
    catalog = DynamoCatalog(answering("dynamodb", called, code, status), "catalog")

    with failing(failure):
        ask(catalog)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_catalog_that_cannot_be_reached_is_unavailable(
    operation: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with unreachable("dynamodb", monkeypatch) as dynamodb, failing(Unavailable):
        OPERATIONS[operation][1](DynamoCatalog(dynamodb, "catalog"))
