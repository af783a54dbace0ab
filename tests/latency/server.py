"""A server in its own thread, with the answers of a test, byte for byte."""

import asyncio
import itertools
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass

Answer = Callable[["Received"], Awaitable[bytes]]

TLS = b"\x16"
"""The first byte of a TLS handshake (RFC 8446, 5.1)."""

PICTURE = b"x" * 1000


@dataclass(frozen=True, slots=True)
class Received:
    """A request: its number from 0, path with query, and header fields."""

    number: int
    path: str
    headers: dict[str, str]


def answer(body: bytes = PICTURE, status: str = "200 OK", **headers: str) -> bytes:
    """Return an answer; *headers* can override its fields, even `content_length`."""
    fields = {"content-type": "image/webp", "content-length": str(len(body))}
    fields |= {name.replace("_", "-"): value for name, value in headers.items()}
    lines = [f"HTTP/1.1 {status}", *(f"{name}: {value}" for name, value in fields.items())]
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + body


async def answer_picture(_received: Received) -> bytes:
    return answer(server_timing="decode;dur=2.5", x_calotype="render; q=57")


@contextmanager
def serve(answer_request: Answer = answer_picture) -> Iterator[str]:
    """Serve on a free port; an answer with `connection: close` ends the connection."""
    ready = threading.Event()
    ports: list[int] = []
    loop = asyncio.new_event_loop()
    numbers = itertools.count()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # CPython 3.11 logs tasks that end as cancelled.
        ends = asyncio.CancelledError, asyncio.IncompleteReadError, ConnectionError
        with suppress(*ends), closing(writer):
            while True:
                begin = await reader.readexactly(1)
                if begin == TLS:
                    writer.write(answer(status="400 Bad Request"))
                    break
                head = (begin + await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                first, *lines = head.strip().split("\r\n")
                fields = (line.partition(": ") for line in lines)
                headers = {name.lower(): value for name, _, value in fields}
                received = Received(next(numbers), first.split()[1], headers)
                raw = await answer_request(received)
                writer.write(raw)
                await writer.drain()
                if b"connection: close" in raw:
                    break

    async def main() -> None:
        server = await asyncio.start_server(talk, "127.0.0.1", 0)
        ports.append(server.sockets[0].getsockname()[1])
        ready.set()
        await stopped.wait()
        server.close()
        rest = asyncio.all_tasks() - {asyncio.current_task()}
        for task in rest:
            task.cancel()
        await asyncio.gather(*rest, return_exceptions=True)
        await asyncio.sleep(0)  # for the transports to close

    stopped = asyncio.Event()
    thread = threading.Thread(target=loop.run_until_complete, args=(main(),))
    thread.start()
    assert ready.wait(10)
    try:
        yield f"http://127.0.0.1:{ports[0]}"
    finally:
        loop.call_soon_threadsafe(stopped.set)
        thread.join(10)
        loop.close()
