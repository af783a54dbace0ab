"""Pictures fit their boxes as imgix documents, but are never enlarged without `enlarge`.

Sizes are those of https://docs.imgix.com/apis/rendering/size, read on 300x200 and 200x300.
"""

import pytest

from origin_lambda.errors import BadValue
from origin_lambda.image.framing import Placement, fit_to_box
from origin_lambda.image.geometry import Box, Extent
from origin_lambda.image.probe import Limits
from origin_lambda.url.grammar import parse

WIDE, TALL = Extent(300, 200), Extent(200, 300)


def place(query: str, picture: Extent = WIDE, limits: Limits | None = None) -> Placement:
    return fit_to_box(parse("/a", query).transform, picture, limits or Limits())


# Boxes: smaller, square; wider than the picture's shape; taller; larger; wide and larger; tall
# and larger; of the picture's own size.
FITS = [
    # query, result of 300x200, result of 200x300
    ("", "300x200", "200x300"),
    ("w=150", "150x100", "150x225"),
    ("h=100", "150x100", "67x100"),
    ("w=600", "300x200", "200x300"),
    ("h=600", "300x200", "200x300"),
    ("w=100&h=100", "100x67", "67x100"),
    ("w=200&h=50", "75x50", "33x50"),
    ("w=50&h=200", "50x33", "50x75"),
    ("w=600&h=600", "300x200", "200x300"),
    ("w=600&h=100", "150x100", "67x100"),
    ("w=100&h=600", "100x67", "100x150"),
    ("w=300&h=200", "300x200", "133x200"),
    ("w=600&h=600&enlarge=true", "600x400", "400x600"),
    ("w=450&enlarge=true", "450x300", "450x675"),
    ("w=100&h=100&fit=max", "100x67", "67x100"),
    ("w=600&h=600&fit=max", "300x200", "200x300"),
    ("w=600&h=600&fit=max&enlarge=true", "300x200", "200x300"),
    ("w=100&h=100&fit=crop", "100x100", "100x100"),
    ("w=300&h=100&fit=crop", "300x100", "200x67"),
    ("w=200&h=50&fit=crop", "200x50", "200x50"),
    ("w=50&h=200&fit=crop", "50x200", "50x200"),
    ("w=600&h=600&fit=crop", "200x200", "200x200"),
    ("w=600&h=100&fit=crop", "300x50", "200x33"),
    ("w=100&h=600&fit=crop", "33x200", "50x300"),
    ("w=600&h=600&fit=crop&enlarge=true", "600x600", "600x600"),
    ("w=100&fit=crop", "100x67", "100x150"),
    ("w=100&h=100&fit=min", "100x100", "100x100"),
    ("w=600&h=600&fit=min", "200x200", "200x200"),
    ("w=600&h=300&fit=min", "300x150", "200x100"),
    ("w=600&h=600&fit=min&enlarge=true", "200x200", "200x200"),
    ("w=100&h=100&fit=fill", "100x100", "100x100"),
    ("w=600&h=100&fit=fill", "600x100", "600x100"),
    ("w=600&h=600&fit=fill", "600x600", "600x600"),
    ("w=600&h=600&fit=fill&enlarge=true", "600x600", "600x600"),
    ("w=100&fit=fill", "100x67", "100x150"),
    ("w=100&h=100&fit=fillmax", "100x100", "100x100"),
    ("w=600&h=600&fit=fillmax", "600x600", "600x600"),
    ("w=100&h=100&fit=scale", "100x100", "100x100"),
    ("w=600&h=50&fit=scale", "600x50", "600x50"),
    ("w=600&h=600&fit=scale", "600x600", "600x600"),
    ("w=600&fit=scale", "600x400", "600x900"),
    ("w=100&h=100&fit=clamp", "100x100", "100x100"),
    ("w=600&h=600&fit=clamp", "600x600", "600x600"),
    ("w=600&fit=clamp", "600x400", "600x900"),
]


@pytest.mark.parametrize("query, wide, tall", FITS)
def test_every_fit_gives_the_documented_size(query: str, wide: str, tall: str) -> None:
    assert str(place(query, WIDE).canvas) == wide
    assert str(place(query, TALL).canvas) == tall


@pytest.mark.parametrize(
    "query, scaled",
    [
        ("w=100&h=100&fit=fill", "100x67"),
        ("w=600&h=600&fit=fill", "300x200"),
        ("w=600&h=600&fit=fill&enlarge=true", "600x400"),
        ("w=600&h=600&fit=fillmax", "300x200"),
        ("w=600&h=600&fit=fillmax&enlarge=true", "300x200"),
        ("w=600&h=600&fit=clamp", "600x400"),
        ("w=100&h=100&fit=clamp", "100x67"),
        ("w=50&h=600&fit=clamp", "50x33"),
        ("w=600&h=600&fit=scale", "600x600"),
    ],
)
def test_inside_a_box_the_picture_has_the_documented_size(query: str, scaled: str) -> None:
    found = place(query)

    assert str(found.scaled) == scaled
    assert found.region == Box(0, 0, 300, 200)


@pytest.mark.parametrize(
    "query, spare",
    [("w=100&h=100&fit=fill", (0, 16)), ("w=600&h=300&fit=fill", (150, 50)), ("w=100", (0, 0))],
)
def test_a_picture_lies_in_the_middle_of_its_box(query: str, spare: tuple[int, int]) -> None:
    assert place(query).spare == spare


# The part that a crop keeps.


@pytest.mark.parametrize(
    "query, region",
    [
        ("w=100&h=100", Box(50, 0, 250, 200)),
        ("w=100&h=100&crop=left", Box(0, 0, 200, 200)),
        ("w=100&h=100&crop=right", Box(100, 0, 300, 200)),
        ("w=100&h=100&crop=top", Box(50, 0, 250, 200)),
        ("w=100&h=100&crop=left,right", Box(50, 0, 250, 200)),
        ("w=300&h=100&crop=top", Box(0, 0, 300, 100)),
        ("w=300&h=100&crop=bottom,left", Box(0, 100, 300, 200)),
        ("w=300&h=100&crop=top,bottom", Box(0, 50, 300, 150)),
        ("w=300&h=100", Box(0, 50, 300, 150)),
        ("w=100&h=100&crop=focalpoint", Box(50, 0, 250, 200)),
        ("w=100&h=100&crop=focalpoint&fp-x=0", Box(0, 0, 200, 200)),
        ("w=100&h=100&crop=focalpoint&fp-x=0.4", Box(20, 0, 220, 200)),
        ("w=100&h=100&crop=focalpoint&fp-x=1&fp-y=1", Box(100, 0, 300, 200)),
        ("w=100&h=100&crop=focalpoint&fp-z=2", Box(100, 50, 200, 150)),
        ("w=100&h=100&crop=focalpoint&fp-z=2&fp-x=0.25&fp-y=0.25", Box(25, 0, 125, 100)),
        # A focal point counts only with `crop=focalpoint`.
        ("w=100&h=100&fp-x=0&fp-z=2", Box(50, 0, 250, 200)),
    ],
)
def test_a_crop_keeps_the_requested_part(query: str, region: Box) -> None:
    assert place(f"fit=crop&{query}").region == pytest.approx(region)


@pytest.mark.parametrize(
    "query, size",
    [
        ("w=100&h=100&fp-z=2", "100x100"),
        ("w=100&h=100&fp-z=4", "50x50"),
        ("w=300&h=200&fp-z=2", "150x100"),
        ("w=300&h=200&fp-z=2&enlarge=true", "300x200"),
    ],
)
def test_a_zoom_does_not_enlarge_unasked(query: str, size: str) -> None:
    assert str(place(f"fit=crop&crop=focalpoint&{query}").canvas) == size


# Ratios, bounds, densities, fractions.


@pytest.mark.parametrize(
    "query, size",
    [
        ("ar=1:1&fit=crop", "200x200"),
        ("ar=16:9&fit=crop", "300x169"),
        ("ar=1:1&w=100&fit=crop", "100x100"),
        ("ar=2:1&h=100&fit=crop", "200x100"),
        ("ar=2:1&w=100&h=100&fit=crop", "100x100"),
        ("ar=1:1&w=600&fit=crop", "200x200"),
        ("ar=1:1&w=100&fit=fill", "100x100"),
        ("ar=1:1&w=100&fit=scale", "100x100"),
        ("ar=1:1&w=100", "100x67"),
        ("ar=1:1&w=100&fit=max", "100x67"),
        ("ar=1:1&w=100&dpr=2&fit=crop", "200x200"),
    ],
)
def test_an_aspect_ratio_completes_the_box(query: str, size: str) -> None:
    assert str(place(query).canvas) == size


@pytest.mark.parametrize(
    "query, size",
    [
        ("max-w=150", "150x100"),
        ("max-h=100", "150x100"),
        ("max-w=600", "300x200"),
        ("w=200&max-w=150", "150x100"),
        ("w=100&max-w=150", "100x67"),
        ("w=100&min-w=150", "150x100"),
        ("h=50&min-w=150", "150x100"),
        ("w=100&h=100&max-h=50&fit=crop", "100x50"),
        ("w=100&h=20&min-h=50&fit=crop", "100x50"),
        ("w=300&max-h=100&fit=crop", "300x100"),
        ("w=100&max-h=200&fit=crop", "100x67"),
        ("w=100&max-w=50&dpr=2", "100x67"),
        ("w=100&min-w=600", "300x200"),
        ("w=100&min-w=150&max-w=50", "50x33"),
        # https://docs.imgix.com/apis/url/size/min-h: "fit=crop&w=300&min-h=300 ... expanded".
        ("w=100&min-h=150&fit=crop", "100x150"),
        ("h=100&min-w=200&fit=crop", "200x100"),
        ("w=100&min-h=50&fit=crop", "100x67"),
    ],
)
def test_minimum_and_maximum_sides_limit_the_result(query: str, size: str) -> None:
    assert str(place(query).canvas) == size


@pytest.mark.parametrize(
    "query, size",
    [
        ("w=100&dpr=2", "200x133"),
        ("w=100&h=50&dpr=2&fit=crop", "200x100"),
        ("w=100&dpr=0.5", "50x33"),
        ("w=200&dpr=3", "300x200"),
        ("w=200&h=200&dpr=3&fit=crop", "200x200"),
        ("w=200&dpr=3&enlarge=true", "600x400"),
        ("dpr=2", "300x200"),
        ("w=0.5", "150x100"),
        ("w=0.5&h=0.25&fit=crop", "150x50"),
        ("w=1.0", "300x200"),
        ("w=0.5&dpr=2", "300x200"),
        ("w=1", "1x1"),
        ("w=0.001", "1x1"),
        ("w=10&dpr=0.01", "1x1"),
        ("w=1&h=1&dpr=0.5&fit=crop", "1x1"),
        ("w=100&max-w=1&dpr=0.3", "1x1"),
    ],
)
def test_densities_and_fractions_multiply(query: str, size: str) -> None:
    assert str(place(query).canvas) == size


# Padding.


@pytest.mark.parametrize(
    "query, scaled, canvas",
    [
        ("pad=10", "300x200", "320x220"),
        ("w=100&pad=10", "80x53", "100x73"),
        ("w=100&h=100&pad=10", "80x53", "100x73"),
        ("w=100&h=100&fit=crop&pad=10", "80x80", "100x100"),
        ("w=100&h=100&fit=fill&pad=10", "80x53", "100x100"),
        ("w=100&h=100&fit=scale&pad=10", "80x80", "100x100"),
        ("w=100&h=100&fit=clamp&pad=10", "80x53", "100x100"),
        ("w=100&h=100&fit=crop&pad=10&dpr=2", "160x160", "200x200"),
        ("pad-left=10", "300x200", "310x200"),
        ("pad=10&pad-left=0", "300x200", "310x220"),
        ("pad-top=1&pad-right=2&pad-bottom=3&pad-left=4", "300x200", "306x204"),
        ("w=600&h=600&pad=10", "300x200", "320x220"),
        ("w=2&h=2&fit=crop&pad-left=1", "1x2", "2x2"),
    ],
)
def test_padding_lies_inside_the_requested_sides(query: str, scaled: str, canvas: str) -> None:
    found = place(query)

    assert (str(found.scaled), str(found.canvas)) == (scaled, canvas)


@pytest.mark.parametrize(
    "query",
    ["w=20&pad=10", "h=20&pad=10", "w=100&h=19&pad=10", "pad=4096", "pad-left=8192", "pad=3500"],
)
def test_padding_that_leaves_no_room_is_refused(query: str) -> None:
    with pytest.raises(BadValue) as caught:
        place(query)

    assert caught.value.param == "pad"


def test_a_narrow_strip_with_padding_is_refused_if_not_even_one_pixel_fits() -> None:
    with pytest.raises(BadValue) as caught:
        place("pad-top=9&pad-left=5", Extent(800, 1), Limits(pixels_out=59))

    assert caught.value.param == "pad"
    sliver = place("pad-top=9&pad-left=5", Extent(800, 1), Limits(pixels_out=60))
    assert str(sliver.canvas) == "6x10"


# Limits.


@pytest.mark.parametrize(
    "query, picture, size",
    [
        ("", Extent(20_000, 4000), "8192x1638"),
        ("", Extent(8000, 8000), "6324x6324"),
        ("w=8192&h=8192&fit=scale", WIDE, "6324x6324"),
        ("w=8192&h=8192&dpr=5&fit=scale", WIDE, "6324x6324"),
        ("w=5000&h=5000&dpr=5&fit=fill", WIDE, "6324x6324"),
        ("w=8192&h=8192&enlarge=true", WIDE, "7745x5163"),
        ("w=8192&h=8192&fit=crop&enlarge=true", WIDE, "6324x6324"),
        ("", Extent(100_000, 1), "8192x1"),
        # 6324.5358 a side is within the limits, but not once it is rounded up.
        ("w=0.9879", Extent(6402, 6402), "6324x6324"),
    ],
)
def test_a_box_over_the_limits_gives_the_largest_size_of_its_shape(
    query: str, picture: Extent, size: str
) -> None:
    found = place(query, picture).canvas

    assert str(found) == size
    assert found.pixels <= Limits().pixels_out


def test_padding_counts_towards_the_limits() -> None:
    found = place("pad=100", Extent(8192, 100), Limits(side=1000, pixels_out=250_000))

    assert (found.canvas.width, found.padding.across) == (1000, 200)
