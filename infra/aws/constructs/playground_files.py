"""Answers with the files of the playground: runs in Lambda, behind CloudFront's `/_/*`.

It is packaged with one file of JSON, which has all answers (`infra/laptop/playground/hosted.py`).
It calls no service, so its role needs no permission but to write its log.
"""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

SITE: Final = "site.json"
"""The name of the file with the answers, beside this one."""

_MISSING: Final = {
    "type": "application/json",
    "text": '{"error":{"code":"not-found","message":"the playground has no such file"}}',
}


def handle(event: Mapping[str, Any], _context: object) -> dict[str, Any]:
    """Return the answer to a request of the function's URL; 404 for a path without a file."""
    site = _read_site()
    file = site["files"].get(event["rawPath"])
    status, sent = (200, file) if file else (404, _MISSING)
    headers = site["headers"] | {"content-type": sent["type"]}
    return {"statusCode": status, "headers": headers, "body": sent["text"]}


@cache
def _read_site() -> dict[str, Any]:
    site: dict[str, Any] = json.loads(Path(__file__).with_name(SITE).read_text(encoding="utf-8"))
    return site
