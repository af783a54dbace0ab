"""The entry points of the Lambda functions: each takes an event and returns a result."""

from __future__ import annotations

import collections
import dataclasses
import functools
import gc
import os
import time
import traceback
from typing import TYPE_CHECKING, Any, Final

from origin_lambda.bootstrap import (
    build_dispatcher,
    build_log_counter,
    build_origin,
    build_upload,
    build_worker,
    prepare_after_answer,
    read_secret,
    read_secret_slim,
)
from origin_lambda.errors import Internal
from origin_lambda.http import (
    Request,
    Response,
    error_response,
    from_event,
    from_streamed_event,
    to_event,
)
from origin_lambda.log import log_event
from origin_lambda.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from origin_lambda.derivatives.origin import Origin
    from origin_lambda.originals.dispatch import Dispatcher
    from origin_lambda.traffic.access_log import LogCounter
    from origin_lambda.traffic.worker import Worker
    from origin_lambda.uploads.upload import Upload

_START: Final = time.perf_counter()
_init_milliseconds: list[float] = []
"""The milliseconds of the cold start; empty after the first answer has reported them."""


@functools.cache
def _origin() -> Origin:
    settings = Settings.from_environment(os.environ, read_secret_slim)
    return build_origin(settings, prepare_after_answer(settings))


def origin(event: Mapping[str, Any], context: Any) -> dict[str, Any]:
    """Answer a request for a derivative, from a function URL, an API or a load balancer.

    Behind Lambda's runtime, the derivative is stored after the answer.
    """
    service = _origin()
    answer = functools.partial(_answer_event, service.answer, event, context)
    return service.after_answer.deliver(answer) if service.after_answer else answer()


def stream_origin(event: Mapping[str, Any], remaining: float) -> Response:
    """Answer a request for a derivative from a function URL that streams answers.

    *remaining* is the seconds until Lambda's deadline.
    """
    return _answer(_origin().answer, lambda: from_streamed_event(event, remaining))


def finish_origin() -> None:
    """Do the work that the origin left for the time after its answer."""
    if after_answer := _origin().after_answer:
        after_answer.run()


@functools.cache
def _upload() -> Upload:
    return build_upload(Settings.from_environment(os.environ, read_secret))


def upload(event: Mapping[str, Any], context: Any) -> dict[str, Any]:
    """Answer a request to upload, or for the status of an upload, from an HTTP API."""
    return _answer_event(_upload().answer, event, context)


@functools.cache
def _dispatcher() -> Dispatcher:
    return build_dispatcher(Settings.from_environment(os.environ, read_secret))


def ingest(event: Mapping[str, Any], context: Any) -> dict[str, Any]:
    """Process events of the originals bucket, in any wrapping, and messages of the ingest queue.

    Raises:
        DispatchFailed: the event is not an SQS batch, and a part of it failed. Lambda retries the
            event, and then moves it to the dead-letter queue.

    """
    if context is None:
        return _dispatcher().dispatch(event)
    return _dispatcher().dispatch(event, context.get_remaining_time_in_millis() / 1000)


@functools.cache
def _log_counter() -> LogCounter:
    return build_log_counter(Settings.from_environment(os.environ, read_secret))


def count_views(event: Mapping[str, Any], context: Any) -> None:
    """Count the views in new access logs, which S3 notifies of. A log can be counted twice."""
    del context
    _log_counter().count(event)


@functools.cache
def _worker() -> Worker:
    return build_worker(Settings.from_environment(os.environ, read_secret))


def refine(event: Mapping[str, Any], context: Any) -> dict[str, int]:
    """Make popular derivatives smaller until the time or the budget is over; return how many."""
    del event
    worker = _worker()
    tries = worker.run(context.get_remaining_time_in_millis() / 1000) if context else worker.run()
    return dict(collections.Counter(str(each.outcome) for each in tries))


def _answer_event(
    answer: Callable[[Request], Response], event: Mapping[str, Any], context: Any
) -> dict[str, Any]:
    remaining = context.get_remaining_time_in_millis() / 1000 if context else None
    return to_event(_answer(answer, lambda: from_event(event, remaining)), event)


def _answer(answer: Callable[[Request], Response], read: Callable[[], Request]) -> Response:
    """Read a request and answer it; no error leaves this function."""
    try:
        response = answer(read())
    except Exception as error:  # noqa: BLE001 reason: a caller must not see a stack trace
        log_event("crashed", error=repr(error), trace=traceback.format_exc())
        response = error_response(Internal("something went wrong here"))
    return _with_init_timing(response)


def _with_init_timing(response: Response) -> Response:
    """Add the duration of the cold start to the first response's `Server-Timing`."""
    if not _init_milliseconds:
        return response
    stages = [f"init;dur={_init_milliseconds.pop():.1f}", response.headers.get("server-timing", "")]
    timing = {"server-timing": ", ".join(filter(None, stages))}
    return dataclasses.replace(response, headers={**response.headers, **timing})


# Lambda gives a cold start more CPU than a request, so services are built there. A bad setting
# stops the start. `_HANDLER` names the entry point that this function was deployed with.
_SERVICES = {
    "origin": _origin,
    "ingest": _dispatcher,
    "upload": _upload,
    "count_views": _log_counter,
    "refine": _worker,
}
if service := _SERVICES.get(os.environ.get("_HANDLER", "").rpartition(".")[2]):
    # Nearly all objects of the start stay alive. Freezing them saves garbage collections of 8 ms.
    gc.disable()
    service()
    gc.freeze()
    _init_milliseconds.append(1000 * (time.perf_counter() - _START))
gc.enable()  # the import cache of a package has disabled it
