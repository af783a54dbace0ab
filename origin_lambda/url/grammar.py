"""Reads any spelling of a URL, and writes the canonical one.

    url        = "/" key [ "?" query ]                     ; raw
               / "/" key "/" segment [ "?" query ]         ; canonical: the query asks for nothing
    query      = pair *( "&" pair )
    pair       = name "=" value / name "64=" base64url
    segment    = name "=" text *( "," name "=" text )      ; sorted, with "r=" RECIPE among them

No parameter is known here by name; all come from the table.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, NewType
from urllib.parse import quote, unquote_to_bytes

from origin_lambda import RECIPE
from origin_lambda.errors import BadKey, BadValue
from origin_lambda.url.kinds import Text, from_base64url
from origin_lambda.url.transform import TABLE, Access, Param, Row, Transform

OriginalKey = NewType("OriginalKey", str)
DerivativeKey = NewType("DerivativeKey", str)

LONGEST_KEY: Final = 1024
"""Bytes of UTF-8 that S3 allows a key to have."""

RECIPE_NAME: Final = "r"
_BASE64: Final = "64"
_PAIR: Final = r"[a-z0-9-]+=[A-Za-z0-9._-]*"
_SEGMENT: Final = re.compile(rf"(?=(?:.*,)?{RECIPE_NAME}=[0-9]+(?:,|$)){_PAIR}(?:,{_PAIR})*")
_BAD_ESCAPE: Final = re.compile(r"%(?![0-9A-Fa-f]{2})")
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Asked:
    """What one URL asks for: which original, made into what, and under which conditions."""

    key: OriginalKey
    transform: Transform
    access: Access
    is_canonical: bool = False


def parse(path: str, query: str) -> Asked:
    """Return what a percent-encoded *path* and *query* ask for, in either spelling.

    Raises:
        BadKey: the path names no key.
        BadValue: a known parameter has a value that it does not accept.

    """
    key = _key(path)
    sent = pairs(query)
    stem, _, last = key.rpartition("/")
    if stem and _SEGMENT.fullmatch(last) and not _asks_for_something(sent):
        segment = pairs(last.replace(",", "&"))
        return Asked(
            _original(stem),
            _read_transform(segment, canonical=True),
            _read_access(sent),
            is_canonical=True,
        )
    return Asked(_original(key), _read_transform(sent), _read_access(sent))


def is_nameable(key: str) -> bool:
    """Whether a URL can name this key: browsers resolve '.' and '..', and drop some controls."""
    return bool(key) and not _CONTROL.search(key) and not {".", ".."} & set(key.split("/"))


def _key(path: str) -> str:
    try:
        key = unescape(path.removeprefix("/"))
    except ValueError as error:
        message = "the path is not percent-encoded UTF-8"
        raise BadKey(message) from error
    if not is_nameable(key):
        message = "the path must name an original, without '.' or '..' segments"
        raise BadKey(message)
    return key


def _original(key: str) -> OriginalKey:
    if len(key.encode()) > LONGEST_KEY:
        message = f"the path must name an original in at most {LONGEST_KEY} bytes"
        raise BadKey(message)
    return OriginalKey(key)


def unescape(text: str) -> str:
    """Return *text* with its percent escapes decoded as UTF-8.

    Raises:
        ValueError: an escape is malformed, or the bytes are not UTF-8.

    """
    if _BAD_ESCAPE.search(text):
        raise ValueError
    return unquote_to_bytes(text).decode()


def pairs(query: str) -> list[tuple[str, str]]:
    """Return the names of a query string, and their values still escaped, as they were sent.

    An odd name is nobody's: it comes back empty.
    """
    sent = (pair.partition("=") for pair in query.split("&"))
    return [(_name(name), value) for name, _, value in sent]


def _name(text: str) -> str:
    try:
        return unescape(text.replace("+", " "))
    except ValueError:
        return ""


def spelling(name: str) -> Row | None:
    """Return the row that a name, an alias, or either with `64` behind it, stands for."""
    return TABLE.spellings.get(name.removesuffix(_BASE64))


def _asks_for_something(sent: list[tuple[str, str]]) -> bool:
    """Whether any name is a transform's; a signature or a tracker's `fbclid` is none."""
    rows = (spelling(name) for name, _ in sent)
    return any(row.group in TABLE.groups for row in rows if row)


def _read_transform(sent: list[tuple[str, str]], *, canonical: bool = False) -> Transform:
    values = _values(TABLE.rows, sent, canonical=canonical)
    return TABLE.build({row.param.name: value for row, value in values})


def _read_access(sent: list[tuple[str, str]]) -> Access:
    return TABLE.access(**{row.field: value for row, value in _values(TABLE.access_rows, sent)})


def _values(
    rows: list[Row], sent: list[tuple[str, str]], *, canonical: bool = False
) -> Iterator[tuple[Row, Any]]:
    """Yield the values of *rows* in table order; the last of several names for one row wins."""
    found: dict[str, tuple[str, bool]] = {}
    for name, text in sent:
        row = spelling(name)
        if row:
            found[row.param.name] = text, name not in TABLE.spellings
    for row in rows:
        if row.param.name in found:
            yield row, _value(row.param, *found[row.param.name], canonical=canonical)


def _value(param: Param, text: str, encoded: bool, *, canonical: bool) -> Any:
    try:
        if canonical:
            return param.kind.read(text)
        plain = unescape(text.replace("+", " "))
        return param.kind.parse(from_base64url(plain) if encoded else plain)
    except ValueError as error:
        message = f"{param.name} accepts {param.kind.expected}"
        raise BadValue(message, param=param.name) from error


def canonical(transform: Transform) -> str:
    """Return the one spelling of a transform: a path segment, sorted, defaults left out."""
    pairs = [(RECIPE_NAME, str(RECIPE)), *spelled(transform)]
    return ",".join(f"{name}={text}" for name, text in sorted(pairs))


def raw_query(transform: Transform) -> str:
    """Return a query string that asks for a transform; `parse` of it gives the same."""
    return "&".join(
        f"{row.param.name}{_BASE64 if isinstance(row.param.kind, Text) else ''}"
        f"={row.param.kind.format(value)}"
        for row, value in sorted(TABLE.given(transform), key=lambda each: each[0].param.name)
    )


def spelled(transform: Transform) -> list[tuple[str, str]]:
    """Return what a transform asks for beside the defaults: names, and canonical texts."""
    return [(row.param.name, row.param.kind.format(value)) for row, value in TABLE.given(transform)]


def derivative_key(key: OriginalKey, transform: Transform) -> DerivativeKey:
    """Return the S3 key of a derivative: every derivative of `KEY` begins with `KEY/`."""
    return DerivativeKey(f"{key}/{canonical(transform)}")


def canonical_path(key: OriginalKey, transform: Transform) -> str:
    """Return the canonical URL path of a derivative, percent-encoded the one way."""
    return f"/{escape(key)}/{canonical(transform)}"


def escape(key: str) -> str:
    """Return a key percent-encoded the one way: all but letters, digits and `-._~/`."""
    return quote(key, safe="/")
