"""When requests are due, and waiting for that: a schedule that no slow answer moves.

What is due is due, whatever became of earlier requests, and a latency counts from then on. A
generator that waits for an answer before it asks again asks least while a server is slow, and so
leaves out what its users would have waited for ("coordinated omission", Gil Tene).
"""

import asyncio
import random
from collections.abc import Iterator
from typing import Final

from bench.latency.scenario import Arrivals, Load

# The event loop rounds what it waits up to a whole millisecond (selectors.EpollSelector.select),
# which is much of an edge's answer. So the last of the wait is a busy one, where requests are so
# few that this costs less than a fifth of a processor.
_ROUNDED: Final = 0.001
_FEW_ENOUGH: Final = 1 / 200
_STOPPED_WITHIN: Final = 0.2  # seconds; to wait for the order itself costs a task each time


def schedule(load: Load, rng: random.Random) -> Iterator[float]:
    """Yield the seconds after the start at which requests are due, warm-up included."""
    end = load.warm_up + load.duration
    number, due = 0, 0.0
    while due < end:
        yield due
        number += 1
        if load.arrivals is Arrivals.POISSON:
            due += rng.expovariate(load.rate)
        else:
            due = number / load.rate


async def reach(moment: float, stop: asyncio.Event, *, gap: float = 1.0) -> bool:
    """Wait for a moment on the event loop's clock; return whether it came before *stop*.

    *gap* is the time between moments: where it is short, they are met to a millisecond only.
    """
    loop = asyncio.get_running_loop()
    spare = _ROUNDED if gap >= _FEW_ENOUGH else 0.0
    while not stop.is_set():
        left = moment - loop.time()
        if left <= 0:
            return True
        await asyncio.sleep(min(max(0.0, left - spare), _STOPPED_WITHIN))
    return False
