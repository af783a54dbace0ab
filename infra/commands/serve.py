"""`calotype serve`: serve a folder of originals on this machine, with a whole deployment."""

import argparse
from pathlib import Path
from typing import Any, Final

from infra.commands.arguments import format_examples, parse_count, parse_port
from infra.laptop.environment import claim_directory
from origin_lambda.settings import BadSetting

_EDGE_CACHE: Final = 256_000_000


def add_to(commands: Any) -> None:
    """Declare the command."""
    serve = commands.add_parser(
        "serve",
        help="serve a folder of originals on this machine",
        description="Serve a folder of originals on this machine, with everything that a "
        "deployment has: docs/local.md. Settings are environment variables: docs/settings.md.",
        epilog=format_examples(
            "calotype serve",
            "calotype serve ~/Pictures --port 8123",
            'REQUIRE_SIGNATURE=true SIGNING_KEYS=\'{"2026": "a secret"}\' calotype serve',
        ),
    )
    serve.add_argument(
        "folder",
        nargs="?",
        type=Path,
        metavar="FOLDER",
        help="the originals; without one, demo pictures are served",
    )
    serve.add_argument("--originals", type=Path, metavar="FOLDER", help="another way to name it")
    serve.add_argument(
        "--host",
        default="127.0.0.1",
        help="the address to listen on; 0.0.0.0 lets other machines in",
    )
    serve.add_argument(
        "--port", type=parse_port, default=8080, help="the port to listen on; 0 picks a free one"
    )
    serve.add_argument(
        "--direct", action="store_true", help="leave out the edge: the origin answers every request"
    )
    serve.add_argument(
        "--edge-cache",
        type=parse_count,
        default=_EDGE_CACHE,
        metavar="BYTES",
        help="the size of the edge's cache",
    )
    serve.set_defaults(run=run, extra="serve")


def run(options: argparse.Namespace) -> int:
    """Serve until interrupted.

    Raises:
        BadSetting: the folder, the address or a setting cannot be used.

    """
    if options.folder and options.originals:
        message = "name one folder of originals, not two"
        raise BadSetting(message)
    originals = options.folder or options.originals
    root = _find_folder(originals)
    from infra.laptop.server import listen, serve

    with claim_directory() as publish, listen(options.host, options.port) as listener:
        if originals is None:
            _copy_missing_demo(root)
        serve(root, listener, publish, direct=options.direct, edge_cache=options.edge_cache)
    return 0


def _find_folder(originals: Path | None) -> Path:
    if originals is None:
        from infra.demo import demo_folder

        return demo_folder()
    root = originals.expanduser()
    if not root.is_dir():
        message = f"{root} is not a folder"
        raise BadSetting(message)
    return root


def _copy_missing_demo(root: Path) -> None:
    from infra.demo import copy_demo, list_missing

    if missing := list_missing(root):
        print(f"Copying {len(missing)} demo originals to {root}, once", flush=True)
        copy_demo(root)
