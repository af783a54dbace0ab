"""The catalog: original records by key, and their JSON form in the table (docs/catalog.md).

A record is written whole, and only over the revision it was made from (compare-and-swap). After a
lost race, `update_record` starts again from the current record (docs/consistency.md).
"""

import dataclasses
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from origin_lambda.image.analysis.analyse import Analysis
from origin_lambda.image.analysis.faces import Face, Features
from origin_lambda.image.analysis.measure import Description, FocalPoint, Measurements, Swatch
from origin_lambda.image.formats import Kind
from origin_lambda.image.geometry import Box, Size
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
"""Version of the JSON form; increase it when a field changes its meaning or is removed."""

TOMBSTONE_SECONDS: Final = 30 * 86_400
"""How long the record of a deleted original stays in the table."""


def find_record(catalog: Catalog, key: str, *, consistent: bool = False) -> OriginalRecord | None:
    """Return the record of an original; None if the catalog has none."""
    item = catalog.find(key, consistent=consistent)
    return None if item is None else from_json(item)


def update_record(
    catalog: Catalog, key: str, change: Callable[[OriginalRecord], OriginalRecord | None]
) -> tuple[OriginalRecord, bool]:
    """Change a record by compare-and-swap; repeat while other writers are faster.

    *change* gets the current record, with revision 0 if the catalog has none. It returns the new
    record; the same one or None means no change. Return the record that is in the catalog in the
    end, and whether this call changed it.
    """
    while True:
        record = find_record(catalog, key, consistent=True) or OriginalRecord(key)
        wanted = change(record)
        if wanted is None or wanted == record:
            return record, False
        next_one = dataclasses.replace(wanted, revision=record.revision + 1)
        if catalog.save(key, to_json(next_one), after=record.revision):
            return next_one, True


def to_json(record: OriginalRecord) -> dict[str, Any]:
    """Return the JSON form of a record; `from_json` is the inverse."""
    return {
        "schema": SCHEMA,
        "key": record.key,
        "revision": record.revision,
        "version": record.version,
        "edition": record.edition,
        "bytes": record.bytes,
        "sequencer": record.sequencer,
        "status": str(record.status),
        "reason": record.reason and dataclasses.asdict(record.reason),
        "told": record.last_notification and _notification_json(record.last_notification),
        "leased": record.leased,
        "annotations": {
            "focal_point": _point_json(record.annotations.focal_point),
            "alt": record.annotations.alt,
            "tags": list(record.annotations.tags),
            "faces": _faces_json(record.annotations.faces),
        },
        "original": record.analysis and _analysis_json(record.analysis),
        "probed": record.probed and _facts_json(record.probed),
        "mips": [
            {"width": mip.size.width, "height": mip.size.height}
            | {"type": str(mip.kind), "bytes": mip.bytes, "gap": mip.oversampling}
            for mip in record.mips
        ],
        "used_by": list(record.used_by),
        "used_widely": record.used_widely,
        "times": {
            "created": _iso(record.created),
            "changed": _iso(record.changed),
            "ingested": _iso(record.ingested),
        },
    } | _expiry(record)


def _expiry(record: OriginalRecord) -> dict[str, int]:
    """Return the attribute by which DynamoDB deletes the record of a deleted original (TTL)."""
    if record.status is not Status.DELETED:
        return {}
    return {"expires": record.changed + TOMBSTONE_SECONDS}


def from_json(item: Mapping[str, Any]) -> OriginalRecord:
    """Return the record of an item of the table; `to_json` is the inverse."""
    annotations, times = item["annotations"], item["times"]
    return OriginalRecord(
        key=item["key"],
        revision=item["revision"],
        version=item["version"],
        edition=item["edition"],
        bytes=item["bytes"],
        sequencer=item["sequencer"],
        status=Status(item["status"]),
        reason=Reason(**item["reason"]) if item["reason"] else None,
        last_notification=_notification(item["told"]) if item["told"] else None,
        leased=item["leased"],
        annotations=Annotations(
            _point(annotations["focal_point"]),
            annotations["alt"],
            tuple(annotations["tags"]),
            _faces(annotations.get("faces")),
        ),
        analysis=_analysis(item["original"]) if item["original"] else None,
        probed=_facts(item["probed"]) if item.get("probed") else None,
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


def _notification(stored: Mapping[str, str]) -> LastNotification:
    return LastNotification(stored["version"], Status(stored["status"]))


def _notification_json(last: LastNotification) -> dict[str, str]:
    return {"version": last.version, "status": str(last.status)}


def _facts_json(facts: Facts) -> dict[str, Any]:
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
    }


def _facts(stored: Mapping[str, Any]) -> Facts:
    return Facts(
        kind=Kind(stored["type"]),
        size=Size(stored["width"], stored["height"]),
        orientation=stored["orientation"],
        frames=stored["frames"],
        alpha=stored["alpha"],
        loop=stored["loop"],
        artist=stored["artist"],
        copyright=stored["copyright"],
    )


def _analysis_json(analysis: Analysis) -> dict[str, Any]:
    described, measured = analysis.description, analysis.measurements
    return _facts_json(analysis.facts) | {
        "profile": described.profile,
        "bits": described.bits,
        "captured": dict(described.captured),
        "measured": measured and _measurements_json(measured),
        "faces": _faces_json(analysis.faces),
        "curves": {
            str(output): {
                "points": [list(point) for point in curve.points],
                "chroma": str(curve.chroma),
                "effort": str(curve.effort),
            }
            for output, curve in analysis.curves.items()
        },
    }


def _analysis(original: Mapping[str, Any]) -> Analysis:
    return Analysis(
        _facts(original),
        Description(original["profile"], original["bits"], original["captured"]),
        _measurements(original["measured"]) if original["measured"] else None,
        _curves(original.get("curves", {})),
        _faces(original.get("faces")),
    )


def _faces_json(faces: tuple[Face, ...] | None) -> list[dict[str, Any]] | None:
    return None if faces is None else [_face_json(face) for face in faces]


def _face_json(face: Face) -> dict[str, Any]:
    features = face.features
    points = (
        {
            "right_eye": list(features.right_eye),
            "left_eye": list(features.left_eye),
            "mouth": list(features.mouth),
        }
        if features
        else {}
    )
    return {"box": list(face.box), "score": face.score, **points}


def _faces(faces: Sequence[Mapping[str, Any]] | None) -> tuple[Face, ...] | None:
    return None if faces is None else tuple(map(_face, faces))


def _face(face: Mapping[str, Any]) -> Face:
    features = None
    if "mouth" in face:
        names = ("right_eye", "left_eye", "mouth")
        features = Features(*(FocalPoint(*map(float, face[name])) for name in names))
    return Face(Box(*map(float, face["box"])), float(face["score"]), features)


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
        "entropy": _point_json(measured.entropy),
        "edges": _point_json(measured.edges),
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
        entropy=_point(measured.get("entropy")),
        edges=_point(measured.get("edges")),
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
