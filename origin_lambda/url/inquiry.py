"""Whether a URL asks what is known of an original, instead of for a picture of it."""

from origin_lambda.url.transform import Transform
from origin_lambda.url.values import Info


def is_metadata_request(transform: Transform) -> bool:
    """Return whether the answer describes the original, and shows nothing."""
    return transform.information.palette is not None or isinstance(transform.output.format, Info)
