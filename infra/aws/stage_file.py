"""Reads and writes `calotype.toml`: the stages of a project that is no checkout of Calotype.

[stages.production]
like = "production"
domain_names = ["img.example.com"]
"""

import dataclasses
import json
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from infra.aws.network import Network
from infra.aws.stage import Front, OriginalsEvents, Stage

STAGE_FILE: Final = "calotype.toml"
"""The name of the file, in the current directory."""

_FIELDS: Final = {field.name: field for field in dataclasses.fields(Stage)}
_LIKE: Final = "like"
_NO_SUCH_SETTING: Final = "is no setting of a stage: docs/deploy.md"


def read_stages(path: Path, known: Mapping[str, Stage]) -> dict[str, Stage]:
    """Return the stages of a file, by name; none if there is no file.

    A table may start from one of the *known* stages, which it names as `like`.

    Raises:
        ValueError: the file is no TOML, or a stage cannot be deployed; the message says why.

    """
    return {name: _build_stage(name, row, known) for name, row in _read_rows(path).items()}


def _read_rows(path: Path) -> dict[str, Any]:
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return {}
    try:
        rows = tomllib.loads(text).get("stages", {})
    except tomllib.TOMLDecodeError as error:
        message = f"{path}: {error}"
        raise ValueError(message) from error
    if not isinstance(rows, dict) or not all(isinstance(row, dict) for row in rows.values()):
        message = f"{path}: write a table such as [stages.production] for each stage"
        raise ValueError(message)
    return rows


def _build_stage(name: str, row: Mapping[str, Any], known: Mapping[str, Stage]) -> Stage:
    settings = {key: _convert(name, key, value) for key, value in row.items() if key != _LIKE}
    if _LIKE not in row:
        return Stage(name=name, **settings)
    if row[_LIKE] not in known:
        message = f"{name}: like must be one of {', '.join(known)}"
        raise ValueError(message)
    return dataclasses.replace(known[row[_LIKE]], name=name, **settings)


def _convert(name: str, key: str, value: Any) -> Any:
    """Return a setting as a stage has it: tuples for lists, and the types of front and network.

    Raises:
        ValueError: there is no such setting, or it has another type.

    """
    if key not in _FIELDS or key == "name":
        message = f"{name}: {key} {_NO_SUCH_SETTING}"
        raise ValueError(message)
    try:
        match key:
            case "front":
                return Front(value)
            case "originals_events":
                return OriginalsEvents(value)
            case "network":
                return Network(**value)
            case (
                "replicas"
                | "domain_names"
                | "upload_origins"
                | "allowed_from"
                | "originals_suffixes"
            ):
                if not isinstance(value, list):
                    raise TypeError  # noqa: TRY301 reason: one message for all of them
                return tuple(map(str, value))
            case "settings" | "edge_settings":
                return {str(each): str(text) for each, text in value.items()}
    except (AttributeError, TypeError, ValueError) as error:
        message = f"{name}: {key} cannot be {json.dumps(value, default=str)}: docs/deploy.md"
        raise ValueError(message) from error
    expected = int if key == "origin_concurrency" else type(_FIELDS[key].default)
    if type(value) is not expected:
        message = f"{name}: {key} cannot be {json.dumps(value, default=str)}: docs/deploy.md"
        raise ValueError(message)
    return value


def add_stage_row(path: Path, name: str, settings: Mapping[str, Any]) -> Stage:
    """Append a stage to a file, and return it.

    The stage requires signatures, and has the default settings otherwise.

    Raises:
        ValueError: it cannot be deployed, or the file has a stage of that name already.

    """
    if name in _read_rows(path):
        message = f"{path} has the stage {name} already: change its settings there"
        raise ValueError(message)
    row = {**settings, "edge_settings": {"REQUIRE_SIGNATURE": "true"}}
    stage = _build_stage(name, row, {})
    lines = [f"{key} = {_format(value)}" for key, value in row.items()]
    before = path.read_text(encoding="utf-8").rstrip("\n") + "\n\n" if path.exists() else ""
    path.write_text(f"{before}[stages.{name}]\n" + "\n".join(lines) + "\n", encoding="utf-8")
    return stage


def _format(value: Any) -> str:
    """Return a text, a number or a collection of texts as TOML."""
    if isinstance(value, Mapping):
        pairs = ", ".join(f"{key} = {_format(each)}" for key, each in value.items())
        return f"{{ {pairs} }}"
    return json.dumps(value, ensure_ascii=False)
