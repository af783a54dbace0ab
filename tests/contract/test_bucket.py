"""The contract of `ports.Bucket`, for every adapter."""

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
from origin_lambda.errors import Archived, Failure, StoreFailed, Unavailable
from origin_lambda.ports import Bucket, ObjectMetadata, ReplaceableBucket, Source, Stat
from tests.contract.aws import (
    AWKWARD_KEYS,
    ERRORS,
    SHORT_RETRY_POLICY,
    SHORT_TIMEOUTS,
    client_with_error,
    create_client,
    environment_for,
    expect_failure,
    serve_errors,
    unreachable_client,
    unreachable_environment,
)
from tests.contract.scripted_server import reply, serve_script
from tests.contract.signed_server import reset_moto

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


def create_s3() -> Cloud:
    s3 = create_client("s3", STANDARD)
    for name in ("first", "second"):
        s3.create_bucket(Bucket=name)
    return Cloud(S3Bucket(s3, "first"), S3Bucket(s3, "second"))


def create_slim(url: str) -> Iterator[Cloud]:
    environment = reset_moto(url)
    s3 = create_client("s3", STANDARD, url)
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
                yield create_s3()
        case _:
            yield from create_slim(request.getfixturevalue("served_url"))


@pytest.fixture
def bucket(cloud: Cloud) -> Bucket:
    return cloud.bucket


def read_body(bucket: Bucket, key: str) -> bytes:
    blob = bucket.read(key)
    assert blob is not None
    return blob.body


def read_version(bucket: Bucket, key: str) -> str:
    stat = bucket.stat(key)
    assert stat is not None
    return stat.version


# Reading and writing.


def test_a_miss_is_none(bucket: Bucket) -> None:
    assert bucket.stat("missing.jpg") is None
    assert bucket.read("missing.jpg") is None
    assert bucket.read("missing.jpg", first=10) is None


@pytest.mark.parametrize("storage_class", ["GLACIER", "DEEP_ARCHIVE"])
@pytest.mark.parametrize("cloud", ["s3", "slim"], indirect=True)
def test_an_archived_object_has_a_stat_but_cannot_be_read_until_it_is_restored(
    cloud: Cloud, storage_class: str, request: pytest.FixtureRequest
) -> None:
    bucket = cloud.bucket
    is_served = isinstance(bucket, SlimBucket)
    url = request.getfixturevalue("served_url") if is_served else None
    s3 = create_client("s3", STANDARD, url)
    s3.put_object(Bucket="first", Key="tom.jpg", Body=b"tom", StorageClass=storage_class)
    stat = bucket.stat("tom.jpg")

    assert stat is not None
    assert stat.size == 3
    for first in (None, 1):
        with pytest.raises(Archived):
            bucket.read("tom.jpg", first=first)
    with pytest.raises(Archived):
        cloud.other.copy_from(bucket, Source("tom.jpg", stat.version), "copy.jpg", PLAIN)
    assert cloud.other.stat("copy.jpg") is None

    s3.restore_object(Bucket="first", Key="tom.jpg", RestoreRequest={"Days": 1})

    assert read_body(bucket, "tom.jpg") == b"tom"
    assert bucket.stat("tom.jpg") == stat


def test_a_similar_key_is_a_miss(bucket: Bucket) -> None:
    bucket.write("cats/tom.jpg", b"tom", PLAIN)

    for key in ("cats/tom.jp", "cats/tom.jpg/", "cats", "cats/", "CATS/tom.jpg"):
        assert bucket.stat(key) is None


@pytest.mark.parametrize("body", [b"", b"\0", b"tom" * 100_000, bytes(range(256))])
def test_a_written_object_is_read_completely(bucket: Bucket, body: bytes) -> None:
    bucket.write("tom.jpg", body, PLAIN)

    assert read_body(bucket, "tom.jpg") == body


@pytest.mark.parametrize("metadata", [PLAIN, FULL])
def test_an_object_keeps_its_metadata(bucket: Bucket, metadata: ObjectMetadata) -> None:
    bucket.write("tom.jpg", b"tom", metadata)

    for blob in (bucket.read("tom.jpg"), bucket.read("tom.jpg", first=1)):
        assert blob is not None
        assert blob.metadata == metadata


def test_stat_and_read_give_the_same_stat(bucket: Bucket) -> None:
    bucket.write("tom.jpg", b"0123456789", PLAIN)

    stat = bucket.stat("tom.jpg")

    assert stat == Stat(read_version(bucket, "tom.jpg"), 10)
    for first in (None, 1, 4, 10, 99):
        blob = bucket.read("tom.jpg", first=first)
        assert blob is not None
        assert blob.stat == stat


@pytest.mark.parametrize("first, body", [(1, b"0"), (4, b"0123"), (10, b"0123456789"), (99, b"0123456789")])  # fmt: skip
def test_the_first_bytes_can_be_read(bucket: Bucket, first: int, body: bytes) -> None:
    bucket.write("tom.jpg", b"0123456789", PLAIN)

    blob = bucket.read("tom.jpg", first=first)

    assert blob is not None
    assert blob.body == body


def test_reading_the_first_0_bytes_gives_none(bucket: Bucket) -> None:
    bucket.write("tom.jpg", b"0123456789", PLAIN)

    blob = bucket.read("tom.jpg", first=0)

    assert blob is not None
    assert (blob.body, blob.stat.size) == (b"", 10)


@pytest.mark.parametrize("most, body", [(9, b""), (10, b"0123456789")])
def test_an_object_of_too_many_bytes_is_not_read(bucket: Bucket, most: int, body: bytes) -> None:
    bucket.write("tom.jpg", b"0123456789", FULL)

    blob = bucket.read("tom.jpg", most=most)

    assert blob is not None
    assert (blob.body, blob.stat, blob.metadata) == (body, bucket.stat("tom.jpg"), FULL)
    assert bucket.read("missing.jpg", most=0) is None
    assert read_body(bucket, "tom.jpg") == b"0123456789"


def test_an_empty_object_has_no_first_bytes(bucket: Bucket) -> None:
    bucket.write("empty.jpg", b"", FULL)

    blob = bucket.read("empty.jpg", first=10)

    assert blob is not None
    assert (blob.body, blob.stat.size, blob.metadata) == (b"", 0, FULL)


def test_a_write_replaces_bytes_and_metadata(bucket: Bucket) -> None:
    bucket.write("tom.jpg", b"a long first picture", FULL)
    bucket.write("tom.jpg", b"short", PLAIN)

    blob = bucket.read("tom.jpg")

    assert blob is not None
    assert (blob.body, blob.metadata) == (b"short", PLAIN)


@pytest.fixture(params=["boto", "memory"])
def replaceable(request: pytest.FixtureRequest) -> Iterator[ReplaceableBucket]:
    if request.param == "memory":
        yield MemoryBucket()
        return
    with mock_aws():
        bucket = create_s3().bucket
        assert isinstance(bucket, S3Bucket)
        yield bucket


def test_an_object_is_replaced_if_it_has_the_version(replaceable: ReplaceableBucket) -> None:
    replaceable.write("a", b"old", PLAIN)
    stat = replaceable.stat("a")
    assert stat

    assert replaceable.replace("a", b"new", FULL, version=stat.version)

    blob = replaceable.read("a")
    assert blob
    assert (blob.body, blob.metadata) == (b"new", FULL)
    assert not replaceable.replace("a", b"newer", PLAIN, version=stat.version)
    assert replaceable.read("a") == blob


def test_a_missing_object_is_not_replaced(replaceable: ReplaceableBucket) -> None:
    assert not replaceable.replace("a", b"new", PLAIN, version="5" * 32)
    assert replaceable.stat("a") is None


def test_the_version_changes_with_the_bytes(bucket: Bucket) -> None:
    versions = []
    for body in (b"tom", b"Tom", b"", b"tom\0"):
        bucket.write("tom.jpg", body, PLAIN)
        versions.append(read_version(bucket, "tom.jpg"))

    assert len(set(versions)) == len(versions)


def test_the_version_stays_the_same_without_a_write(bucket: Bucket) -> None:
    bucket.write("tom.jpg", b"tom", PLAIN)
    before = read_version(bucket, "tom.jpg")
    bucket.write("other.jpg", b"other", PLAIN)

    assert read_version(bucket, "tom.jpg") == before


def test_a_version_is_valid_in_a_header_and_in_user_metadata(bucket: Bucket) -> None:
    bucket.write("tom.jpg", b"tom", PLAIN)

    version = read_version(bucket, "tom.jpg")

    assert version
    assert version.isascii()
    assert version.isprintable()
    assert '"' not in version


# Copying and deleting.


def read_source(bucket: Bucket, key: str) -> Source:
    stat = bucket.stat(key)
    assert stat is not None
    return Source(key, stat.version)


def test_a_copy_fails_if_the_source_has_another_version() -> None:
    # moto ignores this condition, so only the request to S3 is checked.
    expected_call: dict[str, object] = {}
    s3 = S3Bucket(SimpleNamespace(copy_object=lambda **given: expected_call.update(given)), "first")
    memory = MemoryBucket()
    memory.write("tom.jpg", b"new", PLAIN)

    s3.copy_from(s3, Source("tom.jpg", "former"), "copy.jpg", PLAIN)

    assert expected_call["CopySourceIfMatch"] == '"former"'
    with pytest.raises(StoreFailed):
        memory.copy_from(memory, Source("tom.jpg", "former"), "copy.jpg", PLAIN)


@pytest.mark.parametrize("body", [b"tom", b""])
def test_a_copy_has_the_bytes_of_its_source_and_its_own_metadata(cloud: Cloud, body: bytes) -> None:
    cloud.other.write("tom.jpg", body, PLAIN)

    cloud.bucket.copy_from(cloud.other, read_source(cloud.other, "tom.jpg"), "tom.jpg/r=2", FULL)

    copy, source = cloud.bucket.read("tom.jpg/r=2"), cloud.other.read("tom.jpg")
    assert copy is not None
    assert source is not None
    assert (copy.body, copy.metadata) == (body, FULL)
    assert (source.body, source.metadata) == (body, PLAIN)
    assert cloud.bucket.stat("tom.jpg") is None


def test_a_copy_replaces_an_existing_object(cloud: Cloud) -> None:
    cloud.other.write("tom.jpg", b"new", PLAIN)
    cloud.bucket.write("copy.jpg", b"former", FULL)

    cloud.bucket.copy_from(cloud.other, read_source(cloud.other, "tom.jpg"), "copy.jpg", PLAIN)

    copy = cloud.bucket.read("copy.jpg")
    assert copy is not None
    assert (copy.body, copy.metadata) == (b"new", PLAIN)


def test_a_copy_stays_after_its_source_is_deleted(cloud: Cloud) -> None:
    cloud.other.write("tom.jpg", b"tom", PLAIN)
    cloud.bucket.copy_from(cloud.other, read_source(cloud.other, "tom.jpg"), "tom.jpg", PLAIN)
    cloud.other.delete(["tom.jpg"])

    assert read_body(cloud.bucket, "tom.jpg") == b"tom"


def test_a_copy_of_a_missing_object_is_a_failure(cloud: Cloud) -> None:
    cloud.bucket.write("copy.jpg", b"former", PLAIN)

    with pytest.raises(StoreFailed):
        cloud.bucket.copy_from(cloud.other, Source("missing.jpg", "any"), "copy.jpg", PLAIN)

    assert read_body(cloud.bucket, "copy.jpg") == b"former"


def test_a_deleted_object_is_missing(bucket: Bucket) -> None:
    bucket.write("tom.jpg", b"tom", PLAIN)
    bucket.write("tom.jpg/r=2", b"derivative", PLAIN)

    bucket.delete(["tom.jpg"])

    assert bucket.stat("tom.jpg") is None
    assert bucket.read("tom.jpg") is None
    assert read_body(bucket, "tom.jpg/r=2") == b"derivative"


def test_deleting_a_missing_object_is_not_an_error(bucket: Bucket) -> None:
    bucket.delete(["missing.jpg"])

    assert bucket.stat("missing.jpg") is None


def test_only_the_given_objects_are_deleted(bucket: Bucket) -> None:
    write_all(bucket, "a", "b", "b/c", "bb")

    bucket.delete(["missing", "b", "a", "b"])

    assert list_keys(bucket, "", deep=True) == ["b/c", "bb"]


def test_deleting_an_empty_list_changes_nothing(bucket: Bucket) -> None:
    write_all(bucket, "tom.jpg")

    bucket.delete([])

    assert list_keys(bucket, "") == ["tom.jpg"]


def test_keys_can_be_deleted_while_they_are_listed(bucket: Bucket) -> None:
    write_all(bucket, "tom.jpg/r=2", "tom.jpg/r=2,w=9", "ada.jpg/r=2")

    bucket.delete(bucket.keys("tom.jpg/"))

    assert list_keys(bucket, "", deep=True) == ["ada.jpg/r=2"]


def test_an_object_that_s3_did_not_delete_is_a_failure() -> None:
    s3 = create_client("s3", SHORT_TIMEOUTS)
    expected_call = {"Objects": [{"Key": "tom.jpg"}, {"Key": "ada.jpg"}], "Quiet": True}
    errors = [{"Key": "tom.jpg", "Code": "InternalError", "Message": "secret details"}]

    with Stubber(s3) as stubber, expect_failure(StoreFailed):
        stubber.add_response(
            "delete_objects", {"Errors": errors}, {"Bucket": "first", "Delete": expected_call}
        )
        S3Bucket(s3, "first").delete(["tom.jpg", "ada.jpg"])


# Listing.


def write_all(bucket: Bucket, *keys: str) -> None:
    for key in keys:
        bucket.write(key, b"", PLAIN)


def list_keys(bucket: Bucket, prefix: str, *, deep: bool = False) -> list[str]:
    return sorted(bucket.keys(prefix, deep=deep))


def test_a_list_has_the_derivatives_of_an_original_but_not_of_those_below_it(
    bucket: Bucket,
) -> None:
    own = ["cats/tom.jpg/r=2", "cats/tom.jpg/r=2,w=9"]
    write_all(bucket, *own, "cats/tom.jpg/back.jpg/r=2", "cats/tom.jpg/a/b/c/r=2")
    write_all(bucket, "cats/tom.jp/r=2", "cats/tom.jpg", "cats/tom.jpgs/r=2", "cats/ada.jpg/r=2")

    assert list_keys(bucket, "cats/tom.jpg/") == own


def test_a_deep_list_has_all_keys_that_begin_with_the_prefix(bucket: Bucket) -> None:
    below = [".mips/ab/1/1280", ".mips/ab/1/2560", ".mips/ab/2/2560", ".mips/ab/x"]
    write_all(bucket, *below, ".mips/abc/1/2560", ".mips/a/1/2560", ".mips/ab")

    assert list_keys(bucket, ".mips/ab/", deep=True) == below


@pytest.mark.parametrize("after, rest", [("", 4), ("a/b", 3), ("a/bb", 3), ("b", 1), ("\ufffd", 1)])
def test_a_list_can_begin_after_a_key(bucket: Bucket, after: str, rest: int) -> None:
    # In UTF-16 the last two keys would have the other order.
    keys = ["a/b", "a/c", "b", "\U0001f408"]
    for key in reversed(keys):
        bucket.write(key, b"", PLAIN)

    assert list(bucket.keys("", deep=True, after=after)) == keys[len(keys) - rest :]


@pytest.mark.parametrize("deep", [True, False])
def test_an_object_whose_key_is_the_prefix_is_listed(bucket: Bucket, deep: bool) -> None:
    write_all(bucket, "cats/", "cats/tom.jpg")

    assert list_keys(bucket, "cats/", deep=deep) == ["cats/", "cats/tom.jpg"]


@pytest.mark.parametrize("prefix", ["missing/", "cats/tom.jpg/", "CATS/"])
@pytest.mark.parametrize("deep", [True, False])
def test_a_list_of_an_unused_prefix_is_empty(bucket: Bucket, prefix: str, deep: bool) -> None:
    write_all(bucket, "cats/tom.jpg")

    assert list_keys(bucket, prefix, deep=deep) == []


@pytest.mark.parametrize("key", [key for key in AWKWARD_KEYS if len(key) < 100])
def test_derivatives_of_any_key_are_listed(bucket: Bucket, key: str) -> None:
    for each in AWKWARD_KEYS:
        if len(each) < 100:
            write_all(bucket, f"{each}/r=2", f"{each}/deep/r=2")

    assert list_keys(bucket, f"{key}/") == [f"{key}/r=2"]
    assert {f"{key}/r=2", f"{key}/deep/r=2"} <= set(list_keys(bucket, f"{key}/", deep=True))


def test_more_objects_than_one_request_allows_are_listed_and_deleted(bucket: Bucket) -> None:
    keys = [f"tom.jpg/w={width:04}" for width in range(1001)]
    write_all(bucket, *keys, "ada.jpg/r=2")

    assert list_keys(bucket, "tom.jpg/") == keys
    bucket.delete(keys)
    assert list_keys(bucket, "", deep=True) == ["ada.jpg/r=2"]


def test_s3_is_asked_to_delete_at_most_1000_objects_at_once() -> None:
    # moto accepts any number; S3 accepts 1000 (Amazon S3 API reference, "DeleteObjects").
    keys = [f"tom.jpg/w={width}" for width in range(2001)]
    calls: list[list[str]] = []

    def delete_objects(**expected_call: Any) -> dict[str, Any]:
        calls.append([each["Key"] for each in expected_call["Delete"]["Objects"]])
        return {}

    S3Bucket(SimpleNamespace(delete_objects=delete_objects), "first").delete(iter(keys))

    assert [len(call) for call in calls] == [1000, 1000, 1]
    assert [key for call in calls for key in call] == keys


def test_a_page_with_folders_only_does_not_end_a_list() -> None:
    s3 = create_client("s3", SHORT_TIMEOUTS)
    expected_call = {"Bucket": "first", "Prefix": "a/", "Delimiter": "/"}
    folders = {"CommonPrefixes": [{"Prefix": "a/b/"}], "IsTruncated": True}
    last = {"Contents": [{"Key": "a/r=2"}], "IsTruncated": False}

    with Stubber(s3) as stubber:
        stubber.add_response(
            "list_objects_v2", folders | {"NextContinuationToken": "2"}, expected_call
        )
        stubber.add_response("list_objects_v2", last, expected_call | {"ContinuationToken": "2"})

        assert list_keys(S3Bucket(s3, "first"), "a/") == ["a/r=2"]


def test_an_incomplete_list_is_a_failure() -> None:
    s3 = create_client("s3", SHORT_TIMEOUTS)
    first = {"Contents": [{"Key": "a/r=2"}], "IsTruncated": True, "NextContinuationToken": "2"}

    with Stubber(s3) as stubber, expect_failure(Unavailable):
        stubber.add_response("list_objects_v2", first)
        stubber.add_client_error("list_objects_v2", "SlowDown", "secret details", 503)
        list_keys(S3Bucket(s3, "first"), "a/")


# Awkward keys.


@pytest.mark.parametrize("key", AWKWARD_KEYS)
def test_any_key_can_be_written_read_copied_and_deleted(cloud: Cloud, key: str) -> None:
    cloud.other.write(key, key.encode(), FULL)
    cloud.bucket.copy_from(cloud.other, read_source(cloud.other, key), key, FULL)

    assert read_body(cloud.other, key) == read_body(cloud.bucket, key) == key.encode()
    cloud.bucket.delete([key])
    assert cloud.bucket.stat(key) is None
    assert cloud.other.stat(key) is not None


def test_keys_that_look_alike_are_different_objects(bucket: Bucket) -> None:
    keys = [key for key in AWKWARD_KEYS if len(key) < 100]
    for key in keys:
        bucket.write(key, key.encode(), PLAIN)

    assert [read_body(bucket, key) for key in keys] == [key.encode() for key in keys]


# Links. Those of the memory bucket cannot be opened, as its docstring says.


@pytest.fixture(scope="module")
def server() -> Iterator[ThreadedMotoServer]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def s3_bucket(server: ThreadedMotoServer, monkeypatch: pytest.MonkeyPatch) -> S3Bucket:
    host, port = server.get_host_and_port()
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://{host}:{port}")
    s3 = create_client("s3", STANDARD)
    s3.create_bucket(Bucket="first")
    return S3Bucket(s3, "first")


@pytest.mark.parametrize("key", AWKWARD_KEYS)
def test_a_link_can_be_read_over_http_without_credentials(s3_bucket: S3Bucket, key: str) -> None:
    s3_bucket.write(key, key.encode(), FULL)

    answer = httpx.get(s3_bucket.link(key, 60))

    assert (answer.status_code, answer.content) == (200, key.encode())
    assert answer.headers["content-type"] == FULL.media_type
    assert answer.headers["cache-control"] == FULL.cache_control
    assert answer.headers["content-disposition"] == FULL.disposition


def test_a_missing_object_can_have_a_link(s3_bucket: S3Bucket) -> None:
    assert httpx.get(s3_bucket.link("missing.jpg", 60)).status_code == 404


def test_a_link_is_signed_with_signature_version_4() -> None:
    link = httpx.URL(S3Bucket(clients.client("s3", STANDARD), "first").link("tom.jpg", 60))

    # Regions opened since 2014, and buckets with KMS, accept only Signature Version 4.
    assert link.params.get("X-Amz-Algorithm") == "AWS4-HMAC-SHA256"
    assert link.params["X-Amz-Expires"] == "60"


# Failures.


def test_invalid_metadata_is_not_a_network_failure() -> None:
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
@pytest.mark.parametrize("code, status, failure", ERRORS)
def test_an_error_of_s3_is_translated_to_a_failure_of_the_port(
    operation: str, code: str, status: int, failure: type[Failure]
) -> None:
    called, ask = OPERATIONS[operation]
    bucket = S3Bucket(client_with_error("s3", called, code, status), "first")

    with expect_failure(failure):
        ask(bucket)


WITH_BODY: Final = [operation for operation in OPERATIONS if operation != "stat"]


@pytest.mark.parametrize("operation", WITH_BODY)
@pytest.mark.parametrize("code, status, failure", ERRORS)
def test_an_error_of_s3_is_the_same_failure_of_the_slim_bucket(
    operation: str, code: str, status: int, failure: type[Failure]
) -> None:
    with serve_errors(code, status, in_xml=True) as environment, expect_failure(failure):
        OPERATIONS[operation][1](SlimBucket("first", environment, SHORT_RETRY_POLICY))


@pytest.mark.parametrize("status, failure", [(503, Unavailable), (429, Unavailable), (403, StoreFailed), (500, StoreFailed), (400, StoreFailed), (301, StoreFailed)])  # fmt: skip
def test_an_error_without_a_body_is_recognised_by_its_status(
    status: int, failure: type[Failure]
) -> None:
    with serve_script(reply(status)) as wire, expect_failure(failure):
        SlimBucket("first", environment_for(wire.url), SHORT_RETRY_POLICY).stat("tom.jpg")


@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_slim_bucket_that_cannot_be_reached_is_unavailable(operation: str) -> None:
    with unreachable_environment() as environment, expect_failure(Unavailable):
        OPERATIONS[operation][1](SlimBucket("first", environment, SHORT_RETRY_POLICY))


@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_bucket_that_cannot_be_reached_is_unavailable(
    operation: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with unreachable_client("s3", monkeypatch) as s3, expect_failure(Unavailable):
        OPERATIONS[operation][1](S3Bucket(s3, "first"))


def test_an_incomplete_object_is_a_failure() -> None:
    s3 = create_client("s3", SHORT_TIMEOUTS)
    body = StreamingBody(io.BytesIO(b"half a pict"), 100)
    answer: dict[str, Any] = {"Body": body, "ContentLength": 100, "ETag": '"abc"'}

    with Stubber(s3) as stubber, expect_failure(Unavailable):
        stubber.add_response("get_object", answer, {"Bucket": "first", "Key": "tom.jpg"})
        S3Bucket(s3, "first").read("tom.jpg")


def test_without_credentials_a_bucket_is_unavailable(monkeypatch: pytest.MonkeyPatch) -> None:
    s3 = create_client("s3", SHORT_TIMEOUTS)
    monkeypatch.setattr(s3._request_signer, "_credentials", None)

    with expect_failure(Unavailable):
        S3Bucket(s3, "first").link("tom.jpg", 60)


# Only the slim bucket.


@pytest.mark.parametrize("key", AWKWARD_KEYS)
def test_a_slim_link_can_be_read_over_http_without_credentials(served_url: str, key: str) -> None:
    for cloud in create_slim(served_url):
        cloud.bucket.write(key, key.encode(), FULL)

        answer = httpx.get(cloud.bucket.link(key, 60))

        assert (answer.status_code, answer.content) == (200, key.encode())
        assert answer.headers["cache-control"] == FULL.cache_control


def test_a_slim_link_is_valid_only_for_its_object(served_url: str) -> None:
    for cloud in create_slim(served_url):
        cloud.bucket.write("ada.jpg", b"ada", PLAIN)

        link = cloud.bucket.link("tom.jpg", 60)

        assert httpx.get(link).status_code == 404
        assert httpx.get(link.replace("tom.jpg", "ada.jpg")).status_code == 403


def test_a_slim_copy_requires_the_version_of_the_source() -> None:
    with serve_script(reply(412, b"<Error><Code>PreconditionFailed</Code></Error>")) as wire:
        bucket = SlimBucket("first", environment_for(wire.url), SHORT_RETRY_POLICY)

        with expect_failure(StoreFailed):
            bucket.copy_from(bucket, Source("a b/tom.jpg", "former"), "copy.jpg", PLAIN)

    (expected_call,) = wire.received
    assert expected_call.headers["x-amz-copy-source"] == "/first/a%20b/tom.jpg"
    assert expected_call.headers["x-amz-copy-source-if-match"] == '"former"'


COPY_RESULT: Final = b"<CopyObjectResult><ETag>abc</ETag></CopyObjectResult>"


@pytest.mark.parametrize(
    "body, failure",
    [
        (b"   \n<Error><Code>SlowDown</Code></Error>", Unavailable),
        (b"<Error><Code>InternalError</Code></Error>", StoreFailed),
        (b"", StoreFailed),
    ],
)
def test_a_copy_can_fail_after_status_200(body: bytes, failure: type[Failure]) -> None:
    with serve_script(reply(200, body), reply(200, COPY_RESULT)) as wire:
        bucket = SlimBucket("first", environment_for(wire.url), SHORT_RETRY_POLICY)

        with expect_failure(failure):
            bucket.copy_from(bucket, Source("tom.jpg", "any"), "copy.jpg", PLAIN)

        bucket.copy_from(bucket, Source("tom.jpg", "any"), "copy.jpg", PLAIN)


@pytest.mark.parametrize(
    "user_metadata", [{"brief": "\u00e9"}, {"brief": "a\r\nx-amz-acl: public-read"}]
)
def test_metadata_that_is_not_valid_in_a_header_is_not_a_network_failure(
    user_metadata: dict[str, str],
) -> None:
    with unreachable_environment() as environment, pytest.raises(StoreFailed):
        SlimBucket("first", environment, SHORT_RETRY_POLICY).write(
            "tom.jpg", b"tom", ObjectMetadata("image/jpeg", user_metadata=user_metadata)
        )


@pytest.mark.parametrize("operation", ["stat", "read", "write", "delete"])
def test_an_empty_key_does_not_address_the_bucket(operation: str) -> None:
    asks: dict[str, Callable[[Bucket], object]] = {
        "stat": lambda bucket: bucket.stat(""),
        "read": lambda bucket: bucket.read(""),
        "write": lambda bucket: bucket.write("", b"", PLAIN),
        "delete": lambda bucket: bucket.delete([""]),
    }
    with serve_script(reply()) as wire, expect_failure(StoreFailed):
        asks[operation](SlimBucket("first", environment_for(wire.url), SHORT_RETRY_POLICY))
    assert not wire.received


def build_page(*keys: str, following: str = "") -> bytes:
    contents = "".join(f"<Contents><Key>{key}</Key><Size>1</Size></Contents>" for key in keys)
    folders = "<CommonPrefixes><Prefix>a/b/</Prefix></CommonPrefixes>"
    token = f"<NextContinuationToken>{following}</NextContinuationToken>" if following else ""
    list_ = f"<ListBucketResult><Name>first</Name><Prefix>a/</Prefix>{token}{contents}{folders}"
    return f"<?xml version='1.0' encoding='UTF-8'?>{list_}</ListBucketResult>".encode()


def test_a_slim_list_reads_all_pages() -> None:
    with serve_script(
        reply(200, build_page(following="2&amp;")), reply(200, build_page("a/r%3D2", "a/%01+b"))
    ) as wire:
        bucket = SlimBucket("first", environment_for(wire.url), SHORT_RETRY_POLICY)

        assert list_keys(bucket, "a/") == ["a/\x01 b", "a/r=2"]

    expected_call = [httpx.URL(received.target).params for received in wire.received]
    assert [params.get("continuation-token") for params in expected_call] == [None, "2&"]


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
def test_an_invalid_list_is_a_failure(body: bytes) -> None:
    with serve_script(reply(200, body)) as wire, expect_failure(StoreFailed):
        list_keys(SlimBucket("first", environment_for(wire.url), SHORT_RETRY_POLICY), "a/")


def test_an_incomplete_slim_object_is_a_failure() -> None:
    with serve_script(reply(200, b"half a pict", length=100)) as wire, expect_failure(Unavailable):
        SlimBucket("first", environment_for(wire.url), SHORT_RETRY_POLICY).read("tom.jpg")


def test_an_object_that_looks_like_an_error_can_be_read(served_url: str) -> None:
    body = b"<Error><Code>NoSuchKey</Code></Error>"
    for cloud in create_slim(served_url):
        cloud.bucket.write("error.xml", body, ObjectMetadata("application/xml"))

        assert read_body(cloud.bucket, "error.xml") == body


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
    with expect_failure(Unavailable):
        SlimBucket("first", {"AWS_REGION": "us-east-1"}).link("tom.jpg", 60)
