"""Writes docs/coverage.md: which parameters of other services work here.

python -m infra.docs.coverage           writes it
python -m infra.docs.coverage --check   fails if it is not what the parameter table says
"""

import sys
from pathlib import Path
from typing import Final

from infra.docs.imgix import PARAMETERS, find_reason
from origin_lambda.url.grammar import find_row

PAGE: Final = Path(__file__).parents[2] / "docs" / "coverage.md"

_HEAD: Final = """\
# Coverage

<!-- Written by `make generate` from infra/docs/imgix.py: change it there. -->

See here whether the parameters that you use with imgix work. `calotype inspect URL` says it for
one URL, and an answer lists ignored names in the header `X-Calotype-Ignored`. What each parameter
does is in the [URL reference](url-reference.md).

{yes} of imgix's {all} parameters work (imgix-url-params 11.35.0).

| group | work | missing | reason |
|---|---|---|---|
"""


def page() -> str:
    """Return the page, in Markdown: a row for each group of imgix's parameters and reason."""
    rows: list[str] = []
    count_all = count_working = 0
    for category, text in PARAMETERS.items():
        names = text.split()
        working = [name for name in names if find_row(name)]
        count_all += len(names)
        count_working += len(working)
        missing: dict[str, list[str]] = {}
        for name in names:
            if name not in working:
                missing.setdefault(find_reason(category, name), []).append(name)
        for reason in missing or {"": []}:
            cells = (category, _join(working), _join(missing.get(reason, [])), reason)
            rows.append(f"| {' | '.join(cells)} |")
            working = []
    head = _HEAD.format(yes=count_working, all=count_all)
    return head + "\n".join(rows) + "\n"


def _join(names: list[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def main(arguments: list[str]) -> int:
    """Write the page, or check it; return the exit code."""
    if "--check" not in arguments:
        PAGE.write_text(page(), encoding="utf-8")
        return 0
    if PAGE.exists() and PAGE.read_text(encoding="utf-8") == page():
        return 0
    print(f"not up to date: {PAGE.name}; run: make generate", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
