"""Build `<img>` tags with a `srcset`, with the widths and ratios of imgix's SDKs.

The defaults are those of js-core, imgix-python and imgix-go. So tags from here and tags from an SDK
request the same derivatives.
"""

import html
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from origin_lambda.url.transform import TABLE
from origin_lambda.url.urls import Value

SIZES: Final = "100vw"
"""The whole width of the window."""

LEAST_WIDTH: Final = 100
MOST_WIDTH: Final = 8192

_TOLERANCE: Final = 0.08
"""The largest difference between the needed width and the nearest one, as a fraction."""

_QUALITIES: Final = {1: 75, 2: 50, 3: 35, 4: 23, 5: 20}
"""Pixel ratio -> quality: on a denser screen, errors are less visible."""

_FALLBACK_WIDTH: Final = 640
"""Width of `src`, for clients that ignore `srcset`."""

Build = Callable[[Mapping[str, Value]], str]
"""A function that returns the URL of a derivative with some parameters."""


@dataclass(frozen=True, slots=True)
class Fluid:
    """A picture whose width depends on the page: HTML's *sizes*, and the range of its widths.

    Raises:
        ValueError: a width is not from 1 to 8192, or *least* is larger than *most*.

    """

    sizes: str = SIZES
    least: int = LEAST_WIDTH
    most: int = MOST_WIDTH

    def __post_init__(self) -> None:
        if not 1 <= self.least <= self.most <= MOST_WIDTH:
            message = f"--min-width and --max-width accept 1 to {MOST_WIDTH}, the smaller one first"
            raise ValueError(message)


def build_image_tag(
    build: Build, parameters: Mapping[str, Value], *, alt: str = "", fluid: Fluid | None = None
) -> str:
    """Return an `<img>` tag: with many widths, or with five pixel ratios if `w` or `h` is set."""
    if _names(parameters) & {"w", "h"}:
        given = dict(parameters)
        by_ratio = {ratio: _for_ratio(given, ratio) for ratio in _QUALITIES}
        entries = [f"{build(each)} {ratio}x" for ratio, each in by_ratio.items()]
        return _format_tag(build(given), entries, alt, None)
    fluid = fluid or Fluid()
    widths = list(list_widths(fluid.least, fluid.most))
    fallback = next((width for width in widths if width >= _FALLBACK_WIDTH), widths[-1])
    urls = {width: build({**parameters, "w": width}) for width in widths}
    return _format_tag(
        urls[fallback], [f"{url} {width}w" for width, url in urls.items()], alt, fluid.sizes
    )


def list_widths(least: int = LEAST_WIDTH, most: int = MOST_WIDTH) -> Iterator[int]:
    """Yield the widths of imgix's SDKs: one of them differs by at most 8 % from any needed one."""
    width = float(least)
    last = 0
    while width < most:
        last = round(width)
        yield last
        width *= 1 + 2 * _TOLERANCE
    if last < most:
        yield most


def _for_ratio(parameters: Mapping[str, Value], ratio: int) -> dict[str, Value]:
    """Return the parameters for a pixel ratio; a quality in *parameters* stays."""
    quality = {} if "q" in _names(parameters) else {"q": _QUALITIES[ratio]}
    return {**parameters, "dpr": ratio, **quality}


def _names(parameters: Mapping[str, Value]) -> set[str]:
    """Return the names of parameters, with aliases replaced."""
    return {TABLE.spellings[name].param.name for name in parameters if name in TABLE.spellings}


def _format_tag(src: str, entries: list[str], alt: str, sizes: str | None) -> str:
    srcset = ",\n    ".join(html.escape(entry) for entry in entries)
    attributes = [f'src="{html.escape(src)}"', f'srcset="{srcset}"']
    if sizes is not None:
        attributes.append(f'sizes="{html.escape(sizes)}"')
    attributes.append(f'alt="{html.escape(alt)}"')
    return "<img\n  " + "\n  ".join(attributes) + ">"
