"""What viewers see during a failure, a key rotation or a rollback: docs/operations.md, "Drills"."""

import asyncio
import io
import json
import os
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import boto3
import httpx2 as httpx
import pytest
from moto.moto_server import threaded_moto_server
from moto.moto_server.werkzeug_app import DomainDispatcherApplication
from PIL import Image
from starlette.testclient import TestClient

from edge.build import build_key_values
from infra.aws.constructs.edge_keys import SECRET_ENTRY, add_secrets, plan_updates
from infra.laptop import topology
from infra.laptop.cloud import CATALOG, DERIVATIVES, ORIGINALS
from origin_lambda import RECIPE, log
from origin_lambda.originals.record import Status
from origin_lambda.url import grammar
from origin_lambda.url.admission import Policy
from origin_lambda.url.urls import sign_url
from tests.support.originals import draw
from tests.support.stack import Stack, run_stack

BASE: Final = "http://img.example.com"
OLD: Final = {"2026": "an old secret"}
NEW: Final = {"2027": "a new secret"}
SLOW_DOWN: Final = (
    b"<Error><Code>SlowDown</Code><Message>Reduce your request rate</Message></Error>"
)


@pytest.fixture(autouse=True)
def lines(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    written: list[str] = []
    monkeypatch.setattr(log, "write", written.append)
    return written


def list_tolerated(lines: list[str]) -> set[str]:
    """Return the failed steps that were tolerated; the alarm origin-alone counts them."""
    records = map(json.loads, lines)
    return {line["what"] for line in records if line["event"] == "tolerated"}


def list_outcomes(lines: list[str]) -> list[str]:
    """Return how the origin answered each request; the alarm origin-5xx counts these."""
    records = map(json.loads, lines)
    return [line["how"] for line in records if line["event"] == "answered"]


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[Stack]:
    with run_stack(tmp_path, Policy()) as stack:
        yield stack


@pytest.fixture
def viewer(stack: Stack) -> Iterator[TestClient]:
    with TestClient(stack.application, base_url=BASE) as client:
        yield client


def put(stack: Stack, key: str, body: bytes) -> None:
    stack.s3.put_object(Bucket=ORIGINALS, Key=key, Body=body)


def size(answer: httpx.Response) -> tuple[int, int]:
    return Image.open(io.BytesIO(answer.content)).size


def draw_large() -> bytes:
    """Return an original that is large enough for mips."""
    file = io.BytesIO()
    Image.linear_gradient("L").resize((3000, 2000)).save(file, "JPEG")
    return file.getvalue()


def invalidate_all(stack: Stack) -> None:
    """Invalidate everything at the edge."""
    boto3.client("cloudfront").create_invalidation(
        DistributionId=os.environ["DISTRIBUTION_ID"],
        InvalidationBatch={
            "Paths": {"Quantity": 1, "Items": ["/*"]},
            "CallerReference": os.urandom(8).hex(),
        },
    )
    stack.laptop.worker.after_invocation()


# The catalog.


def test_without_its_catalog_the_origin_renders_the_present_original(
    stack: Stack, viewer: TestClient, lines: list[str]
) -> None:
    put(stack, "tom.jpg", draw("jpeg"))
    stack.settle()
    before = viewer.get("/tom.jpg?w=100")
    boto3.client("dynamodb").delete_table(TableName=CATALOG)
    put(stack, "tom.jpg", draw("jpeg-portrait"))

    cached, rendered = viewer.get("/tom.jpg?w=100"), viewer.get("/tom.jpg?w=101")

    assert (size(before), size(cached), size(rendered)) == ((100, 67), (100, 67), (101, 152))
    assert rendered.headers["x-calotype"].startswith("render")
    assert f"tom.jpg/r={RECIPE},w=101" in stack.derivatives()
    assert {"catalog", "recheck"} <= list_tolerated(lines)
    assert set(list_outcomes(lines)) == {"render"}


# The derivatives bucket.


def test_without_access_to_derivatives_every_picture_is_rendered_and_cached_for_a_minute(
    stack: Stack, viewer: TestClient, lines: list[str]
) -> None:
    put(stack, "tom.jpg", draw("jpeg"))
    put(stack, "large.jpg", draw_large())
    stack.settle()
    viewer.get("/tom.jpg?w=100")
    deny(stack, DERIVATIVES)
    invalidate_all(stack)

    again, other = viewer.get("/tom.jpg?w=100"), viewer.get("/large.jpg?w=100")

    assert [size(again), size(other)] == [(100, 67), (100, 67)]
    for answer in (again, other):
        assert answer.headers["x-calotype"].startswith("render")
        assert answer.headers["cache-control"] == "public, max-age=60"
    assert "mip=" not in other.headers["x-calotype"]
    assert list_tolerated(lines) == {"mip", "store"}


def deny(stack: Stack, bucket: str) -> None:
    statement = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"],
    }
    policy = {"Version": "2012-10-17", "Statement": [statement]}
    stack.s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps(policy))


# The originals bucket.


@dataclass
class Throttle:
    """A switch: whether S3 answers reads of originals with `SlowDown`."""

    on: bool = False


@pytest.fixture
def throttle(monkeypatch: pytest.MonkeyPatch) -> Throttle:
    throttle = Throttle()

    class Throttling(DomainDispatcherApplication):
        def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
            if throttle.on and environ["PATH_INFO"].startswith(f"/{ORIGINALS}/"):
                start_response("503 Slow Down", [("Content-Length", str(len(SLOW_DOWN)))])
                return [SLOW_DOWN]
            return super().__call__(environ, start_response)

    monkeypatch.setattr(threaded_moto_server, "DomainDispatcherApplication", Throttling)
    return throttle


def test_while_originals_are_throttled_only_requests_that_need_them_fail(
    throttle: Throttle, stack: Stack, viewer: TestClient, lines: list[str]
) -> None:
    put(stack, "tom.jpg", draw("jpeg"))
    put(stack, "large.jpg", draw_large())
    stack.settle()
    viewer.get("/tom.jpg?w=100")
    invalidate_all(stack)
    throttle.on = True

    stored, from_mip = viewer.get("/tom.jpg?w=100"), viewer.get("/large.jpg?w=100")
    missing = viewer.get("/tom.jpg?w=101")
    throttle.on = False
    after = viewer.get("/tom.jpg?w=101")

    assert [size(answer) for answer in (stored, from_mip, after)] == [
        (100, 67),
        (100, 67),
        (101, 67),
    ]
    assert stored.headers["x-calotype"].startswith("stored")
    assert "mip=" in from_mip.headers["x-calotype"]
    assert missing.status_code == 503
    assert missing.json()["error"]["code"] == "unavailable"
    assert missing.headers["cache-control"] == "no-store"
    assert list_outcomes(lines) == ["render", "render", "5xx", "render"]


# The topic.


def test_without_the_topic_pictures_are_answered_and_originals_are_ingested(
    stack: Stack, viewer: TestClient, lines: list[str]
) -> None:
    boto3.client("sns").delete_topic(TopicArn=os.environ["ALERTS_TOPIC_ARN"])
    put(stack, "new.jpg", draw_large())

    unlisted = viewer.get("/new.jpg?w=100")
    stack.laptop.worker.deliver_batch()
    listed = viewer.get("/new.jpg?w=101")

    assert (size(unlisted), size(listed)) == ((100, 67), (101, 67))
    assert not list_tolerated(lines)
    assert "mip=" in listed.headers["x-calotype"]
    record = stack.record("new.jpg")
    assert record is not None
    assert (record.status, record.last_notification) == (Status.READY, None)
    failed = [line["what"] for line in map(json.loads, lines) if line["event"] == "ingestfailed"]
    assert failed == ["changed", "requested"]


# The ingest queue.


def test_without_the_queue_pictures_of_unknown_originals_are_answered_but_not_cached(
    stack: Stack, viewer: TestClient, lines: list[str]
) -> None:
    put(stack, "new.jpg", draw_large())
    boto3.client("sqs").delete_queue(QueueUrl=os.environ["INGEST_QUEUE_URL"])

    unknown = viewer.get("/new.jpg?w=100&h=100&fit=crop&crop=faces")

    assert size(unknown) == (100, 100)
    assert unknown.headers["cache-control"] == "no-store"
    assert list_tolerated(lines) == {"queue"}


# Signing keys.


@dataclass
class Keyring:
    """The secret with the keys, and the edge's KeyValueStore."""

    store: dict[str, str] = field(default_factory=dict)
    secret: str = ""

    def change(self, keys: dict[str, str]) -> None:
        secrets = boto3.client("secretsmanager")
        if not self.secret:
            self.secret = secrets.create_secret(Name="keys", SecretString="{}")["ARN"]
        secrets.put_secret_value(SecretId=self.secret, SecretString=json.dumps(keys))

    def update_edge(self) -> None:
        """Copy the keys to the store as the edge keys' function does; the store is a dictionary."""
        text = boto3.client("secretsmanager").get_secret_value(SecretId=self.secret)
        public = {
            name: value for name, value in self.store.items() if not name.startswith(SECRET_ENTRY)
        }
        new_entries = add_secrets(public, json.loads(text["SecretString"]), None)
        for puts, deletes in plan_updates(dict(self.store), new_entries):
            self.store.update(puts)
            for name in deletes:
                del self.store[name]


@pytest.fixture
def keyring(monkeypatch: pytest.MonkeyPatch) -> Keyring:
    keyring = Keyring()

    def fill_store(policy: Policy) -> dict[str, str]:
        keyring.store.update(build_key_values(policy))
        return keyring.store

    monkeypatch.setattr(topology, "build_key_values", fill_store)
    return keyring


@pytest.fixture
def signed_stack(keyring: Keyring, tmp_path: Path) -> Iterator[Stack]:
    with run_stack(tmp_path, Policy(keys=OLD, require_signature=True)) as stack:
        keyring.change(OLD)
        put(stack, "tom.jpg", draw("jpeg"))
        whole = draw("jpeg")
        # Too large for an answer. The bytes lie before the end marker, so they are not cut off.
        put(stack, "heavy.jpg", whole[:-2] + bytes(6_000_000) + whole[-2:])
        stack.settle()
        yield stack


def sign(path: str, keys: dict[str, str]) -> str:
    ((kid, secret),) = keys.items()
    return sign_url(f"{BASE}{path}", kid, secret)


@dataclass
class Site:
    """Requests pictures repeatedly with URLs of one key: new, large and old derivatives."""

    client: httpx.AsyncClient
    keys: dict[str, str]
    statuses: Counter[int]
    rounds: int = 0
    is_open: bool = True

    async def run(self) -> None:
        while self.is_open:
            self.rounds += 1
            kid = next(iter(self.keys))
            for path in (
                f"/tom.jpg?w={20 + self.rounds}",
                f"/heavy.jpg?dl={kid}-{self.rounds}",
                "/tom.jpg?w=20",
            ):
                answer = await self.client.get(sign(path, self.keys), follow_redirects=True)
                self.statuses[answer.status_code] += 1
                self.statuses[-302] += len(answer.history)


async def wait_for_rounds(*sites: Site) -> None:
    """Wait until each site has completed a round that began after this call."""
    goals = [site.rounds + 2 for site in sites]
    while any(site.rounds < goal for site, goal in zip(sites, goals, strict=True)):  # noqa: ASYNC110 reason: sites only count their rounds
        await asyncio.sleep(0.005)


def test_keys_are_rotated_while_urls_of_both_are_requested(
    signed_stack: Stack, keyring: Keyring
) -> None:
    statuses: Counter[int] = Counter()
    steps: list[Callable[[], None]] = [
        lambda: keyring.change(NEW | OLD),
        keyring.update_edge,
    ]

    async def rotate() -> list[int]:
        transport = httpx.ASGITransport(signed_stack.application)
        async with httpx.AsyncClient(transport=transport, base_url=BASE) as client:
            old, new = Site(client, OLD, statuses), Site(client, NEW, statuses)
            running_old = asyncio.create_task(old.run())
            for step in steps:
                step()
                await wait_for_rounds(old)
            running_new = asyncio.create_task(new.run())
            await wait_for_rounds(old, new)
            old.is_open = False
            await running_old
            keyring.change(NEW)
            keyring.update_edge()
            await wait_for_rounds(new)
            new.is_open = False
            await running_new
            answers = [await client.get(sign("/tom.jpg?w=20", keys)) for keys in (OLD, NEW)]
            return [answer.status_code for answer in answers]

    ends = asyncio.run(rotate())

    redirected = statuses.pop(-302)
    assert redirected >= 10
    assert set(statuses) == {200}
    assert sum(statuses.values()) >= 3 * redirected - 3
    assert ends == [403, 200]


# A rollback.


def test_after_a_rollback_derivatives_of_both_recipes_stay_apart(
    stack: Stack, viewer: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    former, path = RECIPE - 1, "/tom.jpg?w=100"
    put(stack, "tom.jpg", draw("jpeg"))
    stack.settle()
    monkeypatch.setattr(grammar, "RECIPE", former)

    rolled_back = viewer.get(path)
    invalidate_all(stack)
    again = viewer.get(path)
    invoked = len(stack.invoked)
    monkeypatch.setattr(grammar, "RECIPE", RECIPE)
    cached = viewer.get(path)
    invalidate_all(stack)
    forward = viewer.get(path)

    assert [answer.status_code for answer in (rolled_back, again, cached, forward)] == [200] * 4
    assert rolled_back.headers["x-calotype"].startswith("render")
    assert again.headers["x-calotype"].startswith("stored")
    assert invoked == 2  # the edge does not look for derivatives of the former recipe
    assert cached.headers["etag"] == again.headers["etag"]
    assert forward.headers["x-calotype"].startswith("render")
    assert stack.derivatives("tom.jpg/") == [f"tom.jpg/r={each},w=100" for each in (former, RECIPE)]


# The documentation.


def test_every_documented_drill_is_a_test() -> None:
    root = Path(__file__).parents[2]
    text = (root / "docs" / "operations.md").read_text(encoding="utf-8")
    rows = text.partition("\n## Drills\n")[2].partition("\n## ")[0].splitlines()
    documented = {
        (path, name)
        for row in rows
        if row.startswith("| ")
        for name, path in re.findall(r"\[`(test_\w+)`\]\(\.\./(tests/[\w/]+\.py)\)", row)
    }

    assert len(documented) >= 10
    for path, name in documented:
        assert f"def {name}(" in (root / path).read_text(encoding="utf-8"), name
    own = re.findall(r"^def (test_\w+)", Path(__file__).read_text(encoding="utf-8"), re.MULTILINE)
    assert {name for path, name in documented if path == "tests/laptop/test_drills.py"} == set(
        own[:-1]
    )
