"""Read the headers of an answer: the tier that it came from, its stages, its format."""

import re
from collections.abc import Mapping
from typing import Final

EDGE: Final = "edge"
"""From the cache in front of the origin."""
STORED: Final = "stored"
"""From the derivatives bucket."""
RENDERED: Final = "rendered"
"""Rendered for this request, by a running function."""
COLD: Final = "cold"
"""Rendered for this request, by a function that had to start first."""
UNKNOWN: Final = "unknown"
"""The headers do not say where the answer came from."""

TIERS: Final = (EDGE, STORED, RENDERED, COLD, UNKNOWN)

INIT_STAGE: Final = "init"
"""The stage of an origin that started for this request."""

# CloudFront and Fastly (`X-Cache: Hit from cloudfront`; `MISS, HIT`, the viewer's side last),
# Cloudflare (`CF-Cache-Status: HIT`), RFC 9211 (`Cache-Status: edge; hit`).
_HIT: Final = re.compile(r"(?:^|[\s,;])hit\b", re.IGNORECASE)
_CACHES: Final = ("x-cache", "cf-cache-status", "cache-status")

_QUOTED: Final = re.compile(r'"((?:[^"\\]|\\.)*)(?:"|$)')
_NUMBER: Final = re.compile(r"[0-9.]+")
_TOKEN: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,60}")
_MAX_STAGES: Final = 30
_LONGEST_DURATION: Final = 3_600_000.0

_FORMATS: Final = {"jpeg": "jpg", "svg+xml": "svg", "vnd.mozilla.apng": "apng"}
_LONGEST_FORMAT: Final = 40


def parse_stages(header: str) -> dict[str, float]:
    """Return milliseconds by stage of a `Server-Timing` header; equal names are added up.

    Stages without a valid duration are left out (W3C Server Timing: "dur" is optional).
    """
    stages: dict[str, float] = {}
    # A quoted text is a number, or a description that may contain separators.
    plain = _QUOTED.sub(lambda text: text[1] if _NUMBER.fullmatch(text[1]) else "", header)
    for metric in plain.split(",")[:_MAX_STAGES]:
        name, *parameters = (part.strip() for part in metric.split(";"))
        duration = _parse_duration(parameters) if _TOKEN.fullmatch(name) else None
        if duration is not None:
            stages[name] = stages.get(name, 0.0) + duration
    return stages


def _parse_duration(parameters: list[str]) -> float | None:
    for parameter in parameters:
        name, _, text = parameter.partition("=")
        if name.strip().lower() == "dur":
            try:
                duration = float(text)
            except ValueError:
                return None
            return duration if 0 <= duration <= _LONGEST_DURATION else None
    return None


def find_tier(headers: Mapping[str, str]) -> str:
    """Return the tier of an answer, by its headers.

    A cache repeats the origin's headers, so a cache hit counts more than all of them.
    """
    if _is_cache_hit(headers):
        return EDGE
    source = headers.get("x-calotype", "").partition(";")[0].strip()
    if source == "render":
        return COLD if INIT_STAGE in parse_stages(headers.get("server-timing", "")) else RENDERED
    return STORED if source == "stored" else UNKNOWN


def _is_cache_hit(headers: Mapping[str, str]) -> bool:
    for name in _CACHES:
        if name in headers:
            return bool(_HIT.search(headers[name].rpartition(",")[2]))
    return headers.get("age", "0").strip().lstrip("0").isdecimal()


def picture_format(content_type: str) -> str:
    """Return a short name for a media type: `webp`, `jpg`; other types than images in full."""
    kind = content_type.partition(";")[0].strip().lower()[:_LONGEST_FORMAT]
    name = kind.removeprefix("image/")
    if not kind.isprintable():  # it is printed to a terminal
        return "unprintable"
    return _FORMATS.get(name, name) if kind.startswith("image/") else kind or "none"
