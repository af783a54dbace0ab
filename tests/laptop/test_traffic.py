"""The local server makes popular derivatives smaller, and does not slow down its visitors."""

import multiprocessing
import os
from pathlib import Path
from unittest import mock

import pytest
from starlette.testclient import TestClient

from infra.laptop import traffic
from infra.laptop.cloud import ORIGINALS, TRAFFIC
from origin_lambda.bootstrap import build_popularity, build_worker
from origin_lambda.derivatives.refine import Outcome, Refinement
from origin_lambda.settings import Settings
from origin_lambda.url.admission import Policy
from tests.support.originals import draw
from tests.support.stack import run_stack, serve_moto

VIEWS = 20_000


def test_what_is_popular_becomes_smaller_in_a_process_of_the_lowest_priority(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    results: list[Refinement] = []
    priorities: set[int] = set()

    def record(refinement: Refinement) -> None:
        results.append(refinement)
        processes = multiprocessing.active_children()
        priorities.update(os.getpriority(os.PRIO_PROCESS, each.pid or 0) for each in processes)

    monkeypatch.setattr(traffic, "_print", record)
    with (
        run_stack(tmp_path, Policy()) as stack,
        serve_moto() as url,
        TestClient(stack.application, base_url="http://img.example.com") as client,
        mock.patch.dict(
            os.environ, traffic.LOCAL | {"TRAFFIC_TABLE": TRAFFIC, "AWS_ENDPOINT_URL": url}
        ),
    ):
        stack.s3.put_object(Bucket=ORIGINALS, Key="cats/tom.jpg", Body=draw("jpeg"))
        stack.settle()
        for width in (200, 220):
            assert client.get(f"/cats/tom.jpg?w={width}&fm=jpg").status_code == 200
        settings = Settings.from_environment(os.environ)
        local = traffic.LocalTraffic(build_popularity(settings), build_worker(settings))
        for key in stack.derivatives() * VIEWS:
            local.count(f"/{key}")
        local.store()

        local.refine()
        local.refine()

    assert [each.outcome for each in results] == [Outcome.REFINED] * 2
    assert priorities == {19}
    assert not multiprocessing.active_children()
