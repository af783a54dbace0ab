"""Parts of an edge on a laptop: functions in QuickJS, S3 by moto, and a recording origin."""

import asyncio
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx2 as httpx

from edge.local.distribution import Distribution
from edge.local.function import VIEWER_RESPONSE, Function
from edge.local.origins import BucketOrigin, OriginAnswer

VIEWER_REQUEST = """
import cf from 'cloudfront';
import crypto from 'crypto';
const store = cf.kvs();

async function handler(event) {
  const request = event.request;
  const query = request.querystring;
  if (request.uri === '/throws') throw new Error('boom');
  if (request.uri === '/nothing') return undefined;
  if (request.uri === '/relative') { request.uri = 'a'; return request; }
  if (request.uri === '/host') { request.headers.host = { value: 'other' }; return request; }
  if (request.uri === '/refused') {
    return {
      statusCode: 400,
      headers: { 'content-type': { value: 'application/json' } },
      body: { encoding: 'text', data: '{"raw": "' + request.rawQueryString() + '"}' }
    };
  }
  if (request.uri === '/signed') {
    const secret = await store.get('key:k1');
    const mac = crypto.createHmac('sha256', secret).update('message').digest('base64url');
    return { statusCode: 200, body: mac };
  }
  if (request.uri === '/pixel') {
    const tag = crypto.createHash('md5').update('a').update('b').digest('hex');
    const headers = { etag: { value: tag } };
    return { statusCode: 200, headers: headers, body: { encoding: 'base64', data: 'AAEC' } };
  }
  if (request.uri === '/broken') return { statusCode: 200, body: { encoding: 'base64', data: '?' } };
  request.headers['x-calotype'] = { value: query.auto ? ';Accept' : ';' };
  if (query.w) request.uri += '/' + (query.auto ? 'fm=auto-avif,' : '') + 'r=4,w=' + query.w.value;
  request.querystring = {};
  return request;
}
"""


@dataclass
class Clock:
    """A clock that a test sets."""

    now: float = 1_000_000

    def __call__(self) -> float:
        return self.now


@dataclass
class Server:
    """A secondary origin with a fixed answer; it records its requests."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=lambda: {"cache-control": "max-age=60"})
    body: bytes = b"rendered"
    requests: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)
    gate: threading.Event | None = None
    error: Exception | None = None
    called: threading.Event = field(default_factory=threading.Event)

    async def wait_until_called(self) -> None:
        assert await asyncio.to_thread(self.called.wait, 10)

    def __call__(self, method: str, uri: str, headers: Mapping[str, str]) -> OriginAnswer:
        self.requests.append((method, uri, dict(headers)))
        self.called.set()
        answer = OriginAnswer(self.status, dict(self.headers), self.body)
        if self.gate:
            assert self.gate.wait(10)
        if self.error:
            raise self.error
        return answer


def distribution(
    s3: Any,
    secondary: Callable[[str, str, Mapping[str, str]], OriginAnswer],
    **settings: Any,
) -> Distribution:
    return Distribution(
        Function(VIEWER_REQUEST, {"key:k1": "secret"}),
        Function(VIEWER_RESPONSE.read_text()),
        BucketOrigin(s3, "derivatives"),
        secondary,
        **settings,
    )


def browse(edge: Distribution) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(edge)
    return httpx.AsyncClient(transport=transport, base_url="http://img.example.com")


async def finish_fetches(edge: Distribution) -> None:
    await asyncio.gather(*edge._objects._flights.values())


def store(s3: Any, key: str, body: bytes = b"stored", **metadata: Any) -> None:
    metadata = {"ContentType": "image/webp", "CacheControl": "max-age=60"} | metadata
    s3.put_object(Bucket="derivatives", Key=key, Body=body, **metadata)
