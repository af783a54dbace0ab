"""Provides a function's credentials: from its environment, or from the server that it names.

After SnapStart the environment has no credentials but names a server for temporary ones
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
from origin_lambda.adapters.slim.transport import RetryPolicy, Transport
from origin_lambda.errors import Unavailable

ECS_AGENT: Final = "http://169.254.170.2"
"""The server for a relative URI."""

_TRUSTED: Final = {"localhost", "169.254.170.2", "169.254.170.23", "fd00:ec2::23"}
"""Hosts that can get the token without TLS, as in botocore; loopback addresses can, too."""

RETRY_POLICY: Final = RetryPolicy(connect=1, read=2, tries=3, budget=4, most=8)
_RENEWED_BEFORE: Final = 600  # seconds before the credentials expire
_OK: Final = 200


class CredentialProvider:
    """Provides valid credentials from the variables of an *environment*, and caches them.

    *agent* is the server for a relative URI.
    """

    def __init__(
        self,
        environment: Mapping[str, str],
        retry_policy: RetryPolicy = RETRY_POLICY,
        agent: str = ECS_AGENT,
    ) -> None:
        self._environment = environment
        self._retry_policy = retry_policy
        self._agent = agent
        self._cached: Credentials | None = None
        self._lock = threading.Lock()

    def credentials(self) -> Credentials:
        """Return valid credentials.

        Raises:
            Unavailable: there are none, or they have expired.

        """
        key_id = self._environment.get("AWS_ACCESS_KEY_ID", "")
        secret = self._environment.get("AWS_SECRET_ACCESS_KEY", "")
        if key_id and secret:
            return Credentials(key_id, secret, self._environment.get("AWS_SESSION_TOKEN", ""))
        with self._lock:
            if self._cached is None or self._cached.expires - time.time() < _RENEWED_BEFORE:
                self._cached = self._renew(self._cached)
            return self._cached

    def _renew(self, cached: Credentials | None) -> Credentials:
        """Return new credentials; the *cached* ones if there are none and these are still valid."""
        try:
            return self._fetch()
        except Unavailable:
            if cached is None or cached.expires <= time.time():
                raise
            return cached

    def _fetch(self) -> Credentials:
        url = self._environment.get("AWS_CONTAINER_CREDENTIALS_FULL_URI", "")
        if relative := self._environment.get("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"):
            url = self._agent + relative
        if not url:
            raise _no_credentials(reason="the environment names no server for them")
        if not is_trusted(url):
            raise _no_credentials(
                reason="the host of AWS_CONTAINER_CREDENTIALS_FULL_URI is not trusted"
            )
        parts = urlsplit(url)
        endpoint = Endpoint.parse(url)._replace(prefix="")
        headers = {"accept": "application/json"}
        if token := _token(self._environment):
            headers["authorization"] = token
        path = parts.path or "/"
        target = f"{path}?{parts.query}" if parts.query else path
        answer = Transport(endpoint, self._retry_policy).send(
            Call("GET", target, headers=headers), lambda answer: answer.status != _OK
        )
        return _read(answer)


def _read(answer: Answer) -> Credentials:
    if answer.status != _OK:
        raise _no_credentials(reason=f"their server answered {answer.status}")
    from calendar import timegm

    try:
        document = json.loads(answer.body)
        return Credentials(
            document["AccessKeyId"],
            document["SecretAccessKey"],
            document.get("Token") or "",
            timegm(time.strptime(document["Expiration"][:19], "%Y-%m-%dT%H:%M:%S")),
        )
    except (ValueError, LookupError, TypeError, AttributeError):
        raise _no_credentials(reason="the server's answer has no credentials") from None


def _token(environment: Mapping[str, str]) -> str:
    """Return the authorisation token; prefer the file, because its token is renewed."""
    token = environment.get("AWS_CONTAINER_AUTHORIZATION_TOKEN", "")
    if path := environment.get("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"):
        from pathlib import Path

        try:
            token = Path(path).read_text(encoding="utf-8").strip()
        except (OSError, ValueError) as error:
            raise _no_credentials(
                reason=f"the file of the token cannot be read: {error!r}"
            ) from error
    if not (token.isascii() and token.isprintable()):
        raise _no_credentials(reason="the token is not one line of printable ASCII")
    return token


def is_trusted(url: str) -> bool:
    """Whether the token can be sent to a URL."""
    from ipaddress import ip_address

    parts = urlsplit(url)
    host = parts.hostname or ""
    if parts.scheme == "https" or (parts.scheme == "http" and host in _TRUSTED):
        return bool(host)
    try:
        return parts.scheme == "http" and ip_address(host).is_loopback
    except ValueError:
        return False


def _no_credentials(*, reason: str) -> Unavailable:
    message = "a service behind this one cannot be reached"
    return Unavailable(message, detail=f"no credentials: {reason}")
