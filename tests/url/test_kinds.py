"""The texts that each kind of value accepts, their values, and their canonical texts."""

import string
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from origin_lambda.url import kinds
from origin_lambda.url.kinds import Kind, from_base64url, to_base64url
from origin_lambda.url.transform import Param
from origin_lambda.url.values import (
    Auto,
    AutoQuality,
    Colour,
    ColourLayer,
    Crop,
    Fit,
    Format,
    Layer,
    Negotiated,
    Place,
    Rect,
    Share,
)
from tests.support.strategies import PARAMS, values_of

WHOLE = kinds.Whole(1, 8192)
DECIMAL = kinds.Decimal(0.01, 5, 2)
SIDE = kinds.Side(1, 8192)
FIT = kinds.OneOf(tuple(Fit))
FORMAT = kinds.OneOf(tuple(Format), (("jpeg", Format.JPEG),), tuple(Negotiated))
CROP = kinds.SetOf(tuple(Crop), kept=tuple(Crop))
AUTO = kinds.SetOf(tuple(Auto), kept=(Auto.FORMAT,))
AIM = kinds.SetOf(
    (Crop.TOP, Crop.FOCALPOINT), (Crop.TOP, Crop.FOCALPOINT), (("faces", Crop.FOCALPOINT),)
)
RATIO = kinds.Ratio(0.001, 1000)
FULL = Share(10_000)

ACCEPTED: list[tuple[Kind, str, Any, str]] = [
    (WHOLE, "1", 1, "1"),
    (WHOLE, "8192", 8192, "8192"),
    (WHOLE, "007", 7, "7"),
    (WHOLE, "2.4", 2, "2"),
    (WHOLE, "2.5", 3, "3"),
    (WHOLE, ".5", 1, "1"),
    (WHOLE, "7.", 7, "7"),
    (DECIMAL, "2", 2.0, "2"),
    (DECIMAL, "2.00", 2.0, "2"),
    (DECIMAL, "1.50", 1.5, "1.5"),
    (DECIMAL, "0.01", 0.01, "0.01"),
    (DECIMAL, "1.005", 1.0, "1"),
    (DECIMAL, "1.016", 1.02, "1.02"),
    (kinds.Angle(), "0", 0.0, "0"),
    (kinds.Angle(), "90", 90.0, "90"),
    (kinds.Angle(), "-90", 270.0, "270"),
    (kinds.Angle(), "-0", 0.0, "0"),
    (kinds.Angle(), "360", 0.0, "0"),
    (kinds.Angle(), "-360", 0.0, "0"),
    (kinds.Angle(), "12.34", 12.3, "12.3"),
    (kinds.Angle(), "359.96", 0.0, "0"),
    (kinds.Orientation(), "0", 1, "1"),
    (kinds.Orientation(), "1", 1, "1"),
    (kinds.Orientation(), "8", 8, "8"),
    (kinds.Orientation(), "90", 6, "6"),
    (kinds.Orientation(), "180", 3, "3"),
    (kinds.Orientation(), "270", 8, "8"),
    (SIDE, "1", 1, "1"),
    (SIDE, "640", 640, "640"),
    (SIDE, "640.5", 641, "641"),
    (SIDE, "0.5", Share(5000), "0.5"),
    (SIDE, ".5", Share(5000), "0.5"),
    (SIDE, "0.33333", Share(3333), "0.3333"),
    (SIDE, "0.0001", Share(1), "0.0001"),
    (SIDE, "1.0", FULL, "1.0"),
    (SIDE, "1.", FULL, "1.0"),
    (SIDE, "1.5", 2, "2"),
    (kinds.Side(0, 10), "0", 0, "0"),
    (kinds.Side(0, 10), "0.0", 0, "0"),
    (FIT, "crop", Fit.CROP, "crop"),
    (FORMAT, "jpg", Format.JPEG, "jpg"),
    (FORMAT, "jpeg", Format.JPEG, "jpg"),
    (FORMAT, "auto-avif", Negotiated.AVIF, "auto-avif"),
    (CROP, "top", frozenset({Crop.TOP}), "top"),
    (CROP, "left,top", frozenset({Crop.TOP, Crop.LEFT}), "top_left"),
    (CROP, "top_left", frozenset({Crop.TOP, Crop.LEFT}), "top_left"),
    (CROP, "top,top", frozenset({Crop.TOP}), "top"),
    (AUTO, "format,compress", frozenset({Auto.FORMAT}), "format"),
    (AUTO, "enhance", frozenset(), ""),
    (AIM, "faces", frozenset({Crop.FOCALPOINT}), "focalpoint"),
    (AIM, "faces,top,focalpoint", frozenset({Crop.TOP, Crop.FOCALPOINT}), "top_focalpoint"),
    (kinds.Flag(), "true", True, "true"),
    (kinds.Flag(), "1", True, "true"),
    (kinds.Flag(), "false", False, "false"),
    (kinds.Flag(), "0", False, "false"),
    (kinds.ColourCode(), "fff", Colour(255, 255, 255), "ffffff"),
    (kinds.ColourCode(), "#fa0", Colour(255, 170, 0), "ffaa00"),
    (kinds.ColourCode(), "8fa0", Colour(255, 170, 0, 136), "88ffaa00"),
    (kinds.ColourCode(), "FFAA00", Colour(255, 170, 0), "ffaa00"),
    (kinds.ColourCode(), "80ffaa00", Colour(255, 170, 0, 128), "80ffaa00"),
    (kinds.ColourCode(), "00000000", Colour(0, 0, 0, 0), "00000000"),
    (kinds.ColourCode(), "teal", Colour(0, 128, 128), "008080"),
    (kinds.ColourCode(), "rebeccapurple", Colour(102, 51, 153), "663399"),
    (RATIO, "16:9", 1.777778, "1.777778"),
    (RATIO, "3:2", 1.5, "1.5"),
    (RATIO, "1.5", 1.5, "1.5"),
    (RATIO, "1.5:1", 1.5, "1.5"),
    (RATIO, "1:1", 1.0, "1"),
    (kinds.Region(), "10,20,300,400", Rect(10, 20, 300, 400), "10_20_300_400"),
    (kinds.Region(), "10_20_300_400", Rect(10, 20, 300, 400), "10_20_300_400"),
    (kinds.Region(), "left,top,full,full", Rect(0, 0, FULL, FULL), "0_0_1.0_1.0"),
    (kinds.Region(), "right,bottom,5,6", Rect(Place.END, Place.END, 5, 6), "end_end_5_6"),
    (kinds.Region(), "center,middle,.5,.25", Rect(Place.CENTRE, Place.CENTRE, Share(5000), Share(2500)), "center_center_0.5_0.25"),
    (kinds.Token(64), "2024-11-23_a.B", "2024-11-23_a.B", "2024-11-23_a.B"),
    (kinds.Text(200), "Katze 1.jpg", "Katze 1.jpg", "S2F0emUgMS5qcGc"),
    (kinds.Text(200), "", "", ""),
    (kinds.Text(200), "猫", "猫", "54yr"),
    (kinds.LayerKey(), "cats/tom 1.jpg", Layer("cats/tom 1.jpg"), "Y2F0cy90b20gMS5qcGc"),
    (kinds.LayerKey(), "a.png?rot=90", Layer("a.png?rot=90"), "YS5wbmc_cm90PTkw"),
    (kinds.LayerOrColour(), "a.png", Layer("a.png"), "YS5wbmc"),
    (kinds.LayerOrColour(), "f00", ColourLayer("f00", Colour(255, 0, 0)), "ZjAw"),
    (kinds.Text(200, has_lines=True), "a\nb", "a\nb", "YQpi"),
    (kinds.Quality(), "0", 0, "0"),
    (kinds.Quality(), "100", 100, "100"),
    (kinds.Quality(), "auto", AutoQuality.AUTO, "auto"),
    (kinds.Quality(), "auto-good", AutoQuality.AUTO, "auto"),
    (kinds.Quality(), "auto-low", AutoQuality.LOW, "auto-low"),
]  # fmt: skip

NO_NUMBER = ["", " ", "1 ", " 1", "+1", "-1", "1e9", "NaN", "Infinity", "0x10", "1,5", "\u0661", "1_0", "1" * 10, ".", "1.1.1", "one"]  # fmt: skip

REFUSED: list[tuple[Kind, list[str]]] = [
    (WHOLE, [*NO_NUMBER, "0", "8193", "0.4"]),
    (DECIMAL, [*NO_NUMBER, "0", "0.004", "5.01"]),
    (kinds.Angle(), [*sorted(set(NO_NUMBER) - {"-1"}), "--1", "361", "-361"]),
    (kinds.Orientation(), [*NO_NUMBER, "9", "45", "-90", "360", "90.0"]),
    (SIDE, [*NO_NUMBER, "0", "0.0", "0.00001", "8193"]),
    (FIT, ["", "Crop", "faceareas", "crop ", "crop,max"]),
    (FORMAT, ["", "exe", "JPG", "mp4", "auto"]),
    (CROP, ["", "face", "top,", "top,,left", "top left", "Top"]),
    (AUTO, ["", "webp", "format;compress"]),
    (AIM, ["", "faces,", "Faces", "edges"]),
    (kinds.Flag(), ["", "yes", "True", "on", "2"]),
    (kinds.ColourCode(), ["", "ff", "fffff", "fffffff", "ggg", "##fff", "red1", "rgb(0,0,0)", "fff fff"]),
    (RATIO, ["", ":", "16:", ":9", "16:0", "0:9", "0", "16:9:1", "16/9", "-3:2", "1001", "a:b"]),
    (kinds.Region(), ["", "9,9", "1,2,3", "1,2,3,4,5", "1,2,0,4", "1,2,3,0", "-1,2,3,4", "top,left,3,4", "1,2,left,4", "1;2;3;4"]),
    (kinds.Token(8), ["", "a b", "a/b", "a,b", "é", "123456789"]),
    (kinds.Text(9, has_lines=True), ["a\r\nb", "a\tb", "0123\n56789"]),
    (kinds.Text(3), ["abcd", "é猫", "a\nb", "\0", "\x7f", "\x85"]),
    (kinds.LayerKey(), ["a\nb", "\x85", "k" * 1025]),
    (kinds.Quality(), [*NO_NUMBER, "101", "auto-bad", "best"]),
]  # fmt: skip


@pytest.mark.parametrize("kind, text, value, canonical", ACCEPTED)
def test_a_spelling_means_a_value_that_is_written_one_way(
    kind: Kind, text: str, value: Any, canonical: str
) -> None:
    parsed = kind.parse(text)

    assert parsed == value
    assert type(parsed) is type(value)
    assert kind.format(parsed) == canonical


@pytest.mark.parametrize("kind, text", [(kind, text) for kind, texts in REFUSED for text in texts])
def test_a_kind_refuses_other_texts(kind: Kind, text: str) -> None:
    with pytest.raises(ValueError):
        kind.parse(text)


@pytest.mark.parametrize("param", PARAMS, ids=lambda param: param.name)
@given(data=st.data())
def test_read_is_the_inverse_of_format(param: Param, data: st.DataObject) -> None:
    value = data.draw(values_of(param))

    assert param.kind.read(param.kind.format(value)) == value


@pytest.mark.parametrize("param", PARAMS, ids=lambda param: param.name)
@given(data=st.data())
def test_a_canonical_spelling_has_only_safe_characters(param: Param, data: st.DataObject) -> None:
    text = param.kind.format(data.draw(values_of(param)))

    assert set(text) <= set(string.ascii_letters + string.digits + "-_.")


@pytest.mark.parametrize("param", PARAMS, ids=lambda param: param.name)
@given(text=st.text() | st.from_regex(r"[0-9.,:_-]{1,12}", fullmatch=True))
def test_any_text_is_either_refused_or_written_in_a_way_that_reads_back(
    param: Param, text: str
) -> None:
    try:
        value = param.kind.parse(text)
    except ValueError:
        return

    assert param.kind.read(param.kind.format(value)) == value


@pytest.mark.parametrize("text", ["=", "a", "a b", "a+b", "a/b", "é", "_w"])
def test_what_is_not_base64url_of_utf8_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        from_base64url(text if text != "=" else "gICA")


@given(st.text(st.characters(codec="utf-8")))
def test_base64url_is_read_with_and_without_its_padding(text: str) -> None:
    spelled = to_base64url(text)

    assert from_base64url(spelled) == text
    assert from_base64url(spelled + "=" * (-len(spelled) % 4)) == text


def test_the_edge_treats_a_key_as_a_text() -> None:
    assert kinds.LayerKey().spec == kinds.Text(1024).spec
