"""Writes docs/url-reference.md from the parameter table.

python -m infra.reference           writes it
python -m infra.reference --check   fails if it is not what the table says
"""

import dataclasses
import sys
from pathlib import Path
from typing import Any, Final

from origin_lambda.url.transform import TABLES, Param, Table

PAGE: Final = Path(__file__).parent.parent / "docs" / "url-reference.md"

_HEAD: Final = """\
# URL reference

<!-- Written by `make docs` from origin_lambda/url/transform.py: change it there. -->

    https://HOST/KEY?NAME=VALUE&NAME=VALUE

`KEY` is the original's S3 key, percent-encoded as UTF-8. Names and meanings are imgix's
(imgix-url-params 11.35.0), but for those marked *Ours*.

- Without any parameter the answer is the original's own bytes (an SVG is sanitised).
- Unknown names are ignored, and make no other derivative. A name given twice: the last wins.
- A known name with a bad value is a `400` that says what the name accepts.
- Any name with `64` behind it takes its value as base64url: `dl64=w6kuanBn` is `dl=é.jpg`.
- Numbers may have decimals and leading zeros (`640`, `640.0` and `0640` are one wish), but no sign
  and no exponent. In `w`, `h` and `rect` a decimal point marks a fraction: `1` is one pixel, `0.5`
  half and `1.0` all of the side.
- The order of parameters never matters. The order of work is: `orient`, `rect`, `flip`, `rot`,
  size and crop, padding, `bg`, format.
- Nothing is enlarged unless `fit=scale`, `fit=clamp` or `enlarge=true` says so. A box that the
  original is too small for keeps its shape with `fit=crop` and `fit=min`, and its size with
  `fit=fill` and `fit=fillmax`.
- A result beyond the limits (8192 pixels a side, 40 million in all) is made as large as they allow.

Every spelling of a wish has one canonical path, `/KEY/NAME=VALUE,NAME=VALUE`, sorted, with
`r=` and the version of the rendering rules among them. It is what the CDN caches; you need not
write it, but it works.
"""

_NAMES: Final = ("How the picture is made", "Whether the URL may be used")


def page() -> str:
    """Return the reference page, in Markdown."""
    parts = [_HEAD]
    for title, (table, params) in zip(_NAMES, TABLES.items(), strict=True):
        rows = [_row(table, field, param) for field, param in params.items()]
        parts.append(
            f"\n## {title}\n\n| name | accepts | default | what it does |\n|---|---|---|---|"
        )
        parts.extend(rows)
    return "\n".join(parts) + "\n"


def _row(table: Table, field: str, param: Param) -> str:
    names = ", ".join(f"`{name}`" for name in (param.name, *param.aliases))
    return f"| {names} | {param.kind.expected} | {_default(table, field, param)} | {param.text} |"


def _default(table: Table, field: str, param: Param) -> str:
    default: Any = next(f.default for f in dataclasses.fields(table) if f.name == field)
    if default is None or default == frozenset():
        return ""
    return f"`{param.kind.format(default)}`"


def main(arguments: list[str]) -> int:
    """Write the page, or check it; return the exit code."""
    if "--check" not in arguments:
        PAGE.write_text(page(), encoding="utf-8")
        return 0
    if PAGE.exists() and PAGE.read_text(encoding="utf-8") == page():
        return 0
    print(f"{PAGE.name} is not what the parameter table says; run: make docs", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
