"""Bearer tokens (RFC 6750): who may upload, and below which prefix of keys."""

import hashlib
import hmac
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from origin_lambda.errors import Unauthorized
from origin_lambda.uploads.keys import read_prefix

_SECRET: Final = re.compile(r"[A-Za-z0-9._~+/-]{16,}=*")
"""RFC 6750, 2.1, and at least 16 characters, so that nobody can try them all."""


@dataclass(frozen=True, slots=True)
class Token:
    """A secret, whose it is, and the *prefix* of all keys that it opens."""

    name: str
    secret: str = field(repr=False)
    prefix: str = ""


def bearer(headers: Mapping[str, str], tokens: Iterable[Token]) -> Token:
    """Return whose token a request bears.

    Digests are compared, and always with every token, so that the time that it takes tells
    neither how long a token is nor how much of one was right.

    Raises:
        Unauthorized: it bears none, or nobody's.

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


def read_tokens(text: str) -> tuple[Token, ...]:
    """Return the tokens of a JSON object: by name, a secret or `{"token": ..., "prefix": ...}`.

    Raises:
        ValueError: it is no such object; the message repeats nothing of it.

    """
    try:
        found: Any = json.loads(text or "{}")
    except ValueError:
        found = None
    if not isinstance(found, dict):
        message = 'must be a JSON object, such as {"name": {"token": "...", "prefix": "cats/"}}'
        raise ValueError(message)  # noqa: TRY004 reason: one error for whatever the setting lacks
    tokens = tuple(_token(name, value) for name, value in found.items())
    if len({token.secret for token in tokens}) < len(tokens):
        message = "must have another token for every name"
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
        return Token(name, secret, read_prefix(prefix))
    except ValueError as error:
        message = f"must have prefixes that are {error}"
        raise ValueError(message) from None
