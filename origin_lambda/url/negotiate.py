"""Picks the best format that a browser can show, from its `Accept` header (RFC 9110, 12.5.1).

Wildcards do not count: browsers and tools that cannot show AVIF also send `*/*` and `image/*`.
"""

import re
from typing import Final

from origin_lambda.url.transform import Transform
from origin_lambda.url.values import Auto, Negotiated

_OFFERS: Final = (("image/avif", Negotiated.AVIF), ("image/webp", Negotiated.WEBP))
_WEIGHT: Final = re.compile(r"[qQ]=([01](?:\.[0-9]{0,3})?)", re.ASCII)


def negotiate(transform: Transform, accept: str) -> Transform:
    """Replace `auto=format` by the best format for an `Accept` header.

    The highest q-value wins; AVIF wins over WebP if they are equal. If the header names neither,
    the format is `auto-jpg`. An `fm` in the URL stays, and so do other values of `auto`.
    """
    if Auto.FORMAT not in transform.output.auto:
        return transform
    chosen = transform.output.format or _choose_best(accept)
    return transform.replace("output", format=chosen, auto=transform.output.auto - {Auto.FORMAT})


def _choose_best(accept: str) -> Negotiated:
    weights = dict(map(_parse_weight, accept.lower().split(",")))
    ranked = max(_OFFERS, key=lambda offer: weights.get(offer[0], 0))
    return ranked[1] if weights.get(ranked[0], 0) > 0 else Negotiated.JPEG


def _parse_weight(entry: str) -> tuple[str, float]:
    kind, *parameters = (part.strip() for part in entry.split(";"))
    weights = [match[1] for match in map(_WEIGHT.fullmatch, parameters) if match]
    return kind, float(weights[-1]) if weights else 1.0
