"""Scenarios: those that are shipped, and what is said of those that cannot be read."""

from pathlib import Path

import pytest

from bench.latency.reading import parsed, scenario_from, shipped
from bench.latency.scenario import Arrivals, Choices, Span
from bench.latency.table import BadScenario
from tests.latency.samples import LEAST

SHIPPED = ["burst", "cold-miss", "cold-start", "edge-hit", "page-of-30", "stored-hit", "warm-miss"]


def test_all_scenarios_are_shipped_and_named_as_their_files() -> None:
    assert list(shipped()) == SHIPPED
    assert [scenario_from(name).name for name in SHIPPED] == SHIPPED


@pytest.mark.parametrize("name", SHIPPED)
def test_a_peer_can_be_asked_what_a_shipped_scenario_asks(name: str) -> None:
    assert {"width", "format"} <= set(scenario_from(name).variables)


def test_all_that_a_scenario_may_say_is_read() -> None:
    text = """
    name = "all"
    description = "  Two\\n lines.  "
    population = 5
    prime = true
    expect_tier = ["edge", "stored"]
    requests = [{ template = "/{key}?w={w}", weight = 2, accept = "image/webp" }, { template = "/x" }]
    variables = { w = [1, "2:3", 4.5], h = { from = 5, to = 9, step = 2 } }
    originals = { keys = ["a.jpg"], suffixes = [".jpg"], most = 3 }
    load = { arrivals = "closed", concurrency = 7, rate = 2, warm_up = 1, duration = 0.5 }
    group = { size = 30, same = true, connections = 6 }
    local = { edge_cache = 0, note = "here" }
    assertions = { max_error_rate = 0, expect_format = "webp", p99_ms = 200, min_tier_share = 0.9 }
    """

    read = parsed(text)

    assert read.description == "Two lines."
    assert read.requests[0].accept == "image/webp"
    assert read.variables == {"w": Choices((1, "2:3", 4.5)), "h": Span(5, 9, 2)}
    assert [read.variables["h"][at] for at in range(len(read.variables["h"]))] == [5, 7, 9]
    assert (read.load.arrivals, read.load.duration) == (Arrivals.CLOSED, 0.5)
    assert read.group is not None
    assert (read.group.size, read.group.same, read.group.connections) == (30, True, 6)
    assert (read.local.edge_cache, read.assertions.max_error_rate) == (0, 0)


@pytest.mark.parametrize(
    "added, complaint",
    [
        ("nmae = 1", "x.toml: nmae is no key that is known here"),
        ("unique = 1", "x.toml: unique accepts true or false"),
        ("population = 0", "x.toml: population accepts a whole number from 1 to 1,000,000"),
        ("population = true", "x.toml: population accepts a whole number"),
        ('expect_tier = "edge"', "x.toml: expect_tier accepts a list of texts"),
        ('expect_tier = ["egde"]', "x.toml: expect_tier accepts any of edge, stored"),
        ("prime = true", "x.toml: prime needs unique = true, or a population"),
        ("unique = true\npopulation = 3", "x.toml: population and unique exclude each other"),
        ("[load]\nrate = 0", "x.toml: load.rate accepts a number from 0.001"),
        ("[load]\nrate = nan", "x.toml: load.rate accepts a number"),
        ("[load]\nduration = inf", "x.toml: load.duration accepts a number"),
        ("[load]\nwarmup = 1", "x.toml: load.warmup is no key"),
        ('[load]\narrivals = "even"', "x.toml: load.arrivals accepts one of constant, poisson"),
        ("[group]\nconnections = 6", "x.toml: group.size is missing"),
        ("[originals]\nmost = 0", "x.toml: originals.most accepts"),
        ("[assertions]\np99 = 3", "x.toml: assertions.p99 is no key"),
        ("[assertions]\nmin_tier_share = 1", "x.toml: assertions.min_tier_share needs expect_tier"),
        ("load = 3", "x.toml: load accepts a table"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_with_the_key_at_fault(added: str, complaint: str) -> None:
    top, below = ("", added) if added.startswith("[") else (added, "")

    with pytest.raises(BadScenario) as caught:
        parsed(f"{top}\n{LEAST}\n{below}", "x.toml")

    assert str(caught.value).startswith(complaint)


@pytest.mark.parametrize(
    "before, after, complaint",
    [
        ('name = "sample"', "", "x.toml: name is missing"),
        ('name = "sample"', 'name = "<b>"', "x.toml: name accepts lower-case letters"),
        ("width =", "size =", "x.toml: requests[0].template uses {width}, which is no variable"),
        ("/{key}", "{key}", "x.toml: requests[0].template accepts a path"),
        ("/{key}", "/{key} ", "x.toml: requests[0].template accepts a path"),
        ("/{key}", "/{key}}", "x.toml: requests[0].template has a brace"),
        ("/{key}", "/{key!r}", "x.toml: requests[0].template uses {key!r}"),
        ("[[requests]]", "[requests]", "x.toml: requests accepts one table or more"),
        ('["webp"]', "[]", "x.toml: variables.format accepts a list"),
        ('["webp"]', '["a b"]', "x.toml: variables.format accepts a list"),
        ('["webp"]', "[[1]]", "x.toml: variables.format accepts a list"),
        ("to = 1000", "to = 0", "x.toml: variables.width.to accepts a whole number from 1 to"),
        ("from = 1, ", "", "x.toml: variables.width.from is missing"),
        ("from = 1,", "from = 1, by = 2,", "x.toml: variables.width.by is no key"),
        ("width =", "key =", "x.toml: variables.key is no name"),
        ('name = "sample"', "name = ", "x.toml: not TOML"),
    ],
)  # fmt: skip
def test_a_changed_line_is_what_the_error_names(before: str, after: str, complaint: str) -> None:
    assert before in LEAST

    with pytest.raises(BadScenario) as caught:
        parsed(LEAST.replace(before, after), "x.toml")

    assert str(caught.value).startswith(complaint)


def test_a_name_that_is_neither_file_nor_shipped_is_told_what_there_is(tmp_path: Path) -> None:
    with pytest.raises(BadScenario, match="neither a file nor one of burst, cold-miss"):
        scenario_from(str(tmp_path / "nothing"))


def test_a_file_of_bytes_is_no_scenario(tmp_path: Path) -> None:
    path = tmp_path / "x.toml"
    path.write_bytes(b"\xff\xfe")

    with pytest.raises(BadScenario, match="cannot be read"):
        scenario_from(str(path))


def test_a_file_is_read_by_its_path(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(LEAST)

    assert scenario_from(str(path)).name == "sample"
