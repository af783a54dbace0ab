"""Measure the edge's function in QuickJS and njs: `python -m bench.edge_function`.

Prints its size, the median time of a call for several kinds of request, and the time to check a
signature that is wrong from its start, middle or end. njs is the engine most like CloudFront's. It
is measured for keys that take long, in processor time, if it is installed.
"""

import resource
import statistics
import timeit
from typing import Final
from urllib.parse import quote

from edge.build import LARGEST_FUNCTION, build, build_key_values
from edge.engines import Call, QuickJS, is_installed, run_njs
from origin_lambda.url.admission import Policy
from origin_lambda.url.grammar import encode_key
from origin_lambda.url.signature import sign

_CALLS: Final = 3000
_NJS_CALLS: Final = 300
_JAPANESE: Final = "日本語の写真" * 57
_PATH: Final = "/cats/tom.jpg"
_POLICY: Final = Policy(keys={"k1": "secret"}, size_ladder=(320, 640, 1280))
_ACCEPT: Final = {"accept": "image/avif,image/webp,image/apng,image/*,*/*;q=0.8"}
_QUERY: Final = "w=640&h=480&fit=crop&auto=format&utm_source=x"


def main() -> None:
    """Print a table."""
    code = build()
    function = QuickJS(code)
    print(f"size: {len(code.encode()):,} of {LARGEST_FUNCTION:,} bytes")
    signed = sign(_PATH, _QUERY, "k1", "secret")
    mac = signed.rpartition(".")[2]
    queries = {
        "no parameter": "",
        "typical": _QUERY,
        "a named colour": f"{_QUERY}&bg=tomato",
        "many parameters": "&".join(
            f"{name}=5" for name in ("w", "h", "q", "pad", "rot", "max-w", "min-w", "dpr", "v")
        ),
        "signed": signed,
        "refused": "w=0",
        "4 KB of noise": _QUERY + "&x=1" * 900,
        "signature, nothing right": signed.replace(mac, "_" * len(mac)),
        "signature, half right": signed.replace(mac, mac[:21] + "_" * 22),
        "signature, all but the last right": signed[:-1] + "_",
    }
    for name, query in queries.items():
        call = Call(_PATH, query, _ACCEPT, build_key_values(_POLICY), 1.0)
        function(call)
        seconds = statistics.median(timeit.repeat(function.prepare(call), number=1, repeat=_CALLS))
        print(f"{name:36}{seconds * 1e6:7.1f} us")
    if is_installed("njs"):
        _measure_njs(code)


def _measure_njs(code: str) -> None:
    """Print the processor time of a call in njs, for keys of several kinds."""
    paths = {
        "a typical key": _PATH,
        "umlauts and brackets": "/" + quote("été à la plage (1)+2.jpg"),
        "100 Japanese characters": "/" + quote(_JAPANESE[:100]),
        "340 Japanese characters": "/" + quote(_JAPANESE[:340]),
        "the same in a canonical path": f"/{encode_key(_JAPANESE[:340])}/r=1,w=640",
        "1,000 brackets": "/" + "(" * 1000,
        "500 folders of one letter": "/" + "a/" * 500,
    }
    entries = {"policy": build_key_values(_POLICY)["policy"], "key:k1": "secret"}
    for name, path in paths.items():
        call = Call(path, sign(path, "w=800", "k1", "secret"), _ACCEPT, entries, 1.0)
        few, many = (
            min(_measure_cpu(code, [call] * calls) for _ in range(5)) for calls in (1, _NJS_CALLS)
        )
        print(f"njs: {name:31}{(many - few) / (_NJS_CALLS - 1) * 1e6:7.1f} us")


def _measure_cpu(code: str, calls: list[Call]) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    run_njs(code, calls)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


if __name__ == "__main__":
    main()
