"""What viewers see while something is gone, refused or turned back: docs/operations.md, "Drills"."""

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

from edge.build import key_values
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


def done_without(lines: list[str]) -> set[str]:
    """Return what the alarm origin-alone counts."""
    told = map(json.loads, lines)
    return {line["what"] for line in told if line["event"] == "tolerated"}


def how(lines: list[str]) -> list[str]:
    """Return how the origin answered, as the alarm origin-5xx counts it."""
    told = map(json.loads, lines)
    return [line["how"] for line in told if line["event"] == "answered"]


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[Stack]:
    with run_stack(tmp_path, Policy()) as made:
        yield made


@pytest.fixture
def viewer(stack: Stack) -> Iterator[TestClient]:
    with TestClient(stack.application, base_url=BASE) as client:
        yield client


def put(stack: Stack, key: str, body: bytes) -> None:
    stack.s3.put_object(Bucket=ORIGINALS, Key=key, Body=body)


def size(answer: httpx.Response) -> tuple[int, int]:
    return Image.open(io.BytesIO(answer.content)).size


def large() -> bytes:
    """Return an original that ingest makes mips of."""
    file = io.BytesIO()
    Image.linear_gradient("L").resize((3000, 2000)).save(file, "JPEG")
    return file.getvalue()


def forget(stack: Stack) -> None:
    """Have the edge forget everything."""
    boto3.client("cloudfront").create_invalidation(
        DistributionId=os.environ["DISTRIBUTION_ID"],
        InvalidationBatch={
            "Paths": {"Quantity": 1, "Items": ["/*"]},
            "CallerReference": os.urandom(8).hex(),
        },
    )
    stack.laptop.worker.after_invocation()


# The catalog.


def test_without_its_catalog_the_origin_renders_what_the_bucket_has_now(
    stack: Stack, viewer: TestClient, lines: list[str]
) -> None:
    put(stack, "tom.jpg", draw("jpeg"))
    stack.settle()
    before = viewer.get("/tom.jpg?w=100")
    boto3.client("dynamodb").delete_table(TableName=CATALOG)
    put(stack, "tom.jpg", draw("jpeg-portrait"))

    cached, asked = viewer.get("/tom.jpg?w=100"), viewer.get("/tom.jpg?w=101")

    assert (size(before), size(cached), size(asked)) == ((100, 67), (100, 67), (101, 152))
    assert asked.headers["x-calotype"].startswith("render")
    assert f"tom.jpg/r={RECIPE},w=101" in stack.derivatives()
    assert {"catalog", "recheck"} <= done_without(lines)
    assert set(how(lines)) == {"render"}


# The derivatives bucket.


def test_where_derivatives_are_denied_every_picture_is_rendered_and_kept_for_a_minute(
    stack: Stack, viewer: TestClient, lines: list[str]
) -> None:
    put(stack, "tom.jpg", draw("jpeg"))
    put(stack, "large.jpg", large())
    stack.settle()
    viewer.get("/tom.jpg?w=100")
    deny(stack, DERIVATIVES)
    forget(stack)

    again, other = viewer.get("/tom.jpg?w=100"), viewer.get("/large.jpg?w=100")

    assert [size(again), size(other)] == [(100, 67), (100, 67)]
    for answer in (again, other):
        assert answer.headers["x-calotype"].startswith("render")
        assert answer.headers["cache-control"] == "public, max-age=60"
    assert "mip=" not in other.headers["x-calotype"]
    assert done_without(lines) == {"mip", "store"}


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
    """Whether S3 answers the origin that it asks for too many originals."""

    on: bool = False


@pytest.fixture
def throttle(monkeypatch: pytest.MonkeyPatch) -> Throttle:
    made = Throttle()

    class Throttling(DomainDispatcherApplication):
        def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
            if made.on and environ["PATH_INFO"].startswith(f"/{ORIGINALS}/"):
                start_response("503 Slow Down", [("Content-Length", str(len(SLOW_DOWN)))])
                return [SLOW_DOWN]
            return super().__call__(environ, start_response)

    monkeypatch.setattr(threaded_moto_server, "DomainDispatcherApplication", Throttling)
    return made


def test_while_originals_are_throttled_only_what_needs_them_is_missing_and_for_no_longer(
    throttle: Throttle, stack: Stack, viewer: TestClient, lines: list[str]
) -> None:
    put(stack, "tom.jpg", draw("jpeg"))
    put(stack, "large.jpg", large())
    stack.settle()
    viewer.get("/tom.jpg?w=100")
    forget(stack)
    throttle.on = True

    kept, from_mip = viewer.get("/tom.jpg?w=100"), viewer.get("/large.jpg?w=100")
    missing = viewer.get("/tom.jpg?w=101")
    throttle.on = False
    after = viewer.get("/tom.jpg?w=101")

    assert [size(answer) for answer in (kept, from_mip, after)] == [(100, 67), (100, 67), (101, 67)]
    assert kept.headers["x-calotype"].startswith("stored")
    assert "mip=" in from_mip.headers["x-calotype"]
    assert missing.status_code == 503
    assert missing.json()["error"]["code"] == "unavailable"
    assert missing.headers["cache-control"] == "no-store"
    assert how(lines) == ["render", "render", "5xx", "render"]


# The topic.


def test_without_the_topic_pictures_are_answered_and_ingest_goes_as_far_as_it_can(
    stack: Stack, viewer: TestClient, lines: list[str]
) -> None:
    boto3.client("sns").delete_topic(TopicArn=os.environ["ALERTS_TOPIC_ARN"])
    put(stack, "new.jpg", large())

    unlisted = viewer.get("/new.jpg?w=100")
    stack.laptop.worker.deliver_batch()
    listed = viewer.get("/new.jpg?w=101")

    assert (size(unlisted), size(listed)) == ((100, 67), (101, 67))
    assert not done_without(lines)
    assert "mip=" in listed.headers["x-calotype"]
    item = stack.record("new.jpg")
    assert item is not None
    assert (item.status, item.last_notification) == (Status.READY, None)
    failed = [line["what"] for line in map(json.loads, lines) if line["event"] == "ingestfailed"]
    assert failed == ["changed", "requested"]


# The ingest queue.


def test_without_the_queue_pictures_are_answered_and_those_of_unknown_originals_are_not_cached(
    stack: Stack, viewer: TestClient, lines: list[str]
) -> None:
    put(stack, "new.jpg", large())
    boto3.client("sqs").delete_queue(QueueUrl=os.environ["INGEST_QUEUE_URL"])

    unknown = viewer.get("/new.jpg?w=100&h=100&fit=crop&crop=faces")

    assert size(unknown) == (100, 100)
    assert unknown.headers["cache-control"] == "no-store"
    assert done_without(lines) == {"queue"}


# Signing keys.


@dataclass
class Keyring:
    """The secret with the keys, and the edge's store, which has read it."""

    store: dict[str, str] = field(default_factory=dict)
    secret: str = ""

    def change(self, keys: dict[str, str]) -> None:
        secrets = boto3.client("secretsmanager")
        if not self.secret:
            self.secret = secrets.create_secret(Name="keys", SecretString="{}")["ARN"]
        secrets.put_secret_value(SecretId=self.secret, SecretString=json.dumps(keys))

    def tell_edge(self) -> None:
        """Do what the edge keys' function does, with a store that is a dictionary."""
        text = boto3.client("secretsmanager").get_secret_value(SecretId=self.secret)
        public = {
            name: value for name, value in self.store.items() if not name.startswith(SECRET_ENTRY)
        }
        wanted = add_secrets(public, json.loads(text["SecretString"]), None)
        for puts, deletes in plan_updates(dict(self.store), wanted):
            self.store.update(puts)
            for name in deletes:
                del self.store[name]


@pytest.fixture
def keyring(monkeypatch: pytest.MonkeyPatch) -> Keyring:
    keyring = Keyring()

    def fill_store(policy: Policy) -> dict[str, str]:
        keyring.store.update(key_values(policy))
        return keyring.store

    monkeypatch.setattr(topology, "key_values", fill_store)
    return keyring


@pytest.fixture
def guarded(keyring: Keyring, tmp_path: Path) -> Iterator[Stack]:
    with run_stack(tmp_path, Policy(keys=OLD, require_signature=True)) as stack:
        keyring.change(OLD)
        put(stack, "tom.jpg", draw("jpeg"))
        whole = draw("jpeg")
        # More than an answer holds; behind its end they would be cut.
        put(stack, "heavy.jpg", whole[:-2] + bytes(6_000_000) + whole[-2:])
        stack.settle()
        yield stack


def signed(path: str, keys: dict[str, str]) -> str:
    ((kid, secret),) = keys.items()
    return sign_url(f"{BASE}{path}", kid, secret)


@dataclass
class Site:
    """Shows pictures by URLs of one key, again and again: new ones, large ones, old ones."""

    client: httpx.AsyncClient
    keys: dict[str, str]
    statuses: Counter[int]
    asked: int = 0
    open: bool = True

    async def run(self) -> None:
        while self.open:
            self.asked += 1
            kid = next(iter(self.keys))
            for path in (
                f"/tom.jpg?w={20 + self.asked}",
                f"/heavy.jpg?dl={kid}-{self.asked}",
                "/tom.jpg?w=20",
            ):
                answer = await self.client.get(signed(path, self.keys), follow_redirects=True)
                self.statuses[answer.status_code] += 1
                self.statuses[-302] += len(answer.history)


async def rounds(*sites: Site) -> None:
    """Wait until each site has asked for all that it shows, from begin to end."""
    goals = [site.asked + 2 for site in sites]
    while any(site.asked < goal for site, goal in zip(sites, goals, strict=True)):  # noqa: ASYNC110 reason: sites count, and tell nobody
        await asyncio.sleep(0.005)


def test_keys_are_rotated_while_sites_of_both_are_asked_for(
    guarded: Stack, keyring: Keyring
) -> None:
    statuses: Counter[int] = Counter()
    steps: list[Callable[[], None]] = [
        lambda: keyring.change(NEW | OLD),
        keyring.tell_edge,
    ]

    async def rotate() -> list[int]:
        transport = httpx.ASGITransport(guarded.application)
        async with httpx.AsyncClient(transport=transport, base_url=BASE) as client:
            old, new = Site(client, OLD, statuses), Site(client, NEW, statuses)
            running_old = asyncio.create_task(old.run())
            for step in steps:
                step()
                await rounds(old)
            running_new = asyncio.create_task(new.run())
            await rounds(old, new)
            old.open = False
            await running_old
            keyring.change(NEW)
            keyring.tell_edge()
            await rounds(new)
            new.open = False
            await running_new
            late = [await client.get(signed("/tom.jpg?w=20", keys)) for keys in (OLD, NEW)]
            return [answer.status_code for answer in late]

    ends = asyncio.run(rotate())

    redirected = statuses.pop(-302)
    assert redirected >= 10
    assert set(statuses) == {200}
    assert sum(statuses.values()) >= 3 * redirected - 3
    assert ends == [403, 200]


# A version that is turned back.


def test_after_a_rollback_derivatives_of_both_recipes_stay_apart(
    stack: Stack, viewer: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    former, path = RECIPE - 1, "/tom.jpg?w=100"
    put(stack, "tom.jpg", draw("jpeg"))
    stack.settle()
    monkeypatch.setattr(grammar, "RECIPE", former)

    back = viewer.get(path)
    forget(stack)
    once_more = viewer.get(path)
    invoked = len(stack.invoked)
    monkeypatch.setattr(grammar, "RECIPE", RECIPE)
    cached = viewer.get(path)
    forget(stack)
    forward = viewer.get(path)

    assert [answer.status_code for answer in (back, once_more, cached, forward)] == [200] * 4
    assert back.headers["x-calotype"].startswith("render")
    assert once_more.headers["x-calotype"].startswith("stored")
    assert invoked == 2  # what the former version kept, the edge does not look for
    assert cached.headers["etag"] == once_more.headers["etag"]
    assert forward.headers["x-calotype"].startswith("render")
    assert stack.derivatives("tom.jpg/") == [f"tom.jpg/r={each},w=100" for each in (former, RECIPE)]


# What is written about it.


def test_every_drill_that_is_written_up_is_a_test() -> None:
    root = Path(__file__).parents[2]
    text = (root / "docs" / "operations.md").read_text(encoding="utf-8")
    rows = text.partition("\n## Drills\n")[2].partition("\n## ")[0].splitlines()
    tried = {
        (path, name)
        for row in rows
        if row.startswith("| ")
        for name, path in re.findall(r"\[`(test_\w+)`\]\(\.\./(tests/[\w/]+\.py)\)", row)
    }

    assert len(tried) >= 10
    for path, name in tried:
        assert f"def {name}(" in (root / path).read_text(encoding="utf-8"), name
    own = re.findall(r"^def (test_\w+)", Path(__file__).read_text(encoding="utf-8"), re.MULTILINE)
    assert {name for path, name in tried if path == "tests/laptop/test_drills.py"} == set(own[:-1])
