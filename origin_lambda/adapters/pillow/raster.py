"""Pixels in Pillow's memory, resized by cykooz-resizer if it has a wheel.

cykooz-resizer works on Pillow's own pixels with SIMD: 7 times faster than Pillow's Lanczos, with
a mean difference of 0.2 of 255 (docs/performance.md). It has wheels for x86-64 only.
"""

import io
import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, Self, cast

from PIL import Image, ImageChops

from origin_lambda.image.filling import BlurredCopy, Filling
from origin_lambda.image.geometry import Affine, Box, Extent, Size, place_anchored
from origin_lambda.image.outline import Outline
from origin_lambda.image.raster import Bounds, ChannelMatrix, Line, Tones
from origin_lambda.image.text.block import TextBlock
from origin_lambda.url.values import BlendMode, Colour

try:
    from cykooz_resizer import AlphaMulDiv, CropBox, FilterType, ResizeAlg, ResizeOptions, Resizer

    HAS_SIMD = True
except ImportError:
    HAS_SIMD = False

_OPAQUE: Final = 255

_DIRECT_SIGMA: Final = 2.0
"""A Gaussian of at least twice this sigma, in pixels, is computed on a smaller picture."""

_NOISE_RADIUS: Final = 2
"""Noise is compared with the mean of 5 x 5 pixels."""

# The turns that undo each orientation (Exif 2.32, tag 274).
_TURNS: Final = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


@dataclass(frozen=True, slots=True)
class PillowRaster:
    """A raster in the mode L, RGB, RGBA or, until it is converted to sRGB, CMYK."""

    image: Image.Image
    profile: bytes | None = None

    @property
    def size(self) -> Size:
        return Size(*self.image.size)

    def _with(self, image: Image.Image) -> Self:
        return type(self)(image, self.profile)

    @property
    def has_alpha(self) -> bool:
        return self.image.mode == "RGBA"

    def find_visible(self, alpha: float) -> Bounds | None:
        from origin_lambda.adapters.pillow.samples import find_visible

        return find_visible(self.image, alpha)

    def find_unlike(self, colour: Colour | None, tolerance: float, within: Bounds) -> Bounds | None:
        from origin_lambda.adapters.pillow.samples import find_unlike

        return find_unlike(self.image, colour, tolerance, within)

    def measure_lines(self, within: Bounds, *, are_columns: bool = False) -> Sequence[Line]:
        from origin_lambda.adapters.pillow.samples import measure_lines

        part = self.image.crop(within)
        return measure_lines(part.transpose(Image.Transpose.TRANSPOSE) if are_columns else part)

    def count_tones(self) -> Tones:
        from origin_lambda.adapters.pillow.samples import count_tones

        return count_tones(self.image)

    def resize(self, box: Box, size: Size) -> Self:
        resize = resize_by_simd if HAS_SIMD else resize_by_pillow
        return self._with(resize(self.image, _limit_box(box, self.size), size))

    def transpose(self, orientation: int) -> Self:
        return self._with(self.image.transpose(_TURNS[orientation]))

    def transform_affine(self, matrix: Affine, size: Size, *, has_gaps: bool) -> Self:
        mode = "RGBA" if has_gaps else self.image.mode
        image = _multiply_alpha(self.image.convert(mode)).transform(
            size, Image.Transform.AFFINE, matrix, Image.Resampling.BICUBIC
        )
        return self._with(image.convert(mode))

    def to_srgb(self) -> Self:
        profile = self.profile
        if self.image.mode == "CMYK" and not (profile and profile[16:20] == b"CMYK"):
            profile = _read_press_profile()
        image = _convert_by_profile(self.image, profile) if profile else self.image
        if image.mode == "CMYK":  # its own profile is broken
            image = _convert_by_profile(image, _read_press_profile())
        return type(self)(image)

    def map_tones(self, curve: Sequence[int]) -> Self:
        from origin_lambda.adapters.pillow.effects import map_tones

        return self._with(map_tones(self.image, curve))

    def mix_channels(self, matrix: ChannelMatrix) -> Self:
        return self._with(_copy_alpha(self.image, _mix(self.image, matrix)))

    def mix_channels_of_pale_colours(self, matrix: ChannelMatrix) -> Self:
        from origin_lambda.adapters.pillow.effects import blend_pale_colours

        mixed = _mix(self.image, matrix)
        return self._with(_copy_alpha(self.image, blend_pale_colours(self.image, mixed)))

    def smooth(self, threshold: float) -> Self:
        from origin_lambda.adapters.pillow.effects import smooth

        mean = _average(self.image, _NOISE_RADIUS)
        return self._with(_copy_alpha(self.image, smooth(self.image, mean, threshold)))

    def blur(self, sigma: float) -> Self:
        from PIL.ImageFilter import GaussianBlur

        factor = max(1, int(sigma / _DIRECT_SIGMA))
        image = _multiply_alpha(self.image)
        if factor == 1:
            return self._with(_divide_alpha(image.filter(GaussianBlur(sigma))))
        # The mean of a box of *factor* pixels already blurs: its variance counts.
        rest = math.sqrt(sigma**2 - (factor**2 - 1) / 12) / factor
        small = self._with(_divide_alpha(image.reduce(factor).filter(GaussianBlur(rest))))
        across, down = (side / factor for side in self.size)
        return small.resize(Box(0, 0, across, down), self.size)

    def sharpen(self, amount: float) -> Self:
        mean = _average(self.image, 1)
        return self._with(_copy_alpha(self.image, Image.blend(mean, self.image, 1 + amount)))

    def apply_unsharp_mask(self, sigma: float, amount: float) -> Self:
        if self.image.mode == "RGB":
            luma, *chroma = self.image.convert("YCbCr").split()
            luma = self._with(luma).apply_unsharp_mask(sigma, amount).image
            return self._with(Image.merge("YCbCr", (luma, *chroma)).convert("RGB"))
        blurred = self._with(self.image.copy()).blur(sigma).image
        return self._with(_copy_alpha(self.image, Image.blend(blurred, self.image, 1 + amount)))

    def pixellate(self, side: int) -> Self:
        from origin_lambda.adapters.pillow.effects import pixellate

        return self._with(_divide_alpha(pixellate(_multiply_alpha(self.image), side)))

    def print_dots(self, distance: float) -> Self:
        from origin_lambda.adapters.pillow.effects import print_dots

        return self._with(_copy_alpha(self.image, print_dots(self.image, distance)))

    def crop(self, box: Bounds) -> Self:
        return self._with(self.image.crop(box))

    def paste(self, other: Self, offset: tuple[int, int]) -> Self:
        self.image.paste(other.image, offset)
        return self

    def correct_red_eyes(self, eyes: tuple[Bounds, ...]) -> Self:
        from origin_lambda.adapters.pillow.faces import correct_red_eyes

        return self._with(correct_red_eyes(self.image, eyes))

    def draw_marks(self, focus: tuple[int, int] | None, boxes: tuple[Bounds, ...]) -> Self:
        from origin_lambda.adapters.pillow.faces import draw_marks

        return self._with(draw_marks(self.image, focus, boxes))

    def extend_edges(self, size: Size, offset: tuple[int, int]) -> Self:
        across = _extend_across(self.image, size.width, offset[0])
        down = across.transpose(Image.Transpose.TRANSPOSE)
        down = _extend_across(down, size.height, offset[1])
        return self._with(down.transpose(Image.Transpose.TRANSPOSE))

    def extend(self, size: Size, offset: tuple[int, int]) -> Self:
        canvas = Image.new("RGBA", size)
        canvas.paste(self.image.convert("RGBA"), offset)
        return self._with(canvas)

    def extend_with(self, size: Size, offset: tuple[int, int], filling: Filling) -> Self:
        from origin_lambda.adapters.pillow.fills import draw_filling

        if isinstance(filling, BlurredCopy):
            canvas = self._blur_cover(size, filling.sigma).image
        else:
            canvas = draw_filling(size, filling)
        mode = "RGBA" if "RGBA" in {canvas.mode, self.image.mode} else "RGB"
        canvas = canvas.convert(mode)
        canvas.paste(self.image.convert(mode), offset)
        return self._with(canvas)

    def _blur_cover(self, size: Size, sigma: float) -> Self:
        """Return the picture's middle, enlarged to a *size* and blurred.

        It is blurred on fewer pixels, since the blur leaves nothing that they could not hold.
        """
        factor = max(1.0, sigma / _DIRECT_SIGMA)
        scale = min(own / side for own, side in zip(self.size, size, strict=True))
        cover = place_anchored(Extent(*self.size), Extent(*size).scale(scale), 0.5, 0.5)
        small = (
            self._with(self.image.copy())
            .resize(cover, Extent(*size).scale(1 / factor).whole)
            .blur(sigma / factor)
        )
        return small.resize(Box(0, 0, *small.size), size)

    def draw_over(
        self, layer: Self, offset: tuple[int, int], opacity: float, mode: BlendMode
    ) -> Self:
        from origin_lambda.adapters.pillow.layers import draw_over

        return self._with(draw_over(self.image, layer.image, offset, opacity, mode))

    def repeat(self, step: tuple[int, int], size: Size) -> Self:
        from origin_lambda.adapters.pillow.layers import repeat

        return self._with(repeat(self.image, step, size))

    def blend_colour(self, colour: Colour, mode: BlendMode) -> Self:
        from origin_lambda.adapters.pillow.layers import blend_colour

        return self._with(blend_colour(self.image, colour, mode))

    def draw_border(
        self,
        outer: Outline,
        inner: Outline,
        colour: Colour,
        *,
        except_between: tuple[Outline, Outline] | None = None,
    ) -> Self:
        from origin_lambda.adapters.pillow.shapes import draw_border, draw_ring

        ring = draw_ring(self.size, outer, inner)
        if except_between:
            ring = ImageChops.subtract(ring, draw_ring(self.size, *except_between))
        return self._with(draw_border(self.image, ring, colour))

    def cut(self, outline: Outline, behind: Colour | None) -> Self:
        from origin_lambda.adapters.pillow.shapes import cut

        return self._with(cut(self.image, outline, behind))

    def draw_grid(self, side: int, colours: tuple[Colour, Colour]) -> Self:
        from origin_lambda.adapters.pillow.shapes import draw_grid

        return self._with(draw_grid(self.image, side, colours))

    def draw_text(self, block: TextBlock) -> Self:
        from origin_lambda.adapters.pillow.text import draw_text

        return self._with(draw_text(self.image, block))

    def flatten(self, colour: Colour) -> Self:
        if self.image.mode != "RGBA":
            return self
        behind = Image.new("RGBA", self.size, tuple(colour))
        behind.alpha_composite(self.image)
        return self._with(behind.convert("RGB") if colour.alpha == _OPAQUE else behind)


def _limit_box(box: Box, size: Size) -> Box:
    """Return the box limited to the picture: rounding can push it over the edges."""
    return Box(
        max(box.left, 0), max(box.top, 0), min(box.right, size.width), min(box.bottom, size.height)
    )


def resize_by_simd(image: Image.Image, box: Box, size: Size) -> Image.Image:
    """Resize a box of a picture by cykooz-resizer's Lanczos; destroys the picture."""
    options = ResizeOptions(
        ResizeAlg.convolution(FilterType.lanczos3),
        crop_box=CropBox(box.left, box.top, *box.extent),
        use_alpha=False,
    )
    result = Image.new(image.mode, size, None)  # every pixel is about to be written
    if image.mode == "RGBA":
        # The resizer itself would multiply alpha in a copy: 400 MB for the largest originals.
        # From RGBa, the picture's mode after this, to RGBA it divides by alpha on its own.
        AlphaMulDiv().multiply_alpha_pil_inplace(image)
    Resizer().resize_pil(image, result, options)
    return result


def resize_by_pillow(image: Image.Image, box: Box, size: Size) -> Image.Image:
    """Resize a box of a picture by Pillow's Lanczos, after averaging boxes of pixels."""
    result = _multiply_alpha(image).resize(
        size, Image.Resampling.LANCZOS, box=box, reducing_gap=2.0
    )
    return result.convert(image.mode)


def _multiply_alpha(image: Image.Image) -> Image.Image:
    return image.convert("RGBa") if image.mode == "RGBA" else image


def _divide_alpha(image: Image.Image) -> Image.Image:
    """Return the picture with its colours divided by alpha."""
    return image.convert("RGBA") if image.mode == "RGBa" else image


def _average(image: Image.Image, radius: int) -> Image.Image:
    """Return each pixel as the mean of the square around it, 2 * *radius* + 1 pixels a side."""
    from PIL.ImageFilter import BoxBlur

    return _divide_alpha(_multiply_alpha(image).filter(BoxBlur(radius)))


def _mix(image: Image.Image, matrix: ChannelMatrix) -> Image.Image:
    """Return the colours through a matrix, in RGB."""
    colours = image if image.mode == "RGB" else image.convert("RGB")
    return colours.convert("RGB", tuple(itertools.chain(*matrix)))


def _copy_alpha(original: Image.Image, changed: Image.Image) -> Image.Image:
    if original.mode == "RGBA":
        changed.putalpha(original.getchannel("A"))
    return changed


def _extend_across(image: Image.Image, width: int, left: int) -> Image.Image:
    """Return the picture with its first and last column repeated to fill a *width*."""
    first = image.crop((0, 0, 1, image.height))
    last = image.crop((image.width - 1, 0, image.width, image.height))
    result = last.resize((width, image.height), Image.Resampling.NEAREST)
    result.paste(first.resize((max(left, 1), image.height), Image.Resampling.NEAREST))
    result.paste(image, (left, 0))
    return result


@lru_cache(maxsize=1)
def _read_press_profile() -> bytes:
    """Return the profile for CMYK without one: CGATS TR 001, which most files are made for.

    The file is CGATS001Compat-v2-micro of Compact-ICC-Profiles, in the public domain (CC0).
    """
    from pathlib import Path  # importing it takes 2 ms, and few originals need it

    return (Path(__file__).parent / "cmyk.icc").read_bytes()


def _convert_by_profile(image: Image.Image, profile: bytes) -> Image.Image:
    """Return the picture in sRGB, or unchanged if the profile is broken or for another mode.

    Grey with an RGB profile is converted as RGB with equal channels. Grey with alpha and a grey
    profile is in RGBA, and its red channel is converted.
    """
    from PIL import ImageCms

    is_grey = profile[16:20] == b"GRAY"
    try:
        if image.mode == "RGBA" and is_grey:
            grey = _convert_by_profile(image.getchannel("R"), profile)
            return Image.merge("RGBA", (grey, grey, grey, image.getchannel("A")))
        source = image.convert("RGB") if image.mode == "L" and not is_grey else image
        transform = _build_transform_to_srgb(profile, source.mode)
        if transform is None:
            return image
        result = cast("Image.Image", ImageCms.applyTransform(source, transform))
    except (ImageCms.PyCMSError, OSError):
        return image
    return result.convert("L") if image.mode == "L" else result


@lru_cache(maxsize=8)
def _build_transform_to_srgb(profile: bytes, mode: str) -> Any:
    """Return LittleCMS's transform from a profile to sRGB, or None if the profile is sRGB."""
    from PIL import ImageCms

    source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
    if ImageCms.getProfileDescription(source).startswith("sRGB"):
        return None
    return ImageCms.buildTransform(
        source,
        ImageCms.createProfile("sRGB"),
        mode,
        "RGBA" if mode == "RGBA" else "RGB",
        flags=ImageCms.Flags.BLACKPOINTCOMPENSATION,
    )
