"""The catalog in DynamoDB: one item per key, with JSON values as attributes.

Values have the same form as in `adapters.boto.dynamodb`; contract tests check both.
"""

import json
from collections.abc import Mapping
from typing import Any, Final

from origin_lambda.adapters.slim.connection import Answer
from origin_lambda.adapters.slim.endpoints import endpoint_of
from origin_lambda.adapters.slim.service import (
    Service,
    bad_answer,
    bad_request,
    error_code,
    raise_for_status,
)
from origin_lambda.adapters.slim.signing import Call
from origin_lambda.adapters.slim.transport import SINGLE_TRY, RetryPolicy

_TARGET: Final = "DynamoDB_20120810."


class SlimCatalog:
    """A table with the partition key `key`, at the endpoint from an *environment*."""

    def __init__(
        self, table: str, environment: Mapping[str, str], retry_policy: RetryPolicy = SINGLE_TRY
    ) -> None:
        self.table = table
        at = endpoint_of("dynamodb", environment)
        self._path = at.prefix or "/"
        self._dynamodb = Service("dynamodb", at, retry_policy, environment)

    def find(self, key: str, *, consistent: bool = False) -> Mapping[str, Any] | None:
        payload = {
            "TableName": self.table,
            "Key": {"key": {"S": key}},
            "ConsistentRead": consistent,
        }
        answer = raise_for_status(self._send("GetItem", payload))
        try:
            item = json.loads(answer.body).get("Item")
            return item and {name: _read(value) for name, value in item.items()}
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
            raise bad_answer(detail=f"an item that cannot be parsed: {error!r}") from error

    def save(self, key: str, item: Mapping[str, Any], *, after: int) -> bool:
        payload: dict[str, Any] = {
            "TableName": self.table,
            "Item": to_attributes(dict(item) | {"key": key}),
            "ExpressionAttributeNames": {"#r": "revision"},
            "ConditionExpression": "attribute_not_exists(#r)",
        }
        if after:
            payload["ConditionExpression"] = "#r = :after"
            payload["ExpressionAttributeValues"] = {":after": {"N": str(after)}}
        # A second try would conflict with the revision that the first one wrote.
        answer = self._send("PutItem", payload, repeatable=False)
        if error_code(answer) == "ConditionalCheckFailedException":
            return False
        raise_for_status(answer)
        return True

    def _send(
        self, operation: str, payload: Mapping[str, Any], *, repeatable: bool = True
    ) -> Answer:
        headers = {
            "content-type": "application/x-amz-json-1.0",
            "x-amz-target": _TARGET + operation,
        }
        body = json.dumps(payload).encode()
        return self._dynamodb.send(
            Call("POST", self._path, headers=headers, body=body, repeatable=repeatable)
        )


def _read(value: Mapping[str, Any]) -> Any:
    """Return an attribute as a JSON value; return a type that JSON lacks as it was sent."""
    ((kind, inner),) = value.items()
    match kind:
        case "N":
            return _number(inner)
        case "NULL":
            return None
        case "M":
            return {name: _read(each) for name, each in inner.items()}
        case "L":
            return [_read(each) for each in inner]
        case _:
            return inner


def _number(text: str) -> int | float:
    """Return the int or float that was written: a float has 17 of the 38 possible digits."""
    if text.removeprefix("-").isdecimal():
        return int(text)
    from decimal import Decimal

    value = Decimal(text)
    return int(value) if value == value.to_integral_value() else float(value)


def to_attributes(item: Mapping[str, Any]) -> dict[str, Any]:
    """Return the attributes of an item of JSON values.

    Raises:
        StoreFailed: DynamoDB cannot store a number (38 digits, at least 1E-130).

    """
    try:
        return {name: _attribute(value) for name, value in item.items()}
    except (ArithmeticError, TypeError) as error:
        raise bad_request(detail=repr(error)) from error


def _attribute(value: Any) -> dict[str, Any]:
    match value:
        case None:
            return {"NULL": True}
        case bool():
            return {"BOOL": value}
        case int() | float():
            return {"N": _digits(value)}
        case str():
            return {"S": value}
        case Mapping():
            return {"M": {name: _attribute(each) for name, each in value.items()}}
        case list() | tuple():
            return {"L": [_attribute(each) for each in value]}
        case _:
            message = f"{type(value).__name__} is not a JSON value"
            raise TypeError(message)


def _digits(number: float) -> str:
    """Return a number as DynamoDB writes it.

    Raises:
        ArithmeticError: DynamoDB cannot store it (developer guide, "Numbers").

    """
    from decimal import Clamped, Context, Decimal, Inexact, Overflow, Rounded, Underflow

    traps = [Clamped, Overflow, Inexact, Rounded, Underflow]
    # boto3's context, in `boto3.dynamodb.types`: the exponents are those of 38 digits.
    exact = Context(prec=38, Emin=-128, Emax=126, traps=traps).create_decimal(Decimal(repr(number)))
    if not exact.is_finite():
        message = "infinity and NaN cannot be stored"
        raise ArithmeticError(message)
    return str(exact)
