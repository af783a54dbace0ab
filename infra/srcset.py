"""Build `<img>` tags with a `srcset`, with the widths and ratios of imgix's SDKs.

The defaults are those of js-core, imgix-python and imgix-go, so that these tags and the SDKs' tags
request the same derivatives.
"""

import html
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from origin_lambda.html.widths import MAX_WIDTH, MIN_WIDTH, QUALITIES, list_widths
from origin_lambda.url.transform import TABLE
from origin_lambda.url.urls import Value

SIZES: Final = "100vw"
"""The default of HTML's *sizes*: the picture is as wide as the window."""

_FALLBACK_WIDTH: Final = 640
"""Width of `src`, for clients that ignore `srcset`."""

UrlBuilder = Callable[[Mapping[str, Value]], str]
"""A function that returns the URL of a derivative with these parameters."""


@dataclass(frozen=True, slots=True)
class FluidWidth:
    """The widths of a picture whose width depends on the page, and HTML's *sizes*.

    Raises:
        ValueError: a width is not from 1 to 8192, or *smallest* is larger than *largest*.

    """

    sizes: str = SIZES
    smallest: int = MIN_WIDTH
    largest: int = MAX_WIDTH

    def __post_init__(self) -> None:
        if not 1 <= self.smallest <= self.largest <= MAX_WIDTH:
            message = f"--min-width and --max-width accept 1 to {MAX_WIDTH}, the smaller one first"
            raise ValueError(message)


def build_image_tag(
    build_url: UrlBuilder,
    parameters: Mapping[str, Value],
    *,
    alt: str = "",
    fluid: FluidWidth | None = None,
) -> str:
    """Return an `<img>` tag with many widths, or with five pixel ratios if `w` or `h` is set."""
    if _resolve_aliases(parameters) & {"w", "h"}:
        entries = [f"{build_url(_add_ratio(parameters, ratio))} {ratio}x" for ratio in QUALITIES]
        return _format_tag(build_url(parameters), entries, alt, None)
    fluid = fluid or FluidWidth()
    widths = list_widths(fluid.smallest, fluid.largest)
    fallback = next((width for width in widths if width >= _FALLBACK_WIDTH), widths[-1])
    urls = {width: build_url({**parameters, "w": width}) for width in widths}
    return _format_tag(
        urls[fallback], [f"{url} {width}w" for width, url in urls.items()], alt, fluid.sizes
    )


def _add_ratio(parameters: Mapping[str, Value], ratio: int) -> dict[str, Value]:
    """Return the parameters with a pixel ratio and its quality; a quality that is set stays."""
    quality = {} if "q" in _resolve_aliases(parameters) else {"q": QUALITIES[ratio]}
    return {**parameters, "dpr": ratio, **quality}


def _resolve_aliases(parameters: Mapping[str, Value]) -> set[str]:
    """Return the names of parameters, with aliases replaced."""
    return {TABLE.spellings[name].param.name for name in parameters if name in TABLE.spellings}


def _format_tag(src: str, entries: list[str], alt: str, sizes: str | None) -> str:
    srcset = ",\n    ".join(html.escape(entry) for entry in entries)
    attributes = [f'src="{html.escape(src)}"', f'srcset="{srcset}"']
    if sizes is not None:
        attributes.append(f'sizes="{html.escape(sizes)}"')
    attributes.append(f'alt="{html.escape(alt)}"')
    return "<img\n  " + "\n  ".join(attributes) + ">"
