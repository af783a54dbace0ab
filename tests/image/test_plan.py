"""Plans: everything that is decided before a pixel is decoded."""

import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from origin_lambda.errors import BadValue
from origin_lambda.image.encoding import AVIF_PIXELS
from origin_lambda.image.formats import ABILITIES, Kind
from origin_lambda.image.geometry import Box, Size
from origin_lambda.image.plan import Plan, plan
from origin_lambda.image.playback import plan_playback
from origin_lambda.image.probe import Facts, Limits
from origin_lambda.image.quality import choose_encoder_quality
from origin_lambda.image.source import SHRINK_OVERSAMPLING, SHRINKS
from origin_lambda.image.stages.extend import Extend
from origin_lambda.image.stages.fills.extend_edges import ExtendEdges
from origin_lambda.image.stages.flatten import Flatten
from origin_lambda.image.stages.orient import Orient
from origin_lambda.image.stages.rotate import Rotate
from origin_lambda.image.stages.shapes.draw_grid import DrawGrid
from origin_lambda.url.grammar import parse
from origin_lambda.url.params import size as size_params
from origin_lambda.url.transform import Transform
from origin_lambda.url.values import (
    WHITE,
    AutoQuality,
    Chroma,
    Colour,
    Fit,
    Format,
    Length,
    RotationType,
    Share,
)
from tests.support.plans import find_stage, planned_box, planned_size, planned_undersampling
from tests.support.strategies import plannable, transform_of

WIDE = Facts(Kind.JPEG, Size(300, 200))
SMALL_LIMITS = Limits(side=500, pixels_out=60_000, frame_pixels=200_000)

pixel_kinds = st.sampled_from([kind for kind in Kind if kind is not Kind.SVG])
sides = st.integers(1, 10_000)
originals = st.builds(
    Facts,
    kind=pixel_kinds,
    size=st.builds(Size, sides, sides),
    orientation=st.integers(1, 8),
    frames=st.just(1) | st.integers(1, 300),
    alpha=st.booleans(),
)


def planned(query: str, facts: Facts = WIDE, limits: Limits | None = None) -> Plan:
    return plan(parse("/a", query).transform, facts, limits or Limits())


def orientation_of(result: Plan) -> int:
    orient = find_stage(result, Orient)
    return orient.orientation if orient else 1


def background_of(result: Plan) -> Colour | None:
    flatten = find_stage(result, Flatten)
    return flatten.colour if flatten else None


def plan_or_skip(transform: Transform, facts: Facts, limits: Limits) -> Plan:
    """Return the plan, or tell hypothesis that the parameters do not fit each other."""
    try:
        return plan(transform, facts, limits)
    except BadValue:
        assume(False)
        raise


# Laws.


@given(plannable(), originals, st.sampled_from([Limits(), SMALL_LIMITS]))
def test_a_plan_never_exceeds_the_limits(
    transform: Transform, facts: Facts, limits: Limits
) -> None:
    result = plan_or_skip(transform, facts, limits)

    assert max(result.out) <= limits.side
    assert result.out.pixels <= limits.pixels_out
    # Frames that are left out are decoded one after the other, and not kept.
    frames = len(result.decoding.kept) or result.decoding.frames
    assert result.out.pixels * frames <= max(limits.frame_pixels, frames)


@pytest.mark.parametrize(
    "query, out, asked",
    [
        ("w=8192&dpr=2&fit=scale", (7745, 5163), (16384, 10923)),
        ("w=9000&h=9000&fit=fill&bg=red", (6324, 6324), (8192, 8192)),
        ("w=8192", (300, 200), None),
        ("w=6000&h=4000&fit=scale", (6000, 4000), None),
        ("w=8192&h=1000&fit=scale", (8192, 1000), None),
    ],
)
def test_a_plan_names_the_size_that_the_limits_lowered(
    query: str, out: tuple[int, int], asked: tuple[int, int] | None
) -> None:
    result = planned(query)

    assert (result.out, result.limited_from) == (out, asked)
    assert ("limited-from" in result.brief) == (asked is not None)


@given(plannable(), originals)
def test_a_plan_is_limited_only_if_the_limits_are_the_reason(
    transform: Transform, facts: Facts
) -> None:
    result = plan_or_skip(transform, facts, Limits())

    if result.limited_from:
        assert result.limited_from.pixels > result.out.pixels


@given(plannable(), originals)
def test_no_stage_needs_more_pixels_than_the_limits_allow(
    transform: Transform, facts: Facts
) -> None:
    limits = Limits()

    result = plan_or_skip(transform, facts, limits)

    assert planned_size(result).pixels <= max(limits.pixels_in, result.decoded.pixels)
    edges = find_stage(result, ExtendEdges)
    assert edges is None or edges.size.pixels <= limits.pixels_out


@pytest.mark.parametrize(
    "query",
    [
        "rot=10&w=8192&h=4000&fit=crop&crop=focalpoint&fp-z=100&enlarge=true",
        "rot=45&w=8192&h=4000&fit=scale&rect=0,0,300,10",
        "rot=45&w=1&h=8192&fit=scale",
        "rot=45&h=8192&enlarge=true&rect=0,0,300,1",
    ],
)
def test_rotating_a_narrow_strip_does_not_need_a_giant_picture(query: str) -> None:
    assert planned_size(planned(query)).pixels <= Limits().pixels_in


@given(plannable(), originals)
def test_nothing_is_enlarged_unasked(transform: Transform, facts: Facts) -> None:
    assume(not transform.size.enlarge and transform.size.fit not in {Fit.SCALE, Fit.CLAMP})

    result = plan_or_skip(transform, facts, Limits())

    width, height = planned_box(result).scale(result.decoding.shrink, result.decoding.shrink).extent
    # Rounding to whole pixels may add less than one.
    assert planned_size(result).width < width + 1
    assert planned_size(result).height < height + 1


@given(plannable(), originals)
def test_the_box_lies_inside_what_is_decoded(transform: Transform, facts: Facts) -> None:
    result = plan_or_skip(transform, facts, Limits())

    left, top, right, bottom = planned_box(result)
    assert -1e-6 <= left < right <= facts.size.width / result.decoding.shrink + 1e-6
    assert -1e-6 <= top < bottom <= facts.size.height / result.decoding.shrink + 1e-6


@given(plannable(), originals)
def test_decoding_shrinks_only_as_far_as_the_decoder_and_the_quality_allow(
    transform: Transform, facts: Facts
) -> None:
    result = plan_or_skip(transform, facts, Limits())

    assert result.decoding.shrink in {1, *SHRINKS.get(facts.kind, ())}
    assert result.decoded == tuple(math.ceil(side / result.decoding.shrink) for side in facts.size)
    if result.decoding.shrink > 1:
        room = SHRINK_OVERSAMPLING[facts.kind] / planned_undersampling(result) * (1 - 1e-9)
        assert planned_box(result).extent.width >= room * planned_size(result).width
        assert planned_box(result).extent.height >= room * planned_size(result).height


@given(plannable(), originals)
def test_every_size_has_a_pixel_and_every_offset_lies_inside_its_canvas(
    transform: Transform, facts: Facts
) -> None:
    result = plan_or_skip(transform, facts, Limits())

    assert min(*planned_size(result), *result.out, *result.decoded, result.decoding.frames) >= 1
    current = (
        Size(*planned_size(result)).swapped if orientation_of(result) > 4 else planned_size(result)
    )
    rotate = find_stage(result, Rotate)
    current = rotate.rotation.size if rotate else current
    canvases: tuple[ExtendEdges | Extend | None, ...]
    canvases = (find_stage(result, ExtendEdges), find_stage(result, Extend))
    for canvas in (each for each in canvases if each is not None):
        assert 0 <= canvas.offset[0] <= canvas.size.width - current.width
        assert 0 <= canvas.offset[1] <= canvas.size.height - current.height
        current = canvas.size
    assert current == result.out


@given(plannable(), originals)
def test_a_plan_fits_the_abilities_of_its_format(transform: Transform, facts: Facts) -> None:
    result = plan_or_skip(transform, facts, Limits())

    ability = ABILITIES[result.encoding.format]
    assert result.alpha <= ability.alpha
    moving = plan_playback(transform.animation, facts)
    shown = moving if ability.animation else moving.first
    assert result.decoding.frames == shown.numbers[-1] + 1
    assert (result.decoding.kept or tuple(range(result.decoding.frames))) == shown.numbers
    assert max(result.out) <= ability.max_side
    assert 1 <= result.encoding.quality <= 100
    if facts.alpha and not ability.alpha and find_stage(result, DrawGrid) is None:
        background = background_of(result)
        assert background is not None
        assert background.alpha == 255


@given(plannable(), st.integers(1, 899), originals)
def test_a_straightening_rotation_shows_no_empty_corner(
    transform: Transform, tenths: int, facts: Facts
) -> None:
    tilted = transform.replace("rotation", angle=tenths / 10, type=RotationType.STRAIGHTEN)

    result = plan_or_skip(tilted, facts, Limits())

    rotate = find_stage(result, Rotate)
    assert rotate is not None
    assert not rotate.rotation.has_gaps
    source = planned_size(result).swapped if orientation_of(result) > 4 else planned_size(result)
    a, b, c, d, e, f = rotate.rotation.matrix
    width, height = rotate.rotation.size
    for x, y in ((0, 0), (width, 0), (0, height), (width, height)):
        assert -1.0 <= a * x + b * y + c <= source.width + 1.0
        assert -1.0 <= d * x + e * y + f <= source.height + 1.0


# Turns, in the viewer's axes.


@pytest.mark.parametrize(
    "query, upright, out",
    [
        ("", 1, "300x200"),
        ("rot=90", 8, "200x300"),
        ("rot=180", 3, "300x200"),
        ("rot=270", 6, "200x300"),
        ("rot=-90", 6, "200x300"),
        ("rot=360", 1, "300x200"),
        ("flip=h", 2, "300x200"),
        ("flip=v", 4, "300x200"),
        ("flip=hv", 3, "300x200"),
        ("flip=h&rot=90", 5, "200x300"),
        ("flip=v&rot=90", 7, "200x300"),
        ("orient=6", 6, "200x300"),
        ("orient=90", 6, "200x300"),
        ("orient=6&rot=90", 1, "300x200"),
        ("rot=90&w=100", 8, "100x150"),
        ("rot=90&w=100&h=100&fit=crop", 8, "100x100"),
    ],
)
def test_turns_and_flips_combine(query: str, upright: int, out: str) -> None:
    result = planned(query)

    assert (orientation_of(result), str(result.out)) == (upright, out)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_original_is_turned_upright_before_it_is_fitted_to_the_box(
    orientation: int,
) -> None:
    size = Size(200, 300) if orientation > 4 else Size(300, 200)

    result = planned("w=150", Facts(Kind.JPEG, size, orientation))

    assert (orientation_of(result), result.original, result.out) == (
        orientation,
        (300, 200),
        (150, 100),
    )


@pytest.mark.parametrize("asked, original", [("0", 1), ("1", 1), ("8", 8), ("180", 3)])
def test_orient_overrides_the_originals_own_orientation(asked: str, original: int) -> None:
    result = planned(f"orient={asked}", Facts(Kind.JPEG, Size(300, 200), orientation=6))

    assert orientation_of(result) == original


@pytest.mark.parametrize("degrees", ["10", "-10", "45", "100", "190.5", "-80"])
def test_straightening_keeps_the_shape_of_the_frame(degrees: str) -> None:
    frame = planned(f"rot={round(float(degrees) / 90) * 90}").out

    result = planned(f"rot={degrees}")

    assert result.out.width < frame.width
    assert result.out.width / result.out.height == pytest.approx(
        frame.width / frame.height, abs=0.02
    )


def test_pivoting_enlarges_the_frame_and_leaves_empty_corners() -> None:
    result = planned("rot=45&rot-type=pivot&fm=png")

    assert str(result.out) == "354x354"
    rotate = find_stage(result, Rotate)
    assert rotate is not None
    assert rotate.rotation.has_gaps
    assert result.alpha


def test_a_pivot_in_a_jpeg_has_white_corners() -> None:
    assert background_of(planned("rot=45&rot-type=pivot")) == WHITE


# Rectangles of the original.


@pytest.mark.parametrize(
    "rect, box",
    [
        ("10,20,100,50", Box(10, 20, 110, 70)),
        ("0,0,300,200", Box(0, 0, 300, 200)),
        ("left,top,100,50", Box(0, 0, 100, 50)),
        ("center,middle,100,50", Box(100, 75, 200, 125)),
        ("right,bottom,100,50", Box(200, 150, 300, 200)),
        ("0.5,0.5,0.5,0.25", Box(150, 100, 300, 150)),
        ("0.1,0.1,full,full", Box(30, 20, 300, 200)),
        ("250,150,100,100", Box(250, 150, 300, 200)),
        ("299,199,9,9", Box(299, 199, 300, 200)),
        ("center,middle,900,900", Box(0, 0, 300, 200)),
        ("0,0,0.0001,0.0001", Box(0, 0, 1, 1)),
    ],
)
def test_a_rectangle_is_cropped_and_limited_to_the_original(rect: str, box: Box) -> None:
    result = planned(f"rect={rect}")

    assert planned_box(result) == box
    assert result.out == box.extent.whole


@pytest.mark.parametrize("rect", ["300,0,10,10", "0,200,10,10", "1.0,0,10,10", "9999,9999,1,1"])
def test_a_rectangle_that_begins_outside_the_original_is_refused(rect: str) -> None:
    with pytest.raises(BadValue) as caught:
        planned(f"rect={rect}")

    assert caught.value.param == "rect"


def test_a_rectangle_is_in_the_viewers_axes() -> None:
    sideways = Facts(Kind.JPEG, Size(200, 300), orientation=6)

    result = planned("rect=0,0,100,50", sideways)

    # The viewer sees it turned clockwise: the viewer's top left is the stored bottom left.
    assert planned_box(result) == Box(0, 200, 50, 300)
    assert result.out == (100, 50)


def test_a_fraction_of_width_refers_to_the_rectangle() -> None:
    assert planned("rect=0,0,100,50&w=0.5").out == (50, 25)


# Shrinking while decoding.


@pytest.mark.parametrize(
    "room, shrink",
    [(1.0, 1), (1.9, 1), (2.1, 2), (3.9, 2), (4.1, 4), (7.9, 4), (8.1, 8), (100, 8)],
)
def test_a_jpeg_is_decoded_smaller_where_enough_pixels_are_left(room: float, shrink: int) -> None:
    width = round(4001 / room / SHRINK_OVERSAMPLING[Kind.JPEG])

    result = planned(f"w={width}", Facts(Kind.JPEG, Size(4001, 3001)))

    assert result.decoding.shrink == shrink
    assert result.decoded == (math.ceil(4001 / shrink), math.ceil(3001 / shrink))


@pytest.mark.parametrize("size", [Size(1, 5000), Size(5000, 7)])
def test_decoding_leaves_at_least_one_pixel_of_each_side(size: Size) -> None:
    result = planned("blur=2000", Facts(Kind.JPEG, size))

    assert result.decoding.shrink <= min(size)


@pytest.mark.parametrize("room, shrink", [(1.9, 1), (2.1, 2), (3.1, 3), (7.1, 7), (100, 8)])
def test_a_webp_is_decoded_smaller_by_any_whole_factor(room: float, shrink: int) -> None:
    width = round(4001 / room / SHRINK_OVERSAMPLING[Kind.WEBP])

    assert planned(f"w={width}", Facts(Kind.WEBP, Size(4001, 3001))).decoding.shrink == shrink


def test_decoders_of_png_do_not_shrink() -> None:
    assert planned("w=9", Facts(Kind.PNG, Size(4000, 3000))).decoding.shrink == 1


# Formats.

PNG_ALPHA = Facts(Kind.PNG, Size(300, 200), alpha=True)
PNG_OPAQUE = Facts(Kind.PNG, Size(300, 200))
GIF_STILL = Facts(Kind.GIF, Size(300, 200))
GIF_ANIMATED = Facts(Kind.GIF, Size(300, 200), frames=4)
WEBP_ANIMATED = Facts(Kind.WEBP, Size(300, 200), frames=4)
WEBP_STILL = Facts(Kind.WEBP, Size(300, 200))
WEBP_ALPHA = Facts(Kind.WEBP, Size(300, 200), alpha=True)
HEIC = Facts(Kind.HEIF, Size(300, 200))
HUGE = Facts(Kind.JPEG, Size(5000, 4000))


@pytest.mark.parametrize(
    "facts, query, output",
    [
        (WIDE, "", Format.JPEG),
        (PNG_ALPHA, "", Format.PNG),
        (GIF_ANIMATED, "", Format.GIF),
        (WEBP_STILL, "", Format.WEBP),
        (Facts(Kind.AVIF, Size(9, 9)), "", Format.AVIF),
        (HEIC, "", Format.JPEG),
        (Facts(Kind.TIFF, Size(9, 9), alpha=True), "", Format.PNG),
        (Facts(Kind.BMP, Size(9, 9)), "", Format.JPEG),
        (WIDE, "fm=png", Format.PNG),
        (GIF_ANIMATED, "fm=avif", Format.AVIF),
        (WIDE, "fm=auto-avif", Format.AVIF),
        (PNG_ALPHA, "fm=auto-avif", Format.AVIF),
        (GIF_ANIMATED, "fm=auto-avif", Format.WEBP),
        (HUGE, "fm=auto-avif", Format.WEBP),
        (HUGE, "fm=auto-avif&w=4000&h=3000&fit=crop", Format.AVIF),
        (HUGE, "fm=auto-avif&w=4001&h=3000&fit=crop", Format.WEBP),
        (WIDE, "fm=auto-avif&lossless=true", Format.WEBP),
        (WIDE, "fm=auto-webp", Format.WEBP),
        (GIF_ANIMATED, "fm=auto-webp", Format.WEBP),
        (WIDE, "fm=auto-jpg", Format.JPEG),
        (PNG_ALPHA, "fm=auto-jpg", Format.PNG),
        (PNG_OPAQUE, "fm=auto-jpg", Format.PNG),
        (GIF_STILL, "fm=auto-jpg", Format.GIF),
        (GIF_ANIMATED, "fm=auto-jpg", Format.GIF),
        (WEBP_ANIMATED, "fm=auto-jpg", Format.GIF),
        (WEBP_STILL, "fm=auto-jpg", Format.JPEG),
        (WEBP_ALPHA, "fm=auto-jpg", Format.PNG),
        (WEBP_ALPHA, "fm=auto-jpg&bg=fff", Format.JPEG),
        (HEIC, "fm=auto-jpg&w=9&h=9&fit=fill", Format.PNG),
    ],
)
def test_the_format_suits_the_original_and_the_browser(
    facts: Facts, query: str, output: Format
) -> None:
    assert planned(query, facts).encoding.format is output


def test_the_pixel_limit_of_avif_is_four_by_three_thousand() -> None:
    assert AVIF_PIXELS == 4000 * 3000


@pytest.mark.parametrize(
    "query, background",
    [
        ("", None),
        ("bg=teal", Colour(0, 128, 128)),
        ("bg=80008080", Colour(0, 128, 128, 128)),
        ("fm=jpg", WHITE),
        ("fm=jpg&bg=teal", Colour(0, 128, 128)),
        ("fm=jpg&bg=80000000", Colour(127, 127, 127)),
        ("fm=jpg&bg=00000000", WHITE),
    ],
)
def test_a_transparent_picture_gets_a_background_if_requested_or_needed(
    query: str, background: Colour | None
) -> None:
    assert background_of(planned(query, PNG_ALPHA)) == background


def test_a_picture_without_alpha_gets_no_background() -> None:
    assert background_of(planned("bg=teal")) is None
    assert background_of(planned("bg=teal&pad=10")) == Colour(0, 128, 128)


@pytest.mark.parametrize(
    "facts, query, other",
    [
        (WIDE, "fm=auto-avif", Format.JPEG),
        (WIDE, "fm=auto-webp", Format.JPEG),
        (WIDE, "fm=auto-jpg", None),
        (PNG_ALPHA, "fm=auto-avif", Format.PNG),
        (WEBP_ALPHA, "fm=auto-avif", Format.PNG),
        (GIF_ANIMATED, "fm=auto-webp", Format.GIF),
        (WEBP_ANIMATED, "fm=auto-webp", Format.GIF),
        (WIDE, "fm=auto-webp&pad=10", None),
    ],
)
def test_there_is_a_fallback_encoding_only_if_it_can_hold_the_result(
    facts: Facts, query: str, other: Format | None
) -> None:
    found = planned(query, facts).fallback_encoding

    assert (found and found.format) == other


def test_the_frames_of_an_animation_share_the_pixel_limit() -> None:
    result = planned("w=8192&h=8192&fit=scale", Facts(Kind.GIF, Size(300, 200), frames=100))

    assert result.out == (1000, 1000)


def test_the_encoding_has_the_requested_options() -> None:
    facts = Facts(Kind.JPEG, Size(9, 9), loop=3, artist="A", copyright="C")

    encoding = planned("fm=webp&lossless=true&q=50&chromasub=444", facts).encoding

    assert (encoding.lossless, encoding.chroma, encoding.loop) == (True, Chroma.FULL, 3)
    assert (encoding.artist, encoding.copyright) == ("A", "C")
    assert planned("").encoding.chroma is Chroma.QUARTER


def test_lossless_applies_to_webp_only() -> None:
    assert planned("fm=webp&lossless=true").encoding.lossless
    assert not planned("fm=avif&lossless=true").encoding.lossless


@pytest.mark.parametrize("output", Format)
def test_more_quality_never_means_a_smaller_number_for_an_encoder(output: Format) -> None:
    numbers = [choose_encoder_quality(output, quality) for quality in range(101)]

    assert numbers == sorted(numbers)
    assert (numbers[0], numbers[100]) == (1, 100)


def test_grades_of_automatic_quality_rise() -> None:
    grades = ("LOW", "ECO", "GOOD", "BEST")

    numbers = [choose_encoder_quality(Format.JPEG, AutoQuality[grade]) for grade in grades]

    assert numbers == sorted(set(numbers))
    assert choose_encoder_quality(Format.JPEG, AutoQuality.AUTO) == choose_encoder_quality(
        Format.JPEG, AutoQuality.GOOD
    )


def test_a_plan_has_a_brief_of_one_line() -> None:
    assert planned("w=150&q=60").brief == "fm=jpg; q=60; in=300x200; out=150x100"


@given(
    st.integers(1, 8192) | st.integers(1, 10_000).map(Share),
    st.integers(1, 8192) | st.integers(1, 10_000).map(Share),
    originals,
)
def test_a_crop_keeps_the_requested_shape(width: Length, height: Length, facts: Facts) -> None:
    box = size_params.Size(width=width, height=height, fit=Fit.CROP)
    result = plan_or_skip(Transform(size=box), facts, Limits())

    assert find_stage(result, Extend) is None
    assert find_stage(result, ExtendEdges) is None


def test_a_rect_works_with_a_negotiated_format() -> None:
    transform = transform_of("rect=0,0,10,10&fm=auto-avif")

    assert plan(transform, WIDE, Limits()).out == (10, 10)
