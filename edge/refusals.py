"""The refusals of the edge function, as CloudFront answers, written by the origin's own code.

They are entries of the KeyValueStore, so that they cost the function no bytes.
"""

import json
from typing import Any, Final

from origin_lambda.errors import (
    BadKey,
    BadValue,
    CalotypeError,
    Expired,
    Forbidden,
    Unavailable,
    UnknownParameter,
    UrlTooLong,
)
from origin_lambda.http import error_response
from origin_lambda.url.admission import (
    NO_FRACTION,
    NO_PARAMETER,
    PARAM,
    SIGNED_ONLY,
    TOO_LONG,
    TOO_MANY,
    UNSIGNED,
)
from origin_lambda.url.grammar import LONG_KEY, NO_KEY, NOT_UTF8
from origin_lambda.url.signature import EXPIRES, PAST, SIGNATURE, WRONG_SIGNATURE

MESSAGE: Final = "MESSAGE"
"""Stands for a message that the function composes."""

REFUSALS: Final = {
    "too-long": UrlTooLong(TOO_LONG),
    "too-many": UrlTooLong(TOO_MANY),
    "not-utf8": BadKey(NOT_UTF8),
    "no-key": BadKey(NO_KEY),
    "long-key": BadKey(LONG_KEY),
    "wrong-signature": Forbidden(WRONG_SIGNATURE, param=PARAM),
    "unsigned": Forbidden(UNSIGNED, param=SIGNATURE),
    "signed-only": Forbidden(SIGNED_ONLY, param=PARAM),
    "no-fraction": Forbidden(NO_FRACTION, param=PARAM),
    "expired": Expired(PAST, param=EXPIRES),
    "no-parameter": UnknownParameter(NO_PARAMETER, param=PARAM),
    "bad-value": BadValue(MESSAGE, param=PARAM),
}


def build_refusals() -> dict[str, str]:
    """Return each refusal as JSON, by the key of its entry.

    The function replaces PARAM by the name of a parameter, and MESSAGE by a message.
    """
    return {
        f"refusal:{name}": json.dumps(_build(error), separators=(",", ":"))
        for name, error in REFUSALS.items()
    }


def _build(error: CalotypeError) -> dict[str, Any]:
    """Return what CloudFront Functions answer."""
    response = error_response(error)
    return {
        "statusCode": response.status,
        "statusDescription": error.code,
        "headers": {name: {"value": text} for name, text in response.headers.items()},
        "body": {"encoding": "text", "data": response.body.decode()},
    }


_ESSENTIAL: Final = ("cache-control", "content-type")


def _shorten(answer: dict[str, Any]) -> dict[str, Any]:
    """Return an answer with fewer headers: this one is part of the function's code."""
    headers = {name: text for name, text in answer["headers"].items() if name in _ESSENTIAL}
    return answer | {"headers": headers}


UNAVAILABLE: Final = _shorten(_build(Unavailable("the settings of this deployment cannot be read")))
"""The refusal if the store cannot be read."""
