"""Download names, version tokens, and whether an SVG stays one."""

from dataclasses import dataclass
from typing import Annotated

from origin_lambda.url import kinds
from origin_lambda.url.params.param import PICTURE, Group, Param


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery(Group):
    """How the browser saves and caches the answer; no pixel changes.

    Only an SVG can change, which can be answered without pixels.
    """

    title = "Download, caching and SVG"
    needs = ""

    download: Annotated[
        str | None,
        Param(
            "dl",
            kinds.Text(200),
            "Answer as a download with this file name. Empty: the name of the original.",
        ),
    ] = None
    version: Annotated[
        str | None,
        Param(
            "v",
            kinds.Token(64),
            "Ours. A token of your choice. With it the answer is cached for a year, so change the "
            "token when the picture changes.",
        ),
    ] = None
    keeps_svg: Annotated[
        bool,
        Param(
            "rasterize-bypass",
            kinds.Flag(),
            "Answer an SVG original as SVG, whatever else the URL asks for. No effect on other "
            "originals.",
            needs=PICTURE,
            is_rare=True,
        ),
    ] = False
