"""The cost of hosted image services, by their public plans."""

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
    "1 a GB delivered, 2 a GB cached, 1 for 500 renders",
    prices.IMGIX_SOURCE,
    "beyond the largest plan its extra credits, of which imgix sells only so many",
    prices.IMGIX_EVIDENCE,
)
_CLOUDINARY: Final = _Credits(
    "Cloudinary",
    prices.CLOUDINARY,
    "1 a GB delivered, 1 a GB stored, 1 for 1,000 transformations",
    prices.CLOUDINARY_SOURCE,
    "beyond the largest plan with a public price, at that plan's price a credit",
)


def imgix(work: Workload) -> Alternative:
    """Return imgix: credits for what is delivered, cached and rendered."""
    month = count_volumes(work)
    return _buy_credits(_IMGIX, month.delivered_gb + 2 * month.derivatives_gb + month.renders / 500)


def cloudinary(work: Workload) -> Alternative:
    """Return Cloudinary: credits for what is delivered, stored and transformed."""
    month = count_volumes(work)
    stored = month.originals_gb + month.derivatives_gb
    return _buy_credits(_CLOUDINARY, month.delivered_gb + stored + month.renders / 1000)


def _buy_credits(service: _Credits, used: float) -> Alternative:
    """Return the cheapest plan for so many credits."""
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
    beyond = max(0.0, used - plan.credits)
    if beyond and plan.extra is None:
        return inf
    return plan.dollars + beyond * (plan.extra or 0)


def cloudflare_transformed(work: Workload) -> Alternative:
    """Return Cloudflare Images with originals in R2; each size requested in a month is billed once.

    At most all sizes are requested; formats of one size count once.
    """
    unique = min(work.views, work.originals * work.derivatives_per_original / work.formats)
    group = "Cloudflare"

    def uses() -> Iterator[Use]:
        how = "all sizes of all originals, formats not counted"
        yield Use(group, "transformations", unique, prices.CLOUDFLARE_TRANSFORMED, how)
        stored = work.originals * work.original_mb / MB_IN_GB
        yield Use(group, "originals", stored, prices.R2_STORAGE, "in R2")
        yield Use(group, "reads", unique, prices.R2_READS, "of R2, one a transformation")

    return Alternative(
        "Cloudflare Images (transformations)",
        price_uses(uses(), free_tier=work.free_tier),
        "no charge for transfer",
        prices.CLOUDFLARE_TRANSFORMED.source,
    )


def cloudflare_stored(work: Workload) -> Alternative:
    """Return Cloudflare Images with the originals stored there; each view is billed."""
    group = "Cloudflare"
    blocks = ceil(work.originals / 1e5) * 1e5
    uses = (
        Use(group, "stored", blocks, prices.CLOUDFLARE_STORED, "bought by 100,000"),
        Use(group, "delivered", work.views, prices.CLOUDFLARE_DELIVERED, "one a view"),
    )
    return Alternative(
        "Cloudflare Images (stored)",
        price_uses(uses, free_tier=work.free_tier),
        "no charge for transfer",
        prices.CLOUDFLARE_STORED.source,
    )
