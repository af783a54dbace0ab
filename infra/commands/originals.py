"""`calotype originals`: show and change the catalog's records of originals."""

import argparse
import dataclasses
import json
import sys
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, Final

from infra.commands import open_ingest
from infra.commands.arguments import format_examples
from infra.commands.backfill import split_into_chunks
from infra.terminal import make_printable
from origin_lambda.image.analysis.faces import MAX_FACES, Face
from origin_lambda.image.analysis.measure import FocalPoint
from origin_lambda.image.geometry import Box
from origin_lambda.originals.catalog import find_record, to_json
from origin_lambda.originals.ingest import Ingest
from origin_lambda.originals.record import Annotations, OriginalRecord, Status

_UNLISTED: Final = "unlisted"
"""What `list` prints for an original that is in the bucket, but not in the catalog."""

_STATUS_CHOICES: Final = (Status.READY, Status.PENDING, Status.REJECTED, _UNLISTED)
_KEY_HELP: Final = "the original's key in the bucket"
_THREADS: Final = 16
_CHUNK: Final = 1_000
_LONGEST_ALT: Final = 2_000
_LONGEST_TAG: Final = 100
_MAX_TAGS: Final = 50
_CONTROL: Final = frozenset({"Cc", "Cs", "Zl", "Zp"})
"""Unicode's categories of control characters, lone surrogates and line breaks."""


def add_to(commands: Any) -> None:
    """Declare the commands."""
    originals = commands.add_parser(
        "originals",
        help="show and change the catalog's records",
        description="Show what ingest measured of originals, and set what it cannot measure.",
        epilog=format_examples(
            "calotype originals list --status rejected",
            "calotype originals show cats/tom.jpg",
            "calotype originals set cats/tom.jpg --focal 0.3,0.4 --alt 'Tom on the sofa'",
        ),
    )
    subcommands = originals.add_subparsers(required=True, metavar="COMMAND")

    show = subcommands.add_parser("show", help="print the record of an original, as JSON")
    show.add_argument("key", metavar="KEY", help=_KEY_HELP)
    show.set_defaults(run=_show)

    listing = subcommands.add_parser("list", help="print a line for each original of the bucket")
    listing.add_argument(
        "--prefix", default="", metavar="TEXT", help="only keys that begin with it"
    )
    listing.add_argument(
        "--status",
        choices=[str(status) for status in _STATUS_CHOICES],
        help="only originals of this status; unlisted: not in the catalog",
    )
    listing.set_defaults(run=_list)

    change = subcommands.add_parser(
        "set", help="set an original's focal point, faces, description and tags"
    )
    change.add_argument("key", metavar="KEY", help=_KEY_HELP)
    focal = change.add_mutually_exclusive_group()
    focal.add_argument(
        "--focal",
        metavar="X,Y",
        help="the point that a crop keeps: fractions of width and height, from the upper left",
    )
    focal.add_argument("--no-focal", action="store_true", help="use the measured point again")
    faces = change.add_mutually_exclusive_group()
    faces.add_argument(
        "--face",
        action="append",
        metavar="X,Y,W,H",
        help="set the faces to this one, by its upper left corner and its size: fractions of width "
        "and height; repeat it for more",
    )
    faces.add_argument("--no-faces", action="store_true", help="say that there are no faces")
    faces.add_argument(
        "--measured-faces", action="store_true", help="use the faces that ingest found again"
    )
    change.add_argument(
        "--alt", metavar="TEXT", help="describe the picture in words; '' removes it"
    )
    tags = change.add_mutually_exclusive_group()
    tags.add_argument(
        "--tag",
        action="append",
        metavar="TAG",
        help="set the tags to this one; repeat it for more",
    )
    tags.add_argument("--no-tags", action="store_true", help="remove all tags")
    change.set_defaults(run=_set)


def _show(options: argparse.Namespace) -> int:
    record = find_record(open_ingest().catalog, options.key, consistent=True)
    if record is None:
        print(f"calotype: the catalog does not know {make_printable(options.key)}", file=sys.stderr)
        return 1
    _print_json(to_json(record))
    return 0


def _list(options: argparse.Namespace) -> int:
    for key, record in _read_records(open_ingest(), options.prefix):
        status = record.status if record else _UNLISTED
        if options.status in {None, status}:
            print(_format_line(key, status, record))
    return 0


def _read_records(ingest: Ingest, prefix: str) -> Iterator[tuple[str, OriginalRecord | None]]:
    keys = ingest.originals.keys(prefix, deep=True)
    with ThreadPoolExecutor(_THREADS) as pool:
        for chunk in split_into_chunks(keys, _CHUNK):
            yield from zip(
                chunk, pool.map(partial(find_record, ingest.catalog), chunk), strict=True
            )


def _format_line(key: str, status: str, record: OriginalRecord | None) -> str:
    facts = record.facts if record else None
    kind, size = (facts.kind, f"{facts.size.width}x{facts.size.height}") if facts else ("-", "-")
    size_in_bytes = record.bytes if record else "-"
    line = f"{status:<9} {kind:<5} {size:>11} {size_in_bytes:>11}  {make_printable(key)}"
    reason = record.reason if record else None
    return f"{line}  ({reason.code}: {reason.message})" if reason else line


def _set(options: argparse.Namespace) -> int:
    change = _parse_change(options)
    record = open_ingest().annotate(options.key, change)
    _print_json({"key": record.key, **to_json(record)["annotations"]})
    return 0


def _parse_change(options: argparse.Namespace) -> Callable[[Annotations], Annotations]:
    """Return a function that applies the arguments to annotations.

    Raises:
        ValueError: there is nothing to change, or a value is invalid.

    """
    values: dict[str, Any] = {}
    if options.no_focal or options.focal is not None:
        values["focal_point"] = None if options.no_focal else _parse_focal_point(options.focal)
    if options.measured_faces or options.no_faces or options.face is not None:
        values["faces"] = None if options.measured_faces else _parse_faces(options.face or ())
    if options.alt is not None:
        values["alt"] = _check_text("--alt", options.alt, _LONGEST_ALT)
    if options.no_tags or options.tag is not None:
        values["tags"] = _parse_tags(options.tag or ())
    if not values:
        message = (
            "nothing to set: use --focal, --no-focal, --face, --no-faces, --measured-faces, --alt, "
            "--tag or --no-tags"
        )
        raise ValueError(message)
    return lambda annotations: dataclasses.replace(annotations, **values)


def _parse_focal_point(text: str) -> FocalPoint:
    message = "--focal accepts two fractions from 0 to 1, such as 0.5,0.25"
    try:
        x, y = (float(part) for part in text.split(","))
    except ValueError as error:
        raise ValueError(message) from error
    if not (0 <= x <= 1 and 0 <= y <= 1):
        raise ValueError(message)
    return FocalPoint(x, y)


def _parse_faces(texts: Sequence[str]) -> tuple[Face, ...]:
    if len(texts) > MAX_FACES:
        message = f"--face accepts at most {MAX_FACES} faces"
        raise ValueError(message)
    return tuple(map(_parse_face, texts))


def _parse_face(text: str) -> Face:
    message = "--face accepts four fractions of the picture, such as 0.4,0.1,0.2,0.3"
    try:
        left, top, width, height = (float(part) for part in text.split(","))
    except ValueError as error:
        raise ValueError(message) from error
    box = Box(left, top, round(left + width, 6), round(top + height, 6))
    if not (0 <= left < box.right <= 1 and 0 <= top < box.bottom <= 1):
        raise ValueError(message)
    return Face(box)


def _parse_tags(tags: Sequence[str]) -> tuple[str, ...]:
    if len(tags) > _MAX_TAGS or not all(tag.strip() for tag in tags):
        message = f"--tag accepts at most {_MAX_TAGS} tags, none of them empty"
        raise ValueError(message)
    return tuple(dict.fromkeys(_check_text("--tag", tag.strip(), _LONGEST_TAG) for tag in tags))


def _check_text(name: str, text: str, longest: int) -> str:
    """Return a text of one line; `str.isprintable` would refuse U+3000 and joined emoji."""
    has_control = any(unicodedata.category(character) in _CONTROL for character in text)
    if len(text) > longest or has_control:
        message = f"{name} accepts one line of at most {longest:,} characters"
        raise ValueError(message)
    return text


def _print_json(value: Any) -> None:
    print(json.dumps(value, indent=2, ensure_ascii=False))
