"""What is told by the headers of an answer: which tier gave it, its stages, its format."""

import re
from collections.abc import Mapping
from typing import Final

EDGE: Final = "edge"
"""Out of the cache in front of the origin."""
STORED: Final = "stored"
"""Out of the derivatives bucket."""
RENDERED: Final = "rendered"
"""Made for this request, by a function that was running."""
COLD: Final = "cold"
"""Made for this request, by a function that had to start first."""
OTHER: Final = "untold"
"""Nothing in the headers tells where it came from."""

TIERS: Final = (EDGE, STORED, RENDERED, COLD, OTHER)

INIT_STAGE: Final = "init"
"""The stage by which an origin tells that it started for this request."""

# CloudFront and Fastly (`X-Cache: Hit from cloudfront`; `MISS, HIT`, the viewer's side last),
# Cloudflare (`CF-Cache-Status: HIT`), RFC 9211 (`Cache-Status: edge; hit`).
_HIT: Final = re.compile(r"(?:^|[\s,;])hit\b", re.IGNORECASE)
_CACHES: Final = ("x-cache", "cf-cache-status", "cache-status")

_QUOTED: Final = re.compile(r'"((?:[^"\\]|\\.)*)(?:"|$)')
_NUMBER: Final = re.compile(r"[0-9.]+")
_TOKEN: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_LONGEST_STAGE: Final = 60
_MOST_STAGES: Final = 30
_LONGEST_DURATION: Final = 3_600_000.0

_FORMATS: Final = {"jpeg": "jpg", "svg+xml": "svg", "vnd.mozilla.apng": "apng"}
_LONGEST_FORMAT: Final = 40


def stages(header: str) -> dict[str, float]:
    """Return milliseconds by stage of a `Server-Timing` field; equal names add up.

    What has no duration, or a broken one, is left out (W3C Server Timing, "dur" is optional).
    """
    found: dict[str, float] = {}
    # What is quoted is a description, which may have any separators, or else a number.
    plain = _QUOTED.sub(lambda text: text[1] if _NUMBER.fullmatch(text[1]) else "", header)
    for metric in plain.split(",")[:_MOST_STAGES]:
        name, *parameters = (part.strip() for part in metric.split(";"))
        if not _TOKEN.fullmatch(name) or len(name) > _LONGEST_STAGE:
            continue
        spent = _duration(parameters)
        if spent is not None:
            found[name] = found.get(name, 0.0) + spent
    return found


def _duration(parameters: list[str]) -> float | None:
    for parameter in parameters:
        name, _, text = parameter.partition("=")
        if name.strip().lower() == "dur":
            try:
                spent = float(text)
            except ValueError:
                return None
            return spent if 0 <= spent <= _LONGEST_DURATION else None
    return None


def tier(headers: Mapping[str, str]) -> str:
    """Return where an answer came from, by its headers (their names in lower case or any).

    A cache answers with the origin's headers as they were when it took them in: so that it is a
    hit outweighs all that they say, and its `Server-Timing` is of another request.
    """
    if _is_from_cache(headers):
        return EDGE
    how = headers.get("x-calotype", "").partition(";")[0].strip()
    if how == "render":
        return COLD if INIT_STAGE in stages(headers.get("server-timing", "")) else RENDERED
    return STORED if how == "stored" else OTHER


def _is_from_cache(headers: Mapping[str, str]) -> bool:
    for name in _CACHES:
        if name in headers:
            return bool(_HIT.search(headers[name].rpartition(",")[2]))
    return headers.get("age", "0").strip().lstrip("0").isdecimal()


def picture_format(content_type: str) -> str:
    """Return a media type in brief: `webp`, `jpg`; other than images, as it is."""
    kind = content_type.partition(";")[0].strip().lower()[:_LONGEST_FORMAT]
    name = kind.removeprefix("image/")
    if not kind.isprintable():  # it is shown in a terminal
        return "unprintable"
    return _FORMATS.get(name, name) if kind.startswith("image/") else kind or "none"
