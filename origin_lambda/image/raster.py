"""What the pipeline needs from an imaging library: pixels, and a codec for them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, Self, TypeVar

from origin_lambda.image.encoding import Encoding
from origin_lambda.image.formats import Kind
from origin_lambda.image.geometry import Affine, Box, Size
from origin_lambda.image.probe import Facts
from origin_lambda.image.source import Decoding
from origin_lambda.url.values import Colour

ChannelWeights = tuple[float, float, float, float]
"""How much of red, green, blue and 1 (of 255) a channel consists of."""

ChannelMatrix = tuple[ChannelWeights, ChannelWeights, ChannelWeights]
"""The weights of red, of green and of blue."""


class Raster(Protocol):
    """A picture in memory. Every method returns a raster and may spoil the one it was asked of.

    Where there is alpha, sampling weighs colours by it, so that hidden colours never bleed.
    """

    @property
    def size(self) -> Size:
        """Width and height in pixels."""

    def resize(self, box: Box, size: Size) -> Self:
        """Return *box* (its edges need not be whole) at *size*, by Lanczos with three lobes."""

    def transpose(self, orientation: int) -> Self:
        """Return it as a viewer shows a picture of this EXIF *orientation*, 2 to 8."""

    def transform_affine(self, matrix: Affine, size: Size, *, has_gaps: bool) -> Self:
        """Return a raster of *size*, each pixel sampled where *matrix* maps it (bicubic).

        With *has_gaps*, pixels that map outside the source are transparent.
        """

    def to_srgb(self) -> Self:
        """Return it in sRGB (grey stays grey), through its embedded profile if it has one."""

    def mix_channels(self, matrix: ChannelMatrix) -> Self:
        """Return it with each channel a weighted sum of the sRGB channels; alpha stays."""

    def blur(self, sigma: float) -> Self:
        """Return it after a Gaussian of *sigma* pixels, its edge pixels repeated outside."""

    def sharpen(self, amount: float) -> Self:
        """Return it with *amount* times the difference from a 3x3 mean added; alpha stays."""

    def extend_edges(self, size: Size, offset: tuple[int, int]) -> Self:
        """Return it at *offset* in a canvas of *size*, its edge pixels repeated to all sides."""

    def extend(self, size: Size, offset: tuple[int, int]) -> Self:
        """Return it at *offset* in a transparent canvas of *size*."""

    def flatten(self, colour: Colour) -> Self:
        """Return it on a background; without alpha if the colour is opaque."""


R = TypeVar("R", bound=Raster)


@dataclass(frozen=True, slots=True)
class Frame(Generic[R]):
    """One picture of an animation, shown for so many *milliseconds* (0 for a still)."""

    raster: R
    milliseconds: int = 0


class Codec(Protocol[R]):
    """Reads headers, decodes and encodes."""

    def probe(self, data: bytes) -> Facts:
        """Return what the header says, without decoding pixels.

        Raises:
            NotAPicture: the bytes are no picture this codec reads.
            Unprocessable: a picture, but its header is broken.

        """

    def decode(self, data: bytes, decoding: Decoding) -> Iterator[Frame[R]]:
        """Yield the frames asked for; a truncated file as far as it goes.

        Raises:
            Unprocessable: the pixels cannot be decoded.

        """

    def encode(self, frames: Sequence[Frame[R]], encoding: Encoding) -> bytes:
        """Return the frames as a file, with the credits and no other metadata."""

    def remove_metadata(self, data: bytes, kind: Kind) -> bytes | None:
        """Return a file with the same pixels and no metadata at all.

        None where they are not in sRGB, or nothing can be left out of such a file.

        Raises:
            Unprocessable: it is broken.

        """
