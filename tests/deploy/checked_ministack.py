"""Runs ministack with the checks of permissions that AWS makes, and records what they allow.

Ministack's own Python runs this file, with the file to write as its argument.
"""

import json
import sys
from pathlib import Path
from typing import Any

from ministack import app as ministack  # type: ignore[import-not-found]
from ministack.core import iam_evaluator  # type: ignore[import-not-found]

RECORD = Path(sys.argv.pop())


def main() -> None:
    """Serve until the process is ended."""
    serve, enforce = ministack.app, iam_evaluator.enforce

    async def serve_as_tls(scope: dict[str, Any], receive: Any, send: Any) -> None:
        # The policies of buckets deny plain HTTP, which is all that loopback has.
        await serve(
            {**scope, "scheme": "https"} if scope["type"] == "http" else scope, receive, send
        )

    def record(access_key: str, action: str, service: str, *rest: Any, **options: Any) -> Any:
        denied = enforce(access_key, action, service, *rest, **options)
        caller = iam_evaluator.resolve_caller_identity(access_key) or {}
        line = {"who": caller.get("userArn", ""), "action": action, "is_denied": bool(denied)}
        with RECORD.open("a") as lines:
            lines.write(json.dumps(line) + "\n")
        return denied

    ministack.app, iam_evaluator.enforce = serve_as_tls, record
    ministack.main()


if __name__ == "__main__":
    main()
