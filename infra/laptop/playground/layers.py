"""Find where the watermark, the blended picture and the text of a result are, to drag them."""

from collections.abc import Callable, Iterator
from typing import Any, Final

from PIL import Image

from origin_lambda.adapters.pillow.raster import PillowRaster
from origin_lambda.errors import CalotypeError
from origin_lambda.image.formats import Kind
from origin_lambda.image.geometry import Dihedral, Size
from origin_lambda.image.layers.render import list_layers, list_steps
from origin_lambda.image.layers.request import LayerRequest
from origin_lambda.image.layout import plan_geometry
from origin_lambda.image.probe import Facts, Limits
from origin_lambda.image.stages.text.draw_text import DrawText, describe_block
from origin_lambda.originals.record import OriginalRecord
from origin_lambda.url.grammar import parse_query
from origin_lambda.url.layers import parse_layer
from origin_lambda.url.transform import Transform

FindRecord = Callable[[str], OriginalRecord | None]

_LIMITS: Final = Limits()
_MAX_PIXELS: Final = 8_000_000
"""The text is drawn to find it, which is too slow on a larger result."""


def locate_layers(query: str, canvas: Size, find_record: FindRecord) -> list[dict[str, Any]]:
    """Return the layers that can be moved on a result of the size *canvas*, for JSON.

    `box` is left, top, width and height in pixels of the result. `at` is the values of the
    parameters `NAME-x` and `NAME-y` that leave the layer where it is.
    """
    try:
        transform = parse_query(query)
        return [*_locate_pictures(transform, canvas, find_record), *_locate_text(transform, canvas)]
    except CalotypeError:
        return []


def _locate_pictures(
    transform: Transform, canvas: Size, find_record: FindRecord
) -> Iterator[dict[str, Any]]:
    for request in list_layers(transform, canvas, _LIMITS):
        record = find_record(request.layer.key)
        covers = request.param == "blend" and transform.blend.size is not None
        if covers or request.drawing.is_tile:
            continue
        if record is None or record.facts is None or not record.facts.size.width:
            continue
        size = _compute_size(request, record.facts)
        place = request.drawing.place(size)
        dpr = transform.size.dpr
        yield {
            "name": request.param,
            "box": [*place, *size],
            "at": [round(offset / dpr) for offset in place],
        }


def _compute_size(request: LayerRequest, facts: Facts) -> Size:
    """Return the size of a layer on the result, as it is planned."""
    own = parse_layer(request.layer, request.param)
    size = Dihedral.from_exif(facts.orientation).map_size(facts.size)
    for step in list_steps(own, request):
        size = plan_geometry(step, Facts(Kind.PNG, size), request.limits).placement.canvas
    return size


def _locate_text(transform: Transform, canvas: Size) -> Iterator[dict[str, Any]]:
    if transform.text.font_file is not None or canvas.pixels > _MAX_PIXELS:
        return
    box = _draw_text(transform, canvas)
    if box is None:
        return
    dpr = transform.size.dpr
    left, top = round(box[0] / dpr), round(box[1] / dpr)
    placed = transform.replace("text", x=left, y=top, align=frozenset())
    # The letters begin some pixels beside the place that `txt-x` and `txt-y` name.
    moved = _draw_text(placed, canvas) or box
    at = [round((2 * box[0] - moved[0]) / dpr), round((2 * box[1] - moved[1]) / dpr)]
    yield {
        "name": "txt",
        "box": [box[0], box[1], box[2] - box[0], box[3] - box[1]],
        "at": [max(0, offset) for offset in at],
    }


def _draw_text(transform: Transform, canvas: Size) -> tuple[int, int, int, int] | None:
    """Return left, top, right and bottom of the text; None without a visible one."""
    block = describe_block(transform, canvas)
    if block is None:
        return None
    raster = PillowRaster(Image.new("RGBA", (canvas.width, canvas.height)))
    return DrawText(block).apply(raster).image.getbbox()
