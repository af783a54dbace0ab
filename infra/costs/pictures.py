"""The pictures of docs/cost.md."""

import dataclasses
from pathlib import Path
from typing import Final

from infra.costs.alternatives import MAKERS
from infra.costs.bill import bill, total
from infra.costs.crossings import at, grid
from infra.costs.on_aws import container_solution, lambda_solution, sample
from infra.costs.plot import Axis, Curve, draw
from infra.costs.simulation import simulate
from infra.costs.tables import three
from infra.costs.workload import Workload

PICTURES: Final = Path(__file__).parents[2] / "docs" / "pictures"


def pictures() -> dict[Path, str]:
    """Return the pictures, by their files."""
    return {
        PICTURES / "cost-by-views.svg": _by_views(),
        PICTURES / "cost-by-misses.svg": _by_misses(),
        PICTURES / "cost-by-lifetime.svg": _by_lifetime(),
    }


def _by_views() -> str:
    work, views = three()[1].work, grid(1e5, 1e10, 81)
    curves = [Curve("Calotype", [(x, total(bill(at(work, x)))) for x in views], strong=True)]
    for make in MAKERS:
        points = [(x, make(at(work, x)).dollars) for x in views]
        known = [(x, y) for x, y in points if y is not None]
        curves.append(Curve(_short(make(work).name), known))
    across = Axis("views a month", 1e5, 1e10)
    up = Axis("dollars a month", 10, 1e6, before="$")
    return draw("What a month costs, by views, of 200,000 originals", curves, across, up)


def _short(name: str) -> str:
    return name.replace("AWS Dynamic Image Transformation", "AWS DIT").replace("Calotype, ", "")


def _by_misses() -> str:
    work, misses = three()[2].work, grid(0.001, 1, 41)
    makers = {"AWS sample": sample, "AWS DIT v7": lambda_solution, "AWS DIT v8": container_solution}

    def missing(share: float) -> Workload:
        return dataclasses.replace(work, hit_ratio=1 - share)

    own = [(100 * x, _origin(total(bill(missing(x))), work)) for x in misses]
    curves = [Curve("Calotype", own, strong=True)]
    for name, make in makers.items():
        points = [(100 * x, _origin(make(missing(x)).dollars or 0.0, work)) for x in misses]
        curves.append(Curve(name, points))
    across = Axis("views that CloudFront does not answer itself", 0.1, 100, after="%")
    up = Axis("dollars a month beside CloudFront's", 1e3, 1e6, before="$")
    return draw("What is behind CloudFront, at 10^9 views a day", curves, across, up)


def _origin(dollars: float, work: Workload) -> float:
    """Return a bill without what CloudFront asks for requests and transfer, whoever is behind."""
    shared = sum(line.dollars for line in bill(work) if line.name in {"requests", "transfer"})
    return dollars - shared


def _by_lifetime() -> str:
    hours = grid(1, 8760, 31)
    curves = []
    for size in three()[1:]:
        for shield in (False, True):
            points = []
            for each in hours:
                network = dataclasses.replace(size.simulation.network, max_age_hours=each)
                found = simulate(network, dataclasses.replace(size.work, shield=shield))
                points.append((each, 100 * found.tiers[-1].missed / found.tiers[0].asked))
            name = f"{size.name}{', Origin Shield' if shield else ''}"
            curves.append(Curve(name, points, strong=size.work.shield is shield))
    across = Axis("hours after which caches ask again", 1, 8760)
    up = Axis("views that reach the derivatives bucket", 0.01, 100, after="%")
    return draw("What caches pass on, by the lifetime of what they keep", curves, across, up)
