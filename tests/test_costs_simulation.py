"""A day of views through the caches: the formulas, caches that are played, and the quotas."""

import dataclasses
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.costs.caches import Tier, characteristic_time, flows, miss_ratio
from infra.costs.montecarlo import Requests, play
from infra.costs.quotas import Quota, quotas
from infra.costs.simulation import Network, Simulation, check, share_of_mean, simulate
from infra.costs.volumes import SECONDS
from infra.costs.workload import Workload
from infra.costs.zipf import zipf

SMALL = Network(views_per_day=50e6, pops=100)


@pytest.fixture(scope="module")
def simulation() -> Simulation:
    return simulate(Network(), Workload(originals=10e6, shield=True))


# Zipf's law.


@pytest.mark.parametrize("exponent", [0.6, 0.9, 1.0, 1.3])
def test_bins_stand_for_all_their_urls(exponent: float) -> None:
    weights = [rank**-exponent for rank in range(1, 20_001)]
    views = 30_000
    whole = sum(weights)
    shares = [weight / whole for weight in weights]
    distinct = sum(1 - (1 - share) ** views for share in shares)

    popularity = zipf(20_000, exponent)

    assert popularity.population == 20_000
    assert sum(each.count * each.share for each in popularity.bins) == pytest.approx(1)
    assert popularity.bins[0].share == pytest.approx(shares[0], rel=1e-3)
    assert popularity.distinct(views) == pytest.approx(distinct, rel=1e-3)


@given(st.floats(1, 1e9), st.floats(0, 2), st.floats(1, 1e10))
def test_there_are_never_more_urls_seen_than_views_or_urls(
    urls: float, exponent: float, views: float
) -> None:
    assert zipf(urls, exponent).distinct(views) <= min(urls, views) * (1 + 1e-6)


# The formulas.


def test_a_cache_keeps_as_many_objects_as_it_has_room_for() -> None:
    counts, rates = [10.0, 1_000.0], [1.0, 0.01]

    keeps = characteristic_time(counts, rates, 200)

    kept = sum(
        count * (1 - math.exp(-rate * keeps)) for count, rate in zip(counts, rates, strict=True)
    )
    assert kept == pytest.approx(200)


def test_a_cache_with_room_for_all_fetches_once_in_a_lifetime() -> None:
    # Asked for 10 times a second and fresh for 100 s: one fetch, then a thousand hits.
    assert miss_ratio(10, math.inf, math.inf) < 1e-300
    assert miss_ratio(10, math.inf, 100) == pytest.approx(1 / 1_001)


def test_without_a_lifetime_it_is_ches_formula() -> None:
    assert miss_ratio(0.5, 3.0, math.inf) == pytest.approx(math.exp(-1.5))


@given(st.floats(1e-9, 1e6), st.floats(1e-3, 1e7), st.floats(1e-3, 1e8), st.floats(1, 100))
def test_keeping_longer_and_staying_fresh_longer_never_miss_more(
    rate: float, keeps: float, lifetime: float, factor: float
) -> None:
    missed = miss_ratio(rate, keeps, lifetime)

    assert miss_ratio(rate, keeps * factor, lifetime) <= missed * (1 + 1e-6)
    assert miss_ratio(rate, keeps, lifetime * factor) <= missed * (1 + 1e-6)
    assert 0 < missed <= 1


@pytest.mark.parametrize("exponent", [0.7, 0.9, 1.1])
@pytest.mark.parametrize("lifetime", [math.inf, 3_000.0, 300.0])
def test_the_formulas_agree_with_caches_that_are_played(lifetime: float, exponent: float) -> None:
    tiers = [
        Tier("edge", 20, 150, lifetime),
        Tier("regional", 4, 600, lifetime),
        Tier("shield", 1, 3_000, lifetime),
    ]

    played = play(tiers, Requests(20_000, exponent, 100.0, 200_000, seed=7))
    found = flows(zipf(20_000, exponent), 100.0, tiers)

    for one, other in zip(found, played, strict=True):
        assert one.hit_ratio == pytest.approx(other.hit_ratio, abs=0.03)
        assert one.asked == pytest.approx(other.asked, rel=0.06)


def test_the_check_that_is_printed_is_within_three_points() -> None:
    assert all(each.formula == pytest.approx(each.played, abs=0.03) for each in check())


# What is played.


def test_a_cache_with_room_for_all_misses_nothing_once_it_is_warm() -> None:
    (flow,) = play([Tier("edge", 1, 50)], Requests(50, 0.5, 1.0, 20_000, seed=1))

    assert flow.hit_ratio == 1


def test_a_copy_brings_its_age_along() -> None:
    """The lower tier asks again when the origin's copy is too old, not when its own is."""
    tiers = [Tier("edge", 1, 1, 1_000.0), Tier("regional", 1, 1, 1_000.0)]

    edge, regional = play(tiers, Requests(1, 1.0, 1.0, 100_000, seed=1))

    assert edge.missed == pytest.approx(regional.missed)


def test_what_is_played_is_the_same_for_the_same_seed() -> None:
    tiers, requests = [Tier("edge", 3, 10)], Requests(100, 0.9, 1.0, 2_000, seed=5)

    assert play(tiers, requests) == play(tiers, requests)
    assert play(tiers, requests) != play(tiers, dataclasses.replace(requests, seed=6))


# The day.


def test_tiers_pass_on_what_they_do_not_answer(simulation: Simulation) -> None:
    edge, regional, shield = simulation.tiers

    assert edge.asked == pytest.approx(1e9 / 86_400)
    assert regional.asked == pytest.approx(edge.missed)
    assert shield.asked == pytest.approx(regional.missed)
    assert simulation.month.bucket_requests / SECONDS == pytest.approx(shield.missed)
    assert simulation.work.hit_ratio == pytest.approx(1 - regional.missed / edge.asked)


def test_without_origin_shield_there_are_two_tiers() -> None:
    found = simulate(SMALL, Workload())

    assert [tier.name for tier in found.tiers] == ["edge locations", "regional caches"]
    assert found.month.shield_requests == 0


def test_caches_that_ask_again_later_answer_more() -> None:
    day, year = (
        simulate(dataclasses.replace(SMALL, max_age_hours=hours), Workload())
        for hours in (24, 8_760)
    )

    assert year.work.hit_ratio > day.work.hit_ratio + 0.1


def test_the_busiest_hour_is_as_far_above_the_mean_as_the_quietest_is_below() -> None:
    hours = [share_of_mean(hour, 1.8) for hour in range(24)]

    assert sum(hours) == pytest.approx(24)
    assert (max(hours), min(hours)) == pytest.approx((1.8, 0.2))


def test_renders_at_a_time_are_littles_law(simulation: Simulation) -> None:
    a_second = simulation.month.renders / SECONDS

    assert sum(simulation.hours) / 24 == pytest.approx(a_second * 0.150)
    assert simulation.busiest.simultaneous_renders > max(simulation.hours)


@pytest.mark.parametrize(
    "values, named",
    [
        ({"peak": 3.0}, "--peak accepts 1 to 2"),
        ({"pops": 0.0}, "--pops accepts"),
        ({"views_per_day": -1.0}, "--views-per-day accepts"),
    ],
)
def test_a_network_that_makes_no_sense_is_refused_by_name(
    values: dict[str, float], named: str
) -> None:
    with pytest.raises(ValueError, match=named):
        Network(**values)


# The quotas.


def test_what_breaks_first_comes_first(simulation: Simulation) -> None:
    shares = [quota.utilisation for quota in quotas(simulation)]

    assert shares == sorted(shares, reverse=True)


def test_quotas_are_what_the_busiest_second_asks_for(simulation: Simulation) -> None:
    found = {quota.name: quota for quota in quotas(simulation)}

    assert found["CloudFront requests"].used == pytest.approx(1e9 / 86_400 * 1.8)
    # 2 % of 10 M originals a month, two wildcards each, a minute each.
    replaced = 200_000 / (730 * 3600) * 1.8
    assert found["invalidations with a wildcard"].used == pytest.approx(replaced * 2 * 60)
    assert found["invalidations without"].used == pytest.approx(replaced * 2 * 60 * 12)
    assert all(quota.source.startswith("https://docs.aws.amazon.com/") for quota in found.values())


def test_a_new_recipe_asks_for_more_of_lambda_than_any_other_second(simulation: Simulation) -> None:
    found = {quota.name: quota for quota in quotas(simulation)}

    assert found["Lambda concurrency, new recipe"].used > 100 * found["Lambda concurrency"].used
    # It cannot be more than all views rendered.
    assert found["Lambda concurrency, new recipe"].used < 20_834 * 0.150 * 1.1


def test_partitions_share_the_requests_of_the_bucket(simulation: Simulation) -> None:
    network = dataclasses.replace(simulation.network, prefixes=4)
    other = {
        quota.name: quota for quota in quotas(dataclasses.replace(simulation, network=network))
    }

    found = {quota.name: quota for quota in quotas(simulation)}
    assert other["S3 reads"].utilisation == pytest.approx(found["S3 reads"].utilisation / 4)


def test_a_quota_breaks_where_the_views_have_grown_to_it() -> None:
    assert Quota("", 50, 200, "", "").breaks_at(1e6) == pytest.approx(4e6)
    assert Quota("", 50, 200, "", "", grows=False).breaks_at(1e6) == math.inf
    assert Quota("", 0, 200, "", "").breaks_at(1e6) == math.inf
