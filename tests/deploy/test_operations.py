"""What tells how a deployment is: alarms, who hears of them, the budget, the dashboard."""

import ast
import dataclasses
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import aws_cdk as cdk
import pytest
from aws_cdk.assertions import Template

import origin_lambda
from infra.aws.app import add_stage
from infra.aws.operations.alarms import ANSWER_KINDS, BEST_EFFORT_STEPS, MESSAGE_KINDS
from infra.aws.operations.dashboard import STAGES as TIMED
from infra.aws.stage import Front
from infra.aws.stages import STAGES
from infra.costs.prices import COMPUTE, INVOCATIONS
from origin_lambda import handler, log
from origin_lambda.errors import Busy, Unavailable
from origin_lambda.originals.dispatch import Dispatcher
from origin_lambda.originals.messages import IngestReason, walk_request
from tests.deploy.stacks import ALL, REPOSITORY, Stacks, context, stand_in
from tests.originals.test_dispatch import World as IngestWorld
from tests.originals.test_dispatch import deferred, requested, swept
from tests.originals.test_messages import changed_in, in_sqs
from tests.support.origin_world import BrokenBucket, BrokenCatalog, build_world
from tests.test_handler import BuggyBucket

DOCUMENT: Final = REPOSITORY / "docs" / "operations.md"
TOPIC: Final = "OperationsTopic"
EVERYWHERE: Final = {
    *("origin-5xx", "origin-slow", "origin-near-timeout", "origin-broken"),
    *("origin-throttled", "origin-alone"),
    *("ingest-failing", "ingest-broken", "ingest-near-timeout", "ingest-late", "dead-letters"),
}
NO_EXPRESSIONS: Final = {
    *("origin-near-timeout", "origin-throttled", "upload-broken"),
    *("ingest-broken", "ingest-near-timeout", "ingest-late", "dead-letters"),
}
"""What the emulator takes, which the stage `local` is for."""

MOST_METRICS: Final = 10
"""https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-limits.html"""

FUNCTIONS: Final[dict[str, Any]] = {
    "FILL": lambda given, other: other if given is None else given,
    "IF": lambda holds, one, other: one if holds else other,
}
"""What CloudWatch's expressions call."""

Written = dict[str, set[frozenset[tuple[str, str]]]]
"""By the name of a metric: with which dimensions, beside the function, it was written."""


def watched_by(stage: str) -> set[str]:
    """Return the alarms of a stage, by what it has."""
    if stage == "local":
        return NO_EXPRESSIONS
    found, row = set(EVERYWHERE), ALL[stage]
    if not row.ingest_enabled:
        found.remove("ingest-late")
    if row.front.has_edge:
        found.add("invalidation-failed")
    if row.front is Front.CLOUDFRONT and row.region == "us-east-1":
        found.add("edge-5xx")
    if row.front is Front.BALANCER:
        found.add("balancer-5xx")
    if row.upload_api:
        found.add("upload-broken")
    return found


def alarms(stacks: Stacks, stage: str) -> dict[str, Mapping[str, Any]]:
    """Return the alarms of a stage by their names."""
    found = stacks.resources(stage, "AWS::CloudWatch::Alarm").values()
    properties = [each["Properties"] for each in found]
    return {each["AlarmName"].removeprefix(f"calotype-{stage}-"): each for each in properties}


def metrics_of(alarm: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return what an alarm looks at, each as a metric with its `Period`."""
    if "Metrics" not in alarm:
        return [{name: alarm.get(name, []) for name in ("MetricName", "Dimensions", "Period")}]
    found = [each["MetricStat"] for each in alarm["Metrics"] if "MetricStat" in each]
    return [dict(each["Metric"]) | {"Period": each["Period"]} for each in found]


# Alarms.


@pytest.mark.parametrize("stage", ALL)
def test_a_stage_has_an_alarm_for_whatever_it_has(stacks: Stacks, stage: str) -> None:
    assert set(alarms(stacks, stage)) == watched_by(stage)


@pytest.mark.parametrize("stage", ALL)
def test_every_alarm_is_told_over_the_topic_and_so_is_its_end(stacks: Stacks, stage: str) -> None:
    (topic,) = [name for name in stacks.resources(stage, "AWS::SNS::Topic") if TOPIC in name]

    for name, alarm in alarms(stacks, stage).items():
        assert alarm["AlarmActions"] == alarm["OKActions"] == [{"Ref": topic}], name
        assert alarm["TreatMissingData"] == "notBreaching", name
        assert alarm["ComparisonOperator"] == "GreaterThanThreshold", name


def test_every_alarm_has_a_section_and_every_section_an_alarm(stacks: Stacks) -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    section = text.partition("\n## The alarms\n")[2].partition("\n## ")[0]
    headings = re.findall(r"^### (\S+)$", section, re.MULTILINE)
    names = {name for stage in ALL for name in alarms(stacks, stage)}

    assert sorted(headings) == sorted(names)
    for name, alarm in alarms(stacks, "production").items():
        assert alarm["AlarmDescription"] == f"docs/operations.md#{name}"


@pytest.mark.parametrize("stage", ALL)
def test_every_alarm_is_one_that_cloudwatch_takes(stacks: Stacks, stage: str) -> None:
    for name, alarm in alarms(stacks, stage).items():
        metrics, queries = metrics_of(alarm), alarm.get("Metrics", [])

        assert 1 <= len(metrics) <= MOST_METRICS, name
        assert {each["Period"] for each in metrics} == {300}, name
        assert "SEARCH" not in json.dumps(queries), name
        assert not [each for each in queries if "Region" in each.get("MetricStat", {})], name
        if queries:
            (shown,) = [each for each in queries if each["ReturnData"]]
            used = set(re.findall(r"\b[a-z]\w*", shown.get("Expression", shown["Id"])))
            rest = {each["Id"] for each in queries if each is not shown or "MetricStat" in each}
            assert used == rest, name


def test_the_documented_number_of_metrics_is_what_alarms_are_charged_by(stacks: Stacks) -> None:
    looked_at = sum(len(metrics_of(alarm)) for alarm in alarms(stacks, "production").values())

    assert f"look at {looked_at} metrics" in DOCUMENT.read_text(encoding="utf-8")


def value(alarm: Mapping[str, Any], measured: Mapping[str, float]) -> float:
    """Return what an alarm's expression comes to; what was not measured is missing.

    Metrics go by the name that the expression has for them, those of a sum by what they are of.
    """
    known: dict[str, float | None] = {}
    expression = ""
    for query in alarm["Metrics"]:
        if "MetricStat" not in query:
            expression = query["Expression"]
            continue
        metric, name = query["MetricStat"]["Metric"], query["Id"]
        if re.fullmatch(r"m\d", name):
            values = [each["Value"] for each in metric.get("Dimensions", [])]
            last = values[-1] if values else None
            name = last if isinstance(last, str) else metric["MetricName"]
        known[query["Id"]] = measured.get(name)
    result: float = eval(expression, {"__builtins__": {}}, FUNCTIONS | known)  # noqa: S307 reason: our own expression
    return result


@pytest.mark.parametrize(
    "name, measured, sounds",
    [
        ("origin-5xx", {"asked": 100}, False),
        ("origin-5xx", {"asked": 4, "5xx": 2}, False),
        ("origin-5xx", {"asked": 100, "5xx": 3}, True),
        ("origin-5xx", {"asked": 100, "Crashed": 1, "Errors": 1, "5xx": 1}, True),
        ("origin-5xx", {"asked": 10_000, "5xx": 99}, False),
        ("origin-slow", {"renders": 21, "slow": 3_001}, True),
        ("origin-slow", {"renders": 20, "slow": 9_000}, False),
        ("origin-broken", {"Crashed": 1}, True),
        ("origin-broken", {"Errors": 1}, True),
        ("origin-broken", {}, False),
        ("origin-alone", {"asked": 100, "catalog": 6, "recheck": 5}, True),
        ("origin-alone", {"asked": 100, "mip": 10}, False),
        ("origin-alone", {"asked": 10_000, "store": 99}, False),
        ("ingest-failing", {"changed": 6, "sweep": 5}, True),
        ("ingest-failing", {"changed": 10}, False),
        ("ingest-failing", {}, False),
        ("edge-5xx", {"requests": 2, "rate": 100}, False),
        ("edge-5xx", {"requests": 300, "rate": 1.1}, True),
    ],
)
def test_an_alarm_sounds_for_more_than_an_accident(
    stacks: Stacks, name: str, measured: dict[str, float], sounds: bool
) -> None:
    alarm = alarms(stacks, "production")[name]

    assert (value(alarm, measured) > alarm["Threshold"]) is sounds


def test_a_slow_render_is_one_of_twenty(stacks: Stacks) -> None:
    queries = alarms(stacks, "production")["origin-slow"]["Metrics"]

    statistics = [each["MetricStat"]["Stat"] for each in queries if "MetricStat" in each]
    assert statistics == ["Sum", "p95"]


@pytest.mark.parametrize("function", ["Origin", "Ingest"])
def test_a_function_is_near_its_time_out_before_it_is_there(stacks: Stacks, function: str) -> None:
    alarm = alarms(stacks, "production")[f"{function.lower()}-near-timeout"]
    timeout = stacks.properties("production", "AWS::Lambda::Function", f"Cdn{function}Function")

    assert alarm["Threshold"] == 900 * timeout["Timeout"]
    assert (alarm["MetricName"], alarm["Statistic"]) == ("Duration", "Maximum")


# Metrics are those that the code writes.


@pytest.fixture(scope="module")
def lines() -> list[dict[str, Any]]:
    """Have the functions do all that they write metrics of, and return what they wrote."""
    texts: list[str] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(log, "write", texts.append)
        _answer_in_every_way()
        _ingest_nothing()
        patch.setattr(handler, "_origin", lambda: build_world(originals=BuggyBucket()).origin)
        assert handler.origin({"version": "2.0"}, None)["statusCode"] == 500
    return [json.loads(text) for text in texts]


def _answer_in_every_way() -> None:
    made = build_world()
    for query in ("w=150", "w=150", "", "w=x", "w=90&rot=10", "fm=json"):
        made.ask("/cats/tom.jpg", query)
    made.ask("/cats/tom.jpg", "w=150", headers={"if-none-match": "*"})
    made.ask("/cats/tom.jpg", "w=151", answer_limit=100)
    made.ask("/cats/tom.jpg", method="OPTIONS")
    build_world(originals=BrokenBucket()).ask("/cats/tom.jpg", "w=150")
    build_world(catalog=BrokenCatalog()).ask("/cats/tom.jpg", "w=150")


def _ingest_nothing() -> None:
    """Deliver one of each message to an ingest that is not there, and to a busy edge."""
    batch = in_sqs(
        changed_in("a.jpg"),
        {},
        deferred("/b/"),
        swept("a.jpg", invalidate=True),
        requested("a.jpg", IngestReason.UNKNOWN),
        walk_request("a.jpg"),
    )
    missing: Any = None
    Dispatcher(missing, "originals").dispatch(batch)
    busy = IngestWorld()
    busy.edge.failure = Unavailable("busy")
    busy.originals.failures["a.jpg"] = Busy("busy")
    busy.dispatch(in_sqs(deferred("/b/"), changed_in("a.jpg")))


def directives(lines: list[dict[str, Any]]) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Yield what CloudWatch is to make of each line, and the line."""
    for line in lines:
        for directive in line.get("_aws", {}).get("CloudWatchMetrics", ()):
            yield directive, line


@pytest.fixture(scope="module")
def written(lines: list[dict[str, Any]]) -> Written:
    """Return the metrics; those of what is passed over and timed as the code names them."""
    found: Written = {}
    for directive, line in directives(lines):
        assert directive["Namespace"] == "Calotype"
        (dimensions,) = directive["Dimensions"]
        assert dimensions[0] == "function"
        told = frozenset((name, line[name]) for name in dimensions[1:])
        for metric in directive["Metrics"]:
            found.setdefault(metric["Name"], set()).add(told)
    found["Tolerated"] |= {frozenset({("what", what)}) for what in PASSED_OVER}
    found |= {f"{stage.title()}Milliseconds": {frozenset()} for stage in named("stage")}
    return found


def named(function: str, but: str = "") -> set[str]:
    """Return the texts that the code calls a function or a method with first, *but* in a module."""
    texts = set()
    for path in Path(origin_lambda.__file__).parent.rglob("*.py"):
        if path.name == but:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and node.args and _called(node.func) == function:
                first = ast.walk(node.args[0])
                constants = [each.value for each in first if isinstance(each, ast.Constant)]
                texts |= {text for text in constants if isinstance(text, str)}
    return texts


def _called(function: ast.expr) -> str:
    match function:
        case ast.Name(name) | ast.Attribute(attr=name):
            return name
    return ""


PASSED_OVER: Final = named("best_effort", but="ingest.py")  # its lease is nothing of an answer


def test_what_is_passed_over_and_timed_is_known_by_its_names(written: Written) -> None:
    assert set(BEST_EFFORT_STEPS) == PASSED_OVER
    assert {stage.title() for stage in named("stage")} == set(TIMED)
    assert written["Answers"] == {frozenset({("how", how)}) for how in ANSWER_KINDS}
    assert written["IngestFailed"] == {frozenset({("what", what)}) for what in MESSAGE_KINDS}


@pytest.mark.parametrize("stage", [stage for stage in ALL if stage != "local"])
def test_alarms_look_at_nothing_that_is_not_written(
    stacks: Stacks, written: Written, stage: str
) -> None:
    ours = 0
    for name, alarm in alarms(stacks, stage).items():
        for metric in metrics_of(alarm):
            if metric.get("Namespace") == "Calotype":
                ours += 1
                told = {each["Name"]: each["Value"] for each in metric["Dimensions"]}
                assert told.pop("function")["Ref"].startswith("Cdn")
                assert frozenset(told.items()) in written[metric["MetricName"]], name

    assert ours >= 15


def test_a_crash_is_counted_by_what_it_writes(stacks: Stacks, lines: list[dict[str, Any]]) -> None:
    found = stacks.properties("production", "AWS::Logs::MetricFilter")
    crashed = [line for line in lines if line["event"] == "crashed"]

    assert found["FilterPattern"] == f'{{ $.event = "{crashed[0]["event"]}" }}'
    assert "CdnOriginFunctionLog" in found["LogGroupName"]["Ref"]
    (made,) = found["MetricTransformations"]
    counted = (made["MetricNamespace"], made["MetricName"])
    for name in ("origin-5xx", "origin-broken"):
        looked_at = metrics_of(alarms(stacks, "production")[name])
        assert counted in [(each["Namespace"], each["MetricName"]) for each in looked_at]


def test_the_documented_metrics_are_those_that_are_written(
    lines: list[dict[str, Any]], written: Written
) -> None:
    units = {
        metric["Name"]: (metric["Unit"], directive["Dimensions"][0][1:])
        for directive, _ in directives(lines)
        for metric in directive["Metrics"]
    }
    text = DOCUMENT.read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\w+)` \| (\w+) \| `function`(?:, `(\w+)`)? \|", text, re.MULTILINE)
    documented = {name: (unit, [by] if by else []) for name, unit, by in rows}

    assert set(documented) == set(written)
    assert {name: documented[name] for name in units} == units


def test_the_documented_events_are_those_that_are_written() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    section = text.partition("\n## Logs\n")[2].partition("\n## ")[0]
    cells = re.findall(r"^\| (`.*?`) \|", section, re.MULTILINE)
    documented = {event for cell in cells for event in re.findall(r"`([\w-]+)`", cell)}

    counted = {name.lower() for name in named("count") if name[:1].isupper()}
    assert documented == named("log_event") | named("measure") | counted
    assert set(re.findall(r'event = "([\w-]+)"', text)) <= documented


# Who is told.


@pytest.mark.parametrize("stage", ALL)
def test_the_topic_hears_this_accounts_services_alone(stacks: Stacks, stage: str) -> None:
    policy = stacks.properties(stage, "AWS::SNS::TopicPolicy", TOPIC)
    statements = policy["PolicyDocument"]["Statement"]

    (allowed,) = [each for each in statements if each["Effect"] == "Allow"]
    assert allowed["Principal"] == {
        "Service": ["budgets.amazonaws.com", "cloudwatch.amazonaws.com"]
    }
    assert allowed["Action"] == "sns:Publish"
    assert allowed["Condition"] == {
        "StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}
    }
    (denied,) = [each for each in statements if each["Effect"] == "Deny"]
    assert (denied["Principal"], denied["Condition"]) == (
        "*",
        {"Bool": {"aws:SecureTransport": "false"}},
    )


@pytest.mark.parametrize("stage", ALL)
def test_the_budget_is_told_once_it_is_nearly_spent_or_will_be(stacks: Stacks, stage: str) -> None:
    found = stacks.resources(stage, "AWS::Budgets::Budget")
    if not ALL[stage].monthly_budget:
        assert not found
        return
    (made,) = found.values()
    (topic,) = [name for name in stacks.resources(stage, "AWS::SNS::Topic") if TOPIC in name]
    properties = made["Properties"]

    limit = {"Amount": ALL[stage].monthly_budget, "Unit": "USD"}
    assert properties["Budget"] == {
        "BudgetType": "COST",
        "TimeUnit": "MONTHLY",
        "BudgetLimit": limit,
    }
    told = properties["NotificationsWithSubscribers"]
    assert [tuple(each["Notification"].values()) for each in told] == [
        ("GREATER_THAN", "ACTUAL", 80),
        ("GREATER_THAN", "FORECASTED", 100),
    ]
    for each in told:
        assert each["Subscribers"] == [{"Address": {"Ref": topic}, "SubscriptionType": "SNS"}]
    assert any(TOPIC in name and "Policy" in name for name in made["DependsOn"])


def test_an_address_hears_of_alarms_and_elsewhere_the_edge_has_none(tmp_path: Path) -> None:
    stage = dataclasses.replace(
        STAGES["dev"],
        name="abroad",
        region="eu-west-1",
        alarm_email="who@example.com",
        monthly_budget=0,
    )
    app = cdk.App(outdir=str(tmp_path / "out"), context=context())
    template = Template.from_stack(add_stage(app, stage, stand_in(tmp_path)))

    subscribed = template.find_resources(
        "AWS::SNS::Subscription", {"Properties": {"Protocol": "email"}}
    )
    (properties,) = [each["Properties"] for each in subscribed.values()]
    assert properties["Endpoint"] == "who@example.com"
    assert TOPIC in properties["TopicArn"]["Ref"]
    template.resource_count_is("AWS::Budgets::Budget", 0)
    names = [
        each["Properties"]["AlarmName"]
        for each in template.find_resources("AWS::CloudWatch::Alarm").values()
    ]
    assert "calotype-abroad-invalidation-failed" in names
    assert "calotype-abroad-edge-5xx" not in names


# The dashboard.


def widgets(stacks: Stacks, stage: str) -> dict[str, Mapping[str, Any]]:
    """Return the graphs by their titles; whatever is known at deployment is called `@`."""
    (page,) = stacks.resources(stage, "AWS::CloudWatch::Dashboard").values()
    (_, parts) = page["Properties"]["DashboardBody"]["Fn::Join"]
    body = json.loads("".join(part if isinstance(part, str) else "@" for part in parts))
    return {each["properties"]["title"]: each["properties"] for each in body["widgets"]}


def graphed(widget: Mapping[str, Any]) -> Iterator[tuple[list[str], Mapping[str, Any]]]:
    """Yield namespace, name and dimensions of what a graph shows, and how."""
    for row in widget.get("metrics", ()):
        *names, how = row if isinstance(row[-1], dict) else [*row, {}]
        yield names, how


@pytest.mark.parametrize("stage", ALL)
def test_the_dashboard_shows_nothing_that_is_not_written(
    stacks: Stacks, written: Written, stage: str
) -> None:
    shown = set()
    for title, widget in widgets(stacks, stage).items():
        ids = {how["id"] for _, how in graphed(widget) if "id" in how}
        for names, how in graphed(widget):
            if names and names[0] == "Calotype":
                _, metric, function, _, *rest = names
                told = frozenset(zip(rest[::2], rest[1::2], strict=True))
                shown.add(metric)
                assert function == "function"
                assert told in written[metric], title
            used = set(re.findall(r"\b[a-z]\w*", how.get("expression", "")))
            assert used <= ids, title

    assert set(written) - shown == {"IngestBusy"}  # of which nothing is wrong


def test_the_dashboard_tells_tiers_stages_savings_and_cost(stacks: Stacks) -> None:
    shown = widgets(stacks, "production")

    tiers = [how.get("label") for _, how in graphed(shown["Requests, by who answers"])]
    assert {"edge or bucket", "function, from the bucket", "function, rendered"} <= set(tiers)
    for each in ("p50", "p95", "p99"):
        timed = list(graphed(shown[f"Origin: its stages, {each}"]))
        assert {names[1] for names, _ in timed} == {f"{stage}Milliseconds" for stage in TIMED}
        assert {how["stat"] for _, how in timed} == {each}
    saved = list(graphed(shown["Saved against the originals, once for each derivative"]))
    assert saved[0][1]["expression"] == "(original - derivative) / 1000000"
    assert shown["Alarms"]["alarms"] == ["@"] * len(watched_by("production"))


@pytest.mark.parametrize(
    "asked, hits, rest", [(100, 60, 0), (30, 60, 10), (0, 100, 0), (0, 0, 100), (60, 60, 0)]
)
def test_cache_and_bucket_are_told_apart_where_cloudfront_counts_hits(
    stacks: Stacks, asked: int, hits: int, rest: int
) -> None:
    shown = {
        how["label"]: (names, how)
        for names, how in graphed(widgets(stacks, "adopted")["Requests, by who answers"])
        if "label" in how
    }
    measured = {"invocations": asked, "requests": 100, "hits": hits}

    assert "edge or bucket" not in shown
    assert shown["edge"][0][:2] == ["AWS/CloudFront", "CacheHitRate"]
    expression = shown["bucket"][1]["expression"]
    value = eval(expression, {"__builtins__": {}}, FUNCTIONS | measured)  # noqa: S307 reason: our own expression
    assert value == pytest.approx(rest)


def test_what_cloudfront_charges_for_is_counted_only_where_a_stage_says_so(stacks: Stacks) -> None:
    counting = {
        name for name in ALL if stacks.resources(name, "AWS::CloudFront::MonitoringSubscription")
    }

    assert counting == {"adopted"}


@pytest.mark.parametrize("stage", ["production", "adopted"])
def test_the_cost_is_of_the_memory_and_the_architecture_there_are(
    stacks: Stacks, stage: str
) -> None:
    function = stacks.properties(stage, "AWS::Lambda::Function", "CdnOriginFunction")
    (architecture,) = function["Architectures"]
    widget = widgets(stacks, stage)["Origin: cost of 1,000 answers, at list price"]
    (expression,) = [how["expression"] for _, how in graphed(widget) if "expression" in how]
    second = COMPUTE[architecture].cost(1, free_tier=False)
    answers = INVOCATIONS.cost(1000, free_tier=False)

    shown = eval(expression, {"__builtins__": {}}, {"duration": 150 * 40, "invocations": 40})  # noqa: S307 reason: our own expression

    computed = 1000 * 0.150 * function["MemorySize"] / 1024 * second
    assert shown == pytest.approx(computed + answers, rel=1e-4)


@pytest.mark.parametrize("stage", ALL)
def test_cloudfront_is_shown_from_the_region_that_has_its_metrics(
    stacks: Stacks, stage: str
) -> None:
    regions = [
        how.get("region")
        for widget in widgets(stacks, stage).values()
        for names, how in graphed(widget)
        if names and names[0] == "AWS/CloudFront"
    ]

    assert bool(regions) is (ALL[stage].front is Front.CLOUDFRONT)
    assert set(regions) <= {"us-east-1"}
