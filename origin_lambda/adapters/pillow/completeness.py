"""Refuses a broken file of which less than a tenth was decoded.

Pillow returns even a picture without any decoded pixel. But each decoder leaves a trace where it
stopped: libjpeg fills the rest with middle grey, Pillow's PNG reader leaves it zero
(docs/decisions/0031).
"""

from collections.abc import Callable
from typing import Any, Final

from PIL import Image, ImageFile

from origin_lambda.image.containers import jpeg
from origin_lambda.image.containers.structure import MIN_SHARE, refuse_as_broken
from origin_lambda.image.formats import Kind

_GREY: Final = [int(abs(value - 128) > 1) for value in range(256)]
_PROBES: Final = 8
_END: Final = b"\xff\xd9"
_MAX_BLOCK_ROWS: Final = 32
"""Rows of pixels that are coded together: 8, times the largest sampling factor."""


def check_decoded(
    image: ImageFile.ImageFile,
    kind: Kind,
    data: bytes,
    reopen: Callable[[bytes], ImageFile.ImageFile],
) -> None:
    """Refuse a loaded picture of which nearly nothing was decoded; *reopen* opens its file again.

    Raises:
        Unprocessable: less than a tenth was decoded.

    """
    if kind is Kind.JPEG and _can_be_filled(image, _is_middle_grey):
        share = _measure_jpeg_share(image, data, reopen)
    elif kind is Kind.PNG and _can_be_filled(image, _is_zero):
        from origin_lambda.image.containers import png  # few originals need it

        share = png.measure_decoded_share(data)
    else:
        return
    if share < MIN_SHARE:
        refuse_as_broken(f"{share:.0%} of the pixels can be decoded")


def _measure_jpeg_share(
    image: Image.Image, data: bytes, reopen: Callable[[bytes], ImageFile.ImageFile]
) -> float:
    """Return the decoded share (0 to 1) of a JPEG whose lower part is middle grey.

    The first of several scans covers the whole picture. A single scan is decoded again without the
    marker at the end of the file: pixels that are missing then stay black.
    """
    if jpeg.is_progressive(data):
        return 1.0 if jpeg.has_later_scan(data) else _measure_share_above_grey(image)
    has_end = data.endswith(_END)
    again = reopen(data.removesuffix(_END))
    again.draft(again.mode, (max(1, again.width // 8), max(1, again.height // 8)))
    again._ended = True  # type: ignore[attr-defined]  # noqa: SLF001 reason: or Pillow ends it too
    again.load()
    box = again.getbbox(alpha_only=False)
    # libjpeg looks ahead: without an end marker it does not return the last row of blocks.
    rows = (box[3] if box else 0) * image.height / again.height
    return (rows + (_MAX_BLOCK_ROWS if has_end else 0)) / image.height


def _measure_share_above_grey(image: Image.Image) -> float:
    """Return the share of the rows above the last that is not all middle grey."""
    box = image.point(_GREY * len(image.getbands())).getbbox()
    return box[3] / image.height if box else 0.0


def _can_be_filled(image: Image.Image, is_filler: Callable[[int], bool]) -> bool:
    """Return whether the samples of some pixels below the first tenth are all filler.

    This is a fast first check.
    """
    width, height = image.size
    access: Any = image.load()
    first = int(MIN_SHARE * height)
    return all(
        all(map(is_filler, pixel)) if isinstance(pixel, tuple) else is_filler(pixel)
        for y in range(first, height, max(1, (height - first) // _PROBES))
        for x in range(0, width, max(1, width // _PROBES))
        for pixel in (access[x, y],)
    )


def _is_zero(value: int) -> bool:
    return not value


def _is_middle_grey(value: int) -> bool:
    return 126 <= value <= 130
