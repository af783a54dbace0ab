"""Finds the notifications of a bucket that S3 would not accept beside ours."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from infra.aws.constructs.originals import EVENTS
from origin_lambda.url.keys import KeyFilter

_TARGETS: Final = {
    "QueueConfigurations": "QueueArn",
    "TopicConfigurations": "TopicArn",
    "LambdaFunctionConfigurations": "LambdaFunctionArn",
}
"""The lists of a bucket's notifications, and where each has its target."""


def find_overlaps(configuration: Mapping[str, Any], keys: KeyFilter, stack: str) -> Iterator[str]:
    """Yield the notifications of a bucket that overlap with ours: event and target of each.

    S3 refuses two notifications of one event whose prefixes and suffixes both overlap (Amazon S3
    user guide, "Configuring event notifications using object key name filtering"). Those of our own
    *stack*, from an earlier deployment, are left out.
    """
    for kind, target in _TARGETS.items():
        for each in configuration.get(kind, ()):
            arn = each[target]
            if arn.rpartition(":")[2].startswith(f"{stack}-"):
                continue
            taken = [event for event in each["Events"] if any(_share(event, own) for own in EVENTS)]
            if taken and _overlaps(each, keys):
                yield f"{', '.join(taken)} to {arn}"


def _share(one: str, other: str) -> bool:
    """Whether two names of events, which can end in `*`, have an event in common."""
    first, second = one.removesuffix("*"), other.removesuffix("*")
    if one == first and other == second:
        return one == other
    return first.startswith(second) or second.startswith(first)


def _overlaps(notification: Mapping[str, Any], keys: KeyFilter) -> bool:
    """Whether a notification and ours can both be about one key."""
    rules = notification.get("Filter", {}).get("Key", {}).get("FilterRules", ())
    values = {rule["Name"].lower(): rule["Value"] for rule in rules}
    prefix, suffix = values.get("prefix", ""), values.get("suffix", "")
    return _is_nested(prefix, keys.prefix, str.startswith) and any(
        _is_nested(suffix, own, str.endswith) for own in keys.suffixes or ("",)
    )


def _is_nested(one: str, other: str, has: Any) -> bool:
    return bool(has(one, other) or has(other, one))
