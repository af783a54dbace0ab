"""Fits the prediction of `image/appraisal.py`: what SSIMULACRA2 would say of a copy.

Every picture below a folder (JPEG, PNG, WebP) and two cuts of each of our drawings, 480 pixels
large, is written at a few numbers of each encoder. How alike the two look is what the product
measures; what that is worth, SSIMULACRA2 says. Beside the terms of the fit to all of them, the
table has how far off they are for a picture that was left out of it.

    python -m bench.appraise FOLDER
"""

import argparse
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from PIL import Image

from bench.judge import score
from bench.peers.drawings import DRAWINGS
from origin_lambda.adapters.pillow_codec import PillowCodec
from origin_lambda.adapters.pillow_measurer import PillowMeasurer
from origin_lambda.adapters.pillow_raster import PillowRaster
from origin_lambda.image.appraisal import APPRAISED, SMALLEST, closeness
from origin_lambda.image.formats import SAME
from origin_lambda.image.measure import Likeness
from origin_lambda.image.plan import Decoding, Encoding
from origin_lambda.image.raster import Frame
from origin_lambda.url.values import Format

NUMBERS: Final = (30, 50, 65, 78, 90)
FORMATS: Final = (Format.JPEG, Format.WEBP, Format.AVIF)
RANGE: Final = (45, 91)
"""Scores that matter: what is worse nobody asks for, what is better nobody sees."""

_SUFFIXES: Final = {".jpg", ".png", ".webp"}
_DRAWN: Final = 2.5  # what a drawing weighs, for there are few
_KINDS: Final = {output: kind for kind, output in SAME.items()}
_CODEC: Final = PillowCodec()
_MEASURER: Final = PillowMeasurer()


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture in RGB, and if it was drawn."""

    name: str
    image: Image.Image
    drawn: bool = False


@dataclass(frozen=True, slots=True)
class Sample:
    """A copy: of which picture, at which number, how alike, and the judge's score."""

    picture: Picture
    number: int
    likeness: Likeness
    score: float

    @property
    def terms(self) -> tuple[float, ...]:
        """What `appraisal.predicted` weighs."""
        worst, colours, finest, fine = map(closeness, self.likeness)
        share = self.number / 100
        return (1, worst, worst**2, colours, finest, fine, share, share**2)


def main() -> None:
    """Print the terms by format, and how good they are."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("folder", type=Path)
    pictures = [*_photographs(parser.parse_args().folder), *_drawings()]
    print("| format | terms | photographs: deviation, worst | drawings: deviation, worst |")
    print("|---|---|---|---|")
    for output in FORMATS:
        samples = [each for picture in pictures for each in _samples(picture, output)]
        left_out = _left_out(samples)
        terms = ", ".join(f"{term:.1f}" for term in _fitted(samples))
        told = (_off(samples, left_out, drawn=drawn) for drawn in (False, True))
        print(f"| {output} | {terms} | {' | '.join(told)} |", flush=True)


def _photographs(folder: Path) -> Iterator[Picture]:
    for path in sorted(folder.rglob("*")):
        if path.suffix in _SUFFIXES and path.is_file():
            with Image.open(path) as image:
                image.draft("RGB", (2 * APPRAISED, 2 * APPRAISED))
                yield from _fitting(Picture(path.name, image.convert("RGB")))


def _drawings() -> Iterator[Picture]:
    for name, draw in DRAWINGS.items():
        image = draw().convert("RGB")
        cut = image.crop((image.width // 3, image.height // 4, image.width, image.height))
        for each in (image, cut):
            yield from _fitting(Picture(name, each, drawn=True))


def _fitting(picture: Picture) -> Iterator[Picture]:
    picture.image.thumbnail((APPRAISED, APPRAISED), Image.Resampling.LANCZOS)
    if min(picture.image.size) >= SMALLEST:
        yield picture


def _samples(picture: Picture, output: Format) -> Iterator[Sample]:
    """Return the copies of a picture in a format, those whose score is in the range."""
    written = io.BytesIO()
    picture.image.save(written, "PNG", compress_level=1)
    for number in NUMBERS:
        raster = PillowRaster(picture.image.copy())
        body = _CODEC.encode([Frame(raster)], Encoding(output, number))
        found = score(written.getvalue(), body)
        if RANGE[0] < found < RANGE[1]:
            (frame,) = _CODEC.decode(body, Decoding(_KINDS[output]))
            likeness = _MEASURER.likeness(PillowRaster(picture.image), frame.raster)
            yield Sample(picture, number, likeness, found)


def _fitted(samples: list[Sample]) -> Any:
    """Return the terms that predict the scores best (weighted least squares)."""
    weights = np.sqrt([_DRAWN if each.picture.drawn else 1 for each in samples])
    terms = np.array([each.terms for each in samples]) * weights[:, None]
    scores = np.array([each.score for each in samples]) * weights
    return np.linalg.lstsq(terms, scores, rcond=None)[0]


def _left_out(samples: list[Sample]) -> list[float]:
    """Return by how much each score is predicted too high, by what is known of other pictures."""
    off: dict[int, float] = {}
    for name in {each.picture.name for each in samples}:
        terms = _fitted([each for each in samples if each.picture.name != name])
        off |= {
            id(each): float(np.dot(each.terms, terms)) - each.score
            for each in samples
            if each.picture.name == name
        }
    return [off[id(each)] for each in samples]


def _off(samples: list[Sample], off: list[float], *, drawn: bool) -> str:
    chosen = [
        each for sample, each in zip(samples, off, strict=True) if sample.picture.drawn is drawn
    ]
    return f"{np.std(chosen):.1f}, {max(chosen, key=abs):.1f}" if chosen else ""


if __name__ == "__main__":
    main()
