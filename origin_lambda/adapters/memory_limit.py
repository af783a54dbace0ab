"""Limits the memory of a Lambda function from inside: the last defence against a hostile file.

Lambda ends a process that takes more memory than its function has, and the caller gets a 502. With
this limit an allocation fails earlier, which decoders report, so the caller gets a 422.
"""

import resource
from collections.abc import Mapping
from typing import Final

_RESERVE: Final = 64 * 2**20
"""Bytes that the limit does not count: code, and the memory of the runtime's own processes."""


def limit_memory(environ: Mapping[str, str]) -> None:
    """Make allocations fail near the memory of a Lambda function; elsewhere do nothing.

    The limit is on data (Linux counts private writable pages), not on addresses, of which threads
    reserve more than they use.
    """
    megabytes = environ.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "")
    if "AWS_LAMBDA_RUNTIME_API" not in environ or not megabytes.isdecimal():
        return
    most = int(megabytes) * 2**20 - _RESERVE
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    if most > 0 and (hard == resource.RLIM_INFINITY or most < hard):
        resource.setrlimit(resource.RLIMIT_DATA, (most, hard))
