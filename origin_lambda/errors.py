"""Everything that can go wrong, each with what a stranger may be told about it.

CalotypeError
|-- BadRequest 400 ............... the URL cannot be understood
|   |-- BadValue 400 ............. a known parameter with a value it does not accept
|   |-- BadKey 400 ............... a path that names no key
|   |-- UrlTooLong 414
|   `-- MethodNotAllowed 405
|-- Unauthorized 401 ............. a bearer token is missing or nobody's
|-- Forbidden 403 ................ a signature is missing or wrong, or a token does not reach so far
|-- NotFound 404 ................. the path is no resource of this API
|-- NoSuchOriginal 404
|-- Expired 410 .................. past its `expires`
|-- TooLarge 413 ................. more bytes than the limit
|-- NotAPicture 415 .............. the bytes are no picture that can be read
|-- Unprocessable 422 ............ a picture, but broken or over a limit
`-- Failure
    |-- Internal 500 ............. a mistake of ours
    |-- StoreFailed 502 .......... a bucket answered with an error
    |-- Unavailable 503 .......... a bucket could not be reached or is throttling
    |   `-- Busy 503 ........... another delivery is at work on this original
    `-- OutOfTime 503 ............ the deadline came before the picture

`message` may be sent to anybody, so it never repeats what the caller wrote; `detail` goes to
the log only.
"""

from typing import ClassVar


class CalotypeError(Exception):
    """A failure with a status, a stable code and the seconds its answer may be cached.

    Whoever knows that this one passes sooner says so by its own *max_age*.
    """

    status: ClassVar[int] = 500
    code: ClassVar[str] = "internal"
    max_age: int = 0
    wakes_someone: ClassVar[bool] = False

    def __init__(self, message: str, *, detail: str = "", param: str | None = None) -> None:
        super().__init__(detail or message)
        self.message = message
        self.detail = detail
        self.param = param


class BadRequest(CalotypeError):
    """The URL cannot be understood."""

    status = 400
    code = "bad-request"
    max_age = 300


class BadValue(BadRequest):
    """A known parameter was given a value that it does not accept."""

    code = "bad-value"


class BadKey(BadRequest):
    """The path does not name a key."""

    code = "bad-key"


class UrlTooLong(BadRequest):
    """The URL is longer than the limit."""

    status = 414
    code = "url-too-long"


class MethodNotAllowed(BadRequest):
    """The resource answers other methods only: those of *allow*, else those of a derivative."""

    status = 405
    code = "method-not-allowed"

    def __init__(
        self, message: str, *, allow: str = "", detail: str = "", param: str | None = None
    ) -> None:
        super().__init__(message, detail=detail, param=param)
        self.allow = allow


class Unauthorized(CalotypeError):
    """A bearer token is missing, or is nobody's."""

    status = 401
    code = "unauthorized"
    max_age = 60


class Forbidden(CalotypeError):
    """A signature is missing or wrong, or a token does not reach so far."""

    status = 403
    code = "forbidden"
    max_age = 60


class NotFound(CalotypeError):
    """The path is no resource of this API."""

    status = 404
    code = "not-found"
    max_age = 60


class NoSuchOriginal(CalotypeError):
    """No original has this key."""

    status = 404
    code = "no-such-original"
    max_age = 60


class Expired(CalotypeError):
    """The URL was valid until a time that has passed."""

    status = 410
    code = "expired"
    max_age = 300


class TooLarge(CalotypeError):
    """The original has more bytes than the limit."""

    status = 413
    code = "too-large"
    max_age = 300


class NotAPicture(CalotypeError):
    """The original's bytes are not a picture that can be read."""

    status = 415
    code = "not-a-picture"
    max_age = 300


class Unprocessable(CalotypeError):
    """The original is a picture, but broken or over a limit."""

    status = 422
    code = "unprocessable"
    max_age = 300


class Failure(CalotypeError):
    """Nothing the caller did: never cached, and somebody should know."""

    wakes_someone = True


class Internal(Failure):
    """A mistake of ours; the log has the details."""


class StoreFailed(Failure):
    """A bucket answered with an error."""

    status = 502
    code = "store-failed"


class Unavailable(Failure):
    """A bucket could not be reached in time, or is throttling."""

    status = 503
    code = "unavailable"


class Busy(Unavailable):
    """Another delivery is at work on just this: nothing is wrong, but it is to come again."""


class OutOfTime(Failure):
    """The deadline came before the picture was ready."""

    status = 503
    code = "out-of-time"
