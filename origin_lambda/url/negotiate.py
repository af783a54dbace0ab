"""Picks the best format a browser can show, from its `Accept` header (RFC 9110, 12.5.1).

Only media types that are named count: `*/*` and `image/*` come from browsers and tools that
cannot show AVIF as well.
"""

import re
from typing import Final

from origin_lambda.url.transform import Transform
from origin_lambda.url.values import Auto, Negotiated

_OFFERS: Final = (("image/avif", Negotiated.AVIF), ("image/webp", Negotiated.WEBP))
_WEIGHT: Final = re.compile(r"[qQ]=([01](?:\.[0-9]{0,3})?)", re.ASCII)


def negotiated(transform: Transform, accept: str) -> Transform:
    """Return the transform with `auto=format` settled for an `Accept` header.

    The highest q-value wins; AVIF before WebP when they are equal; the plain formats when
    neither is named. An `fm` that the caller gave stays.
    """
    if Auto.FORMAT not in transform.output.auto:
        return transform
    chosen = transform.output.format or _best(accept)
    return transform.replace("output", format=chosen, auto=frozenset())


def _best(accept: str) -> Negotiated:
    weights = dict(map(_weighted, accept.lower().split(",")))
    ranked = max(_OFFERS, key=lambda offer: weights.get(offer[0], 0))
    return ranked[1] if weights.get(ranked[0], 0) > 0 else Negotiated.JPEG


def _weighted(entry: str) -> tuple[str, float]:
    kind, *parameters = (part.strip() for part in entry.split(";"))
    weights = [match[1] for match in map(_WEIGHT.fullmatch, parameters) if match]
    return kind, float(weights[-1]) if weights else 1.0
