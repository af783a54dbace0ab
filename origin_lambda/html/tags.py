"""Writes `<img>` and `<picture>` tags with a `srcset`.

Every value is escaped. `width` and `height` keep the place of a picture before it is loaded.
"""

import html
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal, NamedTuple, Self

from origin_lambda.html.placeholder import build_placeholder_style
from origin_lambda.html.site import Parameters, Site
from origin_lambda.html.sizes import compute_size
from origin_lambda.html.widths import MAX_WIDTH, MIN_WIDTH, QUALITIES, list_widths
from origin_lambda.image.geometry import Size
from origin_lambda.url.transform import TABLE
from origin_lambda.url.urls import Value

SIZES: Final = "100vw"
"""The default of HTML's `sizes`: the picture is as wide as the window."""

FALLBACK_WIDTH: Final = 640
"""Width of `src`, for clients that ignore `srcset`."""

Loading = Literal["lazy", "eager"]
FetchPriority = Literal["high", "low", "auto"]
Attributes = Mapping[str, str | int | bool | None]


class Html(str):
    """Text that is HTML already: Jinja and Django do not escape it again."""

    __slots__ = ()

    def __html__(self) -> str:
        """Return the text itself."""
        return str(self)


class _Original(NamedTuple):
    """What is known of an original: its *size*, or only its *width* (if unknown, the largest)."""

    width: int = MAX_WIDTH
    size: Size | None = None

    @classmethod
    def read(cls, width: int | None, height: int | None) -> Self:
        """Return the original with these sides.

        Raises:
            ValueError: a side is not a positive number, or there is only a height.

        """
        if width is None and height is None:
            return cls()
        if width is None or width < 1 or (height is not None and height < 1):
            message = (
                "original_width accepts a positive number, and so does original_height with it"
            )
            raise ValueError(message)
        return cls(int(width), None if height is None else Size(int(width), int(height)))


class _Entries(NamedTuple):
    """The entries of a `srcset`, the `src` for clients that ignore it, and the layout's size."""

    srcset: str
    src: str
    size: Size | None
    has_widths: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Another picture, or another crop, for windows that match the *media* query.

    What is not given is that of the `picture`: *key*, *sizes* and the original's size, which only
    counts if the key is the same. *parameters* replace those of the picture by name.
    """

    media: str
    key: str | None = None
    sizes: str | None = None
    original_width: int | None = None
    original_height: int | None = None
    parameters: Parameters = field(default_factory=dict)


def img_url(site: Site, key: str, **parameters: Value | None) -> str:
    """Return the URL of a derivative, signed if the site has a key.

    Write `_` for a parameter's `-`. `expires` is in Unix seconds.

    Raises:
        BadKey: no URL can contain *key*.
        BadValue, ValueError: a parameter is refused, or does not exist.

    """
    return site.build_url(key, parameters)


def srcset(
    site: Site,
    key: str,
    *,
    original_width: int | None = None,
    original_height: int | None = None,
    widths: Sequence[int] | None = None,
    **parameters: Value | None,
) -> str:
    """Return the value of a `srcset`; escape it for HTML, as templates do.

    It has many widths, or up to five pixel ratios if `w` or `h` is given. No entry is larger than
    the original if its size is given. *widths* replace the default widths.

    Raises:
        BadKey, BadValue, ValueError: as for `img_url`.

    """
    original = _Original.read(original_width, original_height)
    return _build_entries(site, key, parameters, original, widths).srcset


def img(  # noqa: PLR0913 reason: each is an attribute of the tag
    site: Site,
    key: str,
    *,
    alt: str = "",
    sizes: str | None = None,
    original_width: int | None = None,
    original_height: int | None = None,
    widths: Sequence[int] | None = None,
    loading: Loading | None = None,
    fetchpriority: FetchPriority | None = None,
    thumbhash: str | None = None,
    blurhash: str | None = None,
    attributes: Attributes | None = None,
    **parameters: Value | None,
) -> Html:
    """Return an `<img>` tag.

    *thumbhash* (base64) or *blurhash* is shown until the picture is loaded. *attributes* are more
    attributes of the tag: a class, `data-...`; one that is True has no value.

    Raises:
        BadKey, BadValue, ValueError: as for `img_url`; a ValueError also for a wrong attribute.

    """
    original = _Original.read(original_width, original_height)
    entries = _build_entries(site, key, parameters, original, widths)
    own: dict[str, str | int | bool | None] = {
        "src": entries.src,
        "srcset": entries.srcset,
        "sizes": (sizes or SIZES) if entries.has_widths else None,
        "alt": alt,
        "width": entries.size.width if entries.size else None,
        "height": entries.size.height if entries.size else None,
        "loading": _check("loading", loading, ("lazy", "eager")),
        "fetchpriority": _check("fetchpriority", fetchpriority, ("high", "low", "auto")),
        "style": build_placeholder_style(thumbhash, blurhash),
    }
    return Html(f"<img{_format_attributes(own, attributes or {})}>")


def picture(  # noqa: PLR0913 reason: each is an attribute of a tag
    site: Site,
    key: str,
    *,
    sources: Sequence[Source] = (),
    alt: str = "",
    sizes: str | None = None,
    original_width: int | None = None,
    original_height: int | None = None,
    widths: Sequence[int] | None = None,
    loading: Loading | None = None,
    fetchpriority: FetchPriority | None = None,
    thumbhash: str | None = None,
    blurhash: str | None = None,
    attributes: Attributes | None = None,
    **parameters: Value | None,
) -> Html:
    """Return a `<picture>` with a `<source>` for each of *sources*, and an `<img>` as in `img`.

    The browser takes the first source whose media query matches, else the `<img>`.

    Raises:
        BadKey, BadValue, ValueError: as for `img`.

    """
    original = _Original.read(original_width, original_height)
    tags = [
        _build_source(site, source, (key, original, sizes, parameters), widths)
        for source in sources
    ]
    tag = img(
        site, key, alt=alt, sizes=sizes, original_width=original_width,
        original_height=original_height, widths=widths, loading=loading,
        fetchpriority=fetchpriority, thumbhash=thumbhash, blurhash=blurhash, attributes=attributes,
        **parameters,
    )  # fmt: skip
    return Html(f"<picture>{''.join(tags)}{tag}</picture>")


def _build_source(
    site: Site,
    source: Source,
    inherited: tuple[str, _Original, str | None, Parameters],
    widths: Sequence[int] | None,
) -> str:
    key, original, sizes, parameters = inherited
    if source.original_width or (source.key or key) != key:
        original = _Original.read(source.original_width, source.original_height)
    merged = {**_with_hyphens(parameters), **_with_hyphens(source.parameters)}
    entries = _build_entries(site, source.key or key, merged, original, widths)
    own: dict[str, str | int | bool | None] = {
        "media": source.media,
        "srcset": entries.srcset,
        "sizes": (source.sizes or sizes or SIZES) if entries.has_widths else None,
        "width": entries.size.width if entries.size else None,
        "height": entries.size.height if entries.size else None,
    }
    return f"<source{_format_attributes(own, {})}>"


def _build_entries(
    site: Site,
    key: str,
    parameters: Parameters,
    original: _Original,
    widths: Sequence[int] | None,
) -> _Entries:
    given = _with_hyphens(parameters)
    names = {TABLE.spellings[name].name for name in given if name in TABLE.spellings}
    size = _compute_size(site, given, original.size)
    if names & {"w", "h"}:
        ratios = list(_list_ratios(site, given, original.size))
        urls = [
            (site.build_url(key, _add_ratio(given, ratio, names)), f"{ratio}x") for ratio in ratios
        ]
        return _Entries(_join(urls), site.build_url(key, given), size, has_widths=False)
    most = size.width if size and original.size else original.width
    chosen = _choose_widths(widths, most)
    by_width = {width: site.build_url(key, {**given, "w": width}) for width in chosen}
    fallback = next((width for width in chosen if width >= FALLBACK_WIDTH), chosen[-1])
    entries = [(url, f"{width}w") for width, url in by_width.items()]
    return _Entries(_join(entries), by_width[fallback], size, has_widths=True)


def _choose_widths(widths: Sequence[int] | None, most: int) -> list[int]:
    """Return the widths of a `srcset` in ascending order, none larger than *most*."""
    if widths is None:
        return list_widths(min(MIN_WIDTH, most), min(most, MAX_WIDTH))
    if not widths or not all(1 <= width <= MAX_WIDTH for width in widths):
        message = f"widths accepts numbers from 1 to {MAX_WIDTH}"
        raise ValueError(message)
    return sorted({min(width, most) for width in widths})


def _list_ratios(site: Site, given: Parameters, original: Size | None) -> Iterator[int]:
    """Yield the pixel ratios that give a larger picture than the one before."""
    last = None
    for ratio in QUALITIES:
        size = _compute_size(site, {**given, "dpr": ratio}, original) if original else None
        if size is None or size != last:
            yield ratio
        last = size


def _compute_size(site: Site, given: Parameters, original: Size | None) -> Size | None:
    try:
        return compute_size(given, original)
    except ValueError:
        if site.is_strict:
            raise
        return None


def _add_ratio(given: Parameters, ratio: int, names: set[str]) -> dict[str, Value | None]:
    """Return the parameters with a pixel ratio and its quality; a quality that is set stays."""
    quality: dict[str, Value] = {} if "q" in names else {"q": QUALITIES[ratio]}
    return {**given, "dpr": ratio, **quality}


def _with_hyphens(parameters: Parameters) -> dict[str, Value | None]:
    return {
        name.replace("_", "-"): value for name, value in parameters.items() if value is not None
    }


def _join(entries: Sequence[tuple[str, str]]) -> str:
    # A comma ends an entry of a srcset only if white space follows it; URLs have none.
    return ", ".join(f"{url} {descriptor}" for url, descriptor in entries)


def _check(name: str, value: str | None, accepted: Sequence[str]) -> str | None:
    if value is not None and value not in accepted:
        message = f"{name} accepts {', '.join(accepted)}"
        raise ValueError(message)
    return value


def _format_attributes(own: Attributes, more: Attributes) -> str:
    for name in more:
        if name.lower() in own and own[name.lower()] is not None:
            message = f"the attribute {name} is set by the tag itself"
            raise ValueError(message)
        if not name or any(character in " \t\r\n\f\"'<>/=\0" for character in name):
            message = "a name of an attribute accepts no spaces, quotes, '<', '>', '/' and '='"
            raise ValueError(message)
    return "".join(
        f" {name}" if value is True else f' {name}="{html.escape(str(value))}"'
        for name, value in {**own, **more}.items()
        if value is not None and value is not False
    )
