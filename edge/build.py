"""Builds what is deployed to the edge: one file, and the entries of its KeyValueStore.

python -m edge.build > function.js
"""

import json
import re
import sys
from pathlib import Path
from typing import Final

from edge.minify import minified
from edge.table import as_javascript, kvs_entries
from origin_lambda.url.admission import Policy

SOURCE: Final = Path(__file__).with_name("viewer_request.js")
LARGEST_FUNCTION: Final = 10_240
"""Bytes; the quota "Maximum size of a function" of CloudFront Functions."""
_LARGEST_VALUE: Final = 1024
"""Bytes; the quota "Maximum size of a value in a key value pair" of a KeyValueStore."""
_TABLE: Final = "import table from './table.js';"


class TooLargeForEdge(Exception):
    """A part does not fit CloudFront's quota; the message names it."""


def built() -> str:
    """Return the function as it is deployed.

    Raises:
        TooLargeForEdge: it has more than 10,240 bytes.

    """
    source = SOURCE.read_text()
    before, found, after = source.partition(_TABLE)
    if not found:
        message = f"{SOURCE.name} does not import the table"
        raise ValueError(message)
    whole = re.sub(r"\btable\.(?=\w)", "table_", f"{before}{as_javascript()}{after}")
    code = minified(whole, kept={"handler"})
    if len(code.encode()) > LARGEST_FUNCTION:
        message = f"{SOURCE.name} builds to {len(code.encode()):,} of {LARGEST_FUNCTION:,} bytes"
        raise TooLargeForEdge(message)
    return code


def key_values(policy: Policy) -> dict[str, str]:
    """Return the entries of the KeyValueStore that tell the function a deployment's policy.

    Secrets and presets have entries of their own, read only by the requests that name them.

    Raises:
        TooLargeForEdge: an entry has more than 1,024 bytes.

    """
    switches = {
        "require_signature": policy.require_signature,
        "size_ladder": policy.size_ladder,
        "open_parameters": policy.open_parameters,
        "client_hints": policy.client_hints,
        "save_data": policy.save_data,
    }
    if policy.imgix_token is not None:
        switches["imgix_token"] = policy.imgix_token
    entries = {"policy": json.dumps(switches, separators=(",", ":"))}
    entries |= kvs_entries() | {f"key:{kid}": secret for kid, secret in policy.keys.items()}
    entries |= {f"preset:{name}": query for name, query in policy.presets.items()}
    for name, text in entries.items():
        if len(text.encode()) > _LARGEST_VALUE:
            message = f"the entry {name} has more than {_LARGEST_VALUE:,} bytes"
            raise TooLargeForEdge(message)
    return entries


if __name__ == "__main__":
    sys.stdout.write(built())
