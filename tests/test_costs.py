"""The cost model: amounts, bands, the bill, its alternatives and the quotas."""

import dataclasses
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.costs import prices
from infra.costs.alternatives import PRICERS, list_alternatives
from infra.costs.amounts import format_amount, format_price, parse_amount, parse_share
from infra.costs.bill import Use, bill, price_uses, total
from infra.costs.hosted import (
    price_cloudflare_storage,
    price_cloudflare_transformations,
    price_cloudinary,
    price_imgix,
)
from infra.costs.on_aws import (
    price_container_solution,
    price_flat_rate,
    price_lambda_solution,
    price_sample,
)
from infra.costs.price import Band, Price, bands, cost, flat
from infra.costs.prices import TB
from infra.costs.quotas import Quota, list_quotas
from infra.costs.volumes import count_volumes
from infra.costs.workload import Workload

TRANSFER = prices.TRANSFER[prices.Viewers.NORTH_AMERICA]


# Amounts.


@pytest.mark.parametrize(
    "text, value",
    [
        ("50M", 50e6),
        ("200k", 200e3),
        ("1.5B", 1.5e9),
        ("2g", 2e9),
        ("12", 12),
        (".5", 0.5),
        ("1,200", 1200),
        ("50_000", 50e3),
    ],
)
def test_an_amount_is_parsed_as_people_write_it(text: str, value: float) -> None:
    assert parse_amount(text) == value


@pytest.mark.parametrize("text", ["", "many", "-5", "5MM", "M", "1e6", "nan", "inf", "5 %"])
def test_an_invalid_amount_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match="accepts a number such as 1200, 200k, 50M"):
        parse_amount(text)


@pytest.mark.parametrize("text, value", [("2%", 0.02), ("0.95", 0.95), ("100%", 1), ("0", 0)])
def test_a_share_is_a_percentage_or_a_fraction(text: str, value: float) -> None:
    assert parse_share(text) == pytest.approx(value)


@pytest.mark.parametrize("text", ["95", "101%", "-1%", "nan", "half", ""])
def test_an_invalid_share_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match=r"accepts a share such as 2% or 0\.02"):
        parse_share(text)


def test_amounts_are_short() -> None:
    assert [format_amount(value) for value in (50e6, 2_145.77, 200_000, 0.316, 1.2e12)] == [
        "50 M",
        "2,146",
        "200,000",
        "0.316",
        "1.2 T",
    ]


def test_a_unit_price_has_all_its_decimals() -> None:
    assert [format_price(value) for value in (0.085, 1, 0.0000133334)] == [
        "$0.085",
        "$1.00",
        "$0.0000133334",
    ]


# Tiers.


def test_each_part_of_a_quantity_has_the_price_of_its_band() -> None:
    # 10 TB at 0.085, 40 TB at 0.080, and 10 TB of the next 100 at 0.060.
    assert cost(60 * TB, TRANSFER.bands) == pytest.approx(870.40 + 3_276.80 + 614.40)


def test_bands_are_given_by_their_widths() -> None:
    assert bands((10, 3.0), (40, 2.0), beyond=1.0) == (
        Band(10, 3.0),
        Band(50, 2.0),
        Band(math.inf, 1.0),
    )


@given(
    st.lists(st.tuples(st.integers(1, 9), st.integers(0, 9)), max_size=4),
    st.integers(0, 9),
    st.integers(0, 60),
)
def test_a_quantity_costs_the_sum_of_its_units(
    widths: list[tuple[int, int]], beyond: int, quantity: int
) -> None:
    unit_prices = [price for width, price in widths for _ in range(width)] + [beyond] * quantity

    assert cost(quantity, bands(*widths, beyond=beyond)) == sum(unit_prices[:quantity])


def test_a_free_amount_is_subtracted_once_from_all_lines_of_a_price() -> None:
    price = Price(unit="thing", bands=flat(1.0), free=10, source="")
    uses = [Use("", "", 8, price, ""), Use("", "", 8, price, "")]

    assert [line.dollars for line in price_uses(uses, free_tier=True)] == [0, 6]
    assert [line.dollars for line in price_uses(uses, free_tier=False)] == [8, 8]


def test_the_first_thousand_paths_are_free_even_without_the_free_tier() -> None:
    assert prices.INVALIDATIONS.cost(1_000, free_tier=False) == 0
    assert prices.INVALIDATIONS.cost(1_200, free_tier=False) == pytest.approx(1.00)


# The bill.

BY_HAND = Workload(
    views=20e6, originals=1_000, derivatives_per_original=10, hit_ratio=0.9, average_kb=51.2, original_mb=2, mips_mb=1.024,
    added_per_month=0.1, replaced_per_month=0.2, refreshed_per_month=0.5, render_ms=250, ingest_ms=800, memory_mb=1024, ingest_memory_mb=2048,
    architecture="arm64", cold_starts=0, free_tier=False,
)  # fmt: skip


def test_a_bill_equals_a_calculation_by_hand() -> None:
    """20 M views, 2 M misses; 300 ingests, 200 of them replacements; 3,000 + 5,000 renders."""
    by_hand = {
        "CloudFront": 20.00 + 83.0078125 + 4.00 + 0.60 + 0,  # 976.5625 GB; 400 paths are free
        "S3": 3.44140625 * 0.023 + 0.80356 + 0.049 + 0.006,  # 2,008,900 GET, 9,800 PUT, 1,200 LIST
        "Lambda": 8_600 * 0.2e-6 + (2_000 + 600) * 0.0000133334,
        "DynamoDB": 13_500 * 0.125e-6 + 1_800 * 0.625e-6 + 2_000 / 1_048_576 * 0.45,
        "SQS": 658_800 * 0.4e-6,
        "SNS": 300 * 0.5e-6,
        "CloudWatch": 10_320 / 1_048_576 * 0.50 + 7.50 + 3.20,
        "Secrets Manager": 0.80,
    }

    lines = bill(BY_HAND)

    billed = {
        group: sum(line.dollars for line in lines if line.group == group) for group in by_hand
    }
    assert billed == pytest.approx(by_hand)
    assert total(lines) == pytest.approx(sum(by_hand.values()))


def test_optional_services_are_billed_if_they_are_on() -> None:
    plain = {(line.group, line.name) for line in bill(BY_HAND)}
    more = dataclasses.replace(BY_HAND, shield=True, waf=True, snapstart=True)

    added = {(line.group, line.name) for line in bill(more)} - plain
    assert added == {
        ("CloudFront", "Origin Shield"),
        ("AWS WAF", "web ACL"),
        ("AWS WAF", "rules"),
        ("AWS WAF", "requests"),
        ("Lambda", "snapshot"),
        ("Lambda", "restores"),
    }


def test_origin_shield_gets_a_request_for_each_miss_and_for_each_failover() -> None:
    month = count_volumes(dataclasses.replace(BY_HAND, shield=True, shield_hit_ratio=0.75))

    assert month.shield_requests == pytest.approx(2_008_000)
    assert month.bucket_requests == pytest.approx(500_000)


def test_there_are_no_more_renders_than_misses() -> None:
    month = count_volumes(dataclasses.replace(BY_HAND, views=1_000))

    assert month.renders == pytest.approx(100)


def test_signatures_read_the_store_twice() -> None:
    reads = [
        line.quantity
        for work in (BY_HAND, dataclasses.replace(BY_HAND, signed=True))
        for line in bill(work)
        if line.name == "KeyValueStore reads"
    ]
    assert reads == [20e6, 40e6]


def test_a_snapshot_replaces_cold_starts() -> None:
    cold = dataclasses.replace(BY_HAND, cold_starts=1)
    assert count_volumes(cold).origin_gb_seconds == pytest.approx(8_000 * (0.250 + 0.345))
    assert count_volumes(
        dataclasses.replace(cold, snapstart=True)
    ).origin_gb_seconds == pytest.approx(2_000)


def test_every_price_has_a_source() -> None:
    listed = [price for price in vars(prices).values() if isinstance(price, Price)]
    listed += [*prices.TRANSFER.values(), *prices.REQUESTS.values(), *prices.COMPUTE.values()]

    assert all(price.source.startswith("https://") for price in listed)
    assert {price.confirmed for price in listed} == {True, False}


# Laws.

RISING = [
    "views",
    "originals",
    "average_kb",
    "original_mb",
    "mips_mb",
    "render_ms",
    "ingest_ms",
    "memory_mb",
    "ingest_memory_mb",
    "replaced_per_month",
]
workloads = st.builds(
    Workload,
    views=st.floats(1e4, 1e11),
    originals=st.floats(1, 1e8),
    derivatives_per_original=st.floats(1, 100),
    hit_ratio=st.floats(0, 1),
    average_kb=st.floats(1, 500),
    memory_mb=st.floats(128, 5_000),
    ingest_memory_mb=st.floats(128, 5_000),
    architecture=st.sampled_from(["arm64", "x86_64"]),
    shield=st.booleans(),
    free_tier=st.booleans(),
    replaced_per_month=st.floats(0, 0.5),
)


@given(workloads, st.sampled_from(RISING), st.floats(1, 2))
def test_more_of_anything_never_costs_less(work: Workload, name: str, factor: float) -> None:
    more: dict[str, Any] = {name: getattr(work, name) * factor}

    assert total(bill(dataclasses.replace(work, **more))) >= total(bill(work)) * (1 - 1e-9)


@given(workloads, st.floats(0, 1))
def test_a_better_hit_ratio_never_costs_more(work: Workload, other: float) -> None:
    low, high = sorted((work.hit_ratio, other))

    better, worse = (
        total(bill(dataclasses.replace(work, hit_ratio=ratio))) for ratio in (high, low)
    )
    assert better <= worse * (1 + 1e-9)


@given(workloads)
def test_the_free_tier_never_costs_more_and_no_line_is_negative(work: Workload) -> None:
    free, paid = (bill(dataclasses.replace(work, free_tier=each)) for each in (True, False))

    assert total(free) <= total(paid) * (1 + 1e-9)
    assert all(line.dollars >= -1e-9 for line in free)


@given(workloads, st.sampled_from(PRICERS), st.floats(1, 10))
def test_more_views_never_cost_less_elsewhere(work: Workload, make: Any, factor: float) -> None:
    fewer, more = (
        make(work).dollars,
        make(dataclasses.replace(work, views=work.views * factor)).dollars,
    )

    assert more is None or (fewer is not None and more >= fewer * (1 - 1e-9) - 1e-9)


@pytest.mark.parametrize(
    "values, named",
    [
        ({"views": -1}, "--views accepts no negative number"),
        ({"hit_ratio": 1.2}, "--hit-ratio accepts a share from 0% to 100%"),
        ({"architecture": "mips"}, "--architecture accepts arm64, x86_64"),
        ({"region": "eu-west-1"}, "--region accepts us-east-1, us-east-2, us-west-2"),
        ({"memory_mb": 64}, "--memory-mb accepts 128 to 10,240"),
        ({"ingest_memory_mb": 99_999}, "--ingest-memory-mb accepts 128 to 10,240"),
        ({"formats": 0}, "--formats accepts a number from 1"),
        ({"peak": 0.5}, "--peak accepts 1 to 24"),
    ],
)
def test_an_invalid_workload_is_refused_and_names_the_option(
    values: dict[str, Any], named: str
) -> None:
    with pytest.raises(ValueError, match=named):
        Workload(**values)


# Elsewhere.


@pytest.mark.parametrize("views, fargate", [(10e6, 72.08), (125e6, 216.24), (500e6, 576.64)])
def test_dit_on_ecs_costs_what_aws_estimates(views: float, fargate: float) -> None:
    """AWS's guide, "ECS architecture cost breakdown": 90 % cache hits, pictures of 45 KB."""
    found = price_container_solution(Workload(views=views, hit_ratio=0.9, average_kb=45))

    billed = sum(line.dollars for line in found.lines if line.name in {"vCPUs", "memory"})
    assert billed == pytest.approx(fargate, abs=0.05)


def test_a_fleet_grows_beyond_its_largest_size() -> None:
    found = price_container_solution(Workload(views=100e9, hit_ratio=0.5))
    busy = 50e9 * 0.350 / (730 * 3600)

    hours = next(line.quantity for line in found.lines if line.name == "vCPUs")
    assert busy < hours / 730 * 0.5 < busy + 2


def test_dit_on_lambda_renders_every_miss() -> None:
    found = price_lambda_solution(Workload(views=100e6, hit_ratio=0.9, free_tier=False))

    lines = {line.name: line.dollars for line in found.lines}
    assert lines["API Gateway"] == pytest.approx(35.00)
    assert lines["compute"] == pytest.approx(3.5e6 * 0.0000166667)


def test_the_sample_renders_a_third_of_all_each_month() -> None:
    found = price_sample(
        Workload(
            views=1e9,
            hit_ratio=0.5,
            originals=1_000,
            derivatives_per_original=9,
            added_per_month=0,
            replaced_per_month=0,
        )
    )

    assert next(
        line.quantity for line in found.lines if line.name == "invocations"
    ) == pytest.approx(3_000)


@pytest.mark.parametrize(
    "views, plan",
    [(900e3, "Free"), (9e6, "Pro"), (124e6, "Business"), (499e6, "Premium"), (501e6, None)],
)
def test_a_flat_rate_is_the_smallest_plan_with_enough_views(views: float, plan: str | None) -> None:
    found = price_flat_rate(Workload(views=views))

    assert (found.lines[0].name if found.lines else None) == (plan and f"plan {plan}")


def test_a_flat_rate_includes_requests_functions_and_firewall() -> None:
    found = price_flat_rate(Workload(views=20e6, waf=True))

    names = {line.name for line in found.lines if line.group in {"CloudFront", "AWS WAF"}}
    assert names == {"plan Business", "invalidations"}


def test_cloudflare_sells_storage_in_blocks_of_100_000() -> None:
    # 1.5 M delivered are $15; 100,001 originals are two blocks of $5.
    assert price_cloudflare_storage(
        Workload(views=1.5e6, originals=100_001)
    ).dollars == pytest.approx(25.00)


def test_credits_are_bought_at_the_lowest_price() -> None:
    # 400 GB of views; nothing is stored or rendered: 400 credits. Basic with 25 more is $80.
    work = Workload(views=400 * 1024 * 1024 / 45, originals=0)

    assert price_imgix(work).dollars == pytest.approx(80.00)
    assert price_cloudinary(work).dollars == pytest.approx(249.00)
    assert not price_imgix(work).extrapolated


def test_credits_beyond_every_plan_are_marked_as_extrapolated() -> None:
    found = price_cloudinary(Workload(views=1_200 * 1024 * 1024 / 45, originals=0))

    assert found.dollars == pytest.approx(2 * 249.00)
    assert found.extrapolated


def test_every_alternative_has_a_name_and_a_source() -> None:
    found = list_alternatives(Workload())

    assert len({other.name for other in found}) == len(PRICERS)
    assert all(other.source.startswith("https://") and other.note for other in found)


def test_cloudflare_bills_each_size_once_a_month() -> None:
    # 2 sizes of 10,000 originals, 5,000 of them free; fewer views than sizes are fewer sizes.
    work = Workload(views=1e6, originals=10_000, derivatives_per_original=4, formats=2)

    for views, sizes in ((1e6, 20_000), (7_000, 7_000)):
        lines = price_cloudflare_transformations(dataclasses.replace(work, views=views)).lines
        dollars = {line.name: line.dollars for line in lines}
        assert dollars["transformations"] == pytest.approx((sizes - 5_000) * 0.0005)


# Quotas.

LARGE = Workload(views=1e9 * 730 / 24, originals=10e6, hit_ratio=0.7, shield=True)


def test_the_quota_that_is_exceeded_first_comes_first() -> None:
    shares = [quota.utilisation for quota in list_quotas(LARGE)]

    assert shares == sorted(shares, reverse=True)


def test_quotas_are_calculated_for_the_busiest_hour() -> None:
    used = {quota.name: quota.used for quota in list_quotas(LARGE)}

    assert used["CloudFront requests"] == pytest.approx(1e9 / 86_400 * 1.8)
    # 2 % of 10 M originals a month, two wildcards each, a minute each.
    assert used["wildcard invalidations"] == pytest.approx(200_000 * 2 / (730 * 60) * 1.8)
    # A render takes 150 ms, an ingest 1.4 s; 3 % of 10 M originals are ingested in a month.
    renders, ingests = 13.2e6 / (730 * 3600) * 1.8, 300_000 / (730 * 3600) * 1.8
    assert used["Lambda concurrency"] == pytest.approx(renders * 0.15 + ingests * 1.4)
    assert used["Lambda concurrency, new recipe"] == pytest.approx(1e9 / 86_400 * 1.8 * 0.15)
    assert all(
        quota.source.startswith("https://docs.aws.amazon.com/") for quota in list_quotas(LARGE)
    )


def test_the_views_at_which_a_quota_is_reached() -> None:
    work = Workload(views=1e6 * 730 / 24)

    assert Quota("", 50, 200, "", "").views_a_day_at_limit(work) == pytest.approx(4e6)
    assert Quota("", 0, 200, "", "").views_a_day_at_limit(work) == math.inf
