"""Sends the requests of the smoke test: to the front, to the upload API, and to AWS."""

import json
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urljoin, urlsplit

import boto3
import urllib3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest

from infra.aws.outputs import Outputs
from origin_lambda.url.urls import build_url, sign_url

INGEST_TIMEOUT: Final = 120.0
PROPAGATION_TIMEOUT: Final = 30.0
"""Seconds until keys, permissions and functions of a new deployment have reached all edges."""

EDGE_TIMEOUT: Final = 180.0
"""Seconds until an invalidation has reached all edges: the sweep invalidates once more, after 90 s.
AWS names no bound."""

PAUSE: Final = 2.0
_FUNCTION_URL: Final = ".lambda-url."
_REDIRECTS: Final = frozenset({301, 302, 307, 308})
_MAX_REDIRECTS: Final = 3

Answer = urllib3.BaseHTTPResponse


class SmokeFailed(Exception):
    """A step gave another result than expected; the message says which."""


class NotAsked(Exception):
    """A question does not apply to this deployment; the message says why."""


def check(holds: object, message: str) -> None:
    """Check that something holds.

    Raises:
        SmokeFailed: it does not, with this message.

    """
    if not holds:
        raise SmokeFailed(message)


def quote(answer: Answer) -> str:
    """Return the beginning of an answer's body as text."""
    return answer.data[:300].decode(errors="replace")


@dataclass(frozen=True, slots=True)
class Client:
    """Requests to one deployment; *report* receives a line for each retry. Times are in seconds."""

    outputs: Outputs
    url: str
    report: Callable[[str], object]
    session: Any = field(default_factory=boto3.Session)
    http: urllib3.PoolManager = field(
        default_factory=lambda: urllib3.PoolManager(timeout=30.0, retries=False)
    )
    ingest_timeout: float = INGEST_TIMEOUT
    propagation_timeout: float = PROPAGATION_TIMEOUT
    edge_timeout: float = EDGE_TIMEOUT
    pause: float = PAUSE

    @property
    def is_emulated(self) -> bool:
        """Whether an emulator answers instead of AWS."""
        return bool(os.environ.get("AWS_ENDPOINT_URL"))

    def put(self, key: str, body: bytes) -> None:
        """Store an original."""
        self.session.client("s3").put_object(
            Bucket=self.outputs.originals, Key=key, Body=body, ContentType="image/png"
        )

    def delete(self, key: str) -> None:
        """Delete an original."""
        self.session.client("s3").delete_object(Bucket=self.outputs.originals, Key=key)

    def read_record(self, key: str) -> Mapping[str, str]:
        """Return the texts of an original's record in the catalog; none if it has no record."""
        answer = self.session.client("dynamodb").get_item(
            TableName=self.outputs.catalog, Key={"key": {"S": key}}, ConsistentRead=True
        )
        item: Mapping[str, Mapping[str, str]] = answer.get("Item", {})
        return {name: value["S"] for name, value in item.items() if "S" in value}

    def await_ingest(self, key: str, *, after: str = "") -> float:
        """Wait until an original is ingested; return the seconds.

        If it was replaced, *after* is the former version.

        Raises:
            SmokeFailed: it is rejected, or the time is over.

        """
        start = time.monotonic()
        while True:
            record = self.read_record(key)
            status = record.get("status", "waiting")
            if record.get("version", "") == after:
                status = "waiting"
            waited = time.monotonic() - start
            if status == "ready":
                return waited
            check(status != "rejected", "ingest rejected the picture")
            check(
                waited < self.ingest_timeout,
                f"after {waited:.0f} s the original is still {status}",
            )
            time.sleep(self.pause)

    def build_urls(self, key: str, **params: Any) -> tuple[str, str]:
        """Return the URL of a derivative, without and with a signature."""
        unsigned = build_url(self.url, key, **params)
        kid, secret = self.read_signing_key()
        return unsigned, sign_url(unsigned, kid, secret)

    def get(
        self, url: str, *, timeout: float = 0.0, accept: str = "*/*", until: int = 0
    ) -> tuple[Answer, float]:
        """Return an answer and its milliseconds; follow redirects.

        Until the *timeout*, repeat `403` and `5xx`, or any status but *until* if it is given.
        """
        end = time.monotonic() + timeout
        while True:
            start = time.monotonic()
            answer = self._follow(url, accept)
            now = time.monotonic()
            is_final = answer.status == until if until else not _is_temporary(answer.status)
            if is_final or now >= end:
                return answer, 1000 * (now - start)
            self.report(f"answered {answer.status}: trying again, for {end - now:.0f} s at most")
            time.sleep(self.pause)

    def _follow(self, url: str, accept: str) -> Answer:
        for _ in range(_MAX_REDIRECTS):
            headers = {"accept": accept, **self.sign_request(url)}
            answer = self.request("GET", url, headers=headers)
            if answer.status not in _REDIRECTS:
                break
            url = urljoin(url, answer.headers["location"])
        return answer

    def sign_request(self, url: str) -> Mapping[str, str]:
        """Return the signed headers that the function's own URL needs; other fronts need none."""
        if _FUNCTION_URL not in url:
            return {}
        request = AWSRequest("GET", url)
        region = self.session.region_name
        SigV4Auth(self.session.get_credentials(), "lambda", region).add_auth(request)
        return dict(request.headers)

    def call_upload_api(self, method: str, path: str, body: Mapping[str, Any]) -> Any:
        """Return the JSON of the upload API's answer.

        Raises:
            SmokeFailed: it refuses.

        """
        entry = list(self._read_secret(self.outputs.upload_tokens).values())[-1]
        token = entry["token"] if isinstance(entry, dict) else entry
        answer = self.request(
            method,
            self.outputs.upload_api + path,
            body=json.dumps(body),
            headers={"authorization": f"Bearer {token}", "content-type": "application/json"},
        )
        check(answer.status == 201, f"the upload API answered {answer.status}: {quote(answer)}")
        return answer.json()

    def request(
        self, method: str, url: str, headers: Mapping[str, str] | None = None, **options: Any
    ) -> Answer:
        """Send a request; an emulator gets the requests for all hosts at its own address."""
        sent = dict(headers or {})
        if emulator := os.environ.get("AWS_ENDPOINT_URL"):
            parts = urlsplit(url)
            sent["host"] = parts.netloc
            url = f"{emulator.rstrip('/')}{parts.path}{'?' * bool(parts.query)}{parts.query}"
        return self.http.request(method, url, headers=sent, **options)

    def read_signing_key(self) -> tuple[str, str]:
        """Return the name and the text of the newest signing key."""
        kid, secret = list(self._read_secret(self.outputs.signing_keys).items())[-1]
        return kid, secret

    def _read_secret(self, arn: str) -> dict[str, Any]:
        client = self.session.client("secretsmanager")
        text = client.get_secret_value(SecretId=arn)["SecretString"]
        secret: dict[str, Any] = json.loads(text)
        return secret


def _is_temporary(status: int) -> bool:
    """Whether a new edge can answer with this status for some seconds."""
    return status == 403 or status >= 500
