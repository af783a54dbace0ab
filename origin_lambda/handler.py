"""The entry points of the Lambda functions: events in, results out."""

from __future__ import annotations

import dataclasses
import functools
import gc
import os
import time
import traceback
from typing import TYPE_CHECKING, Any, Final

from origin_lambda.bootstrap import (
    build_dispatcher,
    build_origin,
    build_upload,
    secret,
    slim_secret,
)
from origin_lambda.errors import Internal
from origin_lambda.http import Request, Response, event_answer, failure, request_from
from origin_lambda.log import record
from origin_lambda.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from origin_lambda.derivatives.origin import Origin
    from origin_lambda.originals.dispatch import Dispatcher
    from origin_lambda.uploads.upload import Upload

_BEGAN: Final = time.perf_counter()
_started: list[float] = []
"""Milliseconds that the start took, until the first answer has told them."""


@functools.cache
def _origin() -> Origin:
    return build_origin(Settings.from_environment(os.environ, slim_secret))


def origin(event: Mapping[str, Any], context: Any) -> dict[str, Any]:
    """Answer a request for a derivative, from a function URL, an API or a load balancer."""
    return _answered(_origin().answer, event, context)


@functools.cache
def _upload() -> Upload:
    return build_upload(Settings.from_environment(os.environ, secret))


def upload(event: Mapping[str, Any], context: Any) -> dict[str, Any]:
    """Answer a request to upload, or how an upload goes on, from an HTTP API."""
    return _answered(_upload().answer, event, context)


@functools.cache
def _deliveries() -> Dispatcher:
    return build_dispatcher(Settings.from_environment(os.environ, secret))


def ingest(event: Mapping[str, Any], context: Any) -> dict[str, Any]:
    """Keep up with the originals bucket: its events, in any wrapping, and our own messages.

    Raises:
        DispatchFailed: a part of an event that is no batch of SQS failed; Lambda tries again, and
            then leaves it to the dead letters.

    """
    if context is None:
        return _deliveries().dispatch(event)
    return _deliveries().dispatch(event, context.get_remaining_time_in_millis() / 1000)


def _answered(
    answer: Callable[[Request], Response], event: Mapping[str, Any], context: Any
) -> dict[str, Any]:
    remaining = context.get_remaining_time_in_millis() / 1000 if context else None
    try:
        response = answer(request_from(event, remaining))
    except Exception as error:  # noqa: BLE001 reason: no stack trace may reach a stranger
        record("crashed", error=repr(error), trace=traceback.format_exc())
        response = failure(Internal("something went wrong here"))
    return event_answer(_telling_of_the_start(response), event)


def _telling_of_the_start(response: Response) -> Response:
    if not _started:
        return response
    stages = [f"init;dur={_started.pop():.1f}", response.headers.get("server-timing", "")]
    timing = {"server-timing": ", ".join(filter(None, stages))}
    return dataclasses.replace(response, headers={**response.headers, **timing})


# Lambda gives the start more CPU than a request: services are built there, and a bad setting
# stops it. `_HANDLER` names the entry point that this function was deployed with.
_SERVICES = {"origin": _origin, "ingest": _deliveries, "upload": _upload}
if service := _SERVICES.get(os.environ.get("_HANDLER", "").rpartition(".")[2]):
    # Nearly all that a start makes stays: to look through it for garbage, then and whenever there
    # is some later, would take 8 ms.
    gc.disable()
    service()
    gc.freeze()
    gc.enable()
    _started.append(1000 * (time.perf_counter() - _BEGAN))
