"""A site that serves derivatives: its address, and the key that signs its URLs."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit, urlunsplit

from origin_lambda.errors import BadValue
from origin_lambda.url.signature import imgix_sign
from origin_lambda.url.urls import Value, build_url, sign_url

Parameters = Mapping[str, Value | None]
"""Parameters of a URL by name, with `_` for `-`; those that are None are left out."""

_LOG: Final = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, repr=False)
class SigningKey:
    """A key of the deployment's `SIGNING_KEYS`, by *name*; its *secret* is never shown."""

    name: str
    secret: str


@dataclass(frozen=True, slots=True, repr=False)
class ImgixToken:
    """The deployment's `IMGIX_TOKEN`, for signatures like those of imgix's SDKs."""

    token: str


@dataclass(frozen=True, slots=True)
class Site:
    """Builds URLs below *base* (scheme and host), signed if there is a *key*.

    If *is_strict*, a parameter that the URL grammar refuses is an error. Otherwise, it is logged
    and left out, so that a page in production does not fail for one picture.
    """

    base: str
    key: SigningKey | ImgixToken | None = None
    is_strict: bool = True

    def __post_init__(self) -> None:
        parts = urlsplit(self.base)
        if not (parts.scheme in {"http", "https"} and parts.netloc) or parts.query:
            message = "base accepts a scheme and a host, such as https://img.example.com"
            raise ValueError(message)

    def build_url(self, key: str, parameters: Parameters) -> str:
        """Return the URL of a derivative.

        Raises:
            BadKey: no URL can contain *key*.
            BadValue, ValueError: a parameter is refused, or does not exist, if *is_strict*.

        """
        given = {name: value for name, value in parameters.items() if value is not None}
        if not self.is_strict:
            given = self._leave_out_refused(key, given)
        url = build_url(self.base, key, **given)
        match self.key:
            case SigningKey(name, secret):
                return sign_url(url, name, secret)
            case ImgixToken(token):
                parts = urlsplit(url)
                return urlunsplit(parts._replace(query=imgix_sign(parts.path, parts.query, token)))
            case _:
                return url

    def _leave_out_refused(self, key: str, given: dict[str, Value]) -> dict[str, Value]:
        kept = {}
        for name, value in given.items():
            try:
                build_url(self.base, "key", **{name: value})
            except (BadValue, ValueError) as error:
                _LOG.warning("%s of %s is left out: %s", name, key, error)
            else:
                kept[name] = value
        return kept
