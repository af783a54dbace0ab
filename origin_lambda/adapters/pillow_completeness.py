"""Tells how much of a broken file was decoded: Pillow shows what there is, be it nothing.

A file of which less than a tenth could be decoded is refused. Each decoder leaves a trace where it
gave up: libjpeg fills the rest with middle grey, Pillow's PNG reader leaves it zero
(docs/decisions/0031).
"""

from typing import Any, Final

from PIL import Image, ImageFile

from origin_lambda.image.containers import jpeg, png
from origin_lambda.image.containers.structure import LEAST_SHARE, broken
from origin_lambda.image.formats import Kind

_GREY: Final = [int(abs(value - 128) > 1) for value in range(256)]
_PROBES: Final = 8


def check_decoded(image: ImageFile.ImageFile, kind: Kind, data: bytes) -> None:
    """Refuse a picture, just loaded, of which nearly nothing was decoded.

    Raises:
        Unprocessable: less than a tenth was.

    """
    if kind is Kind.JPEG and hasattr(image, "_ended"):
        # Pillow has made up the end of a file that is cut off.
        if not jpeg.has_later_scan(data) and _rows_other_than_grey(image) < LEAST_SHARE:
            raise broken("the scan is cut off at its beginning")
    elif kind is Kind.PNG and _is_blank_below(image, LEAST_SHARE):
        share = png.decoded_share(data)
        if share < LEAST_SHARE:
            raise broken(f"{share:.0%} of the scan lines can be decompressed")


def _rows_other_than_grey(image: Image.Image) -> float:
    """Return the share of rows above those that are all middle grey."""
    box = image.point(_GREY * len(image.getbands())).getbbox()
    return box[3] / image.height if box else 0.0


def _is_blank_below(image: Image.Image, share: float) -> bool:
    """Whether some pixels that are looked at below a *share* of the height are all zero."""
    width, height = image.size
    access: Any = image.load()
    if access is None:
        return False
    first = int(share * height)
    return not any(
        _is_set(access[x, y])
        for y in range(first, height, max(1, (height - first) // _PROBES))
        for x in range(0, width, max(1, width // _PROBES))
    )


def _is_set(pixel: Any) -> bool:
    return any(pixel) if isinstance(pixel, tuple) else bool(pixel)
