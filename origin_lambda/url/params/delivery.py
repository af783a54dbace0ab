"""How the answer is handed to the browser."""

from dataclasses import dataclass
from typing import Annotated

from origin_lambda.url import kinds
from origin_lambda.url.params.param import Group, Param


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery(Group):
    """What the browser does with the answer; it changes no pixel."""

    title = "Download and caching"
    needs = ""

    download: Annotated[
        str | None,
        Param(
            "dl",
            kinds.Text(200),
            "Answer as a download with this file name; empty for the original's own.",
        ),
    ] = None
    version: Annotated[
        str | None,
        Param(
            "v",
            kinds.Token(64),
            "Ours. A token of your choice that changes with the picture: the answer may then be "
            "cached for a year.",
        ),
    ] = None
