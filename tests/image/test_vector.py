"""When an SVG stays one, and what is planned where it becomes pixels."""

import pytest

from origin_lambda.image.formats import Kind
from origin_lambda.image.geometry import Size
from origin_lambda.image.plan import plan
from origin_lambda.image.probe import Facts, Limits, check
from origin_lambda.image.vector import MAX_DRAWN_PIXELS, is_kept_as_svg
from origin_lambda.url.negotiate import negotiate
from origin_lambda.url.values import Format
from tests.support.strategies import transform_of

LOGO = Facts(Kind.SVG, Size(60, 40), alpha=True)
BROWSER = "image/avif,image/webp,*/*"


@pytest.mark.parametrize(
    "query",
    [
        "", "w=100", "h=9", "w=100&h=100", "w=100&h=100&fit=max", "w=100&fit=crop", "dpr=2&w=9", "max-w=5",
        "auto=format", "w=0.5&auto=format&q=80", "lossless=true", "dl=logo.svg", "v=2", "ar=2&w=9",
        "fm=png&rasterize-bypass=true", "w=9&h=9&fit=crop&rasterize-bypass=true", "blur=100&rasterize-bypass=1",
    ],
)  # fmt: skip
def test_an_svg_stays_one_if_its_shape_and_look_do(query: str) -> None:
    assert is_kept_as_svg(negotiate(transform_of(query), BROWSER))


@pytest.mark.parametrize(
    "query",
    [
        "fm=png", "fm=jpg&w=100", "fm=avif&rasterize-bypass=false", "w=9&h=9&fit=crop", "w=9&ar=2&fit=crop",
        "w=9&h=9&fit=fill", "w=9&h=9&fit=scale", "w=9&max-h=4&fit=clamp", "rect=0,0,9,9", "rot=90", "flip=h", "bg=red",
        "pad=3", "bri=10", "blur=100", "sharp=9", "mask=ellipse", "border=2,red", "auto=format&sat=-100",
        "transparency=grid", "orient=6", "trim=auto", "auto=format,enhance",
    ],
)  # fmt: skip
def test_an_svg_becomes_pixels_if_its_shape_or_look_changes(query: str) -> None:
    assert not is_kept_as_svg(negotiate(transform_of(query), BROWSER))


@pytest.mark.parametrize(
    "query, out, drawn",
    [
        ("fm=png", (60, 40), (60, 40)),
        ("fm=png&w=900", (900, 600), (900, 600)),
        ("fm=png&w=900&h=100&fit=max", (150, 100), (150, 100)),
        ("w=300&h=300&fit=crop", (300, 300), (300, 300)),
        ("w=300&h=300&fit=fill&bg=red", (300, 300), (300, 200)),
        ("rect=0,0,6,4&w=600&fm=png", (600, 400), (600, 400)),
        ("w=90&rot=90&fm=png", (90, 135), (135, 90)),
        ("w=300&h=30&fit=scale", (300, 30), (300, 30)),
        ("w=300&blur=500&fm=png", (300, 200), (40, 27)),
    ],
)
def test_exactly_the_pixels_that_are_needed_are_drawn(
    query: str, out: tuple[int, int], drawn: tuple[int, int]
) -> None:
    planned = plan(transform_of(query), LOGO, Limits())

    assert (planned.out, planned.decoded) == (out, drawn)
    assert planned.decoding.drawing is not None
    assert planned.decoding.drawing.size == drawn
    assert planned.limited_from is None


def test_an_oblique_rotation_is_drawn_at_the_scale_of_the_result() -> None:
    planned = plan(transform_of("w=600&rot=20&fm=png"), LOGO, Limits())

    assert planned.out == (600, 400)
    assert planned.decoded.width > 600


@pytest.mark.parametrize("query", ["w=8192", "w=8192&h=10&fit=crop", "w=5000&rot=45", "rot=44&h=1&w=8000&fit=crop"])  # fmt: skip
def test_a_drawing_is_limited(query: str) -> None:
    planned = plan(transform_of(f"{query}&fm=png"), LOGO, Limits())

    assert planned.decoded.pixels <= MAX_DRAWN_PIXELS * 1.001
    assert max(planned.decoded) <= Limits().side
    assert planned.out.pixels <= MAX_DRAWN_PIXELS


def test_the_natural_size_of_a_drawing_is_not_limited() -> None:
    check(Facts(Kind.SVG, Size(8192, 8192), alpha=True), Limits(pixels_in=1_000_000))


def test_a_drawing_that_is_limited_says_so() -> None:
    planned = plan(transform_of("w=6000&fm=png"), LOGO, Limits())

    assert planned.limited_from == (6000, 4000)


@pytest.mark.parametrize(
    "query, output",
    [
        ("bri=1&auto=format", Format.AVIF),
        ("bri=1", Format.PNG),
        ("bri=1&bg=red", Format.PNG),
        ("bri=1&fm=jpg", Format.JPEG),
    ],
)
def test_pixels_of_a_drawing_have_a_format_that_keeps_edges(query: str, output: Format) -> None:
    planned = plan(negotiate(transform_of(query), BROWSER), LOGO, Limits())

    assert planned.encoding.format is output
    assert planned.fallback_encoding is None
