"""Adds groups of parameters to the table while a test runs."""

import dataclasses
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Annotated, Any

from origin_lambda.url.params.param import PICTURE, Group, Param
from origin_lambda.url.transform import TABLE, Access, Table, Transform


def build_group(
    params: Mapping[str, Param], *, lead: str = "", needs: str = PICTURE
) -> type[Group]:
    """Return a rare group with these parameters by field; none has a default."""
    return dataclasses.make_dataclass(
        "Extra",
        [(field, Annotated[Any, param], None) for field, param in params.items()],
        bases=(Group,),
        namespace={"title": "Extra", "lead": lead, "needs": needs, "is_rare": True},
        frozen=True,
        kw_only=True,
    )


@contextmanager
def extend_table(**groups: type[Group]) -> Iterator[Table]:
    """Add groups to the parameter table, each under its field of the transform."""
    extended = dataclasses.make_dataclass(
        "Extended",
        [(name, group, group()) for name, group in groups.items()],
        bases=(Transform,),
        frozen=True,
        kw_only=True,
    )
    before = dict(vars(TABLE))
    vars(TABLE).update(vars(Table(extended, Access)))
    try:
        yield TABLE
    finally:
        vars(TABLE).update(before)
