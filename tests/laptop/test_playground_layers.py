"""Where the playground finds the layers of a result: where the origin draws them."""

from typing import Any, Final

import pytest

from infra.laptop.playground.layers import locate_layers
from origin_lambda.image.analysis.analyse import Analysis
from origin_lambda.image.analysis.measure import Description
from origin_lambda.image.formats import Kind
from origin_lambda.image.geometry import Size
from origin_lambda.image.probe import Facts
from origin_lambda.originals.record import OriginalRecord, Status

CANVAS: Final = Size(600, 400)
LOGO: Final = Analysis(Facts(Kind.JPEG, Size(50, 100), orientation=6), Description("", 8, {}), None)


def find(key: str) -> OriginalRecord | None:
    is_known = key == "_layers/logo.jpg"
    return OriginalRecord(key, status=Status.READY, analysis=LOGO) if is_known else None


def locate(query: str) -> dict[str, Any]:
    return {layer["name"]: layer for layer in locate_layers(query, CANVAS, find)}


@pytest.mark.parametrize(
    ("query", "box", "at"),
    [
        ("mark-w=60", [535, 365, 60, 30], [535, 365]),
        ("mark-w=60&dpr=2", [470, 330, 120, 60], [235, 165]),
        ("mark-w=60&mark-align=top,left&mark-pad=20", [20, 20, 60, 30], [20, 20]),
        ("mark-scale=50&mark-x=7&mark-y=0", [7, 0, 300, 150], [7, 0]),
        ("mark-w=60&mark-rot=90", [565, 335, 30, 60], [565, 335]),
    ],
)
def test_a_watermark_is_where_the_plan_draws_it(query: str, box: list[int], at: list[int]) -> None:
    found = locate(f"mark=_layers/logo.jpg&{query}")["mark"]

    assert (found["box"], found["at"]) == (box, at)


def test_a_blended_picture_is_found_unless_it_covers_the_result() -> None:
    blend = "blend=_layers/logo.jpg%3Frot%3D90&blend-mode=normal&blend-w=100"

    assert locate(f"{blend}&blend-x=9&blend-y=8")["blend"]["box"] == [9, 8, 100, 200]
    assert locate(f"{blend}&blend-size=inherit") == {}


@pytest.mark.parametrize(
    "place", ["&txt-align=left", "&txt-align=top,center", "&txt-x=40&txt-y=30&dpr=2"]
)
def test_text_stays_in_place_with_the_offsets_that_are_found(place: str) -> None:
    found = locate(f"txt=Tom%0AKatze&txt-size=40{place}")["txt"]
    x, y = found["at"]
    dpr = "&dpr=2" if "dpr" in place else ""
    again = locate(f"txt=Tom%0AKatze&txt-size=40&txt-x={x}&txt-y={y}{dpr}")["txt"]

    assert again["box"] == pytest.approx(found["box"], abs=2)


def test_what_cannot_be_moved_or_read_is_left_out() -> None:
    for query in ("", "mark=_layers/unknown.png", "mark=_layers/logo.jpg&mark-tile=grid", "w=x"):
        assert locate(query) == {}
    assert locate("txt=%20") == {}
