"""The structure of a file, what it costs to decode, and the limits of that cost."""

from dataclasses import dataclass
from typing import Final, NoReturn

from origin_lambda.errors import NotAPicture, Unprocessable
from origin_lambda.image.containers.colour import ColourSpace
from origin_lambda.image.geometry import Size

_FREE_MEMORY: Final = 480_000_000
"""Bytes of memory that decoding any file may take."""

_MEMORY_PER_BYTE: Final = 100
"""Further bytes of memory for each byte of the file: large pictures are large files."""

_MAX_MEMORY: Final = 1_200_000_000
"""Bytes that decoding may take at most, of the 1,769 MB that a function has."""

_FREE_WORK: Final = 600_000_000
"""Pixels that decoding any file may write; a pixel that is written twice counts twice."""

_WORK_PER_BYTE: Final = 1_000

MIN_SHARE: Final = 0.1
"""A file of which less than this share can be decoded is broken, not truncated."""


@dataclass(frozen=True, slots=True)
class Structure:
    """The cost of decoding a file, and facts that its decoder does not report.

    *memory* is in bytes, *work* in pixels written. *share* is the largest share (0 to 1) of the
    pixels that the file's bytes can hold. *frames* is how many frames can be played: 1 for a
    still, or for an animation that is broken (*is_broken_animation*). *alpha* says whether any
    frame can have transparent pixels, None if the decoder knows better. *colour* is the colour
    space that the container declares, None if an ICC profile defines it. *has_default_image*: the
    first picture of an APNG is not part of its animation.
    """

    memory: int = 0
    work: int = 0
    share: float = 1.0
    size: Size | None = None
    frames: int | None = None
    alpha: bool | None = None
    colour: ColourSpace | None = None
    is_broken_animation: bool = False
    has_default_image: bool = False


def check_cost(structure: Structure, length: int) -> None:
    """Refuse a file of *length* bytes that takes too much memory or time for its length.

    Raises:
        Unprocessable: it takes too much, or hardly any of its pixels are present.

    """
    if structure.share < MIN_SHARE:
        refuse_as_broken(f"{structure.share:.2%} of the pixels at most")
    allowed = min(_MAX_MEMORY, _FREE_MEMORY + _MEMORY_PER_BYTE * length)
    if structure.memory > allowed:
        message = "the original takes too much memory to decode"
        raise Unprocessable(message, detail=f"{structure.memory:,} of {allowed:,} bytes")
    if structure.work > _FREE_WORK + _WORK_PER_BYTE * length:
        message = "the original takes too long to decode"
        raise Unprocessable(message, detail=f"{structure.work:,} pixels")


def refuse_as_unsupported(what: str) -> NoReturn:
    """Refuse a file because it uses *what*, which is not supported.

    Raises:
        NotAPicture: always.

    """
    message = f"{what} is not supported"
    raise NotAPicture(message)


def refuse_as_broken(why: str) -> NoReturn:
    """Refuse a file because it is broken; *why* is for the log.

    Raises:
        Unprocessable: always.

    """
    message = "the original is broken"
    raise Unprocessable(message, detail=why)
