"""The ports of an imaging library: rasters of pixels, and a codec for them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, NamedTuple, Protocol, Self, TypeVar

from origin_lambda.image.encoding import Encoding
from origin_lambda.image.filling import Filling
from origin_lambda.image.formats import Kind
from origin_lambda.image.geometry import Affine, Box, Size
from origin_lambda.image.outline import Outline
from origin_lambda.image.probe import Facts
from origin_lambda.image.source import Decoding
from origin_lambda.image.text.block import TextBlock
from origin_lambda.url.values import BlendMode, Colour

ChannelWeights = tuple[float, float, float, float]
"""The weights of red, green and blue in a channel of the result, and an amount to add (of 255)."""

ChannelMatrix = tuple[ChannelWeights, ChannelWeights, ChannelWeights]
"""The weights for each channel of the result: red, green and blue."""


Bounds = tuple[int, int, int, int]
"""A part of a raster in whole pixels: left, top, right, bottom."""


class Line(NamedTuple):
    """A line of pixels: the *means* of its channels, and the largest standard *deviation* of one.

    Both are of 255. Colours are multiplied by alpha, which is a channel too.
    """

    means: tuple[float, ...]
    deviation: float


class Tones(NamedTuple):
    """The tones of a picture: how many pixels have each luma, and the mean *saturation*.

    There are 256 *counts*. Transparent pixels do not count. The saturation of a pixel is its
    largest channel minus its smallest one, 0 to 1.
    """

    counts: Sequence[int]
    saturation: float


class Raster(Protocol):
    """A picture in memory. A method that returns a raster can destroy the one it is called on.

    Sampling weighs colours by alpha, so that hidden colours never bleed.
    """

    @property
    def size(self) -> Size:
        """Width and height in pixels."""

    @property
    def has_alpha(self) -> bool:
        """Whether it has an alpha channel."""

    def find_visible(self, alpha: float) -> Bounds | None:
        """Return the smallest bounds of all pixels with more than this *alpha*, of 255, or None."""

    def find_unlike(self, colour: Colour | None, tolerance: float, within: Bounds) -> Bounds | None:
        """Return the smallest bounds of all pixels unlike a *colour*, or None.

        One of their channels differs from it by more than *tolerance*, of 255. None is the colour
        of the upper left pixel *within*.
        """

    def measure_lines(self, within: Bounds, *, are_columns: bool = False) -> Sequence[Line]:
        """Return each row of a part, from the top, or each column, from the left."""

    def count_tones(self) -> Tones:
        """Return the tones of the picture."""

    def resize(self, box: Box, size: Size) -> Self:
        """Return *box* (not necessarily whole pixels) at *size*, by Lanczos with three lobes."""

    def transpose(self, orientation: int) -> Self:
        """Return the raster as a viewer shows a picture of this EXIF *orientation*, 2 to 8."""

    def transform_affine(self, matrix: Affine, size: Size, *, has_gaps: bool) -> Self:
        """Return a raster of *size*, each pixel sampled where *matrix* maps it (bicubic).

        With *has_gaps*, pixels that map outside the source are transparent.
        """

    def to_srgb(self) -> Self:
        """Return the raster in sRGB, through its embedded profile, if any; grey stays grey."""

    def map_tones(self, curve: Sequence[int]) -> Self:
        """Return each sample replaced by its entry in a *curve* of 256; alpha stays."""

    def mix_channels(self, matrix: ChannelMatrix) -> Self:
        """Return each channel as a weighted sum of the sRGB channels; alpha stays."""

    def mix_channels_of_pale_colours(self, matrix: ChannelMatrix) -> Self:
        """Do what `mix_channels` does, in a share that falls with saturation.

        The share is 1 minus the difference between a pixel's largest and smallest channel.
        """

    def smooth(self, threshold: float) -> Self:
        """Return each pixel as a mean of its neighbours where it hardly differs from that.

        A difference of *threshold* levels is smoothed by half, one of twice as many is kept.
        """

    def blur(self, sigma: float) -> Self:
        """Return the raster blurred by a Gaussian of *sigma* pixels, with edge pixels repeated."""

    def sharpen(self, amount: float) -> Self:
        """Add *amount* times the difference from a 3x3 mean; alpha stays."""

    def apply_unsharp_mask(self, sigma: float, amount: float) -> Self:
        """Add *amount* times the difference from a Gaussian blur of *sigma* pixels; alpha stays.

        Luma alone can be sharpened: a sharper chroma shows as coloured edges.
        """

    def pixellate(self, side: int) -> Self:
        """Return the raster with each block of *side* x *side* pixels replaced by its mean."""

    def print_dots(self, distance: float) -> Self:
        """Return each channel as dots on white, *distance* pixels apart; alpha stays."""

    def crop(self, box: Bounds) -> Self:
        """Return a copy of the pixels in a box; this one stays as it is."""

    def paste(self, other: Self, offset: tuple[int, int]) -> Self:
        """Return the raster with its pixels at *offset* replaced by those of another one."""

    def correct_red_eyes(self, eyes: tuple[Bounds, ...]) -> Self:
        """Return the raster with red pupils grey, inside the ellipses of these boxes."""

    def draw_marks(self, focus: tuple[int, int] | None, boxes: tuple[Bounds, ...]) -> Self:
        """Return the raster with a cross at a point and frames around boxes."""

    def extend_edges(self, size: Size, offset: tuple[int, int]) -> Self:
        """Return the raster at *offset* in a canvas of *size*, its edge pixels repeated outside."""

    def extend(self, size: Size, offset: tuple[int, int]) -> Self:
        """Return the raster at *offset* in a transparent canvas of *size*."""

    def extend_with(self, size: Size, offset: tuple[int, int], filling: Filling) -> Self:
        """Return the raster at *offset* in a canvas of *size*, with a *filling* around it."""

    def draw_over(
        self, layer: Self, offset: tuple[int, int], opacity: float, mode: BlendMode
    ) -> Self:
        """Return the raster with a *layer* over it, with an opacity from 0 to 1.

        What lies outside is cut off. The layer stays as it is.
        """

    def repeat(self, step: tuple[int, int], size: Size) -> Self:
        """Return a transparent raster of *size* with this one every *step* pixels."""

    def blend_colour(self, colour: Colour, mode: BlendMode) -> Self:
        """Return the raster with a colour over all of it."""

    def draw_border(
        self,
        outer: Outline,
        inner: Outline,
        colour: Colour,
        *,
        except_between: tuple[Outline, Outline] | None = None,
    ) -> Self:
        """Return the raster with a *colour* between two outlines, with smooth edges.

        What is between the two outlines *except_between* stays.
        """

    def cut(self, outline: Outline, behind: Colour | None) -> Self:
        """Return what is inside an outline; the rest is transparent, or has the colour *behind*."""

    def draw_grid(self, side: int, colours: tuple[Colour, Colour]) -> Self:
        """Return the raster without alpha, on squares of two colours, *side* pixels wide."""

    def draw_text(self, block: TextBlock) -> Self:
        """Return the raster with text on it; what lies outside is cut off.

        Raises:
            Unprocessable: this installation has no fonts, or no library that shapes text.

        """

    def flatten(self, colour: Colour) -> Self:
        """Return the raster on a background; without alpha if the colour is opaque."""


R = TypeVar("R", bound=Raster)


@dataclass(frozen=True, slots=True)
class Frame(Generic[R]):
    """A picture of an animation and its duration in *milliseconds* (0 for a still)."""

    raster: R
    milliseconds: int = 0


class Codec(Protocol[R]):
    """Reads headers, decodes and encodes."""

    def probe(self, data: bytes) -> Facts:
        """Return what the header says, without decoding pixels.

        Raises:
            NotAPicture: the bytes are not a picture that this codec reads.
            Unprocessable: a picture, but its header is broken.

        """

    def decode(self, data: bytes, decoding: Decoding) -> Iterator[Frame[R]]:
        """Yield the requested frames; of a truncated file, the part that can be decoded.

        Raises:
            Unprocessable: the pixels cannot be decoded.

        """

    def encode(self, frames: Sequence[Frame[R]], encoding: Encoding) -> bytes:
        """Return a file of the frames, with the credits and no other metadata."""

    def measure_text(self, block: TextBlock) -> tuple[float, float, float, float]:
        """Return the left, upper, right and lower edge of the lines of a text."""

    def remove_metadata(self, data: bytes, kind: Kind) -> bytes | None:
        """Return a file with the same pixels and no metadata at all.

        Returns None if the pixels are not in sRGB, or if this kind of file is not supported.

        Raises:
            Unprocessable: the file is broken.

        """
