"""Signs URLs, and verifies signatures.

    sig     = KID "." MAC                        ; MAC: HMAC-SHA256, base64url without padding
    message = path "?" [ pair *( "&" pair ) ]    ; the input of the MAC
    pair    = name "=" value                     ; all except `sig`, sorted by name

Path, names and values are signed as sent, still percent-encoded. A name without `=` counts as
`name=`, pairs with the same name keep their order, and empty pairs (`&&`, `=`) are ignored. So a
proxy can parse the query or sort it by name without breaking the signature.

imgix's own signature, `s`, is the MD5 of token, path and the query as sent without `s`
(https://docs.imgix.com/en-US/getting-started/setup/securing-assets).
"""

import hashlib
import hmac
import re
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from operator import itemgetter
from typing import Final

from origin_lambda.errors import Expired, Forbidden
from origin_lambda.url.transform import Access

SIGNATURE: Final = "sig"
IMGIX_SIGNATURE: Final = "s"
EXPIRES: Final = "expires"

WRONG_SIGNATURE: Final = "the signature does not belong to this URL"
PAST: Final = "the URL has expired"
KEY_NAME: Final = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)


def sign(url_path: str, query: str, kid: str, secret: str, expires: int | None = None) -> str:
    """Return *query* with a signature by the key *kid*, valid until *expires* (Unix seconds).

    Path and query are percent-encoded, as they will be sent. If *query* has a signature already, it
    is replaced.

    Raises:
        ValueError: *kid* is not 1 to 64 letters, digits, `-` or `_`.

    """
    if not KEY_NAME.fullmatch(kid):
        message = "a key is named by 1 to 64 letters, digits, '-' or '_'"
        raise ValueError(message)
    limits = [] if expires is None else [f"{EXPIRES}={expires}"]
    kept = [pair for pair in _pairs(query) if _name(pair) != SIGNATURE] + limits
    mac = _mac(secret, _message(url_path, "&".join(kept)))
    return "&".join([*kept, f"{SIGNATURE}={kid}.{mac}"])


def imgix_sign(url_path: str, query: str, token: str) -> str:
    """Return *query* with imgix's signature, made with a source's *token*."""
    mac = _imgix_mac(token, url_path, query)
    return f"{query}&{IMGIX_SIGNATURE}={mac}" if query else f"{IMGIX_SIGNATURE}={mac}"


def verify(path: str, query: str, keys: Mapping[str, str], imgix_token: str | None = None) -> bool:
    """Return whether a URL is signed. A wrong signature is an error.

    *keys* are all active secrets by name: add a new key before URLs use it, and remove an old one
    when no URL uses it. imgix's `s` counts if there is an *imgix_token*, and no `sig`.

    Raises:
        Forbidden: the signature does not belong to this URL, or its key is unknown.

    """
    signature = _find_last(query, SIGNATURE)
    if signature is not None:
        kid, _, mac = signature.partition(".")
        if kid not in keys or not _is_equal(_mac(keys[kid], _message(path, query)), mac):
            raise _refusal(SIGNATURE)
        return True
    signature = None if imgix_token is None else _find_last(query, IMGIX_SIGNATURE)
    if imgix_token is None or signature is None:
        return False
    if not _is_equal(_imgix_mac(imgix_token, path, query), signature):
        raise _refusal(IMGIX_SIGNATURE)
    return True


def refuse_expired(access: Access, now: float) -> None:
    """Refuse a URL that has expired; *now* is in Unix seconds.

    Raises:
        Expired: *now* is later than `expires`, whether or not the URL is signed.

    """
    if access.expires is not None and access.expires < now:
        raise Expired(PAST, param=EXPIRES)


def _refusal(name: str) -> Forbidden:
    return Forbidden(WRONG_SIGNATURE, param=name)


def _pairs(query: str) -> list[str]:
    return [pair for pair in query.split("&") if pair]


def _name(pair: str) -> str:
    return pair.partition("=")[0]


def _find_last(query: str, name: str) -> str | None:
    values = [pair.partition("=")[2] for pair in _pairs(query) if _name(pair) == name]
    return values[-1] if values else None


def _message(path: str, query: str) -> str:
    parts = (pair.partition("=") for pair in _pairs(query) if _name(pair) != SIGNATURE)
    kept = ((name, value) for name, _, value in parts if name or value)
    ordered = sorted(kept, key=itemgetter(0))
    return f"{path}?" + "&".join(f"{name}={value}" for name, value in ordered)


def _mac(secret: str, message: str) -> str:
    digest = hmac.digest(secret.encode(), message.encode(), "sha256")
    return urlsafe_b64encode(digest).rstrip(b"=").decode()


def _imgix_mac(token: str, path: str, query: str) -> str:
    kept = "&".join(pair for pair in query.split("&") if _name(pair) != IMGIX_SIGNATURE)
    signed = f"{token}{path}?{kept}" if kept else f"{token}{path}"
    return hashlib.md5(signed.encode(), usedforsecurity=False).hexdigest()


def _is_equal(expected: str, given: str) -> bool:
    """Whether two texts are equal, in a time that does not depend on where they differ."""
    return hmac.compare_digest(expected.encode(), given.encode())
