"""Metadata of the original as the answer."""

from dataclasses import dataclass
from typing import Annotated

from origin_lambda.url import kinds
from origin_lambda.url.params.param import Group, Param
from origin_lambda.url.values import Palette


@dataclass(frozen=True, slots=True, kw_only=True)
class Information(Group):
    """The colours and the faces of the original, as data."""

    title = "Colour palette and faces"
    needs = ""
    is_rare = True

    palette: Annotated[
        Palette | None,
        Param(
            "palette",
            kinds.OneOf(tuple(Palette)),
            "Answer with the colours of the original instead of a picture. It overrides `fm`; "
            "see below.",
        ),
    ] = None
    colours: Annotated[
        int,
        Param(
            "colors",
            kinds.Whole(0, 16),
            "How many unnamed colours the palette has.",
            needs="palette",
        ),
    ] = 6
    prefix: Annotated[
        str,
        Param(
            "prefix",
            kinds.Token(64),
            "Prefix of the classes of `palette=css`.",
            needs="palette=css",
        ),
    ] = "image"
    faces: Annotated[
        bool,
        Param(
            "faces",
            kinds.Flag(),
            "List the faces of the original in the answer of `fm=json`; see below.",
            needs="fm=json !palette",
        ),
    ] = False
