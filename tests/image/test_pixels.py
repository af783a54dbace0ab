"""Unusual originals look as in browsers, or are refused with a reason."""

import io
import struct
import zlib
from pathlib import Path
from typing import Any, Final

import pytest
from PIL import ExifTags, Image, ImageCms

from origin_lambda.adapters.pillow import codec
from origin_lambda.adapters.pillow.codec import PillowCodec
from origin_lambda.adapters.pillow.measurer import PillowMeasurer
from origin_lambda.adapters.pillow.raster import PillowRaster
from origin_lambda.errors import BadValue, NotAPicture, Unprocessable
from origin_lambda.image.analysis.analyse import Analyser
from origin_lambda.image.derive import derive
from origin_lambda.image.encoding import Encoding
from origin_lambda.image.formats import Kind
from origin_lambda.image.probe import Limits
from origin_lambda.image.raster import Frame
from origin_lambda.image.source import Decoding
from origin_lambda.stopwatch import Stopwatch
from origin_lambda.url.grammar import parse
from origin_lambda.url.values import Format
from tests.support.bombs import gif, gif_frame, sized_jpeg, tiff
from tests.support.originals import (
    BLUE,
    GREEN,
    RED,
    SMALL,
    YELLOW,
    chunk,
    disc,
    display_p3,
    draw,
    encoded,
    jpeg,
    quadrants,
    segments,
)
from tests.support.rendering import (
    CODEC,
    assert_close,
    colour_at,
    derive_original,
    quarter_colours,
    read_loop,
    render,
)

DATA: Final = Path(__file__).parents[1] / "data"
OUTPUTS: Final = ("jpg", "png", "webp", "avif", "gif", "png8")


def read_case(name: str) -> bytes:
    return (DATA / name).read_bytes()


def analyse(data: bytes) -> Any:
    analyser = Analyser(PillowCodec(), PillowMeasurer(), lambda svg: svg, Limits())
    return analyser.analyse(data, with_mips=False)[0]


# The logical screen.


def test_a_gif_frame_outside_the_screen_is_not_drawn() -> None:
    image = render(read_case("gif-second-frame-far-outside.gif"), "fm=png")

    assert image.size == (100, 100)


def test_a_gif_frame_that_reaches_outside_is_cropped_to_the_screen() -> None:
    original = gif((40, 40), [gif_frame(0, 0, 40, 40), gif_frame(20, 20, 50, 50)])

    facts = CODEC.probe(original)

    assert (tuple(facts.size), facts.frames) == ((40, 40), 2)
    assert render(original, "fm=webp").size == (40, 40)


def test_the_first_frame_of_a_gif_can_enlarge_its_screen() -> None:
    assert render(gif((0, 0), [gif_frame(0, 0, 30, 20)]), "fm=png").size == (30, 20)


# Files that cannot be decoded completely.


def remove_pixels(form: str) -> bytes:
    """Return a file with a complete header and almost no pixels."""
    if form == "JPEG":
        return sized_jpeg(3000, 3000)
    data = {"PNG": draw("png-16-rgb"), "GIF": draw("gif"), "BMP": draw("bmp"), "TIFF": tiff_of(8)}[
        form
    ]
    at = {"PNG": data.find(b"IDAT") + 5, "GIF": data.find(b",") + 12, "BMP": 60, "TIFF": 200}[form]
    return data[:at]


@pytest.mark.parametrize("form", ["JPEG", "PNG", "GIF", "BMP", "TIFF"])
def test_a_file_without_its_pixels_is_refused(form: str) -> None:
    data = remove_pixels(form)

    with pytest.raises(Unprocessable):
        derive_original(data, "fm=png")
    with pytest.raises(Unprocessable):
        analyse(data)


def test_a_png_whose_pixels_are_noise_is_refused() -> None:
    data = draw("png")
    at = data.find(b"IDAT")
    broken = data[: at + 4] + b"\x55" * (len(data) - at - 20) + data[-16:]

    with pytest.raises(Unprocessable):
        derive_original(broken, "fm=png")


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "P", "L"])
def test_a_black_png_is_a_picture(mode: str) -> None:
    assert render(encoded(Image.new(mode, (90, 90)), "PNG"), "fm=png").size == (90, 90)


def test_a_gif_of_only_its_last_colour_is_a_picture() -> None:
    image = Image.new("P", (90, 90), 255)
    image.putpalette(bytes(range(256)) * 3)

    assert render(encoded(image, "GIF", optimize=False), "fm=png").size == (90, 90)


@pytest.mark.parametrize("options", [{}, {"progressive": True}])
@pytest.mark.parametrize("share", [0.3, 0.6, 0.9])
def test_a_jpeg_that_is_cut_off_shows_its_decoded_part(
    options: dict[str, Any], share: float
) -> None:
    whole = jpeg(Image.effect_mandelbrot((200, 200), (-2, -1.5, 1, 1.5), 50), **options)

    image = render(whole[: int(share * len(whole))], "fm=png").convert("L")

    low, high = image.getextrema()
    assert low != high


def test_a_jpeg_that_is_cut_off_at_the_beginning_of_its_scan_is_refused() -> None:
    whole = jpeg(Image.effect_noise((200, 200), 90))
    scan = next(whole.index(body) for marker, body in segments(whole) if marker == 0xDA)

    with pytest.raises(Unprocessable):
        derive_original(whole[: scan + 14 + (len(whole) - scan) // 20], "fm=png")


def jpeg_of_kind(marker: int) -> bytes:
    return b"".join(
        body[:1] + bytes((marker,)) + body[2:] if kind == 0xC0 else body
        for kind, body in segments(draw("jpeg"))
    )


@pytest.mark.parametrize(
    "marker, name",
    [
        (0xC3, "lossless JPEG"),
        (0xC9, "arithmetic-coded JPEG"),
        (0xCA, "arithmetic-coded JPEG"),
        (0xC5, "hierarchical JPEG"),
        (0xF7, "JPEG-LS"),
    ],
)
def test_a_jpeg_of_a_rare_kind_is_refused_by_its_name(marker: int, name: str) -> None:
    with pytest.raises(NotAPicture, match=f"{name} is not supported"):
        derive_original(jpeg_of_kind(marker), "fm=png")


def test_a_jpeg_of_twelve_bits_is_refused_by_its_name() -> None:
    data = b"".join(
        body[:4] + b"\x0c" + body[5:] if kind == 0xC0 else body
        for kind, body in segments(draw("jpeg"))
    )

    with pytest.raises(NotAPicture, match="JPEG of 12 bits"):
        derive_original(data, "fm=png")


def tiff_of(bits: int, kind: int = 1, photometric: int = 1) -> bytes:
    at = 8 + 2 + 12 * 10 + 4
    length = 60 * 40 * bits // 8
    tags = {
        256: 60,
        257: 40,
        258: bits,
        259: 1,
        262: photometric,
        273: at,
        277: 1,
        278: 40,
        279: length,
        339: kind,
    }
    return tiff({tag: (1, value) for tag, value in tags.items()}, b"\x3f" * length)


@pytest.mark.parametrize(
    "data, name",
    [
        (tiff_of(32, 3), "floating-point"),
        (tiff_of(64, 3), "floating-point"),
        (tiff_of(16, 2), "signed"),
        (tiff_of(32), "32 bits"),
        (tiff_of(12), "12 bits"),
        (tiff_of(8, photometric=8), "Lab"),
        (tiff_of(16, photometric=32844), "raw or logarithmic"),
    ],
)
def test_a_tiff_of_rare_samples_is_refused_by_its_name(data: bytes, name: str) -> None:
    with pytest.raises(NotAPicture, match=name):
        derive_original(data, "fm=png")
    with pytest.raises(NotAPicture):
        analyse(data)


@pytest.mark.parametrize(
    "options",
    [{"compression": name} for name in ("tiff_lzw", "tiff_adobe_deflate", "packbits", "jpeg")],
)
def test_a_compressed_tiff_shows_its_colours(options: dict[str, Any]) -> None:
    image = render(encoded(quadrants(), "TIFF", **options), "fm=png")

    assert_close(quarter_colours(image), [RED, GREEN, BLUE, YELLOW], within=20)


# Limits of the output formats.


@pytest.mark.parametrize("output", OUTPUTS)
def test_an_animation_that_runs_four_billion_times_is_encoded(output: str) -> None:
    data = read_case("apng-plays-4294967294-times.png")

    body = derive_original(data, f"fm={output}").body

    most = {"webp": 65_535, "png": 2**31 - 1, "gif": 65_535}
    assert read_loop(body) == most.get(output)


@pytest.mark.parametrize("output", [Format.WEBP, Format.PNG, Format.GIF, Format.AVIF])
@pytest.mark.parametrize("milliseconds", [0, 1, 65_536, 655_360, 2**24, 2**31, 2**40])
def test_a_frame_is_shown_no_longer_than_the_format_can_store(
    output: Format, milliseconds: int
) -> None:
    frames = [
        Frame(PillowRaster(Image.new("RGB", SMALL, colour)), milliseconds) for colour in (RED, BLUE)
    ]

    body = CODEC.encode(frames, Encoding(output, 60, loop=2**40))

    assert Image.open(io.BytesIO(body)).n_frames == 2  # type: ignore[attr-defined]


@pytest.mark.parametrize("output", ["jpg", "png", "webp", "avif"])
@pytest.mark.parametrize("text", ["a\0b", "a\ud800b", "\0", "x" * 100_000, "é" * 70_000])
def test_any_credit_can_be_written(output: str, text: str) -> None:
    encoding = Encoding(Format(output), 60, artist=text, copyright=text)

    body = CODEC.encode([Frame(PillowRaster(quadrants()))], encoding)

    exif = Image.open(io.BytesIO(body)).getexif()
    assert len(str(exif.get(ExifTags.Base.Artist, ""))) <= 1000


@pytest.mark.parametrize("output", OUTPUTS)
@pytest.mark.parametrize("size", [(20_000, 3), (3, 66_000)])
def test_a_side_is_never_longer_than_a_format_can_store(output: str, size: tuple[int, int]) -> None:
    limits = Limits(side=100_000)
    data = encoded(Image.new("RGB", size, RED), "PNG")

    try:
        body = derive(data, parse("/a", f"fm={output}").transform, CODEC, limits, Stopwatch()).body
    except BadValue:
        return

    assert Image.open(io.BytesIO(body)).size[0] <= size[0]


# Colours.


def png_with_chunks(chunks: bytes, pixel: tuple[int, int, int] = (200, 120, 60)) -> bytes:
    body = encoded(Image.new("RGB", SMALL, pixel), "PNG")
    return body[:33] + chunks + body[33:]


P3_TAN, TAN = (212, 118, 47), (200, 120, 60)
ICCP: Final = chunk(b"iCCP", b"p3\0\0" + zlib.compress(display_p3()))
CICP_P3, CICP_SRGB = chunk(b"cICP", bytes((12, 13, 0, 1))), chunk(b"cICP", bytes((1, 13, 0, 1)))
SRGB_CHUNK: Final = chunk(b"sRGB", b"\0")
P3_POINTS = (31270, 32900, 68000, 32000, 26500, 69000, 15000, 6000)
GAMA, CHRM = (
    chunk(b"gAMA", struct.pack(">I", 45455)),
    chunk(b"cHRM", struct.pack(">8I", *P3_POINTS)),
)


@pytest.mark.parametrize(
    "chunks, wanted",
    [
        (b"", TAN),
        (CICP_P3, P3_TAN),
        (ICCP, P3_TAN),
        (GAMA + CHRM, P3_TAN),
        (CICP_SRGB + ICCP, TAN),
        (CICP_P3 + SRGB_CHUNK + GAMA, P3_TAN),
        (ICCP + GAMA, P3_TAN),
        (SRGB_CHUNK + GAMA + CHRM, TAN),
        (CHRM, TAN),
        (GAMA, TAN),
        (chunk(b"cICP", bytes((12, 13, 1, 1))) + SRGB_CHUNK, TAN),
    ],
    ids=[
        "none",
        "cicp",
        "iccp",
        "chrm",
        "cicp-over-iccp",
        "cicp-over-srgb",
        "iccp-over-gama",
        "srgb-over-chrm",
        "chrm-alone",
        "gama-alone",
        "cicp-not-rgb",
    ],
)
def test_a_png_uses_its_colour_chunks_in_the_order_of_the_specification(
    chunks: bytes, wanted: tuple[int, int, int]
) -> None:
    image = render(png_with_chunks(chunks), "fm=png")

    assert_close([colour_at(image, (9, 9))], [wanted], within=6)


def test_a_gamma_of_one_is_linear_light() -> None:
    image = render(
        png_with_chunks(chunk(b"gAMA", struct.pack(">I", 100_000)), (55, 55, 55)), "fm=png"
    )

    assert_close([colour_at(image, (9, 9))], [(128, 128, 128)], within=2)


@pytest.mark.parametrize("points", [(0,) * 8, (31270, 32900) * 4, (2**31,) * 8])
def test_invalid_primaries_are_ignored(points: tuple[int, ...]) -> None:
    image = render(png_with_chunks(GAMA + chunk(b"cHRM", struct.pack(">8I", *points))), "fm=png")

    assert_close([colour_at(image, (9, 9))], [TAN], within=2)


def test_the_file_with_a_cicp_chunk_is_converted() -> None:
    before = Image.open(DATA / "cicp-p3.png").convert("RGB")
    middle = before.width // 2, before.height // 2

    after = render(read_case("cicp-p3.png"), "fm=png")

    assert colour_at(after, middle) != colour_at(before, middle)


def file_with_nclx(form: str, primaries: int, transfer: int) -> bytes:
    if form == "AVIF":
        data = encoded(Image.new("RGB", SMALL, TAN), "AVIF", quality=100, subsampling="4:4:4")
    else:
        import pillow_heif

        buffer = io.BytesIO()
        pillow_heif.from_pillow(Image.new("RGB", SMALL, TAN)).save(
            buffer, quality=100, chroma=444, save_nclx_profile=True
        )
        data = buffer.getvalue()
    at = data.index(b"nclx") + 4
    return data[:at] + struct.pack(">HH", primaries, transfer) + data[at + 4 :]


@pytest.mark.parametrize("form", ["AVIF", "HEIF"])
@pytest.mark.parametrize(
    "primaries, transfer, wanted", [(12, 13, P3_TAN), (1, 13, TAN), (1, 1, TAN), (2, 2, TAN)]
)
def test_an_nclx_box_defines_the_colour_space(
    form: str, primaries: int, transfer: int, wanted: Any
) -> None:
    image = render(file_with_nclx(form, primaries, transfer), "fm=png")

    assert_close([colour_at(image, (30, 20))], [wanted], within=7)


@pytest.mark.parametrize("transfer, white", [(16, 148), (18, 191)])
def test_high_dynamic_range_is_mapped_to_what_sdr_shows(transfer: int, white: int) -> None:
    # White of 203 nits is 58 % of PQ's scale and 75 % of HLG's (ITU-R BT.2408).
    def grey(value: int) -> int:
        data = png_with_chunks(chunk(b"cICP", bytes((9, transfer, 0, 1))), (value,) * 3)
        return colour_at(render(data, "fm=png"), (9, 9))[1]

    ramp = [grey(value) for value in (0, white // 4, white // 2, white, (white + 255) // 2, 255)]

    assert ramp == sorted(ramp)
    assert ramp[0] == 0
    assert 190 <= ramp[3] <= 245
    assert ramp[-1] >= 250


def grey_profile() -> bytes:
    from origin_lambda.image.containers.colour import ColourSpace
    from origin_lambda.image.containers.icc import build_icc_profile

    return build_icc_profile(ColourSpace(gamma=1.0), is_grey=True)


@pytest.mark.parametrize("mode", ["L", "LA"])
def test_grey_is_converted_by_its_grey_profile(mode: str) -> None:
    colour: Any = 55 if mode == "L" else (55, 255)
    image = render(
        encoded(Image.new(mode, SMALL, colour), "PNG", icc_profile=grey_profile()), "fm=png"
    )

    assert_close([colour_at(image, (9, 9))], [(128, 128, 128)], within=2)


def test_grey_is_converted_by_an_rgb_profile() -> None:
    image = render(encoded(Image.new("L", SMALL, 120), "PNG", icc_profile=display_p3()), "fm=png")

    assert_close([colour_at(image, (9, 9))], [(120, 120, 120)], within=1)
    assert image.mode == "L"


def test_colours_with_a_grey_profile_are_srgb() -> None:
    image = render(
        encoded(Image.new("RGB", SMALL, TAN), "PNG", icc_profile=grey_profile()), "fm=png"
    )

    assert_close([colour_at(image, (9, 9))], [TAN], within=1)


def test_cmyk_with_a_broken_or_an_rgb_profile_is_converted_by_the_press_profile() -> None:
    inks = Image.new("CMYK", SMALL, (255, 0, 0, 0))

    for profile in (display_p3(), b"x" * 16 + b"CMYK" + b"x" * 200, b"short"):
        image = render(jpeg(inks, icc_profile=profile), "fm=png")
        assert_close([colour_at(image, (30, 20))], [(0, 174, 239)], within=8)


def test_the_cmyk_file_without_a_profile_has_no_neon_green() -> None:
    image = render(read_case("cmyk-plain.jpg"), "fm=png").convert("RGB")

    assert image.size == (120, 80)
    assert not any(g > 240 and r < 60 and b < 60 for _, (r, g, b) in image.getcolors(10_000) or [])  # type: ignore[misc]


def test_the_press_profile_is_for_cmyk() -> None:
    path = Path(codec.__file__).with_name("cmyk.icc")

    profile = ImageCms.getOpenProfile(str(path)).profile

    assert profile.xcolor_space.strip() == "CMYK"
    assert path.stat().st_size < 700_000


# Orientation.


def test_xmp_does_not_turn_a_picture() -> None:
    assert render(read_case("xmp-orientation-no-exif.jpg"), "fm=png").size == (120, 80)


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "AVIF", "TIFF"])
def test_xmp_does_not_turn_a_picture_of_any_format(form: str) -> None:
    xmp = (
        b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        b'<rdf:Description xmlns:tiff="http://ns.adobe.com/tiff/1.0/" tiff:Orientation="6"/></rdf:RDF></x:xmpmeta>'
    )
    data = (
        encoded(quadrants(), form, xmp=xmp)
        if form != "TIFF"
        else encoded(quadrants(), form, tiffinfo={700: xmp})
    )
    if form == "PNG":
        data = data[:33] + chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + xmp) + data[33:]
    assert b"Orientation" in data

    image = render(data, "fm=png")

    assert image.size == SMALL
    assert_close(quarter_colours(image), [RED, GREEN, BLUE, YELLOW], within=20)


# Broken animations, and transparency.


def broken_apngs() -> dict[str, bytes]:
    whole = draw("apng")
    second = whole.index(b"fdAT") - 4
    wrong_sequence = bytearray(whole)
    wrong_sequence[second + 8 : second + 12] = b"\0\0\0\x63"
    count = bytearray(whole)
    at = whole.index(b"acTL") + 4
    count[at : at + 4] = struct.pack(">I", 9)
    length = struct.unpack(">I", whole[second : second + 4])[0]
    return {
        "sequence": bytes(wrong_sequence),
        "count": bytes(count),
        "no fdAT": whole[:second] + whole[second + 12 + length :],
        "no frames": whole.replace(b"fcTL", b"fcTx"),
        "cut off": whole[: second + 20],
    }


@pytest.mark.parametrize("fault", broken_apngs())
def test_a_broken_apng_shows_its_first_picture(fault: str) -> None:
    data = broken_apngs()[fault]

    assert CODEC.probe(data).frames == 1
    assert analyse(data).facts.frames == 1
    for output in ("png", "webp", "gif"):
        assert_close([colour_at(render(data, f"fm={output}"), (9, 9))], [RED])


@pytest.mark.parametrize("share", [0.5, 0.7, 0.9])
@pytest.mark.parametrize("name", ["gif-animated", "webp-animated", "apng"])
def test_an_animation_that_is_cut_off_shows_at_least_its_first_picture(
    name: str, share: float
) -> None:
    whole = draw(name)

    image = render(whole[: int(share * len(whole))], "fm=png")

    assert_close([colour_at(image, (9, 9))], [RED])


def test_a_default_image_is_not_played() -> None:
    frames = [Image.new("RGB", SMALL, colour) for colour in (YELLOW, RED, BLUE)]
    data = encoded(
        frames[0], "PNG", save_all=True, append_images=frames[1:], default_image=True, duration=100
    )

    played = Image.open(io.BytesIO(derive_original(data, "fm=webp").body))

    assert CODEC.probe(data).frames == played.n_frames == 2  # type: ignore[attr-defined]
    assert_close([colour_at(played, (9, 9))], [RED], within=20)
    assert_close([colour_at(render(data, "fm=jpg"), (9, 9))], [YELLOW], within=20)


def read_alphas(body: bytes) -> list[int]:
    if body.startswith(b"GIF"):  # Pillow fills cleared parts with a colour; browsers do not
        frames = CODEC.decode(body, Decoding(Kind.GIF, frames=9))
        return [frame.raster.image.convert("RGBA").getpixel((2, 2))[3] for frame in frames]  # type: ignore[index]
    image, found = Image.open(io.BytesIO(body)), []
    for number in range(getattr(image, "n_frames", 1)):
        image.seek(number)
        found.append(image.convert("RGBA").getpixel((2, 2))[3])  # type: ignore[index]
    return found


def clearing_gif(disposal: int) -> bytes:
    """Return a GIF whose first frame is opaque and then cleared; the second is a small square."""
    return gif((60, 40), [gif_frame(0, 0, 60, 40, disposal), gif_frame(20, 10, 9, 9, colour=0)])


@pytest.mark.parametrize("disposal, wanted", [(1, [255, 255]), (2, [255, 0]), (3, [255, 0])])
@pytest.mark.parametrize("output", ["webp", "gif", "png"])
def test_a_gif_is_transparent_where_any_frame_is(
    disposal: int, wanted: list[int], output: str
) -> None:
    data = clearing_gif(disposal)

    assert CODEC.probe(data).alpha is (0 in wanted)
    assert read_alphas(derive_original(data, f"fm={output}").body) == wanted


@pytest.mark.parametrize("output", ["webp", "gif", "png"])
def test_an_apng_is_transparent_where_any_frame_is(output: str) -> None:
    first, second = Image.new("RGBA", SMALL, (*RED, 255)), disc()
    data = encoded(first, "PNG", save_all=True, append_images=[second], duration=100, blend=0)

    assert read_alphas(derive_original(data, f"fm={output}").body) == [255, 0]


def test_an_opaque_apng_that_clears_its_canvas_is_transparent() -> None:
    whole = draw("apng")
    at = whole.index(b"fcTL") + 4
    control = bytearray(whole[at : at + 26])
    control[24] = 1
    body = whole[: at - 8] + chunk(b"fcTL", bytes(control)) + whole[at + 30 :]
    second = body.index(b"fcTL", at + 10) + 4
    control = bytearray(body[second : second + 26])
    control[4:20] = struct.pack(">IIII", 10, 10, 20, 10)
    fdat = second + 30
    length = struct.unpack(">I", body[fdat : fdat + 4])[0]
    pixels = struct.pack(">I", 2) + zlib.compress((b"\0" + bytes(30)) * 10)
    body = (
        body[: second - 8]
        + chunk(b"fcTL", bytes(control))
        + chunk(b"fdAT", pixels)
        + body[fdat + 12 + length :]
    )

    assert CODEC.probe(body).alpha
    assert read_alphas(derive_original(body, "fm=webp").body)[:2] == [255, 0]


# File sizes.


def gif_of_moving_ball(frames: int = 12, size: tuple[int, int] = (160, 160)) -> bytes:
    """Return a GIF of a ball that moves in front of a background of many colours."""
    ground = (
        Image.effect_mandelbrot(size, (-2, -1.5, 1, 1.5), 60)
        .convert("RGB")
        .quantize(200)
        .convert("RGB")
    )
    images = []
    for number in range(frames):
        image = ground.copy()
        image.paste(RED, (10 * number, 70, 10 * number + 20, 90))
        images.append(image)
    return encoded(images[0], "GIF", save_all=True, append_images=images[1:], duration=40, loop=0)


@pytest.mark.parametrize("query", ["", "w=160", "w=120", "w=80"])
def test_an_animated_gif_is_not_larger_than_its_original(query: str) -> None:
    original = gif_of_moving_ball()

    derivative = derive_original(original, query)

    assert derivative.media_type == "image/gif"
    assert len(derivative.body) <= len(original)


def test_a_gif_of_few_colours_keeps_them_exactly() -> None:
    original = gif_of_moving_ball()
    before, after = (
        Image.open(io.BytesIO(body)) for body in (original, derive_original(original).body)
    )

    for number in range(12):
        before.seek(number)
        after.seek(number)
        assert before.convert("RGB").tobytes() == after.convert("RGB").tobytes()


def test_an_animated_webp_is_not_larger_than_a_gif() -> None:
    original = gif_of_moving_ball()

    assert len(derive_original(original, "fm=webp").body) < len(original)


@pytest.mark.parametrize(
    "form, options",
    [
        ("JPEG", {"quality": 30}),
        ("PNG", {"optimize": True}),
        ("GIF", {}),
        ("WEBP", {"quality": 20}),
        ("WEBP", {"lossless": True, "method": 6}),
    ],
)
def test_a_result_without_changes_is_not_larger_than_its_original(
    form: str, options: dict[str, Any]
) -> None:
    original = encoded(
        Image.effect_mandelbrot((200, 150), (-2, -1.5, 1, 1.5), 60).convert("RGB"), form, **options
    )

    derivative = derive_original(original, "q=100")

    assert len(derivative.body) <= len(original)


def test_an_original_that_is_the_answer_has_no_metadata() -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.Make] = "secret camera"
    picture = Image.effect_mandelbrot((200, 150), (-2, -1.5, 1, 1.5), 60).convert("RGB")
    original = (
        encoded(picture, "JPEG", quality=30, exif=exif, comment=b"secret note") + b"secret tail"
    )

    body = derive_original(original, "q=100").body

    assert len(body) < len(original)
    assert b"secret" not in body
    assert Image.open(io.BytesIO(body)).size == (200, 150)


def test_an_original_in_another_space_is_never_the_answer() -> None:
    picture = Image.effect_mandelbrot((200, 150), (-2, -1.5, 1, 1.5), 60).convert("RGB")
    original = encoded(picture, "JPEG", quality=10, icc_profile=display_p3())

    body = derive_original(original, "q=100").body

    assert len(body) > len(original)
