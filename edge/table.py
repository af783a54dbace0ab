"""The data of the edge's function, read from the origin's own declarations."""

import re
from typing import Any, Final

from origin_lambda import RECIPE
from origin_lambda.errors import (
    BadKey,
    BadValue,
    CalotypeError,
    Expired,
    Forbidden,
    Unavailable,
    UrlTooLong,
)
from origin_lambda.http import failure
from origin_lambda.url.admission import LONGEST_URL
from origin_lambda.url.colours import NAMED
from origin_lambda.url.transform import MAX_SIDE, TABLES, Param, Table, Transform

_REFUSALS: Final = (BadKey, BadValue, Expired, Forbidden, Unavailable, UrlTooLong)
_CACHING: Final = "cache-control"


def table() -> dict[str, Any]:
    """Return what the function needs to know, as JSON.

    - `params`: `[names, kind, default]` in table order, the names separated by spaces and the
      first one canonical, *kind* an index, *default* missing where nothing is the default;
      those from the index `access` on are no part of a canonical path.
    - `kinds`: `[what is accepted, kind, its arguments ...]`, as `Kind.expected` and `Kind.spec`.
    - `refusals`: code -> `[status, cache-control]`; `headers` are those of every refusal.
    - `colours`: names in lower case, each followed by its hex digits in upper case.
    """
    rows = [(owner, field, param) for owner in TABLES for field, param in TABLES[owner].items()]
    kinds: list[list[Any]] = []
    for _, _, param in rows:
        if _kind(param) not in kinds:
            kinds.append(_kind(param))
    return {
        "recipe": str(RECIPE),
        "longest": LONGEST_URL,
        "side": MAX_SIDE,
        "access": len(TABLES[Transform]),
        "params": [
            [" ".join((param.name, *param.aliases)), kinds.index(_kind(param))]
            + _default(owner, field, param)
            for owner, field, param in rows
        ],
        "kinds": kinds,
        "refusals": {kind.code: _refusal(kind) for kind in _REFUSALS},
        "headers": {
            name: {"value": text} for name, text in _headers(BadKey).items() if name != _CACHING
        },
        "colours": "".join(f"{name}{digits.upper()}" for name, digits in NAMED.items()),
    }


def _kind(param: Param) -> list[Any]:
    return [param.kind.expected, *param.kind.spec]


def _default(owner: Table, field: str, param: Param) -> list[str]:
    value = owner.__dataclass_fields__[field].default
    return [] if value is None else [param.kind.format(value)]


def _headers(kind: type[CalotypeError]) -> dict[str, str]:
    return dict(failure(kind("")).headers)


def _refusal(kind: type[CalotypeError]) -> list[Any]:
    return [kind.status, _headers(kind)[_CACHING]]


def as_javascript() -> str:
    """Return the table as JavaScript: each of its parts a constant `table.NAME`."""
    return "".join(f"const table.{name} = {_literal(part)};\n" for name, part in table().items())


_BARE: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*|[1-9][0-9]{0,8}|0", re.ASCII)


def _literal(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ",".join(f"{_name(key)}:{_literal(each)}" for key, each in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ",".join(map(_literal, value)) + "]"
    if isinstance(value, str):
        escaped = value.replace("\\", "\\\\").replace("'", "\\'")
        return f"'{escaped}'"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _name(key: str) -> str:
    return key if _BARE.fullmatch(key) else _literal(key)
