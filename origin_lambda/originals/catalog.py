"""The catalog: items by key, and the form they have in the table (docs/catalog.md).

An item is written whole and only in place of the revision it was made from, so that whoever
loses a race starts again from what there is (docs/consistency.md).
"""

import dataclasses
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from origin_lambda.image.analysis.analyse import Analysis
from origin_lambda.image.analysis.measure import Description, FocalPoint, Measurements, Swatch
from origin_lambda.image.formats import Kind
from origin_lambda.image.geometry import Size
from origin_lambda.image.mips import Mip
from origin_lambda.image.probe import Facts
from origin_lambda.image.quality import Curve, Curves, Effort
from origin_lambda.originals.record import (
    Annotations,
    LastNotification,
    OriginalRecord,
    Reason,
    Status,
)
from origin_lambda.ports import Catalog
from origin_lambda.url.values import Chroma, Colour, Format

SCHEMA: Final = 1
"""Version of the form; raised when a field changes its meaning or goes away."""

TOMBSTONE_SECONDS: Final = 30 * 86_400
"""How long it is remembered that an original was deleted."""


def found(catalog: Catalog, key: str, *, consistent: bool = False) -> OriginalRecord | None:
    """Return what the catalog knows of an original."""
    item = catalog.find(key, consistent=consistent)
    return None if item is None else read(item)


def updated(
    catalog: Catalog, key: str, change: Callable[[OriginalRecord], OriginalRecord | None]
) -> tuple[OriginalRecord, bool]:
    """Change an item, starting anew for as long as somebody else gets in between.

    *change* is given the item, one of revision 0 where there is none, and returns what it is to
    be: the same, or None, for no change. Returns the item there is in the end, and whether it
    was changed.
    """
    while True:
        item = found(catalog, key, consistent=True) or OriginalRecord(key)
        wanted = change(item)
        if wanted is None or wanted == item:
            return item, False
        next_one = dataclasses.replace(wanted, revision=item.revision + 1)
        if catalog.save(key, as_json(next_one), after=item.revision):
            return next_one, True


def as_json(item: OriginalRecord) -> dict[str, Any]:
    """Return the form that an item has in the table; `read` is the inverse."""
    return {
        "schema": SCHEMA,
        "key": item.key,
        "revision": item.revision,
        "version": item.version,
        "edition": item.generation,
        "bytes": item.bytes,
        "sequencer": item.sequencer,
        "status": str(item.status),
        "reason": item.reason and dataclasses.asdict(item.reason),
        "told": item.told and {"version": item.told.version, "status": str(item.told.status)},
        "leased": item.leased,
        "annotations": {
            "focal_point": _point_json(item.annotations.focal_point),
            "alt": item.annotations.alt,
            "tags": list(item.annotations.tags),
        },
        "original": item.analysis and _survey_json(item.analysis),
        "mips": [
            {"width": mip.size.width, "height": mip.size.height}
            | {"type": str(mip.kind), "bytes": mip.bytes, "gap": mip.oversampling}
            for mip in item.mips
        ],
        "used_by": list(item.used_by),
        "used_widely": item.used_widely,
        "times": {
            "created": _iso(item.created),
            "changed": _iso(item.changed),
            "ingested": _iso(item.ingested),
        },
    } | _expiry(item)


def _expiry(item: OriginalRecord) -> dict[str, int]:
    """Return the attribute by which the table forgets a deleted original (DynamoDB's TTL)."""
    if item.status is not Status.DELETED:
        return {}
    return {"expires": item.changed + TOMBSTONE_SECONDS}


def read(item: Mapping[str, Any]) -> OriginalRecord:
    """Return an item of the table."""
    said, times = item["annotations"], item["times"]
    return OriginalRecord(
        key=item["key"],
        revision=item["revision"],
        version=item["version"],
        generation=item["edition"],
        bytes=item["bytes"],
        sequencer=item["sequencer"],
        status=Status(item["status"]),
        reason=Reason(**item["reason"]) if item["reason"] else None,
        told=_told(item["told"]) if item["told"] else None,
        leased=item["leased"],
        annotations=Annotations(_point(said["focal_point"]), said["alt"], tuple(said["tags"])),
        analysis=_survey(item["original"]) if item["original"] else None,
        mips=tuple(
            Mip(
                Size(mip["width"], mip["height"]),
                Kind(mip["type"]),
                mip["bytes"],
                float(mip["gap"]),
            )
            for mip in item["mips"]
        ),
        used_by=tuple(item.get("used_by", ())),
        used_widely=item.get("used_widely", False),
        created=_unix(times["created"]),
        changed=_unix(times["changed"]),
        ingested=_unix(times["ingested"]),
    )


def _told(told: Mapping[str, str]) -> LastNotification:
    return LastNotification(told["version"], Status(told["status"]))


def _survey_json(analysis: Analysis) -> dict[str, Any]:
    facts, described, measured = analysis.facts, analysis.description, analysis.measurements
    return {
        "type": str(facts.kind),
        "width": facts.size.width,
        "height": facts.size.height,
        "orientation": facts.orientation,
        "frames": facts.frames,
        "loop": facts.loop,
        "alpha": facts.alpha,
        "artist": facts.artist,
        "copyright": facts.copyright,
        "profile": described.profile,
        "bits": described.bits,
        "captured": dict(described.captured),
        "measured": measured and _measurements_json(measured),
        "curves": {
            str(output): {
                "points": [list(point) for point in curve.points],
                "chroma": str(curve.chroma),
                "effort": str(curve.effort),
            }
            for output, curve in analysis.curves.items()
        },
    }


def _survey(original: Mapping[str, Any]) -> Analysis:
    return Analysis(
        Facts(
            kind=Kind(original["type"]),
            size=Size(original["width"], original["height"]),
            orientation=original["orientation"],
            frames=original["frames"],
            alpha=original["alpha"],
            loop=original["loop"],
            artist=original["artist"],
            copyright=original["copyright"],
        ),
        Description(original["profile"], original["bits"], original["captured"]),
        _measurements(original["measured"]) if original["measured"] else None,
        _curves(original.get("curves", {})),
    )


def _curves(curves: Mapping[str, Mapping[str, Any]]) -> Curves:
    return {
        Format(output): Curve(
            tuple((int(number), float(score)) for number, score in curve["points"]),
            Chroma(curve["chroma"]),
            Effort(curve.get("effort", Effort.USUAL)),
        )
        for output, curve in curves.items()
    }


def _measurements_json(measured: Measurements) -> dict[str, Any]:
    return {
        "thumbhash": b64encode(measured.thumbhash).decode(),
        "blurhash": measured.blurhash,
        "palette": [
            {"colour": list(swatch.colour[:3]), "share": swatch.share}
            for swatch in measured.palette
        ],
        "focal_point": _point_json(measured.focal_point),
    }


def _measurements(measured: Mapping[str, Any]) -> Measurements:
    return Measurements(
        thumbhash=b64decode(measured["thumbhash"]),
        blurhash=measured["blurhash"],
        palette=tuple(
            Swatch(Colour(*swatch["colour"]), float(swatch["share"]))
            for swatch in measured["palette"]
        ),
        focal_point=_at(measured["focal_point"]),
    )


def _point_json(point: FocalPoint | None) -> dict[str, float] | None:
    return None if point is None else {"x": point.x, "y": point.y}


def _point(point: Mapping[str, float] | None) -> FocalPoint | None:
    return None if point is None else _at(point)


def _at(point: Mapping[str, float]) -> FocalPoint:
    return FocalPoint(float(point["x"]), float(point["y"]))


def _iso(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat() if seconds else ""


def _unix(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp()) if text else 0
