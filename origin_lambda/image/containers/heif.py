"""Reads the structure of a HEIF."""

from functools import partial
from typing import Final

from origin_lambda.image.containers import isobmff
from origin_lambda.image.formats import Kind

inspect: Final = partial(isobmff.inspect, kind=Kind.HEIF)
