"""What `ports.Bucket` promises."""

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, Final

import httpx2 as httpx
import pytest
from botocore.response import StreamingBody
from botocore.stub import Stubber
from moto import mock_aws
from moto.server import ThreadedMotoServer

from origin_lambda.adapters.boto import clients
from origin_lambda.adapters.boto.clients import STANDARD
from origin_lambda.adapters.boto.s3 import S3Bucket
from origin_lambda.adapters.memory import MemoryBucket
from origin_lambda.adapters.slim.s3 import SlimBucket
from origin_lambda.errors import Failure, StoreFailed, Unavailable
from origin_lambda.ports import Bucket, ObjectMetadata, Source, Stat
from tests.contract.clouds import (
    ANSWERS,
    AWKWARD_KEYS,
    HASTY,
    IMPATIENT,
    answering,
    at,
    client,
    failing,
    refusing,
    unreachable,
    unreachable_cloud,
)
from tests.contract.served import emptied
from tests.contract.wire import says, wired

PLAIN = ObjectMetadata("image/jpeg")
FULL = ObjectMetadata(
    "image/svg+xml",
    cache_control="public, max-age=31536000, immutable",
    disposition="inline; filename=\"_.svg\"; filename*=UTF-8''%E7%8C%AB.svg",
    user_metadata={"version": "abc-1", "brief": "fm=jpg; q=75; in=300x200; out=150x100"},
)


@dataclass
class Cloud:
    """Two buckets of one kind."""

    bucket: Bucket
    other: Bucket


def in_s3() -> Cloud:
    s3 = client("s3", STANDARD)
    for name in ("first", "second"):
        s3.create_bucket(Bucket=name)
    return Cloud(S3Bucket(s3, "first"), S3Bucket(s3, "second"))


def in_slim(url: str) -> Iterator[Cloud]:
    environment = emptied(url)
    s3 = client("s3", STANDARD, url)
    for name in ("first", "second"):
        s3.create_bucket(Bucket=name)
    first, second = SlimBucket("first", environment), SlimBucket("second", environment)
    yield Cloud(first, second)


@pytest.fixture(params=["memory", "s3", "slim"])
def cloud(request: pytest.FixtureRequest) -> Iterator[Cloud]:
    match request.param:
        case "memory":
            yield Cloud(MemoryBucket("first"), MemoryBucket("second"))
        case "s3":
            with mock_aws():
                yield in_s3()
        case _:
            yield from in_slim(request.getfixturevalue("served_url"))


@pytest.fixture
def bucket(cloud: Cloud) -> Bucket:
    return cloud.bucket


def body_of(bucket: Bucket, key: str) -> bytes:
    blob = bucket.read(key)
    assert blob is not None
    return blob.body


def version_of(bucket: Bucket, key: str) -> str:
    stat = bucket.stat(key)
    assert stat is not None
    return stat.version


# Reading and writing.


def test_a_miss_is_none(bucket: Bucket) -> None:
    assert bucket.stat("missing.jpg") is None
    assert bucket.read("missing.jpg") is None
    assert bucket.read("missing.jpg", first=10) is None


def test_a_longer_or_a_shorter_key_is_a_miss(bucket: Bucket) -> None:
    bucket.write("cats/tom.jpg", b"tom", PLAIN)

    for key in ("cats/tom.jp", "cats/tom.jpg/", "cats", "cats/", "CATS/tom.jpg"):
        assert bucket.stat(key) is None


@pytest.mark.parametrize("body", [b"", b"\0", b"tom" * 100_000, bytes(range(256))])
def test_what_was_written_is_read_whole(bucket: Bucket, body: bytes) -> None:
    bucket.write("tom.jpg", body, PLAIN)

    assert body_of(bucket, "tom.jpg") == body


@pytest.mark.parametrize("metadata", [PLAIN, FULL])
def test_an_object_is_read_with_the_metadata_it_was_written_with(
    bucket: Bucket, metadata: ObjectMetadata
) -> None:
    bucket.write("tom.jpg", b"tom", metadata)

    for blob in (bucket.read("tom.jpg"), bucket.read("tom.jpg", first=1)):
        assert blob is not None
        assert blob.metadata == metadata


def test_stat_and_read_agree(bucket: Bucket) -> None:
    bucket.write("tom.jpg", b"0123456789", PLAIN)

    stat = bucket.stat("tom.jpg")

    assert stat == Stat(version_of(bucket, "tom.jpg"), 10)
    for first in (None, 1, 4, 10, 99):
        blob = bucket.read("tom.jpg", first=first)
        assert blob is not None
        assert blob.stat == stat


@pytest.mark.parametrize("first, body", [(1, b"0"), (4, b"0123"), (10, b"0123456789"), (99, b"0123456789")])  # fmt: skip
def test_the_first_bytes_may_be_asked_for(bucket: Bucket, first: int, body: bytes) -> None:
    bucket.write("tom.jpg", b"0123456789", PLAIN)

    blob = bucket.read("tom.jpg", first=first)

    assert blob is not None
    assert blob.body == body


def test_the_first_no_bytes_are_none(bucket: Bucket) -> None:
    bucket.write("tom.jpg", b"0123456789", PLAIN)

    blob = bucket.read("tom.jpg", first=0)

    assert blob is not None
    assert (blob.body, blob.stat.size) == (b"", 10)


def test_an_empty_object_has_no_first_bytes(bucket: Bucket) -> None:
    bucket.write("empty.jpg", b"", FULL)

    blob = bucket.read("empty.jpg", first=10)

    assert blob is not None
    assert (blob.body, blob.stat.size, blob.metadata) == (b"", 0, FULL)


def test_a_write_replaces_bytes_and_label(bucket: Bucket) -> None:
    bucket.write("tom.jpg", b"a long first picture", FULL)
    bucket.write("tom.jpg", b"short", PLAIN)

    blob = bucket.read("tom.jpg")

    assert blob is not None
    assert (blob.body, blob.metadata) == (b"short", PLAIN)


def test_the_version_changes_with_the_bytes(bucket: Bucket) -> None:
    versions = []
    for body in (b"tom", b"Tom", b"", b"tom\0"):
        bucket.write("tom.jpg", body, PLAIN)
        versions.append(version_of(bucket, "tom.jpg"))

    assert len(set(versions)) == len(versions)


def test_the_version_stays_while_nothing_is_written(bucket: Bucket) -> None:
    bucket.write("tom.jpg", b"tom", PLAIN)
    before = version_of(bucket, "tom.jpg")
    bucket.write("other.jpg", b"other", PLAIN)

    assert version_of(bucket, "tom.jpg") == before


def test_a_version_fits_a_header_and_a_note(bucket: Bucket) -> None:
    bucket.write("tom.jpg", b"tom", PLAIN)

    version = version_of(bucket, "tom.jpg")

    assert version
    assert version.isascii()
    assert version.isprintable()
    assert '"' not in version


# Copying and deleting.


def current(bucket: Bucket, key: str) -> Source:
    stat = bucket.stat(key)
    assert stat is not None
    return Source(key, stat.version)


def test_a_copy_is_of_the_version_that_was_meant() -> None:
    # moto does not look at this condition: S3 is asked for it, the memory bucket keeps it.
    asked: dict[str, object] = {}
    s3 = S3Bucket(SimpleNamespace(copy_object=lambda **given: asked.update(given)), "first")
    memory = MemoryBucket()
    memory.write("tom.jpg", b"new", PLAIN)

    s3.copy_from(s3, Source("tom.jpg", "former"), "copy.jpg", PLAIN)

    assert asked["CopySourceIfMatch"] == '"former"'
    with pytest.raises(StoreFailed):
        memory.copy_from(memory, Source("tom.jpg", "former"), "copy.jpg", PLAIN)


@pytest.mark.parametrize("body", [b"tom", b""])
def test_a_copy_has_the_bytes_of_its_source_and_a_label_of_its_own(
    cloud: Cloud, body: bytes
) -> None:
    cloud.other.write("tom.jpg", body, PLAIN)

    cloud.bucket.copy_from(cloud.other, current(cloud.other, "tom.jpg"), "tom.jpg/r=2", FULL)

    copy, source = cloud.bucket.read("tom.jpg/r=2"), cloud.other.read("tom.jpg")
    assert copy is not None
    assert source is not None
    assert (copy.body, copy.metadata) == (body, FULL)
    assert (source.body, source.metadata) == (body, PLAIN)
    assert cloud.bucket.stat("tom.jpg") is None


def test_a_copy_replaces_what_was_there(cloud: Cloud) -> None:
    cloud.other.write("tom.jpg", b"new", PLAIN)
    cloud.bucket.write("copy.jpg", b"former", FULL)

    cloud.bucket.copy_from(cloud.other, current(cloud.other, "tom.jpg"), "copy.jpg", PLAIN)

    copy = cloud.bucket.read("copy.jpg")
    assert copy is not None
    assert (copy.body, copy.metadata) == (b"new", PLAIN)


def test_a_copy_outlives_its_source(cloud: Cloud) -> None:
    cloud.other.write("tom.jpg", b"tom", PLAIN)
    cloud.bucket.copy_from(cloud.other, current(cloud.other, "tom.jpg"), "tom.jpg", PLAIN)
    cloud.other.delete(["tom.jpg"])

    assert body_of(cloud.bucket, "tom.jpg") == b"tom"


def test_a_copy_of_what_is_missing_is_a_failure(cloud: Cloud) -> None:
    cloud.bucket.write("copy.jpg", b"former", PLAIN)

    with pytest.raises(StoreFailed):
        cloud.bucket.copy_from(cloud.other, Source("missing.jpg", "any"), "copy.jpg", PLAIN)

    assert body_of(cloud.bucket, "copy.jpg") == b"former"


def test_what_is_deleted_is_missing(bucket: Bucket) -> None:
    bucket.write("tom.jpg", b"tom", PLAIN)
    bucket.write("tom.jpg/r=2", b"derivative", PLAIN)

    bucket.delete(["tom.jpg"])

    assert bucket.stat("tom.jpg") is None
    assert bucket.read("tom.jpg") is None
    assert body_of(bucket, "tom.jpg/r=2") == b"derivative"


def test_what_is_missing_may_be_deleted(bucket: Bucket) -> None:
    bucket.delete(["missing.jpg"])

    assert bucket.stat("missing.jpg") is None


def test_several_objects_are_deleted_and_no_other(bucket: Bucket) -> None:
    write_all(bucket, "a", "b", "b/c", "bb")

    bucket.delete(["missing", "b", "a", "b"])

    assert listed(bucket, "", deep=True) == ["b/c", "bb"]


def test_no_objects_may_be_deleted(bucket: Bucket) -> None:
    write_all(bucket, "tom.jpg")

    bucket.delete([])

    assert listed(bucket, "") == ["tom.jpg"]


def test_what_is_listed_may_be_deleted_while_it_is_listed(bucket: Bucket) -> None:
    write_all(bucket, "tom.jpg/r=2", "tom.jpg/r=2,w=9", "ada.jpg/r=2")

    bucket.delete(bucket.keys("tom.jpg/"))

    assert listed(bucket, "", deep=True) == ["ada.jpg/r=2"]


def test_what_s3_says_that_it_did_not_delete_is_a_failure() -> None:
    s3 = client("s3", HASTY)
    asked = {"Objects": [{"Key": "tom.jpg"}, {"Key": "ada.jpg"}], "Quiet": True}
    errors = [{"Key": "tom.jpg", "Code": "InternalError", "Message": "secret details"}]

    with Stubber(s3) as stubber, failing(StoreFailed):
        stubber.add_response(
            "delete_objects", {"Errors": errors}, {"Bucket": "first", "Delete": asked}
        )
        S3Bucket(s3, "first").delete(["tom.jpg", "ada.jpg"])


# Listing.


def write_all(bucket: Bucket, *keys: str) -> None:
    for key in keys:
        bucket.write(key, b"", PLAIN)


def listed(bucket: Bucket, prefix: str, *, deep: bool = False) -> list[str]:
    return sorted(bucket.keys(prefix, deep=deep))


def test_derivatives_of_an_original_are_listed_and_those_of_originals_below_it_not(
    bucket: Bucket,
) -> None:
    own = ["cats/tom.jpg/r=2", "cats/tom.jpg/r=2,w=9"]
    write_all(bucket, *own, "cats/tom.jpg/back.jpg/r=2", "cats/tom.jpg/a/b/c/r=2")
    write_all(bucket, "cats/tom.jp/r=2", "cats/tom.jpg", "cats/tom.jpgs/r=2", "cats/ada.jpg/r=2")

    assert listed(bucket, "cats/tom.jpg/") == own


def test_a_deep_list_has_all_that_begins_with_the_prefix(bucket: Bucket) -> None:
    below = [".mips/ab/1/1280", ".mips/ab/1/2560", ".mips/ab/2/2560", ".mips/ab/x"]
    write_all(bucket, *below, ".mips/abc/1/2560", ".mips/a/1/2560", ".mips/ab")

    assert listed(bucket, ".mips/ab/", deep=True) == below


@pytest.mark.parametrize("after, rest", [("", 4), ("a/b", 3), ("a/bb", 3), ("b", 1), ("\ufffd", 1)])
def test_a_list_may_begin_after_a_key(bucket: Bucket, after: str, rest: int) -> None:
    # By code points the last two would stand the other way round in UTF-16.
    keys = ["a/b", "a/c", "b", "\U0001f408"]
    for key in reversed(keys):
        bucket.write(key, b"", PLAIN)

    assert list(bucket.keys("", deep=True, after=after)) == keys[len(keys) - rest :]


@pytest.mark.parametrize("deep", [True, False])
def test_an_object_whose_key_is_the_prefix_is_listed(bucket: Bucket, deep: bool) -> None:
    write_all(bucket, "cats/", "cats/tom.jpg")

    assert listed(bucket, "cats/", deep=deep) == ["cats/", "cats/tom.jpg"]


@pytest.mark.parametrize("prefix", ["missing/", "cats/tom.jpg/", "CATS/"])
@pytest.mark.parametrize("deep", [True, False])
def test_where_nothing_begins_with_the_prefix_nothing_is_listed(
    bucket: Bucket, prefix: str, deep: bool
) -> None:
    write_all(bucket, "cats/tom.jpg")

    assert listed(bucket, prefix, deep=deep) == []


@pytest.mark.parametrize("key", [key for key in AWKWARD_KEYS if len(key) < 100])
def test_derivatives_of_any_key_are_listed(bucket: Bucket, key: str) -> None:
    for each in AWKWARD_KEYS:
        if len(each) < 100:
            write_all(bucket, f"{each}/r=2", f"{each}/deep/r=2")

    assert listed(bucket, f"{key}/") == [f"{key}/r=2"]
    assert {f"{key}/r=2", f"{key}/deep/r=2"} <= set(listed(bucket, f"{key}/", deep=True))


def test_more_objects_than_s3_takes_at_once_are_listed_and_deleted(bucket: Bucket) -> None:
    keys = [f"tom.jpg/w={width:04}" for width in range(1001)]
    write_all(bucket, *keys, "ada.jpg/r=2")

    assert listed(bucket, "tom.jpg/") == keys
    bucket.delete(keys)
    assert listed(bucket, "", deep=True) == ["ada.jpg/r=2"]


def test_s3_is_asked_to_delete_no_more_than_it_takes_at_once() -> None:
    # moto takes any number; S3 takes 1000 (Amazon S3 API reference, "DeleteObjects").
    keys = [f"tom.jpg/w={width}" for width in range(2001)]
    calls: list[list[str]] = []

    def delete_objects(**asked: Any) -> dict[str, Any]:
        calls.append([each["Key"] for each in asked["Delete"]["Objects"]])
        return {}

    S3Bucket(SimpleNamespace(delete_objects=delete_objects), "first").delete(iter(keys))

    assert [len(call) for call in calls] == [1000, 1000, 1]
    assert [key for call in calls for key in call] == keys


def test_a_page_of_nothing_but_folders_does_not_end_a_list() -> None:
    s3 = client("s3", HASTY)
    asked = {"Bucket": "first", "Prefix": "a/", "Delimiter": "/"}
    folders = {"CommonPrefixes": [{"Prefix": "a/b/"}], "IsTruncated": True}
    last = {"Contents": [{"Key": "a/r=2"}], "IsTruncated": False}

    with Stubber(s3) as stubber:
        stubber.add_response("list_objects_v2", folders | {"NextContinuationToken": "2"}, asked)
        stubber.add_response("list_objects_v2", last, asked | {"ContinuationToken": "2"})

        assert listed(S3Bucket(s3, "first"), "a/") == ["a/r=2"]


def test_a_list_that_breaks_off_is_a_failure() -> None:
    s3 = client("s3", HASTY)
    first = {"Contents": [{"Key": "a/r=2"}], "IsTruncated": True, "NextContinuationToken": "2"}

    with Stubber(s3) as stubber, failing(Unavailable):
        stubber.add_response("list_objects_v2", first)
        stubber.add_client_error("list_objects_v2", "SlowDown", "secret details", 503)
        listed(S3Bucket(s3, "first"), "a/")


# Awkward keys.


@pytest.mark.parametrize("key", AWKWARD_KEYS)
def test_any_key_can_be_written_read_copied_and_deleted(cloud: Cloud, key: str) -> None:
    cloud.other.write(key, key.encode(), FULL)
    cloud.bucket.copy_from(cloud.other, current(cloud.other, key), key, FULL)

    assert body_of(cloud.other, key) == body_of(cloud.bucket, key) == key.encode()
    cloud.bucket.delete([key])
    assert cloud.bucket.stat(key) is None
    assert cloud.other.stat(key) is not None


def test_keys_that_look_alike_are_different_objects(bucket: Bucket) -> None:
    keys = [key for key in AWKWARD_KEYS if len(key) < 100]
    for key in keys:
        bucket.write(key, key.encode(), PLAIN)

    assert [body_of(bucket, key) for key in keys] == [key.encode() for key in keys]


# Links. Memory's lead nowhere, as its docstring says.


@pytest.fixture(scope="module")
def server() -> Iterator[ThreadedMotoServer]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def served(server: ThreadedMotoServer, monkeypatch: pytest.MonkeyPatch) -> S3Bucket:
    host, port = server.get_host_and_port()
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://{host}:{port}")
    s3 = client("s3", STANDARD)
    s3.create_bucket(Bucket="first")
    return S3Bucket(s3, "first")


@pytest.mark.parametrize("key", AWKWARD_KEYS)
def test_a_link_is_read_over_http_without_credentials(served: S3Bucket, key: str) -> None:
    served.write(key, key.encode(), FULL)

    answer = httpx.get(served.link(key, 60))

    assert (answer.status_code, answer.content) == (200, key.encode())
    assert answer.headers["content-type"] == FULL.media_type
    assert answer.headers["cache-control"] == FULL.cache_control
    assert answer.headers["content-disposition"] == FULL.disposition


def test_a_link_to_nothing_is_made_all_the_same(served: S3Bucket) -> None:
    assert httpx.get(served.link("missing.jpg", 60)).status_code == 404


def test_a_link_is_signed_the_way_that_every_region_takes() -> None:
    link = httpx.URL(S3Bucket(clients.client("s3", STANDARD), "first").link("tom.jpg", 60))

    # Only Signature Version 4 is taken by regions opened since 2014, and for buckets with KMS.
    assert link.params.get("X-Amz-Algorithm") == "AWS4-HMAC-SHA256"
    assert link.params["X-Amz-Expires"] == "60"


# Failures.


def test_what_s3_cannot_be_asked_for_is_no_fault_of_the_network() -> None:
    bucket = S3Bucket(clients.client("s3", STANDARD), "first")

    with pytest.raises(StoreFailed):
        bucket.write(
            "tom.jpg", b"tom", ObjectMetadata("image/jpeg", user_metadata={"brief": "\u00e9"})
        )


OPERATIONS: Final[dict[str, tuple[str, Callable[[Bucket], object]]]] = {
    "stat": ("head_object", lambda bucket: bucket.stat("tom.jpg")),
    "read": ("get_object", lambda bucket: bucket.read("tom.jpg")),
    "read first": ("get_object", lambda bucket: bucket.read("tom.jpg", first=9)),
    "write": ("put_object", lambda bucket: bucket.write("tom.jpg", b"tom", PLAIN)),
    "copy": (
        "copy_object",
        lambda bucket: bucket.copy_from(bucket, Source("tom.jpg", "any"), "t", PLAIN),
    ),
    "keys": ("list_objects_v2", lambda bucket: list(bucket.keys("tom.jpg/"))),
    "keys deep": ("list_objects_v2", lambda bucket: list(bucket.keys("tom.jpg/", deep=True))),
    "delete": ("delete_objects", lambda bucket: bucket.delete(["tom.jpg"])),
}


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize("code, status, failure", ANSWERS)
def test_an_error_of_s3_is_a_failure_of_the_port(
    operation: str, code: str, status: int, failure: type[Failure]
) -> None:
    called, ask = OPERATIONS[operation]
    bucket = S3Bucket(answering("s3", called, code, status), "first")

    with failing(failure):
        ask(bucket)


IN_A_BODY: Final = [operation for operation in OPERATIONS if operation != "stat"]


@pytest.mark.parametrize("operation", IN_A_BODY)
@pytest.mark.parametrize("code, status, failure", ANSWERS)
def test_an_error_of_s3_is_the_same_failure_of_the_slim_bucket(
    operation: str, code: str, status: int, failure: type[Failure]
) -> None:
    with refusing(code, status, in_xml=True) as environment, failing(failure):
        OPERATIONS[operation][1](SlimBucket("first", environment, IMPATIENT))


@pytest.mark.parametrize("status, failure", [(503, Unavailable), (429, Unavailable), (403, StoreFailed), (500, StoreFailed), (400, StoreFailed), (301, StoreFailed)])  # fmt: skip
def test_an_error_without_a_body_is_recognised_by_its_status(
    status: int, failure: type[Failure]
) -> None:
    with wired(says(status)) as wire, failing(failure):
        SlimBucket("first", at(wire.url), IMPATIENT).stat("tom.jpg")


@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_slim_bucket_that_cannot_be_reached_is_unavailable(operation: str) -> None:
    with unreachable_cloud() as environment, failing(Unavailable):
        OPERATIONS[operation][1](SlimBucket("first", environment, IMPATIENT))


@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_bucket_that_cannot_be_reached_is_unavailable(
    operation: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with unreachable("s3", monkeypatch) as s3, failing(Unavailable):
        OPERATIONS[operation][1](S3Bucket(s3, "first"))


def test_an_object_that_breaks_off_is_a_failure_and_no_object() -> None:
    s3 = client("s3", HASTY)
    body = StreamingBody(io.BytesIO(b"half a pict"), 100)
    answer: dict[str, Any] = {"Body": body, "ContentLength": 100, "ETag": '"abc"'}

    with Stubber(s3) as stubber, failing(Unavailable):
        stubber.add_response("get_object", answer, {"Bucket": "first", "Key": "tom.jpg"})
        S3Bucket(s3, "first").read("tom.jpg")


def test_without_credentials_a_bucket_is_unavailable(monkeypatch: pytest.MonkeyPatch) -> None:
    s3 = client("s3", HASTY)
    monkeypatch.setattr(s3._request_signer, "_credentials", None)

    with failing(Unavailable):
        S3Bucket(s3, "first").link("tom.jpg", 60)


# The slim bucket alone.


@pytest.mark.parametrize("key", AWKWARD_KEYS)
def test_a_slim_link_is_read_over_http_without_credentials(served_url: str, key: str) -> None:
    for cloud in in_slim(served_url):
        cloud.bucket.write(key, key.encode(), FULL)

        answer = httpx.get(cloud.bucket.link(key, 60))

        assert (answer.status_code, answer.content) == (200, key.encode())
        assert answer.headers["cache-control"] == FULL.cache_control


def test_a_slim_link_is_for_its_own_object(served_url: str) -> None:
    for cloud in in_slim(served_url):
        cloud.bucket.write("ada.jpg", b"ada", PLAIN)

        link = cloud.bucket.link("tom.jpg", 60)

        assert httpx.get(link).status_code == 404
        assert httpx.get(link.replace("tom.jpg", "ada.jpg")).status_code == 403


def test_a_slim_copy_asks_for_the_version_that_was_meant() -> None:
    with wired(says(412, b"<Error><Code>PreconditionFailed</Code></Error>")) as wire:
        bucket = SlimBucket("first", at(wire.url), IMPATIENT)

        with failing(StoreFailed):
            bucket.copy_from(bucket, Source("a b/tom.jpg", "former"), "copy.jpg", PLAIN)

    (asked,) = wire.received
    assert asked.headers["x-amz-copy-source"] == "/first/a%20b/tom.jpg"
    assert asked.headers["x-amz-copy-source-if-match"] == '"former"'


COPIED: Final = b"<CopyObjectResult><ETag>abc</ETag></CopyObjectResult>"


@pytest.mark.parametrize(
    "body, failure",
    [
        (b"   \n<Error><Code>SlowDown</Code></Error>", Unavailable),
        (b"<Error><Code>InternalError</Code></Error>", StoreFailed),
        (b"", StoreFailed),
    ],
)
def test_a_copy_may_fail_after_s3_has_said_that_it_did_not(
    body: bytes, failure: type[Failure]
) -> None:
    with wired(says(200, body), says(200, COPIED)) as wire:
        bucket = SlimBucket("first", at(wire.url), IMPATIENT)

        with failing(failure):
            bucket.copy_from(bucket, Source("tom.jpg", "any"), "copy.jpg", PLAIN)

        bucket.copy_from(bucket, Source("tom.jpg", "any"), "copy.jpg", PLAIN)


@pytest.mark.parametrize("notes", [{"brief": "\u00e9"}, {"brief": "a\r\nx-amz-acl: public-read"}])
def test_what_no_header_holds_is_no_fault_of_the_network_either(notes: dict[str, str]) -> None:
    with unreachable_cloud() as environment, pytest.raises(StoreFailed):
        SlimBucket("first", environment, IMPATIENT).write(
            "tom.jpg", b"tom", ObjectMetadata("image/jpeg", user_metadata=notes)
        )


@pytest.mark.parametrize("operation", ["stat", "read", "write", "delete"])
def test_without_a_key_the_bucket_itself_is_not_asked_for(operation: str) -> None:
    asks: dict[str, Callable[[Bucket], object]] = {
        "stat": lambda bucket: bucket.stat(""),
        "read": lambda bucket: bucket.read(""),
        "write": lambda bucket: bucket.write("", b"", PLAIN),
        "delete": lambda bucket: bucket.delete([""]),
    }
    with wired(says()) as wire, failing(StoreFailed):
        asks[operation](SlimBucket("first", at(wire.url), IMPATIENT))
    assert not wire.received


def page(*keys: str, following: str = "") -> bytes:
    contents = "".join(f"<Contents><Key>{key}</Key><Size>1</Size></Contents>" for key in keys)
    folders = "<CommonPrefixes><Prefix>a/b/</Prefix></CommonPrefixes>"
    token = f"<NextContinuationToken>{following}</NextContinuationToken>" if following else ""
    list_ = f"<ListBucketResult><Name>first</Name><Prefix>a/</Prefix>{token}{contents}{folders}"
    return f"<?xml version='1.0' encoding='UTF-8'?>{list_}</ListBucketResult>".encode()


def test_a_slim_list_goes_on_to_its_last_page() -> None:
    with wired(says(200, page(following="2&amp;")), says(200, page("a/r%3D2", "a/%01+b"))) as wire:
        bucket = SlimBucket("first", at(wire.url), IMPATIENT)

        assert listed(bucket, "a/") == ["a/\x01 b", "a/r=2"]

    asked = [httpx.URL(received.target).params for received in wire.received]
    assert [params.get("continuation-token") for params in asked] == [None, "2&"]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"no XML",
        b"<ListBucketResult>",
        b"<Other><Contents><Key>a</Key></Contents></Other>",
        b'<!DOCTYPE l [<!ENTITY a "aaaaaaaaaa">]><ListBucketResult><Name>&a;</Name></ListBucketResult>',
    ],
)
def test_a_list_that_is_none_is_a_failure(body: bytes) -> None:
    with wired(says(200, body)) as wire, failing(StoreFailed):
        listed(SlimBucket("first", at(wire.url), IMPATIENT), "a/")


def test_a_slim_object_that_breaks_off_is_a_failure_and_no_object() -> None:
    with wired(says(200, b"half a pict", length=100)) as wire, failing(Unavailable):
        SlimBucket("first", at(wire.url), IMPATIENT).read("tom.jpg")


def test_an_object_that_looks_like_an_error_is_an_object(served_url: str) -> None:
    body = b"<Error><Code>NoSuchKey</Code></Error>"
    for cloud in in_slim(served_url):
        cloud.bucket.write("error.xml", body, ObjectMetadata("application/xml"))

        assert body_of(cloud.bucket, "error.xml") == body


@pytest.mark.parametrize(
    "bucket, url",
    [
        ("first", "https://first.s3.eu-central-1.amazonaws.com/a%20b.jpg?"),
        ("img.example.com", "https://s3.eu-central-1.amazonaws.com/img.example.com/a%20b.jpg?"),
    ],
)
def test_a_slim_link_goes_to_the_buckets_own_region(bucket: str, url: str) -> None:
    environment = {
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_REGION": "eu-central-1",
    }

    assert SlimBucket(bucket, environment).link("a b.jpg", 60).startswith(url)


def test_without_credentials_a_slim_bucket_is_unavailable() -> None:
    with failing(Unavailable):
        SlimBucket("first", {"AWS_REGION": "us-east-1"}).link("tom.jpg", 60)
