"""What the structure of a file says about decoding it, and what is too much."""

from dataclasses import dataclass
from typing import Final, NoReturn

from origin_lambda.errors import NotAPicture, Unprocessable
from origin_lambda.image.containers.colour import ColourSpace
from origin_lambda.image.geometry import Size

_FREE_MEMORY: Final = 480_000_000
"""Bytes of memory that decoding any file may take."""

_MEMORY_PER_BYTE: Final = 100
"""Bytes of memory that each byte of a file adds to that: large pictures are large files."""

_MOST_MEMORY: Final = 1_200_000_000
"""Bytes that decoding may take at most, of the 1,769 MB that a function has."""

_FREE_WORK: Final = 600_000_000
"""Pixels that decoding any file may write, counting each as often as it is written."""

_WORK_PER_BYTE: Final = 1_000

LEAST_SHARE: Final = 0.1
"""A file of which less than this share can be decoded is broken, not truncated."""


@dataclass(frozen=True, slots=True)
class Structure:
    """What decoding a file takes, and what its decoder does not tell.

    *memory* is in bytes, *work* in pixels written. No more than a *share* of the pixels can be
    there: there are too few bytes for more. *frames* is how many frames can be played: 1 for
    a still, or for an animation that is broken (*is_broken_animation*). *alpha* tells whether any
    frame may have transparent pixels, None where the decoder knows better. *colour* is what the
    container says of its colours where there is no ICC profile that goes before it.
    *has_default_image* tells that an APNG's first picture is not part of its animation.
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
    """Refuse a file of *length* bytes that takes too much memory or time for what it holds.

    Raises:
        Unprocessable: it does, or hardly any of its pixels are there.

    """
    if structure.share < LEAST_SHARE:
        refuse_as_broken(f"{structure.share:.2%} of the pixels at most")
    allowed = min(_MOST_MEMORY, _FREE_MEMORY + _MEMORY_PER_BYTE * length)
    if structure.memory > allowed:
        message = "the original takes too much memory to decode"
        raise Unprocessable(message, detail=f"{structure.memory:,} of {allowed:,} bytes")
    if structure.work > _FREE_WORK + _WORK_PER_BYTE * length:
        message = "the original takes too long to decode"
        raise Unprocessable(message, detail=f"{structure.work:,} pixels")


def refuse_as_unsupported(what: str) -> NoReturn:
    """Refuse a file because *what* it uses is not supported.

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
