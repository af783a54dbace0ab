"""The catalog in DynamoDB, through boto3: one item per key, with JSON values as attributes."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from botocore.exceptions import ClientError

from origin_lambda.adapters.boto.clients import translate_errors
from origin_lambda.errors import StoreFailed

_read = TypeDeserializer().deserialize
_write = TypeSerializer().serialize


class DynamoCatalog:
    """A table with the partition key `key`; *client* is a boto3 DynamoDB client."""

    def __init__(self, client: Any, table: str) -> None:
        self.client = client
        self.table = table

    def find(self, key: str, *, consistent: bool = False) -> Mapping[str, Any] | None:
        with translate_errors():
            answer = self.client.get_item(
                TableName=self.table, Key={"key": {"S": key}}, ConsistentRead=consistent
            )
        item = answer.get("Item")
        return item and {name: _plain(_read(value)) for name, value in item.items()}

    def save(self, key: str, item: Mapping[str, Any], *, after: int) -> bool:
        values = _attributes(dict(item) | {"key": key})
        condition: dict[str, Any] = {"ConditionExpression": "attribute_not_exists(#r)"}
        if after:
            condition = {
                "ConditionExpression": "#r = :after",
                "ExpressionAttributeValues": {":after": {"N": str(after)}},
            }
        with translate_errors():
            try:
                self.client.put_item(
                    TableName=self.table,
                    Item=values,
                    ExpressionAttributeNames={"#r": "revision"},
                    **condition,
                )
            except ClientError as error:
                if error.response["Error"]["Code"] == "ConditionalCheckFailedException":
                    return False
                raise
        return True

    def keys(self, prefix: str) -> Iterator[str]:
        pages = self.client.get_paginator("scan").paginate(
            TableName=self.table,
            ConsistentRead=True,
            ProjectionExpression="#k",
            ExpressionAttributeNames={"#k": "key"},
        )
        with translate_errors():
            for page in pages:
                keys = (item["key"]["S"] for item in page["Items"])
                yield from (key for key in keys if key.startswith(prefix))


def _attributes(item: Mapping[str, Any]) -> dict[str, Any]:
    """Return the attributes of an item of JSON values.

    Raises:
        StoreFailed: DynamoDB cannot store a number (38 digits, at least 1E-130).

    """
    try:
        return {name: _write(_exact(value)) for name, value in item.items()}
    except (ArithmeticError, TypeError) as error:
        message = "a service behind this one cannot answer such a request"
        raise StoreFailed(message, detail=repr(error)) from error


def _plain(value: Any) -> Any:
    """Return a value with DynamoDB's decimals as the ints and floats that were written."""
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
    """Return a value with floats as decimals, because boto3 refuses floats."""
    match value:
        case float():
            return Decimal(repr(value))
        case dict():
            return {name: _exact(inner) for name, inner in value.items()}
        case list() | tuple():
            return [_exact(inner) for inner in value]
        case _:
            return value
