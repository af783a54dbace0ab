"""The whole topology in one process: moto, the built edge function, CloudFront, the handler."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest import mock

import boto3
from moto import mock_aws
from starlette.applications import Starlette

from infra import local
from infra.cloud import DERIVATIVES, ORIGINALS, furnish
from infra.folder import Folder
from origin_lambda import handler
from origin_lambda.url.admission import Policy


@dataclass
class Stack:
    """A running topology, and what its origin function was invoked with."""

    application: Starlette
    s3: Any
    originals: Path
    invoked: list[str] = field(default_factory=list)

    def derivatives(self) -> list[str]:
        listed = self.s3.list_objects_v2(Bucket=DERIVATIVES)
        return [entry["Key"] for entry in listed.get("Contents", [])]


@contextmanager
def running(originals: Path, policy: Policy, *, direct: bool = False) -> Iterator[Stack]:
    keys = {"SIGNING_KEYS": json.dumps(dict(policy.keys))}
    with mock_aws(), mock.patch.dict("os.environ", furnish() | keys):
        s3 = boto3.client("s3")
        invoked: list[str] = []

        def invoke(event: Mapping[str, Any], context: Any) -> dict[str, Any]:
            invoked.append(event["rawPath"])
            return handler.origin(event, context)

        handler._origin.cache_clear()
        folder = Folder(originals, s3, ORIGINALS)
        invoker = local.Invoker(invoke)
        edge = None if direct else local.distribution(invoker, policy)
        application = local.application(folder, invoker, edge)
        yield Stack(application, s3, originals, invoked)
        handler._origin.cache_clear()
