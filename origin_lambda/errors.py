"""All named errors, and what the response to each one says.

CalotypeError
|-- BadRequest 400 ............... the URL cannot be understood
|   |-- BadValue 400 ............. a known parameter has a value that it does not accept
|   |-- UnknownParameter 400 ..... a name is no parameter, where the deployment does not allow that
|   |-- BadKey 400 ............... the path names no key
|   |-- UrlTooLong 414
|   `-- MethodNotAllowed 405
|-- Unauthorized 401 ............. a bearer token is missing or unknown
|-- Forbidden 403 ................ a signature is missing or wrong, or a token lacks a permission
|-- NotFound 404 ................. the path is no resource of this API
|-- NoSuchOriginal 404
|-- Archived 409 ................. the original is in an archive of S3, and must be restored first
|-- Expired 410 .................. later than the URL's `expires`
|-- TooLarge 413 ................. more bytes than the limit
|-- NotAPicture 415 .............. the bytes are no picture that can be read
|-- Unprocessable 422 ............ a picture, but broken or over a limit
`-- Failure
    |-- Internal 500 ............. a bug
    |-- StoreFailed 502 .......... a bucket answered with an error
    |-- Unavailable 503 .......... a bucket could not be reached or is throttling
    |   `-- Busy 503 ........... another invocation works on this original
    `-- OutOfTime 503 ............ the deadline came before the picture was ready

Callers can read `message`, so it never repeats their input. Only the log has `detail`.
"""

from typing import ClassVar


class CalotypeError(Exception):
    """A failure with a status, a stable code and the seconds that its response may be cached.

    An instance can have a shorter *max_age* than its class.
    """

    status: ClassVar[int] = 500
    code: ClassVar[str] = "internal"
    max_age: int = 0
    needs_attention: ClassVar[bool] = False

    def __init__(self, message: str, *, detail: str = "", param: str | None = None) -> None:
        super().__init__(detail or message)
        self.message = message
        self.detail = detail
        self.param = param


class BadRequest(CalotypeError):
    """The URL cannot be understood."""

    status, code, max_age = 400, "bad-request", 300


class BadValue(BadRequest):
    """A known parameter has a value that it does not accept."""

    code = "bad-value"


class UnknownParameter(BadRequest):
    """A name is no parameter, and the deployment does not ignore such names."""

    code = "unknown-parameter"


class BadKey(BadRequest):
    """The path names no key."""

    code = "bad-key"


class UrlTooLong(BadRequest):
    """The URL is longer than the limit."""

    status, code = 414, "url-too-long"


class MethodNotAllowed(BadRequest):
    """The resource only answers the methods in *allow*; by default those of a derivative."""

    status, code = 405, "method-not-allowed"

    def __init__(
        self, message: str, *, allow: str = "", detail: str = "", param: str | None = None
    ) -> None:
        super().__init__(message, detail=detail, param=param)
        self.allow = allow


class Unauthorized(CalotypeError):
    """A bearer token is missing or unknown."""

    status, code, max_age = 401, "unauthorized", 60


class Forbidden(CalotypeError):
    """A signature is missing or wrong, or a token lacks a permission."""

    status, code, max_age = 403, "forbidden", 60


class NotFound(CalotypeError):
    """The path is no resource of this API."""

    status, code, max_age = 404, "not-found", 60


class NoSuchOriginal(CalotypeError):
    """No original has this key."""

    status, code, max_age = 404, "no-such-original", 60


class Archived(CalotypeError):
    """The original is in an archive of S3: it cannot be read until its owner restores it."""

    status, code, max_age = 409, "archived", 60


class Expired(CalotypeError):
    """The URL's `expires` has passed."""

    status, code, max_age = 410, "expired", 300


class TooLarge(CalotypeError):
    """The original has more bytes than the limit."""

    status, code, max_age = 413, "too-large", 300


class NotAPicture(CalotypeError):
    """The original's bytes are not a picture that can be read."""

    status, code, max_age = 415, "not-a-picture", 300


class Unprocessable(CalotypeError):
    """The original is a picture, but broken or over a limit."""

    status, code, max_age = 422, "unprocessable", 300


class Failure(CalotypeError):
    """The service failed, not the caller: never cached, and an operator should look at it."""

    needs_attention = True


class Internal(Failure):
    """A bug; the log has the details."""


class StoreFailed(Failure):
    """A bucket answered with an error."""

    status, code = 502, "store-failed"


class Unavailable(Failure):
    """A bucket could not be reached in time, or is throttling."""

    status, code = 503, "unavailable"


class Busy(Unavailable):
    """Another invocation works on this original: nothing is wrong, retry the message later."""


class OutOfTime(Failure):
    """The deadline came before the picture was ready."""

    status, code = 503, "out-of-time"
