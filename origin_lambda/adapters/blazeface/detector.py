"""Finds faces with MediaPipe's BlazeFace, full range, in looks at squares of the picture.

The first look is at the whole picture, the next ones are at overlapping tiles, for small faces. A
doubtful face is looked at again from close by. docs/faces.md has the numbers behind the limits.
"""

import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from PIL import Image

from origin_lambda.adapters.blazeface.network import load_network, to_input, to_scores
from origin_lambda.adapters.pillow.raster import PillowRaster
from origin_lambda.image.analysis.faces import MAX_FACES, Face, Features
from origin_lambda.image.analysis.measure import FocalPoint
from origin_lambda.image.geometry import Box, Size
from origin_lambda.url.values import WHITE

_SIDE: Final = 192
"""The side of the model's input in pixels."""

_CELLS: Final = 48
"""The anchors are the middles of so many cells a side."""

_DOUBTFUL, _CERTAIN = 0.5, 0.65
"""A face with a score between the two needs a second look; one below is none."""

_MIN_OVERLAP: Final = 0.3
"""Two boxes with a larger overlap (intersection over union) are of the same face."""

_SMALL: Final = 1 / 6
"""If no face is larger than this share of the longest side, the tiles are looked at too."""

_MIN_TILED_SIDE: Final = 2 * _SIDE
"""In a smaller picture, tiles would show no more detail than the first look."""

_TILE, _STEP = 1 / 2, 1 / 4
"""The side of a tile and the distance between tiles, in shares of the longest side."""

_EDGE: Final = 0.02
"""A face so close to the edge of a tile (in shares of its side) is better seen in the next one."""

_CLOSE: Final = 2.0
"""The side of a second look, in sides of the face."""

_MAX_LOOKS: Final = 24
_MAX_SECONDS: Final = 3.0
"""After so many looks, or so long, what was found so far is the answer."""


class _Look(NamedTuple):
    """A square of the picture, which can extend beyond it: its upper left corner and its side."""

    left: float
    top: float
    side: float


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A detection in pixels of the picture: a box, then six points, and a score from 0 to 1."""

    box: Box
    points: tuple[tuple[float, float], ...]
    score: float

    @property
    def size(self) -> float:
        """The longest side of the box."""
        return max(self.box.extent)


class BlazeFace:
    """The product's face detector; see `image.analysis.faces.FaceDetector`."""

    def detect(self, raster: PillowRaster) -> tuple[Face, ...]:
        image = raster.flatten(WHITE).image.convert("RGB")
        looks = _Looks(image)
        longest = max(image.size)
        whole = _Look(-(longest - image.width) / 2, -(longest - image.height) / 2, longest)
        found = looks.take(whole)
        largest = max((each.size for each in found if each.score >= _CERTAIN), default=0.0)
        if longest >= _MIN_TILED_SIDE and largest < _SMALL * longest:
            for tile in _list_tiles(Size(*image.size)):
                found += [each for each in looks.take(tile) if _is_inside(each, tile, image)]
        merged = _merge(found)
        accepted = [each for each in merged if each.score >= _CERTAIN or looks.confirm(each)]
        size = Size(*image.size)
        faces = [_describe(each, size) for each in accepted[:MAX_FACES]]
        return tuple(sorted(faces, key=lambda face: -face.weigh(size)))


class _Looks:
    """Runs the network on squares of one picture, within the limits of number and time."""

    def __init__(self, image: Image.Image) -> None:
        self._image = image
        self._left = _MAX_LOOKS
        self._until = time.monotonic() + _MAX_SECONDS

    def take(self, look: _Look) -> list[_Candidate]:
        """Return the candidates in a square; none after the limits are reached."""
        if not self._left or time.monotonic() > self._until:
            return []
        self._left -= 1
        boxes, logits = load_network().run(_sample(self._image, look))
        scores = to_scores(logits)
        return _merge(
            [
                _locate(at, boxes[at], score, look)
                for at, score in enumerate(scores)
                if score >= _DOUBTFUL
            ]
        )

    def confirm(self, candidate: _Candidate) -> bool:
        """Whether a closer look at a candidate finds the same face with certainty."""
        x, y = _middle(candidate.box)
        side = candidate.size * _CLOSE
        closer = self.take(_Look(x - side / 2, y - side / 2, side))
        return any(
            each.score >= _CERTAIN and _overlap(each.box, candidate.box) > _MIN_OVERLAP
            for each in closer
        )


def _sample(image: Image.Image, look: _Look) -> Any:
    """Return a square of the picture as the model's input: black outside the picture."""
    scale = _SIDE / look.side
    box = (
        max(look.left, 0.0),
        max(look.top, 0.0),
        min(look.left + look.side, image.width),
        min(look.top + look.side, image.height),
    )
    width = max(1, round((box[2] - box[0]) * scale))
    height = max(1, round((box[3] - box[1]) * scale))
    part = image.resize((width, height), Image.Resampling.BILINEAR, box=box)
    canvas = Image.new("RGB", (_SIDE, _SIDE))
    canvas.paste(part, (round((box[0] - look.left) * scale), round((box[1] - look.top) * scale)))
    return to_input(canvas)


def _locate(anchor: int, numbers: Any, score: float, look: _Look) -> _Candidate:
    """Return the candidate of an anchor; its numbers are relative to the anchor's middle."""
    down, across = divmod(int(anchor), _CELLS)
    pairs = [(float(numbers[at]), float(numbers[at + 1])) for at in range(0, 16, 2)]
    scale = look.side / _SIDE
    cell = _SIDE / _CELLS
    x, y = ((each + 0.5) * cell for each in (across, down))
    (middle_x, middle_y), (width, height), *points = pairs
    left, top = middle_x + x - width / 2, middle_y + y - height / 2
    box = Box(left, top, left + width, top + height).scale(scale, scale).move(look.left, look.top)
    return _Candidate(
        box,
        tuple(((px + x) * scale + look.left, (py + y) * scale + look.top) for px, py in points),
        float(score),
    )


def _list_tiles(size: Size) -> Iterator[_Look]:
    """Yield overlapping squares that cover a picture."""
    side, step = max(size) * _TILE, max(size) * _STEP
    for top in _list_starts(size.height, side, step):
        for left in _list_starts(size.width, side, step):
            yield _Look(left, top, side)


def _list_starts(length: int, side: float, step: float) -> list[float]:
    """Return the starts of tiles along a side, equally far apart, or one in the middle."""
    if length <= side:
        return [(length - side) / 2]
    number = math.ceil((length - side) / step)
    return [(length - side) * at / number for at in range(number + 1)]


def _is_inside(candidate: _Candidate, tile: _Look, image: Image.Image) -> bool:
    """Whether a candidate does not touch an edge of its tile that lies inside the picture."""
    margin = _EDGE * tile.side
    left, top, right, bottom = candidate.box
    return (
        (left > tile.left + margin or tile.left <= 0)
        and (top > tile.top + margin or tile.top <= 0)
        and (right < tile.left + tile.side - margin or tile.left + tile.side >= image.width)
        and (bottom < tile.top + tile.side - margin or tile.top + tile.side >= image.height)
    )


def _merge(candidates: Sequence[_Candidate]) -> list[_Candidate]:
    """Return one candidate for each group that overlaps: the mean weighted by score.

    The score is the highest of the group (MediaPipe's weighted non-maximum suppression).
    """
    rest = sorted(candidates, key=lambda each: -each.score)
    merged = []
    while rest:
        best = rest[0]
        group = [each for each in rest if _overlap(each.box, best.box) > _MIN_OVERLAP]
        rest = [each for each in rest if each not in group and each is not best]
        merged.append(_average(group or [best]))
    return merged


def _average(group: Sequence[_Candidate]) -> _Candidate:
    total = sum(each.score for each in group)

    def mean(values: Sequence[float]) -> float:
        return sum(v * each.score for v, each in zip(values, group, strict=True)) / total

    edges = (mean([each.box[at] for each in group]) for at in range(4))
    points = tuple(
        (mean([each.points[at][0] for each in group]), mean([each.points[at][1] for each in group]))
        for at in range(len(group[0].points))
    )
    return _Candidate(Box(*edges), points, group[0].score)


def _overlap(one: Box, other: Box) -> float:
    """Return the intersection of two boxes over their union."""
    width = min(one.right, other.right) - max(one.left, other.left)
    height = min(one.bottom, other.bottom) - max(one.top, other.top)
    if width <= 0 or height <= 0:
        return 0.0
    shared = width * height
    areas = (each.extent.width * each.extent.height for each in (one, other))
    return shared / (sum(areas) - shared)


def _middle(box: Box) -> tuple[float, float]:
    return (box.left + box.right) / 2, (box.top + box.bottom) / 2


def _describe(candidate: _Candidate, size: Size) -> Face:
    """Return a face in shares of the picture.

    The model's points are: the person's right eye, left eye, tip of the nose, mouth, and ears.
    """
    points = [_share(point, size) for point in candidate.points]
    left, top, right, bottom = candidate.box
    return Face(
        Box(*_share((left, top), size), *_share((right, bottom), size)),
        round(candidate.score, 3),
        Features(points[0], points[1], points[3]),
    )


def _share(point: tuple[float, float], size: Size) -> FocalPoint:
    x, y = (min(max(at / side, 0.0), 1.0) for at, side in zip(point, size, strict=True))
    return FocalPoint(round(x, 4), round(y, 4))
