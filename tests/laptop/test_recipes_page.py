"""The page of recipes: which originals it shows, what it lacks, its signed URLs, its policy."""

import html
import re
from typing import Final
from urllib.parse import urlsplit

import pytest
from jinja2 import UndefinedError

from infra.laptop.links import Signer
from infra.laptop.playground.recipes import PAGE_RECIPES, PageRecipe
from infra.laptop.playground.recipes_page import (
    RecipesPage,
    build_policy,
    choose_pictures,
    make_environment,
    render_recipe,
    wrap_tags,
)
from origin_lambda.html.site import SigningKey, Site
from origin_lambda.image.analysis.analyse import Analysis
from origin_lambda.image.analysis.faces import Face
from origin_lambda.image.analysis.measure import Description
from origin_lambda.image.formats import Kind
from origin_lambda.image.geometry import Box, Size
from origin_lambda.image.probe import Facts
from origin_lambda.originals.record import Annotations, OriginalRecord, Status
from origin_lambda.url.signature import verify

BASE: Final = "http://127.0.0.1:8080"
EVERYTHING: Final = {
    "_layers/logo.png": Facts(Kind.PNG, Size(300, 300), alpha=True),
    "cats/<b>tom & tim.jpg": Facts(Kind.JPEG, Size(900, 1600), orientation=6),
    "tower.jpg": Facts(Kind.JPEG, Size(900, 1600)),
    "orbit.gif": Facts(Kind.GIF, Size(300, 300), frames=9),
    "no/../url.jpg": Facts(Kind.JPEG, Size(4000, 1000)),
    "drawing.svg": Facts(Kind.SVG, Size(0, 0)),
}


def make_page(originals: dict[str, Facts], signer: Signer | None = None) -> RecipesPage:
    face = Annotations(faces=(Face(Box(0.4, 0.1, 0.6, 0.4)),))
    records = {
        key: OriginalRecord(
            key,
            status=Status.READY,
            analysis=Analysis(facts, Description("", 8, {}), None),
            annotations=face if key == "tower.jpg" else Annotations(),
        )
        for key, facts in originals.items()
    }
    return RecipesPage(lambda: [*records, "new.jpg"], records.get, "_layers/", signer)


def test_every_recipe_is_shown_with_fitting_originals() -> None:
    page = make_page(EVERYTHING).render(BASE)

    assert page.count('class="live"') == len(PAGE_RECIPES)
    hero, avatars, animated = (
        re.split("<section|</section>", page.split(f'id="{name}"')[1])[0]
        for name in ("hero", "avatars", "animated")
    )  # fmt: skip
    # The sideways photograph is wide for a viewer: 1600 x 900.
    assert "/cats/%3Cb%3Etom%20%26%20tim.jpg?ar=21:9" in hero
    assert 'alt="&lt;b&gt;tom &amp; tim"' in hero
    assert "<b>tom" not in page
    assert "url.jpg" not in page
    assert "tower.jpg" in avatars
    assert "tom" not in avatars
    assert "/orbit.gif?w=360" in animated


def test_a_recipe_says_what_the_folder_lacks() -> None:
    photograph = {"tower.jpg": EVERYTHING["tower.jpg"]}
    page = make_page(photograph).render(BASE)

    assert page.count('class="live"') == len(PAGE_RECIPES) - 2
    assert "Add a logo as <code>_layers/logo.png</code>" in page
    assert "Add an animated GIF" in page
    nothing = make_page({}).render(BASE)
    assert nothing.count("No photograph is ingested yet") == len(PAGE_RECIPES)
    assert build_policy(nothing)


def test_all_urls_are_signed_if_the_policy_requires_it() -> None:
    page = make_page(EVERYTHING, SigningKey("2026", "a secret")).render(BASE)
    urls = set(re.findall(rf"{BASE}/[^\s\"')]+", html.unescape(page)))

    assert len(urls) > 50
    for url in map(urlsplit, map(html.unescape, urls)):
        assert verify(url.path, url.query, {"2026": "a secret"}, None)


def test_the_policy_allows_the_styles_of_the_page_alone() -> None:
    page = make_page(EVERYTHING).render(BASE)
    policy = build_policy(page)

    assert "unsafe-inline" not in policy
    assert "unsafe-eval" not in policy
    assert policy.count("sha256-") == 2  # the sheet, and the placeholder that is a derivative
    assert policy != build_policy(page.replace("200", "201"))


def test_a_template_that_names_an_unknown_original_fails() -> None:
    values = choose_pictures([], "_layers/") or {"hero": None}
    recipe = PageRecipe("x", "X", "x", "{{ img(unknown.key) }}")

    with pytest.raises(UndefinedError):
        render_recipe(make_environment(Site(BASE)), recipe, values)


def test_code_has_a_line_for_each_tag_and_url() -> None:
    tag = '<picture><source srcset="/a 1w, /b 2w" sizes="9px"><img src="/c?txt=a, b"></picture>'

    assert wrap_tags(tag) == (
        '<picture>\n<source\n  srcset="\n    /a 1w,\n    /b 2w"\n  sizes="9px">\n'
        '<img src="/c?txt=a, b">\n</picture>'
    )
