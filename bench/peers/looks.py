"""Compare effects with sharp's: pixel by pixel, and in processor time (`looks.toml`)."""

import io
import statistics
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

from PIL import Image, ImageChops, ImageOps, ImageStat

from bench.peers.contestants import AFTER, OURS
from bench.peers.originals import Original
from bench.peers.ours import ingest
from bench.peers.peer import Ask, Peer
from bench.peers.race import race
from infra.demo import FILES
from origin_lambda.image.plan import plan
from origin_lambda.image.probe import Limits
from origin_lambda.url.grammar import find_row, parse, split_query
from origin_lambda.url.values import Format

_TABLE: Final = tomllib.loads(Path(__file__).with_name("looks.toml").read_text())
_LONGEST: Final = 400
_FRAME: Final = 30
_ANY_WIDTH: Final = 10_000  # sharp does not enlarge
_WIDTH, _HEIGHT = 1200, 800
_COVER: Final = f"w={_WIDTH}&h={_HEIGHT}&fit=crop"
_SECONDS: Final = 4.0


@dataclass(frozen=True, slots=True)
class Look:
    """An effect: our query, sharp's methods, and what was measured; *reason* explains a miss."""

    query: str
    sharp: str
    figures: Mapping[str, float]
    reason: str


def compare_pixels(peers: Mapping[str, Peer], folder: Path) -> list[Look]:
    """Return the mean differences of premultiplied samples, of 255, without a resize."""
    paths = dict(_draw(folder))
    return [_compare_pixels(peers, paths, row) for row in _rows("pixels")]


def compare_costs(peers: Mapping[str, Peer], original: Original, folder: Path) -> list[Look]:
    """Return the times of 1200x800 pixels from a mip. sharp gets the mip of a plain resize."""
    ingested = ingest(str(original.path))
    transform = parse("/original", _COVER).transform
    mip = plan(transform, ingested.facts, Limits(), tuple(ingested.mips)).mip
    assert mip, "no mip is large enough"
    path = folder / f"mip-of-{original.path.stem}.{mip.kind}"
    path.write_bytes(ingested.mips[mip])
    return [_race(peers, original.path, path, row) for row in _rows("costs")]


def _rows(part: str) -> Iterator[dict[str, Any]]:
    """Yield the rows of a part whose parameters exist."""
    for row in _TABLE[part]:
        if all(find_row(name) for name, _ in split_query(row["query"]) if name):
            yield row


def _draw(folder: Path) -> Iterator[tuple[str, Path]]:
    with Image.open(FILES / "mountains.jpg") as photo, Image.open(FILES / "calotype.png") as alpha:
        pictures = {"photo": photo.convert("RGB"), "alpha": alpha.convert("RGBA")}
    pictures["grey"] = pictures["photo"].convert("L")
    for name, picture in pictures.items():
        picture.thumbnail((_LONGEST, _LONGEST))
        for kind, each in (("plain", picture), ("framed", ImageOps.expand(picture, _FRAME))):
            each.save(folder / f"look-{kind}-{name}.png")
            yield f"{kind}-{name}", folder / f"look-{kind}-{name}.png"


def _compare_pixels(peers: Mapping[str, Peer], paths: Mapping[str, Path], row: Any) -> Look:
    ours, theirs = {"query": row["query"], "source": "original"}, {"steps": row["sharp"]}
    figures = {}
    for name in ("photo", "alpha", "grey"):
        path = paths[f"{row.get('original', 'plain')}-{name}"]
        one, other = (
            _render(peers[side], Ask(path, _ANY_WIDTH, Format.PNG, settings))
            for side, settings in ((OURS, ours), ("sharp", theirs))
        )
        # A rotation rounds sizes: one side can have a pixel more, which is not compared.
        assert abs(one.width - other.width) < 3 > abs(one.height - other.height), (one, other)
        figures[name] = statistics.mean(ImageStat.Stat(ImageChops.difference(one, other)).mean)
    return _look(row, figures)


def _render(peer: Peer, ask: Ask) -> Image.Image:
    """Return what a peer renders, its colours multiplied by alpha."""
    return Image.open(io.BytesIO(peer.render(ask).body)).convert("RGBA").convert("RGBa")


def _race(peers: Mapping[str, Peer], original: Path, mip: Path, row: Any) -> Look:
    ours = {**AFTER, "query": f"{_COVER}&{row['query']}"}
    theirs = {"height": _HEIGHT, "steps": row["sharp"], "quality": AFTER["q"]}
    sides = {
        OURS: partial(peers[OURS].render, Ask(original, _WIDTH, Format.JPEG, ours)),
        "sharp": partial(peers["sharp"].render, Ask(mip, _WIDTH, Format.JPEG, theirs)),
    }
    one, other = (result.median for result in race(sides, {}, _SECONDS).values())
    return _look(row, {"ours ms": one, "sharp ms": other, "ratio": one / other})


def _look(row: Mapping[str, Any], figures: Mapping[str, float]) -> Look:
    methods = " ".join(f"`{method}()`" for method, *_ in row["sharp"])
    return Look(
        f"`{row['query']}`" if row["query"] else "resize", methods, figures, row.get("reason", "")
    )
