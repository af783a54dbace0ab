"""Decides which failures may pass: a picture is owed even when something beside it is down."""

from collections.abc import Iterator
from contextlib import contextmanager

from origin_lambda.errors import Failure
from origin_lambda.log import count


@contextmanager
def best_effort(what: str) -> Iterator[None]:
    """Count a failure of the ports inside, and go on as if it had not been asked.

    Used for the catalog, for the ingest queue and for keeping a derivative, never for an original.
    """
    try:
        yield
    except Failure as error:
        count("Tolerated", what=what, detail=error.detail)
