"""Parse and format numbers as people write them: 50M views, 2%, $1,234.56."""

import math
import re
from typing import Final

_SUFFIXES: Final = {"": 1.0, "k": 1e3, "m": 1e6, "g": 1e9, "b": 1e9, "t": 1e12}
_AMOUNT: Final = re.compile(r"(\d+(?:_\d+)*(?:\.\d+)?|\.\d+)([kmgbt]?)", re.IGNORECASE)
_SIZES: Final = ((1e12, "T"), (1e9, "B"), (1e6, "M"))


def parse_amount(text: str) -> float:
    """Parse `50M`, `200k`, `1.5B` or a plain number.

    Raises:
        ValueError: it is not such a number; the message says what is accepted.

    """
    match = _AMOUNT.fullmatch(text.replace(",", "").strip())
    if match is None:
        message = "accepts a number such as 1200, 200k, 50M or 1.5B"
        raise ValueError(message)
    return float(match[1]) * _SUFFIXES[match[2].lower()]


def parse_share(text: str) -> float:
    """Parse `2%` or `0.02`.

    Raises:
        ValueError: it is neither, or above 100%; the message says what is accepted.

    """
    number, percent = text.strip().removesuffix("%"), text.strip().endswith("%")
    try:
        value = float(number) / (100 if percent else 1)
    except ValueError:
        value = math.nan
    if not 0 <= value <= 1:
        message = "accepts a share such as 2% or 0.02, at most 100%"
        raise ValueError(message)
    return value


def format_amount(value: float) -> str:
    """Return an amount with about four digits: 47.5 M, 2,146, 0.35."""
    for size, suffix in _SIZES:
        if abs(value) >= size:
            return f"{value / size:.4g} {suffix}"
    if value == round(value):
        return f"{value:,.0f}"
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def format_share(value: float) -> str:
    """Return a share in percent, with only the decimals it needs."""
    return f"{100 * value:.4g}%"


def format_price(value: float) -> str:
    """Return a unit price in dollars, with all its decimals."""
    text = f"{value:,.10f}".rstrip("0")
    whole, _, decimals = text.partition(".")
    return f"${whole}.{decimals:0<2}"
