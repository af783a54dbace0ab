"""Reads any spelling of a URL, and writes the canonical one.

    url        = "/" key [ "?" query ]                     ; raw
               / "/" key "/" segment [ "?" query ]         ; canonical: the query asks for nothing
    query      = pair *( "&" pair )
    pair       = name "=" value / name "64=" base64url
    segment    = name "=" text *( "," name "=" text )      ; sorted, with "r=" RECIPE among them

No parameter is known here by name; all come from the table.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple, NewType
from urllib.parse import quote, unquote_to_bytes

from origin_lambda import RECIPE
from origin_lambda.errors import BadKey, BadValue
from origin_lambda.url.keys import LONGEST_KEY, is_nameable
from origin_lambda.url.kinds import Key, Text, from_base64url
from origin_lambda.url.transform import TABLE, Access, Param, Row, Transform

OriginalKey = NewType("OriginalKey", str)
DerivativeKey = NewType("DerivativeKey", str)

RECIPE_NAME: Final = "r"
_BASE64: Final = "64"
_PAIR: Final = r"[a-z0-9-]+=[A-Za-z0-9._-]*"
_SEGMENT: Final = re.compile(rf"(?=(?:.*,)?{RECIPE_NAME}=[0-9]+(?:,|$)){_PAIR}(?:,{_PAIR})*")
_BAD_ESCAPE: Final = re.compile(r"%(?![0-9A-Fa-f]{2})")


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
    sent = _find(pairs(query))
    stem, _, last = key.rpartition("/")
    if stem and _SEGMENT.fullmatch(last) and not _asks_for_something(sent):
        segment = _find(pairs(last.replace(",", "&")))
        return Asked(
            _original(stem),
            _read_transform(segment, canonical=True),
            _read_access(sent),
            is_canonical=True,
        )
    return Asked(_original(key), _read_transform(sent), _read_access(sent))


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
    if "%" not in text:
        return text
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


def _asks_for_something(found: Mapping[str, "_Sent"]) -> bool:
    """Whether any parameter is a transform's; a signature or a tracker's `fbclid` is none."""
    return any(sent.row.group in TABLE.groups for sent in found.values())


def _read_transform(found: Mapping[str, "_Sent"], *, canonical: bool = False) -> Transform:
    names = sorted(name for name in found if found[name].row.group in TABLE.groups)
    return TABLE.build({name: _value(found[name], canonical=canonical) for name in names})


def _read_access(found: Mapping[str, "_Sent"]) -> Access:
    rows = [row for row in TABLE.access_rows if row.name in found]
    return TABLE.access(**{row.field: _value(found[row.name], canonical=False) for row in rows})


class _Sent(NamedTuple):
    """A value as it was sent, and whether its name said base64url."""

    row: Row
    text: str
    is_encoded: bool


def _find(sent: list[tuple[str, str]]) -> dict[str, _Sent]:
    """Return what was sent for each parameter, by its name; the last of several wins.

    A name without a value counts as not given, but for free text.

    Values are then read in the order of the names, here and at the edge, so that both refuse the
    same one where several are bad.
    """
    found: dict[str, _Sent] = {}
    for name, text in sent:
        row = spelling(name)
        if row and (text or row.param.kind.accepts_empty):
            found[row.name] = _Sent(row, text, name not in TABLE.spellings)
    return found


def _value(sent: _Sent, *, canonical: bool) -> Any:
    param = sent.row.param
    try:
        if canonical:
            return param.kind.read(sent.text)
        plain = unescape(sent.text.replace("+", " "))
        return param.kind.parse(from_base64url(plain) if sent.is_encoded else plain)
    except ValueError as error:
        raise _bad_value(param, sent, canonical=canonical) from error


def _bad_value(param: Param, sent: _Sent, *, canonical: bool) -> BadValue:
    """Return the error for a value that is not accepted; it suggests one that comes close."""
    try:
        plain = sent.text if canonical else unescape(sent.text.replace("+", " "))
        hint = param.hint_for(from_base64url(plain) if sent.is_encoded else plain)
    except ValueError:
        hint = ""
    message = f"{param.name} accepts {param.kind.expected}"
    return BadValue(f"{message}; {hint}" if hint else message, param=param.name)


def canonical(transform: Transform) -> str:
    """Return the one spelling of a transform: a path segment, sorted.

    Defaults, and what has no effect, are left out.
    """
    pairs = [(RECIPE_NAME, str(RECIPE)), *spelled(TABLE.drop_ineffective(transform))]
    return ",".join(f"{name}={text}" for name, text in sorted(pairs))


def raw_query(transform: Transform) -> str:
    """Return a query string that asks for a transform; `parse` of it gives the same."""
    return "&".join(
        f"{row.name}{_BASE64 if isinstance(row.param.kind, Text) else ''}"
        f"={row.param.kind.format(value)}"
        for row, value in sorted(TABLE.given(transform), key=lambda each: each[0].param.name)
    )


def spelled(transform: Transform) -> list[tuple[str, str]]:
    """Return what a transform asks for beside the defaults: names, and canonical texts."""
    return [(row.name, row.param.kind.format(value)) for row, value in TABLE.given(transform)]


def layer_keys(transform: Transform) -> tuple[OriginalKey, ...]:
    """Return the originals that a transform names beside the one in the path: its layers."""
    return tuple(layer_params(transform))


def layer_params(transform: Transform) -> dict[OriginalKey, str]:
    """Return the parameter that names each layer, in table order; the first one of several."""
    found: dict[OriginalKey, str] = {}
    for row, value in TABLE.given(transform):
        if isinstance(row.param.kind, Key):
            found.setdefault(OriginalKey(value), row.name)
    return found


def may_use(segment: str, layer: str) -> bool:
    """Whether the derivative of a canonical segment may use a layer.

    True of a segment of another recipe, and of one that cannot be read: it may name any.
    """
    layers = read_layers(segment)
    return layers is None or layer in layers


def read_layers(segment: str) -> tuple[OriginalKey, ...] | None:
    """Return the layers that a canonical segment names; None if it is not of this recipe."""
    named = pairs(segment.replace(",", "&"))
    if not _SEGMENT.fullmatch(segment) or (RECIPE_NAME, str(RECIPE)) not in named:
        return None
    try:
        return layer_keys(_read_transform(_find(named), canonical=True))
    except BadValue:
        return None


def derivative_key(key: OriginalKey, transform: Transform) -> DerivativeKey:
    """Return the S3 key of a derivative: every derivative of `KEY` begins with `KEY/`."""
    return DerivativeKey(f"{key}/{canonical(transform)}")


def canonical_path(key: OriginalKey, transform: Transform) -> str:
    """Return the canonical URL path of a derivative, percent-encoded the one way."""
    return f"/{escape(key)}/{canonical(transform)}"


def escape(key: str) -> str:
    """Return a key percent-encoded the one way: all but letters, digits and `-._~/`."""
    return quote(key, safe="/")
