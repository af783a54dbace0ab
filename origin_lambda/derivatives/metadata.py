"""Answers with the metadata of an original: as JSON, as a placeholder, or as its colours.

Fields that imgix has too have the same names and shapes. They are taken from its documentation and
from answers that its users published (docs/url-reference.md, "Metadata of an original").
"""

import json
import re
from base64 import b64encode
from collections.abc import Iterator, Mapping
from typing import Any, Final

from origin_lambda.errors import NotAPicture
from origin_lambda.image.analysis import palette
from origin_lambda.image.analysis.analyse import Analysis
from origin_lambda.image.analysis.faces import Face
from origin_lambda.image.analysis.measure import FocalPoint, Measurements
from origin_lambda.image.derive import Derivative
from origin_lambda.image.formats import MEDIA_TYPES
from origin_lambda.image.geometry import Dihedral
from origin_lambda.originals.record import OriginalRecord
from origin_lambda.url.transform import Transform
from origin_lambda.url.values import Colour, Info, Palette

SCHEMA: Final = 1
"""Version of the `calotype` object; increase it when a field changes its meaning or is removed."""

_EXTENSIONS: Final = {"application/json": "json", "text/css": "css", "text/plain": "txt"}

_BLACK, _WHITE = Colour(0, 0, 0), Colour(255, 255, 255)

# imgix's names are those of Apple's Image I/O, here of its Exif and TIFF dictionaries.
_EXIF: Final = {
    "exposure_seconds": "ExposureTime",
    "f_number": "FNumber",
    "iso": "ISOSpeedRatings",
    "focal_length_mm": "FocalLength",
}


def metadata_response(
    transform: Transform, record: OriginalRecord, analysis: Analysis
) -> Derivative:
    """Return the metadata that a transform asks for, from an original's record and *analysis*.

    Raises:
        NotAPicture: it asks for colours or a placeholder of an SVG that cannot be drawn.

    """
    palette_format = transform.information.palette
    match palette_format, transform.output.format:
        case Palette.CSS, _:
            text, media_type = _palette_css(transform, _require_measurements(analysis)), "text/css"
        case Palette.JSON, _:
            text, media_type = (
                _palette_json(transform, _require_measurements(analysis)),
                "application/json",
            )
        case _, Info.BLURHASH:
            text, media_type = _require_measurements(analysis).blurhash, "text/plain"
        case _, Info.THUMBHASH:
            text, media_type = _thumbhash(_require_measurements(analysis)), "text/plain"
        case _:
            text, media_type = _full_document(transform, record, analysis), "application/json"
    brief = f"palette={palette_format}" if palette_format else f"fm={transform.output.format}"
    return Derivative(text.encode(), media_type, _EXTENSIONS[media_type], brief)


def _require_measurements(analysis: Analysis) -> Measurements:
    if analysis.measurements is None:
        message = "this SVG cannot be drawn, so it has neither a placeholder nor a palette"
        raise NotAPicture(message)
    return analysis.measurements


def _to_json(document: Mapping[str, Any]) -> str:
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))


def _thumbhash(measured: Measurements) -> str:
    return b64encode(measured.thumbhash).decode()


def _full_document(transform: Transform, record: OriginalRecord, analysis: Analysis) -> str:
    faces = {"Faces": _faces(record, analysis)} if transform.information.faces else {}
    return _to_json(
        _imgix_fields(record, analysis) | faces | {"calotype": _calotype_fields(record, analysis)}
    )


def _faces(record: OriginalRecord, analysis: Analysis) -> list[dict[str, Any]]:
    """Return the faces as imgix does: in pixels of the upright original, from its upper left."""
    size = Dihedral.from_exif(analysis.facts.orientation).map_size(analysis.facts.size)

    def locate(point: FocalPoint) -> dict[str, float]:
        return {"x": round(point.x * size.width, 2), "y": round(point.y * size.height, 2)}

    def describe(face: Face) -> dict[str, Any]:
        left, top, right, bottom = face.box
        extent = locate(FocalPoint(right - left, bottom - top))
        bounds = locate(FocalPoint(left, top)) | {"width": extent["x"], "height": extent["y"]}
        features = face.features
        points = (
            {}
            if features is None
            else {
                "mouth": locate(features.mouth),
                "right_eye": locate(features.right_eye),
                "left_eye": locate(features.left_eye),
            }
        )
        return {"bounds": bounds, "confidence": round(face.score * 100), **points}

    return [describe(face) for face in record.faces]


def _imgix_fields(record: OriginalRecord, analysis: Analysis) -> dict[str, Any]:
    """Return the fields of imgix's `fm=json`: sizes as stored, and the EXIF orientation."""
    facts, described = analysis.facts, analysis.description
    sides = {"PixelWidth": facts.size.width, "PixelHeight": facts.size.height}
    credit = {"Artist": facts.artist, "Copyright": facts.copyright}
    return {
        "Content-Type": MEDIA_TYPES[facts.kind],
        "Content-Length": str(record.bytes),
        **_without_empty(sides),
        "Orientation": facts.orientation,
        "Depth": described.bits,
        **_without_empty({"ProfileName": described.profile}),
        "Exif": {
            imgix_name: described.captured[name]
            for name, imgix_name in _EXIF.items()
            if name in described.captured
        },
        "TIFF": {"Orientation": facts.orientation, **_without_empty(credit)},
    }


def _without_empty(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value}


def _calotype_fields(record: OriginalRecord, analysis: Analysis) -> dict[str, Any]:
    """Return the fields of the `calotype` object; None for those that are not known."""
    facts, described, measured = analysis.facts, analysis.description, analysis.measurements
    size = Dihedral.from_exif(facts.orientation).map_size(facts.size)
    return {
        "schema": SCHEMA,
        "version": record.version,
        "bytes": record.bytes,
        "type": str(facts.kind),
        "width": size.width or None,
        "height": size.height or None,
        "orientation": facts.orientation,
        "frames": facts.frames,
        "loop": facts.loop,
        "alpha": facts.alpha,
        "profile": described.profile,
        "bits": described.bits,
        "captured": dict(described.captured),
        "artist": facts.artist,
        "copyright": facts.copyright,
        "thumbhash": _thumbhash(measured) if measured else None,
        "blurhash": measured.blurhash if measured else None,
        "palette": _palette_shares(measured) if measured else None,
        "focal_point": _focal_point(record, measured),
        "alt": record.annotations.alt,
        "tags": list(record.annotations.tags),
    }


def _palette_shares(measured: Measurements) -> list[dict[str, Any]]:
    return [{"hex": _hex(each.colour), "share": each.share} for each in measured.palette]


def _focal_point(record: OriginalRecord, measured: Measurements | None) -> dict[str, Any] | None:
    """Return the focal point, and who set it: the owner or the measurement."""
    from_owner = record.annotations.focal_point
    point = from_owner or (measured.focal_point if measured else None)
    if point is None:
        return None
    return {"x": point.x, "y": point.y, "by": "owner" if from_owner else "measurement"}


def _palette_json(transform: Transform, measured: Measurements) -> str:
    """Return the palette in imgix's JSON: channels from 0 to 1, with six digits."""
    swatches = measured.palette
    return _to_json(
        {
            "colors": [
                _channels(each)
                for each in palette.select_frequent(swatches, transform.information.colours)
            ],
            "average_luminance": _six_digits(palette.compute_luminance(swatches)),
            "dominant_colors": {
                name: _channels(colour) for name, colour in palette.select_named(swatches).items()
            },
        }
    )


def _channels(colour: Colour) -> dict[str, Any]:
    red, green, blue = (_six_digits(value / 255) for value in colour[:3])
    return {"red": red, "green": green, "blue": blue, "hex": _hex(colour)}


def _six_digits(value: float) -> float:
    return float(f"{value:.6g}")


def _hex(colour: Colour) -> str:
    return f"#{bytes(colour[:3]).hex()}"


def _palette_css(transform: Transform, measured: Measurements) -> str:
    """Return the palette as CSS classes: by number, white and black, and by name."""
    prefix = transform.information.prefix
    return "".join(
        f".{_identifier(f'{prefix}-fg-{name}')} {{ color:{_hex(colour)} !important; }}\n"
        f".{_identifier(f'{prefix}-bg-{name}')} "
        f"{{ background-color:{_hex(colour)} !important; }}\n"
        for name, colour in _classes(transform, measured)
    )


def _classes(transform: Transform, measured: Measurements) -> Iterator[tuple[str, Colour]]:
    swatches = measured.palette
    extremes = (_WHITE, _BLACK) if palette.is_dark(swatches) else (_BLACK, _WHITE)
    for number, colour in enumerate(
        palette.select_frequent(swatches, transform.information.colours), 1
    ):
        yield str(number), colour
    for number, colour in enumerate(extremes, 1):
        yield f"ex-{number}", colour
    for name, colour in palette.select_named(swatches).items():
        yield name.replace("_", "-"), colour


def _identifier(name: str) -> str:
    r"""Escape a name for CSS: `1.a` is `\31 \.a` (CSSOM, "serialize an identifier")."""
    return re.sub(r"^(-?)([0-9])", r"\1\\3\2 ", name).replace(".", r"\.")
