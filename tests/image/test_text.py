"""Text is drawn in any script, within bounds of time and memory, and never fails."""

import json
import os
import subprocess
import sys
import urllib.parse
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops

from origin_lambda import log
from origin_lambda.adapters.harfbuzz import fonts
from origin_lambda.adapters.pillow import text as drawn
from origin_lambda.adapters.pillow.raster import PillowRaster
from origin_lambda.errors import BadValue, Unprocessable
from origin_lambda.image.formats import Kind
from origin_lambda.image.geometry import Size
from origin_lambda.image.probe import Facts
from origin_lambda.image.stages.text.draw_text import DrawText
from origin_lambda.image.text.block import FontChoice, TextBlock
from tests.image.test_stages import planned
from tests.support.plans import find_stage

SMALL: Final = Facts(Kind.PNG, Size(60, 40))
LARGE: Final = Facts(Kind.PNG, Size(300, 200))
INTER: Final = FontChoice("sans-serif")


def block_of(query: str, facts: Facts = LARGE) -> TextBlock:
    stage = find_stage(planned(query, facts), DrawText)
    assert stage is not None
    return stage.block


def draw(query: str, mode: str = "RGB", size: tuple[int, int] = (300, 200)) -> Image.Image:
    image = Image.new(mode, size, "white" if mode != "RGBA" else (0, 0, 0, 0))
    return drawn.draw_text(image, block_of(query, Facts(Kind.PNG, Size(*size))))


def ink(image: Image.Image) -> tuple[int, int, int, int]:
    """Return the box of all pixels that are not white."""
    box = ImageChops.invert(image.convert("L")).getbbox()
    assert box
    return box


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    written: list[dict[str, Any]] = []
    monkeypatch.setattr(log, "write", lambda line: written.append(json.loads(line)))
    return written


# Plans.


def test_all_lengths_are_multiplied_by_dpr() -> None:
    query = "w=150&dpr=2&txt=a&txt-size=20&txt-lead=3&txt-track=1&txt-line=2&txt-pad=4&txt-x=5&txt-y=-6&txt-width=70&txt-shad=5"
    block = block_of(query)

    lengths = (block.size, block.lead, block.track, block.outline, block.pad, block.x, block.y)
    assert lengths == (40, 6, 2, 4, 8, 10, -12)
    assert (block.width, block.shadow) == (140, 2)
    assert block.canvas == Size(300, 200)


@pytest.mark.parametrize("query", ["txt=", "txt=%20%0A", "txt-size=20", "txt=%E2%80%AE"])
def test_a_blank_text_is_no_work(query: str) -> None:
    assert find_stage(planned(query, SMALL), DrawText) is None


def test_two_families_are_refused() -> None:
    with pytest.raises(BadValue, match="one of sans-serif, serif, monospace"):
        planned("txt=a&txt-font=serif,monospace", SMALL)


@pytest.mark.parametrize(
    "query, wraps", [("", True), ("txt-clip=end", False), ("txt-fit=max", False), ("txt-lines=2&txt-clip=end", True)]
)  # fmt: skip
def test_text_that_is_cut_or_fitted_is_wrapped_only_if_lines_are_given(
    query: str, wraps: bool
) -> None:
    assert block_of(f"txt=a&{query}").wraps == wraps


# Pictures.


def test_text_is_below_on_the_right_by_default() -> None:
    left, top, right, bottom = ink(draw("txt=Hx&txt-size=40"))

    assert 286 <= right <= 290
    assert 176 <= bottom <= 190
    assert (left > 200, top > 140) == (True, True)


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA"])
def test_text_has_its_colour_in_every_mode(mode: str) -> None:
    image = draw("txt=%E2%96%88&txt-size=60&txt-color=c00&txt-font=monospace", mode)

    colours = image.convert("RGBA").getcolors(9999) or []
    assert (204, 0, 0, 255) in {colour for count, colour in colours if count > 500}


def test_text_outside_the_picture_changes_nothing() -> None:
    image = draw("txt=Hello&txt-x=-900&txt-y=20")

    assert image.getcolors() == [(60_000, (255, 255, 255))]


@pytest.mark.parametrize("size", [(1, 1), (1, 3000), (3000, 1)])
def test_text_on_a_thin_picture_is_drawn_in_little_memory(size: tuple[int, int]) -> None:
    query = "txt=Hello%20world&txt-size=8000&txt-line=100&txt-shad=10&txt-rot=30"

    assert draw(query, size=size).size == size


def test_an_outline_is_as_wide_as_asked() -> None:
    plain = ink(draw("txt=I&txt-size=90&txt-align=center,middle"))
    for width in (1, 4, 17):
        query = f"txt=I&txt-size=90&txt-align=center,middle&txt-line={width}&txt-line-color=f00"
        box = ink(draw(query))
        grown = [abs(after - before) for before, after in zip(plain, box, strict=True)]
        assert grown == pytest.approx([width] * 4, abs=1)


def test_a_turn_of_90_degrees_swaps_the_sides_of_the_text() -> None:
    level = ink(draw("txt=Hello&txt-size=40&txt-align=center,middle"))
    turned = ink(draw("txt=Hello&txt-size=40&txt-align=center,middle&txt-rot=90"))

    assert turned[2] - turned[0] == pytest.approx(level[3] - level[1], abs=2)
    assert turned[3] - turned[1] == pytest.approx(level[2] - level[0], abs=2)


def test_bold_and_italic_are_other_letters() -> None:
    pictures = [
        draw(f"txt=Hamburg&txt-size=40&txt-font={font}").tobytes()
        for font in ("sans-serif", "bold", "italic", "serif", "serif,bold,italic", "monospace")
    ]

    assert len(set(pictures)) == 6


def test_letters_of_arabic_are_joined() -> None:
    joined = draw("txt=%D8%B9%D8%B1%D8%A8&txt-size=60")
    # A zero-width non-joiner parts two letters, and has no width itself.
    apart = draw("txt=%D8%B9%E2%80%8C%D8%B1%E2%80%8C%D8%A8&txt-size=60")

    assert joined.tobytes() != apart.tobytes()


def test_a_missing_glyph_is_drawn_as_a_box_and_logged_once(lines: list[dict[str, Any]]) -> None:
    query = "txt=a%F0%90%8C%B0%F0%90%8C%B1&txt-size=31"

    assert ink(draw(query)) == ink(draw(query))
    assert lines == [{"event": "missing_glyphs", "count": 2}]


# The cache.


def test_a_block_is_drawn_once_for_all_frames(monkeypatch: pytest.MonkeyPatch) -> None:
    block = block_of("txt=Frames&txt-size=33")
    first = drawn.draw_text(Image.new("RGB", (300, 200), "white"), block)
    monkeypatch.setattr(drawn, "_draw", None)

    second = drawn.draw_text(Image.new("RGB", (300, 200), "white"), block)

    assert first.tobytes() == second.tobytes()


def test_the_cache_holds_a_bounded_number_of_bytes() -> None:
    for at in range(40):
        draw(f"txt={at}{'W' * 20}&txt-size=300&txt-clip=end", size=(1200, 400))

    assert drawn._drawings._bytes <= drawn._CACHED_BYTES
    held = sum(each.bytes for each in drawn._drawings._drawings.values() if each)
    assert held == drawn._drawings._bytes


# Fonts.


def test_a_font_that_is_not_installed_is_named_in_a_clear_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fonts._find.cache_clear()
    monkeypatch.setattr(fonts, "find_spec", lambda _: None)

    with pytest.raises(Unprocessable, match=r"install calotype\[text\]"):
        fonts.select_font(INTER)
    fonts._find.cache_clear()


def read_inter() -> bytes:
    path = fonts._find(fonts._FAMILIES["sans-serif"], is_bold=False, is_italic=False)
    assert path
    return path.read_bytes()


def test_a_font_is_checked_before_it_is_read() -> None:
    whole = read_inter()
    fonts.check_font(whole)

    for broken in (b"", b"\x89PNG" + whole[4:], whole[:300], whole[:5000], whole[:4] + b"\xff\xff" + whole[6:]):  # fmt: skip
        with pytest.raises(Unprocessable, match="the font"):
            fonts.check_font(broken)
    with pytest.raises(Unprocessable, match="more than 32 MB"):
        fonts.check_font(whole + bytes(32_000_000))


SHAPED: Final = "txt=%D8%B9%D8%B1%D8%A8%20%E0%A4%95%E0%A5%8D%E0%A4%B7&txt-size=60"
HIDDEN: Final = f"""
from tests.image.test_text import draw
print(draw({SHAPED!r}).tobytes().hex())
"""


def test_shaping_needs_no_library_of_the_system(tmp_path: Path) -> None:
    for name in ("libfribidi.so", "libfribidi.so.0", "libharfbuzz.so.0", "libraqm.so.0"):
        (tmp_path / name).write_text("hides the library of this name")
    completed = subprocess.run(
        [sys.executable, "-c", HIDDEN],
        env=os.environ | {"LD_LIBRARY_PATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )

    assert completed.stdout.split()[-1] == draw(SHAPED).tobytes().hex()


# Hostile input.

WORDS: Final = st.text(max_size=60) | st.text(
    "aAéЖع\u0651אक्\u094dகกÂ日🇩👍🏽\u200d\ufe0f\u00ad\u2066\u2069\u202e\u0300\U0010ffff\n -",
    max_size=200,
)
NUMBERS: Final = st.sampled_from([0, 1, 2, 9, 40, 100, 900, 8192])
QUERIES: Final = st.fixed_dictionaries(
    {"txt": WORDS},
    optional={
        "txt-size": NUMBERS,
        "txt-pad": NUMBERS,
        "txt-width": NUMBERS,
        "txt-lead": NUMBERS,
        "txt-line": NUMBERS,
        "txt-lines": NUMBERS,
        "txt-x": st.integers(-9000, 9000),
        "txt-y": st.integers(-9000, 9000),
        "txt-track": st.integers(-5, 101),
        "txt-shad": st.sampled_from(["0", "0.5", "10", "11"]),
        "txt-rot": st.integers(-361, 361),
        "txt-fit": st.sampled_from(["max", "min"]),
        "txt-clip": st.sampled_from(["start", "middle,ellipsis", "ellipsis", "none"]),
        "txt-font": st.sampled_from(["serif", "bold,italic", "monospace,serif", "Futura"]),
        "txt-align": st.sampled_from(["top,left", "center", "middle,center", "off"]),
    },
)


def answer(query: dict[str, Any]) -> None:
    """Draw a text, or refuse a value; nothing else may happen."""
    try:
        stage = find_stage(planned(urllib.parse.urlencode(query), SMALL), DrawText)
    except BadValue:
        return
    if stage:
        raster = PillowRaster(Image.new("RGBA", (60, 40)))
        assert stage.apply(raster).size == (60, 40)


@settings(max_examples=2000, deadline=None, suppress_health_check=list(HealthCheck))
@given(QUERIES)
def test_any_text_is_drawn_or_refused(query: dict[str, Any]) -> None:
    answer(query)


@pytest.mark.thorough
@settings(max_examples=20_000, deadline=None, suppress_health_check=list(HealthCheck))
@given(QUERIES)
def test_any_of_many_texts_is_drawn_or_refused(query: dict[str, Any]) -> None:
    answer(query)
