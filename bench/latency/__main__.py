"""The command line of the latency benchmark: `calotype bench`, or `python -m bench.latency`."""

import argparse
import os
import secrets
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from bench.latency import terminal
from bench.latency.comparison import NOISE, compare
from bench.latency.requests import Target
from bench.latency.result import read_result, write_result
from bench.latency.scenario import list_shipped, read_scenario
from bench.latency.session import LOCAL, Options, run_scenarios
from infra.commands.arguments import CommandParser, format_examples
from infra.laptop.environment import SERVER_URL, find_server, use_local_policy
from origin_lambda.settings import read_policy
from origin_lambda.url.urls import sign_url

_CHROME: Final = "image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8"
_DEFAULT: Final = ("cold-miss", "edge-hit")
_COMPARE, _LIST = "compare", "list"
_MAX_OPTION: Final = 100_000
_STOPPED: Final = 130  # the exit code of shells for Ctrl-C


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of the arguments."""
    parser = CommandParser(
        prog="calotype bench",
        description="Measure how long answers take under load: docs/benchmarking.md.",
        epilog=format_examples(
            "calotype bench local --html report.html",
            "calotype bench https://img.example.com --key cats/tom.jpg --json after.json",
            "calotype bench compare before.json after.json --fail-above 1.1",
            "calotype bench list",
        ),
    )
    add = parser.add_argument
    add(
        "target",
        metavar="TARGET",
        help="`local`, or a base URL; `compare` compares two results; `list` lists the scenarios",
    )
    add("results", nargs="*", metavar="RESULT.json", help="with `compare`: the two results")
    add = parser.add_argument_group("requests").add_argument
    default = " and ".join(_DEFAULT)
    add(
        "--scenario",
        action="append",
        metavar="NAME|FILE",
        help=f"a scenario; repeat it for more (default: {default})",
    )
    add("--key", action="append", metavar="KEY", help="an original; repeat it for more")
    add("--keys", type=Path, metavar="FILE", help="a file of keys, one a line; - is standard input")
    add(
        "--originals",
        type=Path,
        metavar="FOLDER",
        help="with local: the originals (default: demo pictures)",
    )
    add("--accept", default=_CHROME, help="the Accept header of the browser")
    add(
        "--header",
        action="append",
        metavar="NAME:VALUE",
        help="a header of every request; repeat it for more",
    )
    add("--sign", action="store_true", help="sign with the newest of SIGNING_KEYS")
    add("--seed", type=int, help="make the same requests as a run with this seed")
    _add_load(parser)
    add = parser.add_argument_group("results").add_argument
    add("--json", type=Path, metavar="FILE", help="write the result as JSON")
    add("--html", type=Path, metavar="FILE", help="write what is printed as HTML")
    add(
        "--fail-above",
        type=float,
        metavar="RATIO",
        help="with compare: exit with 1 if the second is slower by more",
    )
    add(
        "--noise",
        type=float,
        default=NOISE,
        metavar="SHARE",
        help="with compare: differences up to this share are noise",
    )
    return parser


def _add_load(parser: argparse.ArgumentParser) -> None:
    load = parser.add_argument_group("load, instead of the scenario's")
    add, seconds = load.add_argument, _number_type()
    add("--rate", type=seconds, metavar="N", help="requests or groups a second")
    add("--duration", type=seconds, metavar="SECONDS", help="how long to measure")
    zero = _number_type(least_is_zero=True)
    add("--warmup", type=zero, metavar="SECONDS", help="how long to warm up before")
    connections = _number_type(int, least_is_zero=True)
    add(
        "--connections",
        type=connections,
        metavar="N",
        help="connections of each group; 0 is no limit",
    )
    help_text = "the longest wait for an answer"
    add("--timeout", type=seconds, default=30.0, metavar="SECONDS", help=help_text)
    add("--after-priming", metavar="COMMAND", help="a command to run between priming and measuring")


def _number_type(
    parse: Callable[[str], float] = float, *, least_is_zero: bool = False
) -> Callable[[str], Any]:
    def parse_number(text: str) -> float:
        try:
            number = parse(text)
        except ValueError:
            number = -1
        if not (0 < number <= _MAX_OPTION or (least_is_zero and number == 0)):
            message = f"accepts a number above 0, up to {_MAX_OPTION:,}"
            raise argparse.ArgumentTypeError(message + (", or 0" if least_is_zero else ""))
        return number

    return parse_number


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, compare or list; return the exit code.

    It is 1 if an assertion does not hold, 2 if something cannot be used, 130 after Ctrl-C.
    """
    asked = build_parser().parse_args(arguments)
    try:
        return run(asked)
    except ValueError as error:
        print(f"calotype: {error}", file=sys.stderr)
        return 2


def run(asked: argparse.Namespace) -> int:
    """Measure, compare or list; return the exit code.

    Raises:
        ValueError: the arguments, a scenario or a target cannot be used.

    """
    if asked.target == _LIST:
        for name in list_shipped():
            print(f"{name:<12}{read_scenario(name).description}")
        return 0
    if asked.target == _COMPARE:
        return _compare(asked)
    if asked.results:
        message = f"{asked.results[0]!r} is one argument too many: results go with `compare`"
        raise ValueError(message)
    return _measure(asked)


def _compare(asked: argparse.Namespace) -> int:
    if len(asked.results) != 2:
        message = "compare needs two results: BEFORE.json AFTER.json"
        raise ValueError(message)
    before, after = (read_result(Path(name)) for name in asked.results)
    comparison = compare(before, after, asked.noise)
    terminal.show_comparison(comparison, terminal.make_console())
    return 1 if asked.fail_above is not None and comparison.slower(asked.fail_above) else 0


def _measure(asked: argparse.Namespace) -> int:
    _check_writable([path for path in (asked.json, asked.html) if path])
    base = _read_base(asked)
    options = Options(
        scenarios=[read_scenario(name) for name in dict.fromkeys(asked.scenario or _DEFAULT)],
        target=Target(base, asked.accept, _make_signer(base) if asked.sign else str),
        keys=_read_keys(asked),
        originals=asked.originals,
        headers=_read_headers(asked.header or ()),
        timeout=asked.timeout,
        seed=secrets.randbits(32) if asked.seed is None else asked.seed,
        rate=asked.rate,
        warm_up=asked.warmup,
        duration=asked.duration,
        connections=asked.connections,
        after_priming=asked.after_priming,
    )
    console = terminal.make_console()
    result = run_scenarios(options, console)
    console.print(f"\nseed {result.seed}", highlight=False)
    if asked.json:
        write_result(result, asked.json)
    if asked.html:
        console.save_html(str(asked.html))
    if result.is_stopped:
        return _STOPPED
    return 0 if all(run.has_passed for run in result.runs) else 1


def _check_writable(paths: Sequence[Path]) -> None:
    """Check the files before the measurement instead of after it."""
    for path in paths:
        if path.is_dir() or not os.access(path if path.exists() else path.parent, os.W_OK):
            message = f"{path} cannot be written"
            raise ValueError(message)


def _read_base(asked: argparse.Namespace) -> str:
    if asked.target == LOCAL:
        return LOCAL
    if asked.originals is not None:
        message = "--originals goes with local; name the keys of a deployment with --key or --keys"
        raise ValueError(message)
    try:
        parts = urlsplit(asked.target)
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    if parts.scheme not in {"http", "https"} or not parts.hostname or port == 0:
        message = "TARGET accepts local, compare, list, or a URL such as https://img.example.com"
        raise ValueError(message)
    if parts.username is not None or parts.query or parts.fragment:
        message = "the URL may have a path, but no password, query or fragment; see --header"
        raise ValueError(message)
    return str(asked.target).rstrip("/")


def _make_signer(base: str) -> Callable[[str], str]:
    environment = dict(os.environ)
    if base == (find_server() or {}).get(SERVER_URL):
        use_local_policy(environment)
    keys = read_policy(environment).keys
    if not keys:
        message = '--sign needs SIGNING_KEYS: {"kid": "secret"}, newest last'
        raise ValueError(message)
    kid = list(keys)[-1]
    return lambda url: sign_url(url, kid, keys[kid])


def _read_keys(asked: argparse.Namespace) -> list[str]:
    keys = list(asked.key or ())
    if asked.keys is not None:
        try:
            text = sys.stdin.read() if str(asked.keys) == "-" else asked.keys.read_text("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            message = f"--keys: {error}"
            raise ValueError(message) from error
        keys += [line.strip() for line in text.splitlines() if line.strip()]
    return list(dict.fromkeys(keys))


def _read_headers(given: Sequence[str]) -> dict[str, str]:
    headers: dict[str, str] = {}
    for header in given:
        name, colon, value = header.partition(":")
        if not colon or not name.strip() or not header.isprintable():
            message = "--header accepts NAME:VALUE, in one line"
            raise ValueError(message)
        headers[name.strip()] = value.strip()
    return headers


if __name__ == "__main__":
    sys.exit(main())
