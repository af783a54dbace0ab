import base64
import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from origin_lambda.errors import Expired, Forbidden
from origin_lambda.url.signature import imgix_sign, refuse_expired, sign, verify
from origin_lambda.url.transform import Access

PATH = "/cats/tom.jpg"
KEYS = {"new": "a new secret", "old": "an old secret"}

NAMES = st.text("abw%20+[]", min_size=1, max_size=4)
VALUES = st.text("019.,=%2C+-", max_size=6)
QUERIES = st.lists(st.tuples(NAMES, VALUES).map("=".join), max_size=6).map("&".join)


def mac(secret: str, message: str) -> str:
    digest = hmac.new(secret.encode(), message.encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def test_a_signature_is_of_the_path_and_the_pairs_sorted_by_name() -> None:
    signed = sign(PATH, "w=640&h=480&fit=crop", "new", KEYS["new"])

    expected = mac(KEYS["new"], "/cats/tom.jpg?fit=crop&h=480&w=640")
    assert signed == f"w=640&h=480&fit=crop&sig=new.{expected}"


def test_a_signature_of_a_bare_path_is_of_the_path_and_a_question_mark() -> None:
    assert sign(PATH, "", "new", KEYS["new"]) == f"sig=new.{mac(KEYS['new'], '/cats/tom.jpg?')}"


def test_the_time_limit_is_signed_with_the_rest() -> None:
    signed = sign(PATH, "w=640", "new", KEYS["new"], expires=1_900_000_000)

    expected = mac(KEYS["new"], "/cats/tom.jpg?expires=1900000000&w=640")
    assert signed == f"w=640&expires=1900000000&sig=new.{expected}"


def test_signing_again_replaces_the_signature() -> None:
    once = sign(PATH, "w=640", "old", KEYS["old"])

    assert sign(PATH, once, "new", KEYS["new"]) == sign(PATH, "w=640", "new", KEYS["new"])


@pytest.mark.parametrize("kid", ["", "a.b", "a b", "ä", "a\n", "x" * 65])
def test_a_key_name_that_does_not_fit_a_url_is_refused(kid: str) -> None:
    with pytest.raises(ValueError, match="letters, digits"):
        sign(PATH, "", kid, "secret")


@given(query=QUERIES, kid=st.sampled_from(sorted(KEYS)))
def test_every_active_key_signs_every_query(query: str, kid: str) -> None:
    assert verify(PATH, sign(PATH, query, kid, KEYS[kid]), KEYS)


@given(query=QUERIES)
def test_sorting_a_signed_query_by_name_leaves_it_signed(query: str) -> None:
    pairs = sign(PATH, query, "new", KEYS["new"]).split("&")

    assert verify(PATH, "&".join(sorted(pairs, key=lambda pair: pair.partition("=")[0])), KEYS)


@given(query=QUERIES, other=QUERIES)
def test_a_signature_is_refused_with_another_query(query: str, other: str) -> None:
    said = [
        sorted(each.split("&"), key=lambda pair: pair.partition("=")[0]) for each in (query, other)
    ]
    signature = sign(PATH, query, "new", KEYS["new"]).rpartition("&")[2]

    if said[0] == said[1]:
        return
    with pytest.raises(Forbidden):
        verify(PATH, f"{other}&{signature}", KEYS)


@pytest.mark.parametrize("change", [
    ("w=640", "w=641"), ("w=640", "w=%36%34%30"), ("w=640", "w=640&q=5"), ("w=640", "w=640&utm_source=x"),
    ("w=640&", ""), ("sig=new", "sig=old"), ("sig=new", "sig=retired"), ("sig=new.", "sig=."), ("sig=new.", "sig="),
    ("sig=new.", "sig=new.A"), ("sig=", "sig=new.x&sig="), ("w=640", "w=640&w=1"),
])  # fmt: skip
def test_a_tampered_url_is_refused(change: tuple[str, str]) -> None:
    signed = sign(PATH, "w=640&h=480", "new", KEYS["new"])

    tampered = signed.replace(*change)

    if change == ("sig=", "sig=new.x&sig="):  # the last of several is the one that counts
        assert verify(PATH, tampered, KEYS)
        return
    with pytest.raises(Forbidden) as refused:
        verify(PATH, tampered, KEYS)
    assert refused.value.param == "sig"


def test_a_signature_is_of_one_path_as_it_is_spelled() -> None:
    signed = sign("/caf%C3%A9.jpg", "w=640", "new", KEYS["new"])

    assert verify("/caf%C3%A9.jpg", signed, KEYS)
    for path in ("/caf%c3%a9.jpg", "/cafe%CC%81.jpg", "/café.jpg", "/other.jpg"):
        with pytest.raises(Forbidden):
            verify(path, signed, KEYS)


def test_a_removed_key_is_not_accepted() -> None:
    signed = sign(PATH, "w=640", "old", KEYS["old"])

    with pytest.raises(Forbidden):
        verify(PATH, signed, {"new": KEYS["new"]})


def test_a_url_without_a_signature_is_not_signed() -> None:
    assert not verify(PATH, "w=640&s=abc", KEYS)


@pytest.mark.parametrize(("path", "query", "expected"), [
    ("/users/1.png", "", "s=6797c24146142d5b40bde3141fd3600c"),
    ("/users/1.png", "w=400&h=300", "w=400&h=300&s=c7b86f666a832434dd38577e38cf86d1"),
    ("/http%3A%2F%2Favatars.com%2Fjohn-smith.png", "", "s=493a52f008c91416351f8b33d4883135"),
])  # fmt: skip
def test_imgix_signatures_are_those_of_its_blueprint(path: str, query: str, expected: str) -> None:
    signed = imgix_sign(path, query, "FOO123bar")

    assert signed == expected
    assert verify(path, signed, {}, "FOO123bar")


@given(query=QUERIES)
def test_what_imgix_signs_is_admitted_and_nothing_else(query: str) -> None:
    signed = imgix_sign(PATH, query, "token")

    assert verify(PATH, signed, {}, "token")
    for path, changed in ((PATH, f"{signed}&q=5"), ("/other.jpg", signed), (PATH, f"{signed}0")):
        with pytest.raises(Forbidden) as refused:
            verify(path, changed, {}, "token")
        assert refused.value.param == "s"


def test_sig_has_precedence_over_imgix_s() -> None:
    signed = imgix_sign(PATH, "w=640", "token")

    assert verify(PATH, sign(PATH, signed.replace("s=", "s=x"), "new", KEYS["new"]), KEYS, "token")
    with pytest.raises(Forbidden):
        verify(PATH, f"{signed}&sig=new.x", KEYS, "token")


@pytest.mark.parametrize(
    ("expires", "is_over"), [(None, False), (99, True), (100, False), (101, False)]
)
def test_a_url_is_valid_until_it_expires(expires: int | None, is_over: bool) -> None:
    if not is_over:
        refuse_expired(Access(expires=expires), 100)
        return
    with pytest.raises(Expired) as refused:
        refuse_expired(Access(expires=expires), 100)
    assert refused.value.param == "expires"
