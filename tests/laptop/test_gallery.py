"""The gallery: tiles, refused originals, links and suffixes."""

import pytest

from infra.laptop.gallery import Entry, GalleryContent, looks_like_picture, render_gallery
from infra.laptop.links import make_link_builder
from origin_lambda.image.analysis.analyse import Analysis
from origin_lambda.image.analysis.measure import Description
from origin_lambda.image.formats import Kind
from origin_lambda.image.geometry import Size
from origin_lambda.image.probe import Facts
from origin_lambda.originals.record import Annotations, OriginalRecord, Reason
from origin_lambda.url.admission import Policy
from origin_lambda.url.signature import verify


def show(*keys: str) -> GalleryContent:
    return GalleryContent([Entry(key) for key in keys])


def test_keys_are_escaped_in_the_gallery() -> None:
    page = render_gallery(show("a\"><script>alert('x')</script>.jpg", "b&amp;c #1?.jpg"))

    assert "<script" not in page
    assert "/b%26amp%3Bc%20%231%3F.jpg?w=" in page
    assert "b&amp;amp;c #1?.jpg" in page


def test_the_gallery_counts_more_than_it_shows() -> None:
    page = render_gallery(
        GalleryContent([Entry(f"{number}.jpg") for number in range(60)], count=100)
    )

    assert "100 originals" in page
    assert page.count("<figure>") == 60


def test_a_tile_has_the_focal_point_and_the_alt_text() -> None:
    described = OriginalRecord("cats/tom.jpg", annotations=Annotations(alt='Tom & "Tim"'))
    page = render_gallery(GalleryContent([Entry("cats/tom.jpg", described), Entry("cats/tim.jpg")]))

    assert page.count("fit=crop&amp;crop=faces,focalpoint") == 4
    assert 'alt="Tom &amp; &quot;Tim&quot;"' in page
    assert 'alt="tim.jpg"' in page


def test_a_transparent_picture_is_shown_whole() -> None:
    logo = Facts(kind=Kind.PNG, size=Size(400, 100), orientation=6, alpha=True)
    analysis = Analysis(logo, Description("", 8, {}), None)
    page = render_gallery(
        GalleryContent(
            [Entry("logo.png", OriginalRecord("logo.png", bytes=2048, analysis=analysis))]
        )
    )

    assert "fit=clip" in page
    assert "fit=crop&amp;crop" not in page
    assert "100 &times; 400 &middot; PNG &middot; 2 KB" in page


def test_a_refused_original_is_listed_with_its_reason_and_not_shown() -> None:
    refused = OriginalRecord("poem.jpg", reason=Reason("not-a-picture", "it is <no> picture"))
    page = render_gallery(GalleryContent([Entry("tom.jpg")], [Entry("poem.jpg", refused)]))

    assert "poem.jpg?" not in page
    assert "<li>poem.jpg <span" in page
    assert "it is &lt;no&gt; picture" in page


@pytest.mark.parametrize(
    "policy",
    [
        Policy(keys={"2025": "old", "2026": "new"}, require_signature=True),
        Policy(keys={"2026": "new"}, open_parameters=("w",)),
        Policy(imgix_token="token", require_signature=True),
    ],
)
def test_links_are_signed_if_the_policy_requires_it(policy: Policy) -> None:
    for query in ("", "w=400&auto=format"):
        path, _, sent_query = make_link_builder(policy)("a b/\u00fc.jpg", query).partition("?")

        assert verify(path, sent_query, policy.keys, policy.imgix_token)


@pytest.mark.parametrize("policy", [Policy(), Policy(keys={"2026": "new"})])
def test_links_are_unsigned_if_every_url_is_accepted(policy: Policy) -> None:
    link = make_link_builder(policy)

    assert [link("a b.jpg", ""), link("a.jpg", "w=9")] == ["/a%20b.jpg", "/a.jpg?w=9"]


@pytest.mark.parametrize("key", ["a.jpg", "a.JPEG", "b/c.Png", "x.heic", "x.tif", "x.svg", "a.b.webp"])  # fmt: skip
def test_a_suffix_of_a_picture_is_known_in_any_case(key: str) -> None:
    assert looks_like_picture(key)


@pytest.mark.parametrize("key", ["", "jpg", "a.txt", "a.jpg.part", ".jpg", "png/a"])
def test_other_suffixes_are_not_pictures(key: str) -> None:
    assert not looks_like_picture(key)
