"""Tells how much of a broken file was decoded: Pillow shows what there is, be it nothing.

A file of which less than a tenth could be decoded is refused. Each decoder leaves a trace where it
gave up: libjpeg fills the rest with middle grey, Pillow's PNG reader leaves it zero
(docs/decisions/0031).
"""

from collections.abc import Callable
from typing import Any, Final

from PIL import Image, ImageFile

from origin_lambda.image.containers import jpeg, png
from origin_lambda.image.containers.structure import LEAST_SHARE, refuse_as_broken
from origin_lambda.image.formats import Kind

_GREY: Final = [int(abs(value - 128) > 1) for value in range(256)]
_PROBES: Final = 8
_END: Final = b"\xff\xd9"
_MOST_BLOCK_ROWS: Final = 32
"""Rows of pixels that are coded together: 8, times the largest sampling factor."""


def check_decoded(
    image: ImageFile.ImageFile,
    kind: Kind,
    data: bytes,
    reopen: Callable[[bytes], ImageFile.ImageFile],
) -> None:
    """Refuse a picture, just loaded, of which nearly nothing was decoded.

    *reopen* opens a JPEG.

    Raises:
        Unprocessable: less than a tenth was.

    """
    if kind is Kind.JPEG and _is_below(image, _is_middle_grey):
        share = _jpeg_share(image, data, reopen)
    elif kind is Kind.PNG and _is_below(image, _is_zero):
        share = png.measure_decoded_share(data)
    else:
        return
    if share < LEAST_SHARE:
        refuse_as_broken(f"{share:.0%} of the pixels can be decoded")


def _jpeg_share(
    image: Image.Image, data: bytes, reopen: Callable[[bytes], ImageFile.ImageFile]
) -> float:
    """Return the share of a JPEG that was decoded, of one whose lower part is middle grey.

    The first of several scans is of the whole picture. A single scan is decoded once more without
    the marker that ends the file: what was made up stays black then.
    """
    if jpeg.is_progressive(data):
        return 1.0 if jpeg.has_later_scan(data) else _rows_other_than_grey(image)
    has_end = data.endswith(_END)
    again = reopen(data.removesuffix(_END))
    again.draft(again.mode, (max(1, again.width // 8), max(1, again.height // 8)))
    again._ended = True  # type: ignore[attr-defined]  # noqa: SLF001 reason: or Pillow ends it too
    again.load()
    box = again.getbbox(alpha_only=False)
    # libjpeg looks ahead: without an end it holds back the last row of blocks that it has read.
    rows = (box[3] if box else 0) * image.height / again.height
    return (rows + (_MOST_BLOCK_ROWS if has_end else 0)) / image.height


def _rows_other_than_grey(image: Image.Image) -> float:
    """Return the share of rows above those that are all middle grey."""
    box = image.point(_GREY * len(image.getbands())).getbbox()
    return box[3] / image.height if box else 0.0


def _is_below(image: Image.Image, is_made_up: Callable[[int], bool]) -> bool:
    """Whether all of some pixels below the first tenth may be made up: a cheap first look."""
    width, height = image.size
    access: Any = image.load()
    first = int(LEAST_SHARE * height)
    return all(
        all(map(is_made_up, pixel)) if isinstance(pixel, tuple) else is_made_up(pixel)
        for y in range(first, height, max(1, (height - first) // _PROBES))
        for x in range(0, width, max(1, width // _PROBES))
        for pixel in (access[x, y],)
    )


def _is_zero(value: int) -> bool:
    return not value


def _is_middle_grey(value: int) -> bool:
    return 126 <= value <= 130
