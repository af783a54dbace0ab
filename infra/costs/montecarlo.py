"""Real LRU caches under random requests, small enough to play: the check of `caches.py`."""

import random
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import accumulate

from infra.costs.caches import Flow, Tier


@dataclass(frozen=True, slots=True)
class Requests:
    """So many requests, so many a second, for URLs that Zipf's law spreads them over."""

    urls: int
    exponent: float
    rate: float
    number: int
    seed: int

    def drawn(self, chance: random.Random) -> list[int]:
        """Return the URL of each."""
        weights = list(accumulate(rank**-self.exponent for rank in range(1, self.urls + 1)))
        return chance.choices(range(self.urls), cum_weights=weights, k=self.number)


@dataclass(slots=True)
class _Cache:
    """An LRU cache of when its objects left the origin: an age is passed down with a copy."""

    objects: float
    lifetime: float
    born: OrderedDict[int, float] = field(default_factory=OrderedDict)

    def find(self, url: int, now: float) -> float | None:
        """Return when a fresh copy left the origin, if there is one."""
        born = self.born.get(url)
        if born is None or now - born >= self.lifetime:
            return None
        self.born.move_to_end(url)
        return born

    def keep(self, url: int, born: float) -> None:
        """Keep a copy, in place of what was not asked for longest."""
        self.born[url] = born
        self.born.move_to_end(url)
        if len(self.born) > self.objects:
            self.born.popitem(last=False)


def play(tiers: Sequence[Tier], requests: Requests) -> tuple[Flow, ...]:
    """Return what each tier has seen of the second half of the requests.

    They come at random (a Poisson process) to a cache of the first tier, each of which belongs to
    one of the next; half of them only warm the caches.
    """
    chance = random.Random(requests.seed)
    chains = _chains(tiers)
    asked, missed = [0] * len(tiers), [0] * len(tiers)
    now, started = 0.0, 0.0
    for number, url in enumerate(requests.drawn(chance)):
        now += chance.expovariate(requests.rate)
        if number == requests.number // 2:
            asked, missed, started = [0] * len(tiers), [0] * len(tiers), now
        chain = chains[chance.randrange(len(chains))]
        born = now
        for depth, cache in enumerate(chain):
            asked[depth] += 1
            found = cache.find(url, now)
            if found is not None:
                born = found
                break
            missed[depth] += 1
        for cache in chain[: depth + 1]:
            if cache.born.get(url) != born:
                cache.keep(url, born)
    seconds = now - started
    return tuple(
        Flow(tier.name, asked[depth] / seconds, missed[depth] / seconds, 0)
        for depth, tier in enumerate(tiers)
    )


def _chains(tiers: Sequence[Tier]) -> list[list[_Cache]]:
    """Return, for each cache of the first tier, the caches that a request goes through."""
    caches = [
        [_Cache(tier.objects, tier.lifetime) for _ in range(int(tier.caches))] for tier in tiers
    ]
    return [
        [row[place * len(row) // len(caches[0])] for row in caches]
        for place in range(len(caches[0]))
    ]
