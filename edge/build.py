"""Builds the edge function as one file, and the entries of its KeyValueStore.

python -m edge.build > function.js

`assemble` returns the readable function, which the laptop runs without node. `build` returns the
same function minified by terser, which CloudFront gets. An installed package contains that already,
so it needs no terser.
"""

import functools
import hashlib
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

from edge.table import build_store_entries, format_javascript
from origin_lambda.url.admission import Policy

SOURCE: Final = Path(__file__).with_name("viewer_request.js")
LARGEST_FUNCTION: Final = 10_240
"""Bytes; the quota "Maximum size of a function" of CloudFront Functions."""
_LARGEST_VALUE: Final = 1024
"""Bytes; the quota "Maximum size of a value in a key value pair" of a KeyValueStore."""
_TABLE: Final = "import table from './table.js';"
TERSER: Final = Path(__file__).parent / "node_modules" / "terser" / "bin" / "terser"
MINIFIED: Final = SOURCE.with_name("minified.json")
"""The minified function and the digest of its source; hatch_build.py adds it to the wheel."""
_COMPRESS: Final = {
    # It moves awaited values into the arguments of calls, where njs 0.7 rejects them.
    "collapse_vars": "false",
    # Both move functions to where they are called, which turns async functions into async closures.
    # CloudFront has no async closures ("JavaScript runtime 2.0 features for CloudFront Functions").
    "inline": "false",
    "reduce_funcs": "false",
    "passes": "2",
    "top_retain": "[handler]",
}
_OPTIONS: Final = (
    "--toplevel",
    *("--compress", ",".join(f"{name}={value}" for name, value in _COMPRESS.items())),
    *("--mangle", "reserved=[handler]"),
)


class TooLargeForEdge(Exception):
    """The function or an entry exceeds CloudFront's quota; the message names it."""


class MinifyFailed(Exception):
    """terser is not installed or rejected the function; the message says which."""


def assemble() -> str:
    """Return the function with its parameter table, not minified."""
    source = SOURCE.read_text(encoding="utf-8")
    before, separator, after = source.partition(_TABLE)
    if not separator:
        message = f"{SOURCE.name} does not import the table"
        raise ValueError(message)
    # terser renames variables but not properties, so each part of the table becomes a variable.
    return re.sub(r"\btable\.(?=\w)", "table_", f"{before}{format_javascript()}{after}")


def build() -> str:
    """Return the minified function, ready to deploy.

    Raises:
        MinifyFailed: terser is not installed, or rejected the function.
        TooLargeForEdge: the function has more than 10,240 bytes.

    """
    code = _minify(assemble())
    if len(code.encode()) > LARGEST_FUNCTION:
        message = f"{SOURCE.name} builds to {len(code.encode()):,} of {LARGEST_FUNCTION:,} bytes"
        raise TooLargeForEdge(message)
    return code


@functools.cache
def _minify(source: str) -> str:
    if (minified := _read_minified(source)) is not None:
        return minified
    node = shutil.which("node")
    if node is None or not TERSER.exists():
        message = (
            "terser, which minifies the edge function, is not installed: "
            "install node and npm, then run: make edge/node_modules"
        )
        raise MinifyFailed(message)
    command = (node, str(TERSER), *_OPTIONS)
    process = subprocess.run(  # noqa: S603 reason: fixed commands
        command, input=source, capture_output=True, encoding="utf-8", check=False
    )
    if process.returncode:
        raise MinifyFailed(process.stderr)
    return process.stdout.rstrip("\n")


def write_minified(path: Path) -> None:
    """Write the minified function with the digest of its source, as `MINIFIED` has it.

    Raises:
        MinifyFailed: terser is not installed, or rejected the function.
        TooLargeForEdge: the function has more than 10,240 bytes.

    """
    text = json.dumps({"source": _digest(assemble()), "code": build()})
    path.write_text(text, encoding="utf-8")


def _read_minified(source: str) -> str | None:
    """Return the minified form of a source, or None if `MINIFIED` does not have it."""
    if not MINIFIED.exists():
        return None
    minified: dict[str, str] = json.loads(MINIFIED.read_text(encoding="utf-8"))
    return minified["code"] if minified["source"] == _digest(source) else None


def _digest(source: str) -> str:
    return hashlib.sha256(source.encode()).hexdigest()


def build_key_values(policy: Policy) -> dict[str, str]:
    """Return all entries of the KeyValueStore of a deployment with this policy.

    Each key and each preset has its own entry, which is read only for requests that name it.

    Raises:
        TooLargeForEdge: an entry has more than 1,024 bytes.

    """
    settings = {
        "require_signature": policy.require_signature,
        "size_ladder": policy.size_ladder,
        "open_parameters": policy.open_parameters,
        "client_hints": policy.client_hints,
        "save_data": policy.save_data,
        "strict_parameters": policy.strict_parameters,
    }
    if policy.imgix_token is not None:
        settings["imgix_token"] = policy.imgix_token
    entries = {"policy": json.dumps(settings, separators=(",", ":"))}
    entries |= build_store_entries() | {f"key:{kid}": secret for kid, secret in policy.keys.items()}
    entries |= {f"preset:{name}": query for name, query in policy.presets.items()}
    for name, text in entries.items():
        if len(text.encode()) > _LARGEST_VALUE:
            message = f"the entry {name} has more than {_LARGEST_VALUE:,} bytes"
            raise TooLargeForEdge(message)
    return entries


if __name__ == "__main__":
    sys.stdout.write(build())
