"""Where the commands find a deployment: in the environment, else the one that is served here.

`calotype serve` writes the environment of its functions to `.calotype/serve.env`, so that other
commands in the same directory work on what it serves.
"""

import contextlib
import shlex
import socket
import sys
from collections.abc import Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from origin_lambda.settings import BadSetting

FILE: Final = Path(".calotype/serve.env")

_ENDPOINT: Final = "AWS_ENDPOINT_URL"
# Whoever sets one of these has said where AWS is.
_SAYING_WHERE: Final = (_ENDPOINT, "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS")
_AT_ONCE: Final = 1.0


@contextmanager
def announced(variables: Mapping[str, str]) -> Iterator[None]:
    """Keep the file, readable by its owner alone, for as long as the block runs."""
    text = "".join(f"{name}={shlex.quote(value)}\n" for name, value in variables.items())
    file = FILE.absolute()
    try:
        file.parent.mkdir(mode=0o700, exist_ok=True)
        file.unlink(missing_ok=True)
        file.touch(mode=0o600, exist_ok=False)
        file.write_text(text)
    except OSError as error:
        print(f"calotype: other commands will not find this server: {error}", file=sys.stderr)
    try:
        yield
    finally:
        with contextlib.suppress(OSError):
            if file.read_text() == text:  # else another server has begun here
                file.unlink()
                file.parent.rmdir()


def adopt(environment: MutableMapping[str, str]) -> None:
    """Add the variables of the server that runs here, where the environment names no deployment.

    What is set already stays as it is.

    Raises:
        BadSetting: there is neither.

    """
    if environment.get("ORIGINALS_BUCKET"):
        return
    if any(name.startswith(_SAYING_WHERE) for name in environment):
        message = "ORIGINALS_BUCKET is not set, though the environment says where AWS is"
        raise BadSetting(message)
    variables = _read()
    print(f"calotype: on what is served here ({FILE})", file=sys.stderr)
    for name, value in variables.items():
        environment.setdefault(name, value)


def _read() -> dict[str, str]:
    try:
        lines = FILE.read_text().splitlines()
    except OSError:
        message = "ORIGINALS_BUCKET is not set, and no `calotype serve` runs in this directory"
        raise BadSetting(message) from None
    words = [shlex.split(line) for line in lines]
    variables = dict(word.split("=", 1) for (word,) in words)
    where = urlsplit(variables[_ENDPOINT])
    try:
        socket.create_connection((where.hostname or "", where.port or 0), _AT_ONCE).close()
    except OSError:
        message = f"ORIGINALS_BUCKET is not set, and the server that wrote {FILE} has ended"
        raise BadSetting(message) from None
    return variables
