"""The entry points of the Lambda functions: events in, results out."""

import functools
import os
import traceback
from collections.abc import Mapping
from typing import Any

from origin_lambda.bootstrap import build_origin, secret
from origin_lambda.errors import Internal
from origin_lambda.http import event_answer, failure, request_from
from origin_lambda.log import record
from origin_lambda.origin import Origin
from origin_lambda.settings import Settings


@functools.cache
def _origin() -> Origin:
    return build_origin(Settings.from_environment(os.environ, secret))


def origin(event: Mapping[str, Any], context: Any) -> dict[str, Any]:
    """Answer a request for a derivative, from a function URL, an API or a load balancer."""
    remaining = context.get_remaining_time_in_millis() / 1000 if context else None
    service = _origin()
    try:
        response = service.answer(request_from(event, remaining))
    except Exception as error:  # noqa: BLE001 reason: no stack trace may reach a stranger
        record("crashed", error=repr(error), trace=traceback.format_exc())
        response = failure(Internal("something went wrong here"))
    return event_answer(response, event)


# Lambda gives the start more CPU than a request: services are built there, and a bad setting
# stops it. `_HANDLER` names the entry point that this function was deployed with.
if os.environ.get("_HANDLER", "").endswith(".origin"):
    _origin()
