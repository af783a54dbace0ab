"""The kinds of values that a parameter can have. Each kind parses, formats and describes values."""

from origin_lambda.url.kinds.figures import ColourCode, Region
from origin_lambda.url.kinds.kind import Kind
from origin_lambda.url.kinds.lists import ListOf
from origin_lambda.url.kinds.numbers import Angle, Decimal, Frames, Orientation, Ratio, Side, Whole
from origin_lambda.url.kinds.texts import (
    LayerKey,
    LayerOrColour,
    Text,
    Token,
    from_base64url,
    to_base64url,
)
from origin_lambda.url.kinds.words import Flag, OneOf, Quality, SetOf

__all__ = [
    "Angle",
    "ColourCode",
    "Decimal",
    "Flag",
    "Frames",
    "Kind",
    "LayerKey",
    "LayerOrColour",
    "ListOf",
    "OneOf",
    "Orientation",
    "Quality",
    "Ratio",
    "Region",
    "SetOf",
    "Side",
    "Text",
    "Token",
    "Whole",
    "from_base64url",
    "to_base64url",
]
