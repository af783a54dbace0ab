"""Makes URLs and tells what becomes of them: for applications, and for the command line."""

import time
from collections.abc import Iterator, Sequence
from typing import Any, Final
from urllib.parse import SplitResult, quote, urlsplit, urlunsplit

from origin_lambda.errors import CalotypeError
from origin_lambda.url.admission import PRESET, Policy, admit, with_preset
from origin_lambda.url.grammar import (
    OriginalKey,
    canonical_path,
    derivative_key,
    escape,
    pairs,
    parse,
    spelled,
    spelling,
)
from origin_lambda.url.negotiate import negotiated
from origin_lambda.url.signature import IMGIX_SIGNATURE, SIGNATURE, sign, verify
from origin_lambda.url.transform import TABLE

Value = str | int | float | bool | Sequence[str | int | float]

_AS_IT_IS: Final = "/%:@!$&()*+,;=~-._"
"""What every browser and client sends as it stands (WHATWG URL, "percent-encoded bytes")."""
_BESIDE: Final = frozenset({SIGNATURE, IMGIX_SIGNATURE, PRESET})


def build_url(base: str, key: str, **params: Value) -> str:
    """Return the URL of a derivative, in the raw spelling.

    *base* is a scheme and host, *key* an original's key as S3 has it. A parameter's `-` is
    written `_` (`fp_x=0.5`), lists are joined by commas, fractions are floats (`w=0.5`, and
    `w=1.0` for the whole side).

    Raises:
        BadKey: no URL can name *key*.
        BadValue: a parameter does not accept its value.
        ValueError: a parameter does not exist.

    """
    named = {name.replace("_", "-"): value for name, value in params.items()}
    for name in named:
        if name not in TABLE.spellings and name != PRESET:
            message = f"{name} is no parameter"
            raise ValueError(message)
    path = f"/{escape(key)}"
    query = "&".join(f"{name}={quote(_text(value), safe=',:')}" for name, value in named.items())
    parse(path, query)
    return base.rstrip("/") + path + (f"?{query}" if query else "")


def canonical_url(url: str, accept: str = "") -> str:
    """Return the canonical spelling of a URL, negotiated for an `Accept` header.

    Raises:
        BadKey: the path names no key.
        BadValue: a parameter does not accept its value.

    """
    parts = _as_sent(url)
    asked = parse(parts.path, parts.query)
    transform = negotiated(TABLE.drop_ineffective(asked.transform), accept)
    path = canonical_path(asked.key, transform)
    return urlunsplit(parts._replace(path=path, query=""))


def sign_url(url: str, kid: str, secret: str, expires: int | None = None) -> str:
    """Return a URL with a signature by the key *kid*, valid until *expires* (Unix seconds).

    What a browser would escape on sending it is escaped already, or the signature would not fit.

    Raises:
        ValueError: *kid* is not 1 to 64 letters, digits, `-` or `_`.

    """
    parts = _as_sent(url)
    query = sign(parts.path, parts.query, kid, secret, expires)
    return urlunsplit(parts._replace(query=query))


def inspect_url(
    url: str, accept: str = "", policy: Policy | None = None, now: float | None = None
) -> dict[str, Any]:
    """Return what each stage makes of a URL, up to the one that refuses it.

    `path` and `query` as sent; whether it is `signed`; the original's `key`; `asked`: canonical
    name -> text, before anything is settled; names that are `ignored`; `expires`; the `uri` that
    the edge asks its cache for; the `derivative`'s S3 key. Or `refusal`: status, code, message
    and, where one is to blame, param.
    """
    parts = _as_sent(url)
    told: dict[str, Any] = {}
    try:
        for stage, fact in _stages(parts, accept, policy or Policy(), now or time.time()):
            told[stage] = fact  # noqa: PERF403 reason: what was told before a refusal stays
    except CalotypeError as error:
        refusal = {"status": error.status, "code": error.code, "message": error.message}
        told["refusal"] = refusal | ({"param": error.param} if error.param else {})
    return told


def _stages(
    parts: SplitResult, accept: str, policy: Policy, now: float
) -> Iterator[tuple[str, Any]]:
    path, query = parts.path, parts.query
    yield "path", path
    yield "query", query
    yield "signed", verify(path, query, policy.keys, policy.imgix_token)
    asked = parse(path, with_preset(query, policy.presets))
    yield "key", asked.key
    yield "asked", dict(sorted(spelled(asked.transform)))
    yield "ignored", sorted(name for name, _ in pairs(query) if _is_ignored(name))
    yield "expires", asked.access.expires
    uri = admit(path, query, {"accept": accept}, policy, now)
    yield "uri", uri
    settled = parse(uri, "")
    yield "derivative", derivative_key(OriginalKey(settled.key), settled.transform)


def _is_ignored(name: str) -> bool:
    return bool(name) and spelling(name) is None and name not in _BESIDE


def _as_sent(url: str) -> SplitResult:
    parts = urlsplit(url)
    path = quote(parts.path or "/", safe=_AS_IT_IS)
    return parts._replace(path=path, query=quote(parts.query, safe=_AS_IT_IS + "?"), fragment="")


def _text(value: Value) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int):
        return str(value)
    if isinstance(value, float):
        plain = f"{value:.9f}".rstrip("0")
        return f"{plain}0" if plain.endswith(".") else plain
    return ",".join(map(_text, value))
