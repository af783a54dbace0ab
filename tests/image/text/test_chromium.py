"""Lines are where Chromium places them, for the same fonts and the same box."""

import base64
import html
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NamedTuple

import pytest

from origin_lambda.adapters.harfbuzz import fonts
from origin_lambda.adapters.harfbuzz.typesetter import HarfBuzzTypesetter
from origin_lambda.image.geometry import Size
from origin_lambda.image.text.block import FontChoice, TextBlock
from origin_lambda.image.text.layout import LINE_HEIGHT, lay_out
from origin_lambda.url.values import Align, Colour

CHROMIUM: Final = shutil.which("chromium") or shutil.which("google-chrome")
pytestmark = pytest.mark.skipif(not CHROMIUM, reason="chromium is not installed")

WIDTH: Final = 300
NEAR: Final = 2  # pixels

MEASURE: Final = """
text => {
  const box = document.getElementById('box');
  const range = document.createRange();
  range.selectNodeContents(box);
  const start = box.getBoundingClientRect();
  return [...range.getClientRects()].map(
    each => [each.left - start.left, each.top - start.top, each.right - start.left]
  );
}
"""


@dataclass(frozen=True)
class Sample:
    """A text, a font and a size."""

    text: str
    font: FontChoice
    size: int
    align: Align = Align.LEFT


SAMPLES: Final = {
    "latin": Sample(
        "The quick brown fox jumps over the lazy dog, and a well-known VAT-free affine office.",
        FontChoice("sans-serif"), 22,
    ),
    "bold-serif": Sample(
        "Grüße aus Zürich: Ærøskøbing — naïve façade (1,234.50 €).\nNew line",
        FontChoice("serif", is_bold=True), 27, Align.CENTER,
    ),
    "monospace": Sample("for (i = 0; i < 10; i++) print(i)", FontChoice("monospace"), 18, Align.RIGHT),
    "cyrillic": Sample("Съешь же ещё этих мягких французских булок, да выпей чаю.", FontChoice("sans-serif", is_italic=True), 24),
    "hebrew": Sample("גרסה 2.5 של Calotype (חדשה) יצאה היום, 100% בחינם לכולם!", FontChoice("sans-serif"), 24, Align.RIGHT),
    "arabic": Sample("أطلقت شركة Calotype الإصدار 2.5 اليوم (مجانا) للجميع.", FontChoice("sans-serif"), 24, Align.RIGHT),
    "devanagari": Sample("सभी मनुष्यों को गौरव और अधिकारों के मामले में स्वतन्त्रता प्राप्त है।", FontChoice("sans-serif"), 24),
}  # fmt: skip


class Box(NamedTuple):
    """The left end of a line, the top of its letters, and its right end."""

    left: float
    top: float
    right: float


@pytest.fixture(scope="module")
def page() -> Iterator[Any]:
    playwright_api = pytest.importorskip("playwright.sync_api")
    with playwright_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser.new_page()
        browser.close()


def list_font_files(choice: FontChoice) -> Iterator[Path]:
    """Yield the font files for a choice, in the order in which they are tried."""
    for file in (fonts._FAMILIES[choice.family], *fonts._FALLBACKS[:4]):
        path = fonts._find(file, is_bold=choice.is_bold, is_italic=choice.is_italic)
        assert path
        yield path


def write_page(sample: Sample) -> str:
    faces = [
        f"@font-face {{ font-family: f{at}; font-weight: 100 900; src: url(data:font/ttf;base64,"
        f"{base64.b64encode(path.read_bytes()).decode()}) }}"
        for at, path in enumerate(list_font_files(sample.font))
    ]
    families = ", ".join(f"f{at}" for at in range(len(faces)))
    return (
        f"<style>{''.join(faces)} #box {{ font: {700 if sample.font.is_bold else 400} "
        f"{sample.size}px/{LINE_HEIGHT} {families}; width: {WIDTH}px; white-space: pre-line; "
        f"text-align: {sample.align}; unicode-bidi: plaintext }}</style>"
        f'<div id="box">{html.escape(sample.text)}</div>'
    )


def measure_in_chromium(page: Any, sample: Sample) -> list[Box]:
    page.set_content(write_page(sample))
    page.evaluate("document.fonts.ready")
    page.wait_for_function("[...document.fonts].some(each => each.status === 'loaded')")
    lines: dict[int, Box] = {}
    for left, top, right in page.evaluate(MEASURE):
        # A line of several directions or fonts has several boxes.
        at = round(top / (sample.size * LINE_HEIGHT))
        line = lines.get(at, Box(left, top, right))
        lines[at] = Box(min(line.left, left), min(line.top, top), max(line.right, right))
    return [lines[at] for at in sorted(lines)]


def measure_ours(sample: Sample) -> list[Box]:
    block = TextBlock(
        text=sample.text,
        canvas=Size(WIDTH, 500),
        font=sample.font,
        size=sample.size,
        colour=Colour(0, 0, 0),
        across=sample.align,
        down=Align.TOP,
        pad=0,
    )
    typesetter = HarfBuzzTypesetter(sample.font)
    ascent = typesetter.metrics(sample.size).ascent
    return [
        Box(placed.x, placed.baseline - ascent, placed.x + placed.line.width)
        for placed in lay_out(block, typesetter).lines
    ]


@pytest.mark.parametrize("name", SAMPLES)
def test_lines_are_where_chromium_places_them(name: str, page: Any) -> None:
    expected, actual = measure_in_chromium(page, SAMPLES[name]), measure_ours(SAMPLES[name])

    assert len(actual) == len(expected) > 1
    for ours, theirs in zip(actual, expected, strict=True):
        assert ours.left == pytest.approx(theirs.left, abs=NEAR)
        assert ours.right == pytest.approx(theirs.right, abs=NEAR)
        assert ours.top == pytest.approx(theirs.top, abs=NEAR)
