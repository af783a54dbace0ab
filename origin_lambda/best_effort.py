"""Best-effort calls: a picture is still answered while a less important service is down."""

from collections.abc import Iterator
from contextlib import contextmanager

from origin_lambda.errors import Archived, Failure
from origin_lambda.log import count


@contextmanager
def best_effort(what: str) -> Iterator[None]:
    """Suppress a failure of the ports that are called inside, and count it by *what*.

    An object that S3 has archived counts as one: a mip or derivative is then made again. Used for
    the catalog, the ingest queue and the store of derivatives, never for an original.
    """
    try:
        yield
    except (Failure, Archived) as error:
        count("Tolerated", what=what, detail=error.detail)
