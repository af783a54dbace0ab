"""Writes the table of permissions into docs/security.md, from the synthesised template.

python -m infra.aws.commands.permissions [--check]
"""

import json
import re
import sys
import tempfile
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
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
    "Edge/Secrets": "edge keys function",
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
_ANYONE: Final = "anyone"


class Permission(NamedTuple):
    """One permission in words: a row of the table; *effect* is `may` or `may not`."""

    who: str
    effect: str
    actions: tuple[str, ...]
    where: str
    when: str = ""


def list_permissions(template: Mapping[str, Any]) -> list[Permission]:
    """Return all permissions of a template: of roles, resources and functions."""
    names = _name_resources(template)
    resources: Mapping[str, Any] = template["Resources"]
    permissions: list[Permission] = []
    for name, resource in resources.items():
        properties = resource.get("Properties", {})
        if resource["Type"] == "AWS::IAM::Policy":
            permissions += _read_policy(properties["PolicyDocument"], names, who=names[name])
        elif "PolicyDocument" in properties:
            permissions += _read_policy(properties["PolicyDocument"], names, who=None)
        elif resource["Type"] == "AWS::Lambda::Permission":
            permissions.append(_read_invoke_permission(properties, names))
    return _merge(permissions)


def _merge(permissions: Iterable[Permission]) -> list[Permission]:
    """Merge permissions that differ only in their actions, then in their resources."""
    actions: dict[tuple[str, ...], set[str]] = {}
    for row in permissions:
        actions.setdefault((row.who, row.effect, row.where, row.when), set()).update(row.actions)
    places: dict[tuple[str, str, tuple[str, ...], str], list[str]] = {}
    for (who, effect, where, when), names in sorted(actions.items()):
        places.setdefault((who, effect, tuple(sorted(names)), when), []).append(where)
    return [
        Permission(who, effect, names, ", ".join(where), when)
        for (who, effect, names, when), where in places.items()
    ]


def _read_policy(
    document: Mapping[str, Any], names: Mapping[str, str], who: str | None
) -> Iterator[Permission]:
    for statement in document["Statement"]:
        effect = "may" if statement["Effect"] == "Allow" else "may not"
        holder = who or _describe_principal(statement["Principal"])
        for where in _as_list(statement["Resource"]):
            yield Permission(
                holder,
                effect,
                tuple(_as_list(statement["Action"])),
                _describe_resource(where, names),
                _describe_condition(statement.get("Condition", {}), names),
            )


def _read_invoke_permission(properties: Mapping[str, Any], names: Mapping[str, str]) -> Permission:
    when = ""
    if "SourceArn" in properties:
        when = f"from {_describe_resource(properties['SourceArn'], names)}"
    if properties.get("InvokedViaFunctionUrl"):
        when += ", by its URL"
    return Permission(
        _SERVICES[properties["Principal"]],
        "may",
        (properties["Action"],),
        _describe_resource(properties["FunctionName"], names),
        when,
    )


def _name_resources(template: Mapping[str, Any]) -> dict[str, str]:
    """Return the names of a template's resources by their logical ids."""
    names = {}
    for name, resource in template["Resources"].items():
        path = resource.get("Metadata", {}).get(_PATH, "").partition("/Cdn/")[2]
        parts = path.split("/")
        known = _NAMES.get("/".join(parts[:2])) or _NAMES.get(parts[0])
        is_log = resource["Type"] == "AWS::Logs::LogGroup"
        names[name] = "its own log" if is_log else known or resource["Type"]
    return names


def _describe_principal(principal: Any) -> str:
    if principal in ("*", {"AWS": "*"}):
        return _ANYONE
    return ", ".join(_SERVICES[service] for service in _as_list(principal["Service"]))


def _describe_condition(condition: Mapping[str, Any], names: Mapping[str, str]) -> str:
    words = []
    for tests in condition.values():
        for key, value in tests.items():
            match key.lower():
                case "aws:securetransport":
                    words.append("over plain HTTP")
                case "aws:sourcearn" if "Fn::Sub" not in value:
                    words.append(f"from {_describe_resource(value, names)}")
                case "aws:sourceaccount":
                    words.append("from this account")
    return ", ".join(words)


def _describe_resource(value: Any, names: Mapping[str, str]) -> str:
    """Return the name of the resource that an ARN names, and its part in backquotes."""
    text = _format_arn(value, names)
    mark = re.search(r"\{([^}]*)\}(.*)", text)
    if mark is None:
        return "log deliveries" if ":delivery-source:" in text else text
    rest = mark[2] if mark[2] not in {"/*/*", "*"} else ""
    return f"{mark[1]} `{rest}`" if rest else mark[1]


def _format_arn(value: Any, names: Mapping[str, str]) -> str:
    """Return an ARN as text, with the names of resources in braces."""
    match value:
        case str():
            return value
        case {"Fn::Join": [_, parts]}:
            return "".join(_format_arn(part, names) for part in parts)
        case {"Fn::GetAtt": [name, *_]} | {"Ref": str(name)}:
            return "{" + names[name] + "}" if name in names else ""
        case _:
            return ""


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def format_table(permissions: Iterable[Permission]) -> str:
    """Return permissions as a Markdown table."""
    lines = ["| who | | what | where | when |", "|---|---|---|---|---|"]
    for row in permissions:
        actions = ", ".join(f"`{action}`" for action in row.actions)
        lines.append(f"| {row.who} | {row.effect} | {actions} | {row.where} | {row.when} |")
    return "\n".join(lines)


def synthesise(**options: Any) -> dict[str, Any]:
    """Return the template of a stage, with empty functions: only permissions count here.

    *options* replace some of the stage's.
    """
    with tempfile.TemporaryDirectory() as folder:
        code = Path(folder) / "empty.zip"
        with zipfile.ZipFile(code, "w") as archive:
            archive.writestr("empty.py", "")
        app = cdk.App(outdir=f"{folder}/out", context={"aws:cdk:enable-path-metadata": True})
        stage = replace(STAGES[_STAGE], **options)
        add_stage(app, stage, lambda function, architecture: code)  # noqa: ARG005 reason: the same for all
        app.synth()
        path = Path(folder) / "out" / f"{stack_name(_STAGE)}.template.json"
        template: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return template


def replace_table(document: str, table: str) -> str:
    """Return a document with *table* between its marks.

    Raises:
        ValueError: the marks are missing.

    """
    before, begin, rest = document.partition(_BEGIN)
    _, end, after = rest.partition(_END)
    if not (begin and end):
        message = f"{DOCUMENT.name} has no '{_BEGIN}' ... '{_END}'"
        raise ValueError(message)
    return f"{before}{_BEGIN}\n{table}\n{_END}{after}"


def main(arguments: list[str]) -> int:
    """Write the table; with --check, return 1 if the written one is not up to date."""
    current = DOCUMENT.read_text(encoding="utf-8")
    expected = replace_table(current, format_table(list_permissions(synthesise())))
    if "--check" in arguments:
        if current == expected:
            return 0
        print("docs/security.md is not up to date; run: make generate")
        return 1
    DOCUMENT.write_text(expected, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
