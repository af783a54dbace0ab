"""Find the deployment that a command works on: in the environment, or the server of this directory.

`calotype serve` writes the environment of its functions, its policy and its URL to
`.calotype/serve.env`. Other commands in the same directory then work on that server. The server
locks the file while it runs, so a directory has at most one server.
"""

import contextlib
import fcntl
import os
import shlex
import socket
import sys
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Final, TextIO
from urllib.parse import urlsplit

from origin_lambda.settings import EDGE_SETTINGS, BadSetting

FILE: Final = Path(".calotype/serve.env")

SERVER_URL: Final = "CALOTYPE_URL"
"""The variable with the URL of the server."""

POLICY: Final = ("SIGNING_KEYS", *EDGE_SETTINGS)
"""The variables that decide which requests are accepted."""

_ENDPOINT: Final = "AWS_ENDPOINT_URL"
# An environment with one of these names a cloud.
_CLOUD_VARIABLES: Final = (_ENDPOINT, "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS")
_CONNECT_SECONDS: Final = 1.0

Publish = Callable[[Mapping[str, str]], None]


@contextmanager
def claim_directory() -> Iterator[Publish]:
    """Reserve this directory for one server; yield a function that writes variables to the file.

    Only the owner can read the file, and it is removed at the end. If it cannot be written, a
    warning is printed, and the server runs without it.

    Raises:
        BadSetting: another server runs in this directory.

    """
    file = FILE.absolute()
    try:
        stream = _open_and_lock(file)
    except OSError as error:
        print(f"calotype: other commands will not find this server: {error}", file=sys.stderr)
        yield _publish_nothing
        return
    try:
        yield partial(_publish, stream)
    finally:
        with contextlib.suppress(OSError):
            file.unlink()
        stream.close()
        with contextlib.suppress(OSError):
            file.parent.rmdir()


def _open_and_lock(file: Path) -> TextIO:
    """Return the file, empty and locked by this process; create it if it is missing."""
    while True:
        file.parent.mkdir(mode=0o700, exist_ok=True)
        stream = os.fdopen(os.open(file, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600), "r+")
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            with stream:
                raise BadSetting(_describe_conflict(stream.read())) from None
        with contextlib.suppress(FileNotFoundError):
            if os.path.samestat(os.fstat(stream.fileno()), file.stat()):
                break
        stream.close()  # another server has just ended and removed this file
    os.fchmod(stream.fileno(), 0o600)
    stream.truncate(0)
    return stream


def _describe_conflict(text: str) -> str:
    port = urlsplit(_parse_variables(text).get(SERVER_URL, "")).port
    where = f" on port {port}" if port else ""
    return (
        f"a server already runs in this directory{where} ({FILE}): "
        "stop it first, or start this one in another directory"
    )


def _publish(stream: TextIO, variables: Mapping[str, str]) -> None:
    stream.seek(0)
    stream.truncate()
    stream.writelines(f"{name}={shlex.quote(value)}\n" for name, value in variables.items())
    stream.flush()


def _publish_nothing(variables: Mapping[str, str]) -> None:
    """Write nothing; other commands will not find this server."""


def use_local_server(environment: MutableMapping[str, str]) -> None:
    """Add the variables of the server of this directory, if the environment names no deployment.

    Variables that are already set keep their values.

    Raises:
        BadSetting: the environment names no deployment, and no server runs in this directory.

    """
    if environment.get("ORIGINALS_BUCKET"):
        return
    if _names_a_cloud(environment):
        message = "ORIGINALS_BUCKET is not set, although the environment names a cloud"
        raise BadSetting(message)
    variables = _read_server()
    _print_server(variables)
    for name, value in variables.items():
        environment.setdefault(name, value)


def use_local_policy(environment: MutableMapping[str, str]) -> None:
    """Add keys and policy of the server of this directory, if the environment has none.

    An environment that names a deployment keeps its own policy, even an empty one.
    """
    names = ("ORIGINALS_BUCKET", *POLICY)
    if any(environment.get(name) for name in names) or _names_a_cloud(environment):
        return
    variables = find_server() or {}
    policy = {name: variables[name] for name in POLICY if name in variables}
    if policy:
        _print_server(variables)
        environment.update(policy)


def find_server() -> Mapping[str, str] | None:
    """Return the variables of the server that runs in this directory, or None."""
    try:
        return _read_server()
    except BadSetting:
        return None


def _names_a_cloud(environment: Mapping[str, str]) -> bool:
    return any(name.startswith(_CLOUD_VARIABLES) for name in environment)


def _print_server(variables: Mapping[str, str]) -> None:
    url = variables.get(SERVER_URL, "of this directory")
    print(f"calotype: using the server {url} ({FILE})", file=sys.stderr)


def _read_server() -> dict[str, str]:
    try:
        variables = _parse_variables(FILE.read_text())
    except OSError:
        message = "ORIGINALS_BUCKET is not set, and no `calotype serve` runs in this directory"
        raise BadSetting(message) from None
    endpoint = urlsplit(variables.get(_ENDPOINT, ""))
    try:
        address = (endpoint.hostname or "", endpoint.port or 0)
        socket.create_connection(address, _CONNECT_SECONDS).close()
    except OSError:
        message = (
            f"ORIGINALS_BUCKET is not set, and the server of {FILE} has ended or is still starting"
        )
        raise BadSetting(message) from None
    return variables


def _parse_variables(text: str) -> dict[str, str]:
    """Return the variables of a file's text, parsed as a shell does; none if it is incomplete."""
    with contextlib.suppress(ValueError):  # the server has not finished writing
        return dict(word.split("=", 1) for word in shlex.split(text))
    return {}
