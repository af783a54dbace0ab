"""`~text` is an empty picture: text alone, a coloured box, or a layer with text of its own."""

import io
from typing import Final
from urllib.parse import quote

import pytest
from PIL import Image

from origin_lambda import log
from origin_lambda.image.canvas import draw_canvas
from origin_lambda.image.geometry import Size
from origin_lambda.image.probe import Limits
from origin_lambda.settings import DEFAULT_LAYER_PREFIX
from tests.support.ingest_world import World as IngestWorld
from tests.support.origin_world import FRESH, World, build_world, read_error
from tests.support.originals import draw

CANVAS: Final = "/~text"
MOST: Final = 200_000


@pytest.fixture(autouse=True)
def _silent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log, "write", len)


@pytest.fixture
def world() -> World:
    return build_world(limits=Limits(pixels_out=MOST), layer_prefix=DEFAULT_LAYER_PREFIX)


def read(world: World, path: str, query: str) -> Image.Image:
    answer = world.ask(path, f"fm=png&{query}")
    assert answer.status == 200, read_error(answer)
    with Image.open(io.BytesIO(answer.body)) as image:
        return image.convert("RGBA")


@pytest.mark.parametrize(
    "query, size",
    [
        ("w=300&h=100&txt=Hello", (300, 100)),
        ("w=300&h=100&dpr=2&txt=Hello", (600, 200)),
        ("w=120&h=80&bg=f00", (120, 80)),
        ("w=1000&h=1000&txt=Hello", (447, 447)),
    ],
)
def test_a_canvas_has_the_size_that_the_url_says(
    world: World, query: str, size: tuple[int, int]
) -> None:
    assert read(world, CANVAS, query).size == size


def test_without_sides_it_is_as_large_as_its_text(world: World) -> None:
    line = read(world, CANVAS, "txt=Hello&txt-size=40&txt-pad=10")
    padded = read(world, CANVAS, "txt=Hello&txt-size=40&txt-pad=20")
    tall = read(world, CANVAS, "txt=Hello%0AHello&txt-size=40&txt-pad=10")
    narrow = read(world, CANVAS, "txt=Hello%20Hello&txt-size=40&txt-pad=10&w=150")

    assert line.height == 48 + 20
    assert padded.size == (line.width + 20, line.height + 20)
    assert tall.size == (line.width, 2 * 48 + 20)
    assert narrow.size == (150, tall.height)
    left, top, right, bottom = line.getbbox() or (0, 0, 0, 0)
    assert 10 <= left < 20 <= line.width - right + 10
    assert 10 <= top < bottom <= line.height - 10


def test_it_is_transparent_where_no_text_is(world: World) -> None:
    image = read(world, CANVAS, "w=300&h=100&txt=Hello&txt-size=40")

    assert image.getpixel((0, 0))[3] == 0  # type: ignore[index]  # reason: RGBA
    assert image.getchannel("A").getextrema() == (0, 255)


def test_a_layer_can_be_text_beside_the_text_of_the_picture(world: World) -> None:
    mark = quote("~text?txt=Sale&txt-size=30&txt-color=fff&bg=c00")

    plain = read(world, "/cats/tom.jpg", "w=200&txt=Tom")
    marked = read(
        world, "/cats/tom.jpg", f"w=200&txt=Tom&mark={mark}&mark-align=top,left&mark-pad=0"
    )

    assert marked.getpixel((1, 1)) == (204, 0, 0, 255)
    assert marked.crop((150, 60, 200, 133)) == plain.crop((150, 60, 200, 133))


@pytest.mark.parametrize(
    "query, param",
    [
        ("", "txt"),
        ("fm=json", "txt"),
        ("w=300", "txt"),
        ("w=0.5&h=0.5", "txt"),
        ("txt=%20", "txt"),
        ("txt=Hello&txt-font-file=_layers/a.ttf", "txt-font-file"),
    ],
)
def test_what_lacks_a_size_is_refused(world: World, query: str, param: str) -> None:
    answer = world.ask(CANVAS, query)

    assert answer.status in {400, 404}
    assert read_error(answer)["param"] == param


def test_it_is_stored_and_asks_ingest_for_nothing() -> None:
    world = IngestWorld()
    world.ingest_original(draw("jpeg"))
    world.queue.port.sent.clear()

    first, again = (world.ask("txt=Hello&w=200&h=50", key="~text") for _ in range(2))
    layer = world.ask(f"w=90&mark={quote('~text?txt=Hi')}")

    assert [first.headers["cache-control"], layer.headers["cache-control"]] == [FRESH, FRESH]
    assert again.headers["x-calotype"].startswith("stored")
    assert world.queue.port.sent == []
    assert len(world.derivative_keys) == 2


def test_a_canvas_is_a_small_file() -> None:
    data = draw_canvas(Size(4001, 3000))

    assert len(data) < 10_000
    with Image.open(io.BytesIO(data)) as image:
        assert image.size == (4001, 3000)
        assert image.convert("RGBA").getchannel("A").getextrema() == (0, 0)
