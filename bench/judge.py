"""Score with SSIMULACRA2 how similar two pictures look: 100 is identical, 90 looks identical."""

import io
import tempfile
from pathlib import Path

import pillow_avif  # noqa: F401 reason: its import teaches Pillow to open AVIF
from PIL import Image


def score(reference: bytes, other: bytes) -> float:
    """Return the SSIMULACRA2 score of one picture file against another of the same size.

    Both are shown on white.
    """
    from ssimulacra2 import compute_ssimulacra2  # of the benches' own requirements

    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder) / name for name in ("reference.png", "other.png")]
        for path, data in zip(paths, (reference, other), strict=True):
            picture = Image.open(io.BytesIO(data)).convert("RGBA")
            shown = Image.new("RGBA", picture.size, "white")
            shown.alpha_composite(picture)
            shown.convert("RGB").save(path, compress_level=1)
        return float(compute_ssimulacra2(*map(str, paths)))
