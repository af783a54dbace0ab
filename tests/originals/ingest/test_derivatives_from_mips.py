"""Derivatives that are rendered from mips."""

import io
from collections.abc import Callable
from functools import partial
from typing import Any, Final

import pytest
from PIL import ExifTags, Image, ImageChops

from origin_lambda.errors import Unprocessable
from origin_lambda.http import Response
from origin_lambda.image.analysis.analyse import Analyser, Analysis, Decoded, MadeMip
from origin_lambda.originals.messages import IngestReason
from origin_lambda.originals.record import OriginalRecord, Status
from tests.support.ingest_world import (
    LONG,
    ONE_MINUTE,
    World,
    fail_calls,
    list_swallowed_failures,
    measure_difference,
    on_first_call,
    open_image,
    version,
)
from tests.support.origin_world import FRESH, read_size
from tests.support.originals import STORED, disc, display_p3, draw, encoded, jpeg, quadrants


def enlarged(name: str) -> Image.Image:
    """Return an original large enough for a mip, with edges and soft tones alike."""
    return Image.open(io.BytesIO(draw(name))).resize((1720, 1146), Image.Resampling.BICUBIC)


def turned(orientation: int) -> bytes:
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    return jpeg(enlarged("photograph").transpose(STORED[orientation]), exif=exif)


LARGE: Final[dict[str, Callable[[], bytes]]] = {
    "photograph": lambda: jpeg(enlarged("photograph")),
    "turned": lambda: turned(6),
    "mirrored": lambda: turned(5),
    "grey": lambda: jpeg(enlarged("photograph").convert("L")),
    "inks": lambda: jpeg(enlarged("photograph").convert("CMYK")),
    "wide gamut": lambda: jpeg(enlarged("photograph"), icc_profile=display_p3()),
    "alpha": lambda: encoded(disc((1720, 1146)), "PNG"),
    "palette": lambda: encoded(enlarged("jpeg").quantize(64), "PNG"),
}


@pytest.mark.parametrize(
    "name, query",
    [
        *((name, "w=300") for name in LARGE),
        ("photograph", "w=200&h=200&fit=crop&crop=right"),
        ("photograph", "w=200&rot=20&bg=fff"),
        ("photograph", "w=200&rect=200,100,1500,1100"),
        ("turned", "w=200&h=300&fit=crop&crop=faces"),
        ("turned", "w=150&flip=h&rot=90"),
        ("alpha", "w=200&h=200&fit=fill&bg=8000ff00"),
        ("alpha", "w=300&fm=jpg&bg=fff"),
    ],
)
def test_a_derivative_from_a_mip_looks_like_one_from_the_original(
    world: World, name: str, query: str
) -> None:
    world.ingest_original(LARGE[name]())
    plainly = "&fm=png" * ("fm=" not in query)
    from_mip = world.ask(query + plainly)
    world.derivatives.port.objects.clear()
    from_original = world.ask(query + plainly)

    assert from_mip.headers["x-calotype"].startswith("render; mip=")
    assert "mip=" not in from_original.headers["x-calotype"]
    one, other = open_image(from_mip), open_image(from_original)
    assert (one.size, one.mode) == (other.size, other.mode)
    mean, worst = measure_difference(one, other)
    assert mean < 1.5
    assert worst < 12


def test_pictures_that_look_different_have_different_analyses(world: World) -> None:
    """What the test above looks with sees a turn, a shift, and a loss of half the pixels."""
    picture = opened_after(world, "photograph", "w=300&fm=png")
    shifted = ImageChops.offset(picture, 2, 0)
    coarse = picture.resize((75, 50)).resize(picture.size, Image.Resampling.NEAREST)

    for other in (picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT), shifted, coarse):
        mean, worst = measure_difference(picture, other)
        assert mean >= 1.5 or worst >= 12


def opened_after(world: World, name: str, query: str) -> Image.Image:
    world.ingest_original(LARGE[name]())
    return open_image(world.ask(query))


def test_with_a_mip_the_original_is_not_read(world: World) -> None:
    world.ingest_original(jpeg(quadrants(LONG)))
    calls = len(world.originals.calls)

    response = world.ask("w=30")

    assert response.headers["x-calotype"].startswith("render; mip=320;")
    assert response.headers["cache-control"] == FRESH
    assert world.originals.calls[calls:] == []


def call_while_measured(world: World, act: Callable[[], object]) -> None:
    """Make ingest call *act* each time before it measures an original."""

    class Interrupted(Analyser[Any]):
        def measure(self, decoded: Decoded[Any]) -> tuple[Analysis, list[MadeMip]]:
            act()
            return Analyser.measure(self, decoded)

    world.analyser = Interrupted


def test_mips_serve_before_the_original_is_measured(world: World) -> None:
    records: list[OriginalRecord] = []
    answers: list[Response] = []

    def ask() -> None:
        records.append(world.record)
        calls = len(world.originals.calls)
        answers.append(world.ask("w=30"))
        assert world.originals.calls[calls:] == []

    call_while_measured(world, ask)
    after = world.ingest_original(jpeg(quadrants(LONG)))

    (early,), (answer,) = records, answers
    assert (early.status, early.analysis, early.is_settled) == (Status.PENDING, None, False)
    assert after.analysis is not None
    assert (early.facts, after.facts) == (after.analysis.facts, after.analysis.facts)
    assert after.probed is None
    assert [mip.size for mip in early.mips] == [mip.size for mip in after.mips]
    assert answer.headers["x-calotype"].startswith("render; mip=320;")
    assert answer.headers["cache-control"] == FRESH


def test_what_depends_on_the_measurements_is_not_kept_while_these_are_made(world: World) -> None:
    answers: list[Response] = []
    call_while_measured(world, lambda: answers.append(world.ask("w=30&h=1&fit=crop&crop=edges")))

    world.ingest_original(jpeg(quadrants(LONG)))

    (answer,) = answers
    assert answer.headers["x-calotype"].startswith("render; mip=320;")
    assert answer.headers["cache-control"] == ONE_MINUTE
    assert world.derivative_keys == []


def test_an_original_that_cannot_be_measured_has_no_mips(world: World) -> None:
    def refuse() -> None:
        message = "the original takes too much memory"
        raise Unprocessable(message)

    call_while_measured(world, refuse)
    record = world.ingest_original(jpeg(quadrants(LONG)))

    assert (record.status, record.facts, record.mips) == (Status.REJECTED, None, ())
    assert world.ask("w=30").status == 422


def test_mips_of_a_former_version_are_not_recorded(world: World) -> None:
    records: list[OriginalRecord] = []
    call_while_measured(world, lambda: records.append(world.record))
    replace = partial(world.ingest_original, draw("png"))
    world.derivatives.before_call = on_first_call("write", replace)

    world.ingest_original(jpeg(quadrants(LONG)))

    assert {record.version for record in records} == {version(draw("png"))}
    assert {record.mips for record in records} == {()}
    assert (world.record.status, world.record.mips) == (Status.READY, ())


@pytest.mark.parametrize("query", ["w=30&lossless=true&fm=webp", "w=3000", "", "rect=0,0,20,20"])
def test_the_original_is_read_if_no_mip_is_good_enough(world: World, query: str) -> None:
    world.ingest_original(jpeg(quadrants(LONG)))
    calls = len(world.originals.calls)

    response = world.ask(query)

    assert response.status == 200
    assert "mip=" not in response.headers["x-calotype"]
    assert world.originals.calls[calls:] == ["read"]
    assert len(world.sent_alerts) == 1


def test_if_a_mip_is_missing_the_original_is_read_and_an_ingest_is_requested(
    world: World,
) -> None:
    record = world.ingest_original(jpeg(quadrants(LONG)))
    world.derivatives.port.objects.clear()

    response = world.ask("w=30")

    assert (response.status, read_size(response)) == (200, (30, 1))
    assert "mip=" not in response.headers["x-calotype"]
    assert world.requests == [(IngestReason.MIP_MISSING, record.version)]
    world.ingest_original(again=True)
    assert "mip=320" in world.ask("w=31").headers["x-calotype"]


def test_if_a_mip_cannot_be_read_the_original_is_read(world: World, lines: list[str]) -> None:
    world.ingest_original(jpeg(quadrants(LONG)))
    world.derivatives.before_call = fail_calls("read")

    response = world.ask("w=30")

    assert (response.status, read_size(response)) == (200, (30, 1))
    assert list_swallowed_failures(lines) == ["derivative", "mip"]


def test_a_missing_mip_of_a_replaced_original_is_not_requested(world: World) -> None:
    world.ingest_original(jpeg(quadrants(LONG)))
    world.derivatives.port.objects.clear()
    world.put(jpeg(quadrants((1800, 60))))

    response = world.ask("w=30")

    assert (response.status, response.headers["cache-control"]) == (200, "no-store")
    assert [reason for reason, _ in world.requests] == [IngestReason.STALE]


def test_a_derivative_from_a_mip_also_gets_a_plainer_format_if_it_is_smaller_so(
    world: World,
) -> None:
    stripes = Image.new("1", (1800, 1200), 1)
    for left in range(0, 1800, 40):
        stripes.paste(0, (left, 0, left + 2, 1200))
    world.ingest_original(encoded(stripes, "PNG"))

    response = world.ask("w=640&q=75&auto=format", headers={"accept": "image/webp"})

    assert response.headers["x-calotype"].startswith("render; mip=1280; fm=png;")
