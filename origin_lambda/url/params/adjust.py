"""Adjustments of tones and edges."""

from dataclasses import dataclass
from typing import Annotated

from origin_lambda.url import kinds
from origin_lambda.url.params.param import Group, Param


@dataclass(frozen=True, slots=True, kw_only=True)
class Adjust(Group):
    """Adjustments of the resized picture."""

    title = "Adjustments"
    is_rare = True

    sharp: Annotated[
        int,
        Param(
            "sharp",
            kinds.Whole(0, 100),
            "Sharpen by this many percent: each pixel moves away from the mean of its neighbours "
            "by that share of their difference. Applied after `blur`, and not to padding.",
        ),
    ] = 0
