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
from tests.contract.clouds import AWKWARD_KEYS, client, failing

KEY = "uploads/caf\u00e9/\u732b.jpg"


def s3_forms() -> S3PresignedPosts:
    return S3PresignedPosts(client("s3", STANDARD), "first")


@pytest.fixture(params=["memory", "s3"])
def forms(request: pytest.FixtureRequest) -> PresignedPosts:
    return MemoryPresignedPosts() if request.param == "memory" else s3_forms()


def test_a_form_is_for_one_key_and_type(forms: PresignedPosts) -> None:
    made = forms.presign(KEY, "image/jpeg", 100, 900)

    assert made.url
    assert made.fields["key"] == KEY
    assert made.fields["Content-Type"] == "image/jpeg"


def test_what_makes_a_form_valid_is_not_shown() -> None:
    made = s3_forms().presign(KEY, "image/jpeg", 100, 900)

    assert made.fields["x-amz-signature"] not in repr(made)


# Over HTTP.


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


def post(form: PresignedPost, body: bytes) -> httpx.Response:
    file = {"file": ("whatever it was called.jpg", body, "application/octet-stream")}
    return httpx.post(form.url, data=dict(form.fields), files=file)


@pytest.mark.parametrize("key", [KEY, *AWKWARD_KEYS])
def test_a_posted_file_is_the_object_that_the_form_is_for(served: S3Bucket, key: str) -> None:
    form = S3PresignedPosts(served.client, "first").presign(key, "image/webp", 100, 900)

    answer = post(form, b"tom")

    blob = served.read(key)
    assert answer.status_code == 201
    assert blob is not None
    assert (blob.body, blob.metadata.media_type) == (b"tom", "image/webp")


# What S3 is asked to hold the sender to.


def policy_of(form: PresignedPost) -> dict[str, Any]:
    policy: dict[str, Any] = json.loads(b64decode(form.fields["policy"], validate=True))
    return policy


def exact(policy: Mapping[str, Any]) -> dict[str, str]:
    """Return the fields whose one value the policy names."""
    pairs = (condition for condition in policy["conditions"] if isinstance(condition, dict))
    return {name: value for pair in pairs for name, value in pair.items()}


def test_every_field_of_a_form_may_have_one_value_only() -> None:
    form = s3_forms().presign(KEY, "image/jpeg", 100, 900)

    unsigned = {"policy", "x-amz-signature"}
    signed = {name: value for name, value in form.fields.items() if name not in unsigned}
    assert exact(policy_of(form)) == signed | {"bucket": "first"}
    assert signed["key"] == KEY
    assert signed["Content-Type"] == "image/jpeg"
    assert signed["success_action_status"] == "201"


def test_a_file_has_between_one_byte_and_the_limit() -> None:
    policy = policy_of(s3_forms().presign(KEY, "image/jpeg", 12_345, 900))

    others = [condition for condition in policy["conditions"] if isinstance(condition, list)]
    assert others == [["content-length-range", 1, 12_345]]


@pytest.mark.parametrize("seconds", [1, 900])
def test_a_form_expires(seconds: int) -> None:
    before = int(time.time())

    policy = policy_of(s3_forms().presign(KEY, "image/jpeg", 100, seconds))

    expires = datetime.fromisoformat(policy["expiration"]).timestamp()
    assert before + seconds <= expires <= time.time() + seconds


def test_the_policy_is_signed_as_s3_reads_it() -> None:
    """Signature Version 4 of a policy: docs.aws.amazon.com, sigv4-UsingHTTPPOST."""
    fields = s3_forms().presign(KEY, "image/jpeg", 100, 900).fields

    _, *scope = fields["x-amz-credential"].split("/")
    signing_key = b"AWS4testing"
    for part in scope:
        signing_key = hmac.digest(signing_key, part.encode(), hashlib.sha256)
    expected = hmac.digest(signing_key, fields["policy"].encode(), hashlib.sha256)
    assert scope[1:] == ["us-east-1", "s3", "aws4_request"]
    assert fields["x-amz-signature"] == expected.hex()


def test_a_form_of_temporary_credentials_carries_their_token(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_SESSION_TOKEN", "session")
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)

    form = S3PresignedPosts(clients.client("s3", STANDARD), "first").presign(
        KEY, "image/jpeg", 100, 900
    )

    assert form.fields["x-amz-security-token"] == "session"
    assert exact(policy_of(form))["x-amz-security-token"] == "session"


@pytest.mark.parametrize(
    "bucket, url",
    [
        ("first", "https://first.s3.eu-central-1.amazonaws.com/"),
        ("img.example.com", "https://s3.eu-central-1.amazonaws.com/img.example.com"),
    ],
)
def test_a_form_goes_to_the_buckets_own_region(
    monkeypatch: pytest.MonkeyPatch, bucket: str, url: str
) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")

    form = S3PresignedPosts(clients.client("s3", STANDARD), bucket).presign(
        KEY, "image/jpeg", 100, 900
    )

    # The global endpoint answers with a redirect, which a browser's preflight does not follow.
    assert form.url == url


class Expired:
    """Credentials that could not be renewed."""

    def get_frozen_credentials(self) -> None:
        raise CredentialRetrievalError(provider="test", error_msg="secret details")


def test_without_credentials_there_are_no_forms(monkeypatch: pytest.MonkeyPatch) -> None:
    s3 = client("s3", STANDARD)
    monkeypatch.setattr(s3._request_signer, "_credentials", Expired())

    with failing(Unavailable):
        S3PresignedPosts(s3, "first").presign("tom.jpg", "image/jpeg", 100, 900)
