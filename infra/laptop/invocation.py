"""Call the handlers in this process as Lambda calls them on AWS."""

import base64
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Self

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from edge.local.origins import OriginAnswer

_TIMEOUT: Final = 25.0

Handler = Callable[[Mapping[str, Any], Any], Any]


@dataclass(frozen=True, slots=True)
class Context:
    """The second argument of a handler; *deadline* is a time of `time.monotonic`."""

    deadline: float

    @classmethod
    def with_timeout(cls, seconds: float) -> Self:
        """Return the context of an invocation that begins now and may take so many seconds."""
        return cls(time.monotonic() + seconds)

    def get_remaining_time_in_millis(self) -> int:
        """Return the milliseconds until the deadline, at least 0."""
        return max(0, int(1000 * (self.deadline - time.monotonic())))


def build_function_url_event(
    method: str, path: str, query: str, headers: Mapping[str, str]
) -> dict[str, Any]:
    """Return the event of a Lambda function URL (payload format 2.0)."""
    return {
        "version": "2.0",
        "rawPath": path,
        "rawQueryString": query,
        "headers": dict(headers),
        "requestContext": {
            "domainName": "calotype.lambda-url.us-east-1.on.aws",
            "requestId": str(uuid.uuid4()),
            "http": {"method": method, "path": path, "sourceIp": "127.0.0.1"},
        },
        "isBase64Encoded": False,
    }


@dataclass(frozen=True, slots=True)
class Invoker:
    """Calls the origin's handler as its function URL does."""

    handler: Handler

    def __call__(
        self, method: str, path: str, headers: Mapping[str, str], query: str = ""
    ) -> OriginAnswer:
        event = build_function_url_event(method, path, query, headers)
        answer = self.handler(event, Context.with_timeout(_TIMEOUT))
        body = base64.b64decode(answer["body"])
        return OriginAnswer(answer["statusCode"], answer["headers"], body)

    async def answer_directly(self, request: Request) -> Response:
        """Answer a request without an edge, as behind an API or a load balancer."""
        path = request.scope["raw_path"].decode("latin-1")
        query = request.scope["query_string"].decode("latin-1")
        answer = await run_in_threadpool(self, request.method, path, request.headers, query)
        return Response(answer.body, answer.status, dict(answer.headers))
