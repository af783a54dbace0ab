"""Writes the tables of docs/migrate: the names of another service, and ours.

python -m infra.docs.migration           writes them
python -m infra.docs.migration --check   fails if they are not what the lists in infra/docs say
"""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from infra.docs.cloudinary import CLOUDINARY
from infra.docs.dit import DIT
from infra.docs.imgix import PARAMETERS, find_reason
from infra.docs.imgproxy import IMGPROXY
from infra.docs.marks import replace_marked
from infra.docs.product import Product, Row
from origin_lambda.url.grammar import find_row

FOLDER: Final = Path(__file__).parents[2] / "docs" / "migrate"

COMMON: Final[dict[str, tuple[Product, str]]] = {
    "cloudinary.md": (
        CLOUDINARY,
        (
            "w; h; ar; dpr; c_fill; c_limit; c_fit; c_pad; c_thumb; c_crop; g_auto; "
            "g_face, g_faces; g_DIRECTION; g_xy_center; f_auto; f; q_auto; q; b_COLOR; r; "
            "r_max; a_DEGREES; e_blur; e_grayscale; e_sharpen; l_IMAGE; l_text; t; fl_attachment"
        ),
    ),
    "imgproxy.md": (
        IMGPROXY,
        (
            "width; height; resizing_type; enlarge; extend; dpr; gravity; crop; trim; padding; "
            "quality; format; best format; background; blur; sharpen; rotate; watermark; preset; "
            "filename; expires"
        ),
    ),
    "aws-dit.md": (
        DIT,
        (
            "width, resize.width; height, resize.height; fit=cover; fit=contain; fit=inside; "
            "fit=outside; fit=fill; resize.position; smartCrop; roundCrop; extract; rotate; flip; "
            "flop; format, toFormat; quality; AutoWebP; greyscale; blur; sharpen; overlayWith"
        ),
    ),
}
"""The options that most sites use, for each page."""


def build_sections(page: str) -> Mapping[str, str]:
    """Return the tables of a page by the names of their marks."""
    if page == "imgix.md":
        return {"missing": _format_missing(_list_missing_of_imgix())}
    product, names = COMMON[page]
    rows = {row.option: row for row in product.rows()}
    common = [rows[name] for name in names.split("; ")]
    missing: dict[str, list[str]] = {}
    for row in rows.values():
        if row.status != "yes":
            reason = "not yet" if row.status == "not yet" else row.remark
            missing.setdefault(reason, []).append(f"`{row.option}`")
    return {"common": _format_common(product, common), "missing": _format_missing(missing)}


def _list_missing_of_imgix() -> dict[str, list[str]]:
    """Return imgix's parameters that are missing, by reason."""
    missing: dict[str, list[str]] = {}
    for category, text in PARAMETERS.items():
        for name in text.split():
            if not find_row(name):
                reason = find_reason(category, name).removeprefix("no: ")
                missing.setdefault(reason, []).append(f"`{name}`")
    return missing


def _format_common(product: Product, rows: list[Row]) -> str:
    head = f"| {product.name} | here | remark |\n|---|---|---|"
    texts = (f"| `{r.option}` | {_format_here(r)} | {r.remark} |" for r in rows)
    return "\n".join([head, *texts])


def _format_here(row: Row) -> str:
    return row.here if row.status == "yes" else f"{row.here} ({row.status})".strip()


def _format_missing(missing: Mapping[str, list[str]]) -> str:
    rows = (f"| {', '.join(names)} | {reason} |" for reason, names in missing.items())
    return "\n".join(["| missing | reason |\n|---|---|", *rows])


def main(arguments: list[str]) -> int:
    """Write the pages, or check them; return the exit code."""
    stale = []
    for name in ("imgix.md", *COMMON):
        path = FOLDER / name
        text = path.read_text(encoding="utf-8")
        current = replace_marked(text, build_sections(name))
        if current != text and "--check" in arguments:
            stale.append(name)
        elif current != text:
            path.write_text(current, encoding="utf-8")
    if stale:
        print(f"not up to date: {', '.join(stale)}; run: make generate", file=sys.stderr)
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
