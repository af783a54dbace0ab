"""A subscriber to every alert: a line in the terminal, and a page at `/_/alerts`."""

import json
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from infra.laptop.links import Link, link_plainly
from infra.terminal import print_line, shorten
from origin_lambda.url.grammar import escape

_PAGE: Final = Path(__file__).parent / "alerts.html"
_POLL_SECONDS: Final = 2
_KEPT: Final = 500
_DIGITS: Final = 18  # of the largest number that is accepted
_CROP: Final = "fit=crop&crop=focalpoint"
_FRESH: Final = {"cache-control": "no-store"}


@dataclass(slots=True)
class Alerts:
    """The alerts received from a queue, oldest first; *client* is a boto3 SQS client.

    Each is a JSON object: `number` (from 1, in the order of arrival), `received`, the `path` of
    the original's URL, the URLs of a `picture` and a `thumbnail` of it, the message's
    `attributes`, and the `message` itself.
    """

    client: Any
    queue_url: str
    link: Link = link_plainly
    received: deque[dict[str, Any]] = field(default_factory=lambda: deque(maxlen=_KEPT))

    def turn(self, wait: int = _POLL_SECONDS) -> int:
        """Wait for alerts, and take in up to ten; return how many came."""
        answer = self.client.receive_message(
            QueueUrl=self.queue_url,
            MaxNumberOfMessages=10,
            WaitTimeSeconds=wait,
            MessageAttributeNames=["All"],
        )
        messages = answer.get("Messages", [])
        for message in messages:
            alert = self._alert(message)
            self.received.append(alert)
            print_line(describe(alert["message"]))
            self.client.delete_message(
                QueueUrl=self.queue_url, ReceiptHandle=message["ReceiptHandle"]
            )
        return len(messages)

    def routes(self) -> list[Route]:
        """Return the page, and the alerts that it shows: newest first, those above `?after=`."""

        async def page(request: Request) -> Response:
            del request
            return HTMLResponse(_PAGE.read_text(encoding="utf-8"), headers=_FRESH)

        async def alerts(request: Request) -> Response:
            after = request.query_params.get("after", "0")
            known = int(after) if after.isdecimal() and len(after) <= _DIGITS else 0
            unseen = [alert for alert in reversed(self.received.copy()) if alert["number"] > known]
            return JSONResponse({"newest": self._newest(), "alerts": unseen}, headers=_FRESH)

        return [Route("/_/alerts", page), Route("/_/alerts.json", alerts)]

    def _newest(self) -> int:
        number: int = self.received[-1]["number"] if self.received else 0
        return number

    def _alert(self, received: Mapping[str, Any]) -> dict[str, Any]:
        message = json.loads(received["Body"])
        # With its version in the URL, a browser that has the old picture asks for the new one.
        version = quote(message.get("version") or "", safe="")
        fresh = "auto=format" + (f"&v={version}" if version else "")
        attributes = received.get("MessageAttributes", {})
        return {
            "number": self._newest() + 1,
            "received": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "path": f"/{escape(message['key'])}",
            "picture": self.link(message["key"], f"w=1600&{fresh}"),
            "thumbnail": self.link(message["key"], f"w=240&h=160&{_CROP}&{fresh}"),
            "attributes": {name: value["StringValue"] for name, value in attributes.items()},
            "message": message,
        }


def describe(message: Mapping[str, Any]) -> str:
    """Return the terminal's line of an alert; `repr` keeps a key from disturbing the terminal."""
    reason = message.get("reason")
    line = f"alert  {message['event']:<16} {shorten(message['key'])!r}"
    return f"{line}  {reason['message']}" if reason else line
