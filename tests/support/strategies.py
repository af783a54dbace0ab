"""Hypothesis strategies for everything a URL can ask for, read from the parameter table.

Every law covers a parameter of a known kind without a change here. A new kind needs one
line in `OF_KIND`.
"""

import unicodedata
from collections.abc import Callable
from typing import Any, Final

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from origin_lambda.url import kinds
from origin_lambda.url.grammar import parse
from origin_lambda.url.transform import TABLE, Param, Transform
from origin_lambda.url.values import (
    SHARE_PARTS,
    AutoQuality,
    Colour,
    ColourLayer,
    FrameRange,
    Layer,
    Length,
    Place,
    Rect,
    Share,
)

_BYTE: Final = st.integers(0, 255)
_COLOUR: Final = st.builds(Colour, _BYTE, _BYTE, _BYTE, _BYTE)
_TOKEN: Final = "ABCXYZabcxyz0189._-"
_RECT_SIDE: Final = 1_000_000


def _decimals(kind: kinds.Decimal) -> SearchStrategy[float]:
    scale = 10.0**kind.places
    return st.integers(round(kind.low * scale), round(kind.high * scale)).map(lambda n: n / scale)


def _lengths(low: int, high: int) -> SearchStrategy[Length]:
    return st.integers(low, high) | st.integers(1, SHARE_PARTS).map(Share)


def _ratios(kind: kinds.Ratio) -> SearchStrategy[float]:
    return st.integers(round(kind.low * 1e6), round(kind.high * 1e6)).map(lambda n: n / 1e6)


def _texts(kind: kinds.Text) -> SearchStrategy[str]:
    lines = "\n" if kind.has_lines else ""
    printed = st.text(
        st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"], include_characters=lines)
    )
    return printed.filter(lambda text: len(text.encode()) <= kind.longest)


MARK_KEY: Final = "_layers/mark 1.png"
"""The key of the layer that all transforms name."""

_LAYER: Final = st.sampled_from(("", "?w=20&rot=90")).map(lambda query: Layer(MARK_KEY + query))
_CLEAR: Final = Colour(255, 0, 0, 0x88)
_START: Final = _lengths(0, _RECT_SIDE) | st.sampled_from(Place)
_EXTENT: Final = _lengths(1, _RECT_SIDE)

OF_KIND: Final[dict[type, Callable[[Any], SearchStrategy[Any]]]] = {
    kinds.Whole: lambda kind: st.integers(kind.low, kind.high),
    kinds.Decimal: _decimals,
    kinds.Angle: lambda _: st.integers(0, 3599).map(lambda tenths: tenths / 10),
    kinds.Frames: lambda _: st.sampled_from(
        [FrameRange(2, 2), FrameRange(2, None), FrameRange(None, 2), FrameRange(1, 3)]
    ),
    kinds.Orientation: lambda _: st.integers(1, 8),
    kinds.Side: lambda kind: _lengths(kind.low, kind.high),
    kinds.OneOf: lambda kind: st.sampled_from((*kind.choices, *kind.hidden)),
    # The empty set is the default, which has no text.
    kinds.SetOf: lambda kind: st.frozensets(st.sampled_from(kind.kept), min_size=1),
    kinds.Flag: lambda _: st.booleans(),
    kinds.ColourCode: lambda _: _COLOUR,
    kinds.ListOf: lambda kind: st.tuples(*map(_values_of_kind, kind.items)).map(
        lambda values: kind.build(*values)
    ),
    kinds.Ratio: _ratios,
    kinds.Region: lambda _: st.builds(Rect, _START, _START, _EXTENT, _EXTENT),
    kinds.Token: lambda kind: st.text(_TOKEN, min_size=1, max_size=kind.longest),
    kinds.Text: _texts,
    kinds.LayerKey: lambda _: _LAYER,
    kinds.LayerOrColour: lambda _: (
        _LAYER | st.builds(ColourLayer, st.just("8f00"), st.just(_CLEAR))
    ),
    kinds.Quality: lambda kind: (
        st.integers(kind.number.low, kind.number.high)
        | st.sampled_from([word for word in AutoQuality if word is not AutoQuality.GOOD])
    ),
}
"""For each kind, the values that it can give."""


def _values_of_kind(kind: kinds.Kind) -> SearchStrategy[Any]:
    return OF_KIND[type(kind)](kind)


PARAMS: Final = [row.param for row in TABLE.all_rows]


def values_of(param: Param) -> SearchStrategy[Any]:
    """Return every value that a parameter can have."""
    return _values_of_kind(param.kind)


def transform_of(query: str) -> Transform:
    """Return the transform that a query string asks for."""
    return parse("/tom.jpg", query).transform


def transforms(**narrowed: SearchStrategy[Any]) -> SearchStrategy[Transform]:
    """Return every transform; parameters are *narrowed* by their names, `_` for `-`."""
    names = {name.replace("_", "-"): values for name, values in narrowed.items()}
    rows = {row.param.name: row for row in TABLE.rows}
    values = {name: values_of(row.param) for name, row in rows.items()}
    return st.fixed_dictionaries({}, optional=values | names).map(TABLE.build)


_SMALL: Final = st.integers(0, 20)
_NEAR: Final = st.integers(0, 100) | st.integers(1, SHARE_PARTS - 1).map(Share)


def plannable() -> SearchStrategy[Transform]:
    """Return transforms that mostly fit: a little padding, a rect inside the original."""
    rect = st.builds(
        Rect, _NEAR | st.sampled_from(Place), _NEAR | st.sampled_from(Place), _EXTENT, _EXTENT
    )
    pads = dict.fromkeys(("pad", "pad_top", "pad_right", "pad_bottom", "pad_left"), _SMALL)
    return transforms(rect=rect, **pads)


def _nameable(key: str) -> bool:
    printable = all(unicodedata.category(character) not in {"Cc", "Cs"} for character in key)
    return printable and bool(key) and not {".", ".."} & set(key.split("/"))


def keys() -> SearchStrategy[str]:
    """Return keys of originals, with awkward ones."""
    awkward = st.text("ab/ +%#?&=,~@;:!$'()*\"<>[]|\\^`.-_éｅ猫🐈", min_size=1, max_size=30)
    anything = st.text(min_size=1, max_size=30)
    return (awkward | anything).filter(_nameable)
