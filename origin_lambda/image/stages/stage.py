"""The protocol of a stage, and the facts that it plans with."""

import math
from dataclasses import dataclass
from typing import ClassVar, Protocol, Self

from origin_lambda.image.formats import Ability
from origin_lambda.image.geometry import Box, Size
from origin_lambda.image.layout import Layout
from origin_lambda.image.raster import Bounds, R
from origin_lambda.url.transform import Transform


@dataclass(frozen=True, slots=True)
class Scene:
    """What a stage needs to know besides the transform.

    *box* is the part to keep of the *decoded* pixels. *is_transparent* says whether any pixel can
    be transparent before the background is added. *ability* is what the output format can hold.
    """

    layout: Layout
    decoded: Size
    box: Box
    is_transparent: bool
    ability: Ability


def round_box(box: Box, size: Size, offset: tuple[int, int] = (0, 0)) -> Bounds | None:
    """Return a box in whole pixels within a *size*, moved by *offset*; None if it is empty."""
    left, top = max(0, math.floor(box.left)), max(0, math.floor(box.top))
    right, bottom = min(size.width, math.ceil(box.right)), min(size.height, math.ceil(box.bottom))
    if left >= right or top >= bottom:
        return None
    x, y = offset
    return left + x, top + y, right + x, bottom + y


class Stage(Protocol):
    """The work of one stage, as numbers: a frozen dataclass.

    *parameters* are the URL parameters that this stage applies, for the documented order of work.
    The parameters of geometry are in `layout.PARAMETERS` instead.
    """

    parameters: ClassVar[tuple[str, ...]]

    @classmethod
    def plan(cls, transform: Transform, scene: Scene) -> Self | None:
        """Return the work to do, or None; compute numbers without seeing pixels."""

    def apply(self, raster: R) -> R:
        """Return the raster with the work done, without any decision."""
