"""Three deployments to look at: a hobby, a site of 50 million views a month, 10^9 a day."""

from dataclasses import dataclass
from typing import Final

from infra.costs.simulation import Network, Simulation, simulate
from infra.costs.volumes import DAYS
from infra.costs.workload import Workload

LARGE: Final = Workload(originals=10e6, shield=True)
"""What has 10^9 views a day; their number and the hit ratios are simulated."""


@dataclass(frozen=True, slots=True)
class Size:
    """A deployment of a size, and what CloudFront does for it."""

    name: str
    simulation: Simulation

    @property
    def work(self) -> Workload:
        """A month of it, with the hit ratios that were simulated."""
        return self.simulation.work


def sizes() -> tuple[Size, ...]:
    """Return the three, simulated."""
    return (
        Size("hobby", _monthly(100e3, Workload(originals=500))),
        Size("50 M a month", _monthly(50e6, Workload())),
        Size("10^9 a day", simulate(Network(), LARGE)),
    )


def _monthly(views: float, work: Workload) -> Simulation:
    return simulate(Network(views_per_day=views / DAYS), work)
