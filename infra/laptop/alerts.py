"""Receive every alert: print it as a line in the terminal, and show it at `/_/alerts`."""

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

from infra.laptop.links import LinkBuilder, build_unsigned_link
from infra.terminal import print_line, shorten
from origin_lambda.url.grammar import escape

_PAGE: Final = Path(__file__).parent / "alerts.html"
_POLL_SECONDS: Final = 2
_MAX_STORED: Final = 500
_MAX_DIGITS: Final = 18  # of the number in `?after=`
_CROP: Final = "fit=crop&crop=faces,focalpoint"
_UNCACHED: Final = {"cache-control": "no-store"}


@dataclass(slots=True)
class Alerts:
    """The alerts received from a queue, oldest first; *client* is a boto3 SQS client.

    Each is a JSON object: `number` (from 1, in the order of arrival), `received` (a time), `path`
    (of the original's URL), `picture` and `thumbnail` (URLs), and the message's `attributes` and
    `message`.
    """

    client: Any
    queue_url: str
    link: LinkBuilder = build_unsigned_link
    received: deque[dict[str, Any]] = field(default_factory=lambda: deque(maxlen=_MAX_STORED))

    def poll(self, wait: int = _POLL_SECONDS) -> int:
        """Receive up to ten alerts, waiting *wait* seconds for the first; return their number."""
        answer = self.client.receive_message(
            QueueUrl=self.queue_url,
            MaxNumberOfMessages=10,
            WaitTimeSeconds=wait,
            MessageAttributeNames=["All"],
        )
        messages = answer.get("Messages", [])
        for message in messages:
            alert = self._build_alert(message)
            self.received.append(alert)
            print_line(format_alert(alert["message"]))
            self.client.delete_message(
                QueueUrl=self.queue_url, ReceiptHandle=message["ReceiptHandle"]
            )
        return len(messages)

    def build_routes(self) -> list[Route]:
        """Return the routes of the page and of its data.

        The data are alerts, newest first. `?after=NUMBER` leaves out alerts up to that one.
        """

        async def page(request: Request) -> Response:
            del request
            return HTMLResponse(_PAGE.read_text(encoding="utf-8"), headers=_UNCACHED)

        async def alerts(request: Request) -> Response:
            after = request.query_params.get("after", "0")
            last_known = int(after) if after.isdecimal() and len(after) <= _MAX_DIGITS else 0
            new_alerts = [
                alert for alert in reversed(self.received.copy()) if alert["number"] > last_known
            ]
            return JSONResponse({"newest": self._newest(), "alerts": new_alerts}, headers=_UNCACHED)

        return [Route("/_/alerts", page), Route("/_/alerts.json", alerts)]

    def _newest(self) -> int:
        number: int = self.received[-1]["number"] if self.received else 0
        return number

    def _build_alert(self, received: Mapping[str, Any]) -> dict[str, Any]:
        message = json.loads(received["Body"])
        # The version in the URL makes a browser replace the old picture in its cache.
        version = quote(message.get("version") or "", safe="")
        query = "auto=format" + (f"&v={version}" if version else "")
        attributes = received.get("MessageAttributes", {})
        return {
            "number": self._newest() + 1,
            "received": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "path": f"/{escape(message['key'])}",
            "picture": self.link(message["key"], f"w=1600&{query}"),
            "thumbnail": self.link(message["key"], f"w=240&h=160&{_CROP}&{query}"),
            "attributes": {name: value["StringValue"] for name, value in attributes.items()},
            "message": message,
        }


def format_alert(message: Mapping[str, Any]) -> str:
    """Return an alert as a line; `repr` escapes control characters of the key."""
    reason = message.get("reason")
    line = f"alert  {message['event']:<16} {shorten(message['key'])!r}"
    return f"{line}  {reason['message']}" if reason else line
