"""Other ways to serve the same traffic, at public list prices without discounts."""

from collections.abc import Callable
from typing import Final

from infra.costs import hosted, on_aws
from infra.costs.bill import Alternative
from infra.costs.workload import Workload

PRICERS: Final[tuple[Callable[[Workload], Alternative], ...]] = (
    on_aws.price_flat_rate,
    on_aws.price_lambda_solution,
    on_aws.price_container_solution,
    on_aws.price_sample,
    hosted.price_imgix,
    hosted.price_cloudflare_transformations,
    hosted.price_cloudflare_storage,
    hosted.price_cloudinary,
)


def list_alternatives(work: Workload) -> tuple[Alternative, ...]:
    """Return the cost of the same month elsewhere."""
    return tuple(price(work) for price in PRICERS)
