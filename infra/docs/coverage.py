"""Writes docs/coverage.md: which parameters of other services work here.

python -m infra.docs.coverage           writes it
python -m infra.docs.coverage --check   fails if it is not what the parameter table says
"""

import sys
from pathlib import Path
from typing import Final

from infra.docs.cloudflare import CLOUDFLARE
from infra.docs.cloudinary import CLOUDINARY
from infra.docs.dit import DIT
from infra.docs.imgix import LATER, PARAMETERS, find_reason
from infra.docs.imgproxy import IMGPROXY
from infra.docs.product import Product
from infra.docs.thumbor import THUMBOR
from origin_lambda.url.grammar import find_row

PAGE: Final = Path(__file__).parents[2] / "docs" / "coverage.md"

_HEAD: Final = """\
# Coverage

<!-- Written by `make generate` from the lists in infra/docs: change them there. -->

See here whether what you use with imgix or another service works, and what it is called here. What
each parameter does is in the [URL reference](url-reference.md).

{summary}

## imgix

Names and meanings are imgix's. `calotype inspect URL` lists the names in a URL that do not work.
So does the header `X-Calotype-Ignored` of an answer.

{yes} of imgix's {all} parameters work (imgix-url-params 11.35.0).

| group | work | missing | reason |
|---|---|---|---|
"""


PRODUCTS: Final = (IMGPROXY, THUMBOR, CLOUDINARY, CLOUDFLARE, DIT)


def page() -> str:
    """Return the page, in Markdown: a section for each service.

    imgix's has a row for each group of its parameters and reason, the others one for each option.
    """
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
    summary = [
        "| service | options | yes | not yet | no |\n|---|---|---|---|---|",
        f"| [imgix](#imgix) | {count_all} | {count_working} | {_count_missing()} |",
        *(f"| {_link(product.name)} | {_count(product)} |" for product in PRODUCTS),
    ]
    head = _HEAD.format(yes=count_working, all=count_all, summary="\n".join(summary))
    return "\n".join([head + "\n".join(rows), *map(_format_product, PRODUCTS)]) + "\n"


def _count_missing() -> str:
    """Return how many of imgix's parameters are planned, and how many are not."""
    reasons = [
        find_reason(category, name)
        for category, text in PARAMETERS.items()
        for name in text.split()
        if not find_row(name)
    ]
    planned = reasons.count(LATER)
    return f"{planned} | {len(reasons) - planned}"


def _count(product: Product) -> str:
    statuses = [row.status for row in product.rows()]
    counts = (len(statuses), *(statuses.count(status) for status in ("yes", "not yet", "no")))
    return " | ".join(map(str, counts))


def _link(name: str) -> str:
    return f"[{name}](#{name.lower().replace(' ', '-')})"


def _format_product(product: Product) -> str:
    head = (
        f"\n## {product.name}\n\nFrom {product.source}.\n\n"
        "| option | works | here | remark |\n|---|---|---|---|"
    )
    rows = (f"| `{r.option}` | {r.status} | {r.here} | {r.remark} |" for r in product.rows())
    return "\n".join([head, *rows])


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
