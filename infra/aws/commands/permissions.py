"""Writes the table of who may do what into docs/security.md, from the synthesised template.

python -m infra.aws.commands.permissions [--check]
"""

import json
import re
import sys
import tempfile
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

import aws_cdk as cdk

from infra.aws.app import add_stage, stack_name
from infra.aws.stages import STAGES

DOCUMENT: Final = Path(__file__).parents[3] / "docs" / "security.md"
_BEGIN: Final = "<!-- written by python -m infra.aws.commands.permissions -->"
_END: Final = "<!-- end -->"
_STAGE: Final = "production"

_NAMES: Final = {
    "Originals": "originals",
    "Derivatives": "derivatives",
    "Catalog": "catalog",
    "Alerts": "alerts topic",
    "Operations/Topic": "alarms topic",
    "IngestQueue": "ingest queue",
    "IngestQueue/DeadLetters": "dead letters",
    "Secrets/SigningKeys": "signing keys",
    "Secrets/UploadTokens": "upload tokens",
    "Distribution": "the distribution",
    "Origin": "origin function",
    "Origin/Live": "origin function",
    "Ingest": "ingest function",
    "Upload": "upload function",
    "Upload/Api": "upload API",
    "Edge/Secrets": "edge keys' function",
    "Edge/Store": "edge's KeyValueStore",
    "AccessLogs": "access logs",
}
_SERVICES: Final = {
    "apigateway.amazonaws.com": "API Gateway",
    "budgets.amazonaws.com": "AWS Budgets",
    "cloudfront.amazonaws.com": "CloudFront",
    "cloudwatch.amazonaws.com": "CloudWatch",
    "delivery.logs.amazonaws.com": "CloudFront's log delivery",
    "s3.amazonaws.com": "S3",
    "sns.amazonaws.com": "SNS",
}
_PATH: Final = "aws:cdk:path"
_EVERYBODY: Final = "everybody"


class Row(NamedTuple):
    """One permission, in words; *effect* is `may` or `may not`."""

    who: str
    effect: str
    actions: tuple[str, ...]
    where: str
    when: str = ""


def rows(template: Mapping[str, Any]) -> list[Row]:
    """Return all permissions of a template: of roles, of resources, of functions."""
    names = _names(template)
    resources: Mapping[str, Any] = template["Resources"]
    found: list[Row] = []
    for name, resource in resources.items():
        properties = resource.get("Properties", {})
        if resource["Type"] == "AWS::IAM::Policy":
            found += _of_policy(properties["PolicyDocument"], names, who=names[name])
        elif "PolicyDocument" in properties:
            found += _of_policy(properties["PolicyDocument"], names, who=None)
        elif resource["Type"] == "AWS::Lambda::Permission":
            found.append(_of_permission(properties, names))
    return _merged(found)


def _merged(found: Iterable[Row]) -> list[Row]:
    """Return rows of which none says of one place, or of one set of actions, what another does."""
    actions: dict[tuple[str, ...], set[str]] = {}
    for row in found:
        actions.setdefault((row.who, row.effect, row.where, row.when), set()).update(row.actions)
    places: dict[tuple[str, str, tuple[str, ...], str], list[str]] = {}
    for (who, effect, where, when), done in sorted(actions.items()):
        places.setdefault((who, effect, tuple(sorted(done)), when), []).append(where)
    return [
        Row(who, effect, done, ", ".join(where), when)
        for (who, effect, done, when), where in places.items()
    ]


def _of_policy(
    document: Mapping[str, Any], names: Mapping[str, str], who: str | None
) -> Iterator[Row]:
    for statement in document["Statement"]:
        effect = "may" if statement["Effect"] == "Allow" else "may not"
        whose = who or _principal(statement["Principal"])
        for where in _many(statement["Resource"]):
            yield Row(
                whose,
                effect,
                tuple(_many(statement["Action"])),
                _place(where, names),
                _condition(statement.get("Condition", {}), names),
            )


def _of_permission(properties: Mapping[str, Any], names: Mapping[str, str]) -> Row:
    when = f"from {_place(properties['SourceArn'], names)}" if "SourceArn" in properties else ""
    if properties.get("InvokedViaFunctionUrl"):
        when += ", by its URL"
    return Row(
        _SERVICES[properties["Principal"]],
        "may",
        (properties["Action"],),
        _place(properties["FunctionName"], names),
        when,
    )


def _names(template: Mapping[str, Any]) -> dict[str, str]:
    """Return what the resources of a template are called, by their logical ids."""
    names = {}
    for name, resource in template["Resources"].items():
        path = resource.get("Metadata", {}).get(_PATH, "").partition("/Cdn/")[2]
        parts = path.split("/")
        told = _NAMES.get("/".join(parts[:2])) or _NAMES.get(parts[0])
        is_log = resource["Type"] == "AWS::Logs::LogGroup"
        names[name] = "its own log" if is_log else told or resource["Type"]
    return names


def _principal(principal: Any) -> str:
    if principal in ("*", {"AWS": "*"}):
        return _EVERYBODY
    return ", ".join(_SERVICES[service] for service in _many(principal["Service"]))


def _condition(condition: Mapping[str, Any], names: Mapping[str, str]) -> str:
    told = []
    for tests in condition.values():
        for key, value in tests.items():
            match key.lower():
                case "aws:securetransport":
                    told.append("over plain HTTP")
                case "aws:sourcearn" if "Fn::Sub" not in value:
                    told.append(f"from {_place(value, names)}")
                case "aws:sourceaccount":
                    told.append("from this account")
    return ", ".join(told)


def _place(value: Any, names: Mapping[str, str]) -> str:
    """Return which resource an ARN names, and which part of it."""
    text = _written(value, names)
    mark = re.search(r"\{([^}]*)\}(.*)", text)
    if mark is None:
        return "log deliveries" if ":delivery-source:" in text else text
    rest = mark[2] if mark[2] not in {"/*/*", "*"} else ""
    return f"{mark[1]} `{rest}`" if rest else mark[1]


def _written(value: Any, names: Mapping[str, str]) -> str:
    match value:
        case str():
            return value
        case {"Fn::Join": [_, parts]}:
            return "".join(_written(part, names) for part in parts)
        case {"Fn::GetAtt": [name, *_]} | {"Ref": str(name)}:
            return "{" + names[name] + "}" if name in names else ""
        case _:
            return ""


def _many(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def table(found: Iterable[Row]) -> str:
    """Return the rows as Markdown."""
    lines = ["| who | | what | where | when |", "|---|---|---|---|---|"]
    for row in found:
        actions = ", ".join(f"`{action}`" for action in row.actions)
        lines.append(f"| {row.who} | {row.effect} | {actions} | {row.where} | {row.when} |")
    return "\n".join(lines)


def synthesised() -> dict[str, Any]:
    """Return the template of a stage whose functions do nothing: it is about what they may do."""
    with tempfile.TemporaryDirectory() as folder:
        code = Path(folder) / "nothing.zip"
        with zipfile.ZipFile(code, "w") as archive:
            archive.writestr("nothing.py", "")
        app = cdk.App(outdir=f"{folder}/out", context={"aws:cdk:enable-path-metadata": True})
        add_stage(app, STAGES[_STAGE], lambda function, architecture: code)  # noqa: ARG005 reason: one for all
        app.synth()
        path = Path(folder) / "out" / f"{stack_name(_STAGE)}.template.json"
        template: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return template


def with_table(document: str, told: str) -> str:
    """Return a document with a table in place of the one between its marks.

    Raises:
        ValueError: the marks are missing.

    """
    before, begin, rest = document.partition(_BEGIN)
    _, end, after = rest.partition(_END)
    if not (begin and end):
        message = f"{DOCUMENT.name} has no '{_BEGIN}' ... '{_END}'"
        raise ValueError(message)
    return f"{before}{_BEGIN}\n{told}\n{_END}{after}"


def main(arguments: list[str]) -> int:
    """Write the table, or return 1 where it is not what it would be."""
    now = DOCUMENT.read_text(encoding="utf-8")
    wanted = with_table(now, table(rows(synthesised())))
    if "--check" in arguments:
        if now == wanted:
            return 0
        print("docs/security.md is not up to date; run: make generate")
        return 1
    DOCUMENT.write_text(wanted, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
