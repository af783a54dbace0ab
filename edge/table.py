"""The data of the edge function, read from the origin's declarations."""

import json
import re
from typing import Any, Final

from edge.refusals import UNAVAILABLE, build_refusals
from origin_lambda import RECIPE
from origin_lambda.url.admission import LONGEST_URL, MOST_PAIRS, PRESET, PRESET_EXPECTED
from origin_lambda.url.colours import NAMED
from origin_lambda.url.ignored import MAX_NAMES, NOT_PARAMETERS
from origin_lambda.url.keys import LONGEST_KEY
from origin_lambda.url.params.param import INFO
from origin_lambda.url.transform import MAX_SIDE, TABLE, Row, Table

_NONE: Final = "*"
"""Stands for "no default": no canonical text has this character."""

RARE_NAME: Final = re.compile(r"[a-z][a-z-]{0,39}", re.ASCII)
"""The names that the function looks up in its KeyValueStore; other names cost no read."""


def build_table(of: Table = TABLE) -> dict[str, Any]:
    """Return what every request to the function needs: common parameters, refusals and limits.

    - `params`: rows `NAMES:KIND:DEFAULT:NEEDS:FOLLOWS` joined by semicolons, of all groups that are
      not rare. The first of NAMES is the canonical one. KIND is an index. DEFAULT is `*` if there
      is none. NEEDS are indices joined by dots. FOLLOWS is `NAME=DEFAULT` of the parameter that it
      follows, or empty.
    - `kinds`: the `Kind.spec` of each kind; `needs`: clauses of conditions
      (`origin_lambda/url/needs.py`).
    - `info`: the formats that describe an original.
    - `access`: names that are not part of a canonical path; `never`: names that are not looked
      up in the store.
    - `names`: how many ignored names are listed at most.
    - `unavailable`: the refusal if the store cannot be read.
    """
    rows = [row for row in of.all_rows if not row.is_rare]
    kinds: list[list[Any]] = []
    needs: list[str] = []
    for row in rows:
        kinds.extend([row.param.kind.spec] if row.param.kind.spec not in kinds else [])
        needs.extend(each for each in row.needs if each not in needs)
    return {
        "recipe": str(RECIPE),
        "longest": LONGEST_URL,
        "pairs": MOST_PAIRS,
        "key": LONGEST_KEY,
        "side": MAX_SIDE,
        "info": INFO.replace(",", " "),
        "access": " ".join(row.name for row in of.access_rows),
        "never": " ".join(NOT_PARAMETERS),
        "params": ";".join(_format_row(row, of, kinds, needs) for row in rows),
        "kinds": kinds,
        "needs": needs,
        "names": MAX_NAMES,
        "unavailable": UNAVAILABLE,
    }


def _format_row(row: Row, of: Table, kinds: list[list[Any]], needs: list[str]) -> str:
    default = _NONE if row.default_text is None else row.default_text
    fields = [
        " ".join(row.names),
        str(kinds.index(row.param.kind.spec)),
        default,
        ".".join(str(needs.index(each)) for each in row.needs),
        _format_followed(row, of),
    ]
    return ":".join(fields).rstrip(":")


def _format_followed(row: Row, of: Table) -> str:
    """Return name and default of the parameter that this one follows; empty if it follows none."""
    followed = of.spellings.get(row.param.follows)
    return f"{followed.name}={followed.default_text}" if followed else ""


def build_store_entries(of: Table = TABLE) -> dict[str, str]:
    """Return the entries of the KeyValueStore that only some requests need, by key.

    `colour:NAME` has the colour's hex digits, `expects:NAME` says what a parameter accepts, and
    `hint:NAME:VALUE` suggests another value. `refusal:NAME` is an answer (edge/refusals.py).
    `param:NAME` is a rare parameter, under each of its names: `[NAME, KIND, DEFAULT, NEEDS,
    FOLLOWS]`.

    Raises:
        ValueError: the function would not look up the name of a rare parameter.

    """
    entries = {f"colour:{name}": digits for name, digits in NAMED.items()}
    entries |= build_refusals() | {f"expects:{PRESET}": PRESET_EXPECTED}
    for row in of.all_rows:
        entries[f"expects:{row.name}"] = row.param.kind.expected
        hints = row.param.all_hints.items()
        entries |= {f"hint:{row.name}:{text}": hint for text, hint in hints}
        if row.is_rare:
            entries |= dict.fromkeys(
                (f"param:{_check_rare_name(name)}" for name in row.names), _format_rare_row(row, of)
            )
    return entries


def _check_rare_name(name: str) -> str:
    if not RARE_NAME.fullmatch(name) or name in NOT_PARAMETERS:
        message = f"{name}: a rare parameter is named by 1 to 40 lower-case letters and hyphens"
        raise ValueError(message)
    return name


def _format_rare_row(row: Row, of: Table) -> str:
    default = _NONE if row.default_text is None else row.default_text
    fields = [row.name, row.param.kind.spec, default, row.needs, _format_followed(row, of)]
    return json.dumps(fields, separators=(",", ":"))


def format_javascript(of: Table = TABLE) -> str:
    """Return the table as JavaScript: one constant `table.NAME` for each part."""
    parts = build_table(of).items()
    return "".join(f"const table.{name} = {json.dumps(part)};\n" for name, part in parts)
