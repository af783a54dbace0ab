"""Builds what is deployed to the edge: one file, and the entries of its KeyValueStore.

    python -m edge.build > function.js
"""

import itertools
import json
import re
import string
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from edge.table import as_javascript
from origin_lambda.url.admission import Policy

SOURCE: Final = Path(__file__).with_name("viewer_request.js")
LARGEST_FUNCTION: Final = 10_240
"""Bytes; the quota "Maximum size of a function" of CloudFront Functions."""
_LARGEST_VALUE: Final = 1024
"""Bytes; the quota "Maximum size of a value in a key value pair" of a KeyValueStore."""
_TABLE: Final = "import table from './table.js';"
_KEPT: Final = {"handler"}
"""Names that CloudFront calls by."""


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
    code = minified(re.sub(r"\btable\.(?=\w)", "table_", f"{before}{as_javascript()}{after}"))
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
        "client_hints": policy.client_hints,
        "save_data": policy.save_data,
    }
    if policy.imgix_token is not None:
        switches["imgix_token"] = policy.imgix_token
    entries = {"policy": json.dumps(switches, separators=(",", ":"))}
    entries |= {f"key:{kid}": secret for kid, secret in policy.keys.items()}
    entries |= {f"preset:{name}": query for name, query in policy.presets.items()}
    for name, text in entries.items():
        if len(text.encode()) > _LARGEST_VALUE:
            message = f"the entry {name} has more than {_LARGEST_VALUE:,} bytes"
            raise TooLargeForEdge(message)
    return entries


_TOKEN: Final = re.compile(
    r"""(?P<blank>\s+|//[^\n]*)
    |(?P<text>'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*")
    |(?P<regex>(?<=[(,=:!&|?;]\ )/(?:[^/\\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+/[a-z]*
        |(?<=[(!])/(?:[^/\\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+/[a-z]*)
    |(?P<word>[A-Za-z_$][\w$]*)
    |(?P<number>[0-9][\w.]*)
    |(?P<mark>=>|[=!]==?|[<>|&]=?|\|\||&&|\?\?|\+\+|.)""",
    re.VERBOSE,
)
_DECLARED: Final = re.compile(r"\b(?:const|let|function|import|catch \()\s*([A-Za-z_$][\w$]*)")
_PARAMETERS: Final = re.compile(r"function \w*\(([^)]*)\)|\(([\w\s,]*)\) =>")


def minified(source: str) -> str:
    """Return JavaScript with its declared names shortened and its blanks and comments removed.

    Made for one file that is written plainly: every statement ends in a semicolon or a brace, no
    template literals, no shorthand properties, no name both declared and used as a global.
    """
    tokens = [(match.lastgroup, match[0]) for match in _TOKEN.finditer(source)]
    tokens = [(kind, text) for kind, text in tokens if kind != "blank"]
    short = _short_names(source, tokens)
    written = ""
    for (_, before), (kind, text), (_, after) in _neighbours(tokens):
        is_property = before == "." or (after == ":" and before in {"{", ","})
        shown = short.get(text, text) if kind == "word" and not is_property else text
        if re.match(r"[\w$]", shown) and re.search(r"[\w$]$", written):
            written += " "
        written += "" if text == ";" and after == "}" else shown
    return written.replace(",}", "}").replace(",]", "]").replace(",)", ")") + "\n"


def _neighbours(tokens: list[tuple[str | None, str]]) -> Iterator[tuple[tuple[str | None, str], ...]]:
    edge = [(None, "")]
    return zip(edge + tokens, tokens, tokens[1:] + edge, strict=False)


def _short_names(source: str, tokens: list[tuple[str | None, str]]) -> dict[str, str]:
    """Return declared name -> short one; the same name is the same thing everywhere."""
    listed = (found[1] or found[2] or "" for found in _PARAMETERS.finditer(source))
    declared = set(_DECLARED.findall(source)) - _KEPT
    declared |= {name.strip() for names in listed for name in names.split(",")} - {""}
    used = Counter(text for kind, text in tokens if kind == "word")
    letters = string.ascii_letters
    free = itertools.chain(letters, map("".join, itertools.product(letters, letters)))
    names = (name for name in free if name not in used)
    ranked = sorted(declared, key=lambda name: (-used[name] * len(name), name))
    return dict(zip(ranked, names, strict=False)) | {"const": "let"}


if __name__ == "__main__":
    sys.stdout.write(built())
