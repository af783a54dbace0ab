"""The wheel, installed where there is no checkout: it serves a folder and runs its commands."""

import contextlib
import io
import re
import socket
import subprocess
import sys
import sysconfig
import venv
import zipfile
from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen

import pytest
from PIL import Image

ROOT = Path(__file__).parents[1]


def install_wheel(folder: Path) -> Path:
    """Install the wheel in an empty environment, which finds the libraries of this one.

    Return its Python. The wheel itself is unpacked as pip does it, so nothing is downloaded.
    """
    build = (sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder / "dist")
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    venv.create(folder / "venv", with_pip=False)
    (site,) = (folder / "venv").glob("lib/python*/site-packages")
    (wheel,) = (folder / "dist").glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    # A line of a .pth file is a folder of packages. Its own .pth files, which would add this
    # checkout, are not read.
    (site / "libraries.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return folder / "venv" / "bin" / "python"


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return install_wheel(tmp_path_factory.mktemp("wheel"))


def run(python: Path, folder: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    """Run `calotype` in a folder, without node."""
    return subprocess.run(
        [python, "-P", "-m", "infra.cli", *map(str, arguments)],
        cwd=folder,
        env={"PATH": str(folder)},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


@contextlib.contextmanager
def serve(python: Path, folder: Path) -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [str(python), "-P", "-m", "infra.cli", "serve", "pictures", "--port", str(port)]
    with subprocess.Popen(
        command, cwd=folder, env={"PATH": str(folder)}, stdout=subprocess.PIPE, text=True
    ) as server:
        assert server.stdout is not None
        while "Stop with" not in server.stdout.readline():
            assert server.poll() is None
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()
            server.stdout.read()


def test_a_folder_is_served_and_a_derivative_is_rendered(installed: Path, tmp_path: Path) -> None:
    (tmp_path / "pictures").mkdir()
    Image.new("RGB", (300, 200), "teal").save(tmp_path / "pictures" / "tom.png")

    with (
        serve(installed, tmp_path) as url,
        urlopen(f"{url}/tom.png?w=30&fm=webp", timeout=60) as answer,  # noqa: S310 reason: loopback
    ):
        picture = Image.open(io.BytesIO(answer.read()))

    assert (picture.format, picture.size) == ("WEBP", (30, 20))


def test_a_file_is_rendered_without_a_server(installed: Path, tmp_path: Path) -> None:
    Image.new("RGB", (300, 200), "teal").save(tmp_path / "in.png")
    result = run(installed, tmp_path, "render", "in.png", "out.avif", "w=60")

    assert result.returncode == 0, result.stderr
    with Image.open(tmp_path / "out.avif") as picture:
        assert picture.size == (60, 40)


def test_the_wheel_has_the_edge_function_minified_so_it_needs_no_node(
    installed: Path, tmp_path: Path
) -> None:
    code = "from edge.build import build; print(len(build()))"
    result = subprocess.run(
        [installed, "-P", "-c", code],
        cwd=tmp_path,
        env={"PATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )

    assert result.returncode == 0, result.stderr
    assert 5_000 < int(result.stdout) <= 10_240


def test_every_page_that_a_message_names_can_be_printed(installed: Path, tmp_path: Path) -> None:
    (site,) = installed.parents[1].glob("lib/python*/site-packages")
    named = {
        page
        for package in ("edge", "infra", "origin_lambda")
        for path in (site / package).rglob("*.py")
        for page in re.findall(r"docs/([a-z-]+)\.md", path.read_text(encoding="utf-8"))
    }
    listed = run(installed, tmp_path, "docs").stdout.split()

    assert len(named) > 8
    assert named <= set(listed)
    assert run(installed, tmp_path, "docs", "docs/deploy.md").stdout.startswith("# Deploy")


def test_a_deployment_without_node_says_what_to_install(installed: Path, tmp_path: Path) -> None:
    code = (
        "from infra.aws.commands import cdk\n"
        "try: cdk.install(cdk.find_command())\n"
        "except cdk.CdkMissing as error: print(error)"
    )
    result = subprocess.run(
        [installed, "-P", "-c", code],
        cwd=tmp_path,
        env={"PATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )

    assert result.stdout == (
        "CDK needs node and npm: install Node 22 (https://nodejs.org), and try again\n"
    )


def test_a_missing_library_is_named_with_its_extra(installed: Path, tmp_path: Path) -> None:
    (site,) = installed.parents[1].glob("lib/python*/site-packages")
    # Without the libraries of this environment the wheel has only itself.
    bare = subprocess.run(
        [installed, "-S", "-P", "-c", _BARE.format(site=str(site))],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert bare.returncode == 2
    assert re.fullmatch(
        r"calotype: \w+ is missing; run: pip install 'calotype\[serve\]'\n", bare.stderr
    )


_BARE = """
import sys
sys.path.append({site!r})
from infra.cli import main
sys.exit(main(["serve", "."]))
"""
