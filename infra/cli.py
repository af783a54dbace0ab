"""The `calotype` command."""

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from infra.commands import bench, cost, ingest, originals
from origin_lambda.errors import CalotypeError
from origin_lambda.settings import BadSetting, policy_from
from origin_lambda.url.urls import Value, build_url, canonical_url, inspect_url, sign_url

_EDGE_CACHE: Final = 256_000_000
_CHROME: Final = "image/avif,image/webp,*/*;q=0.8"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return its exit code: 2 where what it was given cannot be used."""
    asked = _parser().parse_args(arguments)
    try:
        code: int = asked.run(asked)
        sys.stdout.flush()
    except CalotypeError as error:
        return _failed(f"{error.message} ({error.detail})" if error.detail else error.message)
    except BrokenPipeError:  # whoever reads has seen enough: `calotype originals list | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except (BadSetting, ValueError) as error:
        return _failed(str(error))
    return code


def _failed(message: str) -> int:
    print(f"calotype: {message}", file=sys.stderr)
    return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="calotype", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    serve = commands.add_parser("serve", help="serve a folder of originals on this machine")
    serve.add_argument("--originals", type=Path, help="the folder; without it, demo originals")
    serve.add_argument("--port", type=int, default=8080)
    serve.add_argument("--direct", action="store_true", help="leave the edge out")
    serve.add_argument("--edge-cache", type=int, default=_EDGE_CACHE, help="bytes it may keep")
    serve.set_defaults(run=_serve)

    url = commands.add_parser("url", help="print the URL of a derivative in every form")
    url.add_argument("key", help="the original's key")
    url.add_argument("parameters", nargs="*", metavar="NAME=VALUE")
    url.add_argument("--base", default="http://127.0.0.1:8080", help="scheme and host")
    url.add_argument("--accept", default=_CHROME, help="what the browser can show")
    url.set_defaults(run=_url)

    sign = commands.add_parser("sign", help="sign a URL with the newest of SIGNING_KEYS")
    sign.add_argument("url")
    sign.add_argument("--kid", help="the key to sign with, if not the newest")
    sign.add_argument("--expires", type=int, help="Unix time after which it answers 410")
    sign.set_defaults(run=_sign)

    inspect = commands.add_parser("inspect", help="tell how each stage reads a URL")
    inspect.add_argument("url")
    inspect.add_argument("--accept", default=_CHROME, help="what the browser can show")
    inspect.set_defaults(run=_inspect)

    ingest.add_to(commands)
    originals.add_to(commands)
    bench.add_to(commands)
    cost.add_to(commands)
    return parser


def _serve(asked: argparse.Namespace) -> int:
    from infra.demo import draw_demo
    from infra.local import serve

    if asked.originals is None:
        root = Path(tempfile.gettempdir()) / "calotype-demo"
        print(f"Drawing demo originals in {root}")
        draw_demo(root)
    else:
        root = asked.originals.expanduser()
        if not root.is_dir():
            return _failed(f"{root} is not a folder")
    serve(root, asked.port, direct=asked.direct, edge_cache=asked.edge_cache)
    return 0


def _url(asked: argparse.Namespace) -> int:
    pairs = [parameter.partition("=") for parameter in asked.parameters]
    wished: dict[str, Value] = {name: value for name, _, value in pairs}
    raw = build_url(asked.base, asked.key, **wished)
    print(f"raw        {raw}")
    print(f"canonical  {canonical_url(raw, asked.accept)}")
    keys = policy_from(os.environ).keys
    if keys:
        kid = list(keys)[-1]
        print(f"signed     {sign_url(raw, kid, keys[kid])}")
    return 0


def _sign(asked: argparse.Namespace) -> int:
    keys = policy_from(os.environ).keys
    if not keys:
        return _failed('SIGNING_KEYS is not set: {"kid": "secret"}, newest last')
    kid = asked.kid or list(keys)[-1]
    if kid not in keys:
        return _failed(f"SIGNING_KEYS has no key {kid}")
    print(sign_url(asked.url, kid, keys[kid], asked.expires))
    return 0


def _inspect(asked: argparse.Namespace) -> int:
    told = inspect_url(asked.url, asked.accept, policy_from(os.environ))
    print(json.dumps(told, indent=2, ensure_ascii=False))
    return 1 if "refusal" in told else 0


if __name__ == "__main__":
    sys.exit(main())
