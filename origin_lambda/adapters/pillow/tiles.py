"""Repeats small pictures."""

from PIL import Image


def repeat_tile(tile: Image.Image, size: tuple[int, int]) -> Image.Image:
    """Return a picture of *size* filled with a tile; each paste doubles what is filled."""
    result = Image.new(tile.mode, size)
    result.paste(tile)
    filled = tile.width
    while filled < size[0]:
        result.paste(result.crop((0, 0, filled, tile.height)), (filled, 0))
        filled *= 2
    filled = tile.height
    while filled < size[1]:
        result.paste(result.crop((0, 0, size[0], filled)), (0, filled))
        filled *= 2
    return result
