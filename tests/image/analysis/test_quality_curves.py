"""Quality curves rise, and pictures that are harder to encode get higher numbers."""

import pytest
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from origin_lambda.adapters.pillow.codec import PillowCodec
from origin_lambda.adapters.pillow.measurer import PillowMeasurer
from origin_lambda.adapters.pillow.raster import PillowRaster
from origin_lambda.adapters.svg_hush import sanitise
from origin_lambda.image.analysis.analyse import Analyser
from origin_lambda.image.analysis.quality_curves import TRIED_QUALITIES, make_copy, measure_curves
from origin_lambda.image.mips import HIGH_OVERSAMPLING, LOW_OVERSAMPLING
from origin_lambda.image.probe import Limits
from origin_lambda.image.quality import TARGETS, Curves, Effort
from origin_lambda.originals.catalog import from_json, to_json
from origin_lambda.originals.record import OriginalRecord
from origin_lambda.url.values import AutoQuality, Chroma, Format
from tests.support.originals import draw, encoded, jpeg, quadrants


def measure(image: Image.Image) -> Curves:
    return measure_curves(make_copy(PillowRaster(image)), PillowCodec(), PillowMeasurer())


def draw_clouds(blur: float) -> Image.Image:
    bands = [
        Image.effect_noise((600, 400), 90).filter(ImageFilter.GaussianBlur(blur)) for _ in "RGB"
    ]
    return Image.merge("RGB", bands)


def draw_letters() -> Image.Image:
    """Return red words on blue, which colours of half the resolution would blur."""
    image = Image.new("RGB", (600, 400), (20, 40, 160))
    pen = ImageDraw.Draw(image)
    for line in range(0, 400, 14):
        pen.text((line % 40, line), "calotype " * 12, fill=(220, 30, 40))
    return image


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L"])
@pytest.mark.parametrize("size", [(600, 400), (200, 1200), (176, 176)])
def test_every_format_has_a_curve_that_rises(mode: str, size: tuple[int, int]) -> None:
    curves = measure(quadrants((60, 40)).convert(mode).resize(size))

    assert set(curves) == set(TRIED_QUALITIES)
    for output, curve in curves.items():
        numbers, scores = zip(*curve.points, strict=True)
        assert set(numbers) >= set(TRIED_QUALITIES[output])
        assert list(numbers) == sorted(set(numbers))
        assert list(scores) == sorted(set(scores))


@pytest.mark.parametrize("output", TRIED_QUALITIES)
def test_a_picture_that_is_harder_to_encode_gets_a_higher_number(output: Format) -> None:
    easy, hard = measure(draw_clouds(12))[output], measure(draw_clouds(1))[output]

    assert hard.quality_for(70) > easy.quality_for(70)


@pytest.mark.parametrize("output", [Format.JPEG, Format.AVIF])
def test_coloured_text_gets_colours_of_full_resolution(output: Format) -> None:
    assert measure(draw_letters())[output].chroma is Chroma.FULL
    assert measure(draw_clouds(12))[output].chroma is Chroma.QUARTER


def test_drawings_get_more_effort_in_avif() -> None:
    page = Image.new("RGB", (600, 400), "white")
    pen, font = ImageDraw.Draw(page), ImageFont.load_default(18)
    for line in range(0, 400, 24):
        pen.text((line % 40, line), "the same picture, smaller " * 3, font=font, fill="black")

    assert measure(page)[Format.AVIF].effort is Effort.MORE
    assert measure(draw_clouds(2))[Format.AVIF].effort is Effort.USUAL
    assert measure(page)[Format.WEBP].effort is Effort.USUAL


def test_webp_always_has_quarter_chroma() -> None:
    assert measure(draw_letters())[Format.WEBP].chroma is Chroma.QUARTER


@pytest.mark.parametrize("output", TRIED_QUALITIES)
def test_the_number_of_the_usual_grade_is_tried_unless_a_close_one_is(output: Format) -> None:
    curve = measure(draw_clouds(3))[output]
    target = TARGETS[AutoQuality.AUTO]

    number = curve.quality_for(target)

    assert min(abs(number - tried) for tried, _ in curve.points) <= 3
    assert len(curve.points) in {3, 4}


@pytest.mark.parametrize("output", TRIED_QUALITIES)
def test_curves_make_up_for_the_loss_of_a_mip(output: Format) -> None:
    whole = draw_clouds(2)
    stand_in = whole.filter(ImageFilter.GaussianBlur(1))
    codec, measurer = PillowCodec(), PillowMeasurer()

    plain = measure_curves(make_copy(PillowRaster(whole)), codec, measurer)
    adjusted = measure_curves(
        make_copy(PillowRaster(whole)), codec, measurer, PillowRaster(stand_in)
    )

    assert adjusted[output].quality_for(70) > plain[output].quality_for(70)


def test_a_mip_can_differ_slightly_in_shape_from_its_original() -> None:
    whole, mip = (
        make_copy(PillowRaster(draw_clouds(2))),
        PillowRaster(draw_clouds(2).resize((301, 200))),
    )

    assert set(measure_curves(whole, PillowCodec(), PillowMeasurer(), mip)) == set(TRIED_QUALITIES)


def test_a_copy_is_opaque_and_leaves_its_raster_alone() -> None:
    raster = PillowRaster(Image.new("RGBA", (960, 480), (200, 0, 0, 128)))

    copy = make_copy(raster)

    assert copy.size == (480, 240)
    assert copy.image.getpixel((9, 9)) == (227, 127, 127)
    assert raster.image.getpixel((9, 9)) == (200, 0, 0, 128)


def test_the_catalog_stores_curves_and_older_records_have_none() -> None:
    analyser = Analyser(PillowCodec(), PillowMeasurer(), sanitise, Limits())
    analysis, _ = analyser.analyse(jpeg(quadrants((600, 400))))
    item = OriginalRecord("a.jpg", version="1").as_ready(analysis, (), 1)
    stored = to_json(item)

    assert analysis.curves
    assert from_json(stored) == item
    del stored["original"]["curves"]
    older = from_json(stored).analysis
    assert older is not None
    assert older.curves == {}


@pytest.mark.parametrize("size", [(175, 900), (1, 1)])
def test_a_picture_too_small_to_compare_has_no_curves(size: tuple[int, int]) -> None:
    analyser = Analyser(PillowCodec(), PillowMeasurer(), sanitise, Limits())

    analysis, _ = analyser.analyse(jpeg(quadrants((60, 40)).resize(size)))

    assert analysis.curves == {}


def draw_lines() -> Image.Image:
    """Return thin lines: two for every three pixels of a mip."""
    image = Image.new("RGB", (1600, 1200), "white")
    pen = ImageDraw.Draw(image)
    for at in range(0, 1600, 5):
        pen.line((at, 0, at, 1200), "black", 2)
    return image


@pytest.mark.parametrize(
    "image, oversamplings",
    [
        (draw_clouds(3).resize((1600, 1066)), {1.0, LOW_OVERSAMPLING}),
        (draw_lines(), {HIGH_OVERSAMPLING}),
    ],
    ids=["cloudy", "ruled"],
)
def test_a_mip_that_loses_little_has_low_oversampling(
    image: Image.Image, oversamplings: set[float]
) -> None:
    analyser = Analyser(PillowCodec(), PillowMeasurer(), sanitise, Limits())

    _, mips = analyser.analyse(encoded(image, "PNG"))

    assert {mip.oversampling for mip, _ in mips} == oversamplings


def test_without_mips_there_are_no_curves() -> None:
    analyser = Analyser(PillowCodec(), PillowMeasurer(), sanitise, Limits())

    analysis, _ = analyser.analyse(draw("jpeg"), with_mips=False)

    assert analysis.curves == {}
