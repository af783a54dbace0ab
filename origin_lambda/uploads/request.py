"""What somebody says of a picture before uploading it, and what of that can be accepted."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Self

from origin_lambda.errors import BadRequest, BadValue, NotAPicture, TooLarge
from origin_lambda.image.formats import EXTENSIONS, MEDIA_TYPES
from origin_lambda.uploads.keys import KINDS, MEDIA_KINDS, UNTYPED, read_prefix

_LONGEST_BODY: Final = 16_384
_FIELDS: Final = {"filename", "type", "size", "prefix"}


@dataclass(frozen=True, slots=True)
class Announcement:
    """A picture that somebody is about to upload; *extension* and *media_type* are of one we read.

    *prefix* is below that of the token.
    """

    name: str
    extension: str
    media_type: str
    size: int | None
    prefix: str

    @classmethod
    def read(cls, body: bytes) -> Self:
        """Return what the JSON object of a request announces.

        Raises:
            BadRequest: it is no JSON object, or has other fields.
            BadValue: a field has a value that it does not accept.
            NotAPicture: by its name or its type, it is no picture that can be read.
            TooLarge: the request itself is.

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
    """Return a media type without its parameters; "" for one that says nothing.

    The picture's bytes decide at ingest. The type only has to be one that S3 may store.
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
    """Return a field; null is what JavaScript sends where there is none."""
    value = fields.get(name)
    value = default if value is None else value
    if not isinstance(value, str):
        message = f"{name} accepts a text"
        raise BadValue(message, param=name)
    return value


def _file_name(path: str) -> tuple[str, str]:
    """Return the stem and the extension of the last name in a path of any system."""
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
        return read_prefix(_text(fields, "prefix", default=""))
    except ValueError as error:
        message = f"prefix accepts {error}"
        raise BadValue(message, param="prefix") from error
