"""Analyses: the measured picture of an original, with mips and without."""

import io

import pytest
from PIL import Image

from origin_lambda.adapters.pillow.codec import PillowCodec
from origin_lambda.adapters.pillow.measurer import PillowMeasurer
from origin_lambda.adapters.pillow.raster import PillowRaster
from origin_lambda.adapters.svg_hush import sanitise
from origin_lambda.image.analysis.analyse import Analyser
from origin_lambda.image.analysis.measure import Measurements
from origin_lambda.image.geometry import Size
from origin_lambda.image.mips import plan_mip_sizes
from origin_lambda.image.probe import Limits
from origin_lambda.url.values import Colour
from tests.support.originals import BLUE, RED, encoded, jpeg, quadrants


class RecordingMeasurer(PillowMeasurer):
    """The measurer of the product, which records the sizes of measured rasters."""

    def __init__(self) -> None:
        self.seen: list[Size] = []

    def measure(self, raster: PillowRaster) -> Measurements:
        self.seen.append(raster.size)
        return super().measure(raster)


def recording_analyser() -> tuple[Analyser[PillowRaster], list[Size]]:
    measurer = RecordingMeasurer()
    return Analyser(PillowCodec(), measurer, sanitise, Limits()), measurer.seen


def draw_turned(size: tuple[int, int]) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = 6
    return jpeg(quadrants(size), exif=exif)


def draw_animated(size: tuple[int, int]) -> bytes:
    frames = [quadrants(size), quadrants(size).rotate(180)]
    return encoded(frames[0], "GIF", save_all=True, append_images=frames[1:])


@pytest.mark.parametrize("with_mips", [True, False])
@pytest.mark.parametrize(
    "data, wanted",
    [
        (jpeg(quadrants((2700, 1800))), (1280, 853)),
        (jpeg(quadrants((1500, 1000))), (1280, 853)),
        (jpeg(quadrants((600, 400))), (600, 400)),
        (draw_turned((1800, 1200)), (853, 1280)),
        (draw_animated((1800, 300)), (1280, 213)),
    ],
)
def test_the_measured_picture_is_upright_and_no_larger_than_necessary(
    data: bytes, wanted: tuple[int, int], with_mips: bool
) -> None:
    analyser, seen = recording_analyser()

    _, mips = analyser.analyse(data, with_mips=with_mips)

    assert seen == [wanted]
    assert len(mips) == len(plan_mip_sizes(PillowCodec().probe(data))) * with_mips


def test_mips_are_as_stored_the_largest_first() -> None:
    analyser, seen = recording_analyser()

    _, mips = analyser.analyse(draw_turned((3600, 1200)))

    assert seen == [(427, 1280)]
    sizes = [(2560, 853), (1920, 640), (1280, 427), (640, 213), (320, 107)]
    assert [mip.size for mip, _ in mips] == sizes
    assert [Image.open(io.BytesIO(body)).size for _, body in mips] == sizes


@pytest.mark.parametrize("with_mips", [True, False])
def test_fine_detail_keeps_its_colours(with_mips: bool) -> None:
    stripes = Image.new("RGB", (2560, 1280), RED)
    for left in range(0, 2560, 16):
        stripes.paste(BLUE, (left, 0, left + 8, 1280))
    analyser, _ = recording_analyser()

    analysis, _ = analyser.analyse(encoded(stripes, "PNG"), with_mips=with_mips)

    assert analysis.measurements is not None
    blue, red = sorted(swatch.colour for swatch in analysis.measurements.palette[:2])
    assert blue == pytest.approx(Colour(*BLUE), abs=12)
    assert red == pytest.approx(Colour(*RED), abs=12)
