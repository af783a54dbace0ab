"""Persistent connections, timeouts, and retries where they are safe."""

import socket
import ssl
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Final

import pytest
from botocore.exceptions import ClientError
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from origin_lambda.adapters.boto import clients
from origin_lambda.adapters.error_codes import THROTTLING_CODES
from origin_lambda.adapters.slim import transport
from origin_lambda.adapters.slim.connection import Answer
from origin_lambda.adapters.slim.endpoints import Endpoint
from origin_lambda.adapters.slim.service import raise_for_status
from origin_lambda.adapters.slim.signing import Call
from origin_lambda.adapters.slim.transport import RetryPolicy, Transport
from origin_lambda.errors import Unavailable
from tests.contract.aws import expect_failure, unreachable_environment
from tests.contract.scripted_server import (
    ScriptedServer,
    Step,
    hang_up,
    reply,
    reply_and_close,
    serve_script,
    stay_silent,
)

TWICE: Final = RetryPolicy(connect=1, read=1, tries=2, budget=5, most=10, pause=0)
ONCE: Final = TWICE._replace(tries=1)
GET: Final = Call("GET", "/tom.jpg")
POST: Final = Call("POST", body=b"{}", repeatable=False)


def connect(wire: ScriptedServer, retry_policy: RetryPolicy = TWICE) -> Transport:
    return Transport(Endpoint.parse(wire.url), retry_policy)


def is_busy(answer: Answer) -> bool:
    return answer.status == 503


def send(sender: Transport, call: Call = GET) -> Answer:
    return sender.send(call, is_busy)


def test_request_and_answer_arrive_unchanged() -> None:
    with serve_script(reply(201, b"done", X_Amz_Meta_Brief="a=1")) as wire:
        call = Call("PUT", "/a%20b", (("x", "1 2"),), {"host": "first.example", "a": "b"}, b"tom")

        answer = send(connect(wire), call)

    (received,) = wire.received
    assert received[1:3] == ("PUT", "/a%20b?x=1%202")
    assert received.headers["host"] == "first.example"
    assert received.headers["a"] == "b"
    assert received.body == b"tom"
    assert answer.status == 201
    assert answer.body == b"done"
    assert answer.headers["x-amz-meta-brief"] == "a=1"


def test_requests_reuse_one_connection() -> None:
    with serve_script(reply(200, b"x" * 100_000)) as wire:
        sender = connect(wire)

        for _ in range(5):
            assert len(send(sender).body) == 100_000

    assert wire.connections == 1


def test_concurrent_requests_use_separate_connections_and_reuse_them_later() -> None:
    together = threading.Barrier(8, timeout=30)
    with serve_script(reply(200, b"x")) as wire:
        sender = connect(wire)

        def ask(number: int) -> bytes:
            together.wait()
            return send(sender, Call("GET", f"/{number}")).body

        with ThreadPoolExecutor(8) as pool:
            for _ in range(3):
                assert list(pool.map(ask, range(8))) == [b"x"] * 8

        assert wire.connections <= 8
    assert len(wire.received) == 24


def test_no_more_idle_connections_than_allowed_are_kept() -> None:
    with serve_script(reply()) as wire:
        sender = Transport(Endpoint.parse(wire.url), TWICE, most_idle=0)
        send(sender)
        send(sender)

    assert wire.connections == 2


def test_a_connection_that_the_server_closes_is_not_used_again() -> None:
    with serve_script(reply(200, keep_open=False)) as wire:
        sender = connect(wire, ONCE)
        send(sender)
        send(sender)

    assert wire.connections == 2


def test_a_connection_closed_while_idle_does_not_count_as_a_try() -> None:
    with serve_script(reply_and_close(), reply()) as wire:
        sender = connect(wire, ONCE)
        send(sender)
        time.sleep(0.1)  # now the end of the connection has arrived

        assert send(sender, POST).status == 200

    assert [each.method for each in wire.received] == ["GET", "POST"]


def test_a_connection_closed_when_reused_does_not_count_as_a_try() -> None:
    with serve_script(reply(), hang_up, reply()) as wire:
        sender = connect(wire, ONCE)
        send(sender)

        assert send(sender).status == 200

    assert [each.connection for each in wire.received] == [1, 1, 2]


def test_a_request_that_may_have_arrived_is_repeated_only_if_repeatable() -> None:
    with serve_script(reply(), hang_up, reply()) as wire:
        sender = connect(wire)
        send(sender)

        with expect_failure(Unavailable):
            send(sender, POST)

    assert [each.method for each in wire.received] == ["GET", "POST"]


class BrokenConnection:
    """An open connection that fails when a request is sent."""

    def __init__(self) -> None:
        self.sock, self.other_end = socket.socketpair()

    def send(self, *_: object) -> None:
        raise BrokenPipeError

    def close(self) -> None:
        self.sock.close()
        self.other_end.close()


def test_a_request_that_was_not_sent_completely_can_always_be_repeated() -> None:
    with serve_script(reply()) as wire:
        sender = connect(wire, ONCE)
        sender._idle.append(BrokenConnection())  # type: ignore[arg-type]

        assert send(sender, POST).status == 200


def test_a_retryable_answer_is_retried_as_often_as_the_policy_allows() -> None:
    with serve_script(reply(503), reply(503), reply(200)) as wire:
        assert send(connect(wire)).status == 503
        assert send(connect(wire)).status == 200
        assert send(connect(wire, ONCE)).status == 200

    assert len(wire.received) == 4


def test_the_answer_to_an_unrepeatable_request_is_returned_as_it_is() -> None:
    with serve_script(reply(503), reply(200)) as wire:
        assert send(connect(wire), POST).status == 503


def test_an_answer_that_is_not_retryable_is_returned_as_it_is() -> None:
    with serve_script(reply(500), reply(200)) as wire:
        assert send(connect(wire)).status == 500


def test_a_request_is_repeated_after_an_incomplete_answer() -> None:
    with serve_script(reply(200, b"half", length=8), reply(200, b"complete")) as wire:
        assert send(connect(wire)).body == b"complete"


def test_an_answer_that_is_not_http_is_a_failure() -> None:
    def reply_without_http(connection: object) -> bool:
        connection.sendall(b"hush\r\n\r\n")  # type: ignore[attr-defined]
        return False

    with serve_script(reply_without_http) as wire, expect_failure(Unavailable):
        send(connect(wire))
    assert len(wire.received) == 2


def reply_raw(answer: bytes) -> Step:
    """Answer with exactly these bytes, and keep the connection open."""

    def step(connection: socket.socket) -> bool:
        connection.sendall(answer)
        return True

    return step


CHUNKED: Final = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n"


@pytest.mark.parametrize(
    "answer, body",
    [
        (CHUNKED + b"3\r\nabc\r\nA;x=y\r\n0123456789\r\n0\r\n\r\n", b"abc0123456789"),
        (CHUNKED + b"1\r\na\r\n0\r\nx-checked: yes\r\n\r\n", b"a"),
        (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200\r\ncontent-length: 1\r\n\r\nb", b"b"),
        (b"HTTP/1.1 204 No Content\r\n\r\n", b""),
    ],
    ids=["chunks", "a trailer", "after 100", "no content"],
)
def test_the_end_of_an_answer_is_found(answer: bytes, body: bytes) -> None:
    with serve_script(reply_raw(answer)) as wire:
        sender = connect(wire, ONCE)

        assert [send(sender).body for _ in range(2)] == [body] * 2

    assert wire.connections == 1


def test_an_answer_to_head_has_no_body() -> None:
    with serve_script(reply_raw(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n")) as wire:
        sender = connect(wire, ONCE)

        assert [send(sender, Call("HEAD", "/")).body for _ in range(2)] == [b""] * 2

    assert wire.connections == 1


def test_a_body_over_the_limit_is_not_awaited_and_its_connection_is_closed() -> None:
    with serve_script(reply_raw(b"HTTP/1.1 200 OK\r\ncontent-length: 5000000000\r\n\r\n")) as wire:
        sender = connect(wire, ONCE)

        answers = [send(sender, Call("GET", "/", most=100)) for _ in range(2)]

    assert [answer.body for answer in answers] == [b""] * 2
    assert answers[0].headers["content-length"] == "5000000000"
    assert wire.connections == 2


def test_an_error_is_read_whatever_the_limit() -> None:
    with serve_script(reply(403, b"<Error><Code>InvalidObjectState</Code></Error>")) as wire:
        answer = send(connect(wire, ONCE), Call("GET", "/", most=1))

    assert b"InvalidObjectState" in answer.body


@pytest.mark.parametrize("options", ["close", "Keep-Alive, Close"])
def test_an_answer_without_a_length_ends_with_the_connection(options: str) -> None:
    def reply_and_close(connection: socket.socket) -> bool:
        connection.sendall(f"HTTP/1.1 200 OK\r\nconnection: {options}\r\n\r\nall".encode())
        return False

    with serve_script(reply_and_close) as wire:
        sender = connect(wire, ONCE)

        assert [send(sender).body for _ in range(2)] == [b"all"] * 2

    assert wire.connections == 2


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\n" + b"a: b\r\n" * 101 + b"\r\n",
        b"HTTP/1.1 200 OK\r\na: " + b"b" * 70_000,
        b"HTTP/1.1 two hundred\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-length: nine\r\n\r\n",
        CHUNKED + b"many\r\n",
    ],
    ids=["headers", "a line", "a status", "a length", "a chunk"],
)
def test_an_invalid_or_too_large_header_is_a_failure(answer: bytes) -> None:
    with serve_script(reply_raw(answer)) as wire, expect_failure(Unavailable):
        send(connect(wire, ONCE))


@pytest.mark.parametrize("target", ["/a b", "/\u00e4", "/a\r\nx: y"])
def test_a_request_with_an_invalid_target_is_not_sent(target: str) -> None:
    with serve_script(reply()) as wire, expect_failure(Unavailable):
        send(connect(wire, ONCE), Call("GET", target))

    assert wire.received == []


def test_a_slow_answer_is_abandoned_at_the_time_limit() -> None:
    def reply_slowly(connection: socket.socket) -> bool:
        connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n")
        for _ in range(99):
            connection.sendall(b".")
            time.sleep(0.05)
        return False

    with serve_script(reply_slowly) as wire:
        began = time.monotonic()

        with expect_failure(Unavailable):
            send(connect(wire, ONCE._replace(most=0.3)))

        assert 0.3 <= time.monotonic() - began < 4


def test_a_silent_server_is_abandoned_after_the_read_timeouts() -> None:
    with serve_script(stay_silent, stay_silent) as wire:
        sender = connect(wire, TWICE._replace(read=0.1))
        began = time.monotonic()

        with expect_failure(Unavailable):
            send(sender)

        assert 0.2 <= time.monotonic() - began < 10


def test_after_a_timeout_of_an_idle_connection_no_other_is_tried() -> None:
    with serve_script(reply(), reply(), stay_silent) as wire:
        sender = connect(wire, ONCE._replace(read=0.1))
        first, second = sender._connect(), sender._connect()
        for connection in (first, second):
            sender._exchange(connection, GET, time.monotonic() + 9)

        with expect_failure(Unavailable):
            send(sender)

    assert len(wire.received) == 3


def test_no_try_begins_when_the_budget_is_spent() -> None:
    with serve_script(reply(503)) as wire:
        assert send(connect(wire, TWICE._replace(budget=-1))).status == 503
    assert len(wire.received) == 1

    with unreachable_environment() as environment, expect_failure(Unavailable):
        send(Transport(Endpoint.parse(environment["AWS_ENDPOINT_URL"]), TWICE._replace(budget=-1)))


def test_pauses_are_random_and_grow(monkeypatch: pytest.MonkeyPatch) -> None:
    ranges: list[tuple[float, float]] = []

    def uniform(low: float, high: float) -> float:
        ranges.append((low, high))
        return 0

    monkeypatch.setattr("random.uniform", uniform)
    with serve_script(reply(503)) as wire:
        send(connect(wire, TWICE._replace(tries=4, pause=0.1)))

    assert ranges == [(0, 0.1), (0, 0.2), (0, 0.4)]


def test_the_slim_client_has_the_same_timeouts_and_tries_as_boto3() -> None:
    for ours, theirs in (
        (transport.STANDARD, clients.STANDARD),
        (transport.SINGLE_TRY, clients.SINGLE_TRY),
    ):
        assert ours.connect == theirs.connect_timeout
        assert ours.read == theirs.read_timeout
        assert ours.tries == theirs.retries["total_max_attempts"]


@pytest.mark.parametrize("code", sorted(THROTTLING_CODES))
def test_a_throttling_code_means_unavailable_in_both_clients(code: str) -> None:
    body = f"<Error><Code>{code}</Code></Error>".encode()
    with pytest.raises(Unavailable), clients.translate_errors():
        raise ClientError({"Error": {"Code": code, "Message": ""}}, "GetObject")
    with pytest.raises(Unavailable):
        raise_for_status(Answer(400, {}, body))


# TLS.


def test_certificates_are_checked() -> None:
    created = Transport(Endpoint.parse("https://sns.us-east-1.amazonaws.com"), TWICE)

    assert created._trust is not None
    assert created._trust.verify_mode is ssl.CERT_REQUIRED
    assert created._trust.check_hostname


def test_a_server_without_tls_is_a_failure() -> None:
    with serve_script(hang_up) as wire, pytest.raises(Unavailable):
        send(Transport(Endpoint.parse(wire.url.replace("http", "https")), ONCE))


def test_certificates_can_come_from_another_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("AWS_CA_BUNDLE", str(tmp_path / "missing.pem"))

    with pytest.raises(FileNotFoundError):
        Transport(Endpoint.parse("https://sns.us-east-1.amazonaws.com"), TWICE)


def create_certificate(folder: Path) -> tuple[ssl.SSLContext, Path]:
    """Return the TLS context of a server at 127.0.0.1, and the file of its certificate."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(1))
        .not_valid_after(now + timedelta(1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, SHA256())
    )  # fmt: skip
    trusted, both = folder / "trusted.pem", folder / "both.pem"
    trusted.write_bytes(certificate.public_bytes(Encoding.PEM))
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    both.write_bytes(secret + trusted.read_bytes())
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(both)
    return tls, trusted


@pytest.fixture
def fresh_certificates(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Read the default root certificates again."""
    monkeypatch.delenv("AWS_CA_BUNDLE", raising=False)
    transport._trust.cache_clear()
    yield
    transport._trust.cache_clear()


@pytest.mark.usefixtures("fresh_certificates")
@pytest.mark.parametrize("variable", ["AWS_CA_BUNDLE", "SSL_CERT_FILE"])
def test_a_server_trusted_by_the_machine_or_a_bundle_is_accepted(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, variable: str
) -> None:
    tls, trusted = create_certificate(tmp_path)
    monkeypatch.setenv(variable, str(trusted))
    with serve_script(reply(200, b"x"), tls=tls) as wire:
        sender = connect(wire, ONCE)

        assert [send(sender).body for _ in range(2)] == [b"x"] * 2


@pytest.mark.usefixtures("fresh_certificates")
def test_an_untrusted_server_gets_no_request(tmp_path: Path) -> None:
    tls, _ = create_certificate(tmp_path)
    with serve_script(reply(), tls=tls) as wire, expect_failure(Unavailable):
        send(connect(wire, ONCE))

    assert wire.received == []


@pytest.mark.usefixtures("fresh_certificates")
def test_amazons_root_certificates_are_tried_first() -> None:
    created = Transport(Endpoint.parse("https://sns.us-east-1.amazonaws.com"), TWICE)

    assert created._trust is not None
    roots = created._trust.get_ca_certs()
    names = {dict(pair[0] for pair in root["subject"])["commonName"] for root in roots}  # type: ignore[misc]
    assert names == {
        *(f"Amazon Root CA {number}" for number in range(1, 5)),
        "Starfield Services Root Certificate Authority - G2",
    }
