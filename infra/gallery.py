"""The page that `make serve` opens with: every original, small."""

import html
from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import Final

from origin_lambda.image.formats import EXTENSIONS
from origin_lambda.url.grammar import escape

_SHOWN: Final = 60
_SUFFIXES: Final = set(EXTENSIONS.values()) | {"jpeg", "heic", "tif"}

_PAGE: Final = """<!doctype html><meta charset="utf-8"><title>Calotype</title>
<meta name="viewport" content="width=device-width"><link rel="icon" href="data:,">
<style>
 body {{ font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 72rem; padding: 0 1rem;
        background: #faf7f2; color: #3b2f25 }}
 main {{ display: grid; grid-template-columns: repeat(auto-fill, minmax(15rem, 1fr)); gap: 1.5rem }}
 figure {{ margin: 0 }}
 img {{ width: 100%; aspect-ratio: 3/2; border-radius: 6px; background: #eee4d6 }}
 figcaption {{ overflow-wrap: anywhere; font-size: .8rem }} code {{ background: #eee4d6 }}
 a {{ color: #8a3f14 }}
</style>
<h1>Calotype</h1>
<p>{count} originals. A picture's URL is its key; add
<code>?w=640&amp;h=480&amp;fit=crop&amp;auto=format</code> to make it any other.</p>
<p><a href="/_/upload">Upload a picture</a> &middot; <a href="/_/alerts">Watch the alerts</a></p>
<main>{figures}</main>
"""
_FIGURE: Final = (
    '<figure><a href="/{path}?w=1600&amp;auto=format"><img loading="lazy" alt="" '
    'src="/{path}?w=360&amp;ar=3:2&amp;fit=crop&amp;auto=format" '
    'srcset="/{path}?w=360&amp;ar=3:2&amp;fit=crop&amp;auto=format&amp;dpr=2 2x"></a>'
    "<figcaption>{name}</figcaption></figure>"
)


def gallery(keys: Sequence[str]) -> str:
    """Return a page that shows the first of these originals."""
    figures = "".join(
        _FIGURE.format(path=escape(key), name=html.escape(key)) for key in keys[:_SHOWN]
    )
    return _PAGE.format(count=len(keys), figures=figures)


def looks_like_picture(key: str) -> bool:
    """Whether a key's suffix is a picture's; what it really is, only its bytes tell."""
    return PurePosixPath(key).suffix.lower().removeprefix(".") in _SUFFIXES
