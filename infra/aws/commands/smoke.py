"""Tries a deployment: uploads a small picture, waits for its ingest, and fetches a derivative.

python -m infra.aws.commands.smoke OUTPUTS.json [--url https://img.example.com]
"""

import argparse
import io
import json
import os
import secrets
import sys
import time
from collections.abc import Callable, Mapping
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

_DRAWN: Final = (96, 64)
_ASKED: Final = (48, 32)
_NAME: Final = "calotype-smoke.png"
_PATIENCE: Final = 120.0
_SETTLING: Final = 30.0
"""Seconds that keys, permissions and functions of a new deployment may take to be at every edge."""

_PAUSE: Final = 2.0
_OWN_URL: Final = ".lambda-url."


class SmokeFailed(Exception):
    """The deployment does not do what it should; the message says what it did."""


@dataclass(frozen=True, slots=True)
class Trial:
    """One run through a deployment; *tell* is given a line for each step."""

    outputs: Outputs
    url: str
    tell: Callable[[str], object]
    session: Any = field(default_factory=boto3.Session)
    http: urllib3.PoolManager = field(
        default_factory=lambda: urllib3.PoolManager(timeout=30.0, retries=False)
    )
    patience: float = _PATIENCE
    settling: float = _SETTLING
    pause: float = _PAUSE

    def run(self) -> None:
        """Try it.

        Raises:
            SmokeFailed: something is not as it should be.

        """
        key = self._uploaded() if self.outputs.upload_api else self._put()
        try:
            self._await_ingest(key)
            self._fetch(key)
        finally:
            self.session.client("s3").delete_object(Bucket=self.outputs.originals, Key=key)
            self.tell(f"removed the original {key}")

    def _uploaded(self) -> str:
        """Upload a picture as a browser does; return its key."""
        form = self._api("POST", "/uploads", {"filename": _NAME, "type": "image/png"})
        answer = self._request(
            "POST",
            form["url"],
            fields={**form["fields"], "file": (_NAME, _drawn(), "image/png")},
        )
        _insist(answer.status == 201, f"S3 answered {answer.status} to the form: {_text(answer)}")
        key: str = form["key"]
        self.tell(f"uploaded {_DRAWN[0]}x{_DRAWN[1]} pixels as {key}")
        return key

    def _put(self) -> str:
        key = f"calotype-smoke/{secrets.token_hex(8)}/{_NAME}"
        self.session.client("s3").put_object(
            Bucket=self.outputs.originals, Key=key, Body=_drawn(), ContentType="image/png"
        )
        self.tell(f"put {_DRAWN[0]}x{_DRAWN[1]} pixels at {key}")
        return key

    def _await_ingest(self, key: str) -> None:
        began = time.monotonic()
        while (status := self._status(key)) != "ready":
            waited = time.monotonic() - began
            _insist(status != "rejected", "ingest rejected the picture")
            _insist(waited < self.patience, f"after {waited:.0f} s the original is still {status}")
            time.sleep(self.pause)
        self.tell(f"ingested after {time.monotonic() - began:.0f} s")

    def _status(self, key: str) -> str:
        answer = self.session.client("dynamodb").get_item(
            TableName=self.outputs.catalog, Key={"key": {"S": key}}, ConsistentRead=True
        )
        status: str = answer.get("Item", {}).get("status", {"S": "waiting"})["S"]
        return status

    def _fetch(self, key: str) -> None:
        width, height = _ASKED
        plain = build_url(self.url, key, w=width, h=height, fit="crop", fm="webp")
        kid, secret = list(self._secret(self.outputs.signing_keys).items())[-1]
        url = sign_url(plain, kid, secret)
        for nth, settling in (("first", self.settling), ("second", 0.0)):
            answer, took = self._settled(url, settling)
            kind = answer.headers.get("content-type", "nothing")
            _insist(answer.status == 200, f"{plain} answered {answer.status}: {_text(answer)}")
            _insist(kind == "image/webp", f"{plain} is {kind} instead of image/webp")
            size = _size(answer.data)
            _insist(size == _ASKED, f"{plain} has {size} pixels instead of {_ASKED}")
            where = answer.headers.get("x-cache") or answer.headers.get("x-calotype", "")
            self.tell(f"{nth} answer: {width}x{height} webp in {took:.0f} ms ({where})")

    def _settled(self, url: str, seconds: float) -> tuple[urllib3.BaseHTTPResponse, float]:
        """Return an answer and its milliseconds; for so many seconds, no refusal or failure."""
        until = time.monotonic() + seconds
        while True:
            began = time.monotonic()
            answer = self._request("GET", url, headers=self._signature(url))
            now = time.monotonic()
            if not (answer.status == 403 or answer.status >= 500) or now >= until:
                return answer, 1000 * (now - began)
            self.tell(f"answered {answer.status}: asking again, for {until - now:.0f} s at most")
            time.sleep(self.pause)

    def _signature(self, url: str) -> Mapping[str, str]:
        """Return what a function's own URL wants: signed headers; none for other fronts."""
        if _OWN_URL not in url:
            return {}
        request = AWSRequest("GET", url)
        region = self.session.region_name
        SigV4Auth(self.session.get_credentials(), "lambda", region).add_auth(request)
        return dict(request.headers)

    def _api(self, method: str, path: str, body: Mapping[str, Any]) -> Any:
        found = list(self._secret(self.outputs.upload_tokens).values())[-1]
        token = found["token"] if isinstance(found, dict) else found
        answer = self._request(
            method,
            self.outputs.upload_api + path,
            body=json.dumps(body),
            headers={"authorization": f"Bearer {token}", "content-type": "application/json"},
        )
        _insist(answer.status == 201, f"the upload API answered {answer.status}: {_text(answer)}")
        return answer.json()

    def _request(
        self, method: str, url: str, headers: Mapping[str, str] | None = None, **told: Any
    ) -> urllib3.BaseHTTPResponse:
        """Ask; an emulator answers for every host at its own address."""
        given = dict(headers or {})
        if emulator := os.environ.get("AWS_ENDPOINT_URL"):
            parts = urlsplit(url)
            given["host"] = parts.netloc
            url = f"{emulator.rstrip('/')}{parts.path}{'?' * bool(parts.query)}{parts.query}"
        return self.http.request(method, url, headers=given, **told)

    def _secret(self, arn: str) -> dict[str, Any]:
        client = self.session.client("secretsmanager")
        found: dict[str, Any] = json.loads(client.get_secret_value(SecretId=arn)["SecretString"])
        return found


def _drawn() -> bytes:
    """Return a picture that no other run has: derivatives of it are in no cache."""
    image = Image.effect_noise(_DRAWN, 60).convert("RGB")
    image.putpixel((0, 0), (secrets.randbelow(256), secrets.randbelow(256), secrets.randbelow(256)))
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


def _size(data: bytes) -> tuple[int, int]:
    try:
        with Image.open(io.BytesIO(data)) as image:
            image.load()
            return image.size
    except OSError as error:
        message = f"the answer of {len(data)} bytes is no picture: {error}"
        raise SmokeFailed(message) from error


def _text(answer: urllib3.BaseHTTPResponse) -> str:
    return answer.data[:300].decode(errors="replace")


def _insist(holds: bool, message: str) -> None:
    if not holds:
        raise SmokeFailed(message)


def main(arguments: list[str] | None = None) -> int:
    """Try a deployment; return 1 where it fails."""
    parser = argparse.ArgumentParser(prog="python -m infra.aws.commands.smoke", description=__doc__)
    parser.add_argument("outputs", type=Path, help="what `cdk deploy --outputs-file` wrote")
    parser.add_argument("--url", help="where pictures are had, if at a domain of yours")
    asked = parser.parse_args(arguments)
    try:
        outputs = Outputs.read(asked.outputs)
        session = boto3.Session(region_name=outputs.region)
        Trial(outputs, (asked.url or outputs.url).rstrip("/"), print, session).run()
    except SmokeFailed as error:
        print(f"smoke test failed: {error}", file=sys.stderr)
        return 1
    except (BotoCoreError, ClientError, urllib3.exceptions.HTTPError, ValueError) as error:
        print(f"smoke test could not be made: {error}", file=sys.stderr)
        return 1
    print("smoke test passed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
