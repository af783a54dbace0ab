"""An access log goes in, and a refined derivative comes out, through the functions' entry points.

tests/deploy/test_ministack.py does the same with a deployed stack.
"""

import gzip
import json
import os
from pathlib import Path
from unittest import mock

from starlette.testclient import TestClient

from infra.laptop.cloud import DERIVATIVES, ORIGINALS, TRAFFIC
from infra.laptop.traffic import LOCAL
from origin_lambda import handler
from origin_lambda.url.admission import Policy
from tests.support.originals import draw
from tests.support.stack import run_stack
from tests.test_handler import Context

BASE = "http://img.example.com"
URL = "/cats/tom.jpg?w=200&fm=jpg"
LOGS = "access-logs"
LOG = "AWSLogs/123456789012/CloudFront/E1.2026-11-29-22.gz"
VIEWS = 100_000


def test_an_access_log_makes_a_popular_derivative_smaller(tmp_path: Path) -> None:
    path, _, query = URL.partition("?")
    view = {
        "cs-method": "GET",
        "sc-status": "200",
        "sc-content-type": "image/jpeg",
        "cs-uri-stem": path,
        "cs-uri-query": query,
    }
    notification = {"Records": [{"s3": {"bucket": {"name": LOGS}, "object": {"key": LOG}}}]}
    with (
        run_stack(tmp_path, Policy()) as stack,
        TestClient(stack.application, base_url=BASE) as client,
        mock.patch.dict(os.environ, LOCAL | {"TRAFFIC_TABLE": TRAFFIC}),
    ):
        stack.s3.put_object(Bucket=ORIGINALS, Key="cats/tom.jpg", Body=draw("jpeg"))
        stack.settle()
        before = client.get(URL)
        stack.s3.create_bucket(Bucket=LOGS)
        lines = (json.dumps(view) + "\n") * VIEWS
        stack.s3.put_object(Bucket=LOGS, Key=LOG, Body=gzip.compress(lines.encode(), 1))
        handler._log_counter.cache_clear()
        handler._worker.cache_clear()

        handler.count_views(notification, None)
        refined = handler.refine({}, None)
        again = handler.refine({}, Context(600_000))

        (key,) = stack.derivatives()
        stored = stack.s3.get_object(Bucket=DERIVATIVES, Key=key)
        handler._log_counter.cache_clear()
        handler._worker.cache_clear()

    assert before.status_code == 200
    assert (refined, again) == ({"refined": 1}, {})
    assert stored["Metadata"]["brief"].startswith("refined")
    assert stored["ContentLength"] < len(before.content)
