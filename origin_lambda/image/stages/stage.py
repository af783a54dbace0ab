"""What a stage is, and what it plans with."""

from dataclasses import dataclass
from typing import ClassVar, Protocol, Self

from origin_lambda.image.formats import Ability
from origin_lambda.image.geometry import Box, Size
from origin_lambda.image.layout import Layout
from origin_lambda.image.raster import R
from origin_lambda.url.transform import Transform


@dataclass(frozen=True, slots=True)
class Scene:
    """What a stage needs to know beside the transform.

    *box* is the part to keep of the *decoded* pixels. *is_transparent* says whether any pixel may
    be transparent in front of the background, *ability* what the format of the result can hold.
    """

    layout: Layout
    decoded: Size
    box: Box
    is_transparent: bool
    ability: Ability


class Stage(Protocol):
    """The work of one stage, as numbers: a frozen dataclass.

    *parameters* are the URL parameters whose effect has the stage's place in the order of work.
    Those of geometry are not among them: `layout` has their order.
    """

    parameters: ClassVar[tuple[str, ...]]

    @classmethod
    def plan(cls, transform: Transform, scene: Scene) -> Self | None:
        """Return the work that there is, or None. Computes numbers; sees no pixels."""

    def apply(self, raster: R) -> R:
        """Return the raster with the work done. Decides nothing."""
