"""A worker renders, refuses unreadable originals, and measures its own time."""

import io
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from PIL import Image

from bench.peers.contestants import AFTER, BEFORE, OURS, starters
from bench.peers.matrix import mip_side
from bench.peers.peer import Ask, Peer, Refused, peak_memory
from origin_lambda.image.mips import RUNGS
from origin_lambda.url.values import Format


@pytest.fixture(scope="module")
def ours() -> Iterator[Peer]:
    with closing(starters(Path("python"), Path())[OURS]()) as worker:
        yield worker


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("originals") / "gradient.jpg"
    Image.radial_gradient("L").resize((2000, 1000)).convert("RGB").save(path)
    return path


@pytest.mark.parametrize("output", [Format.JPEG, Format.WEBP, Format.AVIF])
def test_before_ingest_a_render_is_made_from_the_original(
    ours: Peer, original: Path, output: Format
) -> None:
    answer = ours.render(Ask(original, 400, output, BEFORE))

    assert Image.open(io.BytesIO(answer.body)).size == (400, 200)
    assert mip_side(answer.note) is None
    assert answer.milliseconds > 0


def test_after_ingest_a_render_is_made_from_a_mip(ours: Peer, original: Path) -> None:
    answer = ours.render(Ask(original, 400, Format.JPEG, AFTER))

    assert mip_side(answer.note) in RUNGS


def test_an_unreadable_original_is_refused_and_the_worker_continues(
    ours: Peer, original: Path, tmp_path: Path
) -> None:
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(b"no picture")

    with pytest.raises(Refused, match="NotAPicture"):
        ours.render(Ask(broken, 400, Format.JPEG, BEFORE))

    assert ours.render(Ask(original, 100, Format.JPEG, BEFORE)).body


@pytest.mark.skipif(not Path("/proc").exists(), reason="only Linux has /proc")
def test_the_memory_of_the_worker_is_measured(ours: Peer) -> None:
    assert 10 < peak_memory(ours.pid) < 1000
