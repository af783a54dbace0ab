"""A day of views over Zipf-distributed URLs: what each tier answers, and how busy the rest is.

CloudFront says how many edge locations and regional caches it has, not how much of them a
distribution gets. Their sizes are therefore inputs, and guesses (docs/cost.md).
"""

import dataclasses
from dataclasses import dataclass
from math import cos, pi, sqrt
from typing import Final

from infra.costs import montecarlo, volumes
from infra.costs.amounts import amount
from infra.costs.caches import Flow, Tier, flows
from infra.costs.volumes import DAYS, KB_IN_GB, SECONDS, Volumes
from infra.costs.workload import Workload, insist, option
from infra.costs.zipf import Popularity, zipf

_DAY: Final = 86_400.0
_BUSIEST: Final = 20
"""The hour of the day with the most views."""
_BURST: Final = 4
"""Standard deviations above the mean that simultaneous renders reach in a busy hour: they arrive
at random, so that their number is Poisson-distributed."""
RUSH_SECONDS: Final = 10.0
"""After which Lambda has started 1,000 more environments, and popular derivatives are kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """What is in front of the buckets: the further options of `calotype simulate`."""

    views_per_day: float = option(1e9, amount, "images delivered to browsers a day")
    exponent: float = option(0.9, amount, "how steeply views fall with the rank (Zipf's law)")
    pops: float = option(750, amount, "edge locations that viewers are spread over, evenly")
    pop_gb: float = option(200, amount, "room for this distribution in each, in GB")
    regional: float = option(15, amount, "regional edge caches")
    regional_gb: float = option(5000, amount, "room in each, in GB")
    shield_gb: float = option(10_000, amount, "room in Origin Shield, in GB")
    max_age_hours: float = option(24, amount, "hours after which a cache asks again (max-age)")
    peak: float = option(1.8, amount, "the busiest hour against the mean, 1 to 2")
    prefixes: float = option(1, amount, "partitions of the derivatives bucket; S3 adds them")
    invalidation_seconds: float = option(60, amount, "how long an invalidation is in progress")

    def __post_init__(self) -> None:
        insist(self)
        if not 1 <= self.peak <= 2:
            message = "--peak accepts 1 to 2"
            raise ValueError(message)
        for name in ("views_per_day", "pops", "regional", "prefixes"):
            if getattr(self, name) < 1:
                message = f"--{name.replace('_', '-')} accepts a number from 1"
                raise ValueError(message)


@dataclass(frozen=True, slots=True, kw_only=True)
class Busiest:
    """What the busiest hour asks for, a second; *simultaneous* are functions at work at a time."""

    views: float
    gigabits: float
    bucket_requests: float
    bucket_gets: float
    bucket_puts: float
    renders: float
    ingests: float
    simultaneous_renders: float
    simultaneous_ingests: float
    new_recipe: float
    replaced: float
    read_units: float
    write_units: float
    derivatives_per_original: float


@dataclass(frozen=True, slots=True)
class Simulation:
    """What became of a day's views; *work* is the month that it belongs to, for the bill."""

    network: Network
    work: Workload
    month: Volumes
    tiers: tuple[Flow, ...]
    busiest: Busiest

    @property
    def bucket_hit_ratio(self) -> float:
        """The share of what reaches the derivatives bucket that it has."""
        asked = self.month.bucket_requests
        return 1 - self.month.renders / asked if asked else 0.0

    @property
    def hours(self) -> tuple[float, ...]:
        """Renders at work at a time, on the average, in each hour of the day."""
        mean = self.month.renders / SECONDS * self.work.render_ms / 1000
        return tuple(mean * share_of_mean(hour, self.network.peak) for hour in range(24))


def share_of_mean(hour: int, peak: float) -> float:
    """Return how busy an hour is against the mean: a cosine, which the peak stretches."""
    return 1 + (peak - 1) * cos(2 * pi * (hour - _BUSIEST) / 24)


def simulate(network: Network, work: Workload) -> Simulation:
    """Return what becomes of a day's views; of *work*, views and hit ratios are replaced."""
    popularity = zipf(max(1.0, work.originals * work.derivatives_per_original), network.exponent)
    rate = network.views_per_day / _DAY
    found = flows(popularity, rate, _tiers(network, work))
    answered = 1 - found[1].missed / rate
    work = dataclasses.replace(
        work,
        views=network.views_per_day * DAYS,
        hit_ratio=answered,
        shield_hit_ratio=found[2].hit_ratio if work.shield else 0.0,
    )
    month = volumes.volumes(work)
    busiest = _busiest(network, work, month, popularity)
    return Simulation(network, work, month, found, busiest)


def _tiers(network: Network, work: Workload) -> list[Tier]:
    lifetime = network.max_age_hours * 3600
    objects = KB_IN_GB / max(work.average_kb, 0.001)
    tiers = [
        Tier("edge locations", network.pops, network.pop_gb * objects, lifetime),
        Tier("regional caches", network.regional, network.regional_gb * objects, lifetime),
    ]
    if work.shield:
        tiers.append(Tier("Origin Shield", 1, network.shield_gb * objects, lifetime))
    return tiers


def _busiest(network: Network, work: Workload, month: Volumes, popularity: Popularity) -> Busiest:
    def each_second(quantity: float) -> float:
        return quantity / SECONDS * network.peak

    views = each_second(work.views)
    renders, ingests = each_second(month.renders), each_second(month.ingests)
    asking = 1 if work.shield else network.regional
    rush = asking * popularity.distinct(views * RUSH_SECONDS / asking) / RUSH_SECONDS
    return Busiest(
        views=views,
        gigabits=views * work.average_kb * 1024 * 8 / 1e9,
        bucket_requests=each_second(month.bucket_requests),
        bucket_gets=each_second(month.bucket_requests) + volumes.RENDER_GETS * renders,
        bucket_puts=renders + volumes.INGEST_MIPS * ingests,
        renders=renders,
        ingests=ingests,
        simultaneous_renders=_at_a_time(renders * work.render_ms / 1000),
        simultaneous_ingests=_at_a_time(ingests * work.ingest_ms / 1000),
        new_recipe=_at_a_time(rush * work.render_ms / 1000),
        replaced=each_second(month.replaced),
        read_units=each_second(month.read_units),
        write_units=each_second(month.write_units),
        derivatives_per_original=work.derivatives_per_original,
    )


def _at_a_time(mean: float) -> float:
    return mean + _BURST * sqrt(mean)


@dataclass(frozen=True, slots=True)
class Check:
    """The same small network twice: by the formulas, and played."""

    tier: str
    formula: float
    played: float


def check(seed: int = 1, number: int = 300_000) -> tuple[Check, ...]:
    """Return how far the formulas are from caches that are played, at a smaller scale.

    A URL is asked for once in 200 s on the average, at one of 20 edge locations, and is fresh for
    1,000 s.
    """
    lifetime = 1_000.0
    tiers = [
        Tier("edge locations", 20, 150, lifetime),
        Tier("regional caches", 4, 1_200, lifetime),
        Tier("Origin Shield", 1, 6_000, lifetime),
    ]
    small = montecarlo.Requests(20_000, 0.9, 100.0, number, seed)
    formulas = flows(zipf(small.urls, small.exponent), small.rate, tiers)
    played = montecarlo.play(tiers, small)
    return tuple(
        Check(one.name, one.hit_ratio, other.hit_ratio)
        for one, other in zip(formulas, played, strict=True)
    )
