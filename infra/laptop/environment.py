"""Where the commands find a deployment: in the environment, else the server of this directory.

`calotype serve` writes the environment of its functions, its policy and its URL to
`.calotype/serve.env`, so that other commands in the same directory work on what it serves. The
server holds a lock on the file for as long as it runs, so a directory has one server at most.
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
"""The variable that has the URL of the server."""

POLICY: Final = ("SIGNING_KEYS", *EDGE_SETTINGS)
"""The variables that say which requests are let through."""

_ENDPOINT: Final = "AWS_ENDPOINT_URL"
# An environment with one of these says where AWS is.
_SAYING_WHERE: Final = (_ENDPOINT, "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS")
_CONNECT_SECONDS: Final = 1.0

Publish = Callable[[Mapping[str, str]], None]


@contextmanager
def claim_directory() -> Iterator[Publish]:
    """Hold this directory for one server; yield what writes its variables to the file.

    The file is readable by its owner alone, and is removed at the end. Where it cannot be written
    the server runs without it.

    Raises:
        BadSetting: another server runs here.

    """
    file = FILE.absolute()
    try:
        held = _locked(file)
    except OSError as error:
        print(f"calotype: other commands will not find this server: {error}", file=sys.stderr)
        yield _publish_nothing
        return
    try:
        yield partial(_publish, held)
    finally:
        with contextlib.suppress(OSError):
            file.unlink()
        held.close()
        with contextlib.suppress(OSError):
            file.parent.rmdir()


def _locked(file: Path) -> TextIO:
    """Return the file, empty and locked by this process."""
    while True:
        file.parent.mkdir(mode=0o700, exist_ok=True)
        held = os.fdopen(os.open(file, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600), "r+")
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            with held:
                raise BadSetting(_in_use(held.read())) from None
        with contextlib.suppress(FileNotFoundError):
            if os.path.samestat(os.fstat(held.fileno()), file.stat()):
                break
        held.close()  # the server that held it has just ended, and removed it
    os.fchmod(held.fileno(), 0o600)
    held.truncate(0)
    return held


def _in_use(text: str) -> str:
    port = urlsplit(_variables(text).get(SERVER_URL, "")).port
    where = f" on port {port}" if port else ""
    return (
        f"a server runs in this directory already{where} ({FILE}): "
        "stop it first, or start this one in another directory"
    )


def _publish(held: TextIO, variables: Mapping[str, str]) -> None:
    held.seek(0)
    held.truncate()
    held.writelines(f"{name}={shlex.quote(value)}\n" for name, value in variables.items())
    held.flush()


def _publish_nothing(variables: Mapping[str, str]) -> None:
    """Keep the variables to this process."""


def adopt(environment: MutableMapping[str, str]) -> None:
    """Add the variables of the server that runs here, where the environment names no deployment.

    What is set already stays as it is.

    Raises:
        BadSetting: there is neither.

    """
    if environment.get("ORIGINALS_BUCKET"):
        return
    if _says_where(environment):
        message = "ORIGINALS_BUCKET is not set, though the environment says where AWS is"
        raise BadSetting(message)
    variables = _read()
    _print_use(variables)
    for name, value in variables.items():
        environment.setdefault(name, value)


def adopt_policy(environment: MutableMapping[str, str]) -> None:
    """Add keys and policy of the server that runs here, where the environment has no policy.

    An environment that names a deployment has the policy of that one, even if it is empty.
    """
    named = ("ORIGINALS_BUCKET", *POLICY)
    if any(environment.get(name) for name in named) or _says_where(environment):
        return
    variables = find_server() or {}
    policy = {name: variables[name] for name in POLICY if name in variables}
    if policy:
        _print_use(variables)
        environment.update(policy)


def find_server() -> Mapping[str, str] | None:
    """Return the variables of the server that runs in this directory, if one does."""
    try:
        return _read()
    except BadSetting:
        return None


def _says_where(environment: Mapping[str, str]) -> bool:
    return any(name.startswith(_SAYING_WHERE) for name in environment)


def _print_use(variables: Mapping[str, str]) -> None:
    where = variables.get(SERVER_URL, "that runs here")
    print(f"calotype: using the server {where} ({FILE})", file=sys.stderr)


def _read() -> dict[str, str]:
    try:
        variables = _variables(FILE.read_text())
    except OSError:
        message = "ORIGINALS_BUCKET is not set, and no `calotype serve` runs in this directory"
        raise BadSetting(message) from None
    where = urlsplit(variables.get(_ENDPOINT, ""))
    try:
        address = (where.hostname or "", where.port or 0)
        socket.create_connection(address, _CONNECT_SECONDS).close()
    except OSError:
        message = f"ORIGINALS_BUCKET is not set, and the server of {FILE} has ended or only begins"
        raise BadSetting(message) from None
    return variables


def _variables(text: str) -> dict[str, str]:
    """Return the variables of a file, as a shell would read it."""
    with contextlib.suppress(ValueError):  # a file that is only half written
        return dict(word.split("=", 1) for word in shlex.split(text))
    return {}
