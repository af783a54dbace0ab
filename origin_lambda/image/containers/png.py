"""Reads the chunks of a PNG or APNG (PNG, third edition)."""

import struct
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

from origin_lambda.image.containers.colour import (
    Chromaticities,
    ColourSpace,
    from_code_points,
    from_gamma,
)
from origin_lambda.image.containers.structure import Structure, refuse_as_broken
from origin_lambda.image.geometry import Size

SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"

_MOST_CHUNKS: Final = 200_000
_DEFLATE_RATIO: Final = 1032
"""How many bytes deflate makes of one at most (https://zlib.net/zlib_tech.html)."""

_CHANNELS: Final = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
_PALETTE, _GREY_ALPHA, _RGBA = 3, 4, 6
_ADAM7: Final = (
    (0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2),
    (0, 1, 1, 2),
)  # fmt: skip

DISPOSE_NONE, DISPOSE_BACKGROUND, DISPOSE_PREVIOUS = 0, 1, 2
_SOURCE: Final = 0
_LIMIT: Final = 2**31 - 1


class Chunk(NamedTuple):
    """A chunk's name, where its data begin and how many there are."""

    name: bytes
    start: int
    length: int


@dataclass(frozen=True, slots=True)
class PngFrame:
    """A frame of an APNG (11.3.6.2); *parts* are where its compressed pixels lie in the file."""

    left: int
    top: int
    width: int
    height: int
    milliseconds: int
    disposal: int
    replaces: bool
    parts: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Png:
    """What the chunks say; *frames* are empty for a still or a broken animation."""

    size: Size
    depth: int
    colour_type: int
    is_interlaced: bool
    chunks: tuple[Chunk, ...]
    frames: tuple[PngFrame, ...]
    plays: int
    is_broken_animation: bool
    has_default_image: bool


def chunks(data: bytes) -> Iterator[Chunk]:
    """Yield the chunks up to where the file ends or makes no sense."""
    at = len(SIGNATURE)
    for _ in range(_MOST_CHUNKS):
        if at + 8 > len(data):
            return
        (length,) = struct.unpack_from(">I", data, at)
        name = data[at + 4 : at + 8]
        if length > _LIMIT or not name.isalpha():
            return
        yield Chunk(name, at + 8, min(length, len(data) - at - 8))
        if name == b"IEND":
            return
        at += 12 + length


def parse(data: bytes) -> Png:
    """Return the structure of a PNG, as far as it goes.

    Raises:
        Unprocessable: it does not begin with its header.

    """
    found = tuple(chunks(data))
    if not found or found[0].name != b"IHDR" or found[0].length != 13:
        refuse_as_broken("there is no IHDR")
    width, height, depth, colour_type, _, _, interlace = struct.unpack_from(
        ">IIBBBBB", data, found[0].start
    )
    if colour_type not in _CHANNELS:
        refuse_as_broken(f"colour type {colour_type}")
    size = Size(width, height)
    control = _animation_control(data, found)
    frames: tuple[PngFrame, ...] = ()
    has_default = False
    if control:
        frames, has_default = _frames(data, found, size)
    count, plays = control or (0, 0)
    is_broken = bool(control) and len(frames) != count
    return Png(
        size, depth, colour_type, bool(interlace), found,
        () if is_broken else frames, plays, is_broken, has_default,
    )  # fmt: skip


def inspect(data: bytes) -> Structure:
    """Return what decoding a PNG takes, and its colours by cICP, iCCP, sRGB, gAMA and cHRM (4.3).

    Raises:
        Unprocessable: its header is broken.

    """
    png = parse(data)
    packed = sum(chunk.length for chunk in png.chunks if chunk.name == b"IDAT")
    count = len(png.frames)
    each = png.size.pixels
    if count > 1:
        memory = (13 + 4 * count) * each
    else:
        memory = (5 if png.depth <= 8 or png.colour_type else 7) * each
    return Structure(
        memory=memory,
        share=packed * _DEFLATE_RATIO / max(1, _raw_length(png, png.size)),
        work=sum(frame.width * frame.height for frame in png.frames) + (1 + 3 * count) * each,
        size=png.size,
        frames=count or 1,
        alpha=_may_be_transparent(png) if count > 1 else None,
        colour=_colour(data, png),
        is_broken_animation=png.is_broken_animation,
        has_default_image=png.has_default_image,
    )


def decoded_share(data: bytes) -> float:
    """Return how much of a PNG's pixels can be decompressed, 0 to 1."""
    png = parse(data)
    wanted = _raw_length(png, png.size)
    inflater, length = zlib.decompressobj(), 0
    try:
        for chunk in png.chunks:
            if chunk.name == b"IDAT":
                pending = data[chunk.start : chunk.start + chunk.length]
                while pending and length < wanted:
                    length += len(inflater.decompress(pending, 1_000_000))
                    pending = inflater.unconsumed_tail
    except zlib.error:
        pass
    return length / max(wanted, 1)


def still(data: bytes) -> bytes:
    """Return a PNG's default image, without what makes it an animation."""
    return _without(data, {b"acTL", b"fcTL", b"fdAT"})


def alone(data: bytes, png: Png, frame: PngFrame) -> bytes:
    """Return a frame of an APNG as a PNG."""
    header = struct.pack(
        ">IIBBBBB", frame.width, frame.height, png.depth, png.colour_type, 0, 0, png.is_interlaced
    )
    tables = (
        _chunk(chunk.name, data[chunk.start : chunk.start + chunk.length])
        for chunk in png.chunks
        if chunk.name in {b"PLTE", b"tRNS"}
    )
    body = b"".join(data[start:end] for start, end in frame.parts)
    written = (_chunk(b"IHDR", header), *tables, _chunk(b"IDAT", body), _chunk(b"IEND", b""))
    return SIGNATURE + b"".join(written)


def without_comments(data: bytes) -> bytes | None:
    """Return a PNG without texts, times and other metadata, None if it is cut off or broken."""
    png = parse(data)
    if png.is_broken_animation or png.chunks[-1].name != b"IEND":
        return None
    kept = {b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"acTL", b"fcTL", b"fdAT"}
    return _without(data, {chunk.name for chunk in png.chunks} - kept)


def _without(data: bytes, names: Iterable[bytes]) -> bytes:
    gone = set(names)
    kept = [
        data[chunk.start - 8 : chunk.start + chunk.length + 4]
        for chunk in chunks(data)
        if chunk.name not in gone
    ]
    return SIGNATURE + b"".join(kept)


def _chunk(name: bytes, body: bytes) -> bytes:
    check = struct.pack(">I", zlib.crc32(name + body))
    return struct.pack(">I", len(body)) + name + body + check


def _raw_length(png: Png, size: Size) -> int:
    """Return the bytes of an image's scan lines, filter bytes included."""
    bits = png.depth * _CHANNELS[png.colour_type]
    passes = _ADAM7 if png.is_interlaced else ((0, 0, 1, 1),)
    total = 0
    for left, top, across, down in passes:
        columns = max(0, -(-(size.width - left) // across))
        rows = max(0, -(-(size.height - top) // down))
        total += rows * (1 + (columns * bits + 7) // 8) if columns else 0
    return total


def _animation_control(data: bytes, found: Iterable[Chunk]) -> tuple[int, int] | None:
    """Return how many frames an APNG says it has, and how often they are played (11.3.6.1)."""
    for chunk in found:
        if chunk.name == b"IDAT":
            return None
        if chunk.name == b"acTL" and chunk.length == 8:
            count, plays = struct.unpack_from(">II", data, chunk.start)
            return (count, plays) if count else None
    return None


def _frames(  # noqa: C901 reason: a state machine over chunks
    data: bytes, found: Iterable[Chunk], size: Size
) -> tuple[tuple[PngFrame, ...], bool]:
    """Return the frames up to where the sequence breaks, and if the default image is none."""
    frames: list[PngFrame] = []
    has_default, sequence = False, 0
    control: tuple[int, ...] | None = None
    parts: list[tuple[int, int]] = []
    for chunk in found:
        end = chunk.start + chunk.length
        if chunk.name in {b"fcTL", b"IEND"} and control:
            if not parts:
                return tuple(frames), has_default
            frames.append(_frame(control, parts))
            control, parts = None, []
        if chunk.name == b"fcTL":
            if chunk.length != 26:
                break
            control = struct.unpack_from(">IIIIIHHBB", data, chunk.start)
            if control[0] != sequence or not _is_inside(control, size):
                control = None
                break
            sequence += 1
        elif chunk.name == b"IDAT":
            if control:
                parts.append((chunk.start, end))
            else:
                has_default = True
        elif chunk.name == b"fdAT":
            is_next = chunk.length > 4 and data[chunk.start : chunk.start + 4] == struct.pack(
                ">I", sequence
            )
            if not (control and is_next):
                control = None
                break
            sequence += 1
            parts.append((chunk.start + 4, end))
    return tuple(frames), has_default


def _is_inside(control: tuple[int, ...], size: Size) -> bool:
    _, width, height, left, top, *_ = control
    fits = left + width <= size.width and top + height <= size.height
    return width > 0 and height > 0 and fits and control[7] <= 2 and control[8] <= 1


def _frame(control: tuple[int, ...], parts: Iterable[tuple[int, int]]) -> PngFrame:
    _, width, height, left, top, delay, per, disposal, blend = control
    milliseconds = round(1000 * delay / (per or 100))
    return PngFrame(
        left, top, width, height, milliseconds, disposal, blend == _SOURCE, tuple(parts)
    )


def _may_be_transparent(png: Png) -> bool:
    if png.colour_type in {_GREY_ALPHA, _RGBA} or any(c.name == b"tRNS" for c in png.chunks):
        return True
    whole = [frame for frame in png.frames if (frame.width, frame.height) == png.size]
    is_first_whole = bool(whole) and whole[0] is png.frames[0]
    clears = any(frame.disposal == DISPOSE_BACKGROUND for frame in png.frames)
    restores = png.frames[0].disposal == DISPOSE_PREVIOUS
    return not is_first_whole or ((clears or restores) and len(whole) < len(png.frames))


def _colour(data: bytes, png: Png) -> ColourSpace | None:
    """Return the colour space, None where an ICC profile says it."""
    named: dict[bytes, bytes] = {}
    for chunk in png.chunks:
        if chunk.name == b"IDAT":
            break
        named.setdefault(chunk.name, data[chunk.start : chunk.start + chunk.length])
    code_points = named.get(b"cICP", b"")
    if len(code_points) == 4 and not code_points[2]:
        return from_code_points(*code_points[:2], full_range=bool(code_points[3]))
    if b"iCCP" in named:
        return None
    if b"sRGB" in named or len(named.get(b"gAMA", b"")) != 4:
        return ColourSpace()
    (gamma,) = struct.unpack(">I", named[b"gAMA"])
    if not 10_000 <= gamma <= 500_000:
        return ColourSpace()
    points = None
    if len(named.get(b"cHRM", b"")) == 32:
        n = [value / 100_000 for value in struct.unpack(">8I", named[b"cHRM"])]
        points = Chromaticities((n[2], n[3]), (n[4], n[5]), (n[6], n[7]), (n[0], n[1]))
    return from_gamma(100_000 / gamma, points)
