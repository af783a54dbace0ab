"""Parameters of file size, colours and metadata."""

import io
import re

import pytest
from PIL import Image, ImageCms

from origin_lambda.errors import BadValue
from origin_lambda.image.encoding import Encoding
from origin_lambda.image.size_search import MAX_ATTEMPTS, SizeSearch
from origin_lambda.url.grammar import canonical
from origin_lambda.url.values import Format
from tests.support.rendering import derive_original, mean_difference, render
from tests.support.strategies import transform_of


def is_said_to_fit(brief: str) -> bool:
    found = re.search(r"bytes=(\d+) (fits|exceeds) max-bytes=(\d+)$", brief)
    assert found
    assert (found[2] == "fits") == (int(found[1]) <= int(found[3]))
    return found[2] == "fits"


@pytest.mark.parametrize("output", ["jpg", "pjpg", "webp", "avif"])
@pytest.mark.parametrize("share", [0.9, 0.6, 0.35])
def test_the_best_quality_that_fits_is_chosen(output: str, share: float) -> None:
    whole = len(derive_original("photograph", f"fm={output}&q=90").body)
    most = int(whole * share)

    made = derive_original("photograph", f"fm={output}&q=90&max-bytes={most}")

    assert is_said_to_fit(made.brief)
    # Some qualities of AVIF give the same file, so its steps are large.
    assert (0.6 if output == "avif" else 0.85) * most < len(made.body) <= most


def test_a_quality_that_fits_is_not_changed() -> None:
    plain = derive_original("photograph", "fm=jpg&q=60")

    made = derive_original("photograph", "fm=jpg&q=60&max-bytes=1000000")

    assert made.body == plain.body
    assert is_said_to_fit(made.brief)


@pytest.mark.parametrize("output", ["jpg", "webp", "avif", "png", "png8", "gif"])
def test_the_smallest_file_is_answered_and_said_if_none_fits(output: str) -> None:
    usual = derive_original("photograph", f"fm={output}")

    made = derive_original("photograph", f"fm={output}&max-bytes=100")

    assert not is_said_to_fit(made.brief)
    assert len(made.body) < len(usual.body) / 3


@pytest.mark.parametrize("original", ["photograph", "png-alpha", "gif-animated"])
@pytest.mark.parametrize("output", ["png8", "gif"])
def test_a_palette_gets_fewer_colours_until_it_fits(original: str, output: str) -> None:
    whole = len(derive_original(original, f"w=40&fm={output}").body)

    made = derive_original(original, f"w=40&fm={output}&max-bytes={max(100, whole * 3 // 4)}")

    assert len(made.body) <= whole
    if not is_said_to_fit(made.brief):
        fewest = derive_original(original, f"w=40&fm={output}&colorquant=2").body
        assert len(made.body) <= len(fewest)


def test_a_png_gets_a_palette_if_it_does_not_fit() -> None:
    made = derive_original("photograph", "w=150&fm=png&max-bytes=12000")

    assert is_said_to_fit(made.brief)
    assert Image.open(io.BytesIO(made.body)).mode == "P"


def test_a_negotiated_format_fits_too() -> None:
    made = derive_original("photograph", "fm=auto-avif&q=95&max-bytes=4000")

    assert (made.media_type, is_said_to_fit(made.brief)) == ("image/avif", True)


@pytest.mark.parametrize("query", ["fm=webp&lossless=true", "fm=png"])
def test_a_file_without_a_quality_stays_as_it_is(query: str) -> None:
    made = derive_original("apng", f"{query}&max-bytes=100")

    assert made.body == derive_original("apng", query).body
    assert not is_said_to_fit(made.brief)


@pytest.mark.parametrize("rate", [0.5, 1.0, 2.0])
@pytest.mark.parametrize("share", [0.01, 0.2, 0.5, 0.8, 0.99])
def test_a_search_makes_at_most_five_attempts(rate: float, share: float) -> None:
    made: list[float] = []

    def encode(encoding: Encoding) -> bytes:
        made.append(encoding.quality)
        return bytes(int(3000 + 1000 * 2 ** (rate * encoding.quality / 15)))

    most = int(len(encode(Encoding(Format.JPEG, 90))) * share)
    made.clear()
    found = SizeSearch(encode, most).find(Encoding(Format.JPEG, 90), is_animated=False)

    assert len(made) <= MAX_ATTEMPTS
    assert len(set(made)) == len(made)
    smallest = len(encode(Encoding(Format.JPEG, 1)))
    assert len(found.body) <= most or smallest > most


@pytest.mark.parametrize("output", ["png", "png8", "gif"])
@pytest.mark.parametrize("number", [2, 5, 64])
def test_a_result_has_at_most_so_many_colours(output: str, number: int) -> None:
    found = render("photograph", f"w=90&fm={output}&colorquant={number}")

    colours = found.convert("RGB").getcolors(1000)
    assert colours is not None
    assert 2 <= len(colours) <= number


def test_an_animated_gif_has_at_most_so_many_colours() -> None:
    image = Image.open(io.BytesIO(derive_original("gif-animated", "colorquant=3").body))

    for number in range(image.n_frames):  # type: ignore[attr-defined]
        image.seek(number)
        colours = image.convert("RGB").getcolors(1000)
        assert colours is not None
        assert len(colours) <= 4  # the cleared canvas is one more


def test_colours_keep_alpha() -> None:
    found = render("png-alpha", "colorquant=8").convert("RGBA")

    assert found.getpixel((0, 0))[3] == 0  # type: ignore[index]
    assert found.getpixel((30, 20))[3] == 255  # type: ignore[index]


def test_a_jpeg_can_be_progressive() -> None:
    assert "progressive" in render("photograph", "jpg-progressive=true").info
    assert "progressive" not in render("photograph", "w=80").info
    assert "progressive" in render("photograph", "fm=auto-jpg&jpeg-progressive=1").info


@pytest.mark.parametrize("output", ["jpg", "png", "png8"])
def test_the_density_is_in_the_header(output: str) -> None:
    across, down = render("photograph", f"fm={output}&dpi=300").info["dpi"]

    assert (round(across), round(down)) == (300, 300)
    assert "dpi" not in render("photograph", f"fm={output}&w=80").info or output == "jpg"


@pytest.mark.parametrize("output", ["jpg", "png", "webp", "avif"])
@pytest.mark.parametrize("original", ["photograph", "png-alpha", "jpeg-grey"])
def test_adobe_rgb_shows_the_same_colours_through_its_profile(output: str, original: str) -> None:
    plain = render(original, f"w=60&fm={output}&q=100")
    found = render(original, f"w=60&fm={output}&q=100&cs=adobergb1998")
    profile = ImageCms.ImageCmsProfile(io.BytesIO(found.info["icc_profile"]))

    assert "Adobe RGB" in ImageCms.getProfileDescription(profile)
    back = ImageCms.profileToProfile(found.convert("RGB"), profile, ImageCms.createProfile("sRGB"))
    assert back is not None
    assert mean_difference(back, plain.convert("RGB")) < 2


def test_the_profile_of_srgb_is_short_and_changes_no_pixel() -> None:
    plain, found = render("photograph", "w=60&fm=png"), render("photograph", "w=60&fm=png&cs=srgb")
    data = found.info["icc_profile"]
    profile = ImageCms.ImageCmsProfile(io.BytesIO(data))

    assert len(data) < 600
    assert mean_difference(found, plain) == 0
    back = ImageCms.profileToProfile(plain, profile, ImageCms.createProfile("sRGB"))
    assert back is not None
    assert mean_difference(back, plain) < 0.5


def test_spellings_of_the_same_profile_are_one_key() -> None:
    assert canonical(transform_of("w=9&cs=tinysrgb")) == canonical(transform_of("w=9&cs=srgb"))
    for value in ("strip", "origin"):
        assert canonical(transform_of(f"w=9&cs={value}")) == canonical(transform_of("w=9"))


def test_credits_can_be_blocked() -> None:
    assert 0x8298 in render("exif-gps", "w=30").getexif()
    assert 0x8298 not in render("exif-gps", "w=30&iptc=block").getexif()
    assert canonical(transform_of("w=9&iptc=allow")) == canonical(transform_of("w=9"))


def test_an_svg_cannot_be_left_unsanitised() -> None:
    assert canonical(transform_of("w=9&svg-sanitize=1")) == canonical(transform_of("w=9"))
    with pytest.raises(BadValue, match="svg-sanitize accepts"):
        transform_of("svg-sanitize=false")
