"""What is answered in place of a picture."""

from dataclasses import dataclass
from typing import Annotated

from origin_lambda.url import kinds
from origin_lambda.url.params.param import Group, Param
from origin_lambda.url.values import Palette


@dataclass(frozen=True, slots=True, kw_only=True)
class Information(Group):
    """The colours of the original, as data."""

    title = "Colour palette"
    needs = ""
    is_rare = True

    palette: Annotated[
        Palette | None,
        Param(
            "palette",
            kinds.OneOf(tuple(Palette)),
            "Answer with the colours of the original instead of a picture, whatever `fm` says; "
            "see below.",
        ),
    ] = None
    colours: Annotated[
        int,
        Param(
            "colors",
            kinds.Whole(0, 16),
            "How many colours without a name `palette` has.",
            needs="palette",
        ),
    ] = 6
    prefix: Annotated[
        str,
        Param(
            "prefix",
            kinds.Token(64),
            "What the classes of `palette=css` begin with.",
            needs="palette=css",
        ),
    ] = "image"
