"""Operations: alarms, their topic, the budget and the dashboard."""

import ast
import dataclasses
import json
import re
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import aws_cdk as cdk
import pytest
from aws_cdk.assertions import Annotations, Match, Template

import origin_lambda
from infra.aws.app import add_stage
from infra.aws.operations.dashboard import TIMED_STAGES
from infra.aws.operations.metrics import ANSWER_KINDS, BEST_EFFORT_STEPS, MESSAGE_KINDS
from infra.aws.stage import Front
from infra.aws.stages import STAGES
from infra.costs.prices import COMPUTE, INVOCATIONS
from origin_lambda import handler, log
from origin_lambda.derivatives.refine import Outcome
from origin_lambda.errors import Busy, Unavailable
from origin_lambda.originals.dispatch import Dispatcher
from origin_lambda.originals.messages import WARM, IngestReason, walk_request
from origin_lambda.traffic.worker import METRICS, REFINEMENTS
from tests.deploy.stacks import ALL, REPOSITORY, SITE, Stacks, fake_packager, read_context
from tests.originals.test_dispatch import World as IngestWorld
from tests.originals.test_dispatch import ingest_message, invalidation_message, sweep_message
from tests.originals.test_messages import in_sqs, s3_event
from tests.support.origin_world import BrokenBucket, BrokenCatalog, build_world
from tests.test_handler import BuggyBucket

DOCUMENT: Final = REPOSITORY / "docs" / "operations.md"
TOPIC: Final = "OperationsTopic"
COMMON_ALARMS: Final = {
    *("origin-5xx", "origin-slow", "origin-near-timeout", "origin-broken"),
    *("origin-throttled", "origin-alone"),
    *("ingest-failing", "ingest-broken", "ingest-near-timeout", "ingest-late", "dead-letters"),
}
ALARMS_WITHOUT_EXPRESSIONS: Final = {
    *("origin-near-timeout", "origin-throttled", "upload-broken"),
    *("ingest-broken", "ingest-near-timeout", "ingest-late", "dead-letters"),
}
"""The alarms that the emulator of the stage `local` supports."""

MAX_METRICS: Final = 10
"""https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-limits.html"""

FUNCTIONS: Final[dict[str, Any]] = {
    "FILL": lambda value, default: default if value is None else value,
    "IF": lambda condition, value, other: value if condition else other,
}
"""The functions of CloudWatch's expressions."""

DimensionsByMetric = dict[str, set[frozenset[tuple[str, str]]]]
"""The dimensions that a metric has besides the function, by the metric's name."""


def expected_alarms(stage: str) -> set[str]:
    """Return the names of the alarms that a stage should have."""
    if stage == "local":
        return ALARMS_WITHOUT_EXPRESSIONS
    names, row = set(COMMON_ALARMS), ALL[stage]
    if not row.ingest_enabled:
        names.remove("ingest-late")
    if row.front.has_edge:
        names |= {"invalidation-failed", "origin-refused"}
    if row.front is Front.CLOUDFRONT and row.region == "us-east-1":
        names |= {"edge-5xx", "edge-function-failing", "edge-function-slow"}
    if row.rate_limit:
        names.add("web-acl-blocking")
    if row.front is Front.BALANCER:
        names.add("balancer-5xx")
    if row.upload_api:
        names.add("upload-broken")
    return names


def alarms(stacks: Stacks, stage: str) -> dict[str, Mapping[str, Any]]:
    """Return the alarms of a stage by their names."""
    resources = stacks.resources(stage, "AWS::CloudWatch::Alarm").values()
    properties = [each["Properties"] for each in resources]
    return {each["AlarmName"].removeprefix(f"calotype-{stage}-"): each for each in properties}


def list_metrics(alarm: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the metrics of an alarm, each with its `Period`."""
    if "Metrics" not in alarm:
        return [{name: alarm.get(name, []) for name in ("MetricName", "Dimensions", "Period")}]
    statistics = [each["MetricStat"] for each in alarm["Metrics"] if "MetricStat" in each]
    return [dict(each["Metric"]) | {"Period": each["Period"]} for each in statistics]


# Alarms.


@pytest.mark.parametrize("stage", ALL)
def test_a_stage_has_alarms_for_all_its_parts(stacks: Stacks, stage: str) -> None:
    assert set(alarms(stacks, stage)) == expected_alarms(stage)


@pytest.mark.parametrize("stage", ALL)
def test_every_alarm_notifies_the_topic_when_it_starts_and_ends(stacks: Stacks, stage: str) -> None:
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
def test_cloudwatch_accepts_every_alarm(stacks: Stacks, stage: str) -> None:
    for name, alarm in alarms(stacks, stage).items():
        metrics, queries = list_metrics(alarm), alarm.get("Metrics", [])

        assert 1 <= len(metrics) <= MAX_METRICS, name
        assert {each["Period"] for each in metrics} == {300}, name
        assert "SEARCH" not in json.dumps(queries), name
        assert not [each for each in queries if "Region" in each.get("MetricStat", {})], name
        if queries:
            (shown,) = [each for each in queries if each["ReturnData"]]
            used = set(re.findall(r"\b[a-z]\w*", shown.get("Expression", shown["Id"])))
            rest = {each["Id"] for each in queries if each is not shown or "MetricStat" in each}
            assert used == rest, name


def test_the_web_acl_blocks_addresses_above_the_stages_rate(stacks: Stacks) -> None:
    for stage, scope, rate in (("read-only", "CLOUDFRONT", 2000), ("private", "REGIONAL", 10_000)):
        acl = stacks.properties(stage, "AWS::WAFv2::WebACL")
        (rule,) = acl["Rules"]

        assert acl["Scope"] == scope
        assert rule["Statement"] == {
            "RateBasedStatement": {"AggregateKeyType": "IP", "Limit": rate}
        }
        assert rule["Action"] == {"Block": {"CustomResponse": {"ResponseCode": 429}}}
    assert stacks.properties("read-only", "AWS::CloudFront::Distribution")["DistributionConfig"][
        "WebACLId"
    ]
    assert stacks.resources("private", "AWS::WAFv2::WebACLAssociation")


def test_the_alarms_of_the_edges_functions_name_both_of_them(stacks: Stacks) -> None:
    named = {
        json.dumps(dimension["Value"])
        for metric in list_metrics(alarms(stacks, "production")["edge-function-failing"])
        for dimension in metric["Dimensions"]
        if dimension["Name"] == "FunctionName"
    }

    assert len(named) == len(stacks.resources("production", "AWS::CloudFront::Function")) == 2


@pytest.mark.parametrize("stage", [*ALL, SITE])
def test_the_logs_of_every_function_expire(stacks: Stacks, stage: str) -> None:
    groups = stacks.resources(stage, "AWS::Logs::LogGroup")

    assert all(group["Properties"]["RetentionInDays"] for group in groups.values())
    for function in stacks.resources(stage, "AWS::Lambda::Function").values():
        assert function["Properties"]["LoggingConfig"]["LogGroup"]["Ref"] in groups


@pytest.mark.parametrize("stage", STAGES)
def test_a_clean_deployment_prints_no_warning(stacks: Stacks, stage: str) -> None:
    found = Annotations.from_stack(stacks.stacks[stage]).find_warning("*", Match.any_value())

    assert [each.entry.data for each in found] == []


def test_the_documented_number_of_metrics_of_alarms_is_right(stacks: Stacks) -> None:
    count = sum(len(list_metrics(alarm)) for alarm in alarms(stacks, "production").values())

    assert f"look at {count} metrics" in DOCUMENT.read_text(encoding="utf-8")


def evaluate(alarm: Mapping[str, Any], measured: Mapping[str, float]) -> float:
    """Return the value of an alarm's expression; a metric that is not *measured* is missing.

    The keys of *measured* are names of the expression. For a metric `m1`, `m2` and so on of a sum,
    the key is its last dimension or its name.
    """
    values: dict[str, float | None] = {}
    expression = ""
    for query in alarm["Metrics"]:
        if "MetricStat" not in query:
            expression = query["Expression"]
            continue
        metric, name = query["MetricStat"]["Metric"], query["Id"]
        if re.fullmatch(r"m\d", name):
            dimensions = [each["Value"] for each in metric.get("Dimensions", [])]
            last = dimensions[-1] if dimensions else None
            name = last if isinstance(last, str) else metric["MetricName"]
        values[query["Id"]] = measured.get(name)
    result: float = eval(expression, {"__builtins__": {}}, FUNCTIONS | values)  # noqa: S307 reason: our own expression
    return result


@pytest.mark.parametrize(
    "name, measured, fires",
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
        ("origin-refused", {"requests": 100, "refused": 30, "own": 15, "throttled": 4}, True),
        ("origin-refused", {"requests": 100, "refused": 30, "own": 30}, False),
        ("origin-refused", {"requests": 10, "refused": 10}, False),
        ("origin-refused", {"requests": 1000, "refused": 40}, False),
        ("edge-function-failing", {"Global": 1}, True),
        ("edge-function-failing", {}, False),
        ("edge-5xx", {"requests": 2, "rate": 100}, False),
        ("edge-5xx", {"requests": 300, "rate": 1.1}, True),
    ],
)
def test_an_alarm_fires_for_more_than_single_failures(
    stacks: Stacks, name: str, measured: dict[str, float], fires: bool
) -> None:
    alarm = alarms(stacks, "production")[name]

    assert (evaluate(alarm, measured) > alarm["Threshold"]) is fires


def test_the_alarm_for_slow_renders_uses_the_95th_percentile(stacks: Stacks) -> None:
    queries = alarms(stacks, "production")["origin-slow"]["Metrics"]

    statistics = [each["MetricStat"]["Stat"] for each in queries if "MetricStat" in each]
    assert statistics == ["Sum", "p95"]


@pytest.mark.parametrize("function", ["Origin", "Ingest"])
def test_the_alarm_for_time_outs_fires_at_90_percent_of_the_time_out(
    stacks: Stacks, function: str
) -> None:
    alarm = alarms(stacks, "production")[f"{function.lower()}-near-timeout"]
    timeout = stacks.properties("production", "AWS::Lambda::Function", f"Cdn{function}Function")

    assert alarm["Threshold"] == 900 * timeout["Timeout"]
    assert (alarm["MetricName"], alarm["Statistic"]) == ("Duration", "Maximum")


# The metrics are the ones that the code writes.


@pytest.fixture(scope="module")
def lines() -> list[dict[str, Any]]:
    """Run everything that writes metrics, and return the log lines."""
    texts: list[str] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(log, "write", texts.append)
        _answer_every_kind_of_request()
        _deliver_every_kind_of_message()
        patch.setattr(handler, "_origin", lambda: build_world(originals=BuggyBucket()).origin)
        assert handler.origin({"version": "2.0"}, None)["statusCode"] == 500
    return [json.loads(text) for text in texts]


def _answer_every_kind_of_request() -> None:
    world = build_world()
    for query in ("w=150", "w=150", "", "w=x", "w=90&rot=10", "fm=json"):
        world.ask("/cats/tom.jpg", query)
    world.ask("/cats/tom.jpg", "w=150", headers={"if-none-match": "*"})
    world.ask("/cats/tom.jpg", "w=151", answer_limit=100)
    world.ask("/cats/tom.jpg", method="OPTIONS")
    build_world(originals=BrokenBucket()).ask("/cats/tom.jpg", "w=150")
    build_world(catalog=BrokenCatalog()).ask("/cats/tom.jpg", "w=150")


def _deliver_every_kind_of_message() -> None:
    """Deliver each kind of message to a broken ingest, and two while edge and ingest are busy."""
    batch = in_sqs(
        s3_event("a.jpg"),
        {},
        invalidation_message("/b/"),
        sweep_message("a.jpg", invalidate=True),
        ingest_message("a.jpg", IngestReason.UNKNOWN),
        walk_request("a.jpg"),
        {"event": WARM, "key": "a.jpg", "version": "1"},
    )
    broken: Any = None
    Dispatcher(broken, "originals", broken).dispatch(batch)
    busy = IngestWorld()
    busy.edge.failure = Unavailable("busy")
    busy.originals.failures["a.jpg"] = Busy("busy")
    busy.dispatch(in_sqs(invalidation_message("/b/"), s3_event("a.jpg")))


def directives(lines: list[dict[str, Any]]) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Yield each metric directive of the lines (CloudWatch's embedded metric format), and its line."""
    for line in lines:
        for directive in line.get("_aws", {}).get("CloudWatchMetrics", ()):
            yield directive, line


@pytest.fixture(scope="module")
def written(lines: list[dict[str, Any]]) -> DimensionsByMetric:
    """Return the dimensions of each metric that the code can write.

    They are read from the log lines, and for best-effort steps and stages from the source.
    """
    metrics: DimensionsByMetric = {}
    for directive, line in directives(lines):
        assert directive["Namespace"] == "Calotype"
        (dimensions,) = directive["Dimensions"]
        assert dimensions[0] == "function"
        values = frozenset((name, line[name]) for name in dimensions[1:])
        for metric in directive["Metrics"]:
            metrics.setdefault(metric["Name"], set()).add(values)
    metrics["Tolerated"] |= {frozenset({("what", what)}) for what in TOLERATED}
    metrics |= {
        f"{stage.title()}Milliseconds": {frozenset()} for stage in list_first_arguments("stage")
    }
    metrics |= {name: {frozenset()} for name in METRICS.units}
    outcomes = {frozenset({(REFINEMENTS.by, str(each))}) for each in Outcome}
    return metrics | dict.fromkeys(REFINEMENTS.units, outcomes)


def list_first_arguments(function: str, except_in: Collection[str] = ()) -> set[str]:
    """Return the constant texts in the first arguments of all calls of a function or method.

    Calls in the modules *except_in* do not count.
    """
    texts = set()
    for path in Path(origin_lambda.__file__).parent.rglob("*.py"):
        if path.name in except_in:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and node.args and _name_callee(node.func) == function:
                parts = ast.walk(node.args[0])
                constants = [part.value for part in parts if isinstance(part, ast.Constant)]
                texts |= {text for text in constants if isinstance(text, str)}
    return texts


def _name_callee(function: ast.expr) -> str:
    match function:
        case ast.Name(name) | ast.Attribute(attr=name):
            return name
    return ""


# Ingest has best-effort steps too, but alarms and dashboard show those of the origin.
TOLERATED: Final = list_first_arguments("best_effort", except_in={"ingest.py", "warm.py"})


def test_alarms_and_dashboard_list_the_names_that_the_code_writes(
    written: DimensionsByMetric,
) -> None:
    assert set(BEST_EFFORT_STEPS) == TOLERATED
    assert {stage.title() for stage in list_first_arguments("stage")} == set(TIMED_STAGES)
    assert written["Answers"] == {frozenset({("how", how)}) for how in ANSWER_KINDS}
    assert written["IngestFailed"] == {frozenset({("what", what)}) for what in MESSAGE_KINDS}


@pytest.mark.parametrize("stage", [stage for stage in ALL if stage != "local"])
def test_alarms_use_only_metrics_that_are_written(
    stacks: Stacks, written: DimensionsByMetric, stage: str
) -> None:
    count = 0
    for name, alarm in alarms(stacks, stage).items():
        for metric in list_metrics(alarm):
            if metric.get("Namespace") == "Calotype":
                count += 1
                values = {each["Name"]: each["Value"] for each in metric["Dimensions"]}
                assert values.pop("function")["Ref"].startswith("Cdn")
                assert frozenset(values.items()) in written[metric["MetricName"]], name

    assert count >= 15


def test_the_filter_for_crashes_matches_the_line_of_a_crash(
    stacks: Stacks, lines: list[dict[str, Any]]
) -> None:
    metric_filter = stacks.properties("production", "AWS::Logs::MetricFilter")
    crashed = [line for line in lines if line["event"] == "crashed"]

    assert metric_filter["FilterPattern"] == f'{{ $.event = "{crashed[0]["event"]}" }}'
    assert "CdnOriginFunctionLog" in metric_filter["LogGroupName"]["Ref"]
    (transformation,) = metric_filter["MetricTransformations"]
    counted = (transformation["MetricNamespace"], transformation["MetricName"])
    for name in ("origin-5xx", "origin-broken"):
        metrics = list_metrics(alarms(stacks, "production")[name])
        assert counted in [(each["Namespace"], each["MetricName"]) for each in metrics]


def test_the_documented_metrics_are_the_ones_that_the_code_writes(
    lines: list[dict[str, Any]], written: DimensionsByMetric
) -> None:
    units = {
        metric["Name"]: (metric["Unit"], directive["Dimensions"][0][1:])
        for directive, _ in directives(lines)
        for metric in directive["Metrics"]
    }
    units |= {name: (unit, []) for name, unit in METRICS.units.items()}
    units |= {name: (unit, [REFINEMENTS.by]) for name, unit in REFINEMENTS.units.items()}
    text = DOCUMENT.read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\w+)` \| (\w+) \| `function`(?:, `(\w+)`)? \|", text, re.MULTILINE)
    documented = {name: (unit, [by] if by else []) for name, unit, by in rows}

    assert set(documented) == set(written)
    assert {name: documented[name] for name in units} == units


def test_the_documented_events_are_the_ones_that_the_code_writes() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    section = text.partition("\n## Logs\n")[2].partition("\n## ")[0]
    cells = re.findall(r"^\| (`.*?`) \|", section, re.MULTILINE)
    documented = {event for cell in cells for event in re.findall(r"`([\w-]+)`", cell)}

    counted = {name.lower() for name in list_first_arguments("count") if name[:1].isupper()}
    assert (
        documented == list_first_arguments("log_event") | list_first_arguments("measure") | counted
    )
    assert set(re.findall(r'event = "([\w-]+)"', text)) <= documented


# Notifications.


@pytest.mark.parametrize("stage", ALL)
def test_only_cloudwatch_and_budgets_of_this_account_may_publish(
    stacks: Stacks, stage: str
) -> None:
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
def test_the_budget_notifies_at_80_percent_and_at_a_forecast_above_it(
    stacks: Stacks, stage: str
) -> None:
    budgets = stacks.resources(stage, "AWS::Budgets::Budget")
    if not ALL[stage].monthly_budget:
        assert not budgets
        return
    (budget,) = budgets.values()
    (topic,) = [name for name in stacks.resources(stage, "AWS::SNS::Topic") if TOPIC in name]
    properties = budget["Properties"]

    limit = {"Amount": ALL[stage].monthly_budget, "Unit": "USD"}
    assert properties["Budget"] == {
        "BudgetType": "COST",
        "TimeUnit": "MONTHLY",
        "BudgetLimit": limit,
        "CostFilters": {"TagKeyValue": [f"user:calotype:stage${stage}"]},
    }
    notifications = properties["NotificationsWithSubscribers"]
    assert [tuple(each["Notification"].values()) for each in notifications] == [
        ("GREATER_THAN", "ACTUAL", 80),
        ("GREATER_THAN", "FORECASTED", 100),
    ]
    for each in notifications:
        assert each["Subscribers"] == [{"Address": {"Ref": topic}, "SubscriptionType": "SNS"}]
    assert any(TOPIC in name and "Policy" in name for name in budget["DependsOn"])


def test_a_stage_outside_us_east_1_sends_alarms_to_an_address_but_has_no_edge_alarm(
    tmp_path: Path,
) -> None:
    stage = dataclasses.replace(
        STAGES["dev"],
        name="abroad",
        region="eu-west-1",
        alarm_email="who@example.com",
        monthly_budget=0,
    )
    app = cdk.App(outdir=str(tmp_path / "out"), context=read_context())
    template = Template.from_stack(add_stage(app, stage, fake_packager(tmp_path)))

    subscriptions = template.find_resources(
        "AWS::SNS::Subscription", {"Properties": {"Protocol": "email"}}
    )
    (properties,) = [each["Properties"] for each in subscriptions.values()]
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
    """Return the graphs by their titles; `@` stands for values that are known at deployment."""
    (page,) = stacks.resources(stage, "AWS::CloudWatch::Dashboard").values()
    (_, parts) = page["Properties"]["DashboardBody"]["Fn::Join"]
    body = json.loads("".join(part if isinstance(part, str) else "@" for part in parts))
    return {each["properties"]["title"]: each["properties"] for each in body["widgets"]}


def list_graph_metrics(widget: Mapping[str, Any]) -> Iterator[tuple[list[str], Mapping[str, Any]]]:
    """Yield namespace, name and dimensions of each metric in a graph, and its options."""
    for row in widget.get("metrics", ()):
        *names, options = row if isinstance(row[-1], dict) else [*row, {}]
        yield names, options


@pytest.mark.parametrize("stage", ALL)
def test_the_dashboard_uses_only_metrics_that_are_written(
    stacks: Stacks, written: DimensionsByMetric, stage: str
) -> None:
    shown = set()
    for title, widget in widgets(stacks, stage).items():
        ids = {how["id"] for _, how in list_graph_metrics(widget) if "id" in how}
        for names, how in list_graph_metrics(widget):
            if names and names[0] == "Calotype":
                _, metric, function, _, *rest = names
                values = frozenset(zip(rest[::2], rest[1::2], strict=True))
                shown.add(metric)
                assert function == "function"
                assert values in written[metric], title
            used = set(re.findall(r"\b[a-z]\w*", how.get("expression", "")))
            assert used <= ids, title

    unused = {"IngestBusy", "RefineMilliseconds"}  # retries are no failures
    if stage != "learning":
        unused |= {"Refinements", "RefinedBytes"}
    assert set(written) - shown == unused


def test_the_dashboard_shows_tiers_stages_savings_and_cost(stacks: Stacks) -> None:
    shown = widgets(stacks, "production")

    tiers = [how.get("label") for _, how in list_graph_metrics(shown["Requests by tier"])]
    assert {"edge or bucket", "function, from the bucket", "function, rendered"} <= set(tiers)
    for each in ("p50", "p95", "p99"):
        timed = list(list_graph_metrics(shown[f"Origin: time by stage, {each}"]))
        assert {names[1] for names, _ in timed} == {
            f"{stage}Milliseconds" for stage in TIMED_STAGES
        }
        assert {how["stat"] for _, how in timed} == {each}
    saved = list(list_graph_metrics(shown["Bytes saved by new derivatives"]))
    assert saved[0][1]["expression"] == "(original - derivative) / 1000000"
    assert shown["Alarms"]["alarms"] == ["@"] * len(expected_alarms("production"))


@pytest.mark.parametrize(
    "invoked, hits, rest", [(100, 60, 0), (30, 60, 10), (0, 100, 0), (0, 0, 100), (60, 60, 0)]
)
def test_cache_hits_and_bucket_hits_are_separate_if_cloudfront_counts_hits(
    stacks: Stacks, invoked: int, hits: int, rest: int
) -> None:
    shown = {
        how["label"]: (names, how)
        for names, how in list_graph_metrics(widgets(stacks, "adopted")["Requests by tier"])
        if "label" in how
    }
    measured = {"invocations": invoked, "requests": 100, "hits": hits}

    assert "edge or bucket" not in shown
    assert shown["edge"][0][:2] == ["AWS/CloudFront", "CacheHitRate"]
    expression = shown["bucket"][1]["expression"]
    value = eval(expression, {"__builtins__": {}}, FUNCTIONS | measured)  # noqa: S307 reason: our own expression
    assert value == pytest.approx(rest)


def test_only_a_stage_with_edge_metrics_has_cloudfronts_paid_metrics(stacks: Stacks) -> None:
    stages = {
        name for name in ALL if stacks.resources(name, "AWS::CloudFront::MonitoringSubscription")
    }

    assert stages == {"adopted"}


@pytest.mark.parametrize("stage", ["production", "adopted"])
def test_the_cost_is_computed_for_the_deployed_memory_and_architecture(
    stacks: Stacks, stage: str
) -> None:
    function = stacks.properties(stage, "AWS::Lambda::Function", "CdnOriginFunction")
    (architecture,) = function["Architectures"]
    widget = widgets(stacks, stage)["Origin: cost of 1,000 answers, at list price"]
    (expression,) = [
        how["expression"] for _, how in list_graph_metrics(widget) if "expression" in how
    ]
    second = COMPUTE[architecture].cost(1, free_tier=False)
    answers = INVOCATIONS.cost(1000, free_tier=False)

    shown = eval(expression, {"__builtins__": {}}, {"duration": 150 * 40, "invocations": 40})  # noqa: S307 reason: our own expression

    computed = 1000 * 0.150 * function["MemorySize"] / 1024 * second
    assert shown == pytest.approx(computed + answers, rel=1e-4)


@pytest.mark.parametrize("stage", ALL)
def test_graphs_read_cloudfronts_metrics_in_us_east_1(stacks: Stacks, stage: str) -> None:
    regions = [
        how.get("region")
        for widget in widgets(stacks, stage).values()
        for names, how in list_graph_metrics(widget)
        if names and names[0] == "AWS/CloudFront"
    ]

    assert bool(regions) is (ALL[stage].front is Front.CLOUDFRONT)
    assert set(regions) <= {"us-east-1"}
