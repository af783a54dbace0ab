"""Other ways to serve the same traffic, at public list prices without discounts."""

from collections.abc import Callable
from typing import Final

from infra.costs import hosted, on_aws
from infra.costs.bill import Alternative
from infra.costs.workload import Workload

MAKERS: Final[tuple[Callable[[Workload], Alternative], ...]] = (
    on_aws.flat_rate,
    on_aws.lambda_solution,
    on_aws.container_solution,
    on_aws.sample,
    hosted.imgix,
    hosted.cloudflare_transformed,
    hosted.cloudflare_stored,
    hosted.cloudinary,
)


def list_alternatives(work: Workload) -> tuple[Alternative, ...]:
    """Return the cost of the same month elsewhere."""
    return tuple(make(work) for make in MAKERS)
