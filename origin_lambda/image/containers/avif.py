"""Reads the structure of an AVIF."""

from functools import partial
from typing import Final

from origin_lambda.image.containers import isobmff
from origin_lambda.image.formats import Kind

inspect: Final = partial(isobmff.inspect, kind=Kind.AVIF)
