"""Nothing in the value of a parameter that names a layer breaks the origin, or shows what it must not.

Only originals under the prefix of layers can be seen in a result.
"""

import io
from collections.abc import Iterator
from typing import Final
from unittest import mock
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from PIL import Image

from origin_lambda import log
from origin_lambda.image.probe import Limits
from origin_lambda.settings import DEFAULT_LAYER_PREFIX
from origin_lambda.url.transform import TABLE
from tests.support.origin_world import World, build_world
from tests.support.originals import draw, encoded
from tests.support.strategies import values_of

LAYERS: Final = ("_layers/logo.png", "_layers/anim.gif", "_layers/broken.jpg", "_layers/bomb.png")
SECRET: Final = "secret/red.png"
RED: Final = (255, 0, 0)

_keys: Final = st.sampled_from((*LAYERS, SECRET, "_layers/../" + SECRET, "_layers/", "_layers"))
_odd: Final = st.text("./_?&=%+#lays0 \u00e9\U0001f408", max_size=12)
_parameters: Final = st.sampled_from(TABLE.rows).flatmap(
    lambda row: values_of(row.param).map(row.param.kind.format).map(f"{row.name}={{}}".format)
)
_queries: Final = st.lists(_parameters, max_size=3).map("&".join)
VALUES: Final[SearchStrategy[str]] = st.one_of(
    _keys,
    st.builds("{}?{}".format, _keys, _queries),
    st.builds("{}{}".format, _keys, _odd),
    st.builds("{}?{}".format, _odd, _odd),
)
PARAMS: Final = ("mark", "blend", "txt=Hi&txt-font-file")
REST: Final = st.sampled_from(
    ("", "&mark-scale=50", "&mark-tile=grid", "&mark-w=1&mark-pad=0&mark-tile=grid", "&fm=json")
)


@pytest.fixture(scope="module", autouse=True)
def _silent() -> Iterator[None]:
    with mock.patch.object(log, "write", len):
        yield


@pytest.fixture(scope="module")
def world() -> World:
    limits = Limits(side=300, pixels_out=60_000, pixels_in=1_000_000, frame_pixels=100_000)
    built = build_world(limits=limits, layer_prefix=DEFAULT_LAYER_PREFIX)
    for key, name in zip(LAYERS, ("png-alpha", "gif-animated", "jpeg-truncated-header", "png-bomb"), strict=True):  # fmt: skip
        built.put(key, draw(name))
    built.put(SECRET, encoded(Image.new("RGB", (60, 40), RED), "PNG"))
    built.put("green.png", encoded(Image.new("RGB", (60, 40), "green"), "PNG"))
    return built


def check(world: World, param: str, value: str, rest: str) -> None:
    answer = world.ask("/green.png", f"fm=png&{param}={quote(value)}{rest}")

    assert answer.status in {200, 400, 403, 404, 413, 415, 422}, answer
    if answer.status == 200 and answer.headers["content-type"] == "image/png":
        key = value.partition("?")[0]
        assert key.startswith(DEFAULT_LAYER_PREFIX) or param == "blend"
        with Image.open(io.BytesIO(answer.body)) as image:
            colours = image.convert("RGB").getcolors(100_000) or []
        if not key.startswith(DEFAULT_LAYER_PREFIX):  # a colour
            assert len(colours) == 1


SETTINGS: Final = settings(deadline=None, suppress_health_check=list(HealthCheck), database=None)


@settings(SETTINGS, max_examples=200)
@given(st.sampled_from(PARAMS), VALUES, REST)
def test_the_value_of_a_layer_breaks_nothing(
    world: World, param: str, value: str, rest: str
) -> None:
    check(world, param, value, rest)


@pytest.mark.thorough
@settings(SETTINGS, max_examples=10_000)
@given(st.sampled_from(PARAMS), VALUES, REST)
def test_ten_thousand_values_of_layers_break_nothing(
    world: World, param: str, value: str, rest: str
) -> None:
    check(world, param, value, rest)
