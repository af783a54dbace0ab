"""How the picture's tones and edges are adjusted."""

from dataclasses import dataclass
from typing import Annotated

from origin_lambda.url import kinds
from origin_lambda.url.params.param import Group, Param


@dataclass(frozen=True, slots=True, kw_only=True)
class Adjust(Group):
    """Corrections of the picture, after it has its size."""

    title = "Adjustments"
    is_rare = True

    sharp: Annotated[
        int,
        Param(
            "sharp",
            kinds.Whole(0, 100),
            "Sharpen by this many percent: each pixel moves away from the mean of its neighbours "
            "by that share of their difference. After `blur`; padding stays as it is.",
        ),
    ] = 0
