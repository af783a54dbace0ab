"""Parses and validates the request for an upload."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Self

from origin_lambda.errors import BadRequest, BadValue, NotAPicture, TooLarge
from origin_lambda.image.formats import EXTENSIONS, MEDIA_TYPES
from origin_lambda.uploads.keys import KINDS, MEDIA_KINDS, UNTYPED, normalise_prefix

_LONGEST_BODY: Final = 16_384
_FIELDS: Final = {"filename", "type", "size", "prefix"}


@dataclass(frozen=True, slots=True)
class UploadRequest:
    """A validated request for an upload; *extension* and *media_type* are of a supported format.

    *prefix* is relative to the prefix of the token.
    """

    name: str
    extension: str
    media_type: str
    size: int | None
    prefix: str

    @classmethod
    def parse(cls, body: bytes) -> Self:
        """Return the upload request of a JSON body.

        Raises:
            BadRequest: the body is not a JSON object, or has unknown fields.
            BadValue: a field has an invalid value.
            NotAPicture: the name or the type is not that of a supported format.
            TooLarge: the body is too long.

        """
        fields = _fields(body)
        name, extension = _file_name(_text(fields, "filename"))
        media_type = _media_type(_text(fields, "type", default=""))
        if not extension and media_type in MEDIA_KINDS:
            extension = EXTENSIONS[MEDIA_KINDS[media_type]]
        if extension not in KINDS:
            message = f"filename must end in one of: .{', .'.join(sorted(KINDS))}"
            raise NotAPicture(message, param="filename")
        if media_type and media_type not in MEDIA_KINDS:
            message = f"type must be left out, or one of: {', '.join(sorted(MEDIA_TYPES.values()))}"
            raise NotAPicture(message, param="type")
        kind = MEDIA_KINDS[media_type] if media_type else KINDS[extension]
        return cls(name, extension, MEDIA_TYPES[kind], _size(fields), _prefix(fields))


def _media_type(text: str) -> str:
    """Return a media type without its parameters; "" for one without information.

    Ingest detects the format from the bytes; the type only has to be one that S3 can store.
    """
    media_type = text.partition(";")[0].strip().lower()
    return "" if media_type in UNTYPED else media_type


def _fields(body: bytes) -> Mapping[str, Any]:
    if len(body) > _LONGEST_BODY:
        message = f"the body must have at most {_LONGEST_BODY:,} bytes; the picture goes to S3"
        raise TooLarge(message)
    try:
        fields: Any = json.loads(body.decode())
    except (ValueError, RecursionError):
        fields = None
    if not isinstance(fields, dict) or not fields.keys() <= _FIELDS:
        message = "the body must be a JSON object of filename, and perhaps type, size and prefix"
        raise BadRequest(message)
    return fields


def _text(fields: Mapping[str, Any], name: str, *, default: Any = None) -> str:
    """Return a text field; null counts as missing, because JavaScript sends it so."""
    value = fields.get(name)
    value = default if value is None else value
    if not isinstance(value, str):
        message = f"{name} accepts a text"
        raise BadValue(message, param=name)
    return value


def _file_name(path: str) -> tuple[str, str]:
    """Return the stem and extension of the last name in a path of any operating system."""
    name = path.replace("\\", "/").rpartition("/")[2].strip()
    stem, _, extension = name.rpartition(".")
    return (stem, extension.lower()) if "." in name else (name, "")


def _size(fields: Mapping[str, Any]) -> int | None:
    size = fields.get("size")
    if size is not None and (type(size) is not int or size < 1):
        message = "size accepts a whole number of bytes above 0"
        raise BadValue(message, param="size")
    return size


def _prefix(fields: Mapping[str, Any]) -> str:
    try:
        return normalise_prefix(_text(fields, "prefix", default=""))
    except ValueError as error:
        message = f"prefix accepts {error}"
        raise BadValue(message, param="prefix") from error
