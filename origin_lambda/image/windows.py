"""Places a window so that it keeps faces in view, and finds the area that faces take."""

import itertools
from collections.abc import Sequence
from typing import Final

from origin_lambda.image.geometry import Box, Extent, place_centred
from origin_lambda.image.subjects import Subject

_SIDES, _ABOVE, _BELOW = 0.15, 0.45, 0.15
"""How far a head reaches beyond the box of its face, in shares of the box.

The box reaches from the eyebrows to the chin.
"""

_MOST: Final = 10
"""The heaviest faces that a window is placed by; the work grows with its third power."""

_ROUNDING: Final = 1e-6
"""A face that is as large as the window fits, although floats are rounded."""


def place_by_faces(picture: Extent, window: Extent, faces: Sequence[Subject]) -> Box:
    """Return the place of a window that keeps the heaviest sum of whole heads.

    If no head fits, this tries the boxes of the faces; if no box fits, the heaviest face is in the
    middle.
    """
    heaviest = sorted(faces, key=lambda face: -face.weight)[:_MOST]
    heads = [(_limit(_enlarge_to_head(face.box), picture), face.weight) for face in heaviest]
    boxes = [(_limit(face.box, picture), face.weight) for face in heaviest]
    kept = _choose(window, heads) or _choose(window, boxes) or [heads[0][0]]
    x, y = find_middle(unite(kept))
    return place_centred(picture, window, x / picture.width, y / picture.height)


def _choose(window: Extent, boxes: Sequence[tuple[Box, float]]) -> list[Box]:
    """Return the boxes that are together whole in some window, with the heaviest sum.

    Some best window has a box at its left edge, and one at its top edge.
    """
    best: list[Box] = []
    most = 0.0
    for (one, _), (other, _) in itertools.product(boxes, repeat=2):
        left, top = one.left, other.top
        inside = [
            (box, weight)
            for box, weight in boxes
            if left <= box.left
            and top <= box.top
            and box.right <= left + window.width + _ROUNDING
            and box.bottom <= top + window.height + _ROUNDING
        ]
        total = sum(weight for _, weight in inside)
        if total > most:
            most, best = total, [box for box, _ in inside]
    return best


def find_area(picture: Extent, faces: Sequence[Subject], times: float) -> Box:
    """Return the area of faces, each *times* as large, within the picture."""
    boxes = []
    for face in faces:
        width, height = face.box.extent
        x, y = find_middle(face.box)
        across, down = width * times / 2, height * times / 2
        boxes.append(_limit(Box(x - across, y - down, x + across, y + down), picture))
    return unite(boxes)


def find_middle(box: Box) -> tuple[float, float]:
    """Return the middle of a box."""
    return (box.left + box.right) / 2, (box.top + box.bottom) / 2


def unite(boxes: Sequence[Box]) -> Box:
    """Return the smallest box that contains all boxes."""
    return Box(
        min(box.left for box in boxes),
        min(box.top for box in boxes),
        max(box.right for box in boxes),
        max(box.bottom for box in boxes),
    )


def _enlarge_to_head(box: Box) -> Box:
    width, height = box.extent
    return Box(
        box.left - _SIDES * width,
        box.top - _ABOVE * height,
        box.right + _SIDES * width,
        box.bottom + _BELOW * height,
    )


def _limit(box: Box, picture: Extent) -> Box:
    """Return the part of a box that lies in the picture."""
    return Box(
        max(box.left, 0.0),
        max(box.top, 0.0),
        min(box.right, picture.width),
        min(box.bottom, picture.height),
    )
