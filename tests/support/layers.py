"""Plans and renders the layers of a transform, whose keys are the names of test originals."""

from typing import Any, Final, NamedTuple

from origin_lambda.adapters.pillow.codec import PillowCodec
from origin_lambda.image.formats import Kind
from origin_lambda.image.geometry import Size
from origin_lambda.image.layers.fonts import bind_font
from origin_lambda.image.layers.render import add_layers, list_layers, render_layer
from origin_lambda.image.plan import Plan, plan
from origin_lambda.image.probe import Facts, Limits
from origin_lambda.image.text.block import FontFile
from origin_lambda.stopwatch import Stopwatch
from origin_lambda.url.transform import Transform
from tests.support.originals import draw

_ORIGINALS: Final = (
    Facts(Kind.PNG, Size(300, 200), alpha=True),
    Facts(Kind.JPEG, Size(20, 90)),
)


class _Sized(NamedTuple):
    """A raster of which only the size is known."""

    size: Size


def describe_layers(transform: Transform, planned: Plan) -> list[Any]:
    """Return all that the layers of a planned derivative are made from, for two originals."""
    found: list[Any] = []
    for request in list_layers(transform, planned.out, Limits()):
        for facts in _ORIGINALS:
            fitted = plan(request.fitted, facts, request.limits)
            turned = request.turned
            drawn = request.drawing.bind(_Sized(fitted.out))  # type: ignore[type-var]  # reason: no pixels are drawn
            found.append((request.param, request.layer, fitted.stages, turned, drawn))
    font = transform.text.font_file
    if font and (bound := bind_font(planned, FontFile(font.text, b""))) != planned:
        found.append(bound.stages)
    return found


def draw_layers(planned: Plan, transform: Transform) -> Plan:
    """Return a plan with the layers of its transform."""
    codec = PillowCodec()

    def plan_picture(key: str) -> Any:
        data = draw(key)
        return lambda own, limits: (plan(own, codec.probe(data), limits), data)

    requests = list_layers(transform, planned.out, Limits())
    return add_layers(
        planned,
        [
            request.drawing.bind(
                render_layer(request, plan_picture(request.layer.key), codec, Stopwatch())
            )
            for request in requests
        ],
    )
