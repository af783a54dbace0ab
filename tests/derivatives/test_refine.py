"""A stored derivative is replaced by a smaller file of the same look, if nothing has changed."""

import io
from typing import Final

import pytest
from PIL import Image

from origin_lambda.adapters.pillow.codec import PillowCodec
from origin_lambda.adapters.pillow.measurer import PillowMeasurer
from origin_lambda.adapters.pillow.slow_files import optimise_file
from origin_lambda.adapters.svg_hush import sanitise
from origin_lambda.derivatives.refine import Outcome, Refinement, Refiner
from origin_lambda.errors import OutOfTime, StoreFailed, Unavailable
from origin_lambda.image.formats import Kind
from origin_lambda.image.source import Decoding
from origin_lambda.ports import Blob
from origin_lambda.stopwatch import Stopwatch
from tests.support.ingest_world import World
from tests.support.originals import draw

KINDS: Final = {"jpg": Kind.JPEG, "webp": Kind.WEBP, "avif": Kind.AVIF, "png": Kind.PNG}


@pytest.fixture
def world() -> World:
    world = World()
    photograph = Image.open(io.BytesIO(draw("photograph"))).resize((480, 320))
    buffer = io.BytesIO()
    photograph.save(buffer, "PNG")
    world.ingest_original(buffer.getvalue())
    return world


def stored_key(world: World) -> str:
    (key,) = (key for key in world.derivatives.port.objects if not key.startswith("."))
    return str(key)


def read_stored(world: World) -> Blob:
    blob: Blob = world.derivatives.port.objects[stored_key(world)]
    return blob


def refine(world: World, deadline: float | None = None) -> Refinement:
    refiner = Refiner(
        world.originals,
        world.derivatives,
        world.catalog,
        world.queue,
        PillowCodec(),
        PillowMeasurer(),
        optimise_file,
        sanitise,
        world.limits,
    )
    return refiner.refine(f"/{stored_key(world)}", Stopwatch(deadline))


@pytest.mark.parametrize("output", KINDS)
def test_a_refined_derivative_is_smaller_and_looks_as_good(world: World, output: str) -> None:
    world.ask(f"w=300&q=40&fm={output}")
    before = read_stored(world)

    refinement = refine(world)

    after = read_stored(world)
    assert refinement == Refinement(Outcome.REFINED, before.stat.size, after.stat.size)
    assert after.stat.size < before.stat.size
    assert after.metadata.media_type == before.metadata.media_type
    assert after.metadata.user_metadata["version"] == before.metadata.user_metadata["version"]
    answer = world.ask(f"w=300&q=40&fm={output}")
    assert answer.headers["x-calotype"].startswith("stored; refined; ")
    shown = world.ask("w=300&fm=png&v=2").body
    assert _score(shown, after.body, output) >= _score(shown, before.body, output)


def _score(reference: bytes, body: bytes, output: str) -> float:
    (first,) = PillowCodec().decode(reference, Decoding(Kind.PNG))
    (other,) = PillowCodec().decode(body, Decoding(KINDS[output]))
    return PillowMeasurer().score_likeness(first.raster, other.raster)


def test_a_derivative_is_refined_only_once(world: World) -> None:
    world.ask("w=400&fm=webp")
    refine(world)
    once = read_stored(world)

    assert refine(world) == Refinement(Outcome.KEPT, once.stat.size, once.stat.size)
    assert read_stored(world) == once


@pytest.mark.parametrize("query", ["", "fm=json", "w=100&fm=gif", "w=40&fm=webp&max-bytes=2000"])
def test_what_cannot_be_refined_stays(world: World, query: str) -> None:
    world.ask(query)
    before = read_stored(world)

    assert refine(world).outcome is Outcome.KEPT
    assert read_stored(world) == before


def test_a_derivative_of_a_replaced_original_is_not_refined(world: World) -> None:
    world.ask("w=400&fm=png")
    before = read_stored(world)
    world.put(draw("jpeg"))

    assert refine(world).outcome is Outcome.CHANGED
    assert read_stored(world) == before


def test_a_derivative_that_changes_during_the_encoding_is_not_replaced(world: World) -> None:
    world.ask("w=400&fm=png")
    key, before = stored_key(world), read_stored(world)

    def change(call: str, *_: object) -> None:
        if call == "replace":
            world.derivatives.port.write(key, b"another file", before.metadata)

    world.derivatives.before_call = change

    assert refine(world).outcome is Outcome.CHANGED
    assert read_stored(world).body == b"another file"


def test_a_deleted_derivative_does_not_come_back(world: World) -> None:
    world.ask("w=400&fm=png")
    key = stored_key(world)

    def delete(call: str, *_: object) -> None:
        if call == "replace":
            world.derivatives.port.delete([key])

    world.derivatives.before_call = delete

    assert refine(world).outcome is Outcome.CHANGED


def test_a_refinement_ends_at_its_deadline_and_changes_nothing(world: World) -> None:
    world.ask("w=400&fm=avif")
    before = read_stored(world)

    with pytest.raises(OutOfTime):
        refine(world, deadline=0)
    assert read_stored(world) == before


def test_nothing_is_replaced_while_the_catalog_is_down(world: World) -> None:
    world.ask("w=400&fm=png")
    before = read_stored(world)
    reads = []

    def fail(call: str, *_: object) -> None:
        reads.append(call)
        if len(reads) > 1:
            message = "the catalog is down"
            raise Unavailable(message)

    world.catalog.before_call = fail

    with pytest.raises(Unavailable):
        refine(world)
    assert read_stored(world) == before


def test_a_failed_write_changes_nothing(world: World) -> None:
    world.ask("w=400&fm=png")
    before = read_stored(world)

    def fail(call: str, *_: object) -> None:
        if call == "replace":
            message = "the bucket is down"
            raise StoreFailed(message)

    world.derivatives.before_call = fail

    assert refine(world).outcome is Outcome.CHANGED
    assert read_stored(world) == before
