"""What `calotype cost` and `calotype simulate` print, and the page that is made of the model."""

import argparse
import json
import re
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from infra.commands import cost
from infra.costs.amounts import amount
from infra.costs.document import page
from infra.costs.plot import COLOURS, Axis, Curve, draw
from infra.costs.workload import Workload

AXES = (Axis("views", 1, 1e6), Axis("dollars", 1, 1e3, before="$"))


def run(*arguments: str) -> int:
    parser = argparse.ArgumentParser(prog="calotype")
    cost.add_to(parser.add_subparsers(required=True))
    asked = parser.parse_args(arguments)
    code: int = asked.run(asked)
    return code


@pytest.fixture
def printed(capsys: pytest.CaptureFixture[str]) -> Any:
    def printed(*arguments: str) -> str:
        assert run(*arguments) == 0
        return capsys.readouterr().out

    return printed


def test_a_bill_has_a_line_for_everything_with_its_source_and_date(printed: Any) -> None:
    text = printed("cost", "--views", "50M", "--originals", "200k", "--waf", "--no-free-tier")

    assert re.search(
        r"requests +50 M +\$1\.00 / 1 M HTTPS request \[1\]\+ +50\.00  one a view", text
    )
    assert re.search(r"transfer +2,146 +\$0\.085 / GB \[2\] ", text)
    assert "  [2]  https://aws.amazon.com/cloudfront/pricing/ (2026-11-24)" in text
    assert "+ quoted by others" in text
    cited = {int(number) for number in re.findall(r"\[(\d+)\]", text)}
    assert cited == set(range(1, len(cited) + 1))


def test_the_lines_of_a_bill_add_up_to_its_total(printed: Any) -> None:
    text = printed("cost", "--views", "2B")

    rows, told_total = text.split("Total")[:2]
    amounts = re.findall(r"\]\+?\*? +([\d,]+\.\d\d)  ", rows)
    whole = amount(re.findall(r"[\d,]+\.\d\d", told_total)[0])
    assert sum(map(amount, amounts)) == pytest.approx(whole, abs=0.005 * len(amounts))


def test_what_is_not_confirmed_is_marked_and_the_mark_explained(printed: Any) -> None:
    text = printed("cost", "--views", "20B")

    assert re.search(r"  imgix +[\d,.]+~\*", text)
    assert re.search(r"  Cloudflare Images \(stored\) +[\d,.]+   ", text)
    assert "* has prices from memory, verify" in text


def test_a_comparison_says_from_how_many_views_on_it_changes(printed: Any) -> None:
    text = printed("cost")

    assert re.search(r"imgix +[\d,.]+[~*]* ", text)
    assert re.search(r"M  Calotype, CloudFront at a flat rate becomes dearer than Calotype", text)


def test_what_is_printed_as_json_has_all_of_it(printed: Any) -> None:
    found = json.loads(printed("cost", "--json", "--views", "1B", "--replaced-per-month", "2%"))

    assert set(found) == {"workload", "lines", "total", "alternatives", "crossings"}
    assert found["workload"]["views"] == 1e9
    line = found["lines"][0]
    assert set(line) == {
        *("group", "name", "quantity", "unit", "unit_price", "dollars", "how"),
        *("source", "looked_up", "evidence", "confirmed"),
    }
    assert found["total"] == pytest.approx(
        sum(line["dollars"] for line in found["lines"]), abs=0.01
    )
    assert {"name", "total", "extrapolated", "confirmed", "note", "source", "lines"} == set(
        found["alternatives"][0]
    )
    assert {"name", "views", "becomes_dearer"} == set(found["crossings"][0])


def test_what_cannot_be_had_is_null_in_json_and_a_dash_in_text(printed: Any) -> None:
    found = json.loads(printed("cost", "--json", "--views", "1B"))
    text = printed("cost", "--views", "1B")

    assert found["alternatives"][0]["total"] is None
    assert re.search(r"at a flat rate +- +no plan carries so much", text)


def test_a_simulation_ranks_the_quotas(printed: Any) -> None:
    text = printed("simulate")

    first = text.split("breaks at  views a day\n")[1].splitlines()[0]
    assert first.startswith("  Lambda concurrency, new recipe")
    assert "derivatives bucket" in text
    assert "A month of this costs" in text


def test_a_simulation_as_json_has_all_of_it(printed: Any) -> None:
    found = json.loads(printed("simulate", "--json", "--views-per-day", "10M", "--no-shield"))

    assert set(found) == {
        *(
            "network",
            "workload",
            "tiers",
            "busiest",
            "renders_at_a_time_by_hour",
            "quotas",
            "check",
        ),
    }
    assert [tier["name"] for tier in found["tiers"]] == [
        "edge locations",
        "regional caches",
        "derivatives bucket",
    ]
    assert len(found["renders_at_a_time_by_hour"]) == 24
    assert {"utilisation", "breaks_at", "source", "confirmed"} <= set(found["quotas"][0])


@pytest.mark.parametrize(
    "arguments, sentence",
    [
        (("cost", "--views", "lots"), "--views accepts a number such as 1200, 200k, 50M or 1.5B"),
        (
            ("cost", "--hit-ratio", "95"),
            "--hit-ratio accepts a share such as 2% or 0.02, at most 100%",
        ),
        (("cost", "--region", "eu-west-1"), "--region accepts us-east-1, us-east-2, us-west-2"),
        (("cost", "--memory-mb", "99"), "--memory-mb accepts 128 to 10,240, as Lambda does"),
        (("simulate", "--peak", "9"), "--peak accepts 1 to 2"),
        (("simulate", "--exponent", "steep"), "--exponent accepts a number such as"),
    ],
)
def test_what_cannot_be_used_is_refused_in_a_sentence(
    arguments: tuple[str, ...], sentence: str
) -> None:
    with pytest.raises(ValueError, match=re.escape(sentence)):
        run(*arguments)


@pytest.mark.parametrize("command", ["cost", "simulate"])
def test_help_tells_every_option_with_its_default(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        run(command, "--help")

    told = " ".join(capsys.readouterr().out.split())
    assert "weight of a derivative, in KB (default: 45)" in told
    assert "%%" not in told
    assert "share of the originals that is replaced (default: 2%)" in told


def test_nothing_at_all_costs_next_to_nothing(printed: Any) -> None:
    found = json.loads(printed("cost", "--json", "--views", "0", "--originals", "0"))

    # Two secrets; 21 alarms and 15 metrics beyond the free ten.
    assert found["total"] == pytest.approx(0.80 + 2.20 + 4.50)
    assert Workload(views=0, originals=0).views == 0


# The page.


def test_a_page_without_a_place_for_a_table_is_refused() -> None:
    with pytest.raises(
        ValueError, match=r"cost\.md has no place for inputs: <!-- begin inputs -->"
    ):
        page("# Cost\n")


def test_a_picture_names_every_curve_where_it_ends() -> None:
    curves = [
        Curve("<ours>", [(1, 1), (1e6, 500)], strong=True),
        Curve("theirs", [(1, 2), (1e6, 510)]),
    ]

    root = ET.fromstring(draw("Cost & views", curves, *AXES))  # noqa: S314 reason: our own picture

    space = {"svg": "http://www.w3.org/2000/svg"}
    texts = {text.text: float(text.attrib["y"]) for text in root.iterfind("svg:text", space)}
    assert {"<ours>", "theirs", "$100", "10k"} <= set(texts)
    assert abs(texts["<ours>"] - texts["theirs"]) >= 15
    assert len(root.findall("svg:polyline", space)) == 2
    assert root.findtext("svg:title", namespaces=space) == "Cost & views"


def test_a_curve_ends_where_its_numbers_do() -> None:
    picture = draw("", [Curve("", [(1, 1), (1e6, 1e3)])], *AXES)

    assert 'points="70.0,460.0 640.0,20.0"' in picture


@pytest.mark.parametrize("colour", COLOURS)
@pytest.mark.parametrize("page_colour", ["#ffffff", "#0d1117"])
def test_every_curve_stands_out_from_a_light_and_a_dark_page(colour: str, page_colour: str) -> None:
    lighter, darker = sorted((_luminance(colour), _luminance(page_colour)), reverse=True)

    assert (lighter + 0.05) / (darker + 0.05) >= 3


def _luminance(colour: str) -> float:
    """Return the relative luminance of WCAG 2.2."""
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [
        each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in channels
    ]
    return sum(weight * each for weight, each in zip((0.2126, 0.7152, 0.0722), linear, strict=True))
