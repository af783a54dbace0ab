"""Render the gallery, the first page of `make serve`: a small picture of every original."""

import html
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final, NamedTuple

from infra.laptop.links import LinkBuilder, build_unsigned_link
from origin_lambda.image.formats import EXTENSIONS
from origin_lambda.image.geometry import Dihedral
from origin_lambda.originals.record import OriginalRecord

MAX_TILES: Final = 60

_SUFFIXES: Final = set(EXTENSIONS.values()) | {"jpeg", "heic", "tif"}

_TEMPLATE: Final = (Path(__file__).parent / "gallery.html").read_text(encoding="utf-8")
_FIGURE: Final = (
    '<figure><a href="{page}"><img loading="lazy" width="360" height="240" alt="{alt}" '
    'src="{single}" srcset="{double} 2x"></a>'
    "<figcaption>{name}{facts}</figcaption></figure>"
)
_REFUSALS: Final = "<h2>Refused</h2>\n<ul>{items}</ul>"
_REFUSAL: Final = '<li>{name} <span class="refused">{reason}</span></li>'

_CROPPED: Final = "w=360&h=240&fit=crop&crop=faces,focalpoint&auto=format"
_WHOLE: Final = "w=360&h=240&fit=clip&auto=format"


class Entry(NamedTuple):
    """An original of the gallery, and its record if the catalog has one."""

    key: str
    record: OriginalRecord | None = None


@dataclass(frozen=True, slots=True)
class GalleryContent:
    """The originals in the tiles, those that were refused, and the number of all others."""

    tiles: Sequence[Entry]
    refused: Sequence[Entry] = ()
    count: int | None = None


def render_gallery(content: GalleryContent, link: LinkBuilder = build_unsigned_link) -> str:
    """Return the page as HTML; *link* builds the URLs of pictures."""
    figures = "".join(_render_figure(entry, link) for entry in content.tiles)
    items = "".join(
        _REFUSAL.format(name=html.escape(key), reason=html.escape(record.reason.message))
        for key, record in content.refused
        if record and record.reason
    )
    refusals = _REFUSALS.format(items=items) if items else ""
    number = len(content.tiles) if content.count is None else content.count
    count = "1 original" if number == 1 else f"{number} originals"
    # The figures come last, because keys can contain anything.
    page = _TEMPLATE.replace("{{COUNT}}", count)
    before, after = page.split("{{FIGURES}}")
    return before + figures + after.replace("{{REFUSALS}}", refusals)


def looks_like_picture(key: str) -> bool:
    """Whether a key has the suffix of a picture; the file may still be something else."""
    return PurePosixPath(key).suffix.lower().removeprefix(".") in _SUFFIXES


def is_refused(record: OriginalRecord | None) -> bool:
    """Whether ingest rejected an original."""
    return record is not None and record.reason is not None


def _render_figure(entry: Entry, link: LinkBuilder) -> str:
    key, record = entry
    alt = record.annotations.alt if record else ""
    # A crop would cut off a logo's edge, so transparent pictures are shown whole.
    tile = _WHOLE if record and record.facts and record.facts.alpha else _CROPPED
    urls = {
        "page": link(key, "w=1600&auto=format"),
        "single": link(key, tile),
        "double": link(key, f"{tile}&dpr=2"),
    }
    return _FIGURE.format(
        alt=html.escape(alt or PurePosixPath(key).name),
        name=html.escape(key),
        facts=_render_facts(record),
        **{name: html.escape(url) for name, url in urls.items()},
    )


def _render_facts(record: OriginalRecord | None) -> str:
    """Return the size, format and bytes of an ingested original as HTML."""
    facts = record.facts if record else None
    if record is None or facts is None:
        return ""
    upright = Dihedral.from_exif(facts.orientation).map_size(facts.size)
    size = (
        f"{upright.width} &times; {upright.height} &middot; " if upright.width else ""
    )  # an SVG has none
    return f"<br><span>{size}{facts.kind.upper()} &middot; {_format_bytes(record.bytes)}</span>"


def _format_bytes(size: int) -> str:
    return f"{size / 1e6:.1f} MB" if size >= 1e6 else f"{size / 1e3:,.0f} KB"
