"""Every setting of a deployment, read once from the environment."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from origin_lambda.image.probe import Limits


class BadSetting(Exception):
    """A setting is missing or cannot be used; the message names it."""


@dataclass(frozen=True, slots=True)
class Settings:
    """One deployment.

    *fallback_original* is the key of a picture to show where an original is missing or is none.
    """

    originals_bucket: str
    derivatives_bucket: str
    catalog_table: str = ""
    alerts_topic_arn: str = ""
    fallback_original: str = ""
    limits: Limits = Limits()  # noqa: RUF009 reason: frozen, so sharing it is safe

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Self:
        """Return the settings that environment variables give.

        Raises:
            BadSetting: one is missing, or is not what it should be.

        """
        return cls(
            originals_bucket=_required(environment, "ORIGINALS_BUCKET"),
            derivatives_bucket=_required(environment, "DERIVATIVES_BUCKET"),
            catalog_table=environment.get("CATALOG_TABLE", ""),
            alerts_topic_arn=environment.get("ALERTS_TOPIC_ARN", ""),
            fallback_original=environment.get("FALLBACK_ORIGINAL", ""),
            limits=_limits(environment),
        )


def _required(environment: Mapping[str, str], name: str) -> str:
    if not environment.get(name):
        message = f"{name} is not set"
        raise BadSetting(message)
    return environment[name]


def _limits(environment: Mapping[str, str]) -> Limits:
    """Return the limits; `side` is the variable LIMIT_SIDE, and so on."""
    given = {
        field.name: _positive(environment, f"LIMIT_{field.name.upper()}")
        for field in dataclasses.fields(Limits)
        if environment.get(f"LIMIT_{field.name.upper()}")
    }
    return Limits(**given)


def _positive(environment: Mapping[str, str], name: str) -> int:
    text = environment[name]
    if not (text.isascii() and text.isdigit() and int(text)):
        message = f"{name} must be a whole number above 0"
        raise BadSetting(message)
    return int(text)
