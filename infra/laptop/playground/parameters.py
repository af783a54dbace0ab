"""Describe the parameter table for the playground, which builds a control for each parameter.

A kind that is not known here becomes a text field, so a new parameter needs no change.
"""

import re
from collections.abc import Callable
from typing import Any, Final

from infra.laptop.playground.labels import LABELS
from origin_lambda.url import kinds
from origin_lambda.url.kinds import Kind
from origin_lambda.url.params.param import INFO, Group
from origin_lambda.url.transform import TABLE, Row
from origin_lambda.url.values import AutoQuality

_DEGREES: Final = 180
_SUMMARY: Final = re.compile(r"(?:Ours\. )?(.+?[.:])(?: |$)")
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
        "label": LABELS.get(row.name, row.name),
        "aliases": list(row.param.aliases),
        "text": row.param.text,
        "summary": summarise(row.param.text),
        "expected": row.param.kind.expected,
        "default": _format_default(row),
        "needs": list(row.needs),
        "control": describe_kind(row.param.kind),
    }


def summarise(text: str) -> str:
    """Return the first sentence of a parameter's description, as a help of one line."""
    match = _SUMMARY.match(text)
    return (match[1] if match else text).rstrip(".:") + "."


def describe_kind(kind: Kind) -> dict[str, Any]:
    """Return the control for a kind of value: its `type`, and the bounds or words that it has."""
    for each in type(kind).__mro__:
        if each in _CONTROLS:
            return _CONTROLS[each](kind)
    return {"type": "text"}


def _describe_range(low: float, high: float, step: float) -> dict[str, Any]:
    return {"type": "range", "low": low, "high": high, "step": step}


def _describe_decimal(kind: kinds.Decimal) -> dict[str, Any]:
    return _describe_range(kind.low, kind.high, round(0.1**kind.places, kind.places))


def _describe_quality(kind: kinds.Quality) -> dict[str, Any]:
    numbers = _describe_range(kind.number.low, kind.number.high, 1)
    return numbers | {"words": list(map(str, AutoQuality))}


def _describe_list(kind: kinds.ListOf) -> dict[str, Any]:
    items = list(map(describe_kind, kind.items))
    return {"type": "list", "items": items, "repeats": kind.repeats}


_CONTROLS: Final[dict[type, Callable[[Any], dict[str, Any]]]] = {
    kinds.Angle: lambda _: _describe_range(-_DEGREES, _DEGREES, 0.1),
    kinds.ColourCode: lambda _: {"type": "colour"},
    kinds.Decimal: _describe_decimal,
    kinds.Flag: lambda _: {"type": "flag"},
    kinds.LayerKey: lambda _: {"type": "key"},
    kinds.ListOf: _describe_list,
    kinds.OneOf: lambda kind: {"type": "choice", "words": list(kind.words)},
    kinds.Orientation: lambda _: {"type": "choice", "words": list(_ORIENTATIONS)},
    kinds.Quality: _describe_quality,
    kinds.Ratio: lambda _: {"type": "ratio"},
    kinds.Region: lambda _: {"type": "region"},
    kinds.SetOf: lambda kind: {"type": "words", "words": list(map(str, kind.choices))},
    kinds.Side: lambda kind: _describe_range(kind.low, kind.high, 1) | {"type": "side"},
    kinds.Whole: lambda kind: _describe_range(kind.low, kind.high, 1),
}
"""The control for each kind, and for kinds derived from it; any other kind is a text field."""


def _format_default(row: Row) -> str | None:
    """Return the default as one writes it in a query; None if there is none."""
    kind = row.param.kind
    if row.default is None or isinstance(kind, kinds.Text):
        return row.default or None
    text = kind.format(row.default)
    is_list = isinstance(kind, (kinds.ListOf, kinds.SetOf, kinds.Region))
    return (text.replace("_", ",") if is_list else text) or None
