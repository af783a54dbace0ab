"""Bearer tokens (RFC 6750): who may upload, and below which prefix of keys."""

import hashlib
import hmac
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from origin_lambda.errors import Unauthorized
from origin_lambda.uploads.keys import normalise_prefix

_SECRET: Final = re.compile(r"[A-Za-z0-9._~+/-]{16,}=*")
"""The form of RFC 6750, 2.1, with at least 16 characters, so that it cannot be guessed."""


@dataclass(frozen=True, slots=True)
class Token:
    """A secret with the name of its owner and the *prefix* of the keys that it can upload to."""

    name: str
    secret: str = field(repr=False)
    prefix: str = ""


def authenticate(headers: Mapping[str, str], tokens: Iterable[Token]) -> Token:
    """Return the token that a request sends in its Authorization header.

    The digest is compared with that of every token. So the time reveals neither the length of a
    token nor how many of its characters were right.

    Raises:
        Unauthorized: the request has no token, or an unknown one.

    """
    scheme, _, sent = headers.get("authorization", "").partition(" ")
    digest = _digest(sent.strip())
    owners = [token for token in tokens if hmac.compare_digest(digest, _digest(token.secret))]
    if scheme.lower() != "bearer" or not owners:
        message = "the Authorization header must be 'Bearer' and a token that is known here"
        raise Unauthorized(message)
    return owners[0]


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode(errors="replace")).digest()


def parse_tokens(text: str) -> tuple[Token, ...]:
    """Parse the tokens of a JSON object: by name, a secret or `{"token": ..., "prefix": ...}`.

    Raises:
        ValueError: the text is not such an object; the message repeats no part of it.

    """
    try:
        document: Any = json.loads(text or "{}")
    except ValueError:
        document = None
    if not isinstance(document, dict):
        message = 'must be a JSON object, such as {"name": {"token": "...", "prefix": "cats/"}}'
        raise ValueError(message)  # noqa: TRY004 reason: one kind of error for a setting
    tokens = tuple(_token(name, value) for name, value in document.items())
    if len({token.secret for token in tokens}) < len(tokens):
        message = "must have a different token for every name"
        raise ValueError(message)
    return tokens


def _token(name: str, value: Any) -> Token:
    parts = value if isinstance(value, dict) else {"token": value}
    secret, prefix = parts.get("token"), parts.get("prefix", "")
    if not parts.keys() <= {"token", "prefix"} or not isinstance(prefix, str):
        message = 'must have "token" and perhaps "prefix" for every name'
        raise ValueError(message)
    if not isinstance(secret, str) or not _SECRET.fullmatch(secret):
        message = "must have tokens of 16 or more letters, digits and -._~+/"
        raise ValueError(message)
    try:
        return Token(name, secret, normalise_prefix(prefix))
    except ValueError as error:
        message = f"must have prefixes that are {error}"
        raise ValueError(message) from None
