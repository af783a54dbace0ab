"""Builds ICC profiles for colour spaces that files declare without one (ICC.1:2022)."""

import math
import struct
from collections.abc import Callable
from functools import lru_cache
from typing import Final

from origin_lambda.image.containers.colour import HLG, PQ, Chromaticities, ColourSpace

Row = tuple[float, float, float]
Matrix = tuple[Row, Row, Row]

_WHITE_NITS: Final = 203.0
"""Luminance of SDR white (ITU-R BT.2408)."""

_PEAK_NITS: Final = 1000.0
"""Luminance of the brightest highlight; anything brighter looks the same."""

_SAMPLES: Final = 1024


_D50: Final[Row] = (0.9642, 1.0, 0.8249)
_BRADFORD: Final[Matrix] = (
    (0.8951, 0.2664, -0.1614),
    (-0.7502, 1.7135, 0.0367),
    (0.0389, -0.0685, 1.0296),
)


@lru_cache(maxsize=16)
def build_icc_profile(
    space: ColourSpace, *, is_grey: bool = False, name: str = "Calotype", is_short: bool = False
) -> bytes:
    """Return an ICC profile of a colour space: a matrix and curves, or for grey a curve only.

    Viewers show its *name*. If *is_short*, sRGB or a gamma is a formula instead of a table.
    The curves of PQ and HLG also map their tones to those that sRGB can show, for each channel.
    """
    curve = _build_formula_tag(space) if is_short else _build_curve_tag(space)
    tags = {
        b"desc": _build_text_tag(name),
        b"cprt": _build_text_tag("CC0"),
        b"wtpt": _build_xyz_tag(_D50),
    }
    if is_grey:
        tags |= {b"kTRC": curve}
    else:
        colorants = _compute_colorants(space.chromaticities)
        for channel, column in zip((b"r", b"g", b"b"), colorants, strict=True):
            tags |= {channel + b"XYZ": _build_xyz_tag(column), channel + b"TRC": curve}
    start = 132 + 12 * len(tags)
    table, data, places = struct.pack(">I", len(tags)), b"", dict[bytes, int]()
    for signature, body in tags.items():
        if body not in places:  # tags with the same content share it
            places[body] = start + len(data)
            data += body + b"\0" * (-len(body) % 4)
        table += signature + struct.pack(">II", places[body], len(body))
    device = b"GRAY" if is_grey else b"RGB "
    header = struct.pack(">I", start + len(data)) + b"\0\0\0\0\x04\x40\0\0mntr" + device + b"XYZ "
    header += struct.pack(">6H", 2026, 1, 1, 0, 0, 0) + b"acsp"
    return (header.ljust(68, b"\0") + _pack_fixed(*_D50)).ljust(128, b"\0") + table + data


def _build_formula_tag(space: ColourSpace) -> bytes:
    """Return a parametricCurveType of a gamma or of sRGB's curve (ICC.1:2022, 10.18)."""
    if space.gamma:
        return b"para\0\0\0\0" + struct.pack(">HH", 0, 0) + _pack_fixed(space.gamma)
    numbers = (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)
    return b"para\0\0\0\0" + struct.pack(">HH", 3, 0) + _pack_fixed(*numbers)


def _build_curve_tag(space: ColourSpace) -> bytes:
    light = _light_function(space)
    if space.full_range:
        values = [light(n / (_SAMPLES - 1)) for n in range(_SAMPLES)]
    else:
        # 16 to 235 of 255 (H.273, 8.3).
        steps = ((255 * n / (_SAMPLES - 1) - 16) / 219 for n in range(_SAMPLES))
        values = [light(min(1.0, max(0.0, step))) for step in steps]
    samples = [min(65_535, max(0, round(65_535 * value))) for value in values]
    return b"curv\0\0\0\0" + struct.pack(f">I{_SAMPLES}H", _SAMPLES, *samples)


def _light_function(space: ColourSpace) -> Callable[[float], float]:
    """Return the function from a sample to light, both 0 to 1."""
    if space.gamma:
        return lambda sample: sample**space.gamma
    if space.transfer == PQ:
        return lambda sample: _map_to_sdr(_pq_nits(sample))
    if space.transfer == HLG:
        return lambda sample: _map_to_sdr(_hlg_nits(sample))
    return _srgb_light


def _srgb_light(sample: float) -> float:
    """Return the light of an sRGB sample, both 0 to 1 (IEC 61966-2-1)."""
    return sample / 12.92 if sample <= 0.04045 else ((sample + 0.055) / 1.055) ** 2.4


# SMPTE ST 2084.
_M1, _M2 = 2610 / 16384, 2523 / 4096 * 128
_C1, _C2, _C3 = 3424 / 4096, 2413 / 4096 * 32, 2392 / 4096 * 32


def _pq_nits(sample: float) -> float:
    power = sample ** (1 / _M2)
    light: float = 10_000 * (max(power - _C1, 0) / (_C2 - _C3 * power)) ** (1 / _M1)
    return light


def _pq_sample(nits: float) -> float:
    power = (max(nits, 0.0) / 10_000) ** _M1
    sample: float = ((_C1 + _C2 * power) / (1 + _C3 * power)) ** _M2
    return sample


def _hlg_nits(sample: float) -> float:
    """Return the luminance of an HLG sample on a display of 1,000 nits (ITU-R BT.2100, table 5).

    The display's gamma of 1.2 is applied to each channel.
    """
    a, b, c = 0.17883277, 0.28466892, 0.55991073
    scene = sample**2 / 3 if sample <= 0.5 else (math.exp((sample - c) / a) + b) / 12
    return float(_PEAK_NITS * scene**1.2)


def _map_to_sdr(nits: float) -> float:
    """Return the light (0 to 1) that SDR shows for a luminance.

    This is the EETF of ITU-R BT.2390-11, 5.4.1. Values below a knee stay as they are;
    above it a spline maps the peak to white.
    """
    most, target = _pq_sample(_PEAK_NITS), _pq_sample(_WHITE_NITS)
    level = min(_pq_sample(nits) / most, 1.0)
    top = target / most
    knee = 1.5 * top - 0.5
    if level > knee:
        t = (level - knee) / (1 - knee)
        level = (
            (2 * t**3 - 3 * t**2 + 1) * knee
            + (t**3 - 2 * t**2 + t) * (1 - knee)
            + (-2 * t**3 + 3 * t**2) * top
        )
    return _pq_nits(level * most) / _WHITE_NITS


def _compute_colorants(points: Chromaticities) -> Matrix:
    """Return the XYZ of the primaries, adapted to D50 by Bradford (ICC.1:2022, annex E)."""
    red, green, blue, white = (_xyz_of_chromaticity(*point) for point in points)
    primaries: Matrix = (
        (red[0], green[0], blue[0]),
        (red[1], green[1], blue[1]),
        (red[2], green[2], blue[2]),
    )
    scale = _multiply(_invert(primaries), white)
    source, target = _multiply(_BRADFORD, white), _multiply(_BRADFORD, _D50)
    ratios = tuple(to / of for of, to in zip(source, target, strict=True))

    def adapt(primary: Row, weight: float) -> Row:
        cones = _multiply(_BRADFORD, primary)
        x, y, z = (weight * cone * ratio for cone, ratio in zip(cones, ratios, strict=True))
        return _multiply(_invert(_BRADFORD), (x, y, z))

    first, second, third = map(adapt, (red, green, blue), scale)
    return first, second, third


def _xyz_of_chromaticity(x: float, y: float) -> Row:
    return x / y, 1.0, (1 - x - y) / y


def _multiply(matrix: Matrix, vector: Row) -> Row:
    x, y, z = (sum(a * b for a, b in zip(row, vector, strict=True)) for row in matrix)
    return x, y, z


def _invert(matrix: Matrix) -> Matrix:
    (a, b, c), (d, e, f), (g, h, i) = matrix
    scale = 1 / (a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g))
    return (
        (scale * (e * i - f * h), scale * (c * h - b * i), scale * (b * f - c * e)),
        (scale * (f * g - d * i), scale * (a * i - c * g), scale * (c * d - a * f)),
        (scale * (d * h - e * g), scale * (b * g - a * h), scale * (a * e - b * d)),
    )


def _pack_fixed(*values: float) -> bytes:
    """Return numbers as s15Fixed16Numbers."""
    limit = 2**31 - 1
    return struct.pack(
        f">{len(values)}i", *(max(-limit, min(limit, round(65_536 * value))) for value in values)
    )


def _build_xyz_tag(vector: Row) -> bytes:
    return b"XYZ \0\0\0\0" + _pack_fixed(*vector)


def _build_text_tag(text: str) -> bytes:
    body = text.encode("utf-16-be")
    return b"mluc" + struct.pack(">III2s2sII", 0, 1, 12, b"en", b"US", len(body), 28) + body
