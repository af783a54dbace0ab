"""Refuses an original for which the memory of the process does not suffice."""

from collections.abc import Iterator
from contextlib import contextmanager

from origin_lambda.errors import Unprocessable


@contextmanager
def refuse_without_memory() -> Iterator[None]:
    """Turn an allocation that fails into a refusal of the original that asked for it.

    Raises:
        Unprocessable: an allocation failed.

    """
    try:
        yield
    except MemoryError as error:
        message = "the original takes too much memory"
        raise Unprocessable(message, detail=repr(error)) from error
