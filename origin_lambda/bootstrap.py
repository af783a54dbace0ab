"""Turns settings into services, once per cold start: the only place that chooses adapters.

Builders import what they build of: the origin starts without boto3, which takes three times as long
to import as all of the origin, and without what only some of its requests need.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from origin_lambda.settings import BadSetting, Settings

if TYPE_CHECKING:
    from origin_lambda.derivatives.origin import Origin
    from origin_lambda.image.analysis.measure import Description, Likeness, Measurements
    from origin_lambda.image.formats import Kind
    from origin_lambda.originals.dispatch import Dispatcher
    from origin_lambda.originals.ingest import Ingest
    from origin_lambda.uploads.upload import Upload

__all__ = [
    "build_dispatcher",
    "build_ingest",
    "build_origin",
    "build_upload",
    "secret",
    "slim_secret",
]


def build_origin(settings: Settings) -> Origin:
    """Return the service that answers requests for derivatives."""
    import os

    from origin_lambda.adapters.memory_limit import limit_memory
    from origin_lambda.adapters.pillow.codec import PillowCodec
    from origin_lambda.adapters.slim.s3 import SlimBucket
    from origin_lambda.derivatives.cached_reader import CachedReader
    from origin_lambda.derivatives.origin import Origin
    from origin_lambda.derivatives.renderer import Renderer
    from origin_lambda.derivatives.store import Store
    from origin_lambda.url.grammar import OriginalKey

    limit_memory(os.environ)
    catalog = queue = None
    if settings.catalog_table:
        from origin_lambda.adapters.slim.dynamodb import SlimCatalog

        catalog = SlimCatalog(settings.catalog_table, os.environ)
    if settings.ingest_queue_url:
        from origin_lambda.adapters.slim.sqs import SlimQueue

        queue = SlimQueue(settings.ingest_queue_url, os.environ)
    originals = SlimBucket(settings.originals_bucket, os.environ)
    derivatives = SlimBucket(settings.derivatives_bucket, os.environ)
    return Origin(
        originals=originals,
        store=Store(derivatives, catalog, queue),
        renderer=Renderer(
            originals,
            CachedReader(derivatives),
            PillowCodec(),
            _sanitise,
            settings.limits,
            _LateMeasurer(),
        ),
        policy=settings.policy,
        bare_originals=settings.bare_originals,
        bucket_in_front=settings.bucket_in_front,
        fallback=OriginalKey(settings.fallback_original) if settings.fallback_original else None,
    )


class _LateMeasurer:
    """Pillow's measurer, imported when something asks for information: few requests do."""

    def measure(self, raster: Any) -> Measurements:
        from origin_lambda.adapters.pillow.measurer import PillowMeasurer

        return PillowMeasurer().measure(raster)

    def likeness(self, first: Any, second: Any) -> Likeness:
        from origin_lambda.adapters.pillow.measurer import PillowMeasurer

        return PillowMeasurer().likeness(first, second)

    def describe(self, data: bytes, kind: Kind) -> Description:
        from origin_lambda.adapters.pillow.measurer import PillowMeasurer

        return PillowMeasurer().describe(data, kind)


def _sanitise(data: bytes) -> bytes:
    """Make an SVG harmless, with what is imported when there is one."""
    from origin_lambda.adapters.svg_hush import sanitise

    return sanitise(data)


def secret(arn: str) -> str:
    """Return the text of a secret in Secrets Manager, by boto3: it knows a laptop's profiles."""
    from origin_lambda.adapters.boto import clients

    return clients.secret(arn)


def slim_secret(arn: str) -> str:
    """Return the text of a secret in Secrets Manager, without boto3."""
    from origin_lambda.adapters.slim import secrets

    return secrets.secret(arn)


def build_ingest(settings: Settings) -> Ingest:
    """Return the service that keeps up with the originals bucket.

    Raises:
        BadSetting: there is no catalog to write, or no queue to come back to things by.

    """
    for name in ("catalog_table", "ingest_queue_url"):
        if not getattr(settings, name):
            message = f"{name.upper()} is not set"
            raise BadSetting(message)
    import os

    from origin_lambda.adapters.boto.clients import PERSISTENT, STANDARD, client
    from origin_lambda.adapters.boto.cloudfront import CloudFrontEdge
    from origin_lambda.adapters.boto.dynamodb import DynamoCatalog
    from origin_lambda.adapters.boto.s3 import S3Bucket
    from origin_lambda.adapters.boto.sns import SnsAlerts
    from origin_lambda.adapters.boto.sqs import SqsQueue
    from origin_lambda.adapters.memory_limit import limit_memory
    from origin_lambda.adapters.pillow.codec import PillowCodec
    from origin_lambda.adapters.pillow.measurer import PillowMeasurer
    from origin_lambda.adapters.svg_hush import sanitise
    from origin_lambda.image.analysis.analyse import Analyser
    from origin_lambda.originals.ingest import Ingest
    from origin_lambda.originals.purge import Purge

    limit_memory(os.environ)
    s3 = client("s3", STANDARD)
    derivatives = S3Bucket(s3, settings.derivatives_bucket)
    alerts = edge = None
    if settings.alerts_topic_arn:
        alerts = SnsAlerts(client("sns", PERSISTENT), settings.alerts_topic_arn)
    if settings.distribution_id:
        edge = CloudFrontEdge(client("cloudfront", PERSISTENT), settings.distribution_id)
    return Ingest(
        originals=S3Bucket(s3, settings.originals_bucket),
        derivatives=derivatives,
        catalog=DynamoCatalog(client("dynamodb", PERSISTENT), settings.catalog_table),
        alerts=alerts,
        purge=Purge(
            derivatives, SqsQueue(client("sqs", PERSISTENT), settings.ingest_queue_url), edge
        ),
        analyser=Analyser(PillowCodec(), PillowMeasurer(), sanitise, settings.limits),
    )


def build_dispatcher(settings: Settings) -> Dispatcher:
    """Return what deals with the events of the originals bucket.

    Raises:
        BadSetting: as for `build_ingest`.

    """
    from origin_lambda.originals.dispatch import Dispatcher

    return Dispatcher(build_ingest(settings), settings.originals_bucket)


def build_upload(settings: Settings) -> Upload:
    """Return the service that answers those who upload.

    Raises:
        BadSetting: nobody could, since there are no tokens.

    """
    if not settings.upload_tokens:
        message = "UPLOAD_TOKENS is not set"
        raise BadSetting(message)
    from origin_lambda.adapters.boto.clients import SINGLE_TRY, STANDARD, client
    from origin_lambda.adapters.boto.dynamodb import DynamoCatalog
    from origin_lambda.adapters.boto.presigned_posts import S3PresignedPosts
    from origin_lambda.adapters.boto.s3 import S3Bucket
    from origin_lambda.uploads.upload import Upload

    s3 = client("s3", STANDARD)
    catalog = None
    if settings.catalog_table:
        catalog = DynamoCatalog(client("dynamodb", SINGLE_TRY), settings.catalog_table)
    return Upload(
        originals=S3Bucket(s3, settings.originals_bucket),
        catalog=catalog,
        posts=S3PresignedPosts(s3, settings.originals_bucket),
        tokens=settings.upload_tokens,
        most_bytes=settings.limits.bytes_in,
        prefix=settings.upload_prefix,
    )
