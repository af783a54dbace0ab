"""Measure the edge's function in QuickJS: `python -m bench.edge_function`.

Prints its size, the median time of a call for several kinds of request, and the time to check a
signature that is wrong from its start, middle or end.
"""

import statistics
import timeit
from typing import Final

from edge.build import LARGEST_FUNCTION, build, build_key_values
from edge.engines import Call, QuickJS
from origin_lambda.url.admission import Policy
from origin_lambda.url.signature import sign

_CALLS: Final = 3000
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


if __name__ == "__main__":
    main()
