"""Distinguishes requests for an original's metadata from requests for pictures."""

from origin_lambda.url.transform import Transform
from origin_lambda.url.values import Info


def is_metadata_request(transform: Transform) -> bool:
    """Return whether the answer is metadata of the original, not a picture."""
    return transform.information.palette is not None or isinstance(transform.output.format, Info)
