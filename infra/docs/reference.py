"""Writes the URL reference, the recipes, the README's tour, and the architecture page's stages.

python -m infra.docs.reference           writes them
python -m infra.docs.reference --check   fails if they are not up to date
"""

import sys
import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from infra.docs.pictures import FOLDER, Example, list_examples, list_originals
from infra.docs.showcase import build_recipes, build_tour
from infra.markers import fill_part
from origin_lambda.image import layout
from origin_lambda.image.pipeline import list_stages
from origin_lambda.url.transform import TABLE, Group, Row

_ROOT: Final = Path(__file__).parents[2]
_DOCS: Final = _ROOT / "docs"
README: Final = _ROOT / "README.md"
RECIPES: Final = _DOCS / "recipes" / "README.md"
PAGE: Final = _DOCS / "url-reference.md"
ARCHITECTURE: Final = _DOCS / "architecture.md"

_HEAD: Final = """\
# URL reference

<!-- Written by `make generate` from origin_lambda/url/params: change it there. -->

    https://HOST/KEY?NAME=VALUE&NAME=VALUE

`KEY` is the original's S3 key, percent-encoded as UTF-8. Names and meanings are imgix's
(imgix-url-params 11.35.0), except for those marked *Ours*.

- Without a transform the answer is the original without its metadata. Its compressed pixels are not
  changed; orientation, colour profile, artist and copyright stay. An SVG is sanitised. With
  `BARE_ORIGINALS` a deployment can answer the original as it is, or `403`.
- Names that are no parameter are ignored. The answer lists them in the header `X-Calotype-Ignored`
  (except `utm_...`). With `STRICT_PARAMETERS` they are a `400`. [Coverage](coverage.md) says which
  names of imgix's work.
- Names without a value (`&q=`) are ignored, except `dl=`. So are parameters without an effect, such
  as `fp-x` without `crop=focalpoint`. None of them makes another derivative.
- If a name is given twice, the last one wins.
- A known name with a bad value is a `400`. The error says which values the name accepts. It
  suggests a value for some values of other services: `fit=crop` for `fit=cover`.
- Add `64` to a name to write its value as base64url: `dl64=w6kuanBn` means `dl=é.jpg`.
- Numbers can have decimals and leading zeros: `640`, `640.0` and `0640` are the same. They have no
  exponent. In `w`, `h` and `rect` a number with a decimal point from 0 to 1 is a fraction of the
  side: `0.5` is half of it, `1.0` all of it. All other numbers are pixels, rounded: `1` is one
  pixel, `1.5` two, `300.5` 301.
- A side of more than 8192 pixels counts as 8192.
{order}
- A result is larger than its original only with `fit=scale`, `fit=clamp` or `enlarge=true`, or if
  the original is an SVG. If the
  original is too small for the box, the box keeps its aspect ratio with `fit=crop` and `fit=min`,
  and its size with `fit=fill` and `fit=fillmax`.
- A result beyond the limits (8192 pixels a side, 40 million in all) is made as large as they allow.
  `X-Calotype` then has `limited-from=` with the size that was asked for.

## SVG originals

An SVG scales in the browser, so it is answered as SVG, sanitised, unless the URL needs pixels. It
stays an SVG with `w`, `h`, `dpr` and bounds (`fit=clip` or `max`), `auto=format`, `q`, `dl` and
`v`, and with parameters about raster files alone, such as `dpi` or `loop`. With `fm=png` or another
format, `max-bytes`, or any other parameter, it is drawn at the size asked, never enlarged from a
small picture: `w=64&h=64&fit=crop`, `bg=fff&auto=format`, `blur=50`. Without `fm` and `auto=format`
the result is a PNG. With `rasterize-bypass=true` it always stays an SVG.

- Its natural size is that of browsers: `width` and `height`, else `viewBox`, else 300x150.
- Text is not drawn, because there are no fonts: convert it to paths. Animations do not move.
- A drawing has at most 4 million pixels, and its file 1 MB and 20,000 elements. One that takes too
  much time or memory, for example with filters over a large area, is a `422`.

All spellings of the same request have one canonical path: `/KEY/NAME=VALUE,NAME=VALUE`, sorted by
name. It contains `r=` with the version of the rendering rules. The CDN caches under this path. You
can use it in your own URLs too. Its `KEY` has no percent signs: bytes of UTF-8 other than letters,
digits and `-_./` are `=` and two hexadecimal digits, as in `/=C3=A9t=C3=A9.jpg/r=4,w=640`.

S3 allows 1,024 bytes for the name of a stored derivative. If the escaped key and the transform are
longer (more than about 110 Japanese characters), the derivative is answered and cached by the CDN,
but not stored. It is then rendered again in every region's cache.
"""

_ORIGINALS: Final = """
## Originals of the examples

Each group of parameters below has examples. They are made from these originals by `make generate`;
`framed.jpg` is `fig.jpg` with padding.
The [list of the originals](../infra/demo/originals/README.md) has their authors and licences."""

_COLUMNS: Final = 4
"""Pictures in a row: as many as GitHub shows in their own size."""

_INFORMATION: Final = """\

## Metadata of an original

| URL | answer |
|---|---|
| `fm=json` | all metadata, as JSON |
| `fm=blurhash` | its [BlurHash](https://blurha.sh): 28 characters, of 4x3 components or of 3x4 |
| `fm=thumbhash` | its [ThumbHash](https://evanw.github.io/thumbhash/), in base64 |
| `palette=json` | its colours, as JSON |
| `palette=css` | its colours, as a stylesheet |

The answer describes the full, EXIF-oriented original. Only `dl` and `v` change it,
`faces` for `fm=json`, and `colors` and `prefix` for a palette. All other parameters are ignored,
so `fm=blurhash&w=50` and `fm=blurhash` have one cache key. (imgix describes the result of the
other parameters.)

An SVG is described by its natural size, as in browsers, and by its colours when it is drawn. If it
is too complex to draw, `fm=json` answers without its colours, and the others with `415`. A
rejected original is refused here too. Before an original is ingested, it is analysed for each
request, and the answer is cached for a minute.

`fm=json` has imgix's names, which are those of Apple's Image I/O: `Content-Type`,
`Content-Length` (a text, as with imgix), `PixelWidth` and `PixelHeight` as stored, the EXIF
`Orientation`, `Depth`, `ProfileName`, `Exif` (`ExposureTime`, `FNumber`, `ISOSpeedRatings`,
`FocalLength`) and `TIFF` (`Orientation`, `Artist`, `Copyright`). Fields that are not known are
missing. Place, time and device are never included. With `faces=1`, `Faces` lists each face: its
`bounds` (`x`, `y`, `width`, `height`), its `confidence` (0 to 100), and if they are known `mouth`,
`right_eye` and `left_eye` (`x`, `y`), in pixels of the EXIF-oriented picture. The eyes are named as
the person would. The complete metadata is under `calotype`:

| field | what it is |
|---|---|
| `schema` | version of this object; new fields do not raise it |
| `version` | changes with the original's bytes |
| `type` | `jpeg`, `png`, `webp`, `avif`, `gif`, `heif`, `tiff`, `bmp` or `svg`, by its bytes |
| `bytes` | its size in bytes |
| `width`, `height` | of the EXIF-oriented picture, in pixels |
| `orientation` | the EXIF orientation that it is stored in, 1 to 8 |
| `frames`, `loop` | frames of an animation, and how often it repeats; 0 is forever |
| `alpha` | whether it can be transparent |
| `profile`, `bits` | name of its colour profile, empty for none; bits per channel |
| `captured` | `exposure_seconds`, `f_number`, `iso`, `focal_length_mm`; unknown ones are missing |
| `artist`, `copyright` | as in its metadata |
| `thumbhash`, `blurhash` | as above; null for an SVG that cannot be drawn |
| `palette` | up to 16 colours, most frequent first: `hex`, `share` (0 to 1); null as above |
| `focal_point` | `x`, `y` (0 to 1, from the upper left), `by`: `owner` or `measurement`; or null |
| `alt`, `tags` | alt text and tags that its owner set |

`palette=json` has imgix's shape:

- `colors`: the most frequent colours, each with `red`, `green` and `blue` from 0 to 1, and `hex`.
  They begin with the brightest on a dark picture, or else with the darkest.
- `average_luminance`: 0 to 1, the mean of the palette by its shares.
- `dominant_colors`: `vibrant`, `vibrant_light`, `vibrant_dark`, `muted`, `muted_light` and
  `muted_dark`. Each can be missing.

`palette=css` has the same colours as classes: `.image-fg-1` with a `color` and `.image-bg-1` with a
`background-color`, and `-vibrant`, `-muted-light` and so on. `-ex-1` and `-ex-2` are white and
black; `-ex-1` is the one with more contrast to the picture.
"""


def build_page() -> str:
    """Return the reference page, in Markdown: a section for each group of parameters."""
    sections = [
        _format_section(group, [row for row in TABLE.all_rows if row.group == name])
        for name, group in (*TABLE.groups.items(), ("access", TABLE.access()))
    ]
    originals = _ORIGINALS + _format_gallery([(each, "") for each in list_originals()])
    head = _HEAD.format(order=_describe_order())
    return "\n".join([head, originals, *sections, _INFORMATION])


def update(file: Path, name: str, part: str) -> str:
    """Return the text of a file with another *part* between the markers of this name.

    Raises:
        ValueError: the markers are missing.

    """
    return fill_part(file.name, file.read_text(encoding="utf-8"), name, f"\n{part}\n")


def _format_stages() -> str:
    names = " -> ".join(stage.__module__.rpartition(".")[2] for stage in list_stages())
    return textwrap.indent(textwrap.fill(names, 96, break_on_hyphens=False), "    ")


def _describe_order() -> str:
    """Return the sentence about the order of parameters: geometry, stages, then the format."""
    effects = [name for stage in list_stages() for name in stage.parameters]
    names = ", ".join(f"`{name}`" for name in (*layout.PARAMETERS, *effects))
    sentence = (
        f"- The order of parameters in the URL has no effect. They are applied in this order: "
        f"{names}, then the format."
    )
    return textwrap.fill(sentence, 100, subsequent_indent="  ", break_on_hyphens=False)


def _format_section(group: Group, rows: list[Row]) -> str:
    head = f"\n## {group.title}\n\n| name | accepts | default | what it does |\n|---|---|---|---|"
    examples = {row.name: list_examples(row) for row in rows}
    cells = [(each, name) for name in examples for each in examples[name]]
    return "\n".join([head, *map(_format_row, rows)]) + _format_gallery(cells)


def _format_gallery(cells: Sequence[tuple[Example, str]]) -> str:
    """Return a table of pictures and their queries, in which a parameter is bold; "" if empty."""
    if not cells:
        return ""
    lines = ["", "", "| " * _COLUMNS + "|", "|---" * _COLUMNS + "|"]
    texts = [_format_example(example, name) for example, name in cells]
    for start in range(0, len(texts), _COLUMNS):
        line = texts[start : start + _COLUMNS]
        lines.append(f"| {' | '.join(line + [''] * (_COLUMNS - len(line)))} |")
    return "\n".join(lines)


def _format_example(example: Example, name: str) -> str:
    """Return a cell: the picture, and the query with a possible line break at each parameter."""
    pairs = [each for each in example.query.split("&") if each] or [example.original]
    query = " ".join(f"**`{p}`**" if p.startswith(f"{name}=") else f"`{p}`" for p in pairs)
    return f"![{example.alt}]({FOLDER.name}/{example.file})<br>{query}"


def _format_row(row: Row) -> str:
    names = ", ".join(f"`{name}`" for name in row.names)
    return f"| {names} | {row.param.kind.expected} | {_format_default(row)} | {row.param.text} |"


def _format_default(row: Row) -> str:
    text = row.default_text
    return f"`{text}`" if text else ""


def main(arguments: list[str]) -> int:
    """Write the pages, or check them; return the exit code."""
    pages = {
        PAGE: build_page(),
        RECIPES: build_recipes(),
        ARCHITECTURE: update(ARCHITECTURE, "stages", _format_stages()),
        README: update(README, "tour", build_tour()),
    }
    if "--check" not in arguments:
        for file, text in pages.items():
            file.write_text(text, encoding="utf-8")
        return 0
    stale = [
        file.name
        for file, text in pages.items()
        if not file.exists() or file.read_text(encoding="utf-8") != text
    ]
    if stale:
        print(f"not up to date: {', '.join(stale)}; run: make generate", file=sys.stderr)
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
