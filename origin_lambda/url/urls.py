"""Builds, signs and inspects URLs, for applications and the command line."""

import time
from collections.abc import Iterator, Sequence
from typing import Any, Final
from urllib.parse import SplitResult, quote, urlsplit, urlunsplit

from origin_lambda.errors import CalotypeError
from origin_lambda.url.admission import PRESET, Policy, admit_uri, expand_preset
from origin_lambda.url.grammar import (
    OriginalKey,
    canonical_path,
    derivative_key,
    escape,
    format_pairs,
    parse,
)
from origin_lambda.url.ignored import find_ignored
from origin_lambda.url.negotiate import negotiate
from origin_lambda.url.signature import sign, verify
from origin_lambda.url.transform import TABLE

Value = str | int | float | bool | Sequence[str | int | float]

_UNESCAPED: Final = "/%:@!$&()*+,;=~-._"
"""Characters that no browser or client escapes (WHATWG URL, "percent-encoded bytes")."""


def build_url(base: str, key: str, **params: Value) -> str:
    """Return the URL of a derivative, in the raw spelling.

    *base* is a scheme and host, *key* is the original's key in S3. Write `_` for a parameter's `-`
    (`fp_x=0.5`), a list for values with commas, and a float for a fraction (`w=0.5`, or `w=1.0` for
    the whole side).

    Raises:
        BadKey: no URL can contain *key*.
        BadValue: a parameter does not accept its value.
        ValueError: a parameter does not exist.

    """
    by_name = {name.replace("_", "-"): value for name, value in params.items()}
    for name in by_name:
        if name not in TABLE.spellings and name != PRESET:
            message = f"{name} is no parameter"
            raise ValueError(message)
    path = f"/{escape(key)}"
    query = "&".join(f"{name}={quote(_text(value), safe=',:')}" for name, value in by_name.items())
    parse(path, query)
    return base.rstrip("/") + path + (f"?{query}" if query else "")


def canonical_url(url: str, accept: str = "") -> str:
    """Return the canonical spelling of a URL, negotiated for an `Accept` header.

    Raises:
        BadKey: the path names no key.
        BadValue: a parameter does not accept its value.

    """
    parts = _escape_url(url)
    parsed = parse(parts.path, parts.query)
    transform = negotiate(TABLE.drop_ineffective(parsed.transform), accept)
    path = canonical_path(parsed.key, transform)
    return urlunsplit(parts._replace(path=path, query=""))


def sign_url(url: str, kid: str, secret: str, expires: int | None = None) -> str:
    """Return a URL with a signature by the key *kid*, valid until *expires* (Unix seconds).

    Characters that a browser escapes are escaped before signing, or the signature would be wrong.

    Raises:
        ValueError: *kid* is not 1 to 64 letters, digits, `-` or `_`.

    """
    parts = _escape_url(url)
    query = sign(parts.path, parts.query, kid, secret, expires)
    return urlunsplit(parts._replace(query=query))


def inspect_url(
    url: str, accept: str = "", policy: Policy | None = None, now: float | None = None
) -> dict[str, Any]:
    """Return the result of each stage for a URL, up to the stage that refuses it.

    `path` and `query` as sent; whether it is `signed`; the original's `key`; `asked`: the texts by
    canonical name, as in the URL; the names that are `ignored`; `expires`; `uri`: the edge's cache
    key; the `derivative`'s S3 key. `refusal`: status, code, message and, if there is one, param.
    """
    parts = _escape_url(url)
    report: dict[str, Any] = {}
    try:
        for stage, fact in _inspect(
            parts, accept, policy or Policy(), time.time() if now is None else now
        ):
            report[stage] = fact  # noqa: PERF403 reason: results before a refusal are kept
    except CalotypeError as error:
        refusal = {"status": error.status, "code": error.code, "message": error.message}
        report["refusal"] = refusal | ({"param": error.param} if error.param else {})
    return report


def _inspect(
    parts: SplitResult, accept: str, policy: Policy, now: float
) -> Iterator[tuple[str, Any]]:
    path, query = parts.path, parts.query
    yield "path", path
    yield "query", query
    yield "signed", verify(path, query, policy.keys, policy.imgix_token)
    parsed = parse(path, expand_preset(query, policy.presets))
    yield "key", parsed.key
    yield "asked", dict(sorted(format_pairs(parsed.transform)))
    yield "ignored", list(find_ignored(query))
    yield "expires", parsed.access.expires
    uri = admit_uri(path, query, {"accept": accept}, policy, now)
    yield "uri", uri
    settled = parse(uri, "")
    yield "derivative", derivative_key(OriginalKey(settled.key), settled.transform)


def _escape_url(url: str) -> SplitResult:
    parts = urlsplit(url)
    path = quote(parts.path or "/", safe=_UNESCAPED)
    return parts._replace(path=path, query=quote(parts.query, safe=_UNESCAPED + "?"), fragment="")


def _text(value: Value) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int):
        return str(value)
    if isinstance(value, float):
        plain = f"{value:.9f}".rstrip("0")
        return f"{plain}0" if plain.endswith(".") else plain
    return ",".join(map(_text, value))
