"""The kinds of value a parameter can have: each reads, writes and describes one sort."""

from origin_lambda.url.kinds.figures import Hue, Region
from origin_lambda.url.kinds.kind import Kind
from origin_lambda.url.kinds.numbers import Angle, Decimal, Proportion, Side, Turn, Whole
from origin_lambda.url.kinds.texts import Key, Text, Token, from_base64url, to_base64url
from origin_lambda.url.kinds.words import Flag, OneOf, Score, SetOf

__all__ = [
    "Angle",
    "Decimal",
    "Flag",
    "Hue",
    "Key",
    "Kind",
    "OneOf",
    "Proportion",
    "Region",
    "Score",
    "SetOf",
    "Side",
    "Text",
    "Token",
    "Turn",
    "Whole",
    "from_base64url",
    "to_base64url",
]
