"""Describe the parameter table for the playground, which builds a control for each parameter.

A kind that is not known here becomes a text field, so a new parameter needs no change.
"""

from typing import Any, Final

from origin_lambda.url import kinds
from origin_lambda.url.kinds import Kind
from origin_lambda.url.params.param import INFO, Group
from origin_lambda.url.transform import TABLE, Row

_DEGREES: Final = 180
_ORIENTATIONS: Final = (*map(str, range(1, 9)), "90", "180", "270")


def describe_table() -> dict[str, Any]:
    """Return every group with its parameters, in the order of the URL reference, for JSON.

    `information` has the values of `fm` that answer with text instead of a picture.
    """
    groups = (*TABLE.groups.items(), ("access", TABLE.access()))
    return {
        "information": INFO.split(","),
        "groups": [_describe_group(name, group) for name, group in groups],
    }


def _describe_group(name: str, group: Group) -> dict[str, Any]:
    rows = [row for row in TABLE.all_rows if row.group == name]
    return {
        "name": name,
        "title": group.title,
        "text": (group.__doc__ or "").partition("\n")[0],
        "parameters": [_describe_parameter(row) for row in rows],
    }


def _describe_parameter(row: Row) -> dict[str, Any]:
    return {
        "name": row.name,
        "label": row.field.replace("_", " "),
        "aliases": list(row.param.aliases),
        "text": row.param.text,
        "expected": row.param.kind.expected,
        "default": _format_default(row),
        "needs": list(row.needs),
        "control": describe_kind(row.param.kind),
    }


def describe_kind(kind: Kind) -> dict[str, Any]:
    """Return the control for a kind of value: its `type`, and the bounds or words that it has."""
    match kind:
        case kinds.Whole(low, high):
            return _range(low, high, 1)
        case kinds.Decimal(low, high, places):
            return _range(low, high, round(0.1**places, places))
        case kinds.Angle():
            return _range(-_DEGREES, _DEGREES, 0.1)
        case kinds.Side(low, high):
            return {"type": "side", "low": low, "high": high, "step": 1}
        case kinds.Quality(number):
            words = str(kind.spec[1]).split()
            return _range(number.low, number.high, 1) | {"words": words}
        case kinds.Flag():
            return {"type": "flag"}
        case kinds.Orientation():
            return {"type": "choice", "words": list(_ORIENTATIONS)}
        case kinds.OneOf():
            return {"type": "choice", "words": list(kind.words)}
        case kinds.SetOf(choices):
            return {"type": "words", "words": list(map(str, choices))}
        case kinds.ColourCode():
            return {"type": "colour"}
        case kinds.ListOf(items, repeats=repeats):
            return {"type": "list", "items": list(map(describe_kind, items)), "repeats": repeats}
        case kinds.Region():
            return {"type": "region"}
        case kinds.Ratio():
            return {"type": "ratio"}
        case kinds.Key():
            return {"type": "key"}
        case _:
            return {"type": "text"}


def _range(low: float, high: float, step: float) -> dict[str, Any]:
    return {"type": "range", "low": low, "high": high, "step": step}


def _format_default(row: Row) -> str | None:
    """Return the default as one writes it in a query; None if there is none."""
    kind = row.param.kind
    if row.default is None or isinstance(kind, kinds.Text):
        return row.default or None
    text = kind.format(row.default)
    is_list = isinstance(kind, (kinds.ListOf, kinds.SetOf, kinds.Region))
    return (text.replace("_", ",") if is_list else text) or None
