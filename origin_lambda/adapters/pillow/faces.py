"""Corrections and marks of faces on Pillow's pictures."""

from typing import Final

from PIL import Image, ImageChops, ImageDraw

from origin_lambda.image.raster import Bounds

_MIN_RATIO: Final = 1.5
"""A pupil is red if its red is this many times the larger of its green and blue; skin is not."""

_STEEPNESS: Final = 4
"""Levels of the mask for each level of red beyond that."""

_FRAME: Final = (255, 210, 0)
_CROSS: Final = (255, 0, 80)
_OUTLINE: Final = (0, 0, 0)
_LINE: Final = 300
"""A line is this share of the longest side wide, and at least a pixel."""


def correct_red_eyes(image: Image.Image, eyes: tuple[Bounds, ...]) -> Image.Image:
    """Return the picture with red pupils grey inside the ellipses of these boxes."""
    if image.mode == "L":
        return image
    for eye in eyes:
        part = image.crop(eye)
        red, green, blue, *alpha = part.split()
        threshold = ImageChops.lighter(green, blue).point(
            [min(255, round(level * _MIN_RATIO)) for level in range(256)]
        )
        redness = ImageChops.subtract(red, threshold).point(
            [min(255, level * _STEEPNESS) for level in range(256)]
        )
        mask = ImageChops.multiply(redness, _draw_ellipse(part.size))
        calm = ImageChops.add(green, blue, scale=2)
        pupil = Image.composite(calm, red, mask)
        image.paste(Image.merge(image.mode, (pupil, green, blue, *alpha)), eye[:2])
    return image


def _draw_ellipse(size: tuple[int, int]) -> Image.Image:
    mask = Image.new("L", size)
    ImageDraw.Draw(mask).ellipse((0, 0, size[0] - 1, size[1] - 1), fill=255)
    return mask


def draw_marks(
    image: Image.Image, focus: tuple[int, int] | None, boxes: tuple[Bounds, ...]
) -> Image.Image:
    """Return the picture with a cross at the focus, and a frame around each box."""
    image = image if image.mode == "RGBA" else image.convert("RGB")
    pen = ImageDraw.Draw(image)
    width = max(1, round(max(image.size) / _LINE))
    for left, top, right, bottom in boxes:
        for grown, colour in ((width, _OUTLINE), (0, _FRAME)):
            pen.rectangle(
                (left, top, max(left, right - 1), max(top, bottom - 1)), None, colour, width + grown
            )
    if focus:
        x, y = focus
        arm = max(4, round(max(image.size) / 20))
        for thickness, colour in ((3 * width, _OUTLINE), (width, _CROSS)):
            pen.line((x - arm, y, x + arm, y), colour, thickness)
            pen.line((x, y - arm, x, y + arm), colour, thickness)
    return image
