"""The shipped scenarios, and the errors of invalid ones."""

from pathlib import Path

import pytest

from bench.latency.scenario import (
    Arrivals,
    BadScenario,
    Span,
    list_shipped,
    parse_scenario,
    read_scenario,
)
from tests.latency.samples import MINIMAL

SHIPPED = [
    *("burst", "cold-miss", "cold-start", "edge-hit", "page-of-30", "popular"),
    *("stored-hit", "warm-miss"),
]


def test_all_scenarios_are_shipped_and_named_as_their_files() -> None:
    assert list(list_shipped()) == SHIPPED
    assert [read_scenario(name).name for name in SHIPPED] == SHIPPED


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_scenario_has_a_width_and_a_format(name: str) -> None:
    assert {"width", "format"} <= set(read_scenario(name).variables)


def test_every_field_of_a_scenario_is_read() -> None:
    text = """
    name = "all"
    description = "  Two\\n lines.  "
    population = 5
    prime = true
    expect_tier = ["edge", "stored"]
    requests = [{ template = "/{key}?w={w}", weight = 2, accept = "image/webp" }, { template = "/x" }]
    variables = { w = [1, "2:3", 4.5], h = { from = 5, to = 9, step = 2 } }
    originals = { keys = ["a.jpg"], suffixes = [".jpg"], most = 3 }
    load = { arrivals = "poisson", rate = 2, warm_up = 1, duration = 0.5 }
    group = { size = 30, same = true, connections = 6 }
    local = { edge_cache = 0, note = "here" }
    assertions = { max_error_rate = 0, expect_format = "webp", p99_ms = 200, min_tier_share = 0.9 }
    """

    read = parse_scenario(text)

    assert read.description == "Two lines."
    assert read.requests[0].accept == "image/webp"
    assert read.variables == {"w": [1, "2:3", 4.5], "h": Span(first=5, last=9, step=2)}
    assert [read.variables["h"][at] for at in range(len(read.variables["h"]))] == [5, 7, 9]
    assert (read.load.arrivals, read.load.duration) == (Arrivals.POISSON, 0.5)
    assert read.group is not None
    assert (read.group.size, read.group.same, read.group.connections) == (30, True, 6)
    assert (read.local.edge_cache, read.assertions.max_error_rate) == (0, 0)


@pytest.mark.parametrize(
    "added, complaint",
    [
        ("nmae = 1", "x.toml: Object contains unknown field `nmae`"),
        ("unique = 1", "x.toml: Expected `bool`, got `int` - at `$.unique`"),
        ("population = 0", "x.toml: Expected `int` >= 1 - at `$.population`"),
        ("population = true", "x.toml: Expected `int | null`, got `bool` - at `$.population`"),
        ('expect_tier = "edge"', "x.toml: Expected `array`, got `str` - at `$.expect_tier`"),
        ('expect_tier = ["egde"]', "x.toml: expect_tier accepts any of edge, stored"),
        ("prime = true", "x.toml: prime needs unique = true, or a population"),
        ("unique = true\npopulation = 3", "x.toml: population and unique exclude each other"),
        ("[load]\nrate = 0", "x.toml: Expected `float` >= 0.001 - at `$.load.rate`"),
        ("[load]\nrate = nan", "x.toml: Expected `float`"),
        ("[load]\nduration = inf", "x.toml: Expected `float` <= 86400"),
        ("[load]\nwarmup = 1", "x.toml: Object contains unknown field `warmup` - at `$.load`"),
        ('[load]\narrivals = "even"', "x.toml: Invalid enum value 'even' - at `$.load.arrivals`"),
        ("[group]\nconnections = 6", "x.toml: Object missing required field `size` - at `$.group`"),
        ("[originals]\nmost = 0", "x.toml: Expected `int` >= 1 - at `$.originals.most`"),
        ("[assertions]\np99 = 3", "x.toml: Object contains unknown field `p99` - at `$.assertions`"),
        ("[assertions]\nmin_tier_share = 1", "x.toml: assertions.min_tier_share needs expect_tier"),
        ("load = 3", "x.toml: Expected `object`, got `int` - at `$.load`"),
    ],
)  # fmt: skip
def test_an_error_names_the_wrong_key(added: str, complaint: str) -> None:
    top, below = ("", added) if added.startswith("[") else (added, "")

    with pytest.raises(BadScenario) as caught:
        parse_scenario(f"{top}\n{MINIMAL}\n{below}", "x.toml")

    assert str(caught.value).startswith(complaint)


@pytest.mark.parametrize(
    "before, after, complaint",
    [
        ('name = "sample"', "", "x.toml: Object missing required field `name`"),
        ('name = "sample"', 'name = "<b>"', "x.toml: Expected `str` matching regex '^[a-z]"),
        ("width =", "size =", "x.toml: the template /{key}?w={width}&fm={format} uses {width}, which is no"),
        ("/{key}", "{key}", "x.toml: Expected `str` matching regex '^/"),
        ("/{key}", "/{key} ", "x.toml: Expected `str` matching regex '^/"),
        ("/{key}", "/{key}}", "x.toml: the template /{key}}?w={width}&fm={format} has a brace without a partner"),
        ("/{key}", "/{key!r}", "x.toml: the template /{key!r}?w={width}&fm={format} uses {key!r}"),
        ("[[requests]]", "[requests]", "x.toml: Expected `array`, got `object` - at `$.requests`"),
        ('["webp"]', "[]", "x.toml: Expected `array` of length >= 1 - at `$.variables[...]`"),
        ('["webp"]', '["a b"]', "x.toml: Expected `str` matching regex"),
        ('["webp"]', "[[1]]", "x.toml: Expected `int | float | str`, got `array`"),
        ("to = 1000", "to = 0", "x.toml: `to` must not be below `from` - at `$.variables[...]`"),
        ("from = 1, ", "", "x.toml: Object missing required field `from` - at `$.variables[...]`"),
        ("from = 1,", "from = 1, by = 2,", "x.toml: Object contains unknown field `by`"),
        ("width =", "key =", "x.toml: key is the original's key; name the variable otherwise"),
        ('name = "sample"', "name = ", "x.toml: not TOML"),
    ],
)  # fmt: skip
def test_an_error_names_the_wrong_line(before: str, after: str, complaint: str) -> None:
    assert before in MINIMAL

    with pytest.raises(BadScenario) as caught:
        parse_scenario(MINIMAL.replace(before, after), "x.toml")

    assert str(caught.value).startswith(complaint)


def test_the_error_for_an_unknown_scenario_lists_the_shipped_ones(tmp_path: Path) -> None:
    with pytest.raises(BadScenario, match="neither a file nor one of burst, cold-miss"):
        read_scenario(str(tmp_path / "nothing"))


def test_a_binary_file_is_not_a_scenario(tmp_path: Path) -> None:
    path = tmp_path / "x.toml"
    path.write_bytes(b"\xff\xfe")

    with pytest.raises(BadScenario, match="cannot be read"):
        read_scenario(str(path))


def test_a_file_is_read_by_its_path(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(MINIMAL)

    assert read_scenario(str(path)).name == "sample"
