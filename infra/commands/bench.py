"""`calotype bench`: measures how long the answers of a deployment, or of a peer, take."""

import argparse
import os
import secrets
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from infra.commands.arguments import examples
from infra.laptop.environment import SERVER_URL, adopt_policy, find_server

_CHROME: Final = "image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8"
_DEFAULT: Final = ("cold-miss", "edge-hit")
_COMPARE, _LIST = "compare", "list"
_MOST: Final = 100_000
_STOPPED: Final = 130  # what shells answer for Ctrl-C
_EXTRA: Final = frozenset({"aiohttp", "rich"})


def add_to(commands: Any) -> None:
    """Declare the command."""
    bench = commands.add_parser(
        "bench",
        help="measure latencies under load, and compare such measurements",
        description="Measure how long answers take: docs/benchmarking.md.",
        epilog=examples(
            "calotype bench local --html report.html",
            "calotype bench https://img.example.com --key cats/tom.jpg --json after.json",
            "calotype bench compare before.json after.json --fail-above 1.1",
            "calotype bench list",
        ),
    )
    bench.add_argument(
        "target",
        metavar="TARGET",
        help="`local`, or a base URL; `compare` compares two results; `list` lists the scenarios",
    )
    bench.add_argument(
        "results", nargs="*", metavar="RESULT.json", help="with `compare`: the two results"
    )
    _add_questions(bench)
    _add_load(bench)
    _add_results(bench)
    bench.set_defaults(run=run)


def _add_questions(bench: argparse.ArgumentParser) -> None:
    asked = bench.add_argument_group("requests")
    asked.add_argument(
        "--scenario",
        action="append",
        metavar="NAME|FILE",
        help=f"a scenario; repeat it for more (default: {' and '.join(_DEFAULT)})",
    )
    asked.add_argument(
        "--key", action="append", metavar="KEY", help="an original; repeat it for more"
    )
    asked.add_argument(
        "--keys", type=Path, metavar="FILE", help="a file of keys, one a line; - is standard input"
    )
    asked.add_argument(
        "--originals",
        type=Path,
        metavar="FOLDER",
        help="with local: the originals (default: drawn examples)",
    )
    asked.add_argument(
        "--dialect", metavar="NAME", help="the service whose URLs are made (default: Calotype)"
    )
    asked.add_argument("--accept", default=_CHROME, help="the Accept header of the browser")
    asked.add_argument(
        "--header",
        action="append",
        metavar="NAME:VALUE",
        help="a header of every request; repeat it for more",
    )
    asked.add_argument("--sign", action="store_true", help="sign with the newest of SIGNING_KEYS")
    asked.add_argument("--seed", type=int, help="make the same requests as a run with this seed")


def _add_load(bench: argparse.ArgumentParser) -> None:
    load = bench.add_argument_group("load, instead of what the scenarios say")
    pace = load.add_mutually_exclusive_group()
    pace.add_argument(
        "--rate",
        type=float,
        metavar="N",
        help="open loop: requests per second, whatever the answers take",
    )
    pace.add_argument(
        "--concurrency", type=int, metavar="N", help="closed loop: requests at a time"
    )
    load.add_argument("--duration", type=float, metavar="SECONDS", help="how long to measure")
    load.add_argument("--warmup", type=float, metavar="SECONDS", help="how long to warm up before")
    load.add_argument(
        "--connections", type=int, metavar="N", help="connections of each group; 0 is no limit"
    )
    load.add_argument(
        "--timeout",
        type=float,
        default=30.0,
        metavar="SECONDS",
        help="the longest wait for an answer",
    )
    load.add_argument(
        "--after-priming", metavar="COMMAND", help="a command to run between priming and measuring"
    )


def _add_results(bench: argparse.ArgumentParser) -> None:
    results = bench.add_argument_group("results")
    results.add_argument("--json", type=Path, metavar="FILE", help="write the result")
    results.add_argument("--html", type=Path, metavar="FILE", help="write a report with plots")
    results.add_argument(
        "--fail-above",
        type=float,
        metavar="RATIO",
        help="with compare: exit with 1 if it is slower by more",
    )
    results.add_argument(
        "--noise",
        type=float,
        metavar="SHARE",
        help="with compare: what counts as no change (default: 0.05)",
    )


def run(asked: argparse.Namespace) -> int:
    """Measure, compare or list; return 1 where an assertion does not hold.

    Raises:
        ValueError: the arguments, a scenario or a target cannot be used.

    """
    try:
        import bench.latency.bench  # noqa: F401 reason: to tell what is missing, before all else
    except ModuleNotFoundError as error:
        if error.name not in _EXTRA:
            raise
        message = f"{error.name} is missing: make .venv/ready, or pip install 'calotype[latency]'"
        raise ValueError(message) from error
    if asked.target == _LIST:
        return _listed()
    if asked.target == _COMPARE:
        return _compared(asked)
    if asked.results:
        message = f"{asked.results[0]!r} is one argument too many: results go with `compare`"
        raise ValueError(message)
    return _measured(asked)


def _listed() -> int:
    from bench.latency.reading import scenario_from, shipped

    for name in shipped():
        print(f"{name:<12}{scenario_from(name).description}")
    return 0


def _compared(asked: argparse.Namespace) -> int:
    from bench.latency import comparison, result, terminal

    if len(asked.results) != 2:
        message = "compare needs two results: BEFORE.json AFTER.json"
        raise ValueError(message)
    noise = comparison.NOISE if asked.noise is None else asked.noise
    before, after = (result.read(Path(name)) for name in asked.results)
    found = comparison.compared(before, after, noise)
    terminal.show_comparison(found, terminal.console())
    return 1 if asked.fail_above is not None and found.slower(asked.fail_above) else 0


def _measured(asked: argparse.Namespace) -> int:
    from bench.latency import report, result, terminal
    from bench.latency.bench import Wishes, bench
    from bench.latency.reading import scenario_from

    _expect_writable([path for path in (asked.json, asked.html) if path])
    wishes = Wishes(
        scenarios=[scenario_from(name) for name in dict.fromkeys(asked.scenario or _DEFAULT)],
        target=_target(asked),
        keys=_keys(asked),
        originals=asked.originals,
        headers=_headers(asked.header or ()),
        timeout=_positive("--timeout", asked.timeout) or 30.0,
        seed=secrets.randbits(32) if asked.seed is None else asked.seed,
        rate=_positive("--rate", asked.rate),
        concurrency=_positive("--concurrency", asked.concurrency),
        warm_up=_positive("--warmup", asked.warmup, or_zero=True),
        duration=_positive("--duration", asked.duration),
        connections=_positive("--connections", asked.connections, or_zero=True),
        after_priming=asked.after_priming,
    )
    console = terminal.console()
    found = bench(wishes, console)
    console.print(f"\nseed {found.seed}", highlight=False)
    if asked.json:
        result.write(found, asked.json)
    if asked.html:
        asked.html.write_text(report.page(found), encoding="utf-8")
    if found.is_stopped:
        return _STOPPED
    return 0 if all(each.held for each in found.runs) else 1


def _expect_writable(paths: Sequence[Path]) -> None:
    """Refuse before measuring what would fail after it."""
    for path in paths:
        if path.is_dir() or not os.access(path if path.exists() else path.parent, os.W_OK):
            message = f"{path} cannot be written"
            raise ValueError(message)


def _target(asked: argparse.Namespace) -> Any:
    from bench.latency.bench import LOCAL
    from bench.latency.dialects import DIALECTS, OWN
    from bench.latency.supply import Target

    dialect = asked.dialect or OWN
    if dialect not in DIALECTS:
        message = f"--dialect accepts {', '.join(DIALECTS)}"
        raise ValueError(message)
    if asked.target == LOCAL:
        if dialect != OWN:
            message = f"local is {OWN}; --dialect needs the URL of a peer"
            raise ValueError(message)
        base = LOCAL
    elif asked.originals is not None:
        message = "--originals goes with local; name the keys of a deployment with --key or --keys"
        raise ValueError(message)
    else:
        base = _base(asked.target)
    return Target(base, asked.accept, dialect, _finish(base, sign=asked.sign))


def _base(url: str) -> str:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    if parts.scheme not in {"http", "https"} or not parts.hostname or port == 0:
        message = "TARGET accepts local, compare, list, or a URL such as https://img.example.com"
        raise ValueError(message)
    if parts.username is not None or parts.query or parts.fragment:
        message = "the URL may have a path, but no password, query or fragment; see --header"
        raise ValueError(message)
    return url.rstrip("/")


def _finish(base: str, *, sign: bool) -> Any:
    if not sign:
        return str
    from origin_lambda.settings import policy_from
    from origin_lambda.url.urls import sign_url

    environment = dict(os.environ)
    if base == (find_server() or {}).get(SERVER_URL):
        adopt_policy(environment)
    keys = policy_from(environment).keys
    if not keys:
        message = '--sign needs SIGNING_KEYS: {"kid": "secret"}, newest last'
        raise ValueError(message)
    kid = list(keys)[-1]
    return lambda url: sign_url(url, kid, keys[kid])


def _keys(asked: argparse.Namespace) -> list[str]:
    keys = list(asked.key or ())
    if asked.keys is not None:
        try:
            text = sys.stdin.read() if str(asked.keys) == "-" else asked.keys.read_text("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            message = f"--keys: {error}"
            raise ValueError(message) from error
        keys += [line.strip() for line in text.splitlines() if line.strip()]
    return list(dict.fromkeys(keys))


def _headers(given: Sequence[str]) -> dict[str, str]:
    headers: dict[str, str] = {}
    for header in given:
        name, colon, value = header.partition(":")
        if not colon or not name.strip() or not header.isprintable():
            message = "--header accepts NAME:VALUE, in one line"
            raise ValueError(message)
        headers[name.strip()] = value.strip()
    return headers


def _positive(name: str, number: Any, *, or_zero: bool = False) -> Any:
    if number is not None and not (0 < number <= _MOST or (or_zero and number == 0)):
        message = f"{name} accepts a number above 0, up to {_MOST:,}" + (
            ", or 0" if or_zero else ""
        )
        raise ValueError(message)
    return number
