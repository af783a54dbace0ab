"""Tests a deployment: uploads a small picture, waits for its ingest, and fetches a derivative.

Then it does the same with a key that needs escapes, replaces that picture, and waits for the new
one. This shows that the services sign and invalidate such paths as expected (docs/decisions/0055).

python -m infra.aws.commands.smoke OUTPUTS.json [--url https://img.example.com]
"""

import argparse
import io
import json
import os
import secrets
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import boto3
import urllib3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.exceptions import BotoCoreError, ClientError
from PIL import Image

from infra.aws.outputs import Outputs
from origin_lambda.url.urls import build_url, sign_url

_ORIGINAL_SIZE: Final = (96, 64)
_DERIVATIVE_SIZE: Final = (48, 32)
_NAME: Final = "calotype-smoke.png"
_ESCAPED_NAME: Final = "été à la plage (1)+~日本🐈.png"
_INGEST_TIMEOUT: Final = 120.0
_PROPAGATION_TIMEOUT: Final = 30.0
"""Seconds until keys, permissions and functions of a new deployment have reached all edges."""

_INVALIDATION_TIMEOUT: Final = 180.0
"""Seconds until a replaced picture must show: the sweep invalidates once more, after 90 s."""

_PAUSE: Final = 2.0
_FUNCTION_URL: Final = ".lambda-url."


class SmokeFailed(Exception):
    """A step gave another result than expected; the message says which."""


@dataclass(frozen=True, slots=True)
class SmokeTest:
    """One test of a deployment; *report* receives a line for each step. Times are in seconds."""

    outputs: Outputs
    url: str
    report: Callable[[str], object]
    session: Any = field(default_factory=boto3.Session)
    http: urllib3.PoolManager = field(
        default_factory=lambda: urllib3.PoolManager(timeout=30.0, retries=False)
    )
    ingest_timeout: float = _INGEST_TIMEOUT
    propagation_timeout: float = _PROPAGATION_TIMEOUT
    invalidation_timeout: float = _INVALIDATION_TIMEOUT
    pause: float = _PAUSE

    def run(self) -> None:
        """Run the test, and delete the picture again.

        Raises:
            SmokeFailed: a step does not give the expected result.

        """
        key = self._upload() if self.outputs.upload_api else self._put_new_original(_NAME)
        with self._removing(key):
            self._await_ingest(key)
            self._fetch_twice(key)
        key = self._put_new_original(_ESCAPED_NAME)
        with self._removing(key):
            self._await_ingest(key)
            old = self._fetch_twice(key)
            self._await_ingest(key, self._put_original(key))
            self._await_change(key, old)

    @contextmanager
    def _removing(self, key: str) -> Iterator[None]:
        """Delete an original at the end, whether the steps fail or not."""
        try:
            yield
        finally:
            self.session.client("s3").delete_object(Bucket=self.outputs.originals, Key=key)
            self.report(f"removed the original {key}")

    def _upload(self) -> str:
        """Upload a picture as a browser does; return its key."""
        post = self._call_upload_api("POST", "/uploads", {"filename": _NAME, "type": "image/png"})
        answer = self._request(
            "POST",
            post["url"],
            fields={**post["fields"], "file": (_NAME, _draw_picture(), "image/png")},
        )
        _check(
            answer.status == 201,
            f"S3 answered {answer.status} to the presigned POST: {_quote(answer)}",
        )
        key: str = post["key"]
        self.report(f"uploaded {_ORIGINAL_SIZE[0]}x{_ORIGINAL_SIZE[1]} pixels as {key}")
        return key

    def _put_new_original(self, name: str) -> str:
        """Store a picture in the originals bucket; return its key."""
        key = f"calotype-smoke/{secrets.token_hex(8)}/{name}"
        self._put_original(key)
        return key

    def _put_original(self, key: str) -> str:
        """Store a new picture in the originals bucket; return its version."""
        answer = self.session.client("s3").put_object(
            Bucket=self.outputs.originals, Key=key, Body=_draw_picture(), ContentType="image/png"
        )
        self.report(f"put {_ORIGINAL_SIZE[0]}x{_ORIGINAL_SIZE[1]} pixels at {key}")
        version: str = answer["ETag"].strip('"')
        return version

    def _await_ingest(self, key: str, version: str = "") -> None:
        """Wait until an original is ingested; with a *version*, until that one is."""
        start = time.monotonic()
        while (status := self._read_status(key, version)) != "ready":
            waited = time.monotonic() - start
            _check(status != "rejected", "ingest rejected the picture")
            _check(
                waited < self.ingest_timeout,
                f"after {waited:.0f} s the original is still {status}",
            )
            time.sleep(self.pause)
        self.report(f"ingested after {time.monotonic() - start:.0f} s")

    def _read_status(self, key: str, version: str) -> str:
        answer = self.session.client("dynamodb").get_item(
            TableName=self.outputs.catalog, Key={"key": {"S": key}}, ConsistentRead=True
        )
        item = answer.get("Item", {})
        if not item or (version and item["version"]["S"] != version):
            return "waiting"
        status: str = item["status"]["S"]
        return status

    def _build_urls(self, key: str) -> tuple[str, str]:
        """Return the URL of a derivative, without and with its signature."""
        width, height = _DERIVATIVE_SIZE
        unsigned = build_url(self.url, key, w=width, h=height, fit="crop", fm="webp")
        kid, secret = list(self._read_secret(self.outputs.signing_keys).items())[-1]
        return unsigned, sign_url(unsigned, kid, secret)

    def _await_change(self, key: str, old: bytes) -> None:
        """Fetch a derivative until it is not the *old* one any more."""
        unsigned, url = self._build_urls(key)
        start = time.monotonic()
        while True:
            answer, _ = self._fetch(url, self.propagation_timeout)
            _check(answer.status == 200, f"{unsigned} answered {answer.status}: {_quote(answer)}")
            waited = time.monotonic() - start
            if answer.data != old:
                break
            _check(
                waited < self.invalidation_timeout,
                f"{unsigned} still shows the replaced picture after {waited:.0f} s",
            )
            time.sleep(self.pause)
        self.report(f"the new picture shows after {waited:.0f} s")

    def _fetch_twice(self, key: str) -> bytes:
        """Fetch a derivative twice, and check both answers: the second must come at once.

        Return the second one.
        """
        width, height = _DERIVATIVE_SIZE
        unsigned, url = self._build_urls(key)
        for nth, timeout in (("first", self.propagation_timeout), ("second", 0.0)):
            answer, milliseconds = self._fetch(url, timeout)
            kind = answer.headers.get("content-type", "nothing")
            _check(
                answer.status == 200,
                f"{unsigned} answered {answer.status}: {_quote(answer)}",
            )
            _check(kind == "image/webp", f"{unsigned} is {kind} instead of image/webp")
            size = _read_size(answer.data)
            _check(
                size == _DERIVATIVE_SIZE,
                f"{unsigned} has {size} pixels instead of {_DERIVATIVE_SIZE}",
            )
            where = answer.headers.get("x-cache") or answer.headers.get("x-calotype", "")
            self.report(f"{nth} answer: {width}x{height} webp in {milliseconds:.0f} ms ({where})")
        return answer.data

    def _fetch(self, url: str, timeout: float) -> tuple[urllib3.BaseHTTPResponse, float]:
        """Return an answer and its milliseconds; repeat 403 and 5xx until the *timeout*."""
        until = time.monotonic() + timeout
        while True:
            start = time.monotonic()
            answer = self._request("GET", url, headers=self._sign(url))
            now = time.monotonic()
            if not (answer.status == 403 or answer.status >= 500) or now >= until:
                return answer, 1000 * (now - start)
            self.report(f"answered {answer.status}: trying again, for {until - now:.0f} s at most")
            time.sleep(self.pause)

    def _sign(self, url: str) -> Mapping[str, str]:
        """Return the signed headers that the function's own URL needs; other fronts need none."""
        if _FUNCTION_URL not in url:
            return {}
        request = AWSRequest("GET", url)
        region = self.session.region_name
        SigV4Auth(self.session.get_credentials(), "lambda", region).add_auth(request)
        return dict(request.headers)

    def _call_upload_api(self, method: str, path: str, body: Mapping[str, Any]) -> Any:
        entry = list(self._read_secret(self.outputs.upload_tokens).values())[-1]
        token = entry["token"] if isinstance(entry, dict) else entry
        answer = self._request(
            method,
            self.outputs.upload_api + path,
            body=json.dumps(body),
            headers={"authorization": f"Bearer {token}", "content-type": "application/json"},
        )
        _check(answer.status == 201, f"the upload API answered {answer.status}: {_quote(answer)}")
        return answer.json()

    def _request(
        self, method: str, url: str, headers: Mapping[str, str] | None = None, **options: Any
    ) -> urllib3.BaseHTTPResponse:
        """Send a request; an emulator gets the requests for all hosts at its own address."""
        sent = dict(headers or {})
        if emulator := os.environ.get("AWS_ENDPOINT_URL"):
            parts = urlsplit(url)
            sent["host"] = parts.netloc
            url = f"{emulator.rstrip('/')}{parts.path}{'?' * bool(parts.query)}{parts.query}"
        return self.http.request(method, url, headers=sent, **options)

    def _read_secret(self, arn: str) -> dict[str, Any]:
        client = self.session.client("secretsmanager")
        text = client.get_secret_value(SecretId=arn)["SecretString"]
        secret: dict[str, Any] = json.loads(text)
        return secret


def _draw_picture() -> bytes:
    """Return a new random picture as PNG, so that no cache has derivatives of it."""
    image = Image.effect_noise(_ORIGINAL_SIZE, 60).convert("RGB")
    image.putpixel((0, 0), (secrets.randbelow(256), secrets.randbelow(256), secrets.randbelow(256)))
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


def _read_size(data: bytes) -> tuple[int, int]:
    try:
        with Image.open(io.BytesIO(data)) as image:
            image.load()
            return image.size
    except OSError as error:
        message = f"the answer of {len(data)} bytes is no picture: {error}"
        raise SmokeFailed(message) from error


def _quote(answer: urllib3.BaseHTTPResponse) -> str:
    return answer.data[:300].decode(errors="replace")


def _check(holds: bool, message: str) -> None:
    if not holds:
        raise SmokeFailed(message)


def main(arguments: list[str] | None = None) -> int:
    """Test a deployment; return 1 if the test fails."""
    parser = argparse.ArgumentParser(prog="python -m infra.aws.commands.smoke", description=__doc__)
    parser.add_argument("outputs", type=Path, help="the file of `cdk deploy --outputs-file`")
    parser.add_argument("--url", help="the base URL of pictures, if it is your own domain")
    options = parser.parse_args(arguments)
    try:
        outputs = Outputs.read(options.outputs)
        session = boto3.Session(region_name=outputs.region)
        SmokeTest(outputs, (options.url or outputs.url).rstrip("/"), print, session).run()
    except SmokeFailed as error:
        print(f"smoke test failed: {error}", file=sys.stderr)
        return 1
    except (BotoCoreError, ClientError, urllib3.exceptions.HTTPError, ValueError) as error:
        print(f"smoke test could not run: {error}", file=sys.stderr)
        return 1
    print("smoke test passed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
