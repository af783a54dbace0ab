"""A parameter that names a layer and that only tests have: `mark`."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Annotated, Any, Final
from unittest import mock

from origin_lambda.url import kinds
from origin_lambda.url.grammar import OriginalKey
from origin_lambda.url.params.access import Access
from origin_lambda.url.params.param import Group, Param
from origin_lambda.url.transform import TABLE, Table, Transform


@dataclass(frozen=True, slots=True, kw_only=True)
class Marks(Group):
    """Two layers."""

    title = "Marks"

    first: Annotated[
        OriginalKey | None, Param("mark", kinds.Key(), "Another original.", ("m",))
    ] = None
    second: Annotated[OriginalKey | None, Param("mark-b", kinds.Key(), "One more.")] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkedTransform(Transform):
    """A transform that can name two layers."""

    marks: Marks = Marks()


_MARKED: Final[dict[str, Any]] = vars(Table(MarkedTransform, Access))


@contextmanager
def allow_marks() -> Iterator[None]:
    """Add `mark` and `mark-b` to the parameter table while the block runs."""
    with mock.patch.dict(vars(TABLE), _MARKED):
        yield
