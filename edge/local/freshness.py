"""How long CloudFront keeps an answer, by its Cache-Control and the settings of a distribution.

Sources, in the CloudFront developer guide: "Manage how long content stays in the cache", "How
CloudFront processes HTTP 4xx and 5xx status codes", "Control how long CloudFront caches errors".
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from edge.local.origins import OriginAnswer

_REFUSING: Final = frozenset({"no-cache", "no-store", "private"})
_ERRORS_KEPT: Final = frozenset({404, 410, 414, 500, 501, 502, 503, 504})
_ERRORS_KEPT_IF_ASKED: Final = frozenset({400, 403, 405, 412, 415})
_ERRORS_THAT_MAY_REFUSE: Final = frozenset({404, 410, 414, 501})


@dataclass(frozen=True, slots=True)
class CachePolicy:
    """Seconds: minimum, default and maximum TTL; least time of an error, and of some by status."""

    minimum: float = 0
    default: float = 86_400
    maximum: float = 31_536_000
    error_minimum: float = 10
    error_minimums: Mapping[int, float] = field(default_factory=dict)

    def least_error(self, status: int) -> float:
        """Return the least time that an error of this status is kept."""
        return self.error_minimums.get(status, self.error_minimum)


@dataclass(frozen=True, slots=True)
class Lifetime:
    """Seconds an answer is fresh; then it may be used while a newer is fetched, or on errors."""

    fresh: float
    while_revalidate: float = 0
    if_error: float = math.inf


def lifetime(answer: OriginAnswer, policy: CachePolicy) -> Lifetime | None:
    """Return how long an answer is kept; None if it is not."""
    said = directives(answer.headers.get("cache-control", ""))
    if answer.status >= 400:
        return _of_error(answer.status, said, policy)
    if said.keys() & _REFUSING:
        return Lifetime(policy.minimum) if policy.minimum else None
    asked = _asked(said)
    fresh = min(policy.maximum, max(policy.minimum, policy.default if asked is None else asked))
    left = policy.maximum - fresh
    return Lifetime(
        fresh,
        min(left, _seconds(said.get("stale-while-revalidate")) or 0),
        left if "stale-if-error" not in said else min(left, _seconds(said["stale-if-error"]) or 0),
    )


def _of_error(status: int, said: Mapping[str, str], policy: CachePolicy) -> Lifetime | None:
    asked = _asked(said)
    if status in _ERRORS_THAT_MAY_REFUSE and said.keys() & _REFUSING:
        return None
    if status in _ERRORS_KEPT or (status in _ERRORS_KEPT_IF_ASKED and asked is not None):
        fresh = max(policy.least_error(status), min(asked or 0, policy.maximum))
        return Lifetime(fresh, if_error=0) if fresh else None
    return None


def _asked(said: Mapping[str, str]) -> float | None:
    shared = _seconds(said.get("s-maxage"))
    return _seconds(said.get("max-age")) if shared is None else shared


def directives(cache_control: str) -> dict[str, str]:
    """Return the directives of a Cache-Control field, by name in lower case (RFC 9111, 5.2)."""
    pairs = (part.partition("=") for part in cache_control.split(","))
    return {name.strip().lower(): text.strip().strip('"') for name, _, text in pairs}


def _seconds(text: str | None) -> float | None:
    return int(text) if text and text.isascii() and text.isdigit() else None
