"""Conditions of access."""

from dataclasses import dataclass
from typing import Annotated

from origin_lambda.url import kinds
from origin_lambda.url.params.param import Group, Param


@dataclass(frozen=True, slots=True, kw_only=True)
class Access(Group):
    """Conditions of access; they are not part of a derivative's name."""

    title = "Access"
    needs = ""

    expires: Annotated[
        int | None,
        Param(
            "expires", kinds.Whole(0, 253_402_300_799), "Unix time after which the URL answers 410."
        ),
    ] = None
