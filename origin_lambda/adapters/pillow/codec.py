"""Reads headers, decodes and encodes with Pillow, loading only the plugins that are needed."""

from collections.abc import Iterator, Sequence

from origin_lambda.adapters.pillow.decode import decode
from origin_lambda.adapters.pillow.encode import encode
from origin_lambda.adapters.pillow.files import open_image, refuse_broken_original
from origin_lambda.adapters.pillow.header import read_facts
from origin_lambda.adapters.pillow.raster import PillowRaster
from origin_lambda.image.containers.inspection import inspect, remove_metadata
from origin_lambda.image.encoding import Encoding
from origin_lambda.image.formats import Kind
from origin_lambda.image.probe import Facts
from origin_lambda.image.quality import Effort
from origin_lambda.image.raster import Frame
from origin_lambda.image.source import Decoding
from origin_lambda.image.text.block import TextBlock


class PillowCodec:
    """The codec of the product; see `image.raster.Codec`."""

    def probe(self, data: bytes) -> Facts:
        return read_facts(data)

    def decode(self, data: bytes, decoding: Decoding) -> Iterator[Frame[PillowRaster]]:
        return decode(data, decoding)

    def encode(self, frames: Sequence[Frame[PillowRaster]], encoding: Encoding) -> bytes:
        if encoding.effort in {Effort.TRIAL, Effort.MOST} and len(frames) == 1:
            from origin_lambda.adapters.pillow.slow_files import write  # no request needs it

            if body := write(frames[0].raster.image, encoding):
                return body
        return encode(frames, encoding)

    def measure_text(self, block: TextBlock) -> tuple[float, float, float, float]:
        from origin_lambda.adapters.pillow.text import measure_text  # few requests need it

        return measure_text(block)

    def remove_metadata(self, data: bytes, kind: Kind) -> bytes | None:
        with refuse_broken_original():
            structure = inspect(data, kind)
            if structure.colour is not None and not structure.colour.is_srgb:
                return None
            if kind is not Kind.GIF and open_image(kind, data).info.get("icc_profile"):
                return None
            return remove_metadata(data, kind)
