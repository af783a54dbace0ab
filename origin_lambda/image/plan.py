"""Decides everything about a derivative before a pixel is decoded."""

import dataclasses
import math
from dataclasses import dataclass
from typing import Final

from origin_lambda.image.encoding import Encoding, EncodingChoice
from origin_lambda.image.formats import ABILITIES, SAME, Kind
from origin_lambda.image.geometry import Box, Extent, Size
from origin_lambda.image.layout import plan_geometry
from origin_lambda.image.mips import Mip, select_mip
from origin_lambda.image.pipeline import plan_stages
from origin_lambda.image.playback import Playback, plan_playback
from origin_lambda.image.probe import Facts, Limits
from origin_lambda.image.quality import NO_CURVES, Curves
from origin_lambda.image.source import (
    SHRINK_OVERSAMPLING_OF_MIPS,
    Decoding,
    Drawing,
    select_shrink,
)
from origin_lambda.image.stages.effects.blur import compute_undersampling
from origin_lambda.image.stages.stage import Scene, Stage
from origin_lambda.image.stages.to_srgb import ToSrgb
from origin_lambda.image.subjects import NO_CONTENT, Content
from origin_lambda.image.transparency import can_be_transparent, is_filling_transparent
from origin_lambda.image.vector import MAX_DRAWN_PIXELS, allow_any_size, limit_drawn_size
from origin_lambda.url.transform import Transform
from origin_lambda.url.values import Format

_UNBOUNDED: Final = 1_000_000
"""More pixels than any request can ask for on a side: 8192 at a dpr of 5, with padding."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Every number that rendering needs.

    *mip* is the file to decode, None for the original itself; *decoded* is its size after decoding.
    *stages* are the stages that have work, in their order. They lead to the size *out*, where
    *alpha* says whether any pixel can be transparent. If the *encoding* gives a larger file than
    the original, *fallback_encoding* is tried too. *playback* is None if the
    decoded frames are shown in their order, with their durations. *original* is the original's size
    in the viewer's axes. If *is_unchanged*, the result has the original's format and pixels, and
    the original's file can be the answer. *limited_from* is the requested size if the limits allow
    less, None otherwise.
    """

    original: Size
    mip: Mip | None
    decoding: Decoding
    decoded: Size
    stages: tuple[Stage, ...]
    alpha: bool
    out: Size
    encoding: Encoding
    fallback_encoding: Encoding | None = None
    playback: Playback | None = None
    is_unchanged: bool = False
    limited_from: Size | None = None

    @property
    def brief(self) -> str:
        """The plan in one line, for the debug header and the log."""
        source = f"mip={self.mip.side}; " if self.mip else ""
        limited = f"; limited-from={self.limited_from}" if self.limited_from else ""
        colours = f"colors={self.encoding.colours}; " if self.encoding.colours else ""
        return (
            f"{source}fm={self.encoding.format}; q={self.encoding.quality}; {colours}"
            f"in={self.original}; out={self.out}{limited}"
        )


def plan(  # noqa: PLR0913 reason: each is a fact of the original
    transform: Transform,
    facts: Facts,
    limits: Limits,
    mips: tuple[Mip, ...] = (),
    *,
    curves: Curves = NO_CURVES,
    content: Content = NO_CONTENT,
) -> Plan:
    """Plan a derivative of an original that has these *mips*, *curves* and *content*.

    Raises:
        BadValue: the parameters do not fit each other, or the original.

    """
    if facts.kind is Kind.SVG:
        transform = allow_any_size(transform)
    original, moving = facts, plan_playback(transform.animation, facts)
    facts = moving.apply(facts, transform.animation.loop)
    bounds = _tighten_limits(limits, transform, facts)
    layout = plan_geometry(transform, facts, bounds, content)
    # Exact pixels come from the original alone.
    usable = () if transform.output.lossless or facts.kind is Kind.SVG else mips
    needed = Extent(*layout.scaled).scale(1 / compute_undersampling(transform, layout))
    mip = select_mip(usable, facts, layout.box, needed)
    source, kind = (mip.size, mip.kind) if mip else (facts.size, facts.kind)
    across, down = source.width / facts.size.width, source.height / facts.size.height
    oversampling = SHRINK_OVERSAMPLING_OF_MIPS if mip else None
    shrink = select_shrink(kind, layout.box.scale(across, down).extent, needed, oversampling)
    decoded = Size(*(math.ceil(side / shrink) for side in source))
    box = layout.box.scale(across / shrink, down / shrink)
    drawing = None
    if facts.kind is Kind.SVG:
        decoded = limit_drawn_size(needed, bounds)
        drawing = Drawing(layout.box, facts.size, decoded)
        box = Box(0, 0, *decoded)
    out = layout.placement.canvas
    has_filling = layout.placement.has_filling
    has_alpha = facts.alpha or (has_filling and is_filling_transparent(transform.fill))
    is_transparent = has_alpha or layout.has_gaps
    alpha = can_be_transparent(transform, before_background=is_transparent)
    choice = EncodingChoice(transform, facts, curves, out, alpha)
    encoding = choice.encoding
    ability = ABILITIES[encoding.format]
    scene = Scene(layout, decoded, box, is_transparent, ability)
    stages = plan_stages(transform, scene)
    playback = moving if ability.animation else moving.first
    decoding = Decoding(kind, shrink, playback.numbers[-1] + 1, playback.kept, drawing)
    return Plan(
        original=layout.original,
        mip=mip,
        decoding=decoding,
        decoded=decoded,
        stages=stages,
        alpha=alpha and ability.alpha,
        out=out,
        encoding=encoding,
        fallback_encoding=choice.fallback_encoding,
        playback=playback if playback.is_reversed or playback.fps else None,
        is_unchanged=(
            mip is None
            and decoding == Decoding(facts.kind, 1, original.frames)
            and facts == original
            and not (playback.is_reversed or playback.fps)
            and all(isinstance(stage, ToSrgb) for stage in stages)
            and encoding.format is SAME.get(facts.kind)
            and not encoding.has_extras
        ),
        limited_from=_limited_from(out, bounds, transform, facts, content),
    )


def _limited_from(
    out: Size, bounds: Limits, transform: Transform, facts: Facts, content: Content
) -> Size | None:
    """Return the requested size if the *bounds* reduced it to *out*, else None."""
    # A side that was reduced to the bounds is rounded down: one pixel more would be too many.
    if max(out) < bounds.side and (out.width + 1) * (out.height + 1) <= bounds.pixels_out:
        return None
    unbounded = dataclasses.replace(bounds, side=_UNBOUNDED, pixels_out=_UNBOUNDED**2)
    requested = plan_geometry(transform, facts, unbounded, content).placement.canvas
    return requested if requested != out else None


def _tighten_limits(limits: Limits, transform: Transform, facts: Facts) -> Limits:
    """Divide the pixels among the frames of an animation; limit sides to those of the format.

    A negotiated format is chosen by the size, and its fallback can hold JPEG's sides.
    """
    each = min(limits.pixels_out, limits.frame_pixels // facts.frames)
    if facts.kind is Kind.SVG:
        each = min(each, MAX_DRAWN_PIXELS)
    output = transform.output.format or SAME.get(facts.kind)
    if not isinstance(output, Format) or output not in ABILITIES:
        output = Format.JPEG
    most = ABILITIES[output].max_side
    return dataclasses.replace(limits, pixels_out=each, side=min(limits.side, most))
