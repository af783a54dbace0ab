"""One AWS service: signs requests, and translates error answers into the errors of ports."""

import json
import re
import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from origin_lambda.adapters.error_codes import ARCHIVE_CODES, THROTTLING_CODES
from origin_lambda.adapters.slim.connection import Answer
from origin_lambda.adapters.slim.credentials import CredentialProvider
from origin_lambda.adapters.slim.endpoints import Endpoint, region_of
from origin_lambda.adapters.slim.signing import Call, Scope, Signer
from origin_lambda.adapters.slim.transport import RetryPolicy, Transport
from origin_lambda.errors import Archived, StoreFailed, Unavailable

_FAILS: Final = {500, 502, 503, 504}
_MIN_REFUSED: Final = 300
_CODE: Final = re.compile(rb"<Error>.*?<Code>\s*([\w.]{1,100})\s*</Code>", re.DOTALL)
_LONGEST_DETAIL: Final = 500  # bytes of an error in the log


class Service:
    """A service at an endpoint; *name* is its name in signatures."""

    def __init__(
        self,
        name: str,
        endpoint: Endpoint,
        retry_policy: RetryPolicy,
        environment: Mapping[str, str],
    ) -> None:
        self.endpoint = endpoint
        self._scope = Scope(region_of(environment), name)
        self._credentials = CredentialProvider(environment)
        self._transport = Transport(endpoint, retry_policy)

    def send(self, call: Call) -> Answer:
        """Return the service's answer, which can be an error.

        Raises:
            Unavailable: the service does not answer.
            StoreFailed: the request cannot be sent.

        """
        headers = {"host": self.endpoint.host, **call.headers}
        for name, text in headers.items():
            if not (text.isascii() and text.isprintable()):
                raise bad_request(
                    detail=f"the header {name} contains other characters than printable ASCII"
                )
        signed = self._signer().headers(replace(call, headers=headers))
        return self._transport.send(replace(call, headers=signed), _is_retryable)

    def send_checked(self, call: Call) -> Answer:
        """Return the service's successful answer.

        Raises:
            Failure: the service does not answer, or answers with an error.

        """
        return raise_for_status(self.send(call))

    def link(self, path: str, seconds: int) -> str:
        """Return a presigned URL that anyone can GET; it is valid for *seconds*.

        Raises:
            Unavailable: there are no credentials to sign with.

        """
        return self.endpoint.url + self._signer().link(path, self.endpoint.host, seconds)

    def _signer(self) -> Signer:
        return Signer(self._credentials.credentials(), self._scope, time.time())


def error_code(answer: Answer) -> str:
    """Return the error code of an answer, else its status; "" if it is not an error."""
    if answer.status < _MIN_REFUSED:
        return ""
    if found := _CODE.search(answer.body):
        return found[1].decode()
    try:
        # The model comes before the code: com.amazonaws.dynamodb.v20120810#ThrottlingException
        return str(json.loads(answer.body)["__type"]).rpartition("#")[2] or str(answer.status)
    except (ValueError, LookupError, TypeError):
        return str(answer.status)


def raise_for_status(answer: Answer) -> Answer:
    """Return the answer unless it is an error.

    Raises:
        Unavailable: the service throttles.
        Archived: the object is in an archive of S3.
        StoreFailed: the service answered with another error.

    """
    code = error_code(answer)
    if not code:
        return answer
    excerpt = answer.body[:_LONGEST_DETAIL].decode(errors="replace")
    request = answer.headers.get("x-amz-request-id") or answer.headers.get("x-amzn-requestid", "")
    detail = f"{answer.status} {code} (request {request}): {excerpt}"
    if code in THROTTLING_CODES:
        message = "a service behind this one is busy"
        raise Unavailable(message, detail=detail)
    if code in ARCHIVE_CODES:
        message = "the original is archived, and must be restored first"
        raise Archived(message, detail=detail)
    raise bad_answer(detail=detail)


def bad_answer(*, detail: str) -> StoreFailed:
    """Return the error for an answer that is an error itself, or that cannot be parsed."""
    message = "a service behind this one failed"
    return StoreFailed(message, detail=detail)


def bad_request(*, detail: str) -> StoreFailed:
    """Return the error for a request that no service can answer."""
    message = "a service behind this one cannot answer such a request"
    return StoreFailed(message, detail=detail)


def _is_retryable(answer: Answer) -> bool:
    """Whether a retry may succeed."""
    return answer.status in _FAILS or error_code(answer) in THROTTLING_CODES
