"""The tags `img_url`, `srcset`, `img` and `picture` of Django templates.

`{% source %}` makes a source for the `sources` of a `{% picture %}`; Django's templates cannot
write lists, so further sources are `also`.
"""

from typing import Any, Final

from django import template

from origin_lambda.html import tags
from origin_lambda.html.django_app.site import read_site

register: Final = template.Library()


@register.simple_tag  # type: ignore[untyped-decorator]  # reason: Django has no types
def img_url(key: str, **parameters: Any) -> str:
    """Return the URL of a derivative."""
    return tags.img_url(read_site(), key, **parameters)


@register.simple_tag  # type: ignore[untyped-decorator]  # reason: Django has no types
def srcset(key: str, **options: Any) -> str:
    """Return the value of a `srcset`."""
    return tags.srcset(read_site(), key, **options)


@register.simple_tag  # type: ignore[untyped-decorator]  # reason: Django has no types
def img(key: str, **options: Any) -> tags.Html:
    """Return an `<img>` tag."""
    return tags.img(read_site(), key, **options)


@register.simple_tag  # type: ignore[untyped-decorator]  # reason: Django has no types
def source(  # noqa: PLR0913 reason: each is an attribute of the tag
    media: str,
    key: str | None = None,
    *,
    also: tuple[tags.Source, ...] = (),
    sizes: str | None = None,
    original_width: int | None = None,
    original_height: int | None = None,
    **parameters: Any,
) -> tuple[tags.Source, ...]:
    """Return a source of a picture, before those of *also*."""
    first = tags.Source(
        media=media,
        key=key,
        sizes=sizes,
        original_width=original_width,
        original_height=original_height,
        parameters=parameters,
    )
    return (first, *also)


@register.simple_tag  # type: ignore[untyped-decorator]  # reason: Django has no types
def picture(key: str, **options: Any) -> tags.Html:
    """Return a `<picture>`."""
    return tags.picture(read_site(), key, **options)
