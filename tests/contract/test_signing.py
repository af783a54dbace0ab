"""Signatures equal those of AWS's published cases, and those of botocore."""

from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import parse_qsl, quote, urlsplit

import pytest
from botocore.auth import S3SigV4Auth, S3SigV4QueryAuth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials as BotoCredentials
from hypothesis import given
from hypothesis import strategies as st

from origin_lambda.adapters.slim.signing import Call, Credentials, Scope, Signer

# AWS Signature Version 4 test suite: the signature of each request for region us-east-1 and service
# "service" on 2015-08-30. Paths are already normalised and encoded, as in a call.
SUITE: Final = Signer(
    Credentials("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"),
    Scope("us-east-1", "service"),
    datetime(2015, 8, 30, 12, 36, tzinfo=UTC).timestamp(),
)
LETTERS: Final = "-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
FORM: Final = "application/x-www-form-urlencoded"


def get(*query: tuple[str, str], path: str = "/", **headers: str) -> Call:
    return Call("GET", path, query, with_host(headers))


def post(*query: tuple[str, str], body: bytes = b"", **headers: str) -> Call:
    return Call("POST", "/", query, with_host(headers), body)


def with_host(headers: dict[str, str]) -> dict[str, str]:
    given = {name.replace("_", "-"): text for name, text in headers.items()}
    return {"host": "example.amazonaws.com", **given}


CASES: Final = {
    "get-vanilla": (get(), "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"),
    "get-vanilla-empty-query-key": (get(("Param1", "value1")), "a67d582fa61cc504c4bae71f336f98b97f1ea3c7a6bfe1b6e45aec72011b9aeb"),
    "get-vanilla-query-order-key-case": (get(("Param2", "value2"), ("Param1", "value1")), "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500"),
    "get-vanilla-query-order-value": (get(("Param1", "value2"), ("Param1", "value1")), "5772eed61e12b33fae39ee5e7012498b51d56abc0abb7c60486157bd471c4694"),
    "get-vanilla-query-unreserved": (get((LETTERS, LETTERS)), "9c3e54bfcdf0b19771a7f523ee5669cdf59bc7cc0884027167c21bb143a40197"),
    "get-vanilla-utf8-query": (get(("\u1234", "bar")), "2cdec8eed098649ff3a119c94853b13c643bcf08f8b0a1d91e12c9027818dd04"),
    "get-unreserved": (get(path=f"/{LETTERS}"), "07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f"),
    "get-utf8": (get(path="/%E1%88%B4"), "8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85"),
    "get-header-key-duplicate": (get(my_header1="value2,value2,value1"), "c9d5ea9f3f72853aea855b47ea873832890dbdd183b4468f858259531a5138ea"),
    "get-header-value-multiline": (get(my_header1="value1,value2,value3"), "ba17b383a53190154eb5fa66a1b836cc297cc0a3d70a5d00705980573d8ff790"),
    "get-header-value-order": (get(my_header1="value4,value1,value3,value2"), "08c7e5a9acfcfeb3ab6b2185e75ce8b1deb5e634ec47601a50643f830c755c01"),
    "get-header-value-trim": (get(my_header1=" value1", my_header2=' "a   b   c"'), "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736"),
    "post-vanilla": (post(), "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"),
    "post-vanilla-query": (post(("Param1", "value1")), "28038455d6de14eafc1f9222cf5aa6f1a96197d7deb8263271d420d138af7f11"),
    "post-vanilla-query-nonunreserved": (post(("@#$%^", ""), ("+", '/,?><`";:\\|][{}')), "66c82657c86e26fb25238d0e69f011edc4c6df5ae71119d7cb98ed9b87393c1e"),
    "post-vanilla-query-space": (post(("p", "")), "e71688addb58a26418614085fb730ba3faa623b461c17f48f2fbdb9361b94a9b"),
    "post-header-key-sort": (post(my_header1="value1"), "c5410059b04c1ee005303aed430f6e6645f61f4dc9e1461ec8f8916fdf18852c"),
    "post-header-value-case": (post(my_header1="VALUE1"), "cdbc9802e29d2942e5e10b5bccfdd67c5f22c7c4e8ae67b53629efa58b974b7d"),
    "post-x-www-form-urlencoded": (post(content_type=FORM, body=b"Param1=value1"), "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a"),
    "post-x-www-form-urlencoded-parameters": (post(content_type=f"{FORM}; charset=utf8", body=b"Param1=value1"), "1a72ec8f64bd914b0e42e42607c7fbce7fb2c7465f63e3092b3b0d39fa77a6fe"),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_a_case_of_awss_test_suite_is_signed_as_published(name: str) -> None:
    call, signature = CASES[name]

    headers = SUITE.headers(call)

    names = ";".join(sorted({*call.headers, "x-amz-date"}))
    assert headers["authorization"] == (
        "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, "
        f"SignedHeaders={names}, Signature={signature}"
    )
    assert headers["x-amz-date"] == "20150830T123600Z"


# The examples of the S3 API reference, "Signature Calculations for the Authorization Header" and
# "Authenticating Requests: Using Query Parameters".
S3: Final = Signer(
    Credentials("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
    Scope("us-east-1", "s3"),
    datetime(2013, 5, 24, tzinfo=UTC).timestamp(),
)
S3_HOST: Final = "examplebucket.s3.amazonaws.com"
S3_CASES: Final = [
    (
        Call("GET", "/test.txt", headers={"host": S3_HOST, "range": "bytes=0-9"}),
        "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
    ),
    (
        Call(
            "PUT",
            "/test%24file.text",
            headers={
                "host": S3_HOST,
                "date": "Fri, 24 May 2013 00:00:00 GMT",
                "x-amz-storage-class": "REDUCED_REDUNDANCY",
            },
            body=b"Welcome to Amazon S3.",
        ),
        "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd",
    ),
    (
        Call("GET", query=(("lifecycle", ""),), headers={"host": S3_HOST}),
        "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543",
    ),
    (
        Call("GET", query=(("prefix", "J"), ("max-keys", "2")), headers={"host": S3_HOST}),
        "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7",
    ),
]


@pytest.mark.parametrize("call, signature", S3_CASES)
def test_an_example_of_s3_is_signed_as_published(call: Call, signature: str) -> None:
    assert S3.headers(call)["authorization"].endswith(f", Signature={signature}")


def test_the_example_of_a_link_is_signed_as_published() -> None:
    assert S3.link("/test.txt", S3_HOST, 86400) == (
        "/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256"
        "&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request"
        "&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host"
        "&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404"
    )


# Comparison with botocore.

_texts = st.text(st.characters(codec="utf-8"), max_size=12)
_keys = st.text(st.characters(codec="utf-8"), min_size=1, max_size=30)
_values = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=30)
_tokens = st.sampled_from(["", "token/with+signs=="])
_methods = st.sampled_from(["GET", "HEAD", "PUT", "POST", "DELETE"])
_times = st.integers(0, 4_000_000_000)


def signer(service: str, token: str, now: float) -> Signer:
    return Signer(Credentials("AKID", "secret/+", token), Scope("eu-central-1", service), now)


def botocore_signer(kind: type[SigV4Auth], created: Signer, **options: Any) -> Any:
    credentials = BotoCredentials("AKID", "secret/+", created.credentials.token or None)
    return kind(credentials, created.scope.service, created.scope.region, **options)


@given(
    _methods,
    _keys,
    st.dictionaries(_texts, _texts, max_size=4),
    st.dictionaries(st.from_regex(r"x-amz-meta-[a-z0-9-]{1,9}", fullmatch=True), _values, max_size=3),
    st.binary(max_size=20),
    _tokens,
    _times,
)  # fmt: skip
def test_any_request_to_s3_is_signed_as_botocore_signs_it(  # noqa: PLR0913, PLR0917 reason: hypothesis gives each
    method: str,
    key: str,
    query: dict[str, str],
    user_metadata: dict[str, str],
    body: bytes,
    token: str,
    now: int,
) -> None:
    created = signer("s3", token, now)
    host = "first.s3.eu-central-1.amazonaws.com"
    call = Call(
        method, "/" + quote(key), tuple(query.items()), {"host": host, **user_metadata}, body
    )

    headers = created.headers(call)

    assert headers["authorization"] == sign_with_botocore(
        S3SigV4Auth, created, call, query, headers
    )


@given(st.dictionaries(_texts, _texts, max_size=4), _values, st.binary(max_size=20), _tokens, _times)  # fmt: skip
def test_any_request_to_another_service_is_signed_as_botocore_signs_it(
    query: dict[str, str], target: str, body: bytes, token: str, now: int
) -> None:
    created = signer("dynamodb", token, now)
    given_headers = {"host": "dynamodb.eu-central-1.amazonaws.com", "x-amz-target": target}
    call = Call("POST", query=tuple(query.items()), headers=given_headers, body=body)

    headers = created.headers(call)

    assert headers["authorization"] == sign_with_botocore(SigV4Auth, created, call, query, headers)


def sign_with_botocore(
    kind: type[SigV4Auth],
    created: Signer,
    call: Call,
    query: dict[str, str],
    headers: dict[str, str],
) -> str:
    """Return the `Authorization` that botocore computes for the headers that we sign."""
    signed = {name: text for name, text in headers.items() if name != "authorization"}
    url = f"https://{headers['host']}{call.path}"
    request = AWSRequest(call.method, url, signed, call.body, query)
    request.context["timestamp"] = headers["x-amz-date"]
    botocore = botocore_signer(kind, created)
    signature = botocore.signature(
        botocore.string_to_sign(request, botocore.canonical_request(request)), request
    )
    names = botocore.signed_headers(botocore.headers_to_sign(request))
    return (
        f"AWS4-HMAC-SHA256 Credential={botocore.scope(request)}, "
        f"SignedHeaders={names}, Signature={signature}"
    )


@given(_keys, st.integers(1, 604_800), _tokens, _times)
def test_any_link_is_signed_as_botocore_signs_it(
    key: str, seconds: int, token: str, now: int
) -> None:
    created = signer("s3", token, now)
    host = "first.s3.eu-central-1.amazonaws.com"

    link = urlsplit(created.link("/" + quote(key), host, seconds))

    query = dict(parse_qsl(link.query))
    signature = query.pop("X-Amz-Signature")
    assert query.get("X-Amz-Security-Token", "") == token
    assert query["X-Amz-Expires"] == str(seconds)
    request = AWSRequest("GET", f"https://{host}{link.path}", {"host": host}, b"", query)
    request.context["timestamp"] = query["X-Amz-Date"]
    botocore = botocore_signer(S3SigV4QueryAuth, created, expires=seconds)
    assert (
        botocore.signature(
            botocore.string_to_sign(request, botocore.canonical_request(request)), request
        )
        == signature
    )


@given(_keys, st.dictionaries(_texts, _texts, max_size=4))
def test_the_target_has_the_signed_path_and_query(key: str, query: dict[str, str]) -> None:
    target = Call("GET", "/" + quote(key), tuple(query.items())).target

    path, _, rest = target.partition("?")
    assert path == "/" + quote(key)
    assert sorted(parse_qsl(rest, keep_blank_values=True)) == sorted(query.items())
    assert target.isascii()
    assert " " not in target


def test_secrets_are_not_printed() -> None:
    assert "hush" not in repr(Credentials("AKID", "hush", "hush"))
