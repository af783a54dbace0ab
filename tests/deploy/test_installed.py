"""The wheel, installed where there is no checkout: its construct, and its template."""

import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.deploy.stacks import REPOSITORY
from tests.test_wheel import install_wheel

_PAGE = REPOSITORY / "docs" / "deploy.md"

_SCRIPT = """
import sys, zipfile
from pathlib import Path
import infra, infra.aws.constructs.edge_package as edge_package

def package(function, architecture):  # the real one downloads libraries: other tests run it
    path = Path(f"{function}-{architecture}.zip")
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(zipfile.ZipInfo("nothing.py"), f"# {function}")
    return path.absolute()

edge_package.package = package
"""


def read_example() -> str:
    """Return the page's first example of the construct."""
    blocks = re.findall(
        r"^```python\n(.*?)^```", _PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
    )
    blocks_of_construct = (
        str(block) for block in blocks if "from calotype_cdk import ImageCdn, Stage" in block
    )
    return next(blocks_of_construct)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Run the example and `calotype template` with the installed wheel, far from the checkout."""
    python = install_wheel(tmp_path_factory.mktemp("wheel"))
    folder = tmp_path_factory.mktemp("project")
    script = folder / "app.py"
    template = "from infra.cli import main\nsys.exit(main(['template', '--bucket', 'ours']))\n"
    printing = "print('imported from', infra.__file__)\n"
    script.write_text(_SCRIPT + printing + read_example() + template, encoding="utf-8")
    result = subprocess.run(
        [python, "-P", script],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "CDK_OUTDIR": str(folder / "cdk.out")},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert result.returncode == 0, result.stderr[-3000:]
    (folder / "printed").write_text(result.stdout, encoding="utf-8")
    return folder


def count(template: Any, kind: str) -> int:
    return [each["Type"] for each in template["Resources"].values()].count(kind)


def test_the_construct_of_the_page_is_synthesised_from_the_wheel(folder: Path) -> None:
    template = json.loads((folder / "cdk.out" / "Shop.template.json").read_text(encoding="utf-8"))

    assert str(REPOSITORY) not in (folder / "printed").read_text(encoding="utf-8")
    assert count(template, "AWS::CloudFront::Distribution") == 1
    assert count(template, "AWS::CloudFront::Function") == 2
    assert count(template, "AWS::Budgets::Budget") == 0
    assert template["Outputs"]["Url"]


def test_the_template_is_written_from_the_wheel_with_its_zips(folder: Path) -> None:
    files = {path.name for path in (folder / "build" / "template").iterdir()}
    printed = (folder / "printed").read_text(encoding="utf-8")

    assert "calotype.template.json" in files
    assert len(files) == 5
    assert "aws s3 sync" in printed
    assert "s3://ours/calotype/" in printed
