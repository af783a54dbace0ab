"""The data of the edge's function, read from the origin's own declarations."""

import json
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
from origin_lambda.url.transform import MAX_SIDE, TABLES, Param, Table, Transform
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
    rows = [(owner, field, param) for owner in TABLES for field, param in TABLES[owner].items()]
    kinds: list[list[Any]] = []
    for _, _, param in rows:
        if param.kind.spec not in kinds:
            kinds.append(param.kind.spec)
    return {
        "recipe": str(RECIPE),
        "longest": LONGEST_URL,
        "pairs": MOST_PAIRS,
        "key": LONGEST_KEY,
        "side": MAX_SIDE,
        "access": len(TABLES[Transform]),
        "params": ",".join(
            "|".join([*_named(param), str(kinds.index(param.kind.spec)), *_default(*row)])
            for row in rows
            for param in row[2:]
        ),
        "kinds": kinds,
        "infos": " ".join(Info),
        "kept": {_name(asking): " ".join(map(_name, kept)) for asking, kept in KEPT.items()},
        "refusals": {kind.code: [kind.status, kind.max_age] for kind in _REFUSALS},
        "headers": {name: {"value": text} for name, text in _headers().items()},
    }


def lore() -> dict[str, str]:
    """Return what the function looks up when it needs it, by the key of its KeyValueStore."""
    params = [param for fields in TABLES.values() for param in fields.values()]
    colours = {f"colour:{name}": digits for name, digits in NAMED.items()}
    return colours | {f"expects:{param.name}": param.kind.expected for param in params}


def as_javascript() -> str:
    """Return the table as JavaScript: each of its parts a constant `table.NAME`."""
    return "".join(f"const table.{name} = {json.dumps(part)};\n" for name, part in table().items())


def _name(field: str) -> str:
    return TABLES[Transform][field].name


def _named(param: Param) -> list[str]:
    return [" ".join((param.name, *param.aliases))]


def _default(owner: Table, field: str, param: Param) -> list[str]:
    value = owner.__dataclass_fields__[field].default
    return [] if value is None else [param.kind.format(value)]


def _headers() -> dict[str, str]:
    headers = failure(CalotypeError("")).headers
    return {name: text for name, text in headers.items() if name != _CACHING}
