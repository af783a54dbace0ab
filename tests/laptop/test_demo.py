"""The demo originals: they are demo_files once, valid, and licensed."""

import io
import re
import shutil
from pathlib import Path

import pytest
from PIL import Image

from infra import demo
from infra.demo import DEMO, copy_demo, list_missing
from origin_lambda.adapters.pillow.codec import PillowCodec
from origin_lambda.image.derive import derive
from origin_lambda.image.probe import Limits, check
from origin_lambda.stopwatch import Stopwatch
from origin_lambda.url.grammar import parse


@pytest.fixture(scope="module")
def demo_files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demo")
    copy_demo(folder)
    return folder


def test_all_demo_originals_are_copied_and_nothing_else(demo_files: Path) -> None:
    files = {
        path.relative_to(demo_files).as_posix() for path in demo_files.rglob("*") if path.is_file()
    }

    assert files == set(DEMO)


@pytest.mark.parametrize("key", DEMO)
def test_a_demo_original_is_within_the_limits_and_of_its_suffix(demo_files: Path, key: str) -> None:
    facts = PillowCodec().probe((demo_files / key).read_bytes())

    check(facts, Limits())
    assert key.endswith({"jpeg": "jpg"}.get(facts.kind, facts.kind))
    assert min(facts.size) >= 300


@pytest.mark.parametrize("key", DEMO)
def test_a_derivative_of_a_demo_original_is_not_blank(demo_files: Path, key: str) -> None:
    transform = parse("/a", "w=90&h=60&fit=crop&fm=png&bg=white").transform

    derivative = derive(
        (demo_files / key).read_bytes(), transform, PillowCodec(), Limits(), Stopwatch()
    )

    image = Image.open(io.BytesIO(derivative.body)).convert("RGB")
    assert image.size == (90, 60)
    colours = image.getcolors(90 * 60)
    assert colours is not None
    # Even a logo on white has soft edges; a blank or broken picture has hardly any colours.
    assert len(colours) > 100


def test_the_demo_contains_difficult_originals(demo_files: Path) -> None:
    facts = {key: PillowCodec().probe((demo_files / key).read_bytes()) for key in DEMO}

    assert any(fact.orientation != 1 for fact in facts.values())
    assert any(fact.frames > 1 for fact in facts.values())
    assert any(fact.alpha for fact in facts.values())
    assert any(not key.isascii() for key in facts)


def test_the_licence_of_every_demo_picture_is_documented() -> None:
    pictures = Path(demo.__file__).parent / "originals"
    notes = (pictures / "README.md").read_text(encoding="utf-8")

    files = {path.name for path in pictures.iterdir()} - {"README.md"}
    rows = [row for row in notes.splitlines() if re.search("CC0 1.0|CC BY 4.0|public domain", row)]
    assert all(any(f"`{name}`" in row for row in rows) for name in files)


def test_an_existing_demo_original_is_not_replaced(demo_files: Path, tmp_path: Path) -> None:
    for key in DEMO:
        (tmp_path / key).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / key).write_bytes(b"mine")
    (tmp_path / "logos/calotype.png").unlink()

    copy_demo(tmp_path)

    assert (tmp_path / "scenes/sunset.jpg").read_bytes() == b"mine"
    restored = (tmp_path / "logos/calotype.png").read_bytes()
    assert restored == (demo_files / "logos/calotype.png").read_bytes()


def test_an_interrupted_copy_leaves_no_original(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(_source: Path, part: Path) -> None:
        part.write_bytes(b"half")
        raise KeyboardInterrupt

    monkeypatch.setattr(shutil, "copyfile", interrupt)

    with pytest.raises(KeyboardInterrupt):
        copy_demo(tmp_path)

    assert list_missing(tmp_path) == list(DEMO)
