"""The stages of a render, in their order, which does not depend on the order in a URL.

The docstring of each stage gives the reason for its place.
"""

from typing import Final

from origin_lambda.image.raster import R
from origin_lambda.image.stages.extend import Extend
from origin_lambda.image.stages.flatten import Flatten
from origin_lambda.image.stages.orient import Orient
from origin_lambda.image.stages.resize import Resize
from origin_lambda.image.stages.rotate import Rotate
from origin_lambda.image.stages.stage import Scene, Stage
from origin_lambda.image.stages.to_srgb import ToSrgb
from origin_lambda.stopwatch import Stopwatch
from origin_lambda.url.transform import Transform
from origin_lambda.url.values import Auto

_GEOMETRY: Final[tuple[type[Stage], ...]] = (Resize, Orient, ToSrgb, Rotate)
_CANVAS: Final[tuple[type[Stage], ...]] = (Extend, Flatten)
_PLAIN: Final = Transform()


def list_stages() -> tuple[type[Stage], ...]:
    """Return all stages."""
    changes, marks = _import_faces()
    effects, fills, shapes = _import_effects(), _import_fills(), _import_shapes()
    layers, watermarks = _import_layers()
    drawn = (*layers, *shapes, *watermarks, *_import_text(), *marks)
    return (*_GEOMETRY, *changes, *effects, *fills, *_CANVAS, *drawn)


def _import_effects() -> tuple[type[Stage], ...]:
    """Return the stages of effects. The first request that needs one imports them."""
    from origin_lambda.image.stages.effects.order import EFFECTS

    return EFFECTS


def _import_fills() -> tuple[type[Stage], ...]:
    """Return the stages that fill the box. The first request that needs one imports them."""
    from origin_lambda.image.stages.fills.order import FILLS

    return FILLS


def _import_layers() -> tuple[tuple[type[Stage], ...], tuple[type[Stage], ...]]:
    """Return the stages of layers, and those of watermarks, as for effects."""
    from origin_lambda.image.stages.layers.order import LAYERS, WATERMARKS

    return LAYERS, WATERMARKS


def _import_shapes() -> tuple[type[Stage], ...]:
    """Return the stages of borders and masks. The first request that needs one imports them."""
    from origin_lambda.image.stages.shapes.order import SHAPES

    return SHAPES


def _import_text() -> tuple[type[Stage], ...]:
    """Return the stage that draws text. The first request that needs it imports it."""
    from origin_lambda.image.stages.text.order import TEXT

    return TEXT


def _import_faces() -> tuple[tuple[type[Stage], ...], tuple[type[Stage], ...]]:
    """Return the stages that change faces, and those that mark them, as for effects."""
    from origin_lambda.image.stages.faces.order import FACES, MARKS

    return FACES, MARKS


def plan_stages(transform: Transform, scene: Scene) -> tuple[Stage, ...]:
    """Return the stages that have work to do."""
    has_effects = transform.adjust != _PLAIN.adjust or transform.stylize != _PLAIN.stylize
    effects = _import_effects() if has_effects else ()
    fills = _import_fills() if scene.layout.placement.fills_box else ()
    layers = _import_layers()[0] if transform.blend != _PLAIN.blend else ()
    shapes = _import_shapes() if transform.shape != _PLAIN.shape else ()
    text = _import_text() if transform.text != _PLAIN.text else ()
    has_faces = (
        transform.faces != _PLAIN.faces
        or transform.cropping.shows_marks
        or Auto.REDEYE in transform.output.auto
    )
    changes, marks = _import_faces() if has_faces else ((), ())
    drawn = (*layers, *shapes, *text, *marks)
    stages = (*_GEOMETRY, *changes, *effects, *fills, *_CANVAS, *drawn)
    planned = (stage.plan(transform, scene) for stage in stages)
    return tuple(stage for stage in planned if stage)


def insert_stage(stages: tuple[Stage, ...], stage: Stage) -> tuple[Stage, ...]:
    """Return planned stages with one more, at its place in the order."""
    order = list_stages()
    return tuple(sorted((*stages, stage), key=lambda each: order.index(type(each))))


def run_stages(stages: tuple[Stage, ...], raster: R, watch: Stopwatch) -> R:
    """Return the raster after all stages; the resize has its own timing: it has the most pixels.

    Raises:
        OutOfTime: the deadline passed before the end.

    """
    for stage in stages:
        with watch.stage("resize" if isinstance(stage, Resize) else "steps"):
            raster = stage.apply(raster)
    return raster
