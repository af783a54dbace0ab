"""`calotype url`, `sign`, `inspect` and `srcset`: build and explain URLs without a request."""

import argparse
import json
import os
import sys
from collections.abc import Mapping
from typing import Any, Final

from infra.commands.arguments import CHROME, format_examples, parse_absolute_url, parse_base_url
from infra.laptop.environment import SERVER_URL, find_server, use_local_policy
from infra.srcset import SIZES, FluidWidth, build_image_tag
from origin_lambda.html.widths import MAX_WIDTH, MIN_WIDTH
from origin_lambda.settings import BadSetting, read_policy
from origin_lambda.url.admission import Policy
from origin_lambda.url.urls import Value, build_url, canonical_url, inspect_url, sign_url

_BASE: Final = "http://127.0.0.1:8080"
_ACCEPT_HELP: Final = "the Accept header of the browser"
_BASE_HELP: Final = "scheme and host (default: the server of this directory, else " + _BASE + ")"
_KEY: Final = "cats/tom.jpg"


def add_to(commands: Any) -> None:
    """Declare the commands."""
    url = commands.add_parser(
        "url",
        help="print the URL of a derivative",
        description="Print the URL of a derivative: as written, in its canonical form, "
        "and signed if there are keys.",
        epilog=format_examples(
            f"calotype url {_KEY} w=640 auto=format",
            f"calotype url {_KEY} w=400 h=400 fit=crop --base https://img.example.com",
        ),
    )
    _add_derivative(url)
    url.add_argument("--accept", default=CHROME, help=_ACCEPT_HELP)
    url.set_defaults(run=_url)

    sign = commands.add_parser(
        "sign",
        help="sign a URL",
        description="Sign a URL with a key of SIGNING_KEYS, or of the server that runs in this "
        "directory.",
        epilog=format_examples(
            f"calotype sign 'https://img.example.com/{_KEY}?w=640'",
            f"calotype sign 'https://img.example.com/{_KEY}?w=640' --expires 1798761600",
        ),
    )
    sign.add_argument(
        "url", type=parse_absolute_url, metavar="URL", help="the URL, with scheme and host"
    )
    sign.add_argument(
        "--kid", metavar="NAME", help="the name of the key (default: the last of SIGNING_KEYS)"
    )
    sign.add_argument(
        "--expires", type=int, metavar="TIME", help="the Unix time after which it answers 410"
    )
    sign.set_defaults(run=_sign)

    inspect = commands.add_parser(
        "inspect",
        help="explain how a URL is read",
        description="Explain, as JSON, how a URL is read: its key, its parameters and its "
        "canonical form, or the reason for a refusal. The exit code is then 1.",
        epilog=format_examples(f"calotype inspect 'https://img.example.com/{_KEY}?w=640&blur=20'"),
    )
    inspect.add_argument(
        "url", type=parse_absolute_url, metavar="URL", help="the URL, with scheme and host"
    )
    inspect.add_argument("--accept", default=CHROME, help=_ACCEPT_HELP)
    inspect.set_defaults(run=_inspect)

    srcset = commands.add_parser(
        "srcset",
        help="print an <img> tag with a srcset",
        description="Print an <img> tag whose srcset has the widths of imgix's SDKs. With w or h "
        "it has pixel ratios of 1 to 5 instead. Its URLs are signed if there are keys.",
        epilog=format_examples(
            f"calotype srcset {_KEY} auto=format --sizes '(min-width: 60rem) 50vw, 100vw'",
            f"calotype srcset {_KEY} w=320 h=320 fit=crop auto=format --alt 'Tom, asleep'",
        ),
    )
    _add_derivative(srcset)
    srcset.add_argument(
        "--sizes", default=SIZES, metavar="TEXT", help="how wide the page shows the picture"
    )
    srcset.add_argument(
        "--min-width", type=int, default=MIN_WIDTH, metavar="PIXELS", help="the smallest width"
    )
    srcset.add_argument(
        "--max-width", type=int, default=MAX_WIDTH, metavar="PIXELS", help="the largest width"
    )
    srcset.add_argument(
        "--alt", default="", metavar="TEXT", help="what the picture shows, in words"
    )
    srcset.set_defaults(run=_srcset)


def _add_derivative(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("key", metavar="KEY", help="the original's key in the bucket")
    parser.add_argument(
        "parameters", nargs="*", metavar="NAME=VALUE", help="parameters: docs/url-reference.md"
    )
    parser.add_argument("--base", type=parse_base_url, metavar="URL", help=_BASE_HELP)


def _url(options: argparse.Namespace) -> int:
    raw = build_url(_find_base(options), options.key, **_parse_parameters(options))
    policy = find_policy()
    print(f"raw        {raw}")
    print(f"canonical  {canonical_url(raw, options.accept)}")
    if policy.keys:
        print(f"signed     {_sign_url(raw, policy)}")
    return 0


def _sign(options: argparse.Namespace) -> int:
    policy = find_policy()
    if not policy.keys:
        message = (
            'SIGNING_KEYS is not set ({"name": "secret"}, newest last), '
            "and no server with keys runs in this directory"
        )
        raise BadSetting(message)
    print(_sign_url(options.url, policy, options.kid, options.expires))
    return 0


def _inspect(options: argparse.Namespace) -> int:
    explanation = inspect_url(options.url, options.accept, find_policy())
    print(json.dumps(explanation, indent=2, ensure_ascii=False))
    return 1 if "refusal" in explanation else 0


def _srcset(options: argparse.Namespace) -> int:
    base, policy = _find_base(options), find_policy()

    def build(parameters: Mapping[str, Value]) -> str:
        raw = build_url(base, options.key, **parameters)
        return _sign_url(raw, policy) if policy.keys else raw

    tag = build_image_tag(
        build,
        _parse_parameters(options),
        alt=options.alt,
        fluid=FluidWidth(options.sizes, options.min_width, options.max_width),
    )
    print(tag)
    return 0


def find_policy() -> Policy:
    """Return the policy of the environment, or of the server that runs in this directory.

    Raises:
        BadSetting: a setting of it is invalid.

    """
    environment = dict(os.environ)
    use_local_policy(environment)
    return read_policy(environment)


def _sign_url(url: str, policy: Policy, kid: str | None = None, expires: int | None = None) -> str:
    kid = kid or list(policy.keys)[-1]
    if kid not in policy.keys:
        message = f"SIGNING_KEYS has no key {kid}"
        raise BadSetting(message)
    return sign_url(url, kid, policy.keys[kid], expires)


def _find_base(options: argparse.Namespace) -> str:
    """Return the base of `--base`, or the URL of the server of this directory."""
    if options.base:
        return str(options.base)
    served = (find_server() or {}).get(SERVER_URL)
    if served is None:
        print(f"calotype: no server runs in this directory; --base is {_BASE}", file=sys.stderr)
    return served or _BASE


def _parse_parameters(options: argparse.Namespace) -> dict[str, Value]:
    pairs = [parameter.partition("=") for parameter in options.parameters]
    for name, equals, _ in pairs:
        if not equals:
            message = f"{name!r} is not of the form NAME=VALUE"
            raise ValueError(message)
    return {name: value for name, _, value in pairs}
