"""The files of the page, and the headers that they are sent with."""

from pathlib import Path
from typing import Final

PAGE: Final = Path(__file__).parent / "page"

TYPES: Final = {".html": "text/html", ".css": "text/css", ".js": "text/javascript"}
"""The media types of the files, by suffix."""


def build_headers(*endpoints: str) -> dict[str, str]:
    """Return the headers of a page that may send requests to its own server and to *endpoints*."""
    return {
        "content-security-policy": build_policy(*endpoints),
        "referrer-policy": "no-referrer",
        "x-content-type-options": "nosniff",
    }


def build_policy(*endpoints: str) -> str:
    """Return the Content-Security-Policy; *endpoints* are URLs of other servers, if any."""
    connections = " ".join(["'self'", *filter(None, endpoints)])
    return (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; "
        f"connect-src {connections}; form-action 'none'; base-uri 'none'; "
        "frame-ancestors 'none'; require-trusted-types-for 'script'"
    )
