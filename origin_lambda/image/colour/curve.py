"""Computes the tone curve of a transform: one table for all adjustments of tones.

A curve maps the samples of each channel, from 0 to 255. The adjustments are applied in this order:

    exposure -> gamma -> highlights and shadows -> brightness -> contrast
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Final

from origin_lambda.url.params.adjust import Adjust

Curve = tuple[int, ...]
"""The new value of each sample from 0 to 255."""

_MAX: Final = 255
_PERCENT: Final = 100

_STOPS: Final = 5.0
"""`exp=100` is this many stops: each doubles the light."""

_GAMMA_STEP: Final = 50.0
"""This much `gam` halves the exponent."""

_LIFT: Final = 2.0
"""How far `shad=100` lifts dark tones: the slope of the curve at black is 1 more than this."""


@lru_cache(maxsize=64)
def tone_curve(adjust: Adjust) -> Curve | None:
    """Return the curve of all adjustments of tones, or None if there are none."""
    steps = _plan_steps(adjust)
    if not steps:
        return None
    return tuple(_compute_sample(sample / _MAX, steps) for sample in range(_MAX + 1))


def _compute_sample(value: float, steps: list[Callable[[float], float]]) -> int:
    for step in steps:
        value = min(1.0, max(0.0, step(value)))
    return int(value * _MAX + 0.5)


def _plan_steps(adjust: Adjust) -> list[Callable[[float], float]]:
    exposure = 2.0 ** (_STOPS * adjust.exposure / _PERCENT)
    exponent = 2.0 ** (-adjust.gamma / _GAMMA_STEP)
    lift, fall = adjust.shadows / _PERCENT, -adjust.highlights / _PERCENT
    shift = adjust.brightness / _PERCENT
    slope = 1 + adjust.contrast / _PERCENT
    steps: list[tuple[bool, Callable[[float], float]]] = [
        (exposure != 1, lambda value: to_gamma(to_linear(value) * exposure)),
        (exponent != 1, lambda value: value**exponent),
        (lift > 0, lambda value: value + lift * _lift_shadows(value)),
        (fall > 0, lambda value: value - fall * _lift_shadows(1 - value)),
        (shift != 0, lambda value: value + shift),
        (slope != 1, lambda value: (value - 0.5) * slope + 0.5),
    ]
    return [step for is_needed, step in steps if is_needed]


def _lift_shadows(value: float) -> float:
    """Return what is added to a tone; nothing at black and white, most at a quarter."""
    return _LIFT * value * (1 - value) ** 3


def to_linear(value: float) -> float:
    """Return the light of an sRGB value (IEC 61966-2-1)."""
    return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4


def to_gamma(light: float) -> float:
    """Return the sRGB value of an amount of light, the inverse of `to_linear`."""
    return light * 12.92 if light <= 0.0031308 else 1.055 * light ** (1 / 2.4) - 0.055
