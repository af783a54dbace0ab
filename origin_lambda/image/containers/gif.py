"""Reads the blocks of a GIF (GIF89a specification)."""

from dataclasses import dataclass
from typing import Final

from origin_lambda.image.containers.structure import Structure, refuse_as_broken
from origin_lambda.image.geometry import Size

KEEP, CLEAR, RESTORE = 1, 2, 3
"""What happens to a frame after it was shown (GIF89a, 23.c.iv)."""

_IMAGE, _EXTENSION, _TRAILER = 0x2C, 0x21, 0x3B
_CONTROL, _APPLICATION = 0xF9, 0xFF

_MAX_FRAMES: Final = 100_000


@dataclass(frozen=True, slots=True)
class GifFrame:
    """A frame: its place on the screen, its duration, and its data in the file.

    *transparent* is the palette index of transparent pixels, or None. *palette* holds three bytes
    per colour. The compressed pixels lie from *start* to *end* in the file.
    """

    left: int
    top: int
    width: int
    height: int
    disposal: int
    milliseconds: int
    transparent: int | None
    palette: bytes
    is_interlaced: bool
    start: int
    end: int

    @property
    def pixels(self) -> int:
        """The number of pixels in its data, on the screen or not."""
        return self.width * self.height


@dataclass(frozen=True, slots=True)
class Gif:
    """The structure of a GIF.

    *loop* is how often it is repeated: None for never, 0 for ever. *end* is the offset after the
    trailer, 0 if there is no trailer.
    """

    screen: Size
    frames: tuple[GifFrame, ...]
    loop: int | None
    has_comments: bool
    end: int

    @property
    def can_be_transparent(self) -> bool:
        """Whether the canvas can be transparent after any of the frames."""
        width, height = self.screen
        is_opaque = False
        for frame in self.frames:
            right, bottom = frame.left + frame.width, frame.top + frame.height
            covers = not (frame.left or frame.top) and right >= width and bottom >= height
            before = is_opaque
            is_opaque = is_opaque or (covers and frame.transparent is None)
            if not is_opaque:
                return True
            if frame.disposal == CLEAR:
                is_opaque = False
            elif frame.disposal == RESTORE:
                is_opaque = before
        return False


def parse(data: bytes) -> Gif:  # noqa: C901 reason: a state machine over blocks
    """Return the structure of a GIF, up to where it is cut off.

    The first frame can enlarge the screen, as in browsers; later frames are cropped to it. A frame
    that is cut off is left out, unless it is the first.

    Raises:
        Unprocessable: there is no frame.

    """
    if len(data) < 13:
        refuse_as_broken("the screen descriptor is cut off")
    width, height = _u16(data, 6), _u16(data, 8)
    at, palette = _read_palette(data, 13, data[10])
    frames: list[GifFrame] = []
    control: tuple[int, int, int | None] = (0, 0, None)
    loop, has_comments, last = None, False, 0
    while at < len(data) and len(frames) < _MAX_FRAMES:
        block = data[at]
        if block == _TRAILER:
            last = at + 1
            break
        if block == _EXTENSION:
            label = data[at + 1] if at + 1 < len(data) else 0
            body = data[at + 3 : at + 3 + 18]
            if label == _CONTROL and len(body) >= 4:
                control = _read_control(body)
            elif label == _APPLICATION and body[:11] in {b"NETSCAPE2.0", b"ANIMEXTS1.0"}:
                if body[12:13] == b"\x01" and len(body) >= 15:
                    loop = _u16(body, 13)
            else:
                has_comments = True
            at, _ = _skip_sub_blocks(data, at + 2)
        elif block == _IMAGE and at + 10 < len(data):
            frame, at, is_complete = _read_frame(data, at, palette, control)
            if is_complete or not frames:
                frames.append(frame)
            control = (0, 0, None)
        else:
            break
    if not frames:
        refuse_as_broken("there is no frame")
    first = frames[0]
    screen = Size(max(width, first.left + first.width), max(height, first.top + first.height))
    return Gif(screen, tuple(frames), loop, has_comments, last)


def inspect(data: bytes) -> Structure:
    """Return what decoding a GIF costs.

    Raises:
        Unprocessable: there is no frame.

    """
    gif = parse(data)
    shown = [frame for frame in gif.frames if _is_shown(frame, gif.screen)]
    largest = max((frame.pixels for frame in shown), default=0)
    count = len(gif.frames)
    copies = 4 * gif.screen.pixels * count if count > 1 else 0
    return Structure(
        memory=9 * gif.screen.pixels + 6 * largest + copies,
        work=sum(frame.pixels for frame in shown) + 3 * gif.screen.pixels * count,
        size=gif.screen,
        frames=count,
        alpha=gif.can_be_transparent,
    )


def _is_shown(frame: GifFrame, screen: Size) -> bool:
    return frame.left < screen.width and frame.top < screen.height and frame.pixels > 0


def extract_frame(data: bytes, frame: GifFrame, missing: int) -> bytes:
    """Return one frame as a GIF of its own, on a screen of its size.

    It has no palettes, so that it decodes to palette indices. Pillow fills it with the index
    *missing* before it decodes, so pixels that cannot be decoded keep that index.
    """
    size = frame.width.to_bytes(2, "little") + frame.height.to_bytes(2, "little")
    flags = b"\x40" if frame.is_interlaced else b"\0"
    control = bytes((_EXTENSION, _CONTROL, 4, 1, 0, 0, missing, 0))
    pixels = data[frame.start : frame.end]
    return b"GIF89a" + size + b"\0\0\0" + control + b",\0\0\0\0" + size + flags + pixels + b"\0;"


def remove_metadata(data: bytes) -> bytes | None:
    """Return a GIF without the bytes after its end; None if it has comments, or no end."""
    parsed = parse(data)
    return data[: parsed.end] if parsed.end and not parsed.has_comments else None


def _u16(data: bytes, at: int) -> int:
    return int.from_bytes(data[at : at + 2], "little")


def _read_palette(data: bytes, at: int, flags: int) -> tuple[int, bytes]:
    length = 3 * 2 ** ((flags & 7) + 1) if flags & 0x80 else 0
    return at + length, data[at : at + length]


def _read_control(body: bytes) -> tuple[int, int, int | None]:
    transparent = body[3] if body[0] & 1 else None
    return body[0] >> 2 & 7, 10 * _u16(body, 1), transparent


def _read_frame(
    data: bytes, at: int, palette: bytes, control: tuple[int, int, int | None]
) -> tuple[GifFrame, int, bool]:
    left, top, width, height = (_u16(data, at + offset) for offset in (1, 3, 5, 7))
    flags = data[at + 9]
    start, local = _read_palette(data, at + 10, flags)
    end, is_complete = _skip_sub_blocks(data, start + 1)
    disposal, milliseconds, transparent = control
    frame = GifFrame(
        left, top, width, height, disposal, milliseconds, transparent, local or palette,
        bool(flags & 0x40), start, end,
    )  # fmt: skip
    return frame, end, is_complete


def _skip_sub_blocks(data: bytes, at: int) -> tuple[int, bool]:
    """Return the offset after a series of sub-blocks, and whether the series is complete."""
    while at < len(data):
        length = data[at]
        at += 1 + length
        if not length:
            return at, True
    return len(data), False
