"""The output of `calotype cost`, and the page with the tables of the model."""

import argparse
import json
import re
from typing import Any

import pytest

from infra.commands import cost
from infra.costs.amounts import parse_amount
from infra.costs.document import fill_in
from infra.costs.tables import SECTIONS
from infra.costs.workload import Workload


def run(*arguments: str) -> int:
    parser = argparse.ArgumentParser(prog="calotype")
    cost.add_to(parser.add_subparsers(required=True))
    namespace = parser.parse_args(arguments)
    code: int = namespace.run(namespace)
    return code


@pytest.fixture
def print_command(capsys: pytest.CaptureFixture[str]) -> Any:
    def print_command(*arguments: str) -> str:
        assert run(*arguments) == 0
        return capsys.readouterr().out

    return print_command


def test_every_line_of_a_bill_has_a_source_and_a_date(print_command: Any) -> None:
    text = print_command("cost", "--views", "50M", "--originals", "200k", "--waf", "--no-free-tier")

    assert re.search(
        r"requests +50 M +\$1\.00 / 1 M HTTPS request \[1\]\+ +50\.00  one per view", text
    )
    assert re.search(r"transfer +2,146 +\$0\.085 / GB \[2\] ", text)
    assert "  [2]  https://aws.amazon.com/cloudfront/pricing/ (2026-11-24)" in text
    assert "+ quoted by others" in text
    cited = {int(number) for number in re.findall(r"\[(\d+)\]", text)}
    assert cited == set(range(1, len(cited) + 1))


def test_the_lines_of_a_bill_add_up_to_its_total(print_command: Any) -> None:
    text = print_command("cost", "--views", "2B")

    rows, rest = text.split("Total")[:2]
    amounts = re.findall(r"\]\+?\*? +([\d,]+\.\d\d)  ", rows)
    whole = parse_amount(re.findall(r"[\d,]+\.\d\d", rest)[0])
    assert sum(map(parse_amount, amounts)) == pytest.approx(whole, abs=0.005 * len(amounts))


def test_unconfirmed_prices_are_marked_and_the_mark_is_explained(print_command: Any) -> None:
    text = print_command("cost", "--views", "20B")

    assert re.search(r"  imgix +[\d,.]+~\*", text)
    assert re.search(r"  Cloudflare Images \(stored\) +[\d,.]+   ", text)
    assert "* has prices from memory, verify" in text


def test_the_quotas_are_ranked(print_command: Any) -> None:
    text = print_command("cost", "--views", "30B")

    first = text.split("AWS's default quotas")[1].splitlines()[1]
    assert re.match(r"  Lambda concurrency, new recipe +[\d,]+ +1,000 +\d+\.\d%", first)


def test_the_json_is_complete(print_command: Any) -> None:
    found = json.loads(
        print_command("cost", "--json", "--views", "1B", "--replaced-per-month", "2%")
    )

    assert set(found) == {"workload", "lines", "total", "alternatives", "quotas"}
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
    assert {"name", "used", "limit", "unit", "source", "utilisation"} == set(found["quotas"][0])


def test_an_unavailable_price_is_null_in_json_and_a_dash_in_text(print_command: Any) -> None:
    found = json.loads(print_command("cost", "--json", "--views", "1B"))
    text = print_command("cost", "--views", "1B")

    assert found["alternatives"][0]["total"] is None
    assert re.search(r"at a flat rate +- +no plan includes so much", text)


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
        (("cost", "--peak", "99"), "--peak accepts 1 to 24"),
    ],
)
def test_an_invalid_option_is_refused_in_a_sentence(
    arguments: tuple[str, ...], sentence: str
) -> None:
    with pytest.raises(ValueError, match=re.escape(sentence)):
        run(*arguments)


def test_help_lists_every_option_with_its_default(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        run("cost", "--help")

    text = " ".join(capsys.readouterr().out.split())
    assert "weight of a derivative, in KB (default: 45)" in text
    assert "%%" not in text
    assert "share of the originals that is replaced (default: 2%)" in text


def test_an_unused_deployment_costs_little(print_command: Any) -> None:
    found = json.loads(print_command("cost", "--json", "--views", "0", "--originals", "0"))

    # Two secrets; 21 alarms and 15 metrics beyond the free ten.
    assert found["total"] == pytest.approx(0.80 + 2.20 + 4.50)
    assert Workload(views=0, originals=0).views == 0


# The page.


def test_a_page_without_a_place_for_a_table_is_refused() -> None:
    with pytest.raises(
        ValueError, match=r"cost\.md lacks the markers of inputs: <!-- begin inputs -->"
    ):
        fill_in("# Cost\n")


def test_a_table_replaces_the_text_between_its_markers() -> None:
    marks = "".join(f"<!-- begin {name} -->\nold\n<!-- end {name} -->\n" for name in SECTIONS)

    filled = fill_in(marks)

    assert "old" not in filled
    assert fill_in(filled) == filled
    assert "| views a month | 100,000 | 50 M | 30.42 B |" in filled
