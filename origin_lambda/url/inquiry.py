"""Tells what a transform asks for: metadata or a picture, and what has to be known first."""

from origin_lambda.url.transform import Transform
from origin_lambda.url.values import Auto, Info


def is_metadata_request(transform: Transform) -> bool:
    """Return whether the answer is metadata of the original, not a picture."""
    return transform.information.palette is not None or isinstance(transform.output.format, Info)


def needs_sample(transform: Transform) -> bool:
    """Return whether the plan depends on pixels of the original (`image/sample.py`)."""
    return transform.trim.mode is not None or Auto.ENHANCE in transform.output.auto
