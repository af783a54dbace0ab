"""The table of traffic in DynamoDB, through boto3: an item for each name of a part."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from botocore.exceptions import ClientError

from origin_lambda.adapters.boto.clients import translate_errors

_KEYS: Final = frozenset({"part", "name", "expires"})


class DynamoTraffic:
    """A table with the partition key `part` and the sort key `name`; *client* is of DynamoDB."""

    def __init__(self, client: Any, table: str) -> None:
        self.client = client
        self.table = table

    def add(self, part: str, name: str, numbers: Mapping[str, int], *, expires: int) -> None:
        with translate_errors():
            self._add(part, name, numbers, expires)

    def put(self, part: str, name: str, numbers: Mapping[str, int], *, expires: int) -> None:
        values = {key: _number(value) for key, value in numbers.items()}
        item = _key(part, name) | values | {"expires": _number(expires)}
        with translate_errors():
            self.client.put_item(TableName=self.table, Item=item)

    def reserve(self, part: str, name: str, amount: int, *, most: int, expires: int) -> bool:
        if amount > most:
            return False
        with translate_errors():
            try:
                self._add(part, name, {"spent": amount}, expires, {":most": _number(most - amount)})
            except ClientError as error:
                if error.response["Error"]["Code"] == "ConditionalCheckFailedException":
                    return False
                raise
        return True

    def entries(self, part: str, prefix: str = "") -> Iterator[tuple[str, Mapping[str, int]]]:
        condition, names = "#part = :part", {"#part": "part"}
        values = {":part": {"S": part}}
        if prefix:  # DynamoDB refuses an empty one
            condition += " AND begins_with(#name, :prefix)"
            names |= {"#name": "name"}
            values |= {":prefix": {"S": prefix}}
        pages = self.client.get_paginator("query").paginate(
            TableName=self.table,
            KeyConditionExpression=condition,
            ExpressionAttributeNames=names,
            ExpressionAttributeValues=values,
        )
        with translate_errors():
            for page in pages:
                for item in page["Items"]:
                    numbers = {
                        key: int(value["N"]) for key, value in item.items() if key not in _KEYS
                    }
                    yield item["name"]["S"], numbers

    def _add(
        self,
        part: str,
        name: str,
        numbers: Mapping[str, int],
        expires: int,
        limit: Mapping[str, Any] | None = None,
    ) -> None:
        """Add to numbers; with a *limit*, only if `spent` is at most `:most`."""
        names = {f"#{at}": key for at, key in enumerate(numbers)} | {"#expires": "expires"}
        values = {f":{at}": _number(value) for at, value in enumerate(numbers.values())}
        sums = ", ".join(f"#{at} :{at}" for at in range(len(numbers)))
        condition = {"ConditionExpression": "attribute_not_exists(#0) OR #0 <= :most"}
        self.client.update_item(
            TableName=self.table,
            Key=_key(part, name),
            UpdateExpression=f"ADD {sums} SET #expires = :expires",
            ExpressionAttributeNames=names,
            ExpressionAttributeValues=values | {":expires": _number(expires)} | dict(limit or {}),
            **(condition if limit else {}),
        )


def _key(part: str, name: str) -> dict[str, Any]:
    return {"part": {"S": part}, "name": {"S": name}}


def _number(value: int) -> dict[str, str]:
    return {"N": str(value)}
