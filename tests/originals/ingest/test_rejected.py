"""Originals that were rejected."""

from typing import Any

import pytest

from origin_lambda.adapters.pillow.codec import PillowCodec
from origin_lambda.adapters.pillow.measurer import PillowMeasurer
from origin_lambda.adapters.svg_hush import sanitise
from origin_lambda.image.analysis.analyse import Analyser
from origin_lambda.image.probe import Limits
from tests.originals.ingest.test_new import REFUSED
from tests.support.ingest_world import LONG, World, fail_calls
from tests.support.origin_world import read_error
from tests.support.originals import draw, jpeg, quadrants

# Originals that were rejected.


@pytest.mark.parametrize("query", ["w=30", "fm=json"])
@pytest.mark.parametrize("name, code", REFUSED)
def test_a_rejected_original_is_refused_without_being_fetched(
    world: World, name: str, code: str, query: str
) -> None:
    world.ingest_original(draw(name))
    world.originals.before_call = fail_calls("stat", "read")

    response = world.ask(query)

    assert 400 < response.status < 500
    reason = world.record.reason
    assert reason is not None
    assert read_error(response) == {"code": code, "message": reason.message}


def test_the_own_bytes_of_a_bomb_are_its_owners_to_have(world: World) -> None:
    world.ingest_original(draw("png-bomb"))

    assert world.ask("").body == draw("png-bomb")


def test_an_original_over_the_limit_is_refused_without_being_fetched(world: World) -> None:
    world.put(draw("jpeg"))
    world.limits = Limits(bytes_in=100)
    world.originals.before_call = fail_calls("read")
    world.ingest_original()

    assert world.ask("w=30").status == 413


# What a surveyor refuses by its first bytes.


@pytest.fixture
def analyser() -> Analyser[Any]:
    return Analyser(PillowCodec(), PillowMeasurer(), sanitise, Limits())


@pytest.mark.parametrize("share", [0.3, 0.6, 1])
@pytest.mark.parametrize(
    "name", ["jpeg", "png", "gif-animated", "webp", "avif", "heic", "tiff", "bmp", "svg"]
)
def test_the_first_bytes_of_a_good_original_are_not_refused(
    analyser: Analyser[Any], name: str, share: float
) -> None:
    analyser.refuse_early(draw(name)[: max(64, int(len(draw(name)) * share))])


def test_a_survey_without_ladders_finds_out_the_same(analyser: Analyser[Any]) -> None:
    whole, mips = analyser.analyse(jpeg(quadrants(LONG)))
    without, none = analyser.analyse(jpeg(quadrants(LONG)), with_mips=False)

    assert whole.facts == without.facts
    assert (len(mips), none) == (5, [])
    assert without.measurements is not None
