"""Refuses an original that needs more memory than the process has."""

from collections.abc import Iterator
from contextlib import contextmanager

from origin_lambda.errors import Unprocessable


@contextmanager
def refuse_without_memory() -> Iterator[None]:
    """Refuse an original if an allocation for it fails.

    Raises:
        Unprocessable: an allocation failed.

    """
    try:
        yield
    except MemoryError as error:
        message = "the original takes too much memory"
        raise Unprocessable(message, detail=repr(error)) from error
