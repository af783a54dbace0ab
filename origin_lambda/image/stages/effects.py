"""The stages of adjustments and effects, in their order. Most requests need none of them.

The docstring of each stage gives the reason for its place.
"""

from typing import Final

from origin_lambda.image.stages.adjust_tones import AdjustTones
from origin_lambda.image.stages.adjust_vibrance import AdjustVibrance
from origin_lambda.image.stages.blur import Blur
from origin_lambda.image.stages.halftone import Halftone
from origin_lambda.image.stages.mix_colours import MixColours
from origin_lambda.image.stages.pixellate import Pixellate
from origin_lambda.image.stages.reduce_noise import ReduceNoise
from origin_lambda.image.stages.sharpen import Sharpen
from origin_lambda.image.stages.stage import Stage
from origin_lambda.image.stages.unsharp_mask import UnsharpMask

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
