"""Every original is read and decoded to the right pixels, or refused."""

import struct
import tracemalloc
from typing import Any

import pytest
from PIL import ExifTags, Image

from origin_lambda.errors import CalotypeError, NotAPicture, Unprocessable
from origin_lambda.image.formats import Kind
from origin_lambda.image.geometry import Size
from origin_lambda.image.probe import Facts, Limits, check
from tests.support.originals import (
    BLUE,
    GREEN,
    RED,
    SMALL,
    YELLOW,
    chunk,
    disc,
    draw,
    encoded,
    jpeg,
    png,
    quadrants,
)
from tests.support.rendering import (
    CODEC,
    ORANGE,
    WHITE,
    assert_close,
    colour_at,
    derive_original,
    mean_difference,
    quarter_colours,
    render,
)

# Headers.

FACTS = [
    ("jpeg", Facts(Kind.JPEG, Size(300, 200))),
    ("jpeg-portrait", Facts(Kind.JPEG, Size(200, 300))),
    ("jpeg-progressive", Facts(Kind.JPEG, Size(120, 80))),
    ("jpeg-truncated", Facts(Kind.JPEG, Size(300, 200))),
    ("jpeg-huge-header", Facts(Kind.JPEG, Size(30_000, 30_000))),
    ("exif-6", Facts(Kind.JPEG, Size(40, 60), orientation=6)),
    ("png", Facts(Kind.PNG, Size(60, 40))),
    ("png-alpha", Facts(Kind.PNG, Size(60, 40), alpha=True)),
    ("png-grey-alpha", Facts(Kind.PNG, Size(60, 40), alpha=True)),
    ("png-palette", Facts(Kind.PNG, Size(60, 40))),
    ("png-palette-alpha", Facts(Kind.PNG, Size(60, 40), alpha=True)),
    ("png-bomb", Facts(Kind.PNG, Size(20_000, 20_000))),
    ("apng", Facts(Kind.PNG, Size(60, 40), frames=3)),
    ("gif-animated", Facts(Kind.GIF, Size(60, 40), frames=4)),
    ("webp-animated", Facts(Kind.WEBP, Size(60, 40), frames=3)),
    ("avif", Facts(Kind.AVIF, Size(60, 40))),
    ("avif-alpha", Facts(Kind.AVIF, Size(60, 40), alpha=True)),
    ("heic", Facts(Kind.HEIF, Size(120, 80))),
    ("tiff", Facts(Kind.TIFF, Size(60, 40))),
    ("bmp", Facts(Kind.BMP, Size(60, 40))),
]


@pytest.mark.parametrize("name, facts", FACTS)
def test_a_header_says_what_the_original_is(name: str, facts: Facts) -> None:
    assert CODEC.probe(draw(name)) == facts


@pytest.mark.parametrize("name", ["webp", "webp-alpha", "gif"])
def test_a_single_frame_is_not_an_animation(name: str) -> None:
    facts = CODEC.probe(draw(name))

    assert (facts.size, facts.frames) == (SMALL, 1)


@pytest.mark.parametrize("name", ["text", "html", "empty"])
def test_a_file_without_pixels_is_not_a_picture(name: str) -> None:
    with pytest.raises(NotAPicture):
        derive_original(name)


def test_a_picture_whose_header_is_cut_off_is_broken() -> None:
    with pytest.raises(Unprocessable):
        derive_original("jpeg-truncated-header")


@pytest.mark.parametrize(
    "name", ["png", "gif", "webp", "avif", "heic", "tiff", "bmp", "jpeg", "apng"]
)
def test_a_picture_cut_anywhere_is_rendered_or_refused(name: str) -> None:
    whole = draw(name)

    for cut in range(1, len(whole), max(1, len(whole) // 40)):
        try:
            body = derive_original(whole[:cut], "fm=png").body
        except (Unprocessable, NotAPicture):
            continue
        assert body.startswith(b"\x89PNG")


# Pixels, in every way to store them.

QUADRANTS = [
    "jpeg", "jpeg-portrait", "jpeg-progressive", "png", "png-palette", "png-16-rgb",
    "png-interlaced", "gif", "webp", "avif", "heic", "tiff", "bmp", "exif-1", "exif-2", "exif-3", "exif-4", "exif-5", "exif-6", "exif-7",
    "exif-8", "exif-gps",
]  # fmt: skip


@pytest.mark.parametrize("name", QUADRANTS)
@pytest.mark.parametrize("query", ["fm=png", "fm=png&w=30", "fm=png&rect=0.1,0.1,0.8,0.8"])
def test_every_original_shows_its_four_colours(name: str, query: str) -> None:
    assert_close(quarter_colours(render(name, query)), [RED, GREEN, BLUE, YELLOW], within=20)


@pytest.mark.parametrize("name", ["tiff-cmyk", "jpeg-cmyk", "jpeg-cmyk-plain"])
@pytest.mark.parametrize("query", ["fm=png", "fm=png&w=30"])
def test_cmyk_without_a_profile_is_converted_by_the_press_profile(name: str, query: str) -> None:
    # By CGATS TR 001: no ink of a press is as bright as a screen's green and blue.
    pressed = [(209, 79, 61), (53, 132, 104), (62, 97, 148), (249, 211, 101)]

    assert_close(quarter_colours(render(name, query)), pressed, within=8)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_an_oriented_original_is_shown_upright(orientation: int) -> None:
    upright = render(f"exif-{orientation}", "fm=png")

    assert mean_difference(upright.convert("RGB"), quadrants()) < 3


@pytest.mark.parametrize("output", ["jpg", "webp", "avif", "png"])
@pytest.mark.parametrize("query", ["", "&w=30"])
def test_a_derivative_has_no_orientation_tag(output: str, query: str) -> None:
    image = render("exif-6", f"fm={output}{query}")

    assert image.width > image.height
    assert image.getexif().get(ExifTags.Base.Orientation, 1) == 1


@pytest.mark.parametrize(
    "name, orient", [("png", 3), ("exif-1", 180), ("exif-3", 1), ("exif-3", 0)]
)
def test_orient_replaces_the_originals_own(name: str, orient: int) -> None:
    image = render(name, f"fm=png&orient={orient}")

    assert_close(quarter_colours(image), [YELLOW, BLUE, GREEN, RED], within=20)


@pytest.mark.parametrize("form", ["WEBP", "PNG", "AVIF", "TIFF"])
def test_orientation_counts_in_every_format_that_has_it(form: str) -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    stored = quadrants().transpose(Image.Transpose.ROTATE_90)

    image = render(encoded(stored, form, exif=exif), "fm=png")

    assert image.size == SMALL
    assert_close(quarter_colours(image), [RED, GREEN, BLUE, YELLOW], within=20)


def test_grey_stays_grey() -> None:
    assert render("jpeg-grey").mode == "L"
    assert render("jpeg-grey", "w=30&rot=5").mode == "L"


def test_sixteen_bits_of_grey_keep_their_gradient() -> None:
    image = render("png-16", "fm=png")

    row = list(image.convert("L").crop((0, 20, 60, 21)).tobytes())

    assert row == sorted(row)
    assert row == pytest.approx([255 * x / 59 for x in range(60)], abs=1)


def test_sixteen_bits_of_grey_with_a_transparent_level_can_be_read() -> None:
    line = b"\0" + struct.pack(">60H", *(x * 1000 for x in range(60)))
    body = png(SMALL, 16, 0, [line] * 40)
    head, tail = body[:33], body[33:]

    image = render(head + chunk(b"tRNS", struct.pack(">H", 0)) + tail, "fm=png")

    assert colour_at(image, (59, 20)) == pytest.approx((230, 230, 230), abs=2)


@pytest.mark.parametrize("depth", [1, 2, 4])
def test_few_bits_of_grey_can_be_read(depth: int) -> None:
    body = png((8, 1), depth, 0, [b"\0" + bytes([0b00001111] * depth)])

    image = render(body, "fm=png").convert("L")

    assert image.getextrema() == (0, 255)


def test_a_wide_gamut_is_converted_to_srgb() -> None:
    image = render("jpeg-wide-gamut", "fm=png")

    # Display P3's red lies outside sRGB; its tan (200, 120, 60) is sRGB's (212, 118, 47).
    assert_close(
        [colour_at(image, (15, 20)), colour_at(image, (45, 20))],
        [(255, 0, 0), (212, 118, 47)],
        within=5,
    )


def test_a_picture_with_a_broken_profile_is_shown() -> None:
    image = render(jpeg(quadrants(), icc_profile=b"no profile" * 20), "fm=png")

    assert_close(quarter_colours(image), [RED, GREEN, BLUE, YELLOW])


# Transparency.


def test_the_disc_is_where_the_tests_look_for_it() -> None:
    assert disc().getpixel((30, 20)) == (*ORANGE, 255)


@pytest.mark.parametrize("name", ["png-alpha", "webp-alpha", "avif-alpha"])
def test_transparency_becomes_white_in_a_jpeg(name: str) -> None:
    image = render(name, "fm=jpg&chromasub=444")

    assert_close([colour_at(image, (2, 2)), colour_at(image, (30, 20))], [WHITE, ORANGE])


@pytest.mark.parametrize("output", ["jpg", "png", "webp", "avif", "gif"])
def test_a_background_shows_through_in_every_format(output: str) -> None:
    image = render("png-alpha", f"fm={output}&bg=0000ff&q=95&chromasub=444")

    assert_close(
        [colour_at(image, (2, 2)), colour_at(image, (30, 20))], [(0, 0, 255), ORANGE], within=20
    )
    assert set(image.convert("RGBA").getchannel("A").tobytes()) == {255}


@pytest.mark.parametrize("output", ["png", "webp", "avif", "gif", "png8"])
def test_transparency_stays_where_the_format_can_hold_it(output: str) -> None:
    alpha = render("png-alpha", f"fm={output}").convert("RGBA").getchannel("A")

    assert max(alpha.crop((0, 0, 5, 5)).tobytes()) <= 2
    assert min(alpha.crop((25, 15, 35, 25)).tobytes()) >= 253


def test_a_half_transparent_background_stays_half_transparent() -> None:
    image = render("png-alpha", "bg=800000ff")

    assert image.crop((0, 0, 1, 1)).tobytes() == bytes((0, 0, 255, 128))


@pytest.mark.parametrize(
    "query", ["w=20", "w=47", "rot=10", "w=47&rot=33&rot-type=pivot", "w=120&enlarge=true"]
)
def test_hidden_colours_never_bleed_into_the_edge(query: str) -> None:
    image = render("png-alpha", f"fm=png&{query}").convert("RGBA")

    pixels = image.tobytes()
    rim = [pixels[at : at + 3] for at in range(0, len(pixels), 4) if 60 < pixels[at + 3] < 255]

    assert rim
    assert_close([(r, g, b) for r, g, b in rim], [ORANGE] * len(rim), within=24)


def test_a_palette_with_half_transparent_entries_is_scaled_as_colours() -> None:
    image = render("png-palette-alpha", "w=30").convert("RGBA")

    assert image.crop((0, 0, 1, 1)).tobytes()[3] == 0
    assert list(image.crop((7, 5, 8, 6)).tobytes()) == pytest.approx([*RED, 128], abs=2)
    assert list(image.crop((15, 10, 16, 11)).tobytes()) == pytest.approx([*BLUE, 255], abs=2)


def test_grey_with_alpha_keeps_both() -> None:
    image = render("png-grey-alpha", "w=30").convert("RGBA")

    assert image.crop((0, 0, 1, 1)).tobytes()[3] == 0
    grey = image.crop((15, 10, 16, 11)).tobytes()
    assert grey == bytes((144, 144, 144, 255))


def test_the_transparent_colour_of_a_png_is_transparent() -> None:
    image = render(encoded(quadrants(), "PNG", transparency=RED), "fm=png").convert("RGBA")

    assert image.crop((15, 14, 16, 15)).tobytes()[3] == 0
    assert image.crop((45, 10, 46, 11)).tobytes()[3] == 255


# Broken pictures.


def test_the_decoded_part_of_a_truncated_jpeg_is_rendered() -> None:
    image = render("jpeg-truncated", "fm=png")

    first, second, *_ = quarter_colours(image)

    assert image.size == (300, 200)
    assert_close([first, second], [RED, GREEN], within=60)


@pytest.mark.parametrize("name", ["png-bomb", "jpeg-huge-header", "gif-bomb"])
def test_a_bomb_is_refused_from_its_header_without_memory_for_pixels(name: str) -> None:
    data = draw(name)
    CODEC.probe(draw("png")), CODEC.probe(draw("jpeg")), CODEC.probe(draw("gif"))
    pixels = peak_pixels()
    tracemalloc.start()

    with pytest.raises(Unprocessable):
        derive_original(data)

    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1_000_000 + len(data)
    assert peak_pixels() - pixels < 1_000_000


def peak_pixels() -> int:
    """Return the bytes that Pillow's own allocator, which Python cannot see, has ever allocated."""
    core: Any = vars(Image)["core"]
    blocks: int = core.get_stats()["allocated_blocks"] * core.get_block_size()
    return blocks


def test_many_frames_of_many_pixels_are_refused() -> None:
    facts = Facts(Kind.GIF, Size(10_000, 5001), frames=2)

    with pytest.raises(Unprocessable):
        check(facts, Limits())


@pytest.mark.parametrize(
    "facts",
    [
        Facts(Kind.PNG, Size(10_001, 10_000)),
        Facts(Kind.GIF, Size(1, 1), frames=301),
        Facts(Kind.GIF, Size(1000, 1000), frames=101),
        Facts(Kind.PNG, Size(0, 10)),
    ],
)
def test_an_original_over_a_limit_is_refused(facts: Facts) -> None:
    with pytest.raises(Unprocessable) as caught:
        check(facts, Limits())

    assert str(facts.size) not in caught.value.message


@pytest.mark.parametrize(
    "facts",
    [
        Facts(Kind.PNG, Size(10_000, 10_000)),
        Facts(Kind.GIF, Size(1, 1), frames=300),
        Facts(Kind.GIF, Size(1000, 1000), frames=100),
    ],
)
def test_an_original_at_a_limit_is_accepted(facts: Facts) -> None:
    check(facts, Limits())


def test_any_exception_of_a_decoder_is_a_422() -> None:
    body = bytearray(draw("png"))
    body[20:24] = b"\xff\xff\xff\xff"

    with pytest.raises(CalotypeError) as caught:
        derive_original(bytes(body))

    assert caught.value.status == 422
