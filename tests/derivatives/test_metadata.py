"""Metadata of originals: whole requests, through real ingest, with ports in memory."""

import base64
import io
import json
import math
import re
from typing import Any

import pytest
from PIL import ExifTags, Image, ImageStat

from edge.local.function import VIEWER_RESPONSE, Function
from infra.docs.reference import build_page
from origin_lambda.adapters.memory import MemoryEdge, MemoryQueue
from origin_lambda.adapters.pillow.codec import PillowCodec
from origin_lambda.adapters.pillow.measurer import PillowMeasurer
from origin_lambda.adapters.svg_hush import sanitise
from origin_lambda.http import Response
from origin_lambda.image.analysis import palette
from origin_lambda.image.analysis.analyse import Analyser
from origin_lambda.image.analysis.measure import FocalPoint, Measurements, Swatch
from origin_lambda.image.probe import Limits
from origin_lambda.originals.catalog import find_record
from origin_lambda.originals.ingest import Ingest
from origin_lambda.originals.purge import Purge
from origin_lambda.originals.record import Annotations, OriginalRecord
from origin_lambda.url.grammar import OriginalKey
from origin_lambda.url.values import Colour
from tests.support.faces import FixedDetector
from tests.support.origin_world import (
    CHROME,
    FOREVER,
    FRESH,
    PHOTO,
    World,
    build_world,
    read_error,
    read_size,
)
from tests.support.originals import (
    COPYRIGHT,
    GREEN,
    RED,
    display_p3,
    draw,
    encoded,
    jpeg,
    quadrants,
)
from tests.support.svg_bombs import multiplied_copies

FOR_NOW = "public, max-age=60"
QUERIES = ["fm=json", "fm=blurhash", "fm=thumbhash", "palette=json", "palette=css"]
ABOUT_PIXELS = QUERIES[1:]


def ingest(made: World) -> Ingest:
    return Ingest(
        originals=made.originals,
        derivatives=made.derivatives,
        catalog=made.catalog,
        alerts=None,
        purge=Purge(made.derivatives, MemoryQueue(), MemoryEdge()),
        analyser=Analyser(PillowCodec(), PillowMeasurer(), sanitise, Limits(), FixedDetector()),
    )


def build_ingested(name: str = "photograph", body: bytes | None = None) -> World:
    """Return a world whose catalog knows what `cats/tom.jpg` is."""
    made = build_world()
    made.put(PHOTO, body or draw(name))
    ingest(made).ingest(PHOTO)
    return made


def ask(made: World, query: str, **options: Any) -> Response:
    return made.ask("/cats/tom.jpg", query, **options)


def document(made: World) -> dict[str, Any]:
    return dict(json.loads(ask(made, "fm=json").body))


def calotype_fields(made: World) -> dict[str, Any]:
    return dict(document(made)["calotype"])


def record_of(made: World) -> OriginalRecord:
    record = find_record(made.catalog, PHOTO)
    assert record is not None
    return record


def measurements_of(made: World) -> Measurements:
    analysis = record_of(made).analysis
    assert analysis is not None
    assert analysis.measurements is not None
    return analysis.measurements


@pytest.fixture
def photo() -> World:
    return build_ingested()


# Answers are like any other derivative's.


@pytest.mark.parametrize(
    "query, media_type, file_name",
    [
        ("fm=json", "application/json", "tom.json"),
        ("fm=blurhash", "text/plain", "tom.txt"),
        ("fm=thumbhash", "text/plain", "tom.txt"),
        ("palette=json", "application/json", "tom.json"),
        ("palette=css", "text/css", "tom.css"),
    ],
)
def test_an_answer_has_a_type_and_a_file_name_and_is_stored(
    photo: World, query: str, media_type: str, file_name: str
) -> None:
    first = ask(photo, query)
    second = ask(photo, query)

    assert first.status == 200
    assert first.headers["content-type"] == second.headers["content-type"] == media_type
    assert first.headers["content-disposition"] == f'inline; filename="{file_name}"'
    assert first.headers["cache-control"] == FRESH
    assert first.headers["x-calotype"] == f"render; {query}"
    assert second.headers["x-calotype"] == f"stored; {query}"
    assert second.body == first.body
    assert first.headers["etag"] == second.headers["etag"]
    assert list(photo.derivatives.objects) == [f"cats/tom.jpg/{query},r=4"]


@pytest.mark.parametrize("query", QUERIES)
def test_nothing_of_the_original_is_read_once_it_is_ingested(photo: World, query: str) -> None:
    photo.originals.objects.clear()

    assert ask(photo, query).status == 200


@pytest.mark.parametrize("query", QUERIES)
def test_parameters_of_the_picture_do_not_change_the_answer(photo: World, query: str) -> None:
    spellings = [
        query,
        f"w=50&{query}",
        f"{query}&fit=crop&crop=faces&w=5&h=5&rot=90&rect=0,0,9,9&q=5",
        f"{query}&auto=format,compress&dpr=2",
    ]

    answers = [ask(photo, each, headers=CHROME) for each in spellings]

    assert len({answer.body for answer in answers}) == 1
    assert len({answer.headers["etag"] for answer in answers}) == 1
    assert len(photo.derivatives.objects) == 1
    assert all("vary" not in answer.headers for answer in answers)


@pytest.mark.parametrize("query", QUERIES)
def test_head_and_conditions_work_as_for_a_picture(photo: World, query: str) -> None:
    got = ask(photo, query)

    head = ask(photo, query, method="HEAD")
    unchanged = ask(photo, query, headers={"if-none-match": got.headers["etag"]})

    assert (head.status, head.body) == (200, b"")
    assert head.headers["content-length"] == str(len(got.body))
    assert head.headers["content-type"] == got.headers["content-type"]
    assert (unchanged.status, unchanged.body) == (304, b"")
    assert "vary" not in unchanged.headers


@pytest.mark.parametrize("query", QUERIES)
def test_the_edge_passes_it_on_as_it_is_stored(photo: World, query: str) -> None:
    ask(photo, query)
    ((key, blob),) = photo.derivatives.objects.items()
    stored = {
        "content-type": {"value": blob.metadata.media_type},
        "x-amz-meta-brief": {"value": blob.metadata.user_metadata["brief"]},
    }
    event = {
        "request": {"uri": f"/{key}", "headers": {}},
        "response": {"headers": stored, "statusCode": 200},
    }

    shown = Function(VIEWER_RESPONSE.read_text())(event)

    assert shown["headers"] == {
        "content-type": {"value": blob.metadata.media_type},
        "x-calotype": {"value": f"stored; {query}"},
    }


def test_a_version_token_and_a_file_name_count_here_too(photo: World) -> None:
    response = ask(photo, "fm=json&v=2&dl=facts.json")

    assert response.headers["cache-control"] == FOREVER
    assert response.headers["content-disposition"] == 'attachment; filename="facts.json"'


def test_a_palette_goes_before_a_format(photo: World) -> None:
    assert ask(photo, "palette=css&fm=json").headers["content-type"] == "text/css"
    assert ask(photo, "palette=css&fm=webp").headers["content-type"] == "text/css"


# Before ingest has been.


@pytest.mark.parametrize("query", QUERIES)
def test_before_ingest_the_original_is_analysed_and_nothing_is_stored(query: str) -> None:
    made = build_world()

    response = ask(made, query)

    assert response.status == 200
    assert response.headers["cache-control"] == FOR_NOW
    assert {"fetch", "survey"} <= set(re.findall(r"(\w+);dur", response.headers["server-timing"]))
    assert not made.derivatives.objects


@pytest.mark.parametrize("query", QUERIES)
def test_a_revalidation_after_ingest_compares_with_the_answer_of_then(query: str) -> None:
    made = build_world()
    before = ask(made, query)

    ingest(made).ingest(PHOTO)
    after = ask(made, query)
    again = ask(made, query, headers={"if-none-match": before.headers["etag"]})

    assert again.headers["cache-control"] == FRESH
    assert again.headers["etag"] == after.headers["etag"]
    assert (again.status == 304) == (after.body == before.body)


@pytest.mark.parametrize("query", QUERIES)
def test_without_a_catalog_the_analysed_answer_is_stored(query: str) -> None:
    made = build_world(catalog=None, queue=None)

    first = ask(made, query)

    assert first.headers["cache-control"] == FRESH
    assert ask(made, query).headers["x-calotype"].startswith("stored")
    assert ask(made, query, headers={"if-none-match": first.headers["etag"]}).status == 304


def test_answers_before_and_after_ingest_differ_only_in_pixel_facts() -> None:
    made = build_world()
    made.put(PHOTO, draw("exif-6"))
    before = calotype_fields(made)

    ingest(made).ingest(PHOTO)

    about_pixels = {"thumbhash", "blurhash", "palette", "focal_point"}
    assert {k: v for k, v in calotype_fields(made).items() if k not in about_pixels} == {
        k: v for k, v in before.items() if k not in about_pixels
    }


# Everything as JSON.


def test_the_metadata_of_a_photograph_is_complete() -> None:
    made = build_ingested("jpeg")

    whole = document(made)

    measurements = measurements_of(made)
    assert whole == {
        "Content-Type": "image/jpeg",
        "Content-Length": str(len(draw("jpeg"))),
        "PixelWidth": 300,
        "PixelHeight": 200,
        "Orientation": 1,
        "Depth": 8,
        "Exif": {},
        "TIFF": {"Orientation": 1},
        "calotype": {
            "schema": 1,
            "version": record_of(made).version,
            "bytes": len(draw("jpeg")),
            "type": "jpeg",
            "width": 300,
            "height": 200,
            "orientation": 1,
            "frames": 1,
            "loop": 0,
            "alpha": False,
            "profile": "",
            "bits": 8,
            "captured": {},
            "artist": "",
            "copyright": "",
            "thumbhash": base64.b64encode(measurements.thumbhash).decode(),
            "blurhash": measurements.blurhash,
            "palette": [
                {"hex": f"#{bytes(each.colour[:3]).hex()}", "share": each.share}
                for each in measurements.palette
            ],
            "focal_point": {
                "x": measurements.focal_point.x,
                "y": measurements.focal_point.y,
                "by": "measurement",
            },
            "alt": "",
            "tags": [],
        },
    }


def test_the_reference_has_every_field(photo: World) -> None:
    whole = document(photo)
    fields = [*whole, *whole["calotype"], *json.loads(ask(photo, "palette=json").body)]

    assert [name for name in fields if f"`{name}`" not in build_page()] == []


def test_sizes_are_upright_and_imgixs_are_as_stored() -> None:
    whole = document(build_ingested("exif-6"))

    stored = (whole["PixelWidth"], whole["PixelHeight"], whole["Orientation"])
    upright = (whole["calotype"]["width"], whole["calotype"]["height"])
    assert stored[2] == whole["TIFF"]["Orientation"] == whole["calotype"]["orientation"] == 6
    assert upright == stored[1::-1]
    assert upright[0] > upright[1]


def test_exposure_and_credit_are_answered_and_nothing_else_of_exif() -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.Artist] = "W. H. F. Talbot"
    exif[ExifTags.Base.Copyright] = COPYRIGHT
    exif[ExifTags.Base.Model] = "Mousetrap No. 2"
    exif[ExifTags.IFD.GPSInfo] = {1: "N", 2: (51.0, 24.0, 50.0)}
    exif[ExifTags.IFD.Exif] = {0x829A: 0.004, 0x829D: 2.8, 0x8827: 200, 0x920A: 25.0}
    made = build_ingested(
        body=jpeg(quadrants(), exif=exif, icc_profile=display_p3()),
    )

    whole = document(made)

    assert whole["Exif"] == {
        "ExposureTime": 0.004,
        "FNumber": 2.8,
        "ISOSpeedRatings": 200,
        "FocalLength": 25.0,
    }
    assert whole["TIFF"] == {
        "Orientation": 1,
        "Artist": "W. H. F. Talbot",
        "Copyright": COPYRIGHT,
    }
    assert whole["ProfileName"] == whole["calotype"]["profile"] != ""
    assert (whole["calotype"]["artist"], whole["calotype"]["copyright"]) == (
        "W. H. F. Talbot",
        COPYRIGHT,
    )
    assert "Mousetrap" not in ask(made, "fm=json").body.decode()
    assert not {"GPS", "IPTC"} & set(whole)


def test_the_frames_of_an_animation_are_counted() -> None:
    facts = calotype_fields(build_ingested("gif-animated"))

    assert facts["type"] == "gif"
    assert facts["frames"] > 1


def test_annotations_of_the_owner_override_measurements(photo: World) -> None:
    before = ask(photo, "fm=json")
    said = Annotations(FocalPoint(0.25, 0.75), "Ein Kätzchen", ("cat", "猫"))
    ingest(photo).annotate(PHOTO, lambda _: said)

    after = ask(photo, "fm=json", headers={"if-none-match": before.headers["etag"]})

    facts = json.loads(after.body)["calotype"]
    assert facts["focal_point"] == {"x": 0.25, "y": 0.75, "by": "owner"}
    assert (facts["alt"], facts["tags"]) == ("Ein Kätzchen", ["cat", "猫"])
    assert "Kätzchen".encode() in after.body


def test_a_replaced_original_has_new_metadata(photo: World) -> None:
    ask(photo, "fm=json")
    photo.put(PHOTO, draw("png"))
    ingest(photo).ingest(PHOTO)

    assert calotype_fields(photo)["type"] == "png"


# Originals without pixels, and without hope.


def test_the_metadata_of_an_svg_has_its_natural_size_and_colours() -> None:
    whole = document(build_ingested("svg"))

    assert whole["Content-Type"] == "image/svg+xml"
    assert (whole["PixelWidth"], whole["PixelHeight"]) == (60, 40)
    facts = whole["calotype"]
    assert (facts["width"], facts["height"], facts["alpha"]) == (60, 40, True)
    assert {each["hex"] for each in facts["palette"]} >= {"#d62828", "#2ca046", "#2654c8"}
    assert len(facts["blurhash"]) == 28


def test_the_metadata_of_an_svg_that_cannot_be_drawn_has_no_measurements() -> None:
    made = build_world()
    made.put(PHOTO, multiplied_copies())
    ingest(made).ingest(PHOTO)
    ingest(made).annotate(PHOTO, lambda _: Annotations(FocalPoint(0, 0)))

    facts = document(made)["calotype"]

    nothing = ("thumbhash", "blurhash", "palette")
    assert [facts[name] for name in nothing] == [None] * 3
    assert facts["focal_point"] == {"x": 0, "y": 0, "by": "owner"}


@pytest.mark.parametrize("query", ABOUT_PIXELS)
def test_an_svg_that_cannot_be_drawn_has_neither_placeholder_nor_palette(query: str) -> None:
    made = build_world()
    made.put(PHOTO, multiplied_copies())
    response = ask(made, query)

    assert (response.status, read_error(response)["code"]) == (415, "not-a-picture")
    assert "SVG" in read_error(response)["message"]


@pytest.mark.parametrize("query", QUERIES)
@pytest.mark.parametrize(
    "name, status", [("text", 415), ("png-bomb", 422), ("jpeg-truncated-header", 422)]
)
def test_a_rejected_original_answers_with_its_refusal(query: str, name: str, status: int) -> None:
    made = build_world()
    made.put(PHOTO, draw(name))
    before = ask(made, query)

    ingest(made).ingest(PHOTO)
    after = ask(made, query)

    assert before.status == after.status == status
    assert read_error(before) == read_error(after)


@pytest.mark.parametrize("query", QUERIES)
def test_a_missing_original_has_no_metadata_even_with_a_fallback(query: str) -> None:
    made = build_world(fallback=OriginalKey(PHOTO))

    response = made.ask("/missing.jpg", query)

    assert (response.status, read_error(response)["code"]) == (404, "no-such-original")


def test_an_original_over_the_limit_is_not_fetched_for_its_metadata() -> None:
    made = build_world(limits=Limits(bytes_in=100))

    assert ask(made, "fm=json").status == 413


# Placeholders.

_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz#$%*+,-.:;=?@[]^_{|}~"


def _number(text: str) -> int:
    return sum(_DIGITS.index(digit) * 83**place for place, digit in enumerate(reversed(text)))


def _linear(value: float) -> float:
    value /= 255
    return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4


def _srgb(value: float) -> float:
    value = min(max(value, 0), 1)
    return 255 * (value * 12.92 if value <= 0.0031308 else 1.055 * value ** (1 / 2.4) - 0.055)


def decode_blurhash(blurhash: str, x: float, y: float) -> list[float]:
    """Return the colour that a BlurHash has at a share of its sides, after its specification.

    https://github.com/woltapp/blurhash/blob/master/Algorithm.md
    """
    across, down = _number(blurhash[0]) % 9 + 1, _number(blurhash[0]) // 9 + 1
    assert len(blurhash) == 4 + 2 * across * down
    largest = (_number(blurhash[1]) + 1) / 166
    average = _number(blurhash[2:6])
    waves = [[_linear(average >> shift & 255) for shift in (16, 8, 0)]]
    for at in range(6, len(blurhash), 2):
        packed = _number(blurhash[at : at + 2])
        parts = ((packed // 19**place % 19 - 9) / 9 for place in (2, 1, 0))
        waves.append([math.copysign(part * part, part) * largest for part in parts])
    return [
        _srgb(
            sum(
                wave[channel]
                * math.cos(math.pi * x * (at % across))
                * math.cos(math.pi * y * (at // across))
                for at, wave in enumerate(waves)
            )
        )
        for channel in range(3)
    ]


def mean_error(picture: Image.Image, blurhash: str) -> float:
    """Return by how much a BlurHash misses a picture on average, 0 to 255, on a grid of 4x4."""
    size = 4, 4
    seen = picture.resize(size, Image.Resampling.BOX).convert("RGB").tobytes()
    places = [((x + 0.5) / size[0], (y + 0.5) / size[1]) for y in range(4) for x in range(4)]
    shown = [channel for place in places for channel in decode_blurhash(blurhash, *place)]
    return sum(abs(a - b) for a, b in zip(seen, shown, strict=True)) / len(shown)


def test_a_blurhash_decodes_back_to_about_the_picture(photo: World) -> None:
    picture = Image.open(io.BytesIO(draw("photograph")))

    blurhash = ask(photo, "fm=blurhash").body.decode()

    assert mean_error(picture, blurhash) < 10


@pytest.mark.parametrize("turn", range(1, 9))
def test_a_blurhash_is_the_right_way_up(turn: int) -> None:
    upright = quadrants()
    others = [upright.transpose(method) for method in Image.Transpose]

    blurhash = ask(build_ingested(f"exif-{turn}"), "fm=blurhash").body.decode()

    assert mean_error(upright, blurhash) < min(mean_error(other, blurhash) for other in others) - 10


def test_a_thumbhash_is_the_measured_one_in_base64(photo: World) -> None:
    text = ask(photo, "fm=thumbhash").body

    assert base64.b64decode(text, validate=True) == measurements_of(photo).thumbhash


# Palettes: the shape of imgix's answers.


def test_a_palette_has_the_frequent_colours_the_named_and_the_luminance(photo: World) -> None:
    answer = json.loads(ask(photo, "palette=json").body)

    assert set(answer) == {"colors", "average_luminance", "dominant_colors"}
    assert len(answer["colors"]) == 6
    assert set(answer["dominant_colors"]) <= set(NAMES)
    measured_too = {f"#{bytes(each.colour[:3]).hex()}" for each in measurements_of(photo).palette}
    for colour in (*answer["colors"], *answer["dominant_colors"].values()):
        assert set(colour) == {"red", "green", "blue", "hex"}
        assert colour["hex"] in measured_too
        channels = [round(255 * colour[name]) for name in ("red", "green", "blue")]
        assert f"#{bytes(channels).hex()}" == colour["hex"]


NAMES = ["vibrant", "vibrant_light", "vibrant_dark", "muted", "muted_light", "muted_dark"]


def test_channels_are_written_like_imgixs() -> None:
    answer = json.loads(ask(build_ingested("jpeg"), "palette=json&colors=16").body)

    (yellow,) = (each for each in answer["colors"] if each["hex"].startswith("#f8"))
    assert yellow["red"] == 0.972549


@pytest.mark.parametrize("name", ["photograph", "jpeg", "jpeg-cmyk", "png-16"])
def test_the_luminance_is_about_that_of_the_picture(name: str) -> None:
    made = build_ingested(name)
    picture = Image.open(io.BytesIO(ask(made, "fm=png&bg=fff").body)).convert("RGB")
    red, green, blue = ImageStat.Stat(picture).mean
    luma = (0.2126 * red + 0.7152 * green + 0.0722 * blue) / 255

    answer = json.loads(ask(made, "palette=json").body)

    assert answer["average_luminance"] == pytest.approx(luma, abs=0.05)


@pytest.mark.parametrize("count", [0, 1, 3, 16])
def test_there_are_as_many_colours_as_asked_for_if_it_has_so_many(photo: World, count: int) -> None:
    answer = json.loads(ask(photo, f"palette=json&colors={count}").body)
    rules = ask(photo, f"palette=css&colors={count}").body.decode()

    assert len(answer["colors"]) == min(count, len(measurements_of(photo).palette))
    assert len(re.findall(r"image-fg-\d+ ", rules)) == len(answer["colors"])
    assert answer["dominant_colors"]


@pytest.mark.parametrize("query", ["colors=17", "colors=-1", "prefix=a%20b", "palette=xml"])
def test_what_a_palette_cannot_be_is_refused(photo: World, query: str) -> None:
    assert ask(photo, f"palette=css&{query}").status == 400


RULE = re.compile(r"\.(\S+)-(fg|bg)-(\S+) \{ (?:background-)?color:(#[0-9a-f]{6}) !important; \}")


def test_a_stylesheet_has_two_classes_for_every_colour_and_white_and_black(photo: World) -> None:
    answer = json.loads(ask(photo, "palette=json").body)

    lines = ask(photo, "palette=css").body.decode().splitlines()

    rules = [match.groups() for match in map(RULE.fullmatch, lines) if match]
    assert len(rules) == len(lines)
    grounds = {
        ground: {name: hex_ for _, g, name, hex_ in rules if g == ground} for ground in ("fg", "bg")
    }
    assert grounds["fg"] == grounds["bg"]
    numbered = {str(at): colour["hex"] for at, colour in enumerate(answer["colors"], 1)}
    named = {
        name.replace("_", "-"): colour["hex"] for name, colour in answer["dominant_colors"].items()
    }
    extremes = {name: hex_ for name, hex_ in grounds["fg"].items() if name.startswith("ex-")}
    assert grounds["fg"] == numbered | named | extremes
    assert set(extremes.values()) == {"#ffffff", "#000000"}
    assert ".image-fg-1 { color:" in lines[0]
    assert ".image-bg-1 { background-color:" in lines[1]


@pytest.mark.parametrize(
    "prefix, selector",
    [
        ("frog", ".frog-fg-1"),
        ("a.b", r".a\.b-fg-1"),
        ("1st", r".\31 st-fg-1"),
        ("-2", r".-\32 -fg-1"),
        ("--x_Y", ".--x_Y-fg-1"),
    ],
)
def test_classes_have_the_prefix_as_css_takes_it(photo: World, prefix: str, selector: str) -> None:
    rules = ask(photo, f"palette=css&prefix={prefix}").body.decode()

    assert rules.startswith(f"{selector} {{ color:#")


def test_a_transparent_picture_has_no_colours() -> None:
    made = build_ingested(body=encoded(Image.new("RGBA", (20, 20)), "PNG"))

    answer = json.loads(ask(made, "palette=json").body)

    assert answer == {"colors": [], "average_luminance": 0, "dominant_colors": {}}
    assert calotype_fields(made)["palette"] == []


# The order of imgix's own answers, as their users have published them.

PUBLISHED = [
    # imgix-palette-tool's README: a luminance of 0.38.
    (True, ["fa9e5a", "48abe6", "389cd3", "0483bc", "a45f59", "8f1613"]),
    # palettetools' README: a luminance of 0.71.
    (False, ["0d0c10", "015091", "0870d3", "239be0", "b1dfeb", "f0c9b4"]),
    # imgix's documentation of `palette`, of a dark picture.
    (True, ["ffd807", "6dca9a", "04a450", "971d01", "566363", "463a49"]),
]


@pytest.mark.parametrize("dark, order", PUBLISHED)
def test_colours_come_in_imgixs_order(dark: bool, order: list[str]) -> None:
    swatches = [Swatch(Colour(*bytes.fromhex(hex_)), 0.01) for hex_ in sorted(order)]
    ground = Swatch(Colour(10, 10, 10) if dark else Colour(240, 240, 240), 0.94)

    chosen = palette.select_frequent([*swatches, ground], 7)

    assert [bytes(each[:3]).hex() for each in chosen if each != ground.colour] == order


def test_the_most_frequent_colours_are_chosen() -> None:
    rare, common = Swatch(Colour(*RED), 0.1), Swatch(Colour(*GREEN), 0.9)

    assert palette.select_frequent([rare, common], 1) == [common.colour]


SIX = {
    "vibrant": Colour(230, 25, 25),
    "vibrant_light": Colour(255, 150, 130),
    "vibrant_dark": Colour(120, 10, 10),
    "muted": Colour(100, 150, 110),
    "muted_light": Colour(190, 195, 200),
    "muted_dark": Colour(50, 60, 80),
}


def test_each_of_six_names_finds_its_colour() -> None:
    swatches = [Swatch(colour, 1 / 6) for colour in SIX.values()]

    assert palette.select_named(swatches) == SIX


def test_the_vivid_dark_and_light_colours_are_those_of_a_gradient() -> None:
    swatches = [Swatch(colour, 1 / 6) for colour in SIX.values()]

    assert palette.select_dark_and_light(swatches) == (SIX["vibrant_dark"], SIX["vibrant_light"])


def test_greys_give_a_gradient_their_darkest_and_lightest_shade() -> None:
    greys = [Swatch(Colour(each, each, each), 0.5) for each in (128, 130)]

    assert palette.select_dark_and_light(greys) == (greys[0].colour, greys[1].colour)
    assert palette.select_dark_and_light([]) is None


def test_one_colour_has_one_name() -> None:
    assert palette.select_named([Swatch(Colour(*RED), 1.0)]) == {"vibrant": Colour(*RED)}


def test_greys_are_muted_and_nothing_else() -> None:
    greys = [Swatch(Colour(each, each, each), 0.2) for each in range(0, 256, 51)]

    assert {name.partition("_")[0] for name in palette.select_named(greys)} == {"muted"}


def test_of_two_colours_as_fit_for_a_name_the_frequent_one_gets_it() -> None:
    one, other = Swatch(Colour(230, 25, 25), 0.2), Swatch(Colour(25, 25, 230), 0.8)

    assert palette.select_named([one, other])["vibrant"] == other.colour


def test_a_picture_asked_for_with_a_colour_count_is_a_picture(photo: World) -> None:
    assert read_size(ask(photo, "w=30&colors=3&prefix=x")) == (30, 20)
