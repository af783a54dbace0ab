"""Start rendering processes, each pinned to one core, and send them requests."""

import base64
import contextlib
import http.client
import json
import os
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Protocol

from origin_lambda.url.values import Format

_HERE: Final = Path(__file__).parent
_ONE_THREAD: Final = dict.fromkeys(
    ("GOMAXPROCS", "OMP_NUM_THREADS", "UV_THREADPOOL_SIZE", "VIPS_CONCURRENCY"), "1"
)
_NAMES_OF_FORMATS: Final = {
    Format.JPEG: "jpeg",
    Format.WEBP: "webp",
    Format.AVIF: "avif",
    Format.PNG: "png",
}
_STARTING_SECONDS: Final = 30.0
_SCHEDULED: Final = 2  # CPUCLOCK_SCHED, the exact clock of a process


class Refused(Exception):
    """A peer cannot render this, for example because it cannot read the original."""


@dataclass(frozen=True, slots=True)
class Ask:
    """A request for a derivative: an original, a width, a format, and a peer's own settings."""

    path: Path
    width: int
    format: Format
    settings: Mapping[str, Any] = field(default_factory=dict)

    def line(self, format_name: str) -> str:
        """Return the request as a process reads it."""
        asked = {"path": str(self.path), "width": self.width, "format": format_name}
        return json.dumps({**asked, "settings": dict(self.settings)})


@dataclass(frozen=True, slots=True)
class Answer:
    """A file, its processor milliseconds, and a note of our own engine.

    Processor time does not change with other programs on the machine.
    """

    body: bytes
    milliseconds: float
    note: str = ""


class Peer(Protocol):
    """A rendering process; *fed* says where its originals are before a render starts."""

    name: str
    version: str
    fed: str
    pid: int

    def render(self, ask: Ask) -> Answer:
        """Render; raise Refused if it cannot."""

    def close(self) -> None:
        """End its process."""


def pinning() -> tuple[str, ...]:
    """Return the prefix of a command that pins it to the last core; empty without `taskset`.

    All peers render there, one after the other; the other cores are left to the driver.
    """
    if not shutil.which("taskset"):
        return ()
    return ("taskset", "-c", str(max(os.sched_getaffinity(0))))


class Worker:
    """A process that speaks the protocol of `line.py`, and measures itself."""

    def __init__(self, name: str, command: list[str], *, own_names: bool = False) -> None:
        """Start it; *own_names* are our names of formats (jpg), otherwise those of sharp (jpeg)."""
        self.name = name
        self._own_names = own_names
        self._process = subprocess.Popen(
            [*pinning(), *command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env=os.environ | _ONE_THREAD,
        )
        greeting = self._read()
        self.pid = self._process.pid
        self.version, self.fed = greeting["version"], greeting["fed"]

    def render(self, ask: Ask) -> Answer:
        assert self._process.stdin
        named = ask.format.value if self._own_names else _NAMES_OF_FORMATS[ask.format]
        self._process.stdin.write(ask.line(named) + "\n")
        self._process.stdin.flush()
        answer = self._read()
        if "refused" in answer:
            raise Refused(answer["refused"])
        return Answer(
            body=base64.b64decode(answer["body"]),
            milliseconds=answer["milliseconds"],
            note=answer.get("note", ""),
        )

    def _read(self) -> dict[str, Any]:
        assert self._process.stdout
        line = self._process.stdout.readline()
        assert line, f"{self.name} ended: {self._process.wait()}"
        answer: dict[str, Any] = json.loads(line)
        return answer

    def close(self) -> None:
        self._process.kill()
        self._process.communicate()


class Server:
    """A peer that is asked over HTTP on this machine, with its file loader and no stores.

    Its time is the processor time of the server between the request and the last byte.
    """

    fed = "files in the page cache, over HTTP"
    name: str
    health: str

    def __init__(
        self, port: int, version: str, command: list[str], environment: dict[str, str]
    ) -> None:
        """Start it, and wait until it answers."""
        self._process = subprocess.Popen(
            [*pinning(), *command],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=os.environ | _ONE_THREAD | environment,
        )
        self.pid = self._process.pid
        self.version = version
        self._client = http.client.HTTPConnection("127.0.0.1", port)
        self._wait()

    def _wait(self) -> None:
        deadline = time.monotonic() + _STARTING_SECONDS
        while time.monotonic() < deadline:
            assert self._process.poll() is None, f"{self.name} ended"
            with contextlib.suppress(OSError):
                self._get(self.health)
                return
            self._client.close()
            time.sleep(0.1)
        message = f"{self.name} does not answer"
        raise TimeoutError(message)

    def render(self, ask: Ask) -> Answer:
        return self._get(self.path(ask))

    def path(self, ask: Ask) -> str:
        """Return the path of a request."""
        raise NotImplementedError

    def _get(self, path: str) -> Answer:
        began = _processor(self.pid)
        self._client.request("GET", path)
        response = self._client.getresponse()
        body = response.read()
        milliseconds = _processor(self.pid) - began
        if response.status != http.client.OK:
            message = f"status {response.status}"
            raise Refused(message)
        return Answer(body, milliseconds)

    def close(self) -> None:
        self._client.close()
        self._process.kill()
        self._process.wait()


class Thumbor(Server):
    """thumbor, from an environment with its package."""

    name = "thumbor"
    health = "/healthcheck"

    def __init__(self, python: Path, originals: Path) -> None:
        """Start it, and wait until it answers."""
        port = _free_port()
        command = [str(python), "-m", "thumbor.server", "-i", "127.0.0.1", "-p", str(port)]
        command += ["-c", str(_HERE / "thumbor.conf"), "-l", "CRITICAL"]
        version = _versions(python, "thumbor", "pillow")
        super().__init__(port, version, command, {"PEERS_ORIGINALS": str(originals)})

    def path(self, ask: Ask) -> str:
        filters = f"filters:format({_NAMES_OF_FORMATS[ask.format]})"
        if ask.settings:
            filters += f":quality({ask.settings['quality']})"
        return f"/unsafe/{ask.width}x0/{filters}/{ask.path.name}"


class Imgproxy(Server):
    """imgproxy, from a program that is given."""

    name = "imgproxy"
    health = "/health"

    def __init__(self, program: str, originals: Path) -> None:
        """Start it, and wait until it answers."""
        port = _free_port()
        version = subprocess.check_output([program, "version"], text=True).strip()
        environment = {
            "IMGPROXY_BIND": f"127.0.0.1:{port}",
            "IMGPROXY_LOCAL_FILESYSTEM_ROOT": str(originals.resolve()),
            "IMGPROXY_MAX_SRC_RESOLUTION": "120",
            "IMGPROXY_WORKERS": "1",
            "IMGPROXY_TIMEOUT": "60",
            "IMGPROXY_KEEP_ALIVE_TIMEOUT": "3600",
            "IMGPROXY_LOG_LEVEL": "error",
        }
        super().__init__(port, f"imgproxy {version}", [program], environment)

    def path(self, ask: Ask) -> str:
        quality = f"/q:{ask.settings['quality']}" if ask.settings else ""
        source = f"local:///{ask.path.name}@{ask.format.value}"
        return f"/unsafe/rs:fit:{ask.width}:0{quality}/plain/{source}"


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def _versions(python: Path, *packages: str) -> str:
    prints = "; ".join(f"print({name!r}, version({name!r}))" for name in packages)
    program = f"from importlib.metadata import version; {prints}"
    printed = subprocess.run([python, "-c", program], check=True, stdout=subprocess.PIPE, text=True)
    return ", ".join(printed.stdout.split("\n")).strip(", ")


def _processor(pid: int) -> float:
    """Return the processor milliseconds of a process, including threads that ended.

    The id of its clock is made of its inverted pid (Linux, clock_getcpuclockid).
    """
    return time.clock_gettime_ns((~pid << 3) | _SCHEDULED) / 1e6


def peak_memory(pid: int) -> float:
    """Return the peak resident memory of a process, in megabytes.

    `ru_maxrss` would include the process that started it (Linux, exec_mmap).
    """
    match = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    assert match, "this is not Linux"
    return int(match[1]) * 1024 / 1e6
