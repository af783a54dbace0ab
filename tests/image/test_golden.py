"""Derivatives look like their golden pictures, which were checked by eye.

A golden picture changes only in a commit that says why. `make generate` writes those that are
missing; one that fails leaves `expected | actual | difference` in tests/image/golden/failed.
"""

import io
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pillow_avif  # noqa: F401 reason: lets Pillow read AVIF with any plugin's options
import pytest
from PIL import Image, ImageChops, ImageSequence, ImageStat

from origin_lambda.adapters.pillow import raster
from origin_lambda.adapters.pillow.codec import PillowCodec
from origin_lambda.image.analysis.measure import FocalPoint
from origin_lambda.image.derive import derive_from_plan, plan_needed_sample, resolve
from origin_lambda.image.encoding import Encoding
from origin_lambda.image.formats import Kind
from origin_lambda.image.geometry import Box, Extent
from origin_lambda.image.mips import LOW_OVERSAMPLING, Mip
from origin_lambda.image.plan import Plan, plan
from origin_lambda.image.probe import Limits
from origin_lambda.image.raster import Frame
from origin_lambda.image.source import Decoding
from origin_lambda.image.subjects import Content
from origin_lambda.stopwatch import Stopwatch
from origin_lambda.url.grammar import parse
from origin_lambda.url.values import Format
from tests.support.faces import FACE, SMALL_FACE
from tests.support.layers import draw_layers
from tests.support.originals import draw

GOLDEN: Final = Path(__file__).parent / "golden"
FAILED: Final = GOLDEN / "failed"


@dataclass(frozen=True)
class Tolerance:
    """The largest mean and the largest single difference of samples, of 255."""

    mean: float = 0.6
    most: int = 24


# Both resizers and every libjpeg stay within this; a shift by half a pixel does not.
EXACT: Final = Tolerance()
# Encoders lose different details from version to version.
LOSSY: Final = Tolerance(mean=2.5, most=40)
# A colour between two palette entries can become either of them.
PALETTE: Final = Tolerance(mean=2.5, most=60)

# A mip has been resized already, so that fine detail is a little softer.
FROM_MIP: Final = Tolerance(mean=2.5, most=60)

_MIP_SHARE: Final = 0.8
"""The side of the mip, as a share of the original's side.

It serves results that need at most its pixels a side divided by 1.24.
"""

PICTURES: Final = {
    "clip": ("photograph", "w=120&fm=png", EXACT),
    "crop": ("photograph", "w=96&h=96&fit=crop&fm=png", EXACT),
    "crop-corner": ("jpeg", "w=90&h=90&fit=crop&crop=bottom,right&fm=png", EXACT),
    "crop-focalpoint": ("photograph", "w=90&h=60&fit=crop&crop=focalpoint&fp-x=0.7&fp-y=0.3&fp-z=4&fm=png", EXACT),
    "ratio": ("photograph", "w=120&ar=21:9&fit=crop&fm=png", EXACT),
    "fill": ("photograph", "w=100&h=100&fit=fill&bg=teal&fm=png", EXACT),
    "fillmax": ("png", "w=100&h=80&fit=fillmax&fm=png", EXACT),
    "clamp": ("png", "w=100&h=40&fit=clamp&fm=png", EXACT),
    "scale": ("jpeg", "w=120&h=60&fit=scale&fm=png", EXACT),
    "enlarged": ("png", "w=150&enlarge=true&fm=png", Tolerance(most=48)),
    "rect": ("photograph", "rect=170,20,80,70&fm=png", EXACT),
    "padded": ("jpeg", "w=100&pad=6&pad-left=20&bg=80ff8800&fm=png", EXACT),
    "dpr": ("jpeg", "w=40&dpr=2&pad=5&bg=white&fm=png", EXACT),
    "quarter-turn": ("jpeg", "w=60&rot=90&fm=png", EXACT),
    "straightened": ("photograph", "w=120&rot=8&fm=png", EXACT),
    "pivoted": ("jpeg", "w=120&rot=20&rot-type=pivot&fm=png", EXACT),
    "flipped": ("jpeg", "w=60&flip=h&rot=180&fm=png", EXACT),
    "oriented": ("exif-7", "w=30&h=30&fit=crop&crop=top,left&fm=png", EXACT),
    "cmyk": ("jpeg-cmyk", "w=45&fm=png", EXACT),
    "cmyk-plain": ("jpeg-cmyk-plain", "w=45&fm=png", EXACT),
    "wide-gamut": ("jpeg-wide-gamut", "w=30&fm=png", EXACT),
    "grey-16-bit": ("png-16", "w=40&fm=png", EXACT),
    "palette-alpha": ("png-palette-alpha", "w=30&fm=png", EXACT),
    "alpha": ("png-alpha", "w=30&fm=png", EXACT),
    "alpha-without-room-for-it": ("png-alpha", "w=45&fm=jpg&q=95", LOSSY),
    "alpha-on-colour": ("webp-alpha", "w=45&bg=2654c8&fm=png", EXACT),
    "truncated": ("jpeg-truncated", "w=90&fm=png", EXACT),
    "heic": ("heic", "w=60&fm=png", EXACT),
    "animated-gif": ("gif-animated", "w=30", PALETTE),
    "animated-webp": ("apng", "w=30&fm=webp&pad=4&bg=black", LOSSY),
    "sharp": ("photograph", "w=120&sharp=100&fm=png", EXACT),
    "sharp-alpha": ("png-alpha", "w=45&sharp=100&fm=png", EXACT),
    "blur": ("photograph", "w=120&blur=150&fm=png", EXACT),
    "blur-heavy": ("photograph", "w=120&blur=2000&fm=png", EXACT),
    "blur-alpha": ("png-alpha", "w=45&blur=800&fm=png", EXACT),
    "blur-padded": ("photograph", "w=120&h=100&fit=fill&pad=6&blur=400&bg=teal&fm=png", EXACT),
    "blur-clamp": ("png", "w=100&h=50&fit=clamp&blur=400&fm=png", EXACT),
    "monochrome": ("photograph", "w=120&monochrome=e0a050&fm=png", EXACT),
    "monochrome-half": ("png", "mono=802060ff&fm=png", EXACT),
    "monochrome-grey": ("jpeg-grey", "w=90&monochrome=3c8&fm=png", EXACT),
    "exposure": ("photograph", "w=120&exp=25&fm=png", EXACT),
    "gamma": ("photograph", "w=120&gam=-40&fm=png", EXACT),
    "shadows-and-highlights": ("photograph", "w=120&shad=80&high=-60&fm=png", EXACT),
    "brightness-and-contrast": ("photograph", "w=120&bri=10&con=-30&fm=png", EXACT),
    "tones-alpha": ("png-alpha", "w=45&exp=20&con=40&fm=png", EXACT),
    "vibrance": ("photograph", "w=120&vib=90&fm=png", EXACT),
    "vibrance-alpha": ("png-alpha", "w=45&vib=-80&fm=png", EXACT),
    "hue": ("photograph", "w=120&hue=120&fm=png", EXACT),
    "saturation": ("photograph", "w=120&sat=-60&fm=png", EXACT),
    "inverted": ("png-alpha", "w=45&invert=true&fm=png", EXACT),
    "sepia": ("photograph", "w=120&sepia=100&fm=png", EXACT),
    "duotone": ("photograph", "w=120&duotone=000080,fa8072&duotone-alpha=80&fm=png", EXACT),
    "noise": ("photograph", "w=120&nr=60&nrs=10&fm=png", EXACT),
    "noise-alpha": ("png-alpha", "w=45&nrs=50&fm=png", EXACT),
    "unsharp-mask": ("photograph", "w=120&usm=100&usmrad=4&fm=png", Tolerance(mean=1.2, most=60)),
    "unsharp-mask-negative": ("png-alpha", "w=45&usm=-100&usmrad=3&fm=png", EXACT),
    "pixellated": ("photograph", "w=120&px=9&fm=png", EXACT),
    "pixellated-alpha": ("png-alpha", "w=45&px=6&fm=png", EXACT),
    "halftone": ("photograph", "w=120&htn=6&fm=png", Tolerance(most=255)),
    "halftone-grey": ("jpeg-grey", "w=90&htn=5&fm=png", Tolerance(most=255)),
    "ten-adjustments": ("photograph", "w=120&exp=10&con=20&sat=30&vib=20&hue=10&shad=30&high=-20&sepia=20&usm=30&gam=10&fm=png", EXACT),
    "trim-auto": ("bordered", "w=100&trim=auto&fm=png", EXACT),
    "trim-color-pad": ("bordered", "w=100&trim=color&trim-tol=20&trim-pad=6&rot=90&fm=png", EXACT),
    "trim-alpha": ("png-alpha", "h=60&trim=alpha&fm=png", EXACT),
    "enhance": ("photograph", "w=120&auto=enhance&fm=png", EXACT),
    "fill-solid": ("photograph", "w=100&h=100&fit=fill&fill=solid&fill-color=c0008080&pad=5&bg=gold&fm=png", EXACT),
    "fill-blur": ("photograph", "w=120&h=120&fit=fill&fill=blur&fm=png", EXACT),
    "fill-blur-alpha": ("png-alpha", "w=45&h=80&fit=fill&fill=blur&fm=png", EXACT),
    "fill-gradient-linear": ("photograph", "w=120&h=120&fit=fill&fill=gradient&fill-gradient-linear=red,blue&fill-gradient-cs=oklab&fill-gradient-linear-direction=top,right&fm=png", EXACT),
    "fill-gradient-radial": ("photograph", "w=120&h=120&fit=fill&fill=gradient&fill-gradient-type=radial&fill-gradient-radial=gold,navy&fill-gradient-radial-y=0.2&fm=png", EXACT),
    "border": ("photograph", "w=120&border=6,gold&border-left=14&fm=png", EXACT),
    "border-round": ("photograph", "w=120&border=8,80ff0000&border-radius=24,0,12,60&border-radius-inner=16&fm=png", EXACT),
    "border-alpha": ("png-alpha", "w=45&pad=4&border=4,navy&fm=png", EXACT),
    "border-stroke": ("photograph", "w=120&border=16,gold&border-radius=30&border-radius-inner=14&border-stroke-size=3&border-stroke-color=navy&fm=png", EXACT),
    "mask-ellipse": ("photograph", "w=121&mask=ellipse&fm=png", EXACT),
    "mask-ellipse-jpeg": ("photograph", "w=120&h=120&fit=crop&mask=ellipse&q=95", LOSSY),
    "mask-corners": ("photograph", "w=120&mask=corners&fm=png", EXACT),
    "mask-corners-four": ("photograph", "w=120&mask=corners&corner-radius=40,0,10,20&mask-bg=a0305080&fm=png", EXACT),
    "mask-alpha": ("png-alpha", "w=45&bg=80ffd000&mask=ellipse&mask-bg=teal&fm=png", EXACT),
    "mask-translucent-jpeg": ("png-alpha", "w=45&mask=ellipse&mask-bg=80ff0000&fm=jpg&q=95", LOSSY),
    "grid": ("png-alpha", "w=45&pad=3&transparency=grid&fm=png", EXACT),
    "grid-colours": ("photograph", "w=120&mask=corners&transparency=grid&grid-size=9&grid-colors=fdd,ddf&q=95", LOSSY),
    "animated-mask": ("gif-animated", "w=30&mask=ellipse&border=2,f00&fm=webp&lossless=true", EXACT),
    "animated-effects": ("gif-animated", "w=30&blur=300&monochrome=fa4&sharp=50&fm=webp&lossless=true", EXACT),
    "crop-faces": ("red-eyes", "w=60&h=90&fit=crop&crop=faces&fm=png", EXACT),
    "crop-entropy": ("photograph", "w=90&h=90&fit=crop&crop=entropy&fm=png", EXACT),
    "facearea": ("red-eyes", "w=60&h=60&fit=facearea&facepad=1.5&fm=png", EXACT),
    "marks": ("red-eyes", "w=150&h=120&fit=crop&crop=focalpoint&fp-x=0.4&fp-y=0.6&fp-debug=true&fm=png", Tolerance(mean=1.5, most=255)),
    "red-eyes": ("red-eyes", "rect=130,30,100,100&auto=redeye&fm=png", EXACT),
    "face-blur": ("red-eyes", "w=150&face-blur=60&fm=png", EXACT),
    "face-blur-turned": ("red-eyes", "w=120&rot=70&flip=h&face-blur=60&fm=png", EXACT),
    "face-pixel": ("red-eyes", "w=150&face-pixel=5&fm=png", EXACT),
    "animated-face-pixel": ("gif-animated", "w=60&face-pixel=9&fm=webp&lossless=true", EXACT),
    "mark": ("photograph", "w=120&mark=png-alpha&mark-w=40&mark-pad=8&fm=png", EXACT),
    "mark-natural": ("png-alpha", "w=100&mark=jpeg&mark-alpha=50&fm=png", EXACT),
    "mark-placed": ("photograph", "w=120&dpr=2&mark=png-alpha&mark-h=0.4&mark-x=20&mark-y=4&mark-rot=30&fm=png", EXACT),
    "mark-tile": ("photograph", "w=120&mark=png-alpha&mark-scale=15&mark-tile=grid&mark-pad=6&fm=png", EXACT),
    "mark-fit": ("photograph", "w=120&mark=jpeg&mark-w=50&mark-h=50&mark-fit=crop&mark-align=center,top&border=4,fff&fm=png", EXACT),
    "mark-transformed": ("photograph", "w=120&mark=jpeg%3Fmonochrome%3Df00%26mask%3Dellipse&mark-scale=40&fm=png", EXACT),
    "animated-mark": ("gif-animated", "w=60&mark=png-alpha&mark-w=20&fm=webp&lossless=true", EXACT),
    "blend": ("photograph", "w=120&blend=jpeg&blend-size=inherit&fm=png", EXACT),
    "blend-placed": ("png-alpha", "w=120&blend=jpeg&blend-w=0.5&blend-align=right,top&blend-pad=6&blend-mode=multiply&blend-alpha=80&fm=png", EXACT),
    "blend-color": ("photograph", "w=120&blend-color=c0ff8800&blend-mode=color&fm=png", EXACT),
    "blend-luminosity": ("png-alpha", "w=120&blend=photograph&blend-size=inherit&blend-mode=luminosity&mark=png&mark-w=30&fm=png", EXACT),
    "text": ("photograph", "w=160&txt=Hello,%20world&txt-size=22&txt-color=fff&fm=png", EXACT),
    "text-wrapped": ("photograph", "w=160&txt=The%20quick%20brown%20fox%0Ajumps&txt-size=20&txt-font=serif,bold&txt-align=middle,center&txt-lead=4&txt-color=ffe&txt-shad=6&fm=png", EXACT),
    "text-ellipsis": ("photograph", "w=160&txt=Sphinx%20of%20black%20quartz&txt-size=18&txt-clip=middle,ellipsis&txt-font=monospace&txt-align=top,left&txt-pad=4&txt-color=fff&fm=png", EXACT),
    "text-lines": ("photograph", "w=160&txt=Sphinx%20of%20black%20quartz,%20judge%20my%20vow&txt-size=18&txt-lines=2&txt-clip=ellipsis&txt-color=fff&txt-track=2&fm=png", EXACT),
    "text-outline": ("photograph", "w=160&txt=Sale&txt-size=44&txt-font=bold,italic&txt-line=4&txt-line-color=c00&txt-color=fff&txt-rot=-15&txt-align=middle,center&fm=png", EXACT),
    "text-alpha": ("png-alpha", "w=60&txt=60%25&txt-size=18&txt-pad=0&txt-color=80c00000&txt-line=2&txt-line-color=800000ff&txt-x=3&txt-y=2&fm=png", EXACT),
    "text-fit": ("photograph", "w=160&txt=Fits%20the%20width&txt-size=90&txt-fit=max&txt-width=120&txt-align=center,top&txt-color=ff0&fm=png", EXACT),
    "text-right-to-left": ("photograph", "w=160&dpr=2&txt=%D7%92%D7%A8%D7%A1%D7%94%202.5%20%D7%A9%D7%9C%20Calotype%20(%D7%97%D7%93%D7%A9)%0A%D8%A7%D9%84%D8%A5%D8%B5%D8%AF%D8%A7%D8%B1%202.5%20%D8%A7%D9%84%D9%8A%D9%88%D9%85&txt-size=16&txt-color=fff&fm=png", EXACT),
    "text-scripts": ("photograph", "w=300&txt=%CE%95%CE%BB%CE%BB%20%D0%96%D0%B4%20%E0%A4%B8%E0%A5%8D%E0%A4%B5%E0%A4%A4%E0%A4%A8%E0%A5%8D%E0%A4%A4%E0%A5%8D%E0%A4%B0%20%E0%B8%A0%E0%B8%B2%E0%B8%A9%E0%B8%B2%E0%B9%84%E0%B8%97%E0%B8%A2%20%E0%A6%AC%E0%A6%BE%E0%A6%82%E0%A6%B2%E0%A6%BE%20%E0%AE%A4%E0%AE%AE%E0%AE%BF%E0%AE%B4%E0%AF%8D%20%E0%B0%A4%E0%B1%86%E0%B0%B2%E0%B1%81%E0%B0%97%E0%B1%81%20%E1%9E%81%E1%9F%92%E1%9E%98%E1%9F%82%E1%9E%9A%20%F0%90%8C%B0&txt-size=24&txt-align=left,top&txt-color=fff&fm=png", EXACT),
    "text-grey": ("jpeg-grey", "w=90&txt=Grey&txt-size=20&txt-pad=2&txt-color=c00&fm=png", EXACT),
    "text-cmyk": ("jpeg-cmyk", "w=90&txt=Ink&txt-size=20&txt-color=c00&fm=png", EXACT),
    "animated-text": ("gif-animated", "w=60&txt=Hi&txt-size=24&txt-line=1&txt-color=c00&txt-align=center,middle&fm=webp&lossless=true", EXACT),
    "svg": ("svg-shapes", "w=150&fm=png", EXACT),
    "svg-crop": ("svg-shapes", "rect=10,10,40,40&w=120&h=120&fit=crop&bg=white&fm=png", EXACT),
    "svg-rotated": ("svg-shapes", "w=150&rot=20&rot-type=pivot&mask=ellipse&fm=png", EXACT),
    "jpeg": ("photograph", "w=120&q=90", LOSSY),
    "webp": ("photograph", "w=120&q=90&fm=webp", LOSSY),
    "avif": ("photograph", "w=120&q=90&fm=avif", LOSSY),
    "png8": ("photograph", "w=120&fm=png8", PALETTE),
}  # fmt: skip
"""By name: the original, the transform, and the tolerance."""


CONTENT: Final = Content(entropy=FocalPoint(0.2, 0.8), faces=(FACE, SMALL_FACE))
"""What all originals show."""


def render(original: str, query: str) -> Image.Image:
    """Return a derivative as a browser shows it, the frames of an animation side by side."""
    wanted, data, codec = parse("/original", query).transform, draw(original), PillowCodec()
    facts = codec.probe(data)
    sample = plan_needed_sample(wanted, facts, Limits())
    wanted = resolve(data, wanted, sample, codec, Stopwatch())
    planned = draw_layers(plan(wanted, facts, Limits(), content=CONTENT), wanted)
    derivative = derive_from_plan(data, planned, codec, Stopwatch(), original_bytes=len(data))
    with Image.open(io.BytesIO(derivative.body)) as image:
        return join([frame.convert("RGBA") for frame in ImageSequence.Iterator(image)])


def plan_from_mip(original: str, query: str) -> Plan:
    """Return the plan for an original that has one mip, unless it is an animation."""
    codec, data = PillowCodec(), draw(original)
    facts, transform = codec.probe(data), parse("/original", query).transform
    sample = plan_needed_sample(transform, facts, Limits())
    transform = resolve(data, transform, sample, codec, Stopwatch())
    mip = Mip(Extent(*facts.size).scale(_MIP_SHARE).whole, Kind.WEBP, oversampling=LOW_OVERSAMPLING)
    mips = (mip,) if facts.frames == 1 else ()
    return draw_layers(plan(transform, facts, Limits(), mips, content=CONTENT), transform)


def render_from_mip(original: str, query: str) -> Image.Image:
    """Return a derivative as rendered from the mip of its plan."""
    codec, data = PillowCodec(), draw(original)
    planned = plan_from_mip(original, query)
    assert planned.mip
    whole = next(codec.decode(data, Decoding(codec.probe(data).kind))).raster
    small = whole.resize(Box(0, 0, *whole.size), planned.mip.size).to_srgb()
    body = codec.encode([Frame(small)], Encoding(Format.WEBP, 20, lossless=True))
    derivative = derive_from_plan(body, planned, codec, Stopwatch(), original_bytes=len(data))
    with Image.open(io.BytesIO(derivative.body)) as image:
        return image.convert("RGBA")


def names_rendered_from_mips() -> list[str]:
    """Return the names of the pictures that a mip has enough pixels for."""
    return [
        name
        for name, (original, query, _) in PICTURES.items()
        if plan_from_mip(original, query).mip
    ]


def join(images: list[Image.Image]) -> Image.Image:
    """Return pictures in a row."""
    size = (sum(image.width for image in images), max(image.height for image in images))
    row, left = Image.new("RGBA", size), 0
    for image in images:
        row.paste(image, (left, 0))
        left += image.width
    return row


def difference(expected: Image.Image, actual: Image.Image) -> Image.Image:
    """Return the difference of each sample; colours count by their alpha."""
    return ImageChops.difference(expected.convert("RGBa"), actual.convert("RGBa"))


def extrema(image: Image.Image) -> list[tuple[float, float]]:
    """Return the least and greatest sample of each band."""
    return [ImageStat.Stat(band).extrema[0] for band in image.split()]


def check(name: str, actual: Image.Image, tolerance: Tolerance, golden: Path, failed: Path) -> None:
    """Compare a picture with the golden picture *name*; write a strip if they differ."""
    with Image.open(golden / f"{name}.png") as image:
        expected = image.convert("RGBA")
    assert actual.size == expected.size
    off = difference(expected, actual)
    mean = max(ImageStat.Stat(off).mean)
    most = max(high for _, high in extrema(off))
    if mean <= tolerance.mean and most <= tolerance.most:
        return
    # Eight times as bright, and opaque, so that small differences are visible.
    loud = Image.merge("RGBA", [*(band.point([min(255, 8 * n) for n in range(256)]) for band in off.split()[:3]), Image.new("L", off.size, 255)])  # fmt: skip
    failed.mkdir(exist_ok=True)
    strip = failed / f"{name}.png"
    join([expected, actual, loud]).save(strip)
    pytest.fail(f"{mean:.2f} in the mean and {most} at most off the golden picture: see {strip}")


@pytest.fixture(params=["simd", "pillow"])
def resizer(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "simd" and not raster.HAS_SIMD:
        pytest.skip("cykooz-resizer has no wheel for this machine")
    monkeypatch.setattr(raster, "HAS_SIMD", request.param == "simd")


@pytest.mark.usefixtures("resizer")
@pytest.mark.parametrize("name", PICTURES)
def test_a_derivative_looks_like_its_golden_picture(name: str, pytestconfig: pytest.Config) -> None:
    original, query, tolerance = PICTURES[name]
    path = GOLDEN / f"{name}.png"

    actual = render(original, query)

    if not path.exists():
        if not pytestconfig.getoption("--write-golden"):
            pytest.fail(f"there is no golden picture {path.name}; run: make generate")
        path.parent.mkdir(exist_ok=True)
        opaque = extrema(actual)[-1] == (255, 255)
        actual.convert("RGB" if opaque else "RGBA").save(path, optimize=True)
    check(name, actual, tolerance, GOLDEN, FAILED)


@pytest.mark.parametrize("name", names_rendered_from_mips())
def test_a_derivative_from_a_mip_looks_like_the_golden_picture(name: str) -> None:
    original, query, tolerance = PICTURES[name]

    actual = render_from_mip(original, query)

    within = Tolerance(max(tolerance.mean, FROM_MIP.mean), max(tolerance.most, FROM_MIP.most))
    check(name, actual, within, GOLDEN, FAILED)


def test_no_golden_picture_is_left_behind() -> None:
    assert {path.stem for path in GOLDEN.glob("*.png")} <= set(PICTURES)


# The comparison itself.


@pytest.mark.parametrize(
    "wrong",
    ["w=120&rect=1,0,299,200&fm=png", "w=120&flip=h&fm=png", "w=120&fm=jpg&q=20", "w=120&fm=png8"],
)
def test_a_slightly_wrong_picture_fails_and_writes_a_strip(wrong: str, tmp_path: Path) -> None:
    render("photograph", "w=120&fm=png").save(tmp_path / "clip.png")

    with pytest.raises(pytest.fail.Exception, match="off the golden picture: see"):
        check("clip", render("photograph", wrong), EXACT, tmp_path, tmp_path / "failed")

    with Image.open(tmp_path / "failed" / "clip.png") as strip:
        assert strip.size == (360, 80)


def test_hidden_colours_are_not_compared(tmp_path: Path) -> None:
    Image.new("RGBA", (9, 9), (255, 0, 0, 0)).save(tmp_path / "hidden.png")

    check("hidden", Image.new("RGBA", (9, 9)), EXACT, tmp_path, tmp_path / "failed")

    assert not (tmp_path / "failed").exists()


def test_alpha_is_compared(tmp_path: Path) -> None:
    Image.new("RGBA", (9, 9), (0, 0, 0, 0)).save(tmp_path / "hidden.png")

    with pytest.raises(pytest.fail.Exception):
        check("hidden", Image.new("RGBA", (9, 9), "black"), EXACT, tmp_path, tmp_path / "failed")
