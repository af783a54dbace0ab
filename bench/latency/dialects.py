"""The URLs by which others are asked for the same picture: one entry a peer.

Each gets the key, a width, perhaps a height (then the picture is cropped to that box) and a format.
Signatures are left out: the peer under test is to run without, or behind `--header`.

Sources (documentation of the peers):
    calotype, imgix  docs.imgix.com/apis/rendering
    imgproxy         docs.imgproxy.net/generating_the_url: any text serves where no key is set
    thumbor          thumbor.readthedocs.io, "Usage": a zero keeps the proportions
    ipx              github.com/unjs/ipx, README, "Modifiers"
    cloudflare       developers.cloudflare.com/images/transform-images/transform-via-url
    dit              docs.aws.amazon.com/solutions/latest/dynamic-image-transformation-for-amazon-
                     cloudfront/use-filters.html; `thumbor-mapper.ts` for the zero
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

OWN: Final = "calotype"
AUTO: Final = "auto"
"""The format that stands for: the best that the browser's `Accept` allows."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a service is asked; *size*, *box* and *format* take their places in *url*.

    *size* is used where only a width is wished for, *box* where there is a height too; *auto* in
    place of *format* where the service is to choose. *names* are formats that it names otherwise.
    """

    url: str
    size: str
    box: str
    format: str
    auto: str
    names: Mapping[str, str] = field(default_factory=dict)

    def path(self, key: str, width: str, height: str | None, wanted: str) -> str:
        """Return path and query for a percent-encoded key."""
        size = self.size if height is None else self.box
        shape = self.auto if wanted == AUTO else self.format
        return (
            self.url.replace("{size}", size)
            .replace("{format}", shape.replace("{name}", self.names.get(wanted, wanted)))
            .replace("{width}", width)
            .replace("{height}", height or "")
            .replace("{key}", key)
        )


_JPEG: Final = {"jpg": "jpeg"}

DIALECTS: Final[Mapping[str, Dialect]] = {
    OWN: Dialect(
        "/{key}?{size}&{format}",
        "w={width}",
        "w={width}&h={height}&fit=crop",
        "fm={name}",
        "auto=format",
    ),
    "imgix": Dialect(
        "/{key}?{size}&{format}",
        "w={width}",
        "w={width}&h={height}&fit=crop",
        "fm={name}",
        "auto=format",
    ),
    # Sources lie below IMGPROXY_BASE_URL; without an extension, IMGPROXY_AUTO_* decide.
    "imgproxy": Dialect(
        "/unsafe/{size}/plain/{key}{format}",
        "rs:fit:{width}:0",
        "rs:fill:{width}:{height}",
        "@{name}",
        "",
    ),
    # Without a format filter, AUTO_WEBP and AUTO_AVIF decide.
    "thumbor": Dialect(
        "/unsafe/{size}/{format}{key}",
        "{width}x0",
        "{width}x{height}",
        "filters:format({name})/",
        "",
        _JPEG,
    ),
    "ipx": Dialect(
        "/{size},f_{format}/{key}",
        "w_{width}",
        "s_{width}x{height},fit_cover",
        "{name}",
        "auto",
    ),
    "cloudflare": Dialect(
        "/cdn-cgi/image/{size},format={format}/{key}",
        "width={width}",
        "width={width},height={height},fit=cover",
        "{name}",
        "auto",
        _JPEG,
    ),
    # Its Thumbor-like paths; without a format filter, AUTO_WEBP decides.
    "dit": Dialect(
        "/{size}/{format}{key}",
        "{width}x0",
        "{width}x{height}",
        "filters:format({name})/",
        "",
        _JPEG,
    ),
}
