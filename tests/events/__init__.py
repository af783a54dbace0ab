"""Events as AWS sends them, one of each shape.

All requests ask for the same derivative; all events for ingest name the same original. The shapes
are those that AWS documents; docs/decisions/0005 says which service decodes what.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote, unquote_plus

SHAPES: Final = ("function-url", "http-api", "rest-api", "balancer", "balancer-multi")

KEY: Final = "cats/tom & jerry+\u00e9.jpg"
"""The original of every sample; requests ask for it cropped to 150x90."""


def sample(shape: str) -> dict[str, Any]:
    """Return the sample event of a shape."""
    text = (Path(__file__).parent / f"{shape}.json").read_text(encoding="utf-8")
    event: dict[str, Any] = json.loads(text)
    return event


def event(
    shape: str,
    path: str,
    query: str = "",
    method: str = "GET",
    headers: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Return an event of a shape for another request; path and query as a browser sends them.

    HTTP APIs decode the path and REST APIs the query; load balancers decode nothing.
    """
    made, sent = sample(shape), headers or {}
    if shape in {"function-url", "http-api"}:
        made["rawPath"] = path if shape == "function-url" else unquote(path)
        made["rawQueryString"] = query
        made["headers"] = {name.lower(): text for name, text in sent.items()}
        made["requestContext"]["http"] |= {"method": method, "path": made["rawPath"]}
        return made
    made |= {"httpMethod": method, "path": path}
    pairs = [pair.partition("=")[::2] for pair in query.split("&") if pair]
    if shape == "rest-api":
        pairs = [(unquote_plus(name), unquote_plus(text)) for name, text in pairs]
    several: dict[str, list[str]] = {}
    for name, text in pairs:
        several.setdefault(name, []).append(text)
    values: dict[str, Any] = {
        "queryStringParameters": dict(pairs),
        "multiValueQueryStringParameters": several,
        "headers": dict(sent),
        "multiValueHeaders": {name: [text] for name, text in sent.items()},
    }
    # A REST API says null where there is none.
    nothing: dict[str, str] | None = None if shape == "rest-api" else {}
    return made | {name: values[name] or nothing for name in values.keys() & made.keys()}
