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
from origin_lambda.url.admission import LONGEST_URL, MOST_PAIRS
from origin_lambda.url.colours import NAMED
from origin_lambda.url.grammar import LONGEST_KEY
from origin_lambda.url.inquiry import KEPT
from origin_lambda.url.transform import MAX_SIDE, TABLE, Row
from origin_lambda.url.values import Info

_REFUSALS: Final = (BadKey, BadValue, Expired, Forbidden, Unavailable, UrlTooLong)
_CACHING: Final = "cache-control"


def table() -> dict[str, Any]:
    """Return what the function always needs to know.

    - `params`: rows `NAMES|KIND|DEFAULT` joined by commas and in table order. The first of NAMES
      is the canonical one, KIND an index, DEFAULT missing where nothing is the default. Rows from
      the index `access` on are no part of a canonical path.
    - `kinds`: what `Kind.spec` says of each.
    - `infos`: the words of `fm` that ask for information; `kept`: what such a URL keeps, by the
      name that asks.
    - `refusals`: code -> `[status, seconds it may be cached]`; `headers` are those of all.
    """
    rows = TABLE.all_rows
    kinds: list[list[Any]] = []
    for row in rows:
        if row.param.kind.spec not in kinds:
            kinds.append(row.param.kind.spec)
    return {
        "recipe": str(RECIPE),
        "longest": LONGEST_URL,
        "pairs": MOST_PAIRS,
        "key": LONGEST_KEY,
        "side": MAX_SIDE,
        "access": len(TABLE.rows),
        "params": ",".join(
            "|".join([" ".join(row.names), str(kinds.index(row.param.kind.spec)), *_default(row)])
            for row in rows
        ),
        "kinds": kinds,
        "infos": " ".join(Info),
        "kept": {asking: " ".join(kept) for asking, kept in KEPT.items()},
        "refusals": {kind.code: [kind.status, kind.max_age] for kind in _REFUSALS},
        "headers": {name: {"value": text} for name, text in _headers().items()},
    }


def lore() -> dict[str, str]:
    """Return what the function looks up when it needs it, by the key of its KeyValueStore."""
    params = [row.param for row in TABLE.all_rows]
    colours = {f"colour:{name}": digits for name, digits in NAMED.items()}
    return colours | {f"expects:{param.name}": param.kind.expected for param in params}


def as_javascript() -> str:
    """Return the table as JavaScript: each of its parts a constant `table.NAME`."""
    return "".join(f"const table.{name} = {_literal(part)};\n" for name, part in table().items())


def _default(row: Row) -> list[str]:
    return [] if row.default is None else [row.param.kind.format(row.default)]


def _headers() -> dict[str, str]:
    headers = failure(CalotypeError("")).headers
    return {name: text for name, text in headers.items() if name != _CACHING}


_BARE: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*|[1-9][0-9]{0,8}|0", re.ASCII)


def _literal(value: Any) -> str:
    if isinstance(value, dict):
        pairs = (f"{_property(key)}: {_literal(each)}" for key, each in value.items())
        return "{" + ", ".join(pairs) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_literal, value)) + "]"
    if isinstance(value, str):
        escaped = value.replace("\\", "\\\\").replace("'", "\\'")
        return f"'{escaped}'"
    return _number(value)


def _number(value: float) -> str:
    return str(value) if isinstance(value, int) else f"{value:g}"


def _property(key: str) -> str:
    return key if _BARE.fullmatch(key) else _literal(key)
