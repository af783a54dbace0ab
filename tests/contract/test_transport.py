"""Connections that are kept, time-outs, and another try where one is safe."""

import ssl
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

import pytest

from origin_lambda.adapters import aws
from origin_lambda.adapters.slim import transport
from origin_lambda.adapters.slim.connection import Answer
from origin_lambda.adapters.slim.endpoints import Endpoint
from origin_lambda.adapters.slim.service import THROTTLES
from origin_lambda.adapters.slim.signing import Call
from origin_lambda.adapters.slim.transport import Patience, Transport
from origin_lambda.errors import Unavailable
from tests.contract.clouds import failing, unreachable_cloud
from tests.contract.wire import Wire, hangs_up, says, says_and_goes, sleeps, wired

TWICE: Final = Patience(connect=1, read=1, tries=2, budget=5)
ONCE: Final = TWICE._replace(tries=1)
GET: Final = Call("GET", "/tom.jpg")
POST: Final = Call("POST", body=b"{}", repeatable=False)


@pytest.fixture(autouse=True)
def without_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "_PAUSE", 0)


def to(wire: Wire, patience: Patience = TWICE) -> Transport:
    return Transport(Endpoint.parse(wire.url), patience)


def passes(answer: Answer) -> bool:
    return answer.status == 503


def send(sender: Transport, call: Call = GET) -> Answer:
    return sender.send(call, passes)


def test_a_request_arrives_as_it_was_sent_and_its_answer_too() -> None:
    with wired(says(201, b"done", X_Amz_Meta_Brief="a=1")) as wire:
        call = Call("PUT", "/a%20b", (("x", "1 2"),), {"host": "first.example", "a": "b"}, b"tom")

        answer = send(to(wire), call)

    (received,) = wire.received
    assert received[1:3] == ("PUT", "/a%20b?x=1%202")
    assert received.headers["host"] == "first.example"
    assert received.headers["a"] == "b"
    assert received.body == b"tom"
    assert answer.status == 201
    assert answer.body == b"done"
    assert answer.headers["x-amz-meta-brief"] == "a=1"


def test_one_connection_serves_request_after_request() -> None:
    with wired(says(200, b"x" * 100_000)) as wire:
        sender = to(wire)

        for _ in range(5):
            assert len(send(sender).body) == 100_000

    assert wire.connections == 1


def test_threads_have_connections_of_their_own_and_share_them_later() -> None:
    together = threading.Barrier(8, timeout=30)
    with wired(says(200, b"x")) as wire:
        sender = to(wire)

        def ask(number: int) -> bytes:
            together.wait()
            return send(sender, Call("GET", f"/{number}")).body

        with ThreadPoolExecutor(8) as pool:
            for _ in range(3):
                assert list(pool.map(ask, range(8))) == [b"x"] * 8

        assert wire.connections <= 8
    assert len(wire.received) == 24


def test_no_more_connections_than_so_many_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "_MOST_IDLE", 0)
    with wired(says()) as wire:
        sender = to(wire)
        send(sender)
        send(sender)

    assert wire.connections == 2


def test_a_connection_that_the_server_closes_is_not_used_again() -> None:
    with wired(says(200, keep=False)) as wire:
        sender = to(wire, ONCE)
        send(sender)
        send(sender)

    assert wire.connections == 2


def test_connections_that_were_closed_while_nobody_used_them_cost_no_try() -> None:
    with wired(says_and_goes(), says()) as wire:
        sender = to(wire, ONCE)
        send(sender)
        time.sleep(0.1)  # by now its end is here

        assert send(sender, POST).status == 200

    assert [each.method for each in wire.received] == ["GET", "POST"]


def test_a_connection_that_is_closed_as_it_is_used_again_costs_no_try() -> None:
    with wired(says(), hangs_up, says()) as wire:
        sender = to(wire, ONCE)
        send(sender)

        assert send(sender).status == 200

    assert [each.connection for each in wire.received] == [1, 1, 2]


def test_what_may_have_been_received_is_not_repeated_unless_it_may_be() -> None:
    with wired(says(), hangs_up, says()) as wire:
        sender = to(wire)
        send(sender)

        with failing(Unavailable):
            send(sender, POST)

    assert [each.method for each in wire.received] == ["GET", "POST"]


class Numb:
    """A connection that breaks as it is written to."""

    sock: Final = None

    def send(self, *_: object) -> None:
        raise BrokenPipeError

    def close(self) -> None:
        """There is nothing to close."""


def test_what_was_not_received_whole_may_always_be_repeated(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with wired(says()) as wire:
        sender = to(wire, ONCE)
        monkeypatch.setattr(transport, "_has_ended", lambda _: False)
        sender._idle.append(Numb())  # type: ignore[arg-type]

        assert send(sender, POST).status == 200


def test_an_answer_that_passes_is_asked_for_again_so_often_as_there_is_patience() -> None:
    with wired(says(503), says(503), says(200)) as wire:
        assert send(to(wire)).status == 503
        assert send(to(wire)).status == 200
        assert send(to(wire, ONCE)).status == 200

    assert len(wire.received) == 4


def test_an_answer_to_what_may_not_be_repeated_is_taken_as_it_is() -> None:
    with wired(says(503), says(200)) as wire:
        assert send(to(wire), POST).status == 503


def test_any_other_answer_is_taken_as_it_is() -> None:
    with wired(says(500), says(200)) as wire:
        assert send(to(wire)).status == 500


def test_an_answer_that_breaks_off_is_asked_for_again() -> None:
    with wired(says(200, b"half", length=8), says(200, b"complete")) as wire:
        assert send(to(wire)).body == b"complete"


def test_what_is_no_http_is_a_failure() -> None:
    def babbles(connection: object) -> bool:
        connection.sendall(b"hush\r\n\r\n")  # type: ignore[attr-defined]
        return False

    with wired(babbles) as wire, failing(Unavailable):
        send(to(wire))
    assert len(wire.received) == 2


def test_a_server_that_says_nothing_is_waited_for_so_long_and_no_longer() -> None:
    with wired(sleeps(0.6)) as wire:
        sender = to(wire, Patience(connect=1, read=0.1, tries=2, budget=5))
        began = time.monotonic()

        with failing(Unavailable):
            send(sender)

        assert 0.2 <= time.monotonic() - began < 0.6


def test_a_kept_connection_that_says_nothing_is_not_followed_by_the_next() -> None:
    with wired(says(), says(), sleeps(0.3)) as wire:
        sender = to(wire, Patience(connect=1, read=0.1, tries=1, budget=5))
        first, second = sender._connected(), sender._connected()
        for connection in (first, second):
            sender._exchanged(connection, GET)

        with failing(Unavailable):
            send(sender)

    assert len(wire.received) == 3


def test_no_try_begins_when_the_budget_is_spent() -> None:
    with wired(says(503)) as wire:
        assert send(to(wire, TWICE._replace(budget=-1))).status == 503
    assert len(wire.received) == 1

    with unreachable_cloud() as environment, failing(Unavailable):
        send(Transport(Endpoint.parse(environment["AWS_ENDPOINT_URL"]), TWICE._replace(budget=-1)))


def test_pauses_are_random_and_grow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "_PAUSE", 0.1)
    asked: list[tuple[float, float]] = []

    def uniform(low: float, high: float) -> float:
        asked.append((low, high))
        return 0

    monkeypatch.setattr("random.uniform", uniform)
    with wired(says(503)) as wire:
        send(to(wire, TWICE._replace(tries=4)))

    assert asked == [(0, 0.1), (0, 0.2), (0, 0.4)]


def test_the_slim_client_is_as_patient_as_boto3() -> None:
    for ours, theirs in ((transport.PATIENT, aws.PATIENT), (transport.QUICK, aws.QUICK)):
        assert ours.connect == theirs.connect_timeout
        assert ours.read == theirs.read_timeout
        assert ours.tries == theirs.retries["total_max_attempts"]


def test_what_throttles_boto3_throttles_the_slim_client() -> None:
    assert aws._THROTTLES - {"TooManyInvalidationsInProgress"} <= THROTTLES


# TLS.


def test_certificates_are_checked() -> None:
    made = Transport(Endpoint.parse("https://sns.us-east-1.amazonaws.com"), TWICE)

    assert made._trust is not None
    assert made._trust.verify_mode is ssl.CERT_REQUIRED
    assert made._trust.check_hostname


def test_a_server_that_speaks_no_tls_is_a_failure() -> None:
    with wired(hangs_up) as wire, pytest.raises(Unavailable):
        send(Transport(Endpoint.parse(wire.url.replace("http", "https")), ONCE))


def test_certificates_may_come_from_a_file_of_ones_own(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("AWS_CA_BUNDLE", str(tmp_path / "missing.pem"))

    with pytest.raises(FileNotFoundError):
        Transport(Endpoint.parse("https://sns.us-east-1.amazonaws.com"), TWICE)
