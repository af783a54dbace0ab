"""Finds the layers of a transform: the other originals that its parameters name."""

from typing import Final

from origin_lambda.errors import BadValue, Forbidden
from origin_lambda.url.grammar import OriginalKey, parse_query, parse_segment
from origin_lambda.url.inquiry import is_metadata_request
from origin_lambda.url.keys import CANVAS, is_original_key
from origin_lambda.url.transform import TABLE, Transform
from origin_lambda.url.values import Layer

_MARK: Final = "mark"

FONT: Final = "txt-font-file"
"""The parameter whose layer is a font; all others name pictures."""


def layer_keys(transform: Transform) -> tuple[OriginalKey, ...]:
    """Return the keys of the layers, in the order of their parameters."""
    return tuple(layer_params(transform))


def layer_params(transform: Transform) -> dict[OriginalKey, str]:
    """Return the parameter that names each layer, in table order; of several, the first."""
    found: dict[OriginalKey, str] = {}
    for row, value in TABLE.non_defaults(transform):
        if isinstance(value, Layer):
            found.setdefault(OriginalKey(value.key), row.name)
    return found


def has_layer_transforms(transform: Transform) -> bool:
    """Whether a layer has a transform of its own."""
    values = (value for _, value in TABLE.non_defaults(transform))
    return any(isinstance(value, Layer) and value.query for value in values)


def optional_layers(transform: Transform) -> frozenset[OriginalKey]:
    """Return the layers without which the derivative can be made, if they are missing."""
    if not transform.mark.is_optional:
        return frozenset()
    return frozenset(key for key, param in layer_params(transform).items() if param == _MARK)


def check_layers(transform: Transform, prefix: str) -> None:
    """Check that all layers are keys of originals that begin with *prefix*.

    The edge function does not check that: it sees only texts.

    Raises:
        BadValue: one is no key of an original, or a font has a query string.
        Forbidden: one does not begin with the prefix.

    """
    for key, param in layer_params(transform).items():
        if not is_original_key(key):
            message = f"{param} accepts the key of an original, without '.' and '..' segments"
            raise BadValue(message, param=param)
        if not key.startswith(prefix) and (key != CANVAS or param == FONT):
            message = f"{param} accepts keys that begin with {prefix}"
            raise Forbidden(message, param=param)
    font = transform.text.font_file
    if font and font.query:
        message = f"{FONT} accepts the key of a font, without a query string"
        raise BadValue(message, param=FONT)


def parse_layer(layer: Layer, param: str) -> Transform:
    """Parse the transform that a layer has in the value of *param*.

    Raises:
        BadValue: it accepts no such value, is no transform of a picture, or has layers of its own.

    """
    try:
        transform = parse_query(layer.query)
    except BadValue as error:
        message = f"in the query string of {param}: {error}"
        raise BadValue(message, param=param) from error
    if layer_params(transform):
        message = f"{param} names a layer that has a layer of its own"
        raise BadValue(message, param=param)
    if is_metadata_request(transform):
        message = f"{param} accepts a transform whose result is a picture"
        raise BadValue(message, param=param)
    return transform


def can_use_layer(segment: str, layer: str) -> bool:
    """Whether the derivative of a canonical segment can use a layer.

    True if the segment has another recipe or cannot be parsed: then its layers are unknown.
    """
    layers = read_layers(segment)
    return layers is None or layer in layers


def read_layers(segment: str) -> tuple[OriginalKey, ...] | None:
    """Return the layers that a canonical segment names; None if they are unknown."""
    transform = parse_segment(segment)
    return None if transform is None else layer_keys(transform)
