"""The cost of hosted image services, from their public plans."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil, inf
from operator import itemgetter
from typing import Final

from infra.costs import prices
from infra.costs.bill import Alternative, Line, Use, price_uses
from infra.costs.price import Evidence, Price, flat
from infra.costs.prices import Plan
from infra.costs.volumes import MB_IN_GB, count_volumes
from infra.costs.workload import Workload


@dataclass(frozen=True, slots=True)
class _Credits:
    """A service that sells credits: its plans, and what a credit buys."""

    name: str
    plans: tuple[Plan, ...]
    how: str
    source: str
    note: str
    evidence: Evidence = Evidence.QUOTED


_IMGIX: Final = _Credits(
    "imgix",
    prices.IMGIX,
    "1 per GB delivered, 2 per GB cached, 1 per 500 renders",
    prices.IMGIX_SOURCE,
    "above the largest plan: extra credits at its price, which imgix sells in a limited number",
    prices.IMGIX_EVIDENCE,
)
_CLOUDINARY: Final = _Credits(
    "Cloudinary",
    prices.CLOUDINARY,
    "1 per GB delivered, 1 per GB stored, 1 per 1,000 transformations",
    prices.CLOUDINARY_SOURCE,
    "above the largest plan with a public price: credits at the price of that plan",
)


def price_imgix(work: Workload) -> Alternative:
    """Return the cost of imgix: credits for what is delivered, cached and rendered."""
    month = count_volumes(work)
    return _buy_credits(_IMGIX, month.delivered_gb + 2 * month.derivatives_gb + month.renders / 500)


def price_cloudinary(work: Workload) -> Alternative:
    """Return the cost of Cloudinary: credits for what is delivered, stored and transformed."""
    month = count_volumes(work)
    stored = month.originals_gb + month.derivatives_gb
    return _buy_credits(_CLOUDINARY, month.delivered_gb + stored + month.renders / 1000)


def _buy_credits(service: _Credits, used: float) -> Alternative:
    """Return the cost of *used* credits on the plan that is cheapest for them."""
    dollars, plan = min(
        ((_plan_cost(plan, used), plan) for plan in service.plans), key=itemgetter(0)
    )
    largest = service.plans[-1]
    if dollars == inf:
        dollars, plan = used * largest.dollars / largest.credits, largest
    price = Price(
        unit="credit",
        bands=flat(dollars / used if used else 0),
        source=service.source,
        evidence=service.evidence,
    )
    more = " and more" if used > plan.credits else ""
    line = Line(
        service.name, "credits", used, price, dollars, f"{service.how}; plan {plan.name}{more}"
    )
    is_beyond = used > largest.credits
    return Alternative(service.name, (line,), service.note, service.source, is_beyond)


def _plan_cost(plan: Plan, used: float) -> float:
    """Return the dollars of a plan and its extra credits; infinity if it sells too few."""
    beyond = max(0.0, used - plan.credits)
    if beyond and plan.extra is None:
        return inf
    return plan.dollars + beyond * (plan.extra or 0)


def price_cloudflare_transformations(work: Workload) -> Alternative:
    """Return the cost of Cloudflare Images with originals in R2.

    Each size of an original that is requested in a month is billed once, in any number of formats.
    The model counts all sizes, but no more than there are views.
    """
    unique = min(work.views, work.originals * work.derivatives_per_original / work.formats)
    group = "Cloudflare"

    def uses() -> Iterator[Use]:
        how = "all sizes of all originals, formats not counted"
        yield Use(group, "transformations", unique, prices.CLOUDFLARE_TRANSFORMED, how)
        stored = work.originals * work.original_mb / MB_IN_GB
        yield Use(group, "originals", stored, prices.R2_STORAGE, "in R2")
        yield Use(group, "reads", unique, prices.R2_READS, "of R2, one per transformation")

    return Alternative(
        "Cloudflare Images (transformations)",
        price_uses(uses(), free_tier=work.free_tier),
        "no charge for transfer",
        prices.CLOUDFLARE_TRANSFORMED.source,
    )


def price_cloudflare_storage(work: Workload) -> Alternative:
    """Return the cost of Cloudflare Images with the originals stored there; each view is billed."""
    group = "Cloudflare"
    blocks = ceil(work.originals / 1e5) * 1e5
    uses = (
        Use(group, "stored", blocks, prices.CLOUDFLARE_STORED, "sold in blocks of 100,000"),
        Use(group, "delivered", work.views, prices.CLOUDFLARE_DELIVERED, "one per view"),
    )
    return Alternative(
        "Cloudflare Images (stored)",
        price_uses(uses, free_tier=work.free_tier),
        "no charge for transfer",
        prices.CLOUDFLARE_STORED.source,
    )
