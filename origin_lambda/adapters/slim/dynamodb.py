"""The catalog in DynamoDB: one item a key, its attributes as JSON values.

Values are written and read as `adapters.dynamodb` does, which the contract holds both to.
"""

import json
from collections.abc import Mapping
from typing import Any, Final

from origin_lambda.adapters.slim.connection import Answer
from origin_lambda.adapters.slim.endpoints import endpoint_of
from origin_lambda.adapters.slim.service import Service, error_code, failed, granted, impossible
from origin_lambda.adapters.slim.signing import Call
from origin_lambda.adapters.slim.transport import QUICK, Patience

_TARGET: Final = "DynamoDB_20120810."


class SlimCatalog:
    """A table with the partition key `key`, where the variables of an *environment* say."""

    def __init__(
        self, table: str, environment: Mapping[str, str], patience: Patience = QUICK
    ) -> None:
        self.table = table
        at = endpoint_of("dynamodb", environment)
        self._path = at.prefix or "/"
        self._dynamodb = Service("dynamodb", at, patience, environment)

    def find(self, key: str, *, consistent: bool = False) -> Mapping[str, Any] | None:
        asked = {"TableName": self.table, "Key": {"key": {"S": key}}, "ConsistentRead": consistent}
        answer = granted(self._ask("GetItem", asked))
        try:
            item = json.loads(answer.body).get("Item")
            return item and {name: _read(value) for name, value in item.items()}
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
            raise failed(detail=f"an item that cannot be understood: {error!r}") from error

    def save(self, key: str, item: Mapping[str, Any], *, after: int) -> bool:
        asked: dict[str, Any] = {
            "TableName": self.table,
            "Item": _written(dict(item) | {"key": key}),
            "ExpressionAttributeNames": {"#r": "revision"},
            "ConditionExpression": "attribute_not_exists(#r)",
        }
        if after:
            asked["ConditionExpression"] = "#r = :after"
            asked["ExpressionAttributeValues"] = {":after": {"N": str(after)}}
        # Sent twice, it would find its own revision in the way.
        answer = self._ask("PutItem", asked, repeatable=False)
        if error_code(answer) == "ConditionalCheckFailedException":
            return False
        granted(answer)
        return True

    def _ask(self, operation: str, asked: Mapping[str, Any], *, repeatable: bool = True) -> Answer:
        headers = {
            "content-type": "application/x-amz-json-1.0",
            "x-amz-target": _TARGET + operation,
        }
        body = json.dumps(asked).encode()
        return self._dynamodb.ask(
            Call("POST", self._path, headers=headers, body=body, repeatable=repeatable)
        )


def _read(value: Mapping[str, Any]) -> Any:
    """Return an attribute as a JSON value; one of a kind that JSON has not, as it was sent."""
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
    """Return the int or float that went in: 38 digits, of which a float has but 17."""
    if text.removeprefix("-").isdecimal():
        return int(text)
    from decimal import Decimal

    value = Decimal(text)
    return int(value) if value == value.to_integral_value() else float(value)


def _written(item: Mapping[str, Any]) -> dict[str, Any]:
    """Return the attributes of an item of JSON values.

    Raises:
        StoreFailed: a number is none that DynamoDB has, of 38 digits and from 1E-130.

    """
    try:
        return {name: _attribute(value) for name, value in item.items()}
    except (ArithmeticError, TypeError) as error:
        raise impossible(detail=repr(error)) from error


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
            message = f"{type(value).__name__} is no JSON value"
            raise TypeError(message)


def _digits(number: float) -> str:
    """Return a number as DynamoDB takes it.

    Raises:
        ArithmeticError: it does not take that (developer guide, "Numbers").

    """
    from decimal import Clamped, Context, Decimal, Inexact, Overflow, Rounded, Underflow

    traps = [Clamped, Overflow, Inexact, Rounded, Underflow]
    # boto3's context, in `boto3.dynamodb.types`: the exponents are those of 38 digits.
    exact = Context(prec=38, Emin=-128, Emax=126, traps=traps).create_decimal(Decimal(repr(number)))
    if not exact.is_finite():
        message = "neither infinity nor NaN is a number here"
        raise ArithmeticError(message)
    return str(exact)
