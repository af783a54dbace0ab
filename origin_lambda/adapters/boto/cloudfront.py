"""The edge's caches, invalidated through boto3's CloudFront client."""

import uuid
from collections.abc import Iterable
from typing import Any

from origin_lambda.adapters.boto.clients import translate_errors


class CloudFrontEdge:
    """A distribution; *client* is a boto3 CloudFront client."""

    def __init__(self, client: Any, distribution_id: str) -> None:
        self.client = client
        self.distribution_id = distribution_id

    def invalidate(self, prefixes: Iterable[str]) -> None:
        paths = sorted({f"{prefix}*" for prefix in prefixes})
        if not paths:
            return
        with translate_errors():
            self.client.create_invalidation(
                DistributionId=self.distribution_id,
                InvalidationBatch={
                    "Paths": {"Quantity": len(paths), "Items": paths},
                    "CallerReference": str(uuid.uuid4()),
                },
            )
