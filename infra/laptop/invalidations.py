"""Apply invalidations that CloudFront has accepted to the edge on this laptop."""

import threading
from dataclasses import dataclass, field
from typing import Any

from edge.local.distribution import Distribution


@dataclass(frozen=True, slots=True)
class Invalidations:
    """Reads the invalidations of a distribution, and applies each to the *edge* once.

    *client* is a boto3 CloudFront client.
    """

    client: Any
    distribution_id: str
    edge: Distribution
    _applied: set[str] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def apply(self) -> None:
        """Apply all invalidations that were created before this call, and return after that.

        A concurrent call waits, because the running one may be applying its invalidation.
        """
        with self._lock:
            pages = self.client.get_paginator("list_invalidations")
            for page in pages.paginate(DistributionId=self.distribution_id):
                for invalidation in page["InvalidationList"].get("Items", []):
                    if invalidation["Id"] not in self._applied:
                        paths = self._read_paths(invalidation["Id"])
                        self._applied.add(invalidation["Id"])
                        self.edge.invalidate(paths)

    def _read_paths(self, identity: str) -> list[str]:
        answer = self.client.get_invalidation(DistributionId=self.distribution_id, Id=identity)
        paths: list[str] = answer["Invalidation"]["InvalidationBatch"]["Paths"]["Items"]
        return paths
