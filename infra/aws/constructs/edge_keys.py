"""Updates the edge's KeyValueStore: runs in Lambda, as a custom resource or by hand.

It is packaged alone, with boto3 and awscrt: a KeyValueStore accepts SigV4A signatures only, which
boto3 makes by awscrt. An event is CloudFormation's; any other event updates only the secrets. The
log and the answer of the function never contain a secret.
"""

import json
import os
import urllib.request
from collections.abc import Iterator, Mapping
from typing import Any, Final

SECRET_ENTRY: Final = "key:"  # noqa: S105 reason: the prefix of the names of entries
_POLICY: Final = "policy"
_MAX_UPDATED: Final = 50
"""Keys of one UpdateKeys (Amazon CloudFront developer guide, "Quotas")."""

Entries = Mapping[str, str]


def handle(event: Mapping[str, Any], _context: object) -> dict[str, Any]:
    """Update the store; send CloudFormation the result if the event is from there.

    By hand, return how many entries changed: `{"changed": 2}`.
    """
    if "ResponseURL" not in event:
        return {"changed": _update_store(None)}
    reason = "done"
    try:
        if event["RequestType"] != "Delete":  # the store is deleted together with its entries
            _update_store(json.loads(event["ResourceProperties"]["Entries"]))
        status = "SUCCESS"
    except Exception as error:  # noqa: BLE001 reason: without an answer CloudFormation waits for minutes
        status, reason = "FAILED", f"{type(error).__name__}: see the log of this function"
        print(json.dumps({"event": "edge-keys-failed", "error": repr(error)}))
    _respond(event, status, reason)
    return {}


def _update_store(public: Entries | None) -> int:
    """Write the public entries and the secrets; return how many entries changed.

    If *public* is None, the store keeps the public entries that it has.
    """
    import boto3

    store, arn = boto3.client("cloudfront-keyvaluestore"), os.environ["STORE_ARN"]
    # Read the tag before the entries: then the update fails if another writer was in between.
    tag = store.describe_key_value_store(KvsARN=arn)["ETag"]
    current = _list_entries(store, arn)
    if public is None:
        public = {name: text for name, text in current.items() if not name.startswith(SECRET_ENTRY)}
    secrets = boto3.client("secretsmanager")
    wanted = add_secrets(
        public,
        json.loads(_read_secret(secrets, os.environ["SIGNING_KEYS"])),
        _read_secret(secrets, os.environ["IMGIX_TOKEN"]) if os.environ.get("IMGIX_TOKEN") else None,
    )
    changed = 0
    for puts, deletes in plan_updates(current, wanted):
        tag = store.update_keys(
            KvsARN=arn,
            IfMatch=tag,
            Puts=[{"Key": name, "Value": text} for name, text in puts.items()],
            Deletes=[{"Key": name} for name in deletes],
        )["ETag"]
        changed += len(puts) + len(deletes)
    return changed


def add_secrets(public: Entries, keys: Mapping[str, str], imgix_token: str | None) -> Entries:
    """Return public entries with the secrets, as `edge.build.build_key_values` writes them.

    Raises:
        ValueError: *keys* is not a mapping of texts.

    """
    if not isinstance(keys, dict) or not all(isinstance(text, str) for text in keys.values()):
        message = 'the secret must be a JSON object of texts, such as {"name": "text"}'
        raise ValueError(message)
    policy = {
        name: value for name, value in json.loads(public[_POLICY]).items() if name != "imgix_token"
    }
    if imgix_token is not None:
        policy["imgix_token"] = imgix_token
    policy_entry = {_POLICY: json.dumps(policy, separators=(",", ":"))}
    secret_entries = {SECRET_ENTRY + kid: text for kid, text in keys.items()}
    return {**public, **policy_entry, **secret_entries}


def plan_updates(current: Entries, wanted: Entries) -> Iterator[tuple[Entries, list[str]]]:
    """Yield what to put and what to delete, in steps that are small enough for one update.

    The policy refers to other entries, so it comes after all of them, and all deletes come last.
    """
    puts = [name for name in wanted if current.get(name) != wanted[name] and name != _POLICY]
    if current.get(_POLICY) != wanted[_POLICY]:
        puts.append(_POLICY)
    for start in range(0, len(puts), _MAX_UPDATED):
        yield {name: wanted[name] for name in puts[start : start + _MAX_UPDATED]}, []
    deletes = [name for name in current if name not in wanted]
    for start in range(0, len(deletes), _MAX_UPDATED):
        yield {}, deletes[start : start + _MAX_UPDATED]


def _list_entries(store: Any, arn: str) -> dict[str, str]:
    pages = store.get_paginator("list_keys").paginate(KvsARN=arn)
    return {item["Key"]: item["Value"] for page in pages for item in page.get("Items", [])}


def _read_secret(client: Any, arn: str) -> str:
    text: str = client.get_secret_value(SecretId=arn)["SecretString"]
    return text


def _respond(event: Mapping[str, Any], status: str, reason: str) -> None:
    """Put the result at the URL where CloudFormation waits for it."""
    response = {
        "Status": status,
        "Reason": reason,
        "PhysicalResourceId": event.get("PhysicalResourceId", "edge-entries"),
        **{name: event[name] for name in ("StackId", "RequestId", "LogicalResourceId")},
    }
    request = urllib.request.Request(  # noqa: S310 reason: the URL is CloudFormation's own
        event["ResponseURL"],
        data=json.dumps(response).encode(),
        method="PUT",
        headers={"content-type": ""},
    )
    with urllib.request.urlopen(request, timeout=10):  # noqa: S310 reason: as above
        pass
