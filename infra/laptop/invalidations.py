"""What was asked of CloudFront, done by the edge on this laptop."""

import threading
from dataclasses import dataclass, field
from typing import Any

from edge.local.distribution import Distribution


@dataclass(frozen=True, slots=True)
class Invalidations:
    """The invalidations of a distribution, each passed on to the *edge* once.

    *client* is a boto3 CloudFront client.
    """

    client: Any
    distribution_id: str
    edge: Distribution
    _done: set[str] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def apply(self) -> None:
        """Do all that were asked for before this call; they are done when it returns.

        Who calls this while another does waits for that one, for it may be doing theirs.
        """
        with self._lock:
            pages = self.client.get_paginator("list_invalidations")
            for page in pages.paginate(DistributionId=self.distribution_id):
                for asked in page["InvalidationList"].get("Items", []):
                    if asked["Id"] not in self._done:
                        paths = self._paths(asked["Id"])
                        self._done.add(asked["Id"])
                        self.edge.invalidate(paths)

    def _paths(self, invalidation: str) -> list[str]:
        answer = self.client.get_invalidation(DistributionId=self.distribution_id, Id=invalidation)
        paths: list[str] = answer["Invalidation"]["InvalidationBatch"]["Paths"]["Items"]
        return paths
