"""The tag library in Django templates."""

from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.template import engines
from django.test import override_settings
from django.utils.html import escape

from origin_lambda.errors import BadValue
from origin_lambda.html import ImgixToken, SigningKey, Site, Source, img, img_url, picture, srcset

SITE = Site("https://img.example.com")


def render(template: str, **context: Any) -> str:
    page: str = engines["django"].from_string("{% load calotype %}" + template).render(context)
    return page


def test_tags_are_html_already() -> None:
    page = render(
        '{% img "a.jpg" alt="<b>" w=9 %}{% picture key ar="3:2" fit="crop" %}', key="b.jpg"
    )

    assert page == img(SITE, "a.jpg", alt="<b>", w=9) + picture(SITE, "b.jpg", ar="3:2", fit="crop")


def test_urls_and_srcsets_are_escaped_by_django() -> None:
    page = render('{% img_url "a.jpg" w=9 fp_x=0.5 %} {% srcset "a.jpg" w=9 %}')

    assert page == escape(img_url(SITE, "a.jpg", w=9, fp_x=0.5)) + " " + escape(
        srcset(SITE, "a.jpg", w=9)
    )


def test_a_template_can_direct_art() -> None:
    page = render(
        '{% source "(max-width: 80rem)" w=800 as medium %}'
        '{% source "(max-width: 40rem)" ar="1:1" fit="crop" also=medium as small %}'
        '{% picture "a.jpg" sources=small original_width=3000 original_height=2000 %}'
    )

    sources = [
        Source(media="(max-width: 40rem)", parameters={"ar": "1:1", "fit": "crop"}),
        Source(media="(max-width: 80rem)", parameters={"w": 800}),
    ]
    assert page == picture(
        SITE, "a.jpg", sources=sources, original_width=3000, original_height=2000
    )


def test_a_refused_parameter_is_an_error_in_development_only() -> None:
    with pytest.raises(BadValue, match="w accepts"):
        render('{% img_url "a.jpg" w=-1 %}')
    with override_settings(DEBUG=False):
        assert render('{% img_url "a.jpg" w=-1 q=5 %}') == "https://img.example.com/a.jpg?q=5"


@pytest.mark.parametrize(
    "setting, key",
    [
        ({"SIGNING_KEY": ("2026", "secret")}, SigningKey("2026", "secret")),
        ({"IMGIX_TOKEN": "token"}, ImgixToken("token")),
    ],
)
def test_urls_are_signed_with_the_key_of_the_settings(
    setting: dict[str, Any], key: SigningKey | ImgixToken
) -> None:
    with override_settings(CALOTYPE={"BASE": "https://h", **setting}):
        page = render('{% autoescape off %}{% img_url "a.jpg" w=9 %}{% endautoescape %}')

    assert page == img_url(Site("https://h", key), "a.jpg", w=9)


@pytest.mark.parametrize("setting", [None, {}, {"BASE": "h"}, {"BASE": "https://h", "KEY": 1}])
def test_a_wrong_setting_is_an_error(setting: Any) -> None:
    with override_settings(CALOTYPE=setting), pytest.raises(ImproperlyConfigured, match="CALOTYPE"):
        render('{% img_url "a.jpg" %}')
