"""The origin function with streamed answers: python -m origin_lambda.streaming (0066)."""

from __future__ import annotations

import os

from origin_lambda.adapters.streaming_runtime import StreamingRuntime


def main() -> None:
    """Answer events until Lambda ends the process."""
    runtime = StreamingRuntime(os.environ["AWS_LAMBDA_RUNTIME_API"])
    try:
        from origin_lambda import handler
    except BaseException as error:
        runtime.report_failed_start(error)
        raise
    while True:
        request_id, event, remaining = runtime.wait_for_event()
        runtime.stream(request_id, handler.stream_origin(event, remaining))
        handler.finish_origin()


if __name__ == "__main__":
    main()
