"""Shapes text with HarfBuzz: chooses a font for each character, and the place of each glyph."""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any, Final, NamedTuple

import uharfbuzz as hb

from origin_lambda.adapters.harfbuzz.fonts import FontFace, list_fallbacks, select_font
from origin_lambda.image.text.bidi import order_runs
from origin_lambda.image.text.block import FontChoice
from origin_lambda.image.text.scripts import COMMON, is_joined, script_of
from origin_lambda.image.text.typesetter import FontMetrics

_UNKNOWN_LANGUAGE: Final = "und"
"""The environment's language must not change a picture."""

_DEFAULT_SCRIPT: Final = "Latn"
_MISSING: Final = 0  # the glyph of a character that a font lacks
_MOST_FONTS: Final = 64
_IGNORABLE: Final = frozenset(
    "\u00ad\u034f\u061c\u200b\u200c\u200d\u200e\u200f\u2060\u2061\u2062\u2063\u2064"
    "\u2066\u2067\u2068\u2069\ufe0e\ufe0f"
)
"""Characters that no font needs: HarfBuzz draws nothing for them."""

_WITHOUT_LIGATURES: Final = {"liga": False, "clig": False}


class Glyph(NamedTuple):
    """A glyph of a *font*, *x* pixels from the start of its line, *y* above the baseline."""

    font: hb.Font
    number: int
    x: float
    y: float


class _Run(NamedTuple):
    """Characters of one direction, one font and one script."""

    start: int
    end: int
    level: int
    face: FontFace
    script: str


class HarfBuzzTypesetter:
    """Shapes text in a font, with *track* pixels after each letter."""

    def __init__(self, choice: FontChoice, track: float = 0) -> None:
        self._choice = choice
        self._track = track
        self._primary = select_font(choice)
        self._fallbacks: list[FontFace] | None = None
        self.missing = 0

    def metrics(self, size: float) -> FontMetrics:
        extents = _font(self._primary, size).get_font_extents("ltr")
        scale = size / self._primary.face.upem
        return FontMetrics(extents.ascender * scale, -extents.descender * scale)

    def split_words(self, text: str) -> list[str]:
        return _split_thai(text)

    def measure(self, text: str, levels: Sequence[int], size: float) -> list[float]:
        advances = [0.0] * len(text)
        for run in self._split(text, levels):
            scale = size / run.face.face.upem
            buffer = self._shape(text, run, size)
            for info, position in zip(buffer.glyph_infos, buffer.glyph_positions, strict=True):
                advances[info.cluster] += position.x_advance * scale
            if self._track:
                for place in {info.cluster for info in buffer.glyph_infos}:
                    advances[place] += self._track
        return advances

    def shape(self, text: str, levels: Sequence[int], size: float) -> list[Glyph]:
        """Return the glyphs of a line from left to right; count those that no font has."""
        runs = list(self._split(text, levels))
        glyphs: list[Glyph] = []
        x = 0.0
        for run in _order(runs):
            scale = size / run.face.face.upem
            font = _font(run.face, size)
            buffer = self._shape(text, run, size)
            previous = None
            for info, position in zip(buffer.glyph_infos, buffer.glyph_positions, strict=True):
                if self._track and previous not in {None, info.cluster}:
                    x += self._track
                previous = info.cluster
                if info.codepoint == _MISSING and text[info.cluster] not in _IGNORABLE:
                    self.missing += 1
                glyphs.append(
                    Glyph(
                        font,
                        info.codepoint,
                        x + position.x_offset * scale,
                        position.y_offset * scale,
                    )
                )
                x += position.x_advance * scale
            x += self._track
        return glyphs

    def _shape(self, text: str, run: _Run, size: float) -> Any:
        buffer = hb.Buffer()
        buffer.add_codepoints([ord(char) for char in text], run.start, run.end - run.start)
        buffer.direction = "rtl" if run.level % 2 else "ltr"
        buffer.script = run.script
        buffer.language = _UNKNOWN_LANGUAGE
        hb.shape(_font(run.face, size), buffer, _WITHOUT_LIGATURES if self._track else None)
        return buffer

    def _split(self, text: str, levels: Sequence[int]) -> Iterator[_Run]:
        """Yield the runs of a text in logical order."""
        if text.isascii() and not any(levels):
            if text:
                yield _Run(0, len(text), 0, self._primary, _DEFAULT_SCRIPT)
            return
        scripts, faces = _list_scripts(text), self._list_faces(text)
        start = 0
        for place in range(1, len(text) + 1):
            if place < len(text) and (levels[place], scripts[place], faces[place]) == (
                levels[start],
                scripts[start],
                faces[start],
            ):
                continue
            yield _Run(start, place, levels[start], faces[start], scripts[start])
            start = place

    def _list_faces(self, text: str) -> list[FontFace]:
        """Return the first font that has a letter and its marks, for each character."""
        faces: list[FontFace] = []
        start = 0
        for place in range(1, len(text) + 1):
            if place < len(text) and is_joined(text, place):
                continue
            faces += [self._select_face(text[start:place])] * (place - start)
            start = place
        return faces

    def _select_face(self, cluster: str) -> FontFace:
        if _covers(self._primary, cluster):
            return self._primary
        if self._fallbacks is None:
            self._fallbacks = list(list_fallbacks(self._choice))
        for needed in (cluster, cluster[0]):
            for face in (self._primary, *self._fallbacks):
                if _covers(face, needed):
                    return face
        return self._primary


def _order(runs: Sequence[_Run]) -> Iterator[_Run]:
    """Yield runs from left to right."""
    for start, end, level in order_runs([run.level for run in runs]):
        part = runs[start:end]
        yield from reversed(part) if level % 2 else part


def _covers(face: FontFace, cluster: str) -> bool:
    font = _font(face, 0)
    return all(char in _IGNORABLE or font.get_nominal_glyph(ord(char)) for char in cluster)


def _list_scripts(text: str) -> list[str]:
    """Return the script of each character; one without a script has that of its neighbour."""
    scripts = [script_of(char) for char in text]
    known = next(filter(None, scripts), _DEFAULT_SCRIPT)
    for place, script in enumerate(scripts):
        if script == COMMON:
            scripts[place] = known
        known = scripts[place]
    return scripts


def _font(face: FontFace, size: float) -> hb.Font:
    return _build_font(face, round(size) if _has_optical_sizes(face.face) else 0)


@lru_cache(maxsize=_MOST_FONTS)
def _has_optical_sizes(face: hb.Face) -> bool:
    return any(axis.tag == "opsz" for axis in face.axis_infos)


@lru_cache(maxsize=_MOST_FONTS)
def _build_font(face: FontFace, size: int) -> hb.Font:
    """Return a font in units of its own, with the axes for a weight and a size in pixels."""
    font = hb.Font(face.face)
    axes = {axis.tag: axis for axis in face.face.axis_infos}
    wanted = {"wght": face.weight, "opsz": size}
    values = {
        tag: min(max(value, axes[tag].min_value), axes[tag].max_value)
        for tag, value in wanted.items()
        if tag in axes
    }
    if values:
        font.set_variations(values)
    return font


def _split_thai(text: str) -> list[str]:
    return list(_thai_parser().parse(text))


@lru_cache(maxsize=1)
def _thai_parser() -> Any:
    import budoux  # 18 ms, and few texts are in Thai

    return budoux.load_default_thai_parser()
