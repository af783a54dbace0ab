"""The outcome of a request: good answers, redirects, and every way to fail."""

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable

import pytest

from bench.latency.client import Client, Outcome, name_error
from bench.latency.requests import Request
from tests.latency.server import PICTURE, Received, answer, serve


def get(url: str, headers: dict[str, str] | None = None, timeout: float = 10) -> Outcome:
    async def main() -> Outcome:
        async with Client(headers or {}, timeout) as client:
            return await client.get(Request(url, "image/webp"))

    return asyncio.run(main())


def always_answer(raw: bytes) -> Callable[[Received], Awaitable[bytes]]:
    async def answer_request(_received: Received) -> bytes:
        return raw

    return answer_request


def test_a_good_answer_has_the_facts_of_its_headers() -> None:
    raw = answer(x_calotype="render; q=57", server_timing="decode;dur=2.5")
    with serve(always_answer(raw)) as base:
        outcome = get(base)

    assert outcome == Outcome("", 200, "rendered", "webp", len(PICTURE), 0, "decode;dur=2.5")


def test_server_timing_from_a_cache_is_ignored() -> None:
    raw = answer(x_cache="Hit from cloudfront", server_timing="decode;dur=2.5")
    with serve(always_answer(raw)) as base:
        outcome = get(base)

    assert (outcome.tier, outcome.timing) == ("edge", "")


@pytest.mark.parametrize(
    "raw, error",
    [
        (answer(status="404 Not Found"), "status 404"),
        (answer(status="503 Busy"), "status 503"),
        (answer(b""), "empty"),
        (answer(content_length="5000", connection="close"), "truncated"),
        (b"connection: close", "not HTTP"),
        (b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: x\r\n\r\n", "not HTTP"),
        (answer(status="302 Found", location="ftp://img.test/a"), "redirect to no URL"),
        (answer(status="302 Found", location="/again"), "too many redirects"),
    ],
)
def test_a_bad_answer_is_counted_by_its_kind(raw: bytes, error: str) -> None:
    with serve(always_answer(raw)) as base:
        outcome = get(base)

    assert outcome.error == error


def test_a_closed_connection_is_an_error() -> None:
    async def hang_up(_received: Received) -> bytes:
        raise ConnectionError

    with serve(hang_up) as base:
        assert get(base).error == "disconnected"


def test_a_silent_server_times_out() -> None:
    async def stay_silent(_received: Received) -> bytes:
        await asyncio.sleep(60)
        return b""

    with serve(stay_silent) as base:
        assert get(base, timeout=0.3).error == "time-out"


def test_a_closed_port_is_refused() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]

    assert get(f"http://127.0.0.1:{port}/").error == "refused"


def test_a_server_without_tls_is_a_tls_error() -> None:
    with serve() as base:
        assert get(base.replace("http:", "https:")).error == "TLS"


def test_an_unknown_name_is_no_such_host() -> None:
    # RFC 6761 reserves `invalid`: no resolver finds it.
    assert get("http://missing.invalid/").error == "no such host"


@pytest.mark.parametrize(
    "error, name",
    [
        (TimeoutError(), "time-out"),
        (ConnectionResetError(104, "reset"), "reset"),
        (OSError(24, "Too many open files"), "too many open files"),
        (OSError(113, "No route to host"), "unreachable"),
        (ssl.SSLError("broken"), "TLS"),
        (ValueError("?"), "not HTTP"),
    ],
)
def test_an_error_of_the_connection_has_a_name(error: Exception, name: str) -> None:
    assert name_error(error) == name


def test_redirects_are_followed_and_counted_without_secrets() -> None:
    seen: list[dict[str, str]] = []

    async def answer_from_bucket(received: Received) -> bytes:
        seen.append(received.headers)
        return answer()

    with serve(answer_from_bucket) as bucket:

        async def redirect(received: Received) -> bytes:
            seen.append(received.headers)
            if received.path == "/a":
                return answer(b"", status="302 Found", location="/b")
            return answer(b"", status="302 Found", location=f"{bucket}/c?sig=%2F")

        with serve(redirect) as base:
            outcome = get(f"{base}/a", {"authorization": "secret"})

    assert (outcome.error, outcome.redirects, outcome.size) == ("", 2, len(PICTURE))
    assert ["authorization" in headers for headers in seen] == [True, True, False]
    assert all(headers["accept"] == "image/webp" for headers in seen)


def test_a_url_is_sent_unchanged() -> None:
    paths: list[str] = []

    async def record_path(received: Received) -> bytes:
        paths.append(received.path)
        return answer()

    with serve(record_path) as base:
        get(f"{base}/a%2Bb%20c.jpg?w=1%2c2&sig=a.b%7E")

    assert paths == ["/a%2Bb%20c.jpg?w=1%2c2&sig=a.b%7E"]
