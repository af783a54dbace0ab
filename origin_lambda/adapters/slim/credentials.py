"""Finds the credentials of a function: in its environment, or where that says.

After SnapStart there are none in the environment, but a server that hands them out for a while
(https://docs.aws.amazon.com/lambda/latest/dg/snapstart-activate.html).
"""

import json
import threading
import time
from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

from origin_lambda.adapters.slim.connection import Answer
from origin_lambda.adapters.slim.endpoints import Endpoint
from origin_lambda.adapters.slim.signing import Call, Credentials
from origin_lambda.adapters.slim.transport import Patience, Transport
from origin_lambda.errors import Unavailable

_SHARED: Final = "http://169.254.170.2"
"""Where ECS's agent answers, for a URI that is relative."""

_TRUSTED: Final = {"localhost", "169.254.170.2", "169.254.170.23", "fd00:ec2::23"}
"""Hosts that may be told the token without TLS: botocore's list, beside loopback addresses."""

_PATIENCE: Final = Patience(connect=1, read=2, tries=3, budget=4, most=8)
_RENEWED_BEFORE: Final = 600  # seconds before credentials expire
_OK: Final = 200


class Wallet:
    """Has credentials that are valid now, from the variables of an *environment*."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment
        self._held: Credentials | None = None
        self._lock = threading.Lock()

    def credentials(self) -> Credentials:
        """Return credentials.

        Raises:
            Unavailable: there are none, or none any more.

        """
        key_id = self._environment.get("AWS_ACCESS_KEY_ID", "")
        secret = self._environment.get("AWS_SECRET_ACCESS_KEY", "")
        if key_id and secret:
            return Credentials(key_id, secret, self._environment.get("AWS_SESSION_TOKEN", ""))
        with self._lock:
            if self._held is None or self._held.expires - time.time() < _RENEWED_BEFORE:
                self._held = self._renewed(self._held)
            return self._held

    def _renewed(self, held: Credentials | None) -> Credentials:
        """Return new credentials; those that are *held*, where there are none and they still do."""
        try:
            return _fetched(self._environment)
        except Unavailable:
            if held is None or held.expires <= time.time():
                raise
            return held


def _fetched(environment: Mapping[str, str]) -> Credentials:
    url = environment.get("AWS_CONTAINER_CREDENTIALS_FULL_URI", "")
    if relative := environment.get("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"):
        url = _SHARED + relative
    if not url:
        raise _none(reason="the environment names none")
    if not may_be_told(url):
        raise _none(reason="the host of AWS_CONTAINER_CREDENTIALS_FULL_URI is not to be trusted")
    parts = urlsplit(url)
    endpoint = Endpoint.parse(url)._replace(prefix="")
    headers = {"accept": "application/json"}
    if token := _token(environment):
        headers["authorization"] = token
    path = parts.path or "/"
    target = f"{path}?{parts.query}" if parts.query else path
    answer = Transport(endpoint, _PATIENCE).send(
        Call("GET", target, headers=headers), lambda answer: answer.status != _OK
    )
    return _read(answer)


def _read(answer: Answer) -> Credentials:
    if answer.status != _OK:
        raise _none(reason=f"the server for them answered {answer.status}")
    from calendar import timegm

    try:
        told = json.loads(answer.body)
        return Credentials(
            told["AccessKeyId"],
            told["SecretAccessKey"],
            told.get("Token") or "",
            timegm(time.strptime(told["Expiration"][:19], "%Y-%m-%dT%H:%M:%S")),
        )
    except (ValueError, LookupError, TypeError, AttributeError):
        raise _none(reason="the server for them answered with none") from None


def _token(environment: Mapping[str, str]) -> str:
    """Return what to authorise with; a file goes first, for its token changes."""
    token = environment.get("AWS_CONTAINER_AUTHORIZATION_TOKEN", "")
    if path := environment.get("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"):
        from pathlib import Path

        try:
            token = Path(path).read_text(encoding="utf-8").strip()
        except (OSError, ValueError) as error:
            raise _none(reason=f"the file of the token cannot be read: {error!r}") from error
    if not (token.isascii() and token.isprintable()):
        raise _none(reason="the token is not one line of printable ASCII")
    return token


def may_be_told(url: str) -> bool:
    """Whether a token may be sent to a URL."""
    from ipaddress import ip_address

    parts = urlsplit(url)
    host = parts.hostname or ""
    if parts.scheme == "https" or (parts.scheme == "http" and host in _TRUSTED):
        return bool(host)
    try:
        return parts.scheme == "http" and ip_address(host).is_loopback
    except ValueError:
        return False


def _none(*, reason: str) -> Unavailable:
    message = "a service behind this one cannot be reached"
    return Unavailable(message, detail=f"no credentials: {reason}")
