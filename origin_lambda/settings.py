"""All settings of a deployment, read once from the environment."""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Self

from origin_lambda.errors import CalotypeError, Failure
from origin_lambda.image.probe import Limits
from origin_lambda.url.admission import BareOriginals, Policy, admit_uri
from origin_lambda.url.grammar import parse
from origin_lambda.url.keys import ALL_KEYS, KeyFilter

if TYPE_CHECKING:
    from origin_lambda.uploads.tokens import Token

_YES_OR_NO: Final = {"true": True, "1": True, "false": False, "0": False}
_VARIABLES: Final = {"keys": "SIGNING_KEYS"}  # fields of the policy with another variable
_MAX_DIGITS: Final = 12
_DOLLARS: Final = re.compile(r"[0-9]{1,9}(\.[0-9]{1,12})?", re.ASCII)
_SECRETS_MANAGER: Final = "secretsmanager"
_MOST_WARM_PRESETS: Final = 20
_MODERN_BROWSER: Final = {"accept": "image/avif,image/webp"}


DEFAULT_LAYER_PREFIX: Final = "_layers/"


class BadSetting(Exception):
    """A setting is missing or has a value that is not accepted; the message names it."""


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of one deployment.

    *bucket_in_front*: the derivatives bucket is asked before the function, as in CloudFront's
    origin group. *policy* is what the function itself checks. Behind CloudFront it is empty,
    because the edge has already checked the request. *fallback_original* is the key of the picture
    to show if an original is missing or cannot be read. *bare_originals* says how to answer a URL
    without a transform. Only originals whose keys begin with *layer_prefix* can be layers.
    *original_keys* says which objects of the bucket are originals. *answer_first*: derivatives are
    stored after the answer, if Lambda allows it. *stream_answers*: the function runs
    `origin_lambda.streaming` instead of Lambda's client for Python. *traffic_table* has the views
    of derivatives; *refine_budget* is the limit, in dollars a month, for making popular ones
    smaller. *delivered_price* is the dollars of a GB that the edge delivers, *refine_price* those
    of a second of the function that refines. *warm_presets* are the canonical transforms of which
    a derivative of each new original is stored at once.
    """

    originals_bucket: str
    derivatives_bucket: str
    catalog_table: str = ""
    alerts_topic_arn: str = ""
    ingest_queue_url: str = ""
    distribution_id: str = ""
    fallback_original: str = ""
    bare_originals: BareOriginals = BareOriginals.CLEAN
    layer_prefix: str = DEFAULT_LAYER_PREFIX
    original_keys: KeyFilter = ALL_KEYS
    bucket_in_front: bool = False
    answer_first: bool = True
    stream_answers: bool = False
    traffic_table: str = ""
    refine_budget: float = 0.0
    delivered_price: float = 0.0
    refine_price: float = 0.0
    warm_presets: tuple[str, ...] = ()
    upload_tokens: tuple[Token, ...] = ()
    upload_prefix: str = ""
    limits: Limits = field(default_factory=Limits)
    policy: Policy = field(default_factory=Policy)

    @classmethod
    def from_environment(
        cls, environment: Mapping[str, str], secret: Callable[[str], str] | None = None
    ) -> Self:
        """Read the settings from environment variables.

        SIGNING_KEYS and UPLOAD_TOKENS can each be the ARN of a secret; *secret* returns its text.

        Raises:
            BadSetting: a variable is missing, or has a value that is not accepted.

        """
        keys = _read_original_keys(environment)
        policy = read_policy(environment, secret)
        return cls(
            originals_bucket=_require(environment, "ORIGINALS_BUCKET"),
            derivatives_bucket=_require(environment, "DERIVATIVES_BUCKET"),
            catalog_table=environment.get("CATALOG_TABLE", ""),
            alerts_topic_arn=environment.get("ALERTS_TOPIC_ARN", ""),
            ingest_queue_url=environment.get("INGEST_QUEUE_URL", ""),
            distribution_id=environment.get("DISTRIBUTION_ID", ""),
            fallback_original=environment.get("FALLBACK_ORIGINAL", ""),
            bare_originals=_read_bare_originals(environment),
            layer_prefix=environment.get("LAYER_PREFIX", DEFAULT_LAYER_PREFIX),
            original_keys=keys,
            bucket_in_front=_read_switch(environment, "BUCKET_IN_FRONT", default=False),
            answer_first=_read_switch(environment, "ANSWER_FIRST", default=True),
            stream_answers=_read_switch(environment, "STREAM_ANSWERS", default=False),
            traffic_table=environment.get("TRAFFIC_TABLE", ""),
            refine_budget=_read_dollars(environment, "REFINE_BUDGET"),
            delivered_price=_read_dollars(environment, "DELIVERED_PRICE"),
            refine_price=_read_dollars(environment, "REFINE_PRICE"),
            warm_presets=read_warm_presets(environment, policy),
            upload_tokens=_read_upload_tokens(environment, secret),
            upload_prefix=_read_upload_prefix(environment),
            limits=read_limits(environment),
            policy=policy,
        )


EDGE_SETTINGS: Final = (
    "REQUIRE_SIGNATURE",
    "IMGIX_TOKEN",
    "SIZE_LADDER",
    "PRESETS",
    "OPEN_PARAMETERS",
    "CLIENT_HINTS",
    "SAVE_DATA",
    "STRICT_PARAMETERS",
)
"""Settings that the edge applies; a function behind it must not have them, nor SIGNING_KEYS."""


def _require(environment: Mapping[str, str], name: str) -> str:
    if not environment.get(name):
        message = f"{name} is not set"
        raise BadSetting(message)
    return environment[name]


def _read_original_keys(environment: Mapping[str, str]) -> KeyFilter:
    suffixes = environment.get("ORIGINALS_SUFFIXES", "")
    keys = KeyFilter(
        environment.get("ORIGINALS_PREFIX", ""),
        tuple(each.strip() for each in suffixes.split(",") if each.strip()),
    )
    fallback = environment.get("FALLBACK_ORIGINAL", "")
    if fallback and not keys.matches(fallback):
        message = "FALLBACK_ORIGINAL must match ORIGINALS_PREFIX and ORIGINALS_SUFFIXES"
        raise BadSetting(message)
    return keys


def _read_bare_originals(environment: Mapping[str, str]) -> BareOriginals:
    text = environment.get("BARE_ORIGINALS") or BareOriginals.CLEAN
    if text not in list(BareOriginals):
        message = f"BARE_ORIGINALS must be one of {', '.join(BareOriginals)}"
        raise BadSetting(message)
    return BareOriginals(text)


def read_limits(environment: Mapping[str, str]) -> Limits:
    """Return the limits; `side` is the variable LIMIT_SIDE, and so on.

    Raises:
        BadSetting: one is not a whole number above 0.

    """
    names = {field.name: f"LIMIT_{field.name.upper()}" for field in dataclasses.fields(Limits)}
    return Limits(
        **{
            field: _read_positive(name, environment[name], "a whole number above 0")
            for field, name in names.items()
            if environment.get(name)
        }
    )


def read_policy(
    environment: Mapping[str, str], secret: Callable[[str], str] | None = None
) -> Policy:
    """Return the policy alone; *secret* reads the ARN that SIGNING_KEYS can be.

    Raises:
        BadSetting: a part of it has a value that is not accepted.

    """
    keys = _read_text_or_secret(environment, "SIGNING_KEYS", secret)
    try:
        return Policy(
            keys=_read_texts("SIGNING_KEYS", keys),
            require_signature=_read_switch(environment, "REQUIRE_SIGNATURE", default=False),
            imgix_token=environment.get("IMGIX_TOKEN") or None,
            size_ladder=tuple(
                _read_positive("SIZE_LADDER", rung, "whole numbers above 0, separated by commas")
                for rung in environment.get("SIZE_LADDER", "").split(",")
                if rung
            ),
            presets=_read_texts("PRESETS", environment.get("PRESETS", "")),
            open_parameters=_read_words(environment.get("OPEN_PARAMETERS")),
            client_hints=_read_switch(environment, "CLIENT_HINTS", default=False),
            save_data=_read_switch(environment, "SAVE_DATA", default=True),
            strict_parameters=_read_switch(environment, "STRICT_PARAMETERS", default=False),
        )
    except ValueError as error:
        field, _, _ = str(error).partition(" ")
        message = f"{_VARIABLES.get(field, field.upper())}: {error}"
        raise BadSetting(message) from error


def read_warm_presets(environment: Mapping[str, str], policy: Policy) -> tuple[str, ...]:
    """Return the canonical transforms of `WARM_PRESETS`, as the edge writes them.

    Each word is a name of the policy's presets, a query, or already a canonical transform. The
    format is that for a browser that shows AVIF and WebP.

    Raises:
        BadSetting: a word is none of these, or there are more than 20.

    """
    words = environment.get("WARM_PRESETS", "").split()
    if len(words) > _MOST_WARM_PRESETS:
        message = f"WARM_PRESETS can have at most {_MOST_WARM_PRESETS} presets"
        raise BadSetting(message)
    edge = Policy(presets=policy.presets, size_ladder=policy.size_ladder, strict_parameters=True)
    return tuple(_read_warm_preset(word, edge) for word in words)


def _read_warm_preset(word: str, policy: Policy) -> str:
    if "=" not in word and word not in policy.presets:
        message = f"WARM_PRESETS: {word!r} is no name of PRESETS, and no query such as w=640"
        raise BadSetting(message)
    path, query = f"/a/{word}", ""
    try:
        if not parse(path, "").is_canonical:
            path, query = "/a", word if "=" in word else f"preset={word}"
        uri = admit_uri(path, query, _MODERN_BROWSER, policy, now=0)
    except CalotypeError as error:
        message = f"WARM_PRESETS: {word!r}: {error.message}"
        raise BadSetting(message) from None
    return uri.rpartition("/")[2]


def _read_upload_tokens(
    environment: Mapping[str, str], secret: Callable[[str], str] | None
) -> tuple[Token, ...]:
    text = _read_text_or_secret(environment, "UPLOAD_TOKENS", secret)
    if not text:
        return ()
    from origin_lambda.uploads.tokens import parse_tokens

    try:
        return parse_tokens(text)
    except ValueError as error:
        message = f"UPLOAD_TOKENS {error}"
        raise BadSetting(message) from None


def _read_upload_prefix(environment: Mapping[str, str]) -> str:
    text = environment.get("UPLOAD_PREFIX", "")
    if not text:
        return ""
    from origin_lambda.uploads.keys import normalise_prefix

    try:
        return normalise_prefix(text)
    except ValueError as error:
        message = f"UPLOAD_PREFIX must be {error}"
        raise BadSetting(message) from None


def _read_text_or_secret(
    environment: Mapping[str, str], name: str, secret: Callable[[str], str] | None
) -> str:
    text = environment.get(name, "")
    if secret is None or not _is_secret_arn(text):
        return text
    try:
        return secret(text)
    except Failure as error:
        message = f"{name}: its secret cannot be read: {error.detail}"
        raise BadSetting(message) from error


def _is_secret_arn(text: str) -> bool:
    """Whether a text is the ARN of a secret, in any partition (`aws`, `aws-cn`, `aws-us-gov`)."""
    scheme, partition, service, *_ = (*text.split(":", 3), "", "", "")
    return scheme == "arn" and partition.startswith("aws") and service == _SECRETS_MANAGER


def _read_words(text: str | None) -> tuple[str, ...] | None:
    return tuple(word.strip() for word in text.split(",")) if text else None


def _read_switch(environment: Mapping[str, str], name: str, *, default: bool) -> bool:
    text = environment.get(name, "").lower()
    if text and text not in _YES_OR_NO:
        message = f"{name} must be true or false"
        raise BadSetting(message)
    return _YES_OR_NO.get(text, default)


def _read_dollars(environment: Mapping[str, str], name: str) -> float:
    text = environment.get(name) or "0"
    if not _DOLLARS.fullmatch(text):
        message = f"{name} must be an amount of dollars, such as 1 or 0.085"
        raise BadSetting(message)
    return float(text)


def _read_texts(name: str, text: str) -> Mapping[str, str]:
    """Read a JSON object of texts. Errors do not repeat its content, which may be secret."""
    message = f'{name} must be a JSON object of texts, such as {{"name": "text"}}'
    try:
        found: Any = json.loads(text or "{}")
    except ValueError:
        raise BadSetting(message) from None
    if not isinstance(found, dict) or not all(isinstance(value, str) for value in found.values()):
        raise BadSetting(message)
    return found


def _read_positive(name: str, text: str, expected: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= _MAX_DIGITS and int(text)):
        message = f"{name} must be {expected}"
        raise BadSetting(message)
    return int(text)
