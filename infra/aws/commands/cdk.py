"""Finds the `cdk` command, or installs it by npm where Calotype itself was installed by pip."""

import hashlib
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

from infra.checkout import IS_CHECKOUT, find_work_folder

_PACKAGES: Final = Path(__file__).parents[1]
_FILES: Final = ("package.json", "package-lock.json")
_NAME: Final = Path("node_modules", ".bin", "cdk")

APP: Final = shlex.join([sys.executable, *([] if IS_CHECKOUT else ["-P"]), "-m", "infra.aws.app"])
"""The command of our app. Installed, it must not find a folder `infra` of the user (`-P`)."""


class CdkMissing(Exception):
    """The command is not installed; the message says what to do."""


def find_command() -> Path:
    """Return the path that the `cdk` command has, or will have when it is installed."""
    if IS_CHECKOUT:
        return _PACKAGES / _NAME
    lock = (_PACKAGES / _FILES[-1]).read_bytes()
    digest = hashlib.sha256(lock).hexdigest()[:12]
    return find_work_folder() / "build" / f"cdk-command-{digest}" / _NAME


def install(command: Path, *, is_checkout: bool = IS_CHECKOUT) -> None:
    """Install the `cdk` command at the path that `find_command` returns.

    Raises:
        CdkMissing: node or npm is missing, npm fails, or this is a checkout, whose `make` does it.

    """
    if is_checkout:
        message = "the cdk command is not installed; run: (cd infra/aws && npm ci)"
        raise CdkMissing(message)
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        message = "CDK needs node and npm: install Node 22 (https://nodejs.org), and try again"
        raise CdkMissing(message)
    folder = command.parents[len(_NAME.parts) - 1]
    folder.mkdir(parents=True, exist_ok=True)
    for name in _FILES:
        shutil.copyfile(_PACKAGES / name, folder / name)
    print("Installing the cdk command, once", flush=True)
    arguments = [npm, "ci", "--silent", "--no-audit", "--no-fund"]
    result = subprocess.run(arguments, cwd=folder, check=False)  # noqa: S603 reason: the user's npm
    if result.returncode:
        message = f"npm could not install the cdk command in {folder}"
        raise CdkMissing(message)
