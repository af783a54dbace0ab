"""The stages of adjustments and effects, in their order. Most requests need none of them.

The docstring of each stage gives the reason for its place.
"""

from typing import Final

from origin_lambda.image.stages.effects.adjust_tones import AdjustTones
from origin_lambda.image.stages.effects.adjust_vibrance import AdjustVibrance
from origin_lambda.image.stages.effects.blur import Blur
from origin_lambda.image.stages.effects.halftone import Halftone
from origin_lambda.image.stages.effects.mix_colours import MixColours
from origin_lambda.image.stages.effects.pixellate import Pixellate
from origin_lambda.image.stages.effects.reduce_noise import ReduceNoise
from origin_lambda.image.stages.effects.sharpen import Sharpen
from origin_lambda.image.stages.effects.unsharp_mask import UnsharpMask
from origin_lambda.image.stages.stage import Stage

EFFECTS: Final[tuple[type[Stage], ...]] = (
    AdjustTones,
    AdjustVibrance,
    MixColours,
    ReduceNoise,
    Blur,
    Sharpen,
    UnsharpMask,
    Pixellate,
    Halftone,
)
