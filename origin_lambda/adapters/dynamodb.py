"""The catalog in DynamoDB, through boto3: one item a key, its attributes as JSON values."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer

from origin_lambda.adapters.aws import failures

_read = TypeDeserializer().deserialize
_write = TypeSerializer().serialize


class DynamoCatalog:
    """A table with the partition key `key`; *client* is a boto3 DynamoDB client."""

    def __init__(self, client: Any, table: str) -> None:
        self.client = client
        self.table = table

    def find(self, key: str, *, consistent: bool = False) -> Mapping[str, Any] | None:
        with failures():
            answer = self.client.get_item(
                TableName=self.table, Key={"key": {"S": key}}, ConsistentRead=consistent
            )
        item = answer.get("Item")
        return item and {name: _plain(_read(value)) for name, value in item.items()}

    def save(self, key: str, item: Mapping[str, Any]) -> None:
        values = {
            name: _write(_exact(value)) for name, value in (dict(item) | {"key": key}).items()
        }
        with failures():
            self.client.put_item(TableName=self.table, Item=values)


def _plain(value: Any) -> Any:
    """Return a value with DynamoDB's decimals as the ints and floats that went in."""
    match value:
        case Decimal():
            return int(value) if value == value.to_integral_value() else float(value)
        case dict():
            return {name: _plain(inner) for name, inner in value.items()}
        case list():
            return [_plain(inner) for inner in value]
        case _:
            return value


def _exact(value: Any) -> Any:
    """Return a value with floats as decimals, which is all that boto3 takes."""
    match value:
        case float():
            return Decimal(repr(value))
        case dict():
            return {name: _exact(inner) for name, inner in value.items()}
        case list() | tuple():
            return [_exact(inner) for inner in value]
        case _:
            return value
