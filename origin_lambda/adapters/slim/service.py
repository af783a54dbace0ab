"""One service of AWS: signs what it is asked, and turns what it refuses into failures."""

import json
import re
import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from origin_lambda.adapters.slim.connection import Answer
from origin_lambda.adapters.slim.credentials import Wallet
from origin_lambda.adapters.slim.endpoints import Endpoint, region_of
from origin_lambda.adapters.slim.signing import Call, Scope, Signer
from origin_lambda.adapters.slim.transport import Patience, Transport
from origin_lambda.errors import StoreFailed, Unavailable

THROTTLES: Final = {
    "429",
    "503",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "RequestThrottled",
    "RequestTimeout",
    "ServiceUnavailable",
    "SlowDown",
    "Throttling",
    "ThrottlingException",
    "TooManyRequestsException",
}
_FAILS: Final = {500, 502, 503, 504}
_LEAST_REFUSED: Final = 300
_CODE: Final = re.compile(rb"<Error>.*?<Code>\s*([\w.]{1,100})\s*</Code>", re.DOTALL)
_MOST_TOLD: Final = 500  # bytes of an error that go to the log


class Service:
    """A service at an endpoint; *name* is the one that signatures hold for."""

    def __init__(
        self, name: str, endpoint: Endpoint, patience: Patience, environment: Mapping[str, str]
    ) -> None:
        self.endpoint = endpoint
        self._scope = Scope(region_of(environment), name)
        self._wallet = Wallet(environment)
        self._transport = Transport(endpoint, patience)

    def ask(self, call: Call) -> Answer:
        """Return what the service answers, be it an error.

        Raises:
            Unavailable: it does not.
            StoreFailed: it cannot be asked that.

        """
        headers = {"host": self.endpoint.host, **call.headers}
        for name, text in headers.items():
            if not (text.isascii() and text.isprintable()):
                raise impossible(detail=f"the header {name} has more than printable ASCII in it")
        signed = self._signer().headers(replace(call, headers=headers))
        return self._transport.send(replace(call, headers=signed), _passes)

    def demand(self, call: Call) -> Answer:
        """Return the answer that was asked for.

        Raises:
            Failure: there is none, or it is an error.

        """
        return granted(self.ask(call))

    def link(self, path: str, seconds: int) -> str:
        """Return a URL at which anybody can GET a path for so many seconds.

        Raises:
            Unavailable: there are no credentials to sign it with.

        """
        return self.endpoint.url + self._signer().link(path, self.endpoint.host, seconds)

    def _signer(self) -> Signer:
        return Signer(self._wallet.credentials(), self._scope, time.time())


def error_code(answer: Answer) -> str:
    """Return the service's name of an error; its status where it says no more; "" of none."""
    if answer.status < _LEAST_REFUSED:
        return ""
    if found := _CODE.search(answer.body):
        return found[1].decode()
    try:
        # The name has its model before it: com.amazonaws.dynamodb.v20120810#ThrottlingException
        return str(json.loads(answer.body)["__type"]).rpartition("#")[2] or str(answer.status)
    except (ValueError, LookupError, TypeError):
        return str(answer.status)


def granted(answer: Answer) -> Answer:
    """Return an answer that is none of an error.

    Raises:
        Unavailable: it says to come back later.
        StoreFailed: it is another error.

    """
    code = error_code(answer)
    if not code:
        return answer
    told = answer.body[:_MOST_TOLD].decode(errors="replace")
    request = answer.headers.get("x-amz-request-id") or answer.headers.get("x-amzn-requestid", "")
    detail = f"{answer.status} {code} (request {request}): {told}"
    if code in THROTTLES:
        message = "a service behind this one is busy"
        raise Unavailable(message, detail=detail)
    raise failed(detail=detail)


def failed(*, detail: str) -> StoreFailed:
    """Return the failure that a service answered with an error, or with nonsense."""
    message = "a service behind this one failed"
    return StoreFailed(message, detail=detail)


def impossible(*, detail: str) -> StoreFailed:
    """Return the failure of having asked for what no service has."""
    message = "a service behind this one was asked for what cannot be"
    return StoreFailed(message, detail=detail)


def _passes(answer: Answer) -> bool:
    """Whether an error may be gone at the next try."""
    return answer.status in _FAILS or error_code(answer) in THROTTLES
