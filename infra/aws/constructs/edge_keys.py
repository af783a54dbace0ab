"""Keeps the edge's KeyValueStore: runs in Lambda, as a custom resource and by hand.

It is deployed by itself, with boto3 and awscrt: KeyValueStores take SigV4A signatures only, and
boto3 makes them with awscrt. An event is one of CloudFormation's, or anything else to bring only
the secrets up to date. Neither its log nor its answer holds a secret.
"""

import json
import os
import urllib.request
from collections.abc import Iterator, Mapping
from typing import Any, Final

SECRET_ENTRY: Final = "key:"  # noqa: S105 reason: what the names of entries begin with
_POLICY: Final = "policy"
_MOST_UPDATED: Final = 50
"""Keys of one UpdateKeys (Amazon CloudFront developer guide, "Quotas")."""

Entries = Mapping[str, str]


def handle(event: Mapping[str, Any], _context: object) -> dict[str, Any]:
    """Bring the store up to date; tell CloudFormation, if that asked, how it went."""
    if "ResponseURL" not in event:
        return {"changed": _bring_up_to_date(None)}
    reason = "done"
    try:
        if event["RequestType"] != "Delete":  # the store goes with its entries
            _bring_up_to_date(json.loads(event["ResourceProperties"]["Entries"]))
        status = "SUCCESS"
    except Exception as error:  # noqa: BLE001 reason: unanswered, CloudFormation waits for minutes
        status, reason = "FAILED", f"{type(error).__name__}: see the log of this function"
        print(json.dumps({"event": "edge-keys-failed", "error": repr(error)}))
    _answer(event, status, reason)
    return {}


def _bring_up_to_date(public: Entries | None) -> int:
    """Write what the store should hold; return how many entries changed."""
    import boto3

    store, arn = boto3.client("cloudfront-keyvaluestore"), os.environ["STORE_ARN"]
    # The tag is of what is listed next: whoever writes in between has the update refused.
    tag = store.describe_key_value_store(KvsARN=arn)["ETag"]
    there = _listed(store, arn)
    if public is None:
        public = {name: text for name, text in there.items() if not name.startswith(SECRET_ENTRY)}
    secrets = boto3.client("secretsmanager")
    wanted = with_secrets(
        public,
        json.loads(_secret(secrets, os.environ["SIGNING_KEYS"])),
        _secret(secrets, os.environ["IMGIX_TOKEN"]) if os.environ.get("IMGIX_TOKEN") else None,
    )
    changed = 0
    for puts, deletes in changes(there, wanted):
        tag = store.update_keys(
            KvsARN=arn,
            IfMatch=tag,
            Puts=[{"Key": name, "Value": text} for name, text in puts.items()],
            Deletes=[{"Key": name} for name in deletes],
        )["ETag"]
        changed += len(puts) + len(deletes)
    return changed


def with_secrets(public: Entries, keys: Mapping[str, str], imgix_token: str | None) -> Entries:
    """Return all entries, as `edge.build.key_values` makes them.

    Raises:
        ValueError: the secret holds no keys.

    """
    if not isinstance(keys, dict) or not all(isinstance(text, str) for text in keys.values()):
        message = 'the secret must be a JSON object of texts, such as {"name": "text"}'
        raise ValueError(message)
    policy = {
        name: value for name, value in json.loads(public[_POLICY]).items() if name != "imgix_token"
    }
    if imgix_token is not None:
        policy["imgix_token"] = imgix_token
    written = {_POLICY: json.dumps(policy, separators=(",", ":"))}
    return {**public, **written, **{SECRET_ENTRY + kid: text for kid, text in keys.items()}}


def changes(there: Entries, wanted: Entries) -> Iterator[tuple[Entries, list[str]]]:
    """Yield what to put and what to delete, in as many steps as it takes.

    The policy comes after all that it may speak of, and nothing goes before it has come.
    """
    puts = [name for name in wanted if there.get(name) != wanted[name] and name != _POLICY]
    if there.get(_POLICY) != wanted[_POLICY]:
        puts.append(_POLICY)
    for start in range(0, len(puts), _MOST_UPDATED):
        yield {name: wanted[name] for name in puts[start : start + _MOST_UPDATED]}, []
    deletes = [name for name in there if name not in wanted]
    for start in range(0, len(deletes), _MOST_UPDATED):
        yield {}, deletes[start : start + _MOST_UPDATED]


def _listed(store: Any, arn: str) -> dict[str, str]:
    pages = store.get_paginator("list_keys").paginate(KvsARN=arn)
    return {item["Key"]: item["Value"] for page in pages for item in page.get("Items", [])}


def _secret(client: Any, arn: str) -> str:
    text: str = client.get_secret_value(SecretId=arn)["SecretString"]
    return text


def _answer(event: Mapping[str, Any], status: str, reason: str) -> None:
    """Put the answer where CloudFormation waits for it."""
    told = {
        "Status": status,
        "Reason": reason,
        "PhysicalResourceId": event.get("PhysicalResourceId", "edge-entries"),
        **{name: event[name] for name in ("StackId", "RequestId", "LogicalResourceId")},
    }
    request = urllib.request.Request(  # noqa: S310 reason: the URL is CloudFormation's own
        event["ResponseURL"],
        data=json.dumps(told).encode(),
        method="PUT",
        headers={"content-type": ""},
    )
    with urllib.request.urlopen(request, timeout=10):  # noqa: S310 reason: as above
        pass
