"""Reads all spellings of a URL, and writes the canonical one.

    url        = "/" key [ "?" query ]                     ; raw
               / "/" key "/" segment [ "?" query ]         ; canonical: no transform in the query
    query      = pair *( "&" pair )
    pair       = name "=" value / name "64=" base64url
    segment    = name "=" text *( "," name "=" text )      ; sorted, with "r=" RECIPE among them

The key of a raw path is percent-encoded. The key of a canonical path is written by `encode_key`,
without any `%`.

This module names no parameter: all come from the table.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple, NewType
from urllib.parse import quote, unquote_to_bytes

from origin_lambda import RECIPE
from origin_lambda.errors import BadKey, BadValue
from origin_lambda.url.keys import LONGEST_KEY, is_valid_key
from origin_lambda.url.kinds import Text, from_base64url
from origin_lambda.url.transform import TABLE, Access, Param, Row, Transform

OriginalKey = NewType("OriginalKey", str)
DerivativeKey = NewType("DerivativeKey", str)

RECIPE_NAME: Final = "r"
NOT_UTF8: Final = "the path is not percent-encoded UTF-8"
NO_KEY: Final = "the path must name an original, without '.' or '..' segments"
LONG_KEY: Final = f"the path must name an original in at most {LONGEST_KEY} bytes"

_BASE64: Final = "64"
_PAIR: Final = r"[a-z0-9-]+=[A-Za-z0-9._-]*"
_SEGMENT: Final = re.compile(rf"(?=(?:.*,)?{RECIPE_NAME}=[0-9]+(?:,|$)){_PAIR}(?:,{_PAIR})*")
_BAD_ESCAPE: Final = re.compile(r"%(?![0-9A-Fa-f]{2})")
_ESCAPED_SLASH: Final = re.compile(r"^/|/(?=/|$)")


@dataclass(frozen=True, slots=True)
class ParsedUrl:
    """The meaning of a URL: the original, its transform, and the conditions of access."""

    key: OriginalKey
    transform: Transform
    access: Access
    is_canonical: bool = False


def parse(path: str, query: str) -> ParsedUrl:
    """Parse a percent-encoded *path* and *query*, in the raw or the canonical spelling.

    Raises:
        BadKey: the path names no key.
        BadValue: a known parameter has a value that it does not accept.

    """
    name = _unescape_path(path.removeprefix("/"))
    sent = _find(split_query(query))
    stem, _, last = name.rpartition("/")
    is_canonical = stem and "%" not in stem and _SEGMENT.fullmatch(last)
    if is_canonical and not _has_transform(sent):
        segment = _find(split_query(last.replace(",", "&")))
        return ParsedUrl(
            _check_key(_unescape_path(stem.replace("=", "%"))),
            _read_transform(segment, canonical=True),
            _read_access(sent),
            is_canonical=True,
        )
    return ParsedUrl(_check_key(name), _read_transform(sent), _read_access(sent))


def _unescape_path(path: str) -> str:
    try:
        return unescape(path)
    except ValueError as error:
        raise BadKey(NOT_UTF8) from error


def _check_key(key: str) -> OriginalKey:
    if not is_valid_key(key):
        raise BadKey(NO_KEY)
    if len(key.encode()) > LONGEST_KEY:
        raise BadKey(LONG_KEY)
    return OriginalKey(key)


def unescape(text: str) -> str:
    """Decode the percent escapes of *text* as UTF-8.

    Raises:
        ValueError: an escape is malformed, or the bytes are not UTF-8.

    """
    if "%" not in text:
        return text
    if _BAD_ESCAPE.search(text):
        raise ValueError
    return unquote_to_bytes(text).decode()


def split_query(query: str) -> list[tuple[str, str]]:
    """Split a query string into decoded names, and values that are still percent-encoded.

    A name that cannot be decoded is returned as "".
    """
    sent = (pair.partition("=") for pair in query.split("&"))
    return [(_read_name(name), value) for name, _, value in sent]


def _read_name(text: str) -> str:
    try:
        return unescape(text.replace("+", " "))
    except ValueError:
        return ""


def find_row(name: str) -> Row | None:
    """Return the row with this name or alias, with or without `64` at its end; None if none."""
    return TABLE.spellings.get(name.removesuffix(_BASE64))


def _has_transform(found: Mapping[str, "_Sent"]) -> bool:
    """Whether any parameter belongs to a transform; a signature does not."""
    return any(sent.row.group in TABLE.groups for sent in found.values())


def _read_transform(found: Mapping[str, "_Sent"], *, canonical: bool = False) -> Transform:
    names = sorted(name for name in found if found[name].row.group in TABLE.groups)
    return TABLE.build({name: _read_value(found[name], canonical=canonical) for name in names})


def _read_access(found: Mapping[str, "_Sent"]) -> Access:
    rows = [row for row in TABLE.access_rows if row.name in found]
    return TABLE.access(
        **{row.field: _read_value(found[row.name], canonical=False) for row in rows}
    )


class _Sent(NamedTuple):
    """A parameter's value as it was sent; *is_encoded*: as base64url."""

    row: Row
    text: str
    is_encoded: bool


def _find(sent: list[tuple[str, str]]) -> dict[str, _Sent]:
    """Return the values by parameter; the last of several wins.

    A name without a value is ignored, except for kinds that accept an empty text. Python and the
    edge then read values in the order of the names, so that both refuse the same bad value.
    """
    found: dict[str, _Sent] = {}
    for name, text in sent:
        row = find_row(name)
        if row and (text or row.param.kind.accepts_empty):
            found[row.name] = _Sent(row, text, name not in TABLE.spellings)
    return found


def _read_value(sent: _Sent, *, canonical: bool) -> Any:
    param = sent.row.param
    try:
        if canonical:
            return param.kind.read(sent.text)
        plain = unescape(sent.text.replace("+", " "))
        return param.kind.parse(from_base64url(plain) if sent.is_encoded else plain)
    except ValueError as error:
        raise _bad_value(param, sent, canonical=canonical) from error


def _bad_value(param: Param, sent: _Sent, *, canonical: bool) -> BadValue:
    """Return the error for a bad value; it suggests an accepted value that is similar."""
    try:
        plain = sent.text if canonical else unescape(sent.text.replace("+", " "))
        hint = param.hint_for(from_base64url(plain) if sent.is_encoded else plain)
    except ValueError:
        hint = ""
    message = f"{param.name} accepts {param.kind.expected}"
    return BadValue(f"{message}; {hint}" if hint else message, param=param.name)


def canonical(transform: Transform) -> str:
    """Return the canonical form of a transform: a path segment, sorted by name.

    It leaves out defaults, and parameters that have no effect.
    """
    pairs = [(RECIPE_NAME, str(RECIPE)), *format_pairs(TABLE.drop_ineffective(transform))]
    return ",".join(f"{name}={text}" for name, text in sorted(pairs))


def format_query(transform: Transform) -> str:
    """Return a query string for a transform; `parse` is its inverse."""
    return "&".join(
        f"{row.name}{_BASE64 if isinstance(row.param.kind, Text) else ''}"
        f"={row.param.kind.format(value)}"
        for row, value in sorted(TABLE.non_defaults(transform), key=lambda each: each[0].param.name)
    )


def format_pairs(transform: Transform) -> list[tuple[str, str]]:
    """Return the names and canonical texts of the parameters that are not the default."""
    return [
        (row.name, row.param.kind.format(value)) for row, value in TABLE.non_defaults(transform)
    ]


def parse_query(query: str) -> Transform:
    """Parse the transform of a query string.

    Raises:
        BadValue: a known parameter has a value that it does not accept.

    """
    return _read_transform(_find(split_query(query)))


def parse_segment(segment: str) -> Transform | None:
    """Parse a canonical segment; None if it has another recipe, or a value that is not accepted."""
    named = split_query(segment.replace(",", "&"))
    if not _SEGMENT.fullmatch(segment) or (RECIPE_NAME, str(RECIPE)) not in named:
        return None
    try:
        return _read_transform(_find(named), canonical=True)
    except BadValue:
        return None


def derivative_key(key: OriginalKey, transform: Transform) -> DerivativeKey:
    """Return the S3 key of a derivative: its canonical path without the first slash."""
    return DerivativeKey(f"{derivatives_prefix(key)}{canonical(transform)}")


def canonical_path(key: OriginalKey, transform: Transform) -> str:
    """Return the canonical URL path of a derivative."""
    return f"/{derivative_key(key, transform)}"


def derivatives_prefix(key: str) -> str:
    """Return the prefix of the S3 keys of all derivatives of an original.

    No derivative of another original has this prefix and no further slash.
    """
    return f"{encode_key(key)}/"


def encode_key(key: str) -> str:
    """Return a key as the canonical path has it: letters, digits, `-_./` and `=`, and never `%`.

    Every other byte of UTF-8 is `=` and two hexadecimal digits in upper case. So is a slash at the
    beginning, at the end or before a slash. Different keys give different texts. Signatures over
    percent-encoded paths differ between CloudFront and function URLs (docs/decisions/0055).
    """
    escaped = quote(key, safe="/").replace("~", "%7E")
    return _ESCAPED_SLASH.sub("%2F", escaped).replace("%", "=")


def escape(key: str) -> str:
    """Percent-encode a key for a raw path: everything except letters, digits and `-._~/`."""
    return quote(key, safe="/")
