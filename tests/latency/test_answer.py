"""The stages, tier and format of an answer, read from its headers."""

import pytest

from bench.latency.answer import find_tier, parse_stages, picture_format


@pytest.mark.parametrize(
    "header, expected",
    [
        ("", {}),
        ("catalog;dur=1.5, decode;dur=20", {"catalog": 1.5, "decode": 20.0}),
        ("a;dur=1, a;dur=2", {"a": 3.0}),
        ('a;desc="x, y; dur=9";dur=4', {"a": 4.0}),
        ('a;desc="say \\"hi\\", you";dur=4, b;dur=1', {"a": 4.0, "b": 1.0}),
        ('a;dur="2.5"', {"a": 2.5}),
        ("a ; DUR = 3", {"a": 3.0}),
        ("miss, a;dur=1", {"a": 1.0}),
        ("a;dur=", {}),
        ("a;dur=nan, b;dur=-1, c;dur=1e300, d;dur=inf", {}),
        ("<b>;dur=1, ok;dur=2", {"ok": 2.0}),
        ('a;desc="never closed;dur=1', {}),
    ],
)
def test_stages_are_read_from_server_timing(header: str, expected: dict[str, float]) -> None:
    assert parse_stages(header) == expected


def test_a_very_long_header_is_truncated() -> None:
    assert len(parse_stages(", ".join(f"s{number};dur=1" for number in range(1000)))) == 30
    assert parse_stages(f"{'x' * 61};dur=1") == {}


@pytest.mark.parametrize(
    "headers, expected",
    [
        ({"x-calotype": "render; q=57"}, "rendered"),
        ({"x-calotype": "render", "server-timing": "init;dur=150, decode;dur=3"}, "cold"),
        ({"x-calotype": "stored; q=57"}, "stored"),
        ({"x-calotype": "stored; q=57", "x-cache": "Miss from cloudfront"}, "stored"),
        ({"x-calotype": "render; q=57", "x-cache": "Hit from cloudfront", "age": "7"}, "edge"),
        ({"x-calotype": "stored", "x-cache": "RefreshHit from cloudfront"}, "stored"),
        ({"x-cache": "MISS, HIT"}, "edge"),
        ({"x-cache": "HIT, MISS"}, "unknown"),
        ({"cf-cache-status": "HIT"}, "edge"),
        ({"cf-cache-status": "MISS", "age": "9"}, "unknown"),
        ({"cache-status": "edge; hit; ttl=7"}, "edge"),
        ({"age": "12"}, "edge"),
        ({"age": "0", "x-calotype": "stored"}, "stored"),
        ({"age": "soon"}, "unknown"),
        ({}, "unknown"),
    ],
)
def test_a_tier_is_read_from_the_headers(headers: dict[str, str], expected: str) -> None:
    assert find_tier(headers) == expected


@pytest.mark.parametrize(
    "content_type, name",
    [
        ("image/webp", "webp"),
        ("image/jpeg", "jpg"),
        ("image/svg+xml; charset=utf-8", "svg"),
        ("text/html", "text/html"),
        ("image/\x1b[31mred", "unprintable"),
        ("", "none"),
    ],
)
def test_a_format_has_a_short_name(content_type: str, name: str) -> None:
    assert picture_format(content_type) == name
