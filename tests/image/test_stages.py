"""Each stage plans the right work, and applies it to pixels."""

import io
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageChops, ImageFilter, ImageStat

from origin_lambda.adapters.pillow.codec import PillowCodec
from origin_lambda.adapters.pillow.raster import PillowRaster
from origin_lambda.errors import BadValue
from origin_lambda.image.derive import derive_from_plan
from origin_lambda.image.encoding import Encoding
from origin_lambda.image.formats import Kind
from origin_lambda.image.geometry import Size
from origin_lambda.image.mips import Mip
from origin_lambda.image.pipeline import list_stages
from origin_lambda.image.plan import Plan, plan
from origin_lambda.image.probe import Facts, Limits
from origin_lambda.image.raster import Frame
from origin_lambda.image.stages.effects.blur import Blur
from origin_lambda.image.stages.effects.mix_colours import MixColours
from origin_lambda.image.stages.effects.sharpen import Sharpen
from origin_lambda.image.stages.to_srgb import ToSrgb
from origin_lambda.image.subjects import NO_CONTENT, Content
from origin_lambda.stopwatch import Stopwatch
from origin_lambda.url.grammar import parse
from origin_lambda.url.transform import TABLE
from origin_lambda.url.values import Format
from tests.support.faces import FACE
from tests.support.layers import draw_layers
from tests.support.originals import draw
from tests.support.plans import find_stage
from tests.support.strategies import transform_of

WIDE = Facts(Kind.JPEG, Size(4000, 3000))

colours = st.tuples(*[st.integers(0, 255)] * 3)
sigmas = st.floats(0.05, 300)
sides = st.integers(1, 60) | st.just(1500)


def planned(query: str, facts: Facts = WIDE, content: Content = NO_CONTENT) -> Plan:
    return plan(transform_of(query), facts, Limits(), content=content)


def monochrome_of(query: str) -> MixColours:
    found = find_stage(planned(query), MixColours)
    assert found is not None
    return found


def photograph(mode: str = "RGB") -> Image.Image:
    with Image.open(io.BytesIO(draw("photograph"))) as image:
        return image.convert(mode)


def means(image: Image.Image) -> list[float]:
    return ImageStat.Stat(image).mean


def greatest(image: Image.Image, other: Image.Image) -> float:
    """Return the greatest difference of a sample; colours count by their alpha."""
    if image.mode == "RGBA":
        image, other = image.convert("RGBa"), other.convert("RGBa")
    return max(high for _, high in ImageStat.Stat(ImageChops.difference(image, other)).extrema)


# Plans.


def test_a_plan_lists_only_the_stages_that_have_work() -> None:
    assert planned("", Facts(Kind.PNG, Size(300, 200))).stages == (ToSrgb(),)
    assert planned("blur=0&sharp=0&w=5000", WIDE).stages == (ToSrgb(),)


def test_stages_keep_their_order_for_any_order_of_the_url() -> None:
    query = (
        "bg=fff&pad=5&htn=3&px=2&usm=5&sharp=10&blur=10&nr=9&mono=f00&vib=4&bri=3&rot=100&w=100"
        "&h=100&ar=1:3&transparency=grid&mask=ellipse&border=2,f00&face-blur=9&auto=redeye"
        "&fp-debug=true&crop=faces&mark=png&txt=Hello"
    )
    content = Content(faces=(FACE,))
    seen = set()

    for fit in ("fit=clamp&blend-color=8f00", "fit=fill&fill=blur", "fit=crop&blend=png"):
        transform = transform_of(f"{query}&{fit}")
        plan_without_layers = plan(transform, WIDE, Limits(), content=content)
        stages = [type(stage) for stage in draw_layers(plan_without_layers, transform).stages]
        assert stages == [stage for stage in list_stages() if stage in stages]
        seen |= set(stages)

    assert seen == set(list_stages())


def test_plans_of_equal_work_are_equal() -> None:
    assert planned("blur=10&mono=f00") == planned("monochrome=ffff0000&blur=010")


@pytest.mark.parametrize(
    "query, sigma",
    [
        ("w=640&blur=200", 6.4),
        ("w=640&blur=2000", 64),
        ("w=320&dpr=2&blur=200", 6.4),
        ("h=640&w=640&fit=crop&blur=200", 6.4),
        ("w=660&pad=10&blur=200", 6.4),
        ("rot=90&h=640&blur=200", 6.4),
        ("blur=1", 0.2),
    ],
)
def test_a_blur_is_a_share_of_the_pictures_longest_side(query: str, sigma: float) -> None:
    blur = find_stage(planned(query), Blur)

    assert blur is not None
    assert blur.sigma == pytest.approx(sigma)


def test_a_heavy_blur_decodes_fewer_pixels_and_changes_nothing_else() -> None:
    sharp, blurred = planned("w=2000&sharp=5"), planned("w=2000&sharp=5&blur=100")

    assert (sharp.decoding.shrink, blurred.decoding.shrink) == (1, 8)
    assert blurred.out == sharp.out
    assert find_stage(blurred, Sharpen) == find_stage(sharp, Sharpen) == Sharpen(0.05)


def test_a_monochrome_keeps_black_and_turns_white_into_its_colour() -> None:
    for share, row in zip((1, 0.2, 0), monochrome_of("monochrome=ff3300").matrix, strict=True):
        assert sum(row) == pytest.approx(share)
        assert row[3] == 0


def test_the_alpha_of_a_monochromes_colour_is_its_strength() -> None:
    red, green, blue = monochrome_of("monochrome=80ffffff").matrix

    assert sum(red) == pytest.approx(1)
    assert red[0] == pytest.approx(1 - 128 / 255 * (1 - 0.2126))
    assert green[2] == pytest.approx(blue[2] - (1 - 128 / 255))
    assert find_stage(planned("monochrome=00ffffff"), MixColours) is None


@pytest.mark.parametrize("query", ["blur=2001", "blur=-1", "blur=0x", "sharp=101", "mono=fffff"])
def test_values_beyond_imgixs_ranges_are_refused(query: str) -> None:
    with pytest.raises(BadValue):
        parse("/a", query)


def test_the_parameters_that_stages_name_are_in_the_table() -> None:
    named = [name for stage in list_stages() for name in stage.parameters]

    assert {TABLE.spellings[name].param.name for name in named} == set(named)


# Pixels.


@given(
    colour=colours,
    size=st.tuples(sides, sides),
    sigma=sigmas,
    mode=st.sampled_from(["RGB", "RGBA", "L"]),
)
def test_a_blurred_flat_colour_is_that_colour(
    colour: tuple[int, int, int], size: tuple[int, int], sigma: float, mode: str
) -> None:
    flat = Image.new("RGB", size, colour).convert(mode)

    blurred = PillowRaster(flat).blur(sigma).image

    assert (blurred.size, blurred.mode) == (flat.size, mode)
    assert greatest(blurred, flat) <= 1


@pytest.mark.parametrize("sigma", [0.2, 0.7, 1.5, 3.9, 4.0, 6.5, 12.0])
@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_a_blur_keeps_the_mean(sigma: float, mode: str) -> None:
    # The blurred part must not reach the edge, where some of it would be lost.
    image = Image.new(mode, (200, 150), "white")
    image.paste(photograph(mode).crop((0, 0, 60, 40)), (70, 55))

    blurred = PillowRaster(image).blur(sigma).image

    assert blurred.size == image.size
    assert means(blurred) == pytest.approx(means(image), abs=1)


@pytest.mark.parametrize("sigma", [4.0, 7.3, 16.0])
@pytest.mark.parametrize("size", [(300, 200), (301, 199)])
def test_a_blur_on_fewer_pixels_looks_like_one_on_all(sigma: float, size: tuple[int, int]) -> None:
    image = photograph().resize(size)

    blurred = PillowRaster(image).blur(sigma).image

    exact = image.filter(ImageFilter.GaussianBlur(sigma))
    assert max(means(ImageChops.difference(blurred, exact))) < 1


@pytest.mark.parametrize("sigma", [2.0, 8.0])
def test_a_blur_does_not_darken_transparent_edges(sigma: float) -> None:
    image = Image.new("RGBA", (60, 40))
    image.paste((240, 120, 20, 255), (15, 10, 45, 30))

    blurred = PillowRaster(image).blur(sigma).image

    *colour, alpha = blurred.split()
    partly = alpha.point([255 * (128 < value < 255) for value in range(256)])
    assert partly.getbbox() is not None
    for band, wanted in zip(colour, (240, 120, 20), strict=True):
        assert ImageStat.Stat(band, partly).mean[0] == pytest.approx(wanted, abs=2)


@given(colour=colours, amount=st.floats(0.01, 1), mode=st.sampled_from(["RGB", "RGBA", "L"]))
def test_sharpening_leaves_a_flat_colour_alone(
    colour: tuple[int, int, int], amount: float, mode: str
) -> None:
    flat = Image.new("RGB", (17, 13), colour).convert(mode)

    assert greatest(PillowRaster(flat).sharpen(amount).image, flat) == 0


def test_sharpening_leaves_alpha_alone_and_flat_colour_under_it() -> None:
    image = Image.new("RGBA", (60, 40), (200, 100, 50, 255))
    image.putalpha(Image.linear_gradient("L").resize((60, 40)))

    sharpened = PillowRaster(image).sharpen(1.0).image

    assert sharpened.getchannel("A").tobytes() == image.getchannel("A").tobytes()
    assert greatest(sharpened, image) <= 2


def test_more_sharpening_means_more_contrast() -> None:
    deviations = [
        ImageStat.Stat(PillowRaster(photograph("L")).sharpen(amount).image).stddev[0]
        for amount in (0.0, 0.25, 0.5, 1.0)
    ]

    assert deviations == sorted(set(deviations))


@given(colour=st.tuples(*[st.integers(0, 255)] * 4))
def test_a_grey_ramp_stays_a_ramp_in_any_colour(colour: tuple[int, int, int, int]) -> None:
    red, green, blue, alpha = colour
    monochrome = find_stage(
        planned(f"monochrome={alpha:02x}{red:02x}{green:02x}{blue:02x}"), MixColours
    )
    ramp = Image.new("L", (256, 1))
    ramp.putdata(range(256))

    shades = monochrome.apply(PillowRaster(ramp)).image if monochrome else ramp

    for band in shades.split():
        samples = list(band.tobytes())
        assert samples == sorted(samples)


def test_a_monochrome_keeps_alpha_and_every_mode_becomes_colour() -> None:
    work = monochrome_of("monochrome=00f")
    clear = Image.new("RGBA", (3, 3), (255, 255, 255, 40))

    assert work.apply(PillowRaster(clear)).image.getpixel((1, 1)) == (0, 0, 255, 40)
    assert work.apply(PillowRaster(Image.new("L", (3, 3), 255))).image.getpixel((1, 1)) == (
        0,
        0,
        255,
    )
    red = PillowRaster(Image.new("RGB", (1, 1), (255, 0, 0)))
    assert work.apply(red).image.getpixel((0, 0)) == (0, 0, 54)


# From a mip.


def from_mip(query: str, side: int) -> tuple[Image.Image, Plan]:
    """Return a derivative of a 1200x800 photograph that has a mip of this *side*, and its plan."""
    large = photograph().resize((1200, 800), Image.Resampling.LANCZOS)
    codec = PillowCodec()
    original = codec.encode([Frame(PillowRaster(large))], Encoding(Format.JPEG, 95))
    small = large.resize((side, side * 2 // 3), Image.Resampling.LANCZOS)
    body = codec.encode([Frame(PillowRaster(small))], Encoding(Format.JPEG, 95))
    mip = Mip(Size(*small.size), Kind.JPEG, len(body), oversampling=1.24)
    facts = codec.probe(original)
    result = plan(transform_of(query), facts, Limits(), (mip,))
    data = body if result.mip else original
    derivative = derive_from_plan(data, result, codec, Stopwatch(), original_bytes=len(original))
    return Image.open(io.BytesIO(derivative.body)), result


@pytest.mark.parametrize(
    "query", ["w=600&blur=100", "w=600&blur=400", "w=900&h=300&fit=crop&blur=200"]
)
def test_a_blur_from_a_small_mip_looks_like_one_from_the_original(query: str) -> None:
    mipped, its_plan = from_mip(f"{query}&fm=png", 320)
    plain, plain_plan = from_mip(f"{query}&fm=png", 8)

    assert (its_plan.mip and its_plan.mip.side, plain_plan.mip) == (320, None)
    assert its_plan.stages[1:] == plain_plan.stages[1:]
    assert max(means(ImageChops.difference(mipped, plain))) < 1


def test_a_plan_without_effects_imports_none() -> None:
    code = (
        "import sys; from tests.image.test_stages import planned; "
        "planned('w=100&rot=20&pad=5&bg=fff'); "
        "sys.exit('origin_lambda.image.stages.effects.order' in sys.modules)"
    )

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
