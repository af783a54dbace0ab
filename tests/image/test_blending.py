"""Blend modes are those of W3C Compositing and Blending, as browsers draw them."""

import base64
import io
import shutil
from collections.abc import Iterator
from typing import Final

import pytest
from PIL import Image, ImageChops, ImageStat
from playwright.sync_api import Page, sync_playwright

from origin_lambda.adapters.pillow.layers import blend_colour, draw_over
from origin_lambda.image.colour.blending import SEPARABLE
from origin_lambda.url.values import BlendMode, Colour
from tests.support.originals import draw

CHROMIUM: Final = shutil.which("chromium") or shutil.which("google-chrome")

CSS: Final = {
    BlendMode.NORMAL: "source-over",
    BlendMode.BURN: "color-burn",
    BlendMode.DODGE: "color-dodge",
    BlendMode.HARDLIGHT: "hard-light",
    BlendMode.SOFTLIGHT: "soft-light",
}
"""The names of the modes in CSS and in canvas, where they are not imgix's."""

DRAW: Final = """async ([below, above, mode]) => {
    const [first, second] = await Promise.all([below, above].map(async (source) => {
        const image = new Image();
        image.src = source;
        await image.decode();
        return image;
    }));
    const canvas = document.createElement('canvas');
    [canvas.width, canvas.height] = [first.width, first.height];
    const context = canvas.getContext('2d');
    context.drawImage(first, 0, 0);
    context.globalCompositeOperation = mode;
    context.drawImage(second, 0, 0);
    return canvas.toDataURL();
}"""

LEAST_ALPHA: Final = 96
"""A canvas stores colours multiplied by alpha: in what is nearly transparent, they are rough."""


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    if not CHROMIUM:
        pytest.skip("chromium is not installed")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser.new_page()
        browser.close()


def open_pictures() -> tuple[Image.Image, Image.Image]:
    """Return two pictures in all colours, whose alpha goes in two directions."""
    with Image.open(io.BytesIO(draw("photograph"))) as photograph:
        below = photograph.convert("RGBA").resize((150, 100))
    hues = Image.merge(
        "HSV",
        (
            Image.linear_gradient("L").rotate(90).resize((150, 100)),
            Image.radial_gradient("L").resize((150, 100)),
            Image.linear_gradient("L").resize((150, 100)),
        ),
    )
    above = hues.convert("RGBA")
    ramp = Image.linear_gradient("L").point([max(LEAST_ALPHA, shade) for shade in range(256)])
    below.putalpha(ramp.resize((150, 100)))
    above.putalpha(ramp.rotate(90).resize((150, 100)))
    return below, above


def to_url(image: Image.Image) -> str:
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return f"data:image/png;base64,{base64.b64encode(buffer.getvalue()).decode()}"


@pytest.mark.parametrize("mode", BlendMode)
def test_a_blend_mode_looks_as_in_a_browser(mode: BlendMode, page: Page) -> None:
    below, above = open_pictures()

    drawn = page.evaluate(DRAW, [to_url(below), to_url(above), CSS.get(mode, str(mode))])

    with Image.open(io.BytesIO(base64.b64decode(drawn.partition(",")[2]))) as canvas:
        expected = canvas.convert("RGBA").convert("RGBa")
    actual = draw_over(below, above, (0, 0), 1, mode).convert("RGBa")
    off = ImageStat.Stat(ImageChops.difference(actual, expected))
    assert max(off.mean) < 1.1
    # The hue of a colour that is nearly grey depends on rounding.
    most = 6 if mode in SEPARABLE or mode is BlendMode.NORMAL else 30
    assert max(high for _, high in off.extrema) <= most


@pytest.mark.parametrize("mode", SEPARABLE)
def test_a_mode_keeps_within_the_range(mode: BlendMode) -> None:
    ends = [SEPARABLE[mode](below, above) for below in (0, 0.5, 1) for above in (0, 0.5, 1)]

    assert all(0 <= value <= 1 for value in ends)


def test_a_grey_picture_gets_colours() -> None:
    grey = Image.new("L", (4, 4), 100)

    tinted = blend_colour(grey, Colour(255, 0, 0), BlendMode.MULTIPLY)

    assert tinted.getpixel((0, 0)) == (100, 0, 0)


def test_what_lies_outside_is_cut_off() -> None:
    canvas, layer = Image.new("RGB", (4, 4)), Image.new("RGB", (4, 4), "red")

    beside = draw_over(canvas, layer, (-4, 0), 1, BlendMode.NORMAL)
    corner = draw_over(canvas, layer, (-2, 3), 1, BlendMode.NORMAL)

    assert beside.getcolors() == [(16, (0, 0, 0))]
    assert sorted(corner.getcolors() or []) == [(2, (255, 0, 0)), (14, (0, 0, 0))]
