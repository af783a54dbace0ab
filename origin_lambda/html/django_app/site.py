"""Reads the site from Django's settings."""

from typing import Any, Final

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from origin_lambda.html.site import ImgixToken, SigningKey, Site

_NAMES: Final = {"BASE", "SIGNING_KEY", "IMGIX_TOKEN", "STRICT"}


def read_site() -> Site:
    """Return the site of the setting `CALOTYPE`; it is strict if `DEBUG` is on, unless it says so.

    Raises:
        ImproperlyConfigured: the setting is missing or wrong.

    """
    values = getattr(settings, "CALOTYPE", None)
    if not isinstance(values, dict) or "BASE" not in values or not values.keys() <= _NAMES:
        message = (
            f"CALOTYPE is a dict with BASE, and no names other than {', '.join(sorted(_NAMES))}"
        )
        raise ImproperlyConfigured(message)
    try:
        return Site(values["BASE"], _read_key(values), bool(values.get("STRICT", settings.DEBUG)))
    except ValueError as error:
        message = f"CALOTYPE: {error}"
        raise ImproperlyConfigured(message) from error


def _read_key(values: dict[str, Any]) -> SigningKey | ImgixToken | None:
    if "SIGNING_KEY" in values:
        name, secret = values["SIGNING_KEY"]
        return SigningKey(name, secret)
    return ImgixToken(values["IMGIX_TOKEN"]) if "IMGIX_TOKEN" in values else None
