"""Computes how long CloudFront caches an answer, from Cache-Control and the cache policy.

Sources, in the CloudFront developer guide: "Manage how long content stays in the cache", "How
CloudFront processes HTTP 4xx and 5xx status codes", "Control how long CloudFront caches errors".
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from edge.local.origins import OriginAnswer

_FORBID_CACHING: Final = frozenset({"no-cache", "no-store", "private"})
_CACHED_ERRORS: Final = frozenset({404, 410, 414, 500, 501, 502, 503, 504})
_ERRORS_CACHED_WITH_MAX_AGE: Final = frozenset({400, 403, 405, 412, 415})
_ERRORS_OBEYING_NO_STORE: Final = frozenset({404, 410, 414, 501})


@dataclass(frozen=True, slots=True)
class CachePolicy:
    """Minimum, default and maximum TTL, and the minimum TTL of errors (also by status), in seconds.

    The error TTLs are CloudFront's `ErrorCachingMinTTL`.
    """

    minimum: float = 0
    default: float = 86_400
    maximum: float = 31_536_000
    error_minimum: float = 10
    error_minimums: Mapping[int, float] = field(default_factory=dict)

    def minimum_error_ttl(self, status: int) -> float:
        """Return the minimum number of seconds that an error of this status is cached."""
        return self.error_minimums.get(status, self.error_minimum)


@dataclass(frozen=True, slots=True)
class Lifetime:
    """How many seconds an answer is fresh, and how long after that it can still be used.

    A stale answer can be used while a newer one is fetched, or if the origin fails.
    """

    fresh: float
    while_revalidate: float = 0
    if_error: float = math.inf


def compute_lifetime(answer: OriginAnswer, policy: CachePolicy) -> Lifetime | None:
    """Return how long an answer is cached; None if it is not."""
    directives = parse_directives(answer.headers.get("cache-control", ""))
    if answer.status >= 400:
        return _compute_error_lifetime(answer.status, directives, policy)
    if directives.keys() & _FORBID_CACHING:
        return Lifetime(policy.minimum) if policy.minimum else None
    max_age = _read_max_age(directives)
    fresh = min(policy.maximum, max(policy.minimum, policy.default if max_age is None else max_age))
    longest_stale = policy.maximum - fresh
    while_revalidate = min(
        longest_stale, _parse_seconds(directives.get("stale-while-revalidate")) or 0
    )
    if "stale-if-error" not in directives:
        return Lifetime(fresh, while_revalidate, longest_stale)
    if_error = min(longest_stale, _parse_seconds(directives["stale-if-error"]) or 0)
    return Lifetime(fresh, while_revalidate, if_error)


def _compute_error_lifetime(
    status: int, directives: Mapping[str, str], policy: CachePolicy
) -> Lifetime | None:
    max_age = _read_max_age(directives)
    if status in _ERRORS_OBEYING_NO_STORE and directives.keys() & _FORBID_CACHING:
        return None
    if status in _CACHED_ERRORS or (status in _ERRORS_CACHED_WITH_MAX_AGE and max_age is not None):
        fresh = max(policy.minimum_error_ttl(status), min(max_age or 0, policy.maximum))
        return Lifetime(fresh, if_error=0) if fresh else None
    return None


def _read_max_age(directives: Mapping[str, str]) -> float | None:
    shared = _parse_seconds(directives.get("s-maxage"))
    return _parse_seconds(directives.get("max-age")) if shared is None else shared


def parse_directives(cache_control: str) -> dict[str, str]:
    """Return the directives of a Cache-Control field, by name in lower case (RFC 9111, 5.2)."""
    pairs = (part.partition("=") for part in cache_control.split(","))
    return {name.strip().lower(): text.strip().strip('"') for name, _, text in pairs}


def _parse_seconds(text: str | None) -> float | None:
    return int(text) if text and text.isascii() and text.isdigit() else None
