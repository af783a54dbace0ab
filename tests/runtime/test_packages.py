"""The packages: for the right machine, without unused files, and the same bytes every time."""

import shutil
import struct
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path, PurePosixPath

import pytest

from infra import packaging
from infra.aws.constructs import edge_package
from infra.checkout import find_lock
from infra.packaging import FUNCTIONS, PackagingFailed, build_package
from infra.packaging.interpreters import find_interpreter
from infra.packaging.wheels import install_wheels, select_pins

ORIGIN = find_lock("origin.txt").read_text()
ELF_MACHINES = {"x86_64": 62, "arm64": 183}
# A guard against a library that slips in; Lambda accepts 50 MB. Ingest has numpy, for the faces; it
# and the origin have fonts.
MOST_BYTES = {
    "origin": 28_000_000,
    "ingest": 43_000_000,
    "refine": 32_000_000,
    "upload": 21_000_000,
}
MOST_BYTES_UNZIPPED = 250 * 2**20
UNCHECKED_HASH = 1


def entries(package: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(package) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_second_build_gives_the_same_bytes(function: str, python: str, tmp_path: Path) -> None:
    first, second = (
        build_package(function, "x86_64", python, tmp_path / name) for name in ("here", "elsewhere")
    )

    assert first != second
    assert first.read_bytes() == second.read_bytes()


def test_the_edge_keys_function_is_the_same_bytes_too(tmp_path: Path) -> None:
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


def test_a_change_of_the_packaging_code_changes_the_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    changed = tmp_path / "packaging"
    shutil.copytree(packaging.PACKAGING_SOURCE, changed)
    former = edge_package.package("edge_keys", "arm64", tmp_path)
    with (changed / "package_tree.py").open("a") as source:
        source.write("# changed\n")
    monkeypatch.setattr(edge_package, "PACKAGING_SOURCE", changed)

    assert edge_package.package("edge_keys", "arm64", tmp_path) != former


def test_a_package_is_built_once_and_replaces_older_ones(python: str, tmp_path: Path) -> None:
    (tmp_path / f"upload-x86_64-{python}-of-other-sources.zip").touch()
    first = build_package("upload", "x86_64", python, tmp_path)
    moment = first.stat().st_mtime_ns

    assert build_package("upload", "x86_64", python, tmp_path) == first
    assert first.stat().st_mtime_ns == moment
    assert [path.name for path in tmp_path.iterdir()] == [first.name]


@pytest.mark.parametrize("architecture", ["x86_64", "arm64"])
@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_package_is_small_and_for_its_machine(
    function: str, architecture: str, python: str
) -> None:
    package = build_package(function, architecture, python)
    machines = {
        struct.unpack_from("<H", data, 18)[0]
        for data in entries(package).values()
        if data.startswith(b"\x7fELF")
    }

    assert package.stat().st_size < MOST_BYTES[function]
    assert sum(map(len, entries(package).values())) < MOST_BYTES_UNZIPPED
    assert machines <= {ELF_MACHINES[architecture]}
    assert bool(machines) == (function != "upload")


def test_the_origin_is_packaged_without_boto3(python: str) -> None:
    names = {
        PurePosixPath(name).parts[0] for name in entries(build_package("origin", python=python))
    }
    projects = {name.split("-")[0] for name in names if name.endswith(".dist-info")}

    assert {"pillow", "cachetools"} <= projects
    assert not {"boto3", "botocore", "urllib3", "numpy"} & projects


@pytest.mark.parametrize("function", FUNCTIONS)
def test_only_ingest_is_packaged_with_the_face_detector(function: str, python: str) -> None:
    names = entries(build_package(function, python=python)).keys()
    parts = {"origin_lambda/adapters/blazeface/full_range.npz", "numpy/__init__.py"}
    found = {name for name in names if name in parts or name.startswith("numpy/_core/_multiarray")}

    assert len(found) == (2 if function == "ingest" else 0)


def test_what_renders_is_packaged_with_fonts_and_their_licences(python: str) -> None:
    for function in FUNCTIONS:
        names = entries(build_package(function, python=python)).keys()
        fonts = {PurePosixPath(name).parts[0] for name in names if name.endswith(".ttf")}
        assert bool(fonts) == (function != "upload")
        assert {f"{font}/LICENSE" for font in fonts} <= names


def test_lambda_can_execute_the_script_that_streams(python: str) -> None:
    with zipfile.ZipFile(build_package("origin", python=python)) as archive:
        modes = {each.filename: each.external_attr >> 16 for each in archive.infolist()}

    assert modes["origin_lambda/stream"] == 0o100755
    assert modes["origin_lambda/handler.py"] == 0o100644


def test_unused_files_are_left_out(python: str) -> None:
    names = entries(build_package("ingest", python=python)).keys()

    assert "botocore/data/s3/2006-03-01/service-2.json.gz" in names
    assert not [name for name in names if name.startswith("botocore/data/ec2")]
    assert not [name for name in names if "tests" in PurePosixPath(name).parts]
    assert not [name for name in names if PurePosixPath(name).parts[0] in {"infra", "edge"}]
    assert not [name for name in names if any(part.startswith(".") for part in PurePosixPath(name).parts)]  # fmt: skip
    assert [name for name in names if name.startswith("pillow-") and name.endswith("/METADATA")]


def run_origin(package: Path, python: str, code: str) -> str:
    """Return what code prints that imports the origin from its package."""
    interpreter = find_interpreter(python)
    assert interpreter
    environment = {"ORIGINALS_BUCKET": "a", "DERIVATIVES_BUCKET": "b", "AWS_REGION": "us-east-1"}
    completed = subprocess.run(
        [str(interpreter.path), "-S", "-P", "-B", "-c", code],
        env=environment | {"PYTHONPATH": str(package), "_HANDLER": "origin_lambda.handler.origin"},
        capture_output=True,
        text=True,
        check=True,
    )
    return completed.stdout.strip()


MODULES_OUTSIDE_THE_ARCHIVE = """
import sys
import origin_lambda.handler
files = {name: vars(module).get("__file__") or "" for name, module in sys.modules.items()}
packaged = [sys.modules[name] for name, file in files.items() if file.startswith(sys.path[0])]
archive = f"{sys.path[0]}/origin_lambda/bytecode.{sys.implementation.cache_tag}"
modules = [module for module in packaged if module.__file__.endswith(".py")]
print(len(modules), sorted(module.__name__ for module in modules if module.__cached__ != archive))
"""


def test_a_start_loads_all_modules_but_two_from_the_archive(
    unpack: Callable[[str], Path], python: str
) -> None:
    modules, others = run_origin(unpack("origin"), python, MODULES_OUTSIDE_THE_ARCHIVE).split(
        maxsplit=1
    )

    assert int(modules) > 70
    assert others == "['origin_lambda', 'origin_lambda.import_cache']"


@pytest.mark.parametrize("architecture", ["x86_64", "arm64"])
def test_bytecode_has_the_paths_of_lambda(python: str, architecture: str) -> None:
    files = entries(build_package("origin", architecture, python))
    tag = f"cpython-{python.replace('.', '')}"
    compiled = {name: data for name, data in files.items() if name.endswith(".pyc")}

    assert compiled.keys() == {
        f"origin_lambda/__pycache__/{name}.{tag}.pyc" for name in ("__init__", "import_cache")
    }
    for data in compiled.values():
        assert struct.unpack_from("<I", data, 4)[0] == UNCHECKED_HASH
        assert b"/var/task/origin_lambda/" in data
    assert b"/var/task/PIL/Image.py" in files[f"origin_lambda/bytecode.{tag}"]


COMPILED_DATACLASSES = """
import builtins, dataclasses
texts = []
def record(text, *names):
    texts.append(text)
    builtins.exec(text, *names)
import origin_lambda
import origin_lambda.import_cache
vars(origin_lambda.import_cache)["exec"] = record
import origin_lambda.handler
print(dataclasses.is_dataclass(origin_lambda.handler.Request), texts)
"""


def test_a_start_of_the_origin_compiles_no_dataclass(
    unpack: Callable[[str], Path], python: str
) -> None:
    assert run_origin(unpack("origin"), python, COMPILED_DATACLASSES) == "True []"


def test_without_the_right_python_a_warning_names_the_cost(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr(packaging, "find_interpreter", lambda _: None)

    names = entries(build_package("upload", build=tmp_path)).keys()

    assert "no Python 3.13 here" in capsys.readouterr().err
    assert "origin_lambda/handler.py" in names
    assert not [name for name in names if name.endswith(".pyc")]


@pytest.mark.parametrize("architecture, has_it", [("x86_64", True), ("arm64", False)])
def test_a_pin_applies_where_its_marker_does(architecture: str, has_it: bool) -> None:
    pins = select_pins(ORIGIN, architecture, "3.13")

    assert any(pin.startswith("cykooz-resizer==") for pin in pins) == has_it
    assert all("--hash=sha256:" in pin and ";" not in pin for pin in pins)


def test_a_wheel_with_another_hash_is_refused(tmp_path: Path) -> None:
    pins = [f"six==1.17.0 --hash=sha256:{'0' * 64}"]

    with pytest.raises(PackagingFailed, match=r"(?i)do not match the hashes"):
        install_wheels(pins, "x86_64", "3.13", tmp_path / "tree")
