"""Writes a CloudFormation template and its zips, which anyone can launch from a bucket of theirs.

python -m infra.aws.commands.template [--bucket BUCKET] [--prefix calotype/] [--region us-east-1]
"""

import argparse
import json
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, urlencode

import aws_cdk as cdk

from infra.aws.app import CONTEXT, CalotypeStack
from infra.aws.commands.launchable import launchable_stage, make_launchable
from infra.aws.constructs.edge_package import package
from infra.aws.constructs.function import Packager
from infra.aws.stage import EDGE_REGION, Front
from infra.checkout import find_work_folder
from infra.packaging import ARCHITECTURES, PackagingFailed

TEMPLATE: Final = "calotype.template.json"
_STACK: Final = "calotype"
_DIGITS: Final = 16


def write_template(
    folder: Path,
    code: Packager = package,
    *,
    front: Front = Front.CLOUDFRONT,
    architecture: str = "x86_64",
) -> Path:
    """Write the template and its zips into a folder, and return the template's path.

    Files of former templates in the folder are deleted.

    Raises:
        PackagingFailed: a function cannot be packaged.

    """
    with tempfile.TemporaryDirectory() as temporary:
        app = cdk.App(outdir=temporary, context=CONTEXT)
        CalotypeStack(
            app,
            _STACK,
            stage=launchable_stage(front, architecture),
            code=code,
            synthesizer=cdk.DefaultStackSynthesizer(generate_bootstrap_version_rule=False),
        )
        app.synth()
        assembly = Path(temporary)
        synthesised = _read(assembly / f"{_STACK}.template.json")
        zips = _list_zips(assembly)
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        for key, path in zips.items():
            shutil.copyfile(path, folder / _name_zip(path, key))
    names = {key: _name_zip(path, key) for key, path in zips.items()}
    template = folder / TEMPLATE
    text = json.dumps(make_launchable(synthesised, names), indent=1, ensure_ascii=False)
    template.write_text(text + "\n", encoding="utf-8")
    return template


def _list_zips(assembly: Path) -> dict[str, Path]:
    """Return the zips of an assembly, by the key that the template gives each."""
    assets = _read(assembly / f"{_STACK}.assets.json")["files"]
    return {
        destination["objectKey"]: assembly / asset["source"]["path"]
        for asset in assets.values()
        for destination in asset["destinations"].values()
        if asset["source"]["path"].endswith(".zip")
    }


def _name_zip(path: Path, key: str) -> str:
    """Return the name of a zip; other bytes have another name, so that an update sees them."""
    return f"function-{Path(key).stem[:_DIGITS]}{path.suffix}"


def _read(path: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return content


def quick_create_link(bucket: str, prefix: str, region: str) -> str:
    """Return the link that opens the console with the template and its bucket filled in."""
    template = f"https://{bucket}.s3.{region}.amazonaws.com/{quote(prefix + TEMPLATE)}"
    parameters = {
        "templateURL": template,
        "stackName": _STACK,
        "param_AssetsBucket": bucket,
        "param_AssetsPrefix": prefix,
    }
    console = f"https://{region}.console.aws.amazon.com/cloudformation/home?region={region}"
    return f"{console}#/stacks/quickcreate?{urlencode(parameters)}"


def main(arguments: list[str] | None = None) -> int:
    """Write the template, and print how to launch it; return 1 if packaging fails."""
    parser = argparse.ArgumentParser(
        prog="python -m infra.aws.commands.template", description=__doc__
    )
    parser.add_argument("--bucket", default="MY-BUCKET", help="your bucket for template and zips")
    parser.add_argument("--prefix", default="calotype/", help="their folder in it, or nothing")
    parser.add_argument("--region", default=EDGE_REGION, help="the region of the bucket")
    parser.add_argument("--architecture", choices=ARCHITECTURES, default="x86_64")
    options = parser.parse_args(arguments)
    folder = find_work_folder() / "build" / "template"
    try:
        write_template(folder, architecture=options.architecture)
    except PackagingFailed as error:
        print(f"calotype: {error}", file=sys.stderr)
        return 1
    print(
        f"Wrote {TEMPLATE} and its zips to {folder}. To launch it, copy them and open the link:\n"
    )
    target = f"s3://{options.bucket}/{options.prefix}"
    print(f"  aws s3 sync {folder} {target} --region {options.region}")
    print(f"  {quick_create_link(options.bucket, options.prefix, options.region)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
