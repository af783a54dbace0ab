"""Scores how alike two pictures look by SSIMULACRA2, with Pillow's own operations on floats.

SSIMULACRA2 (https://github.com/cloudinary/ssimulacra2) measures how much structure is lost, and
how many edges are new or lost, by channel (XYB) and scale. Its weights were fitted to people's
judgements. Two simplifications make this version 10 times faster than one with numpy, whose import
alone takes 0.2 s:

- it computes 18 of the 108 terms, which make up 99 % of what a copy loses;
- its Gaussian of 1.5 pixels is a triangle of 4, and structure is compared at every fourth pixel.

`tests/image/test_ssimulacra2.py` measures the deviation.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, Literal, NamedTuple, cast

from PIL import Image, ImageMath

Channel = Literal["X", "Y", "B"]


class _Weights(NamedTuple):
    """The weights of a channel's terms at a scale; all but *structure* are fourth-power means."""

    structure: float = 0.0
    worst_structure: float = 0.0
    new_edges: float = 0.0
    lost_edges: float = 0.0

    @property
    def needs_edges(self) -> bool:
        return self.new_edges > 0 or self.lost_edges > 0


# By scale: full resolution, half of it, and so on.
_WEIGHTS: Final[tuple[Mapping[Channel, _Weights], ...]] = (
    {"Y": _Weights(0.0, 7.467, 0.0, 17.446)},
    {"Y": _Weights(0.0, 6.684), "X": _Weights(0.0, 1.104)},
    {"Y": _Weights(225.205, 19.213), "X": _Weights(0.0, 1.842, 11.441)},
    {
        "Y": _Weights(176.393, 24.433),
        "X": _Weights(0.0, 1.879, 10.949),
        "B": _Weights(0.0, 8.827, 23.192),
    },
    {"Y": _Weights(0.0, 34.779, 44.836), "B": _Weights(95.108, 0.0, 171.267)},
)

_LINEAR: Final = [
    value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4
    for value in (level / 255 for level in range(256))
]

# How much of linear red, green and blue the eye's three kinds of cones absorb, and a bias.
_CONES: Final = (
    (0.30, 0.622, 0.078),
    (0.23, 0.692, 0.078),
    (0.243423, 0.204767, 0.551810),
)
_BIAS: Final = 0.003793073
_BIAS_ROOT: Final = _BIAS ** (1 / 3)

_STABILISER: Final = 0.0009
_TRIANGLE: Final = 4
_TWICE: Final = 2.6
"""A triangle of this width, applied twice, is a Gaussian of 1.5."""

_MARGIN: Final = 6
"""Columns of zeros at the left and the right: the reference implementation blurs them in too."""

_HALF: Final = 0.5  # because x + |x| is twice the positive part of x


@dataclass(frozen=True, slots=True)
class _Plane:
    """A channel at a scale, with *means* and *variances* at every fourth pixel."""

    values: Image.Image
    means: Image.Image
    variances: Image.Image
    edges: Image.Image | None

    @classmethod
    def of(cls, values: Image.Image, weights: _Weights) -> "_Plane":
        means = _blur(values)
        squares = _blur(_compute(lambda x: x * x, values))
        variances = _compute(lambda square, mean: square - mean * mean, squares, means)
        edges = None
        if weights.needs_edges:
            edges = _compute(lambda x, mean: abs(x - mean) + 1.0, values, _smooth(values))
        return cls(values, means, variances, edges)


_Planes = tuple[Mapping[Channel, _Plane], ...]


def score(first: Image.Image, second: Image.Image) -> float:
    """Return the score of *second* against the original *first*: 100 is equal, 90 looks equal.

    Both have the same size, at least 128 pixels a side. Alpha is ignored.
    """
    one = _original_planes(first.size, first.convert("RGB").tobytes())
    other = _planes(second)
    lost = sum(
        _measure_loss(plane, other[scale][channel], _WEIGHTS[scale][channel])
        for scale, planes in enumerate(one)
        for channel, plane in planes.items()
    )
    lost *= 0.9562382616834844
    bent = (
        2.326765642916932 * lost - 0.020884521182843837 * lost**2 + 6.248496625763138e-05 * lost**3
    )
    return float(100 - 10 * max(bent, 0.0) ** 0.6276336467831387)


@lru_cache(maxsize=1)
def _original_planes(size: tuple[int, int], pixels: bytes) -> _Planes:
    """Return the planes of an original, cached: many copies are compared with it in turn."""
    return _planes(Image.frombytes("RGB", size, pixels))


def _planes(image: Image.Image) -> _Planes:
    linear = [band.point(_LINEAR, "F") for band in image.convert("RGB").split()]
    scales = []
    for weights in _WEIGHTS:
        channels = _channels(linear, weights)
        scales.append({name: _Plane.of(channels[name], weights[name]) for name in weights})
        linear = [band.reduce(2) for band in linear]
    return tuple(scales)


def _channels(
    linear: list[Image.Image], wanted: Mapping[Channel, _Weights]
) -> dict[Channel, Image.Image]:
    """Return the requested channels of XYB: red-green, lightness, and blue minus lightness."""
    cones = [_cones(linear, sees) for sees in _CONES[: 3 if "B" in wanted else 2]]
    channels: dict[Channel, Image.Image] = {}
    for name in wanted:
        if name == "X":
            channels[name] = _compute(lambda x, y: (x - y) * 14.0 + 0.42, *cones[:2])
        elif name == "Y":
            channels[name] = _compute(lambda x, y: x + y + (0.01 - _BIAS_ROOT), *cones[:2])
        else:
            channels[name] = _compute(lambda x, y, z: z + z - x - y + 0.55, *cones)
    return channels


def _cones(linear: list[Image.Image], sees: tuple[float, float, float]) -> Image.Image:
    """Return half the response of a kind of cones: the cube root of its light."""
    red, green, blue = (share / 8 for share in sees)
    return _compute(
        lambda r, g, b: (r * red + g * green + b * blue + _BIAS / 8) ** (1 / 3), *linear
    )


def _measure_loss(one: _Plane, other: _Plane, weights: _Weights) -> float:
    lost = 0.0
    if weights.structure or weights.worst_structure:
        apart = _structure_loss(one, other)
        lost += _HALF * weights.structure * _mean(apart)
        lost += _HALF * weights.worst_structure * _high_mean(apart)
    if one.edges and other.edges:
        change = _compute(lambda was, now: now / was - 1.0, one.edges, other.edges)
        if weights.new_edges:
            more = _compute(lambda x: x + abs(x), change)
            lost += _HALF * weights.new_edges * _high_mean(more)
        if weights.lost_edges:
            fewer = _compute(lambda x: abs(x) - x, change)
            lost += _HALF * weights.lost_edges * _high_mean(fewer)
    return lost


def _structure_loss(one: _Plane, other: _Plane) -> Image.Image:
    """Return twice the structure loss: 2 x (1 - SSIM's structure term), never below 0."""
    both = _blur(_compute(lambda x, y: x * y, one.values, other.values))
    means = (one.means, other.means)
    near = _compute(lambda m, n: 1.0 - (m - n) * (m - n), *means)
    common = _compute(lambda c, m, n: (c - m * n) * 2.0 + _STABILISER, both, *means)
    whole = _compute(lambda v, w: v + w + _STABILISER, one.variances, other.variances)
    apart = _compute(lambda n, c, w: 1.0 - n * c / w, near, common, whole)
    return _compute(lambda x: x + abs(x), apart)


def _compute(formula: Callable[..., Any], *images: Image.Image) -> Image.Image:
    """Return an image computed by a formula from the images' values, pixel by pixel."""
    names = "abc"[: len(images)]
    return cast(
        "Image.Image",
        ImageMath.lambda_eval(
            lambda known: formula(*(known[name] for name in names)),
            **dict(zip(names, images, strict=True)),
        ),
    )


def _add_margins(image: Image.Image) -> Image.Image:
    return image.crop((-_MARGIN, 0, image.width + _MARGIN, image.height))


def _blur(image: Image.Image) -> Image.Image:
    size = (round(image.width / _TRIANGLE), round(image.height / _TRIANGLE))
    box = (_MARGIN, 0, _MARGIN + image.width, image.height)
    return _add_margins(image).resize(size, Image.Resampling.BILINEAR, box)


def _smooth(image: Image.Image) -> Image.Image:
    """Return the image blurred, at every pixel."""
    wide = _add_margins(image)
    size = (round(wide.width / _TWICE), round(wide.height / _TWICE))
    there = wide.resize(size, Image.Resampling.BILINEAR)
    back = there.resize(wide.size, Image.Resampling.BILINEAR)
    return back.crop((_MARGIN, 0, _MARGIN + image.width, image.height))


def _mean(image: Image.Image) -> float:
    return float(cast("float", image.reduce(image.size).getpixel((0, 0))))


def _high_mean(image: Image.Image) -> float:
    """Return the fourth root of the mean of fourth powers: large values dominate."""
    squares = _compute(lambda x: x * x, image)
    return float(_mean(_compute(lambda x: x * x, squares)) ** 0.25)
