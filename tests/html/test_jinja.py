"""The functions in Jinja templates."""

import pytest
from jinja2 import Environment
from markupsafe import Markup

from origin_lambda.errors import BadValue
from origin_lambda.html import Site, Source, img, img_url, picture, srcset

SITE = Site("https://img.example.com")


@pytest.fixture(params=[True, False], ids=["autoescape", "no autoescape"])
def environment(request: pytest.FixtureRequest) -> Environment:
    extensions = ["origin_lambda.html.jinja.Calotype"]
    # Tags are HTML either way.
    made = Environment(autoescape=request.param, extensions=extensions)  # noqa: S701 reason: a case
    made.calotype_site = SITE  # type: ignore[attr-defined]  # reason: the extension adds it
    return made


def render(environment: Environment, template: str, **context: object) -> str:
    return environment.from_string(template).render(**context)


def test_tags_are_html_already(environment: Environment) -> None:
    page = render(
        environment,
        "{{ img('a.jpg', alt='<b>', w=9) }}{{ picture('a.jpg', ar='3:2', fit='crop') }}",
    )

    assert page == img(SITE, "a.jpg", alt="<b>", w=9) + picture(SITE, "a.jpg", ar="3:2", fit="crop")


def test_urls_and_srcsets_are_escaped_by_jinja() -> None:
    made = Environment(autoescape=True, extensions=["origin_lambda.html.jinja.Calotype"])
    made.calotype_site = SITE  # type: ignore[attr-defined]  # reason: the extension adds it

    page = render(made, "{{ img_url('a.jpg', w=9, q=5) }} {{ srcset('a.jpg', w=9) }}")

    url, entries = img_url(SITE, "a.jpg", w=9, q=5), srcset(SITE, "a.jpg", w=9)
    assert page == Markup("{} {}").format(url, entries)


def test_a_template_can_direct_art(environment: Environment) -> None:
    page = render(
        environment,
        "{{ picture(photo.key, sources=[source('(max-width: 40rem)', ar='1:1', fit='crop')]) }}",
        photo={"key": "a.jpg"},
    )

    small = Source(media="(max-width: 40rem)", parameters={"ar": "1:1", "fit": "crop"})
    assert page == picture(SITE, "a.jpg", sources=[small])


def test_a_refused_parameter_is_an_error_of_the_template(environment: Environment) -> None:
    with pytest.raises(BadValue, match="w accepts"):
        render(environment, "{{ img('a.jpg', w=-1) }}")


def test_a_missing_site_is_an_error() -> None:
    environment = Environment(autoescape=True, extensions=["origin_lambda.html.jinja.Calotype"])

    with pytest.raises(TypeError, match="set environment"):
        render(environment, "{{ img_url('a.jpg') }}")
