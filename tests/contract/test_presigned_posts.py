"""The contract of `ports.PresignedPosts`, and the policy for S3, which moto does not enforce."""

import hashlib
import hmac
import json
import time
from base64 import b64decode
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import boto3
import httpx2 as httpx
import pytest
from botocore.exceptions import CredentialRetrievalError
from moto.server import ThreadedMotoServer

from origin_lambda.adapters.boto import clients
from origin_lambda.adapters.boto.clients import STANDARD
from origin_lambda.adapters.boto.presigned_posts import S3PresignedPosts
from origin_lambda.adapters.boto.s3 import S3Bucket
from origin_lambda.adapters.memory import MemoryPresignedPosts
from origin_lambda.errors import Unavailable
from origin_lambda.ports import PresignedPost, PresignedPosts
from tests.contract.aws import AWKWARD_KEYS, create_client, expect_failure

KEY = "uploads/caf\u00e9/\u732b.jpg"


def create_s3_posts() -> S3PresignedPosts:
    return S3PresignedPosts(create_client("s3", STANDARD), "first")


@pytest.fixture(params=["memory", "s3"])
def posts(request: pytest.FixtureRequest) -> PresignedPosts:
    return MemoryPresignedPosts() if request.param == "memory" else create_s3_posts()


def test_a_presigned_post_is_for_one_key_and_type(posts: PresignedPosts) -> None:
    created = posts.presign(KEY, "image/jpeg", 100, 900)

    assert created.url
    assert created.fields["key"] == KEY
    assert created.fields["Content-Type"] == "image/jpeg"


def test_the_signature_is_not_printed() -> None:
    created = create_s3_posts().presign(KEY, "image/jpeg", 100, 900)

    assert created.fields["x-amz-signature"] not in repr(created)


# Over HTTP.


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


def send_post(presigned: PresignedPost, body: bytes) -> httpx.Response:
    file = {"file": ("whatever it was called.jpg", body, "application/octet-stream")}
    return httpx.post(presigned.url, data=dict(presigned.fields), files=file)


@pytest.mark.parametrize("key", [KEY, *AWKWARD_KEYS])
def test_a_posted_file_becomes_the_object_of_the_key(s3_bucket: S3Bucket, key: str) -> None:
    presigned = S3PresignedPosts(s3_bucket.client, "first").presign(key, "image/webp", 100, 900)

    answer = send_post(presigned, b"tom")

    blob = s3_bucket.read(key)
    assert answer.status_code == 201
    assert blob is not None
    assert (blob.body, blob.metadata.media_type) == (b"tom", "image/webp")


# The policy, which S3 enforces.


def read_policy(presigned: PresignedPost) -> dict[str, Any]:
    policy: dict[str, Any] = json.loads(b64decode(presigned.fields["policy"], validate=True))
    return policy


def exact_conditions(policy: Mapping[str, Any]) -> dict[str, str]:
    """Return the fields for which the policy allows only one value."""
    pairs = (condition for condition in policy["conditions"] if isinstance(condition, dict))
    return {name: value for pair in pairs for name, value in pair.items()}


def test_the_policy_allows_one_value_for_every_field() -> None:
    presigned = create_s3_posts().presign(KEY, "image/jpeg", 100, 900)

    unsigned = {"policy", "x-amz-signature"}
    signed = {name: value for name, value in presigned.fields.items() if name not in unsigned}
    assert exact_conditions(read_policy(presigned)) == signed | {"bucket": "first"}
    assert signed["key"] == KEY
    assert signed["Content-Type"] == "image/jpeg"
    assert signed["success_action_status"] == "201"


def test_the_policy_allows_one_byte_up_to_the_limit() -> None:
    policy = read_policy(create_s3_posts().presign(KEY, "image/jpeg", 12_345, 900))

    others = [condition for condition in policy["conditions"] if isinstance(condition, list)]
    assert others == [["content-length-range", 1, 12_345]]


@pytest.mark.parametrize("seconds", [1, 900])
def test_a_presigned_post_expires(seconds: int) -> None:
    before = int(time.time())

    policy = read_policy(create_s3_posts().presign(KEY, "image/jpeg", 100, seconds))

    expires = datetime.fromisoformat(policy["expiration"]).timestamp()
    assert before + seconds <= expires <= time.time() + seconds


def test_the_policy_is_signed_with_signature_version_4() -> None:
    """Signature Version 4 of a policy: docs.aws.amazon.com, sigv4-UsingHTTPPOST."""
    fields = create_s3_posts().presign(KEY, "image/jpeg", 100, 900).fields

    _, *scope = fields["x-amz-credential"].split("/")
    signing_key = b"AWS4testing"
    for part in scope:
        signing_key = hmac.digest(signing_key, part.encode(), hashlib.sha256)
    expected = hmac.digest(signing_key, fields["policy"].encode(), hashlib.sha256)
    assert scope[1:] == ["us-east-1", "s3", "aws4_request"]
    assert fields["x-amz-signature"] == expected.hex()


def test_a_post_with_temporary_credentials_has_their_token(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_SESSION_TOKEN", "session")
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)

    presigned = S3PresignedPosts(clients.client("s3", STANDARD), "first").presign(
        KEY, "image/jpeg", 100, 900
    )

    assert presigned.fields["x-amz-security-token"] == "session"
    assert exact_conditions(read_policy(presigned))["x-amz-security-token"] == "session"


@pytest.mark.parametrize(
    "bucket, url",
    [
        ("first", "https://first.s3.eu-central-1.amazonaws.com/"),
        ("img.example.com", "https://s3.eu-central-1.amazonaws.com/img.example.com"),
    ],
)
def test_a_post_goes_to_the_region_of_the_bucket(
    monkeypatch: pytest.MonkeyPatch, bucket: str, url: str
) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")

    presigned = S3PresignedPosts(clients.client("s3", STANDARD), bucket).presign(
        KEY, "image/jpeg", 100, 900
    )

    # The global endpoint answers with a redirect, which a browser's preflight does not follow.
    assert presigned.url == url


class ExpiredCredentials:
    """Credentials that cannot be renewed."""

    def get_frozen_credentials(self) -> None:
        raise CredentialRetrievalError(provider="test", error_msg="secret details")


def test_without_credentials_presigning_is_unavailable(monkeypatch: pytest.MonkeyPatch) -> None:
    s3 = create_client("s3", STANDARD)
    monkeypatch.setattr(s3._request_signer, "_credentials", ExpiredCredentials())

    with expect_failure(Unavailable):
        S3PresignedPosts(s3, "first").presign("tom.jpg", "image/jpeg", 100, 900)
