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

_MAX_CHUNKS: Final = 200_000
_DEFLATE_RATIO: Final = 1032
"""The most bytes that one byte can inflate to (https://zlib.net/zlib_tech.html)."""

_CHANNELS: Final = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
_PALETTE, _GREY_ALPHA, _RGBA = 3, 4, 6
_ADAM7: Final = (
    (0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2),
    (0, 1, 1, 2),
)  # fmt: skip

DISPOSE_NONE, DISPOSE_BACKGROUND, DISPOSE_PREVIOUS = 0, 1, 2
_BLEND_SOURCE: Final = 0
_MAX_LENGTH: Final = 2**31 - 1


class Chunk(NamedTuple):
    """A chunk: its name, the offset of its data, and their length in bytes."""

    name: bytes
    start: int
    length: int


@dataclass(frozen=True, slots=True)
class PngFrame:
    """A frame of an APNG (11.3.6.2).

    It is blended with the canvas, or it *replaces* a part of the canvas. *parts* are the start and
    end offsets of its compressed pixels.
    """

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
    """What the chunks say; *frames* is empty for a still or a broken animation."""

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
    """Yield the chunks, up to the end of the file or the first that is not valid."""
    at = len(SIGNATURE)
    for _ in range(_MAX_CHUNKS):
        if at + 8 > len(data):
            return
        (length,) = struct.unpack_from(">I", data, at)
        name = data[at + 4 : at + 8]
        if length > _MAX_LENGTH or not name.isalpha():
            return
        yield Chunk(name, at + 8, min(length, len(data) - at - 8))
        if name == b"IEND":
            return
        at += 12 + length


def parse(data: bytes) -> Png:
    """Return the structure of a PNG, up to where it is cut off.

    Raises:
        Unprocessable: the file does not begin with a header.

    """
    all_chunks = tuple(chunks(data))
    if not all_chunks or all_chunks[0].name != b"IHDR" or all_chunks[0].length != 13:
        refuse_as_broken("there is no IHDR")
    width, height, depth, colour_type, _, _, interlace = struct.unpack_from(
        ">IIBBBBB", data, all_chunks[0].start
    )
    if colour_type not in _CHANNELS:
        refuse_as_broken(f"colour type {colour_type}")
    size = Size(width, height)
    control = _read_animation_control(data, all_chunks)
    frames: tuple[PngFrame, ...] = ()
    has_default = False
    if control:
        frames, has_default = _read_frames(data, all_chunks, size)
    count, plays = control or (0, 0)
    is_broken = bool(control) and len(frames) != count
    return Png(
        size, depth, colour_type, bool(interlace), all_chunks,
        () if is_broken else frames, plays, is_broken, has_default,
    )  # fmt: skip


def inspect(data: bytes) -> Structure:
    """Return what decoding a PNG costs, and its colour space (PNG, third edition, 4.3).

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
        alpha=_can_be_transparent(png) if count > 1 else None,
        colour=_read_colour_space(data, png),
        is_broken_animation=png.is_broken_animation,
        has_default_image=png.has_default_image,
    )


def measure_decoded_share(data: bytes) -> float:
    """Return the share (0 to 1) of a PNG's pixels that can be decompressed."""
    png = parse(data)
    expected = _raw_length(png, png.size)
    inflater, length = zlib.decompressobj(), 0
    try:
        for chunk in png.chunks:
            if chunk.name == b"IDAT":
                pending = data[chunk.start : chunk.start + chunk.length]
                while pending and length < expected:
                    length += len(inflater.decompress(pending, 1_000_000))
                    pending = inflater.unconsumed_tail
    except zlib.error:
        pass
    return length / max(expected, 1)


def remove_animation(data: bytes) -> bytes:
    """Return a PNG of the default image, without the chunks of an animation."""
    return _remove_chunks(data, {b"acTL", b"fcTL", b"fdAT"})


def extract_frame(data: bytes, png: Png, frame: PngFrame) -> bytes:
    """Return one frame of an APNG as a PNG of its own."""
    header = struct.pack(
        ">IIBBBBB", frame.width, frame.height, png.depth, png.colour_type, 0, 0, png.is_interlaced
    )
    tables = (
        build_chunk(chunk.name, data[chunk.start : chunk.start + chunk.length])
        for chunk in png.chunks
        if chunk.name in {b"PLTE", b"tRNS"}
    )
    body = b"".join(data[start:end] for start, end in frame.parts)
    parts = (
        build_chunk(b"IHDR", header),
        *tables,
        build_chunk(b"IDAT", body),
        build_chunk(b"IEND", b""),
    )
    return SIGNATURE + b"".join(parts)


def remove_metadata(data: bytes) -> bytes | None:
    """Return a PNG without texts, times and other metadata; None if it is cut off or broken."""
    png = parse(data)
    if png.is_broken_animation or png.chunks[-1].name != b"IEND":
        return None
    kept = {b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"acTL", b"fcTL", b"fdAT"}
    return _remove_chunks(data, {chunk.name for chunk in png.chunks} - kept)


def _remove_chunks(data: bytes, names: Iterable[bytes]) -> bytes:
    removed = set(names)
    kept = [
        data[chunk.start - 8 : chunk.start + chunk.length + 4]
        for chunk in chunks(data)
        if chunk.name not in removed
    ]
    return SIGNATURE + b"".join(kept)


def build_chunk(name: bytes, body: bytes) -> bytes:
    """Return a chunk with its length and CRC."""
    check = struct.pack(">I", zlib.crc32(name + body))
    return struct.pack(">I", len(body)) + name + body + check


def _raw_length(png: Png, size: Size) -> int:
    """Return the length in bytes of an image's scan lines, filter bytes included."""
    bits = png.depth * _CHANNELS[png.colour_type]
    passes = _ADAM7 if png.is_interlaced else ((0, 0, 1, 1),)
    total = 0
    for left, top, across, down in passes:
        columns = max(0, -(-(size.width - left) // across))
        rows = max(0, -(-(size.height - top) // down))
        total += rows * (1 + (columns * bits + 7) // 8) if columns else 0
    return total


def _read_animation_control(data: bytes, all_chunks: Iterable[Chunk]) -> tuple[int, int] | None:
    """Return the number of frames that an APNG declares, and of plays (11.3.6.1)."""
    for chunk in all_chunks:
        if chunk.name == b"IDAT":
            return None
        if chunk.name == b"acTL" and chunk.length == 8:
            count, plays = struct.unpack_from(">II", data, chunk.start)
            return (count, plays) if count else None
    return None


def _read_frames(  # noqa: C901 reason: a state machine over chunks
    data: bytes, all_chunks: Iterable[Chunk], size: Size
) -> tuple[tuple[PngFrame, ...], bool]:
    """Return the frames up to a gap in their sequence, and whether there is a default image.

    The default image is the one in IDAT, if it is not also the first frame.
    """
    frames: list[PngFrame] = []
    has_default, sequence = False, 0
    control: tuple[int, ...] | None = None
    parts: list[tuple[int, int]] = []
    for chunk in all_chunks:
        end = chunk.start + chunk.length
        if chunk.name in {b"fcTL", b"IEND"} and control:
            if not parts:
                return tuple(frames), has_default
            frames.append(_read_frame(control, parts))
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


def _read_frame(control: tuple[int, ...], parts: Iterable[tuple[int, int]]) -> PngFrame:
    _, width, height, left, top, delay, per, disposal, blend = control
    milliseconds = round(1000 * delay / (per or 100))
    return PngFrame(
        left, top, width, height, milliseconds, disposal, blend == _BLEND_SOURCE, tuple(parts)
    )


def _can_be_transparent(png: Png) -> bool:
    if png.colour_type in {_GREY_ALPHA, _RGBA} or any(c.name == b"tRNS" for c in png.chunks):
        return True
    whole = [frame for frame in png.frames if (frame.width, frame.height) == png.size]
    is_first_whole = bool(whole) and whole[0] is png.frames[0]
    clears = any(frame.disposal == DISPOSE_BACKGROUND for frame in png.frames)
    restores = png.frames[0].disposal == DISPOSE_PREVIOUS
    return not is_first_whole or ((clears or restores) and len(whole) < len(png.frames))


def _read_colour_space(data: bytes, png: Png) -> ColourSpace | None:
    """Return the colour space by cICP, sRGB, gAMA and cHRM; None if an ICC profile defines it."""
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
