"""`<img>` tags of which the browser picks the width: with the widths and ratios of imgix's SDKs.

The defaults are those of js-core, imgix-python and imgix-go, so that a page may mix tags made here
with tags of an SDK, and both ask for the same derivatives.
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
"""How much too large or too small a width may be, as a share of what is needed."""

_QUALITIES: Final = {1: 75, 2: 50, 3: 35, 4: 23, 5: 20}
"""Quality by pixel ratio: the denser the screen, the less an error shows."""

_FALLBACK_WIDTH: Final = 640
"""Width of `src`, for what does not read `srcset`."""

Build = Callable[[Mapping[str, Value]], str]
"""Returns the URL of a derivative with these parameters."""


@dataclass(frozen=True, slots=True)
class Fluid:
    """A picture that is as wide as the page makes it: *sizes* as in HTML, and its widths.

    Raises:
        ValueError: the widths are not 1 to 8192, or the wrong way round.

    """

    sizes: str = SIZES
    least: int = LEAST_WIDTH
    most: int = MOST_WIDTH

    def __post_init__(self) -> None:
        if not 1 <= self.least <= self.most <= MOST_WIDTH:
            message = f"--min-width and --max-width accept 1 to {MOST_WIDTH}, the smaller one first"
            raise ValueError(message)


def image_tag(
    build: Build, parameters: Mapping[str, Value], *, alt: str = "", fluid: Fluid | None = None
) -> str:
    """Return an `<img>` tag: of many widths, or of five pixel ratios where a size is given."""
    if _names(parameters) & {"w", "h"}:
        given = dict(parameters)
        by_ratio = {ratio: _at_ratio(given, ratio) for ratio in _QUALITIES}
        entries = [f"{build(each)} {ratio}x" for ratio, each in by_ratio.items()]
        return _tag(build(given), entries, alt, None)
    fluid = fluid or Fluid()
    widths = list(target_widths(fluid.least, fluid.most))
    fallback = next((width for width in widths if width >= _FALLBACK_WIDTH), widths[-1])
    urls = {width: build({**parameters, "w": width}) for width in widths}
    return _tag(
        urls[fallback], [f"{url} {width}w" for width, url in urls.items()], alt, fluid.sizes
    )


def target_widths(least: int = LEAST_WIDTH, most: int = MOST_WIDTH) -> Iterator[int]:
    """Yield widths of which one is at most 8 % off from any that is needed, as imgix's SDKs do."""
    width = float(least)
    last = 0
    while width < most:
        last = round(width)
        yield last
        width *= 1 + 2 * _TOLERANCE
    if last < most:
        yield most


def _at_ratio(parameters: Mapping[str, Value], ratio: int) -> dict[str, Value]:
    """Return the parameters for screens of a pixel ratio; a quality that is given stays."""
    quality = {} if "q" in _names(parameters) else {"q": _QUALITIES[ratio]}
    return {**parameters, "dpr": ratio, **quality}


def _names(parameters: Mapping[str, Value]) -> set[str]:
    """Return the names of parameters, without their aliases."""
    return {TABLE.spellings[name].param.name for name in parameters if name in TABLE.spellings}


def _tag(src: str, entries: list[str], alt: str, sizes: str | None) -> str:
    srcset = ",\n    ".join(html.escape(entry) for entry in entries)
    attributes = [f'src="{html.escape(src)}"', f'srcset="{srcset}"']
    if sizes is not None:
        attributes.append(f'sizes="{html.escape(sizes)}"')
    attributes.append(f'alt="{html.escape(alt)}"')
    return "<img\n  " + "\n  ".join(attributes) + ">"
