"""Limits the memory of a Lambda function from inside: the last defence against a hostile file.

Lambda ends a process that takes more memory than its function has, and the caller gets a 502. With
this limit an allocation fails earlier, which decoders report, so the caller gets a 422.
"""

import resource
from collections.abc import Mapping
from typing import Final

_RESERVE: Final = 64 * 2**20
"""Bytes kept free for memory that the limit does not count: code, and the runtime's processes."""


def limit_memory(environ: Mapping[str, str]) -> None:
    """Make allocations fail near the memory of a Lambda function; elsewhere do nothing.

    The limit is RLIMIT_DATA, which counts private writable pages. RLIMIT_AS would also count the
    addresses that threads reserve and do not use.
    """
    megabytes = environ.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "")
    if "AWS_LAMBDA_RUNTIME_API" not in environ or not megabytes.isdecimal():
        return
    limit = int(megabytes) * 2**20 - _RESERVE
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    if limit > 0 and (hard == resource.RLIM_INFINITY or limit < hard):
        resource.setrlimit(resource.RLIMIT_DATA, (limit, hard))
