"""Install a lock into the environment of this Python, and show how far it is.

    python requirements/install.py requirements/serve.txt [PIP OPTION ...]

A lock is complete, so pip has nothing to resolve: with `--no-deps` nothing newer can come in.
This runs before anything is installed, so it uses the standard library alone.
"""

import re
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TextIO

_PIP = (sys.executable, "-m", "pip", "install", "--disable-pip-version-check", "--no-deps")
_PIN = re.compile(r"^([A-Za-z0-9][A-Za-z0-9._-]*)==", re.MULTILINE)
_STEP = re.compile(r"(Collecting|Requirement already satisfied:|Ignoring) ([A-Za-z0-9._-]+)")
_INSTALLING = "Installing collected packages"
_EVERY = 10  # packages between two lines where no line can be rewritten


def main(arguments: Sequence[str]) -> int:
    """Install; return pip's exit code, after its output if it failed."""
    lock, *options = arguments
    began = time.monotonic()
    total = len(_PIN.findall(Path(lock).read_text(encoding="utf-8")))
    command = [*_PIP, "--progress-bar", "off", "--require-hashes", "-r", lock, *options]
    print(f"Installing {total} packages of {lock} into {sys.prefix}", flush=True)
    with subprocess.Popen(  # noqa: S603 reason: pip of this very Python
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as pip:
        output: list[str] = []
        show(progress(_recorded(pip.stdout or (), output), total), sys.stdout)
    if pip.returncode:
        sys.stderr.write("".join(output))
    else:
        print(f"Installed in {time.monotonic() - began:.0f} s", flush=True)
    return pip.returncode


def progress(lines: Iterable[str], total: int) -> Iterator[str]:
    """Yield a text for each step in the output of pip, of which *total* packages are asked."""
    done = 0
    for line in lines:
        step = _STEP.match(line)
        if step and step[1] == "Ignoring":  # it is for another platform
            total -= 1
        elif step:
            done += 1
            yield f"  {done:>3} of {total}  {step[2]}"
        elif line.startswith(_INSTALLING):
            yield "  All are downloaded; writing them takes a few seconds more"


def show(texts: Iterable[str], terminal: TextIO) -> None:
    """Write each text over the last one; where that cannot be, only some, a line each."""
    if not terminal.isatty():
        for number, text in enumerate(texts, 1):
            if number % _EVERY == 0 or " of " not in text:
                print(text, file=terminal, flush=True)
        return
    for text in texts:
        terminal.write(f"\r{text:<60}")
        terminal.flush()
    terminal.write("\n")


def _recorded(lines: Iterable[str], output: list[str]) -> Iterator[str]:
    for line in lines:
        output.append(line)
        yield line


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
