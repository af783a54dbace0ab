"""Effects change the right pixels: each is compared with a slow and simple computation."""

import pytest
from PIL import Image, ImageChops, ImageStat

from origin_lambda.adapters.pillow.raster import PillowRaster
from origin_lambda.image.colour.matrix import saturation
from origin_lambda.image.stages.effects.halftone import Halftone
from origin_lambda.image.stages.effects.pixellate import Pixellate
from origin_lambda.image.stages.effects.reduce_noise import ReduceNoise
from origin_lambda.image.stages.effects.unsharp_mask import UnsharpMask
from tests.image.test_stages import greatest, means, photograph, planned
from tests.support.plans import find_stage

MODES = ("L", "RGB", "RGBA")


def with_alpha(mode: str) -> Image.Image:
    """Return a photograph, with a gradient of alpha in the mode RGBA."""
    image = photograph(mode)
    if mode == "RGBA":
        image.putalpha(Image.linear_gradient("L").resize(image.size))
    return image


APPLIED = {
    "tones": lambda raster: raster.map_tones(list(range(255, -1, -1))),
    "pale colours": lambda raster: raster.mix_channels_of_pale_colours(saturation(2)),
    "noise": lambda raster: raster.smooth(20),
    "unsharp mask": lambda raster: raster.apply_unsharp_mask(3, 0.8),
    "halftone": lambda raster: raster.print_dots(7.5),
}


@pytest.mark.parametrize("effect", APPLIED)
@pytest.mark.parametrize("mode", MODES)
def test_an_effect_keeps_size_and_alpha_and_changes_the_picture(effect: str, mode: str) -> None:
    image = with_alpha(mode)

    changed = APPLIED[effect](PillowRaster(image.copy())).image

    assert changed.size == image.size
    if mode == "RGBA":
        assert changed.getchannel("A").tobytes() == image.getchannel("A").tobytes()
    if (effect, mode) != ("pale colours", "L"):
        assert greatest(changed.convert(mode), image) > 5


def test_a_curve_maps_each_sample() -> None:
    curve = [min(255, sample * 2) for sample in range(256)]
    image = Image.new("RGBA", (1, 1), (10, 100, 200, 77))

    assert PillowRaster(image).map_tones(curve).image.getpixel((0, 0)) == (20, 200, 255, 77)


@pytest.mark.parametrize("colour", [(200, 180, 190), (255, 0, 0), (120, 120, 120), (0, 90, 255)])
def test_vibrance_changes_pale_colours_more(colour: tuple[int, int, int]) -> None:
    factor = 1.8
    image = Image.new("RGB", (1, 1), colour)

    changed = PillowRaster(image).mix_channels_of_pale_colours(saturation(factor)).image

    luma = 0.2126 * colour[0] + 0.7152 * colour[1] + 0.0722 * colour[2]
    paleness = 1 - (max(colour) - min(colour)) / 255
    expected = [
        sample + paleness * (min(255, max(0, luma + factor * (sample - luma))) - sample)
        for sample in colour
    ]
    assert changed.getpixel((0, 0)) == pytest.approx(expected, abs=1)


def test_noise_is_smoothed_and_an_edge_is_kept() -> None:
    flat = Image.effect_noise((80, 80), 6).convert("RGB")
    edge = flat.copy()
    edge.paste((250, 250, 250), (40, 0, 80, 80))

    smooth = PillowRaster(edge.copy()).smooth(30).image

    inside = (4, 4, 32, 76)
    before, after = (ImageStat.Stat(each.crop(inside)).stddev[0] for each in (edge, smooth))
    assert after < before / 2
    assert greatest(smooth.crop((36, 4, 44, 76)), edge.crop((36, 4, 44, 76))) < 45
    assert greatest(smooth.crop((48, 4, 76, 76)), edge.crop((48, 4, 76, 76))) == 0


@pytest.mark.parametrize("side", [2, 7, 64, 1000])
@pytest.mark.parametrize("mode", MODES)
def test_a_block_is_the_mean_of_its_pixels(mode: str, side: int) -> None:
    image = with_alpha(mode)

    blocks = PillowRaster(image.copy()).pixellate(side).image

    assert (blocks.size, blocks.mode) == (image.size, mode)
    plain = image.convert("RGBa") if mode == "RGBA" else image
    for left, top in ((0, 0), (side, side), (image.width // side * side, 0)):
        box = (left, top, min(left + side, image.width), min(top + side, image.height))
        if box[0] >= box[2] or box[1] >= box[3]:
            continue
        block = blocks.convert("RGBa") if mode == "RGBA" else blocks
        extrema = ImageStat.Stat(block.crop(box)).extrema
        assert all(low == high for low, high in extrema)
        assert means(block.crop(box)) == pytest.approx(means(plain.crop(box)), abs=2)


@pytest.mark.parametrize("level", [0, 30, 100, 128, 200, 255])
@pytest.mark.parametrize("distance", [4.0, 9.0, 40.0])
def test_dots_cover_as_much_as_the_tone_is_dark(level: int, distance: float) -> None:
    flat = Image.new("RGB", (600, 600), (level, level, level))

    printed = PillowRaster(flat).print_dots(distance).image

    assert means(printed) == pytest.approx([level] * 3, abs=8)


def test_the_screens_of_the_channels_differ() -> None:
    red, green, blue = (
        PillowRaster(Image.new("RGB", (99, 99), (99, 99, 99))).print_dots(9).image.split()
    )

    assert len({red.tobytes(), green.tobytes(), blue.tobytes()}) == 3


def test_an_unsharp_mask_of_minus_100_percent_is_the_blur_of_luma() -> None:
    image = photograph()

    softened = PillowRaster(image.copy()).apply_unsharp_mask(3, -1).image

    # A strong colour cannot have every luma.
    blurred = PillowRaster(image).blur(3).image
    assert means(ImageChops.difference(softened.convert("L"), blurred.convert("L")))[0] < 1


def test_an_unsharp_mask_keeps_chroma() -> None:
    image = photograph()

    sharpened = PillowRaster(image.copy()).apply_unsharp_mask(3, 0.3).image

    for before, after in zip(
        image.convert("YCbCr").split()[1:], sharpened.convert("YCbCr").split()[1:], strict=True
    ):
        # Chroma moves only where a channel reaches its limit.
        assert means(ImageChops.difference(before, after))[0] < 1


# Plans.


@pytest.mark.parametrize(
    "query, expected",
    [
        ("nr=100&nrs=50", ReduceNoise(50.0, 0.5)),
        ("nr=20", ReduceNoise(10.0, 0.2)),
        ("nrs=70", ReduceNoise(10.0, 0.7)),
        ("nr=50&nrs=-5", ReduceNoise(25.0, 0)),
        ("nr=0", None),
        ("nr=-100&nrs=100", None),
    ],
)
def test_either_parameter_of_noise_has_the_default_of_the_other(
    query: str, expected: ReduceNoise | None
) -> None:
    assert find_stage(planned(query), ReduceNoise) == expected


def test_sizes_of_effects_are_multiplied_by_dpr() -> None:
    plan = planned("w=100&dpr=2&px=5&htn=6&usm=50&usmrad=1.5")

    assert find_stage(plan, Pixellate) == Pixellate(10)
    assert find_stage(plan, Halftone) == Halftone(12)
    assert find_stage(plan, UnsharpMask) == UnsharpMask(3, 0.5)


def test_the_smallest_effect_can_be_seen() -> None:
    plan = planned("px=1&htn=1&usm=1")

    assert find_stage(plan, Pixellate) == Pixellate(2)
    assert find_stage(plan, Halftone) == Halftone(2)
    assert find_stage(plan, UnsharpMask) == UnsharpMask(2.5, 0.01)
    assert find_stage(planned("usm=10&usmrad=0"), UnsharpMask) is None
