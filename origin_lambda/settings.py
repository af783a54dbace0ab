"""Every setting of a deployment, read once from the environment."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Self

from origin_lambda.errors import Failure
from origin_lambda.image.probe import Limits
from origin_lambda.url.admission import BareOriginals, Policy

if TYPE_CHECKING:
    from origin_lambda.uploads.tokens import Token

_YES_OR_NO: Final = {"true": True, "1": True, "false": False, "0": False}
_VARIABLES: Final = {"keys": "SIGNING_KEYS"}  # where a field of the policy has another name
_MOST_DIGITS: Final = 12
_SECRETS_MANAGER: Final = "arn:aws:secretsmanager:"


class BadSetting(Exception):
    """A setting is missing or cannot be used; the message names it."""


@dataclass(frozen=True, slots=True)
class Settings:
    """One deployment.

    *bucket_in_front* says that the derivatives bucket is asked before the function is, as
    CloudFront's origin group does. *policy* is what the function itself holds requests to. Behind
    CloudFront the edge has done so already: then the keys serve to sign hand-offs, and signatures
    are required at the edge alone. *fallback_original* is the key of a picture to show where an
    original is missing or is none. *bare_originals* says how a URL is answered that asks nothing of
    the picture.
    """

    originals_bucket: str
    derivatives_bucket: str
    catalog_table: str = ""
    alerts_topic_arn: str = ""
    ingest_queue_url: str = ""
    distribution_id: str = ""
    fallback_original: str = ""
    bare_originals: BareOriginals = BareOriginals.CLEAN
    bucket_in_front: bool = False
    upload_tokens: tuple[Token, ...] = ()
    upload_prefix: str = ""
    limits: Limits = field(default_factory=Limits)
    policy: Policy = field(default_factory=Policy)

    @classmethod
    def from_environment(
        cls, environment: Mapping[str, str], secret: Callable[[str], str] | None = None
    ) -> Self:
        """Return the settings that environment variables give.

        *secret* returns the text of a Secrets Manager ARN, which SIGNING_KEYS and UPLOAD_TOKENS
        may be.

        Raises:
            BadSetting: one is missing, or is not what it should be.

        """
        return cls(
            originals_bucket=_required(environment, "ORIGINALS_BUCKET"),
            derivatives_bucket=_required(environment, "DERIVATIVES_BUCKET"),
            catalog_table=environment.get("CATALOG_TABLE", ""),
            alerts_topic_arn=environment.get("ALERTS_TOPIC_ARN", ""),
            ingest_queue_url=environment.get("INGEST_QUEUE_URL", ""),
            distribution_id=environment.get("DISTRIBUTION_ID", ""),
            fallback_original=environment.get("FALLBACK_ORIGINAL", ""),
            bare_originals=_bare_originals(environment),
            bucket_in_front=_switch(environment, "BUCKET_IN_FRONT", default=False),
            upload_tokens=_upload_tokens(environment, secret),
            upload_prefix=_upload_prefix(environment),
            limits=_limits(environment),
            policy=_policy(environment, secret),
        )


AT_THE_EDGE: Final = (
    "REQUIRE_SIGNATURE",
    "IMGIX_TOKEN",
    "SIZE_LADDER",
    "PRESETS",
    "OPEN_PARAMETERS",
    "CLIENT_HINTS",
    "SAVE_DATA",
)
"""Settings that the edge has acted on: a function behind it must not have them."""


def policy_from(environment: Mapping[str, str]) -> Policy:
    """Return the policy alone, for what stands in front of the function.

    Raises:
        BadSetting: a part of it is not what it should be.

    """
    return _policy(environment, None)


def limits_from(environment: Mapping[str, str]) -> Limits:
    """Return the limits alone, for what renders without a deployment.

    Raises:
        BadSetting: one is not a whole number above 0.

    """
    return _limits(environment)


def _required(environment: Mapping[str, str], name: str) -> str:
    if not environment.get(name):
        message = f"{name} is not set"
        raise BadSetting(message)
    return environment[name]


def _bare_originals(environment: Mapping[str, str]) -> BareOriginals:
    text = environment.get("BARE_ORIGINALS") or BareOriginals.CLEAN
    if text not in list(BareOriginals):
        message = f"BARE_ORIGINALS must be one of {', '.join(BareOriginals)}"
        raise BadSetting(message)
    return BareOriginals(text)


def _limits(environment: Mapping[str, str]) -> Limits:
    """Return the limits; `side` is the variable LIMIT_SIDE, and so on."""
    names = {field.name: f"LIMIT_{field.name.upper()}" for field in dataclasses.fields(Limits)}
    return Limits(
        **{
            field: _positive(name, environment[name])
            for field, name in names.items()
            if environment.get(name)
        }
    )


def _policy(environment: Mapping[str, str], secret: Callable[[str], str] | None) -> Policy:
    keys = _text_or_secret(environment, "SIGNING_KEYS", secret)
    try:
        return Policy(
            keys=_texts_by_name("SIGNING_KEYS", keys),
            require_signature=_switch(environment, "REQUIRE_SIGNATURE", default=False),
            imgix_token=environment.get("IMGIX_TOKEN") or None,
            size_ladder=tuple(
                _positive("SIZE_LADDER", rung)
                for rung in environment.get("SIZE_LADDER", "").split(",")
                if rung
            ),
            presets=_texts_by_name("PRESETS", environment.get("PRESETS", "")),
            open_parameters=_words(environment.get("OPEN_PARAMETERS")),
            client_hints=_switch(environment, "CLIENT_HINTS", default=False),
            save_data=_switch(environment, "SAVE_DATA", default=True),
        )
    except ValueError as error:
        field, _, _ = str(error).partition(" ")
        message = f"{_VARIABLES.get(field, field.upper())}: {error}"
        raise BadSetting(message) from error


def _upload_tokens(
    environment: Mapping[str, str], secret: Callable[[str], str] | None
) -> tuple[Token, ...]:
    text = _text_or_secret(environment, "UPLOAD_TOKENS", secret)
    if not text:
        return ()
    from origin_lambda.uploads.tokens import parse_tokens

    try:
        return parse_tokens(text)
    except ValueError as error:
        message = f"UPLOAD_TOKENS {error}"
        raise BadSetting(message) from None


def _upload_prefix(environment: Mapping[str, str]) -> str:
    text = environment.get("UPLOAD_PREFIX", "")
    if not text:
        return ""
    from origin_lambda.uploads.keys import normalise_prefix

    try:
        return normalise_prefix(text)
    except ValueError as error:
        message = f"UPLOAD_PREFIX must be {error}"
        raise BadSetting(message) from None


def _text_or_secret(
    environment: Mapping[str, str], name: str, secret: Callable[[str], str] | None
) -> str:
    text = environment.get(name, "")
    if not text.startswith(_SECRETS_MANAGER) or secret is None:
        return text
    try:
        return secret(text)
    except Failure as error:
        message = f"{name}: its secret cannot be read: {error.detail}"
        raise BadSetting(message) from error


def _words(text: str | None) -> tuple[str, ...] | None:
    return tuple(word.strip() for word in text.split(",")) if text else None


def _switch(environment: Mapping[str, str], name: str, *, default: bool) -> bool:
    text = environment.get(name, "").lower()
    if text and text not in _YES_OR_NO:
        message = f"{name} must be true or false"
        raise BadSetting(message)
    return _YES_OR_NO.get(text, default)


def _texts_by_name(name: str, text: str) -> Mapping[str, str]:
    """Return a JSON object of texts. What it holds may be secret, and is never repeated."""
    message = f'{name} must be a JSON object of texts, such as {{"name": "text"}}'
    try:
        found: Any = json.loads(text or "{}")
    except ValueError:
        raise BadSetting(message) from None
    if not isinstance(found, dict) or not all(isinstance(value, str) for value in found.values()):
        raise BadSetting(message)
    return found


def _positive(name: str, text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS and int(text)):
        message = f"{name} must be made of whole numbers above 0"
        raise BadSetting(message)
    return int(text)
