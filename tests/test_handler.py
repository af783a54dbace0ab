"""Events of all shapes, and responses in the shape of their event."""

import base64
import io
import json
import os
import re
import runpy
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

import boto3
import pytest
from PIL import Image

from infra.laptop.cloud import CATALOG, DERIVATIVES, ORIGINALS, create_resources
from origin_lambda import handler, log
from origin_lambda.adapters.boto.cloudfront import CloudFrontEdge
from origin_lambda.adapters.boto.dynamodb import DynamoCatalog
from origin_lambda.adapters.boto.s3 import S3Bucket
from origin_lambda.adapters.boto.sns import SnsAlerts
from origin_lambda.adapters.boto.sqs import SqsQueue
from origin_lambda.adapters.memory import MemoryBucket
from origin_lambda.bootstrap import build_dispatcher
from origin_lambda.originals.catalog import to_json
from origin_lambda.originals.record import OriginalRecord
from origin_lambda.ports import Blob
from origin_lambda.settings import BadSetting, Settings
from origin_lambda.url.grammar import OriginalKey, encode_key
from tests.contract.signed_server import reset_moto
from tests.events import KEY, SHAPES, event, sample
from tests.support.origin_world import World, build_world
from tests.support.originals import draw

LAMBDA_ANSWER: Final = 6 * 1024 * 1024
BALANCER_ANSWER: Final = 1024 * 1024


@dataclass(frozen=True)
class Context:
    """The context of an invocation: the milliseconds until its deadline."""

    milliseconds: int

    def get_remaining_time_in_millis(self) -> int:
        return self.milliseconds


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    made = build_world()
    made.put(KEY, draw("jpeg"))
    monkeypatch.setattr(handler, "_origin", lambda: made.origin)
    return made


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    written: list[str] = []
    monkeypatch.setattr(log, "write", written.append)
    return written


def headers_of(answer: dict[str, Any]) -> dict[str, str]:
    if "multiValueHeaders" in answer:
        return {name: ",".join(values) for name, values in answer["multiValueHeaders"].items()}
    headers: dict[str, str] = answer["headers"]
    return headers


def body_of(answer: dict[str, Any]) -> bytes:
    assert answer["isBase64Encoded"] is True
    return base64.b64decode(answer["body"], validate=True)


# Each shape.


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize("shape", SHAPES)
def test_a_sample_event_is_answered_with_its_derivative(shape: str) -> None:
    answer = handler.origin(sample(shape), Context(25_000))

    assert answer["statusCode"] == 200
    headers = headers_of(answer)
    assert headers["content-type"] == "image/avif"
    assert headers["content-disposition"] == 'attachment; filename="my cat+dog.jpg"'
    assert headers["vary"] == "Accept, Save-Data"
    assert headers["x-calotype"].endswith("out=150x90")
    assert Image.open(io.BytesIO(body_of(answer))).size == (150, 90)


def test_every_shape_asks_for_the_same_derivative(world: World) -> None:
    answers = [handler.origin(sample(shape), None) for shape in SHAPES]

    assert len({headers_of(answer)["etag"] for answer in answers}) == 1
    assert len(world.derivatives.objects) == 1


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize("shape", SHAPES)
def test_an_answer_has_the_shape_that_the_service_expects(shape: str) -> None:
    answer = json.loads(json.dumps(handler.origin(sample(shape), None)))

    expected = "multiValueHeaders" if shape == "balancer-multi" else "headers"
    assert answer.keys() == {"statusCode", "isBase64Encoded", "body", expected}
    values = [answer[expected][name] for name in answer[expected]]
    kind = list if shape == "balancer-multi" else str
    assert all(isinstance(value, kind) for value in values)


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(
    "path, query, status",
    [
        ("/cats/tom.jpg", "", 200),
        ("/cats/tom.jpg/r=4,w=150", "", 200),
        ("/cats/tom.jpg", "w=150&w=0", 400),
        ("/cats/tom.jpg", "w=0&w=150", 200),
        ("/cats/tom.jpg", "bg=%23ff8800", 200),
        ("/cats/tom.jpg", "ar=16%3A9&w=9&%66it=crop", 200),
        ("/cats/tom.jpg", "dl", 200),
        ("/cats/tom.jpg", "expires=1", 410),
        ("/cats/tom%2Ejpg", "w=9", 200),
        ("/cats//tom.jpg", "w=9", 404),
        ("/", "", 400),
        ("/cats/%2E%2E/tom.jpg", "", 400),
    ],
)
def test_every_shape_gives_the_same_answer(shape: str, path: str, query: str, status: int) -> None:
    assert handler.origin(event(shape, path, query), None)["statusCode"] == status


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize("shape", SHAPES)
def test_header_names_are_not_case_sensitive(shape: str) -> None:
    first = handler.origin(event(shape, "/cats/tom.jpg", "w=9"), None)
    given = {"If-None-Match": headers_of(first)["etag"]}

    answer = handler.origin(event(shape, "/cats/tom.jpg", "w=9", headers=given), None)

    assert (answer["statusCode"], body_of(answer)) == (304, b"")


@pytest.mark.usefixtures("world")
def test_headers_sent_twice_are_one_list() -> None:
    first = handler.origin(event("balancer-multi", "/cats/tom.jpg", "w=9"), None)
    again = event("balancer-multi", "/cats/tom.jpg", "w=9")
    again["multiValueHeaders"] = {"if-none-match": ['"other"', headers_of(first)["etag"]]}

    assert handler.origin(again, None)["statusCode"] == 304


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("method, status", [("HEAD", 200), ("OPTIONS", 204), ("POST", 405)])
def test_the_method_of_the_event_is_used(shape: str, method: str, status: int) -> None:
    answer = handler.origin(event(shape, "/cats/tom.jpg", "w=9", method), None)

    assert answer["statusCode"] == status
    assert (body_of(answer) == b"") == (method != "POST")


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize("shape", SHAPES)
def test_a_failure_is_json_in_the_same_shape(shape: str) -> None:
    answer = handler.origin(event(shape, "/missing.jpg", "w=9"), None)

    assert answer["statusCode"] == 404
    assert headers_of(answer)["content-type"] == "application/json"
    assert json.loads(body_of(answer)) == {
        "error": {"code": "no-such-original", "message": "no original has this key"}
    }


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize("shape", SHAPES)
def test_log_lines_have_the_request_id_of_the_event(lines: list[str], shape: str) -> None:
    sent = sample(shape)
    handler.origin(sent, None)

    (answered,) = (json.loads(line) for line in lines if "answered" in line)

    context = json.dumps(sent["requestContext"]) + json.dumps(sent.get("headers"))
    assert answered["request"]
    assert answered["request"] in context + json.dumps(sent.get("multiValueHeaders"))


@pytest.mark.usefixtures("world")
def test_the_stage_name_of_an_http_api_is_not_part_of_the_key() -> None:
    sent = event("http-api", "/live/cats/tom.jpg", "w=9")
    sent["requestContext"]["stage"] = "live"

    assert handler.origin(sent, None)["statusCode"] == 200


# The largest and the slowest answer.


def jpeg_of(size: int) -> bytes:
    """Return a JPEG of exactly so many bytes, all of which belong to its picture."""
    whole = draw("jpeg")
    return whole[:-2].ljust(size - 2, b"\0") + whole[-2:]


@pytest.mark.parametrize(
    "shape, fits, too_many, most",
    [
        ("function-url", 4_700_000, 4_700_001, LAMBDA_ANSWER),
        ("http-api", 4_700_000, 4_700_001, LAMBDA_ANSWER),
        ("rest-api", 4_700_000, 4_700_001, LAMBDA_ANSWER),
        ("balancer", 760_000, 760_001, BALANCER_ANSWER),
        ("balancer-multi", 760_000, 760_001, BALANCER_ANSWER),
    ],
)
def test_the_largest_answer_fits_its_sender(
    world: World, shape: str, fits: int, too_many: int, most: int
) -> None:
    for size in (fits, too_many):
        world.put(f"{size}.jpg", jpeg_of(size))

    answer = handler.origin(event(shape, f"/{fits}.jpg"), None)

    assert (answer["statusCode"], len(body_of(answer))) == (200, fits)
    assert len(json.dumps(answer)) <= most
    assert handler.origin(event(shape, f"/{too_many}.jpg"), None)["statusCode"] == 302


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("left, status", [(1_500, 503), (0, 503), (20_000, 200)])
def test_an_answer_is_sent_before_the_functions_deadline(
    shape: str, left: int, status: int
) -> None:
    answer = handler.origin(event(shape, "/cats/tom.jpg", "w=9"), Context(left))

    assert answer["statusCode"] == status


def test_a_fallback_that_is_too_large_to_answer_is_not_used(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made = build_world(fallback=OriginalKey("sorry.jpg"))
    made.put("sorry.jpg", jpeg_of(760_001))
    monkeypatch.setattr(handler, "_origin", lambda: made.origin)

    answers = [handler.origin(event(shape, "/missing.jpg"), None) for shape in SHAPES]

    assert [answer["statusCode"] for answer in answers] == [404] * len(SHAPES)
    shown = {shape: headers_of(answer) for shape, answer in zip(SHAPES, answers, strict=True)}
    assert shown["function-url"]["content-type"] == "image/jpeg"
    assert shown["balancer"]["content-type"] == "application/json"
    assert shown["balancer"]["cache-control"] == shown["function-url"]["cache-control"]


# Crashes.


@dataclass(slots=True)
class BuggyBucket(MemoryBucket):
    """A bucket with a bug."""

    def read(self, key: str, *, first: int | None = None, most: int | None = None) -> Blob | None:
        message = f"secret thoughts about {key}"
        raise RuntimeError(message)


@pytest.mark.parametrize("shape", SHAPES)
def test_a_crash_is_answered_without_a_stack_trace(
    monkeypatch: pytest.MonkeyPatch, lines: list[str], shape: str
) -> None:
    buggy = build_world(originals=BuggyBucket())
    monkeypatch.setattr(handler, "_origin", lambda: buggy.origin)

    answer = handler.origin(event(shape, "/cats/tom.jpg", "w=9"), None)

    assert answer["statusCode"] == 500
    assert headers_of(answer)["cache-control"] == "no-store"
    assert headers_of(answer)["access-control-allow-origin"] == "*"
    assert json.loads(body_of(answer)) == {
        "error": {"code": "internal", "message": "something went wrong here"}
    }
    (line,) = (json.loads(line) for line in lines)
    assert line["event"] == "crashed"
    assert "RuntimeError" in line["error"]


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize("nonsense", [{}, {"version": "2.0"}, {"Records": []}])
def test_an_event_of_an_unknown_shape_is_answered_too(nonsense: dict[str, Any]) -> None:
    answer = handler.origin(nonsense, None)

    assert answer["statusCode"] == 500
    assert json.loads(body_of(answer))["error"]["code"] == "internal"


# The start, from the environment.


@pytest.fixture
def deployed(
    monkeypatch: pytest.MonkeyPatch, served_url: str
) -> Iterator[Callable[[str, str], None]]:
    """Set the function's environment; yield a function that changes it before the first request."""
    for name, text in reset_moto(served_url).items():
        monkeypatch.setenv(name, text)
    for name, text in create_resources().items():
        monkeypatch.setenv(name, text)
    handler._origin.cache_clear()
    yield monkeypatch.setenv
    handler._origin.cache_clear()


@pytest.mark.usefixtures("deployed")
def test_a_deployed_function_uses_the_services_of_its_environment() -> None:
    s3 = boto3.client("s3")
    s3.put_object(Bucket=ORIGINALS, Key=KEY, Body=draw("jpeg"))

    answer = handler.origin(sample("function-url"), Context(25_000))
    again = handler.origin(sample("function-url"), Context(25_000))

    assert headers_of(answer)["x-calotype"].startswith("render")
    assert headers_of(again)["x-calotype"].startswith("stored")
    assert body_of(again) == body_of(answer)
    (stored,) = s3.list_objects_v2(Bucket=DERIVATIVES)["Contents"]
    assert stored["Key"].startswith(f"{encode_key(KEY)}/")


@pytest.mark.usefixtures("deployed")
def test_a_deployed_function_uses_its_catalog() -> None:
    known = OriginalRecord(KEY, 1, "v7", bytes=9)
    DynamoCatalog(boto3.client("dynamodb"), CATALOG).save(KEY, to_json(known), after=0)

    # The catalog has the original, so only reading it shows that it does not exist.
    answer = handler.origin(sample("function-url"), None)

    assert answer["statusCode"] == 404
    assert "fetch" in headers_of(answer)["server-timing"]


def test_catalog_queue_and_fallback_are_optional(deployed: Callable[[str, str], None]) -> None:
    boto3.client("s3").put_object(Bucket=ORIGINALS, Key="sorry.png", Body=draw("png"))
    deployed("CATALOG_TABLE", "")
    deployed("INGEST_QUEUE_URL", "")
    deployed("FALLBACK_ORIGINAL", "sorry.png")

    answer = handler.origin(event("function-url", "/missing.jpg", "w=30"), None)

    assert (answer["statusCode"], headers_of(answer)["content-type"]) == (404, "image/png")


def test_signing_keys_can_be_a_secret(deployed: Callable[[str, str], None]) -> None:
    secrets = boto3.client("secretsmanager")
    made = secrets.create_secret(Name="keys", SecretString='{"k1": "abc"}')
    deployed("SIGNING_KEYS", made["ARN"])
    deployed("REQUIRE_SIGNATURE", "true")

    answer = handler.origin(event("function-url", "/cats/tom.jpg", "w=30"), None)

    assert answer["statusCode"] == 403
    assert handler._origin().policy.keys == {"k1": "abc"}


@pytest.mark.usefixtures("deployed")
def test_services_are_built_once() -> None:
    handler.origin(event("function-url", "/a"), None)
    first = handler._origin()
    handler.origin(event("function-url", "/b"), None)

    assert handler._origin() is first


def start(entry_point: str, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Run the module as Lambda does when it starts the function of an entry point."""
    monkeypatch.setenv("_HANDLER", entry_point)
    return runpy.run_path(handler.__file__)


@pytest.mark.usefixtures("deployed")
def test_the_first_answer_has_the_duration_of_the_cold_start(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    started = start("origin_lambda.handler.origin", monkeypatch)

    first, second = (started["origin"](event("function-url", "/a"), None) for _ in range(2))

    assert re.match(r"init;dur=\d+\.\d", first["headers"]["server-timing"])
    assert "init" not in second["headers"].get("server-timing", "")


@pytest.mark.usefixtures("deployed")
@pytest.mark.parametrize(
    "entry_point, built",
    [
        ("origin_lambda.handler.origin", {"_origin"}),
        ("origin_lambda.handler.ingest", {"_dispatcher"}),
        ("handler.ingest", {"_dispatcher"}),
        ("another.function", set()),
        ("", set()),
    ],
)
def test_the_start_builds_only_the_service_of_its_entry_point(
    monkeypatch: pytest.MonkeyPatch, entry_point: str, built: set[str]
) -> None:
    started = start(entry_point, monkeypatch)

    services = ("_origin", "_dispatcher", "_upload")
    assert {name for name in services if started[name].cache_info().currsize} == built


@pytest.mark.parametrize(
    "name, text",
    [("ORIGINALS_BUCKET", ""), ("DERIVATIVES_BUCKET", ""), ("LIMIT_SIDE", "wide"), ("SIGNING_KEYS", "abc")],
)  # fmt: skip
@pytest.mark.parametrize("entry_point", ["origin", "ingest"])
def test_a_bad_setting_stops_the_start_and_is_named(
    deployed: Callable[[str, str], None],
    monkeypatch: pytest.MonkeyPatch,
    entry_point: str,
    name: str,
    text: str,
) -> None:
    deployed(name, text)

    with pytest.raises(BadSetting, match=name):
        start(f"origin_lambda.handler.{entry_point}", monkeypatch)


# Ingest.


@pytest.mark.parametrize("name", ["CATALOG_TABLE", "INGEST_QUEUE_URL"])
def test_ingest_does_not_start_without_a_required_setting_and_names_it(
    deployed: Callable[[str, str], None], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    deployed(name, "")

    with pytest.raises(BadSetting, match=f"^{name} is not set$"):
        start("origin_lambda.handler.ingest", monkeypatch)


@pytest.mark.usefixtures("deployed")
def test_ingest_uses_the_services_of_its_environment() -> None:
    settings = Settings.from_environment(os.environ)
    deliveries = build_dispatcher(settings)
    ingest = deliveries.ingest

    assert deliveries.bucket == settings.originals_bucket == ORIGINALS
    used: list[Any] = [
        (ingest.originals, S3Bucket, "name", ORIGINALS),
        (ingest.derivatives, S3Bucket, "name", DERIVATIVES),
        (ingest.purge.derivatives, S3Bucket, "name", DERIVATIVES),
        (ingest.catalog, DynamoCatalog, "table", CATALOG),
        (ingest.alerts, SnsAlerts, "topic_arn", settings.alerts_topic_arn),
        (ingest.purge.queue, SqsQueue, "url", settings.ingest_queue_url),
        (ingest.purge.edge, CloudFrontEdge, "distribution_id", settings.distribution_id),
    ]
    for adapter, kind, field, name in used:
        assert isinstance(adapter, kind)
        assert getattr(adapter, field) == name != ""


def test_topic_and_distribution_are_optional_for_ingest(
    deployed: Callable[[str, str], None],
) -> None:
    deployed("ALERTS_TOPIC_ARN", "")
    deployed("DISTRIBUTION_ID", "")

    ingest = build_dispatcher(Settings.from_environment(os.environ)).ingest

    assert (ingest.alerts, ingest.purge.edge) == (None, None)
