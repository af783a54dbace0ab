"""Decides everything about a derivative before a pixel is decoded."""

import dataclasses
import math
from dataclasses import dataclass
from typing import Final

from origin_lambda.image.encoding import Encoding, EncodingChoice
from origin_lambda.image.formats import ABILITIES, Ability, Kind
from origin_lambda.image.framing import Placement
from origin_lambda.image.geometry import Box, Extent, Size
from origin_lambda.image.layout import Tilt, plan_geometry
from origin_lambda.image.mips import Mip, select_mip
from origin_lambda.image.probe import Facts, Limits
from origin_lambda.image.quality import NO_CURVES, Curves
from origin_lambda.url.transform import Transform
from origin_lambda.url.values import Colour, Fit

WHITE: Final = Colour(255, 255, 255)
_OPAQUE: Final = 255

SHRINKS: Final = {Kind.JPEG: (8, 4, 2)}
"""How many times smaller a decoder can decode, best first (libjpeg's DCT scaling)."""

SHRINK_GAP: Final = 1.25
"""Shrinking while decoding leaves at least so many times the pixels a side that are needed.

It then scores 89 to 97 against a resize of the full original, when an encoder's own loss is
73 to 85 (SSIMULACRA2); 1.0 scores down to 84, 2.0 takes up to 1.7 times as long
(docs/decisions/0003).
"""

SHRINK_GAP_OF_MIPS: Final = 2.0
"""The same for mips: they are small, and the next smaller one would have been taken below 1.25."""


@dataclass(frozen=True, slots=True)
class Canvas:
    """Room around the picture: how large, and where in it the picture lies."""

    size: Size
    offset: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Decoding:
    """What is read: a file of this *kind*, so many times smaller, and how many frames of it."""

    kind: Kind
    shrink: int = 1
    frames: int = 1


@dataclass(frozen=True, slots=True)
class Plan:
    """Every number needed to render; the steps only carry it out.

    *mip* is what is decoded, or None for the original itself, and *decoded* the size that gives;
    *box* is the part of that to keep and *scaled* the size it becomes, all as stored; *upright* is
    the EXIF orientation that is then put right. *stretched* continues the edges outwards, *canvas*
    leaves room free, *background* fills what is free or transparent; *alpha* says whether any may
    still be after that. *out* is the size of it all. If the *encoding* comes out larger than the
    original, *fallback_encoding* is to be tried.
    """

    original: Size
    mip: Mip | None
    decoding: Decoding
    decoded: Size
    box: Box
    scaled: Size
    upright: int
    tilt: Tilt | None
    stretched: Canvas | None
    canvas: Canvas | None
    background: Colour | None
    alpha: bool
    out: Size
    encoding: Encoding
    fallback_encoding: Encoding | None = None

    @property
    def brief(self) -> str:
        """The plan in one line, for the debug header and the log."""
        source = f"mip={self.mip.side}; " if self.mip else ""
        return (
            f"{source}fm={self.encoding.format}; q={self.encoding.quality}; "
            f"in={self.original}; out={self.out}"
        )


def plan(
    transform: Transform,
    facts: Facts,
    limits: Limits,
    mips: tuple[Mip, ...] = (),
    curves: Curves = NO_CURVES,
) -> Plan:
    """Return how to make a derivative of an original, of which there are these *mips* and *curves*.

    Raises:
        BadValue: the parameters do not fit each other, or the original.

    """
    layout = plan_geometry(transform, facts, _limits(limits, facts))
    # Exact pixels come from the original alone.
    usable = () if transform.output.lossless else mips
    mip = select_mip(usable, facts, layout.box, layout.scaled)
    source, kind = (mip.size, mip.kind) if mip else (facts.size, facts.kind)
    across, down = source.width / facts.size.width, source.height / facts.size.height
    gap = SHRINK_GAP_OF_MIPS if mip else SHRINK_GAP
    shrink = shrink_for(kind, layout.box.scaled(across, down).extent, layout.scaled, gap)
    stretched, canvas = _canvases(transform, layout.placement)
    free = canvas is not None or (layout.tilt is not None and layout.tilt.corners)
    see_through = facts.alpha or free
    asked = transform.background.colour
    alpha = see_through and not (asked and asked.alpha == _OPAQUE)
    size = layout.placement.canvas
    choice = EncodingChoice(transform, facts, curves, size, alpha)
    encoding = choice.encoding
    ability = ABILITIES[encoding.format]
    return Plan(
        original=layout.original,
        mip=mip,
        decoding=Decoding(kind, shrink, facts.frames if ability.animation else 1),
        decoded=Size(*(math.ceil(side / shrink) for side in source)),
        box=layout.box.scaled(across / shrink, down / shrink),
        scaled=layout.scaled,
        upright=layout.upright.exif,
        tilt=layout.tilt,
        stretched=stretched,
        canvas=canvas,
        background=_background(transform, ability) if see_through else None,
        alpha=alpha and ability.alpha,
        out=size,
        encoding=encoding,
        fallback_encoding=choice.fallback_encoding,
    )


def _limits(limits: Limits, facts: Facts) -> Limits:
    """Share the pixels out among the frames of an animation."""
    each = min(limits.pixels_out, limits.frame_pixels // facts.frames)
    return dataclasses.replace(limits, pixels_out=each)


def shrink_for(kind: Kind, box: Extent, scaled: Size, gap: float = SHRINK_GAP) -> int:
    """Return how many times smaller a file may be decoded, if *box* of it becomes *scaled*."""
    room = min(box.width / scaled.width, box.height / scaled.height) / gap
    return next((shrink for shrink in SHRINKS.get(kind, ()) if shrink <= room), 1)


def _canvases(transform: Transform, placement: Placement) -> tuple[Canvas | None, Canvas | None]:
    x, y = placement.spare
    left, top = placement.padding.left, placement.padding.top
    if transform.size.fit is Fit.CLAMP and placement.scaled != placement.box:
        stretched = Canvas(placement.box, (x, y))
        padded = placement.canvas != placement.box
        return stretched, Canvas(placement.canvas, (left, top)) if padded else None
    if placement.scaled == placement.canvas:
        return None, None
    return None, Canvas(placement.canvas, (x + left, y + top))


def _background(transform: Transform, ability: Ability) -> Colour | None:
    """Return what to put behind free and transparent parts; always something without alpha."""
    asked = transform.background.colour
    if ability.alpha:
        return asked
    return _over(asked, WHITE) if asked else WHITE


def _over(upper: Colour, lower: Colour) -> Colour:
    red, green, blue = (
        round((above * upper.alpha + below * (_OPAQUE - upper.alpha)) / _OPAQUE)
        for above, below in zip(upper[:3], lower[:3], strict=True)
    )
    return Colour(red, green, blue)
