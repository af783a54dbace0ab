"""Score with SSIMULACRA2 how similar two pictures look: 100 is identical, 90 looks identical."""

import io
import tempfile
from pathlib import Path
from typing import Final

import pillow_avif  # noqa: F401 reason: its import teaches Pillow to open AVIF
from PIL import Image, ImageOps

_MIN_SIDE: Final = 256
"""In pixels. With a shorter side, SSIMULACRA2 has fewer than its six scales.

The reference implementation then gives the weights of one scale and channel to others: its loop
over the weights does not skip those of the missing scales.
"""


def score(reference: bytes, other: bytes) -> float:
    """Return the SSIMULACRA2 score of one picture file against another of the same size.

    Both are shown on white. Small pictures are mirrored until they are large enough: that changes
    no mean over their pixels.
    """
    from ssimulacra2 import compute_ssimulacra2  # of the benches' own requirements

    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder) / name for name in ("reference.png", "other.png")]
        for path, data in zip(paths, (reference, other), strict=True):
            _show(data).save(path, compress_level=1)
        return float(compute_ssimulacra2(*map(str, paths)))


def _show(data: bytes) -> Image.Image:
    picture = Image.open(io.BytesIO(data)).convert("RGBA")
    shown = Image.new("RGBA", picture.size, "white")
    shown.alpha_composite(picture)
    shown = shown.convert("RGB")
    while min(shown.size) < _MIN_SIDE:
        shown = _mirror(shown)
    return shown


def _mirror(picture: Image.Image) -> Image.Image:
    """Return a picture twice as wide and high, with its mirror images."""
    width, height = picture.size
    canvas = Image.new("RGB", (2 * width, 2 * height))
    canvas.paste(picture, (0, 0))
    canvas.paste(ImageOps.mirror(picture), (width, 0))
    canvas.paste(ImageOps.flip(canvas.crop((0, 0, 2 * width, height))), (0, height))
    return canvas
