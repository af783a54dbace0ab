"""The format that `auto=format` picks for a browser."""

import pytest

from origin_lambda.url.grammar import canonical
from origin_lambda.url.negotiate import negotiate
from origin_lambda.url.params.output import Output
from origin_lambda.url.params.size import Size
from origin_lambda.url.transform import Transform
from origin_lambda.url.values import Auto, Format, Negotiated
from tests.support.strategies import transform_of

AUTO = transform_of("w=5&auto=format")

ACCEPTED = [
    # As sent for <img> by Chrome 131, Firefox 133 and 128, Edge 18, Safari 18, 16 and 13.
    ("image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8", Negotiated.AVIF),
    ("image/avif,image/webp,image/png,image/svg+xml,image/*;q=0.8,*/*;q=0.5", Negotiated.AVIF),
    ("image/avif,image/webp,*/*", Negotiated.AVIF),
    ("image/webp,image/png,image/svg+xml,image/*;q=0.8,*/*;q=0.5", Negotiated.WEBP),
    ("image/webp,image/avif,image/jxl,image/heic,image/heic-sequence,video/*;q=0.8,image/png,image/svg+xml,image/*;q=0.8,*/*;q=0.5", Negotiated.AVIF),
    ("image/webp,image/avif,video/*;q=0.8,image/png,image/svg+xml,image/*;q=0.8,*/*;q=0.5", Negotiated.AVIF),
    ("image/png,image/svg+xml,image/*;q=0.8,video/*;q=0.8,*/*;q=0.5", Negotiated.JPEG),
    # As sent for a page that is the picture itself, by Chrome.
    ("text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8", Negotiated.AVIF),
    # curl, and a client that says nothing.
    ("*/*", Negotiated.JPEG),
    ("", Negotiated.JPEG),
    ("image/*", Negotiated.JPEG),
    # The caller's own order of preference.
    ("image/avif;q=0.5,image/webp;q=0.9", Negotiated.WEBP),
    ("image/avif;q=0.9,image/webp;q=0.9", Negotiated.AVIF),
    ("image/avif;q=0,image/webp", Negotiated.WEBP),
    ("image/avif;q=0.000,image/webp;q=0", Negotiated.JPEG),
    ("image/avif;q=0", Negotiated.JPEG),
    ("image/webp;q=0.001", Negotiated.WEBP),
    ("IMAGE/AVIF", Negotiated.AVIF),
    (" image/avif ; q=0.3 , image/webp ; Q=0.2", Negotiated.AVIF),
    ("image/avif;q=0.2;level=1,image/webp;level=1;q=0.4", Negotiated.WEBP),
    # What is no media type counts for nothing.
    ("image/avifx,ximage/webp", Negotiated.JPEG),
    (";;;,,,q=1", Negotiated.JPEG),
]  # fmt: skip


@pytest.mark.parametrize("accept, best", ACCEPTED)
def test_the_best_format_that_the_browser_names_is_chosen(accept: str, best: Negotiated) -> None:
    assert negotiate(AUTO, accept) == Transform(size=Size(width=5), output=Output(format=best))


def test_without_auto_format_nothing_is_negotiated() -> None:
    transform = Transform(size=Size(width=5))

    assert negotiate(transform, "image/avif") == transform


@pytest.mark.parametrize("asked", [Format.PNG, Format.WEBP, Negotiated.WEBP])
def test_a_format_that_was_asked_for_stays(asked: Format | Negotiated) -> None:
    transform = Transform(output=Output(format=asked, auto=frozenset({Auto.FORMAT})))

    assert negotiate(transform, "image/avif") == Transform(output=Output(format=asked))


def test_what_is_negotiated_is_spelled_like_what_the_edge_has_negotiated() -> None:
    assert canonical(negotiate(AUTO, "image/avif")) == "fm=auto-avif,r=4,w=5"
