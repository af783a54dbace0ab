"""Every two parameters of different groups work together, on originals of all kinds."""

import io
import re
from collections.abc import Iterable
from functools import cache
from typing import Final

import pillow_avif  # noqa: F401 reason: its import teaches Pillow to open AVIF
import pytest
from PIL import Image, ImageSequence

from origin_lambda import log
from origin_lambda.http import Response
from origin_lambda.image.probe import Limits
from origin_lambda.url.transform import TABLE
from tests.support.fonts import read_font
from tests.support.origin_world import CHROME, World, build_world, read_error
from tests.support.originals import disc, draw, encoded, quadrants
from tests.support.pairs import Texts, cover_pairs, find_pairs, to_query

ORIGINALS: Final = {
    **{name: draw(name) for name in ("photograph", "png-alpha", "exif-6", "gif-animated")},
    **{name: draw(name) for name in ("jpeg-cmyk", "png-16", "png-16-rgb", "svg")},
    "1x1": encoded(disc().resize((1, 1)), "PNG"),
    "1x5000": encoded(quadrants().resize((1, 5000)), "JPEG"),
}
LAYER, FONT = "a.png", "a.ttf"
"""The layer and the font that the requests name (tests/url/test_equal_keys.py)."""

MEDIA_TYPE_OF_SVG: Final = "image/svg+xml"

MOST: Final = 20_000
"""Pixels of a result. Larger ones are made smaller, so that thousands of them take seconds."""

SHARE: Final = 2
"""The short test renders each request on one of so many originals."""

CLEAR: Final = 100
OPAQUE: Final = 240
"""A pixel whose alpha is below *CLEAR* must not get one of *OPAQUE* and more, nor the reverse."""

KEEPS_ALPHA: Final = ("adjust", "output", "details", "delivery")
"""Groups that change no transparency. Only formats without alpha do, which flatten it."""

FEW_COLOURS: Final = frozenset({"colorquant", "max-bytes"})
"""Parameters that can leave a palette without a transparent colour."""


@pytest.fixture(autouse=True)
def _silent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log, "write", len)


@pytest.fixture(scope="module")
def world() -> World:
    built = build_world(limits=Limits(pixels_out=MOST))
    layers = {LAYER: draw("png-alpha"), FONT: read_font()}
    for name, data in {**ORIGINALS, **layers}.items():
        built.put(name, data)
    return built


@cache
def requests() -> tuple[Texts, ...]:
    return tuple(cover_pairs())


def ask(world: World, name: str, texts: Texts) -> Response:
    return world.ask(f"/{name}", to_query(texts), headers=CHROME)


def is_passed_through(world: World, name: str) -> bool:
    """Return whether an original is answered as it is, whatever the transform."""
    response = world.ask(f"/{name}", "w=9&blur=9")
    return name == "svg" and response.headers["content-type"] == MEDIA_TYPE_OF_SVG


def read_planned_size(response: Response) -> tuple[int, int]:
    planned = re.search(r"; out=(\d+)x(\d+)", response.headers["x-calotype"])
    assert planned, response.headers["x-calotype"]
    return int(planned[1]), int(planned[2])


def lowest_alpha(image: Image.Image) -> int:
    low, _ = image.convert("RGBA").getchannel("A").getextrema()
    assert isinstance(low, int)
    return low


def check(world: World, name: str, texts: Texts) -> None:
    """Check that a request gives a picture of the planned size, with the right transparency."""
    response = ask(world, name, texts)
    if response.status == 400:
        check_padding_has_no_room(world, name, texts, read_error(response))
        return

    assert response.status == 200, read_error(response)
    if response.headers["content-type"] == MEDIA_TYPE_OF_SVG:
        assert (name, texts["rasterize-bypass"]) == ("svg", "true")
        return
    with Image.open(io.BytesIO(response.body)) as image:
        sizes = {frame.size for frame in ImageSequence.Iterator(image)}
        image.seek(0)
        alpha = lowest_alpha(image)
    assert sizes == {read_planned_size(response)}
    if response.headers["content-type"] != "image/jpeg" and FEW_COLOURS.isdisjoint(texts):
        check_alpha(world, name, texts, alpha)


def check_padding_has_no_room(world: World, name: str, texts: Texts, error: dict[str, str]) -> None:
    """Check that a refused request is one whose padding is wider than its box."""
    assert error.get("param") == "pad", error
    pads = {key: int(text) for key, text in texts.items() if key.startswith("pad")}
    rest = {key: text for key, text in texts.items() if key not in pads}
    size = read_planned_size(ask(world, name, rest | {"fm": "png"}))
    assert min(size) <= 2 * max(pads.values()) * float(texts.get("dpr", 1))


def check_alpha(world: World, name: str, texts: Texts, alpha: int) -> None:
    """Check that adjustments and formats make nothing transparent, and nothing opaque."""
    shape = {
        key: text for key, text in texts.items() if TABLE.spellings[key].group not in KEEPS_ALPHA
    }
    with Image.open(io.BytesIO(ask(world, name, shape | {"fm": "png"}).body)) as image:
        expected = lowest_alpha(image)
    assert alpha < OPAQUE or expected >= CLEAR
    assert alpha >= CLEAR or expected < OPAQUE


def check_passed_through(world: World, name: str, texts: Texts) -> None:
    response = ask(world, name, texts)

    if response.status == 200:
        assert response.headers["content-type"] == MEDIA_TYPE_OF_SVG
    else:
        assert (response.status, read_error(response)["code"]) == (415, "not-a-picture")
        assert "fm" in texts


def check_all(world: World, name: str, requested: Iterable[Texts]) -> None:
    how = check_passed_through if is_passed_through(world, name) else check
    failures = []
    for texts in requested:
        try:
            how(world, name, texts)
        except Exception as error:  # noqa: BLE001 reason: the message lists all failures
            failures.append(f"/{name}?{to_query(texts)}: {error!r}")
    assert not failures, "\n".join(failures)


@pytest.mark.parametrize("name", ORIGINALS)
def test_every_pair_of_parameters_renders_on_some_originals(world: World, name: str) -> None:
    turn = list(ORIGINALS).index(name) % SHARE

    check_all(world, name, requests()[turn::SHARE])


@pytest.mark.thorough
@pytest.mark.parametrize("name", ORIGINALS)
def test_every_pair_of_parameters_renders_on_every_original(world: World, name: str) -> None:
    check_all(world, name, tuple(find_pairs().values()))
