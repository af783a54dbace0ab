"""The size of the file, its colours and its metadata."""

from dataclasses import dataclass
from typing import Annotated, Final

from origin_lambda.url import kinds
from origin_lambda.url.params.param import Group, Param
from origin_lambda.url.values import Credits, Profile, Sanitising

_MAX_DENSITY: Final = 65_535
"""JPEG stores a density in 16 bits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Details(Group):
    """The size of the file, its colours and its metadata."""

    title = "File size, colours and metadata"
    is_rare = True

    max_bytes: Annotated[
        int | None,
        Param(
            "max-bytes",
            kinds.Whole(100, 100_000_000),
            "Ours. The file has at most this many bytes, if the format can reach it: the best "
            "quality up to `q` that fits is chosen, and for PNG and GIF the number of colours. "
            "At most five attempts are made; the smallest is answered if none fits. `X-Calotype` "
            "says what was reached. A lossless WebP and an animated PNG stay as they are.",
        ),
    ] = None
    colours: Annotated[
        int | None,
        Param(
            "colorquant",
            kinds.Whole(2, 256),
            "Number of colours of a PNG or GIF, which then has a palette. No effect on animated "
            "PNG; an animated GIF has at most 255.",
            needs="!fm=jpg,pjpg,webp,avif",
        ),
    ] = None
    progressive: Annotated[
        bool,
        Param(
            "jpg-progressive",
            kinds.Flag(),
            "Write a progressive JPEG, as `fm=pjpg` does. Default: false, since it takes longer.",
            ("jpeg-progressive",),
            needs="!fm=pjpg,png,png8,gif,webp,avif",
        ),
    ] = False
    density: Annotated[
        int,
        Param(
            "dpi",
            kinds.Whole(0, _MAX_DENSITY, clamps=True),
            "Density for printing, in pixels per inch, written to the header of a JPEG or PNG. "
            "The pixels stay the same; 0 writes none.",
            needs="!fm=gif,webp,avif",
        ),
    ] = 0
    profile: Annotated[
        Profile,
        Param(
            "cs",
            kinds.OneOf(
                tuple(Profile),
                others=(("tinysrgb", Profile.SRGB), ("origin", Profile.STRIP)),
            ),
            "Colour profile of the result. `strip`: sRGB without a profile, as browsers expect. "
            "`srgb` (also `tinysrgb`): sRGB with a profile of 0.5 KB. `adobergb1998`: converted to "
            "Adobe RGB (1998), with its profile; colours outside sRGB are not kept. `origin` "
            "means `strip`. No effect on GIF.",
            needs="!fm=gif",
        ),
    ] = Profile.STRIP
    credits: Annotated[
        Credits,
        Param(
            "iptc",
            kinds.OneOf(tuple(Credits)),
            "`block` leaves out artist and copyright of the original, which are kept as EXIF "
            "otherwise. Other fields of IPTC are never kept.",
            needs="!fm=gif",
        ),
    ] = Credits.ALLOW
    sanitising: Annotated[
        Sanitising,
        Param(
            "svg-sanitize",
            kinds.OneOf(tuple(Sanitising), others=(("1", Sanitising.TRUE),)),
            "An SVG is always sanitised, so only `true` is accepted.",
        ),
    ] = Sanitising.TRUE
