"""The `calotype` command."""

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return its exit code."""
    parser = argparse.ArgumentParser(prog="calotype", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    serve = commands.add_parser("serve", help="serve a folder of originals on this machine")
    serve.add_argument("--originals", type=Path, help="the folder; without it, demo originals")
    serve.add_argument("--port", type=int, default=8080)
    serve.add_argument("--direct", action="store_true", help="leave the edge out")
    serve.set_defaults(run=_serve)
    asked = parser.parse_args(arguments)
    code: int = asked.run(asked)
    return code


def _serve(asked: argparse.Namespace) -> int:
    from infra.demo import draw_demo
    from infra.local import serve
    from origin_lambda.settings import BadSetting

    if asked.originals is None:
        root = Path(tempfile.gettempdir()) / "calotype-demo"
        print(f"Drawing demo originals in {root}")
        draw_demo(root)
    else:
        root = asked.originals.expanduser()
        if not root.is_dir():
            print(f"calotype: {root} is not a folder", file=sys.stderr)
            return 2
    try:
        serve(root, asked.port, direct=asked.direct)
    except BadSetting as error:
        print(f"calotype: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
