"""Makes an SVG harmless with svg-hush, Cloudflare's sanitiser."""

from py_svg_hush import filter_svg

from origin_lambda.errors import Unprocessable

_EMBEDDED = {"image": ["jpeg", "png", "gif", "webp", "avif"]}


def sanitise(data: bytes) -> bytes:
    """Return an SVG without scripts, events, or anything it would load from elsewhere.

    Raises:
        Unprocessable: it is not well-formed.

    """
    try:
        clean: bytes = filter_svg(data, _EMBEDDED)
    except ValueError as error:
        message = "the original is broken"
        raise Unprocessable(message, detail=repr(error)) from error
    return clean
