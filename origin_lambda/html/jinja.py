"""The functions of `origin_lambda.html` in Jinja templates.

environment = Environment(autoescape=True, extensions=["origin_lambda.html.jinja.Calotype"])
environment.calotype_site = Site("https://img.example.com")

{{ picture("cats/tom.jpg", alt="Tom", ar="3:2", fit="crop") }}
"""

from collections.abc import Callable
from typing import Any

from jinja2 import Environment
from jinja2.ext import Extension

from origin_lambda.html import tags
from origin_lambda.html.site import Site
from origin_lambda.html.widths import list_widths


class Calotype(Extension):
    """Adds `img_url`, `srcset`, `img`, `picture`, `source`, `list_widths` to an environment.

    The environment's attribute `calotype_site` is the site; set it before the first render.
    """

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        environment.extend(calotype_site=None)
        for function in (tags.img_url, tags.srcset, tags.img, tags.picture):
            environment.globals[function.__name__] = self._bind(function)
        environment.globals["source"] = make_source
        environment.globals["list_widths"] = list_widths

    def _bind(self, function: Callable[..., str]) -> Callable[..., str]:
        def call(*arguments: Any, **options: Any) -> str:
            # An overlay of an environment has its own site.
            site = getattr(self.environment, "calotype_site", None)
            if not isinstance(site, Site):
                message = "set environment.calotype_site to an origin_lambda.html.Site"
                raise TypeError(message)
            return function(site, *arguments, **options)

        return call


def make_source(
    media: str,
    key: str | None = None,
    *,
    sizes: str | None = None,
    original_width: int | None = None,
    original_height: int | None = None,
    **parameters: Any,
) -> tags.Source:
    """Return a source of a `picture`."""
    return tags.Source(
        media=media,
        key=key,
        sizes=sizes,
        original_width=original_width,
        original_height=original_height,
        parameters=parameters,
    )
