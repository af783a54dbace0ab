"""Tells what is known of an original: all of it as JSON, a placeholder, or its colours.

What imgix tells too has imgix's names and shapes, as its documentation and the answers that its
users have published show them (docs/url-reference.md, "What is known of an original").
"""

import json
import re
from base64 import b64encode
from collections.abc import Iterator, Mapping
from typing import Any, Final

from origin_lambda.errors import NotAPicture
from origin_lambda.image.analysis import palette
from origin_lambda.image.analysis.analyse import Analysis
from origin_lambda.image.analysis.measure import Measurements
from origin_lambda.image.derive import Derivative
from origin_lambda.image.formats import MEDIA_TYPES
from origin_lambda.image.geometry import Dihedral
from origin_lambda.originals.record import OriginalRecord
from origin_lambda.url.transform import Transform
from origin_lambda.url.values import Colour, Info, Palette

SCHEMA: Final = 1
"""Version of the `calotype` object; raised when a field changes its meaning or goes away."""

_EXTENSIONS: Final = {"application/json": "json", "text/css": "css", "text/plain": "txt"}

_BLACK, _WHITE = Colour(0, 0, 0), Colour(255, 255, 255)

# imgix's names are those of Apple's Image I/O, here of its Exif and TIFF dictionaries.
_EXIF: Final = {
    "exposure_seconds": "ExposureTime",
    "f_number": "FNumber",
    "iso": "ISOSpeedRatings",
    "focal_length_mm": "FocalLength",
}


def metadata_response(transform: Transform, item: OriginalRecord, analysis: Analysis) -> Derivative:
    """Return what a transform asks to know of an original, of which this is known.

    Raises:
        NotAPicture: it has no pixels, and the answer would be about them.

    """
    asked = transform.information.palette
    match asked, transform.output.format:
        case Palette.CSS, _:
            text, media_type = _palette_css(transform, _measured(analysis)), "text/css"
        case Palette.JSON, _:
            text, media_type = _palette_json(transform, _measured(analysis)), "application/json"
        case _, Info.BLURHASH:
            text, media_type = _measured(analysis).blurhash, "text/plain"
        case _, Info.THUMBHASH:
            text, media_type = _thumbhash(_measured(analysis)), "text/plain"
        case _:
            text, media_type = _everything(item, analysis), "application/json"
    brief = f"palette={asked}" if asked else f"fm={transform.output.format}"
    return Derivative(text.encode(), media_type, _EXTENSIONS[media_type], brief)


def _measured(analysis: Analysis) -> Measurements:
    if analysis.measurements is None:
        message = "an SVG original has no pixels, and so neither a placeholder nor a palette"
        raise NotAPicture(message)
    return analysis.measurements


def _written(document: Mapping[str, Any]) -> str:
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))


def _thumbhash(measured: Measurements) -> str:
    return b64encode(measured.thumbhash).decode()


def _everything(item: OriginalRecord, analysis: Analysis) -> str:
    return _written(_imgix(item, analysis) | {"calotype": _ours(item, analysis)})


def _imgix(item: OriginalRecord, analysis: Analysis) -> dict[str, Any]:
    """Return what imgix's `fm=json` has: sizes as stored, and the orientation to show them in."""
    facts, described = analysis.facts, analysis.description
    sides = {"PixelWidth": facts.size.width, "PixelHeight": facts.size.height}
    credit = {"Artist": facts.artist, "Copyright": facts.copyright}
    return {
        "Content-Type": MEDIA_TYPES[facts.kind],
        "Content-Length": str(item.bytes),
        **_given(sides),
        "Orientation": facts.orientation,
        "Depth": described.bits,
        **_given({"ProfileName": described.profile}),
        "Exif": {
            theirs: described.captured[name]
            for name, theirs in _EXIF.items()
            if name in described.captured
        },
        "TIFF": {"Orientation": facts.orientation, **_given(credit)},
    }


def _given(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value}


def _ours(item: OriginalRecord, analysis: Analysis) -> dict[str, Any]:
    """Return all that is known; None for what an SVG has not."""
    facts, described, measured = analysis.facts, analysis.description, analysis.measurements
    size = Dihedral.from_exif(facts.orientation).turned(facts.size)
    return {
        "schema": SCHEMA,
        "version": item.version,
        "bytes": item.bytes,
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
        "palette": _shares(measured) if measured else None,
        "focal_point": _focal_point(item, measured),
        "alt": item.annotations.alt,
        "tags": list(item.annotations.tags),
    }


def _shares(measured: Measurements) -> list[dict[str, Any]]:
    return [{"hex": _hex(each.colour), "share": each.share} for each in measured.palette]


def _focal_point(item: OriginalRecord, measured: Measurements | None) -> dict[str, Any] | None:
    """Return the focal point, and whose word it is."""
    owners = item.annotations.focal_point
    point = owners or (measured.focal_point if measured else None)
    if point is None:
        return None
    return {"x": point.x, "y": point.y, "by": "owner" if owners else "measurement"}


def _palette_json(transform: Transform, measured: Measurements) -> str:
    """Return the palette as imgix has it: channels 0 to 1, in six digits."""
    swatches = measured.palette
    return _written(
        {
            "colors": [
                _channels(each)
                for each in palette.frequent(swatches, transform.information.colours)
            ],
            "average_luminance": _six_digits(palette.luminance(swatches)),
            "dominant_colors": {
                name: _channels(colour) for name, colour in palette.named(swatches).items()
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
    """Return the palette as classes: by number, white and black, and by name."""
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
    for number, colour in enumerate(palette.frequent(swatches, transform.information.colours), 1):
        yield str(number), colour
    for number, colour in enumerate(extremes, 1):
        yield f"ex-{number}", colour
    for name, colour in palette.named(swatches).items():
        yield name.replace("_", "-"), colour


def _identifier(name: str) -> str:
    r"""Return a name as CSS takes it: `1.a` is `\31 \.a` (CSSOM, "serialize an identifier")."""
    return re.sub(r"^(-?)([0-9])", r"\1\\3\2 ", name).replace(".", r"\.")
