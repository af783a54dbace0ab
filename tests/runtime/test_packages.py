"""The zips: for the right machine, with nothing needless, and the same bytes every time."""

import shutil
import struct
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path, PurePosixPath

import pytest

from infra import packaging
from infra.aws.constructs import edge_package
from infra.packaging import FUNCTIONS, Failed, packaged
from infra.packaging.interpreters import interpreter
from infra.packaging.wheels import installed, pins

ORIGIN = (packaging._ROOT / "requirements" / "origin.txt").read_text()
ELF_MACHINES = {"x86_64": 62, "arm64": 183}
MOST_BYTES = 20_000_000
UNCHECKED_HASH = 1


def entries(package: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(package) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.mark.parametrize("function", FUNCTIONS)
def test_packaged_twice_it_is_the_same_bytes(function: str, python: str, tmp_path: Path) -> None:
    first, second = (
        packaged(function, "x86_64", python, tmp_path / name) for name in ("here", "elsewhere")
    )

    assert first != second
    assert first.read_bytes() == second.read_bytes()


def test_the_keeper_of_edge_keys_is_the_same_bytes_too(tmp_path: Path) -> None:
    first, second = (
        edge_package.package("edge_keys", "arm64", tmp_path / name)
        for name in ("here", "elsewhere")
    )

    assert first != second
    assert first.read_bytes() == second.read_bytes()
    names = entries(first).keys()
    assert "edge_keys.py" in names
    assert {
        PurePosixPath(name).parts[2]
        for name in names
        if name.startswith("botocore/data/") and name.count("/") > 2
    } == {"cloudfront-keyvaluestore", "secretsmanager"}
    assert not [name for name in names if name.endswith(".pyc")]


def test_other_code_that_packages_is_another_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    changed = tmp_path / "packaging"
    shutil.copytree(packaging.OURSELVES, changed)
    former = edge_package.package("edge_keys", "arm64", tmp_path)
    with (changed / "archive.py").open("a") as source:
        source.write("# another\n")
    monkeypatch.setattr(edge_package, "OURSELVES", changed)

    assert edge_package.package("edge_keys", "arm64", tmp_path) != former


def test_what_was_packaged_is_found_again(python: str, tmp_path: Path) -> None:
    (tmp_path / f"upload-x86_64-{python}-of-other-sources.zip").touch()
    first = packaged("upload", "x86_64", python, tmp_path)
    moment = first.stat().st_mtime_ns

    assert packaged("upload", "x86_64", python, tmp_path) == first
    assert first.stat().st_mtime_ns == moment
    assert [path.name for path in tmp_path.iterdir()] == [first.name]


@pytest.mark.parametrize("architecture", ["x86_64", "arm64"])
@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_package_is_for_its_machine_and_small(
    function: str, architecture: str, python: str
) -> None:
    package = packaged(function, architecture, python)
    machines = {
        struct.unpack_from("<H", data, 18)[0]
        for data in entries(package).values()
        if data.startswith(b"\x7fELF")
    }

    assert package.stat().st_size < MOST_BYTES
    assert machines <= {ELF_MACHINES[architecture]}
    assert bool(machines) == (function != "upload")


def test_the_origin_is_packaged_without_boto3(python: str) -> None:
    names = {PurePosixPath(name).parts[0] for name in entries(packaged("origin", python=python))}
    projects = {name.split("-")[0] for name in names if name.endswith(".dist-info")}

    assert {"pillow", "cachetools"} <= projects
    assert not {"boto3", "botocore", "urllib3"} & projects


def test_only_what_runs_is_packaged(python: str) -> None:
    names = entries(packaged("ingest", python=python)).keys()

    assert "botocore/data/s3/2006-03-01/service-2.json.gz" in names
    assert not [name for name in names if name.startswith("botocore/data/ec2")]
    assert not [name for name in names if "tests" in PurePosixPath(name).parts]
    assert not [name for name in names if PurePosixPath(name).parts[0] in {"infra", "edge"}]
    assert not [name for name in names if any(part.startswith(".") for part in PurePosixPath(name).parts)]  # fmt: skip
    assert [name for name in names if name.startswith("pillow-") and name.endswith("/METADATA")]


def started(package: Path, python: str, code: str) -> str:
    """Return what is printed once the origin has been started."""
    found = interpreter(python)
    assert found
    environment = {"ORIGINALS_BUCKET": "a", "DERIVATIVES_BUCKET": "b", "AWS_REGION": "us-east-1"}
    done = subprocess.run(
        [str(found.path), "-S", "-P", "-B", "-c", code],
        env=environment | {"PYTHONPATH": str(package), "_HANDLER": "origin_lambda.handler.origin"},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


ELSEWHERE = """
import sys
import origin_lambda.handler
files = {name: vars(module).get("__file__") or "" for name, module in sys.modules.items()}
ours = [sys.modules[name] for name, file in files.items() if file.startswith(sys.path[0])]
shelf = f"{sys.path[0]}/origin_lambda/shelf.{sys.implementation.cache_tag}"
modules = [module for module in ours if module.__file__.endswith(".py")]
print(len(modules), sorted(module.__name__ for module in modules if module.__cached__ != shelf))
"""


def test_a_start_takes_all_modules_from_the_shelf_but_what_finds_it(
    unpacked: Callable[[str], Path], python: str
) -> None:
    modules, others = started(unpacked("origin"), python, ELSEWHERE).split(maxsplit=1)

    assert int(modules) > 70
    assert others == "['origin_lambda', 'origin_lambda.quick_start']"


@pytest.mark.parametrize("architecture", ["x86_64", "arm64"])
def test_what_finds_the_shelf_is_compiled_for_where_lambda_unpacks_it(
    python: str, architecture: str
) -> None:
    found = entries(packaged("origin", architecture, python))
    tag = f"cpython-{python.replace('.', '')}"
    compiled = {name: data for name, data in found.items() if name.endswith(".pyc")}

    assert compiled.keys() == {
        f"origin_lambda/__pycache__/{name}.{tag}.pyc" for name in ("__init__", "quick_start")
    }
    for data in compiled.values():
        assert struct.unpack_from("<I", data, 4)[0] == UNCHECKED_HASH
        assert b"/var/task/origin_lambda/" in data
    assert b"/var/task/PIL/Image.py" in found[f"origin_lambda/shelf.{tag}"]


COMPILED = """
import builtins, dataclasses
texts = []
def seen(text, *names):
    texts.append(text)
    builtins.exec(text, *names)
import origin_lambda
import origin_lambda.quick_start
vars(origin_lambda.quick_start)["exec"] = seen
import origin_lambda.handler
print(dataclasses.is_dataclass(origin_lambda.handler.Request), texts)
"""


def test_no_start_of_the_origin_compiles_a_dataclass(
    unpacked: Callable[[str], Path], python: str
) -> None:
    assert started(unpacked("origin"), python, COMPILED) == "True []"


def test_without_the_right_python_a_warning_says_what_that_costs(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr(packaging, "interpreter", lambda _: None)

    names = entries(packaged("upload", build=tmp_path)).keys()

    assert "no Python 3.13 here" in capsys.readouterr().err
    assert "origin_lambda/handler.py" in names
    assert not [name for name in names if name.endswith(".pyc")]


@pytest.mark.parametrize("architecture, has_it", [("x86_64", True), ("arm64", False)])
def test_a_pin_holds_where_its_condition_does(architecture: str, has_it: bool) -> None:
    found = pins(ORIGIN, architecture, "3.13")

    assert any(pin.startswith("cykooz-resizer==") for pin in found) == has_it
    assert all("--hash=sha256:" in pin and ";" not in pin for pin in found)


def test_a_wheel_that_is_not_the_pinned_one_is_refused(tmp_path: Path) -> None:
    wanted = [f"six==1.17.0 --hash=sha256:{'0' * 64}"]

    with pytest.raises(Failed, match=r"(?i)do not match the hashes"):
        installed(wanted, "x86_64", "3.13", tmp_path / "tree")
