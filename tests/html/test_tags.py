"""URLs, srcsets and tags for applications in Python."""

import html
import re
from html.parser import HTMLParser
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from origin_lambda.errors import BadKey, BadValue
from origin_lambda.html import ImgixToken, SigningKey, Site, Source, img, img_url, picture, srcset
from origin_lambda.html.widths import MAX_WIDTH, list_widths
from origin_lambda.url.signature import verify

SITE = Site("https://img.example.com")
KEY = SigningKey("2026", "a secret")
BIG: dict[str, Any] = {"original_width": 3000, "original_height": 2000}


class Tags(HTMLParser):
    """Collects the tags of a text, with their attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def attributes_of(text: str) -> dict[str, Any]:
    ((name, attributes),) = Tags(text).tags
    assert name == "img"
    return attributes


def entries_of(text: str) -> dict[str, str]:
    """Return the URLs of a srcset by descriptor."""
    return {entry.rpartition(" ")[2]: entry.rpartition(" ")[0] for entry in text.split(", ")}


def query_of(url: str) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(url).query))


# URLs.


def test_a_url_has_the_parameters_and_no_others() -> None:
    url = img_url(
        SITE, "cats/tom & jerry.jpg", w=400, fp_x=0.5, crop=["focalpoint"], fit="crop", q=None
    )

    query = "w=400&fp-x=0.5&crop=focalpoint&fit=crop"
    assert url == f"https://img.example.com/cats/tom%20%26%20jerry.jpg?{query}"


@pytest.mark.parametrize("expires", [None, 2_000_000_000])
def test_a_url_is_signed_with_a_key(expires: int | None) -> None:
    url = urlsplit(img_url(Site("https://h", KEY), "tom é.jpg", w=400, expires=expires))

    assert verify(url.path, url.query, {"2026": "a secret"})
    assert ("expires=2000000000" in url.query) is (expires is not None)


@pytest.mark.parametrize("parameters", [{}, {"w": 400}, {"w": 9, "expires": 2_000_000_000}])
def test_a_url_is_signed_with_a_token_of_imgix(parameters: dict[str, Any]) -> None:
    url = urlsplit(img_url(Site("https://h", ImgixToken("token")), "a b.jpg", **parameters))

    assert verify(url.path, url.query, {}, "token")


def test_secrets_are_not_shown() -> None:
    assert "secret" not in repr(Site("https://h", KEY))
    assert "token1" not in repr(Site("https://h", ImgixToken("token1")))


@pytest.mark.parametrize("base", ["", "img.example.com", "ftp://h", "//h", "https://h?x"])
def test_a_base_has_a_scheme_and_a_host(base: str) -> None:
    with pytest.raises(ValueError, match="base accepts"):
        Site(base)


@pytest.mark.parametrize("write", [img_url, srcset, img, picture])
@pytest.mark.parametrize(
    "parameters, message",
    [
        ({"w": -1}, "w accepts"),
        ({"fit": "cover"}, "fit=crop"),
        ({"widht": 9}, "widht is no parameter"),
    ],
)
def test_a_refused_parameter_is_an_error_with_the_words_of_the_grammar(
    write: Any, parameters: dict[str, Any], message: str
) -> None:
    with pytest.raises((BadValue, ValueError), match=message):
        write(SITE, "tom.jpg", **parameters)


@pytest.mark.parametrize("write", [img_url, srcset, img, picture])
def test_a_refused_parameter_is_logged_and_left_out_if_not_strict(
    write: Any, caplog: pytest.LogCaptureFixture
) -> None:
    site = Site("https://h", is_strict=False)

    text = write(site, "tom.jpg", w=-1, widht=9, blur=20)

    assert "blur=20" in text
    assert "widht" not in text
    assert "widht of tom.jpg is left out" in caplog.text


def test_a_key_that_no_url_can_contain_is_an_error() -> None:
    with pytest.raises(BadKey):
        img_url(SITE, "a/../b.jpg")


# A srcset.


def test_a_srcset_has_the_widths_of_imgix() -> None:
    entries = entries_of(srcset(SITE, "tom.jpg", auto="format"))

    assert list(entries) == [f"{width}w" for width in list_widths()]
    assert query_of(entries["100w"]) == {"auto": "format", "w": "100"}


@pytest.mark.parametrize(
    "options, largest",
    [
        ({"original_width": 1000}, 1000),
        (BIG, 3000),
        (BIG | {"ar": "1:1", "fit": "crop"}, 2000),
        (BIG | {"rect": "0,0,500,500"}, 500),
        ({"original_width": 20_000, "original_height": 100}, MAX_WIDTH),
        ({"original_width": 60, "original_height": 40}, 60),
    ],
)
def test_a_srcset_has_no_more_pixels_than_the_original(
    options: dict[str, Any], largest: int
) -> None:
    widths = [int(entry[:-1]) for entry in entries_of(srcset(SITE, "tom.jpg", **options))]

    assert widths[-1] == largest
    assert widths == sorted(set(widths))


def test_a_srcset_can_have_widths_of_your_own() -> None:
    entries = entries_of(srcset(SITE, "tom.jpg", widths=[640, 320, 5000], original_width=1000))

    assert list(entries) == ["320w", "640w", "1000w"]
    with pytest.raises(ValueError, match="widths accepts"):
        srcset(SITE, "tom.jpg", widths=[0])


def test_a_fixed_size_has_pixel_ratios_with_falling_quality() -> None:
    entries = entries_of(srcset(SITE, "tom.jpg", w=320, h=320, fit="crop"))

    assert list(entries) == ["1x", "2x", "3x", "4x", "5x"]
    assert query_of(entries["2x"]) == {"w": "320", "h": "320", "fit": "crop", "dpr": "2", "q": "50"}
    assert query_of(entries_of(srcset(SITE, "t", w=9, q=80))["5x"])["q"] == "80"


def test_a_fixed_size_has_no_ratio_beyond_the_original() -> None:
    assert list(entries_of(srcset(SITE, "tom.jpg", w=1400, **BIG))) == ["1x", "2x", "3x"]
    assert list(entries_of(srcset(SITE, "tom.jpg", w=3000, **BIG))) == ["1x"]


# Tags.


def test_an_img_has_what_a_browser_needs_to_keep_its_place() -> None:
    tag = img(SITE, "tom.jpg", alt="Tom", sizes="50vw", loading="lazy", fetchpriority="low", **BIG)

    attributes = attributes_of(tag)
    assert (attributes["width"], attributes["height"]) == ("3000", "2000")
    assert attributes["sizes"] == "50vw"
    assert (attributes["loading"], attributes["fetchpriority"]) == ("lazy", "low")
    assert query_of(attributes["src"])["w"] == "689"
    assert attributes["alt"] == "Tom"


@pytest.mark.parametrize(
    "options, size",
    [
        (BIG | {"w": 300}, ("300", "200")),
        (BIG | {"w": 300, "h": 300, "fit": "crop"}, ("300", "300")),
        (BIG | {"ar": "3:1", "fit": "crop"}, ("3000", "1000")),
        (BIG | {"rot": 90, "w": 100}, ("100", "150")),
        (BIG | {"w": 100, "h": 100}, ("100", "67")),
        ({"w": 300, "h": 200, "fit": "crop"}, ("300", "200")),
        ({"w": 300, "ar": "3:2", "fit": "crop"}, ("300", "200")),
        ({"h": 200, "ar": "3:2", "fit": "fill"}, ("300", "200")),
        ({"w": 300, "h": 200}, (None, None)),
        ({"w": 0.5, "h": 200, "fit": "crop"}, (None, None)),
        ({"ar": "3:2", "fit": "crop"}, (None, None)),
        ({}, (None, None)),
    ],
)
def test_width_and_height_are_those_of_the_result(
    options: dict[str, Any], size: tuple[str | None, str | None]
) -> None:
    attributes = attributes_of(img(SITE, "tom.jpg", **options))

    assert (attributes.get("width"), attributes.get("height")) == size


def test_a_fixed_size_needs_no_sizes() -> None:
    assert "sizes" not in attributes_of(img(SITE, "tom.jpg", w=300, sizes="9vw"))
    assert attributes_of(img(SITE, "tom.jpg"))["sizes"] == "100vw"


def test_auto_format_is_not_forced() -> None:
    assert "auto" not in img(SITE, "tom.jpg")


def test_a_tag_can_have_more_attributes() -> None:
    more: dict[str, Any] = {
        "class": "hero",
        "data-x": '"<',
        "hidden": True,
        "id": None,
        "draggable": False,
    }

    attributes = attributes_of(img(SITE, "tom.jpg", attributes=more))

    assert attributes["class"] == "hero"
    assert attributes["data-x"] == '"<'
    assert attributes["hidden"] is None
    assert not {"id", "draggable"} & attributes.keys()


@pytest.mark.parametrize(
    "options, message",
    [
        ({"loading": "later"}, "loading accepts"),
        ({"fetchpriority": "urgent"}, "fetchpriority accepts"),
        ({"attributes": {"SRC": "x"}}, "set by the tag"),
        ({"attributes": {"on load": "x"}}, "a name of an attribute"),
        ({"attributes": {"": "x"}}, "a name of an attribute"),
        ({"original_height": 9}, "original_width accepts"),
        ({"original_width": 0, "original_height": 9}, "original_width accepts"),
        ({"thumbhash": "?"}, "thumbhash accepts"),
        ({"blurhash": "?"}, "blurhash accepts"),
    ],
)
def test_a_wrong_attribute_is_an_error(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        img(SITE, "tom.jpg", **options)


@given(st.text(), st.text(), st.text(st.characters(exclude_categories=["Cs"])))
def test_everything_is_escaped(alt: str, value: str, sizes: str) -> None:
    key = "\"><script>alert(1)</script>'.jpg"

    tags = Tags(picture(SITE, key, alt=alt, sizes=sizes, attributes={"title": value}, sources=[Source(media=value)]))  # fmt: skip

    assert [name for name, _ in tags.tags] == ["picture", "source", "img"]
    assert tags.texts == []


def test_html_is_not_escaped_twice() -> None:
    tag = img(SITE, "tom.jpg", w=9, q=5)

    assert tag.__html__() == tag
    assert "&amp;q=5" in tag
    assert "&amp;amp;" not in tag
    assert html.unescape(re.findall('src="([^"]*)"', tag)[0]) == img_url(SITE, "tom.jpg", w=9, q=5)


def test_a_picture_can_show_another_crop_or_original_in_small_windows() -> None:
    text = picture(
        SITE,
        "tom.jpg",
        ar="16:9",
        fit="crop",
        sources=[
            Source(media="(max-width: 40rem)", sizes="90vw", parameters={"ar": "1:1", "fp_x": 0.2}),
            Source(media="print", key="tom-grey.jpg"),
        ],
        **BIG,
    )

    (_, (_, first), (_, second), (_, last)) = Tags(text).tags
    assert (first["media"], first["sizes"]) == ("(max-width: 40rem)", "90vw")
    assert (first["width"], first["height"]) == ("2000", "2000")
    assert query_of(entries_of(str(first["srcset"]))["2000w"]) == {"ar": "1:1", "fit": "crop", "fp-x": "0.2", "w": "2000"}  # fmt: skip
    assert "tom-grey.jpg" in str(second["srcset"])
    assert "width" not in second
    assert (last["width"], last["height"]) == ("3000", "1687")
