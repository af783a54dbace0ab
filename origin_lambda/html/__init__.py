"""Writes HTML with URLs of derivatives, for applications in Python (docs/html-in-python.md)."""

from origin_lambda.html.site import ImgixToken, SigningKey, Site
from origin_lambda.html.tags import Html, Source, img, img_url, picture, srcset
from origin_lambda.html.widths import list_widths

__all__ = [
    "Html",
    "ImgixToken",
    "SigningKey",
    "Site",
    "Source",
    "img",
    "img_url",
    "list_widths",
    "picture",
    "srcset",
]
