"""The sweep of stale derivatives."""

import pytest

from origin_lambda.image.formats import Kind
from origin_lambda.image.geometry import Size
from origin_lambda.image.mips import Mip
from origin_lambda.originals.mip_keys import mip_key
from origin_lambda.ports import ObjectMetadata
from tests.support.ingest_world import KEY, LONG, PLAIN, World
from tests.support.originals import jpeg, quadrants


def test_a_sweep_keeps_what_is_not_stale(world: World) -> None:
    world.ingest_original(jpeg(quadrants(LONG)))
    world.ask("w=30")
    everything = dict(world.derivatives.port.objects)

    world.ingest.sweep(KEY, invalidate=False)

    assert world.derivatives.port.objects == everything
    assert len(everything) == 6
    assert world.edge.calls == []


@pytest.mark.parametrize("invalidate", [False, True])
def test_a_sweep_of_an_unknown_original_deletes_everything(world: World, invalidate: bool) -> None:
    notes = {"version": "v0"}
    world.derivatives.port.write(
        f"{KEY}/r=4", b"", ObjectMetadata("image/jpeg", user_metadata=notes)
    )
    world.derivatives.port.write(mip_key(KEY, "v0", Mip(Size(9, 9), Kind.JPEG)), b"", PLAIN)

    world.ingest.sweep(KEY, invalidate=invalidate)

    assert world.derivatives.port.objects == {}
    assert world.edge.port.invalidated == ["/cats/tom.jpg"]
