"""Bearer tokens: whose they are, and how a deployment names them."""

import json

import pytest

from origin_lambda.errors import Unauthorized
from origin_lambda.uploads.tokens import Token, authenticate, parse_tokens

SITE = Token("site", "site-token-0123456789", "uploads/")
SHOP = Token("shop", "shop-token-0123456789")


@pytest.mark.parametrize("token", [SITE, SHOP])
@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_a_token_is_known_by_its_secret(token: Token, scheme: str) -> None:
    headers = {"authorization": f"{scheme} {token.secret}"}

    assert authenticate(headers, (SITE, SHOP)) is token


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"authorization": ""},
        {"authorization": "Bearer"},
        {"authorization": "Bearer "},
        {"authorization": SITE.secret},
        {"authorization": f"Basic {SITE.secret}"},
        {"authorization": f"Bearer {SITE.secret[:-1]}"},
        {"authorization": f"Bearer {SITE.secret}x"},
        {"authorization": f"Bearer {SITE.secret.upper()}"},
        {"authorization": "Bearer site"},
        {"authorization": "Bearer \ud800\u732b"},
    ],
)
def test_all_else_is_nobodys(headers: dict[str, str]) -> None:
    with pytest.raises(Unauthorized) as caught:
        authenticate(headers, (SITE, SHOP))

    assert "site" not in str(caught.value)


def test_without_tokens_no_request_is_authorised() -> None:
    with pytest.raises(Unauthorized):
        authenticate({"authorization": "Bearer "}, ())


def test_a_secret_is_not_shown() -> None:
    assert SITE.secret not in repr(SITE)


# The setting.


def test_a_token_is_a_text_or_has_a_prefix() -> None:
    setting = {"site": {"token": SITE.secret, "prefix": "uploads"}, "shop": SHOP.secret}

    assert parse_tokens(json.dumps(setting)) == (SITE, SHOP)
    assert parse_tokens('{"shop": {"token": "shop-token-0123456789"}}') == (SHOP,)


@pytest.mark.parametrize("text", ["", "{}"])
def test_there_may_be_none(text: str) -> None:
    assert parse_tokens(text) == ()


@pytest.mark.parametrize(
    "text, message",
    [
        ("hush", "JSON object"),
        ("[]", "JSON object"),
        ('"hush"', "JSON object"),
        ('{"hush": 5}', "16 or more"),
        ('{"hush": null}', "16 or more"),
        ('{"hush": {}}', "16 or more"),
        ('{"hush": "hush"}', "16 or more"),
        ('{"hush": "hush hush hush hush"}', "16 or more"),
        ('{"hush": "hushhushhushhus\u00e9"}', "16 or more"),
        ('{"a": {"token": "hushhushhushhush", "prefix": 5}}', '"prefix"'),
        ('{"a": {"token": "hushhushhushhush", "prefixes": "hush"}}', '"prefix"'),
        ('{"a": {"token": "hushhushhushhush", "prefix": "../hush"}}', "letters"),
        ('{"a": "hushhushhushhush", "b": "hushhushhushhush"}', "a different token"),
    ],
)
def test_the_error_of_a_bad_setting_does_not_repeat_it(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message) as caught:
        parse_tokens(text)

    assert "hush" not in str(caught.value)
