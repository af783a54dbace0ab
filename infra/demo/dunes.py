"""Dunes at sunset."""

import math
from random import Random
from typing import Final

from infra.demo.fields import Field, noise, slope
from infra.demo.film import photograph
from infra.demo.land import MAP, Sun, View
from infra.demo.light import Glow
from infra.demo.paint import Size, gradient, ramp, stops
from infra.demo.shapes import disc

SIZE: Final[Size] = (2400, 1600)


def dune_field(rng: Random) -> Field:
    """Fold smooth noise into winding crests, with lesser dunes on the greater."""
    swell = noise(rng, MAP, (4, 4))
    great = (noise(rng, MAP, (8, 5)) - 0.5) * 2
    small = (noise(rng, MAP, (17, 13)) - 0.5) * 2
    # The added square keeps a crest two cells wide: a sharper one would come out as a comb.
    crest = 1.0 - (great * great + 0.0004) ** 0.5
    return crest * 75 + (1.0 - (small * small + 0.0016) ** 0.5) * 12 + swell * 30


def ripples(rng: Random, dunes: Field) -> Field:
    """Lay the wind's small waves over the dunes, bending with them."""
    bend = noise(rng, MAP, (14, 14)) * 14 + noise(rng, MAP, (60, 60)) * 2.2
    wave = bend + slope(MAP, across=False) * 180 + dunes * 0.12
    return abs(wave - Field(wave.sheet.convert("I").convert("F")) - 0.5)


def paint_dunes() -> bytes:
    """Paint a sea of sand under a setting sun."""
    rng = Random(7)
    dunes = dune_field(rng)
    sun = Sun(-2, -1, math.tan(math.radians(13)))
    direct = (sun.on(dunes + ripples(rng, dunes) * 0.3) * 1.5).clipped()
    direct *= 1.0 - sun.shade(dunes, 3)
    sky_light = Sun(2, 3, 0.5).on(dunes).at_least(0)
    tone = direct * 0.78 + sky_light * 0.22 + (noise(rng, MAP, MAP) - 0.5) * 0.03
    sand = ramp(tone.mask(), stops("2e1a3c 0 6a3448 0.2 cc643e 0.45 faae60 0.75 ffe2a0 1"))
    view = View((512, 1010), 190, 0.62, 130, 990, 1000, SIZE, 500)
    land = view.render(dunes, sand, (246, 170, 126), 1000)
    image = gradient(
        SIZE, stops("262c62 0 54427a 0.1 b05c74 0.2 ee8a62 0.29 ffbe78 0.37 ffda9c 0.44 ffd696 1")
    )
    at = (620, 455)
    Glow(900, (255, 150, 70), 1.6, 0.7).on(image, at)
    Glow(250, (255, 220, 150), 1.6, 0.9).on(image, at)
    # Drawn at four times its size, for a smooth edge.
    body = disc((384, 384), (192, 192), 188).reduce(4)
    image.paste((255, 250, 228), (at[0] - 48, at[1] - 48), body)
    image.paste(land, mask=land)
    Glow(1300, (255, 140, 60), 1.8, 0.42).on(image, at)
    return photograph(image, rng)
