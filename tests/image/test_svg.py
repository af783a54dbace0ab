"""The natural size of an SVG, what is drawn of it, and what is never read."""

from base64 import b64encode
from pathlib import Path

import pytest
from PIL import Image, ImageChops

from origin_lambda.errors import NotAPicture, Unprocessable
from origin_lambda.image.containers.svg import read_natural_size
from tests.support.originals import draw, encoded
from tests.support.rendering import assert_close, colour_at, quarter_colours, render
from tests.support.svg_bombs import drawing

RED, GREEN, BLUE, YELLOW = (214, 40, 40), (44, 160, 70), (38, 84, 200), (248, 216, 72)
FULL = '<rect width="100%" height="100%" fill="#d62828"/>'

SIZES = [
    ('width="60" height="40"', (60, 40)),
    ('width="60px" height="40.3px" viewBox="0 0 1 1"', (60, 40)),
    ('viewBox="-5 -5 120 30"', (120, 30)),
    ('viewBox="0,0,120,30"', (120, 30)),
    ('width="100%" height="100%" viewBox="0 0 120 30"', (120, 30)),
    ('width="60" viewBox="0 0 120 30"', (60, 15)),
    ('height="60" viewBox="0 0 120 30"', (240, 60)),
    ('width="10em" height="5rem"', (160, 80)),
    ('width="1in" height="72pt"', (96, 96)),
    ('width="25.4mm" height="2.54cm"', (96, 96)),
    ('width="6pc" height="101.6Q"', (96, 96)),
    ("", (300, 150)),
    ('width="60"', (60, 150)),
    ('viewBox="0 0 0 0"', (300, 150)),
    ('viewBox="a b c d"', (300, 150)),
    ('width="-4" height="x"', (300, 150)),
    ('width="9" height="9" style="fill:red;width:60px; height: 40px"', (60, 40)),
    ('width="1e30" height="1e30"', (8192, 8192)),
    ('width="100000" height="50000"', (8192, 4096)),
    ('viewBox="0 0 1.5 1"', (3, 2)),
    ('width="0" height="9"', (0, 0)),
]


@pytest.mark.parametrize("attributes, size", SIZES)
def test_the_natural_size_is_that_of_browsers(attributes: str, size: tuple[int, int]) -> None:
    assert read_natural_size(drawing("", attributes)) == size


@pytest.mark.parametrize(
    "attributes", [each for each, size in SIZES if size[0] and "1e30" not in each]
)
@pytest.mark.parametrize("query", ["w=61&fm=png", "h=43&fm=png", "w=50&h=50&fit=crop"])
def test_a_drawing_fills_its_surface_to_the_edges(attributes: str, query: str) -> None:
    body = '<rect x="-99" y="-99" width="99999" height="99999" fill="#d62828"/>'
    picture = render(drawing(body, f'preserveAspectRatio="none" {attributes}'), query)

    expected = Image.new("RGBA", picture.size, (*RED, 255))
    assert (
        ImageChops.difference(picture.convert("RGBA"), expected).getbbox(alpha_only=False) is None
    )


def test_a_drawing_is_sharp_at_any_size() -> None:
    picture = render("svg", "w=1200&fm=png").convert("RGB")

    assert picture.size == (1200, 800)
    assert_close(quarter_colours(picture), [RED, GREEN, BLUE, YELLOW], within=0)
    edge = [colour_at(picture, (x, 700)) for x in range(590, 610)]
    assert len(set(edge)) <= 3


def test_a_part_of_a_drawing_is_drawn_at_the_size_of_the_result() -> None:
    picture = render("svg", "rect=20,10,20,20&w=400&fm=png")

    assert picture.size == (400, 400)
    assert_close(quarter_colours(picture), [RED, GREEN, BLUE, YELLOW], within=0)
    assert len({colour_at(picture, (x, 300)) for x in range(190, 210)}) <= 3


def test_a_viewbox_off_zero_and_its_aspect_ratio_count() -> None:
    body = '<rect x="-20" y="-10" width="40" height="20" fill="#d62828"/>'
    fitted = render(drawing(body, 'width="80" height="80" viewBox="-20 -10 40 20"'), "fm=png")
    filled = render(drawing(body, 'width="80" height="80" viewBox="-20 -10 40 20" preserveAspectRatio="xMinYMin slice"'), "fm=png")  # fmt: skip

    assert fitted.getchannel("A").getbbox() == (0, 20, 80, 60)
    assert filled.getchannel("A").getbbox() == (0, 0, 80, 80)


def test_percentages_refer_to_the_drawing_whatever_part_is_drawn() -> None:
    body = '<rect width="50%" height="50%" fill="#d62828"/><rect x="50%" width="50%" height="100%" fill="#2ca046"/>'
    picture = render(drawing(body, 'viewBox="0 0 60 40"'), "rect=15,10,30,10&fm=png&w=300")

    assert_close([colour_at(picture, (x, 50)) for x in (10, 140, 160, 290)], [RED, RED, GREEN, GREEN], within=0)  # fmt: skip


@pytest.mark.parametrize(
    "document",
    [
        (b'\xef\xbb\xbf<?xml version="1.0"?>\n<!-- > --><!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/svg11.dtd">\n'
        b'<svg xmlns="http://www.w3.org/2000/svg" width="8" height="8"><rect width="8" height="8" fill="#d62828"/></svg>\n<!-- end -->\n'),
        b'<s:svg xmlns:s="http://www.w3.org/2000/svg" width="8" height="8"><s:rect width="8" height="8" fill="#d62828"/></s:svg>',
        b'<svg xmlns="http://www.w3.org/2000/svg" x="5" y="5" width="8" height="8" data-a="&lt;&quot;&gt;">' + FULL.encode() + b"</svg>",
        '<?xml version="1.0" encoding="utf-16"?><svg xmlns="http://www.w3.org/2000/svg" width="8" height="8"/>'.encode("utf-16"),
    ],
    ids=["prolog", "prefix", "moved", "UTF-16"],
)  # fmt: skip
def test_documents_of_every_form_are_drawn_or_refused(document: bytes) -> None:
    try:
        picture = render(document, "fm=png&w=16")
    except NotAPicture:
        assert document.startswith(b"\xff\xfe")
        return
    assert picture.size == (16, 16)
    assert_close(quarter_colours(picture), [RED] * 4, within=0)


def test_text_is_not_drawn_without_fonts() -> None:
    body = f'{FULL}<text x="9" y="99" font-size="99">Text</text>'
    picture = render(drawing(body, 'width="300" height="200"'), "fm=png")

    assert len(picture.getcolors() or ()) == 1


@pytest.mark.parametrize("size", ["", 'width="0" height="0"'])
def test_an_empty_drawing_is_transparent_or_has_no_pixels(size: str) -> None:
    if size:
        with pytest.raises(Unprocessable, match="has no pixels"):
            render(drawing("", size), "fm=png")
    else:
        assert render(drawing("", size), "fm=png").getchannel("A").getextrema() == (0, 0)


# Nothing outside of a drawing is read.


def test_a_hostile_drawing_shows_its_harmless_part() -> None:
    picture = render("svg-hostile", "fm=png&w=120")

    assert picture.getchannel("A").getbbox() == (0, 0, 40, 40)
    assert colour_at(picture, (20, 20)) == RED


@pytest.mark.parametrize(
    "body",
    [
        '<image href="{url}" width="60" height="40"/>',
        '<image xlink:href="{url}" width="60" height="40"/>',
        '<image href="{path}" width="60" height="40"/>',
        '<filter id="f"><feImage href="{url}"/></filter><rect width="60" height="40" filter="url(#f)"/>',
        '<style>rect{{fill:url({url})}} @import "{url}";</style><image style="href:url({url})"/>',
        '<use href="{url}#a"/>',
        '<pattern id="p" href="{url}#p"/><rect width="60" height="40" fill="url(#p)"/>',
        '<foreignObject width="60" height="40"><img xmlns="http://www.w3.org/1999/xhtml" src="{url}"/></foreignObject>',
        '<image href="data:image/svg+xml;base64,PHN2ZyB4bWxucz0iaHR0cDovL3d3dy53My5vcmcvMjAwMC9zdmciPjxyZWN0IHdpZHRoPSI5OSIgaGVpZ2h0PSI5OSIgZmlsbD0iIzAwZmYwMCIvPjwvc3ZnPg==" width="60" height="40"/>',
    ],
)  # fmt: skip
def test_no_other_file_is_drawn(body: str, tmp_path: Path) -> None:
    path = tmp_path / "secret.png"
    path.write_bytes(encoded(Image.new("RGB", (60, 40), (0, 255, 0)), "PNG"))
    document = drawing(body.format(url=path.as_uri(), path=path), 'width="60" height="40"')

    picture = render(document, "fm=png").convert("RGBA")

    visible_green = ImageChops.multiply(picture.getchannel("G"), picture.getchannel("A"))
    assert visible_green.getextrema() == (0, 0)


@pytest.mark.parametrize(
    "entity",
    ['SYSTEM "file:///etc/hostname"', 'PUBLIC "x" "https://attacker.example/x"', '"' + "x" * 90 + '"'],
)  # fmt: skip
def test_entities_add_nothing(entity: str) -> None:
    document = f"<!DOCTYPE svg [<!ENTITY e {entity}>]>".encode() + drawing(
        f"{FULL}<desc>&e;</desc>", 'width="9" height="9"'
    )

    try:
        picture = render(document, "fm=png")
    except Unprocessable:
        return
    assert_close(quarter_colours(picture), [RED] * 4, within=0)


def test_an_embedded_picture_is_drawn() -> None:
    data = b64encode(draw("png")).decode()
    body = f'<image href="data:image/png;base64,{data}" width="60" height="40"/>'

    assert_close(
        quarter_colours(render(drawing(body, 'width="60" height="40"'), "fm=png&w=240")),
        quarter_colours(render("png")),
    )
