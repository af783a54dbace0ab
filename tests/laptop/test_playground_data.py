"""The data of the playground: the parameter table, the originals, signed links, the policy."""

import re
from typing import Any, Final

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from infra.laptop.links import build_unsigned_link, make_link_builder
from infra.laptop.playground.labels import LABELS
from infra.laptop.playground.originals import Originals
from infra.laptop.playground.page_files import PAGE
from infra.laptop.playground.parameters import describe_kind, describe_table
from infra.laptop.playground.routes import build_routes
from origin_lambda.image.analysis.analyse import Analysis
from origin_lambda.image.analysis.faces import Face
from origin_lambda.image.analysis.measure import Description
from origin_lambda.image.formats import Kind
from origin_lambda.image.geometry import Box, Size
from origin_lambda.image.probe import Facts
from origin_lambda.originals.record import Annotations, OriginalRecord, Reason, Status
from origin_lambda.url import kinds
from origin_lambda.url.admission import Policy
from origin_lambda.url.grammar import parse
from origin_lambda.url.kinds.kind import Plain
from origin_lambda.url.signature import verify
from origin_lambda.url.transform import TABLE

KEYS: Final = [f"cats/{number}.jpg" for number in range(70)] + ["Dogs/a b.jpg"]


def describe(key: str, record: OriginalRecord | None) -> dict[str, Any]:
    return Originals(list, lambda _: record, build_unsigned_link).describe(key)


@pytest.fixture
def client() -> TestClient:
    originals = Originals(lambda: KEYS, lambda _: None, build_unsigned_link)
    return TestClient(Starlette(routes=build_routes(originals, "a token", build_unsigned_link)))


def test_every_parameter_of_the_table_is_described_once_in_its_order() -> None:
    described = [each for group in describe_table()["groups"] for each in group["parameters"]]

    assert [each["name"] for each in described] == [row.name for row in TABLE.all_rows]
    assert all(each["text"] and each["expected"] for each in described)


def test_every_parameter_has_a_label_of_its_own_and_a_help_of_one_line() -> None:
    described = [each for group in describe_table()["groups"] for each in group["parameters"]]

    assert set(LABELS) == {row.name for row in TABLE.all_rows}
    assert len(set(LABELS.values())) == len(LABELS)
    assert all(2 < len(label) <= 33 and label[0].isupper() for label in LABELS.values())
    assert max(len(each["summary"]) for each in described) <= 160
    assert [each["summary"] for each in described if each["name"] in {"enlarge", "rect"}] == [
        "Use only this rectangle of the original.",
        "Allow a result with more pixels than the original.",
    ][::-1]


def test_a_default_is_a_value_that_a_url_can_have() -> None:
    for group in describe_table()["groups"]:
        for each in group["parameters"]:
            if each["default"] is not None and group["name"] != "access":
                parse("/tom.jpg", f"{each['name']}={each['default']}")


def test_an_unknown_kind_is_a_text_field() -> None:
    class Poem(Plain):
        """A kind that the playground does not know."""

    assert describe_kind(Poem()) == {"type": "text"}  # type: ignore[arg-type]  # reason: it has no methods
    assert describe_kind(kinds.Decimal(0, 1, 2)) == {"type": "range", "low": 0, "high": 1, "step": 0.01}  # fmt: skip


def test_originals_are_found_by_a_part_of_the_key_page_by_page(client: TestClient) -> None:
    found = client.get("/_/originals.json", params={"search": "dogs"}).json()
    page = client.get("/_/originals.json", params={"offset": 60, "limit": 48}).json()
    odd = client.get("/_/originals.json", params={"offset": "-1", "limit": "9999999"}).json()

    assert (found["count"], found["originals"][0]["key"]) == (1, "Dogs/a b.jpg")
    assert found["originals"][0]["tile"].startswith("/Dogs/a%20b.jpg?w=")
    assert (page["count"], len(page["originals"])) == (71, 11)
    assert len(odd["originals"]) == 60


def test_an_ingested_original_has_its_facts() -> None:
    facts = Facts(kind=Kind.JPEG, size=Size(400, 100), orientation=6)
    record = OriginalRecord(
        "tom.jpg",
        status=Status.READY,
        bytes=2048,
        annotations=Annotations(alt="Tom", faces=(Face(Box(0.25, 0.5, 0.75, 1)),)),
        analysis=Analysis(facts, Description("", 8, {}), None),
    )

    described = describe("tom.jpg", record)

    assert (described["width"], described["height"]) == (100, 400)
    assert described["faces"] == [[0.25, 0.5, 0.5, 0.5]]
    assert (described["alt"], described["bytes"], described["status"]) == ("Tom", 2048, "ready")


def test_a_rejected_original_has_its_reason_and_no_picture() -> None:
    reason = Reason("not-a-picture", "it is no picture")
    described = describe("a.jpg", OriginalRecord("a.jpg", status=Status.REJECTED, reason=reason))

    assert described["reason"] == "it is no picture"
    assert "tile" not in described


def test_links_are_signed_if_the_policy_requires_it() -> None:
    policy = Policy(keys={"2026": "new"}, require_signature=True)
    link = make_link_builder(policy)
    originals = Originals(list, lambda _: None, link)
    client = TestClient(Starlette(routes=build_routes(originals, "", link)))

    answer = client.post("/_/links.json", json={"key": "a b.jpg", "queries": ["w=9", ""]})

    assert client.get("/_/settings.json").json() == {"token": "", "isSigned": True}
    for each in answer.json()["links"]:
        path, _, query = each.partition("?")
        assert path == "/a%20b.jpg"
        assert verify(path, query, policy.keys, None)


def test_the_page_allows_no_inline_script_and_no_other_server(client: TestClient) -> None:
    page = client.get("/_/")
    policy = page.headers["content-security-policy"]

    assert page.headers["content-type"].startswith("text/html")
    assert "script-src 'self'; style-src 'self'" in policy
    assert "unsafe" not in policy
    assert "http" not in page.text
    modules = {path.name for path in PAGE.glob("*.js")} - {"main.js", "recipes.js"}
    assert set(re.findall(r'modulepreload" href="/_/page/([a-z_]+\.js)"', page.text)) == modules


def test_only_the_files_of_the_page_are_served(client: TestClient) -> None:
    statuses = {
        path.name: client.get(f"/_/page/{path.name}").status_code for path in PAGE.iterdir()
    }

    assert set(statuses.values()) == {200}
    assert client.get("/_/page/..%2Froutes.py").status_code == 404
    assert client.get("/_/page/routes.py").status_code == 404
