"""The whole topology in one process: moto, the built edge function, CloudFront, the handlers."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest import mock

import boto3
from moto import mock_aws
from moto.server import ThreadedMotoServer
from starlette.applications import Starlette

from infra.laptop import topology
from infra.laptop.cloud import CATALOG, DERIVATIVES, create_resources
from infra.laptop.folder import Folder
from infra.laptop.invocation import Invoker
from infra.laptop.links import choose_key
from origin_lambda import handler
from origin_lambda.adapters.boto.clients import SINGLE_TRY, client
from origin_lambda.adapters.boto.dynamodb import DynamoCatalog
from origin_lambda.originals.catalog import find_record
from origin_lambda.originals.record import OriginalRecord
from origin_lambda.url.admission import Policy

TOKEN = "a-token-for-uploads"


@dataclass
class Stack:
    """A running topology, and the paths that its origin function was *invoked* with.

    Only a test's requests and *settle* do work; nothing runs in the background.
    """

    laptop: topology.Laptop
    s3: Any
    originals: Path
    invoked: list[str] = field(default_factory=list)

    @property
    def application(self) -> Starlette:
        return self.laptop.application

    @property
    def folder(self) -> Folder:
        return self.laptop.folder

    def settle(self) -> None:
        """Let ingest process all messages in its queue, and deliver the alerts."""
        while self.laptop.worker.deliver_batch():
            pass
        while self.laptop.alerts.poll(0):
            pass

    def alerts(self) -> list[tuple[str, str]]:
        """Return event and key of the alerts that were delivered, oldest first."""
        self.settle()
        messages = [alert["message"] for alert in self.laptop.alerts.received]
        return [(message["event"], message["key"]) for message in messages]

    def record(self, key: str) -> OriginalRecord | None:
        return find_record(
            DynamoCatalog(client("dynamodb", SINGLE_TRY), CATALOG), key, consistent=True
        )

    def derivatives(self, prefix: str = "") -> list[str]:
        """Return the keys of derivatives, without mips."""
        answer = self.s3.list_objects_v2(Bucket=DERIVATIVES, Prefix=prefix)
        keys = [entry["Key"] for entry in answer.get("Contents", [])]
        return [key for key in keys if not key.startswith(".mips/")]


@contextmanager
def run_stack(
    originals: Path, policy: Policy, *, direct: bool = False, warm_presets: str = ""
) -> Iterator[Stack]:
    environment = {
        "TRAFFIC_TABLE": "",
        "WARM_PRESETS": warm_presets,
        "SIGNING_KEYS": json.dumps(dict(policy.keys)),
        "UPLOAD_TOKENS": json.dumps({"test": TOKEN}),
        "BUCKET_IN_FRONT": str(not direct).lower(),
    }
    with (
        mock_aws(),
        serve_moto() as url,
        mock.patch.dict("os.environ", create_resources() | environment),
    ):
        invoked: list[str] = []

        def invoke(event: Mapping[str, Any], context: Any) -> dict[str, Any]:
            invoked.append(event["rawPath"])
            return handler.origin(event, context)

        _forget_services()
        with mock.patch.dict("os.environ", {"AWS_ENDPOINT_URL": url}):
            handler._origin()
            if warm_presets:  # then ingest has an origin of its own
                handler._dispatcher()
        edge = None if direct else topology.build_edge(Invoker(invoke), policy)
        handlers = topology.Handlers(invoke, handler.ingest, handler.upload)
        laptop = topology.build_laptop(originals, handlers, edge, signer=choose_key(policy))
        yield Stack(laptop, boto3.client("s3"), originals, invoked)
        _forget_services()


@contextmanager
def serve_moto() -> Iterator[str]:
    """Serve moto's state over HTTP too, because the origin does not use boto3."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    try:
        yield f"http://{host}:{port}"
    finally:
        server.stop()


def _forget_services() -> None:
    for service in (handler._origin, handler._dispatcher, handler._upload):
        service.cache_clear()
