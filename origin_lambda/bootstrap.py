"""Builds services from settings, once per cold start. Only this module chooses adapters.

Each builder imports the adapters that it needs. So the origin starts without boto3, which takes
three times as long to import as the whole origin, and without modules that few requests need.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from origin_lambda.settings import BadSetting, Settings

if TYPE_CHECKING:
    from origin_lambda.adapters.work_queue import WorkQueue
    from origin_lambda.derivatives.origin import Origin
    from origin_lambda.image.analysis.faces import Face
    from origin_lambda.image.analysis.measure import Description, Likeness, Measurements
    from origin_lambda.image.formats import Kind
    from origin_lambda.originals.dispatch import Dispatcher
    from origin_lambda.originals.ingest import Ingest
    from origin_lambda.ports import AfterAnswer
    from origin_lambda.traffic.access_log import LogCounter
    from origin_lambda.traffic.popularity import Popularity
    from origin_lambda.traffic.warm import Warmer
    from origin_lambda.traffic.worker import Worker
    from origin_lambda.uploads.upload import Upload

__all__ = [
    "LazyFaceDetector",
    "build_dispatcher",
    "build_ingest",
    "build_log_counter",
    "build_origin",
    "build_popularity",
    "build_upload",
    "build_warmer",
    "build_worker",
    "prepare_after_answer",
    "read_secret",
    "read_secret_slim",
]


def prepare_after_answer(settings: Settings) -> WorkQueue | None:
    """Return what holds work until the answer is given; None where it cannot be done then."""
    import os

    if not (settings.answer_first and "AWS_LAMBDA_RUNTIME_API" in os.environ):
        return None
    if settings.stream_answers:
        from origin_lambda.adapters.work_queue import WorkQueue

        return WorkQueue()
    from origin_lambda.adapters import lambda_extension

    return lambda_extension.start_extension(os.environ)


def build_origin(settings: Settings, after_answer: AfterAnswer | None = None) -> Origin:
    """Return the service that answers requests for derivatives."""
    import os

    from origin_lambda.adapters.memory_limit import limit_memory
    from origin_lambda.adapters.pillow.codec import PillowCodec
    from origin_lambda.adapters.slim.s3 import SlimBucket
    from origin_lambda.derivatives.background import BackgroundThread, Inline
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
    renderer = Renderer(
        originals,
        CachedReader(derivatives),
        PillowCodec(),
        _sanitise,
        settings.limits,
        _LazyMeasurer(),
    )
    return Origin(
        originals=originals,
        store=Store(derivatives, catalog, queue),
        renderer=renderer,
        policy=settings.policy,
        bare_originals=settings.bare_originals,
        layer_prefix=settings.layer_prefix,
        original_keys=settings.original_keys,
        bucket_in_front=settings.bucket_in_front,
        after_answer=after_answer,
        background=BackgroundThread() if catalog else Inline(),
        fallback=OriginalKey(settings.fallback_original) if settings.fallback_original else None,
    )


class LazyFaceDetector:
    """The face detector, imported at its first use: numpy takes 0.1 s, and a purge needs no faces.

    Where numpy is not installed, it fails like any detector: there are no faces.
    """

    def detect(self, raster: Any) -> tuple[Face, ...]:
        from origin_lambda.adapters.blazeface.detector import BlazeFace

        return BlazeFace().detect(raster)


class _LazyMeasurer:
    """Pillow's measurer, imported at its first use: few requests need it."""

    def measure(self, raster: Any) -> Measurements:
        from origin_lambda.adapters.pillow.measurer import PillowMeasurer

        return PillowMeasurer().measure(raster)

    def score_likeness(self, first: Any, second: Any) -> Likeness:
        from origin_lambda.adapters.pillow.measurer import PillowMeasurer

        return PillowMeasurer().score_likeness(first, second)

    def describe(self, data: bytes, kind: Kind) -> Description:
        from origin_lambda.adapters.pillow.measurer import PillowMeasurer

        return PillowMeasurer().describe(data, kind)


def _sanitise(data: bytes) -> bytes:
    """Sanitise an SVG; the sanitiser is imported with the first one."""
    from origin_lambda.adapters.svg_hush import sanitise

    return sanitise(data)


def read_secret(arn: str) -> str:
    """Return a secret's text from Secrets Manager, with boto3, which supports AWS profiles."""
    from origin_lambda.adapters.boto import clients

    return clients.secret(arn)


def read_secret_slim(arn: str) -> str:
    """Return a secret's text from Secrets Manager, without boto3."""
    from origin_lambda.adapters.slim import secrets

    return secrets.secret(arn)


def build_ingest(settings: Settings) -> Ingest:
    """Return the service that ingests originals.

    Raises:
        BadSetting: `CATALOG_TABLE` or `INGEST_QUEUE_URL` is not set.

    """
    for name in ("catalog_table", "ingest_queue_url"):
        _require_setting(settings, name)
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
    from origin_lambda.adapters.threads import run_at_once
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
        analyser=Analyser(
            PillowCodec(), PillowMeasurer(), sanitise, settings.limits, LazyFaceDetector()
        ),
        original_keys=settings.original_keys,
        warms=bool(settings.traffic_table or settings.warm_presets),
        run_all=run_at_once,
    )


def build_dispatcher(settings: Settings) -> Dispatcher:
    """Return the service that dispatches events of the originals bucket to ingest, and warms.

    Raises:
        BadSetting: as for `build_ingest`.

    """
    from origin_lambda.originals.dispatch import Dispatcher

    ingest = build_ingest(settings)
    if not ingest.warms:
        return Dispatcher(ingest, settings.originals_bucket)
    return Dispatcher(ingest, settings.originals_bucket, build_warmer(settings).warm)


def build_warmer(settings: Settings) -> Warmer:
    """Return the service that stores derivatives before they are requested.

    Its origin reads the derivatives bucket itself, and checks no signatures.
    """
    import dataclasses

    from origin_lambda.traffic.warm import Warmer
    from origin_lambda.url.admission import Policy

    popularity = build_popularity(settings) if settings.traffic_table else None
    own = dataclasses.replace(
        settings, bucket_in_front=False, policy=Policy(), fallback_original=""
    )
    return Warmer(build_origin(own), settings.warm_presets, popularity)


def build_upload(settings: Settings) -> Upload:
    """Return the service that answers upload requests.

    Raises:
        BadSetting: `UPLOAD_TOKENS` is not set.

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


def build_popularity(settings: Settings) -> Popularity:
    """Return the views of derivatives.

    Raises:
        BadSetting: `TRAFFIC_TABLE` is not set.

    """
    _require_setting(settings, "traffic_table")
    import time

    from origin_lambda.adapters.boto.clients import PERSISTENT, client
    from origin_lambda.adapters.boto.traffic import DynamoTraffic
    from origin_lambda.traffic.popularity import Popularity

    table = DynamoTraffic(client("dynamodb", PERSISTENT), settings.traffic_table)
    return Popularity(table, time.time)


def build_log_counter(settings: Settings) -> LogCounter:
    """Return the service that counts views in access logs.

    Raises:
        BadSetting: as for `build_popularity`.

    """
    from functools import partial

    from origin_lambda.adapters.boto.clients import STANDARD, client
    from origin_lambda.adapters.boto.s3 import S3Bucket
    from origin_lambda.traffic.access_log import LogCounter

    open_bucket = partial(S3Bucket, client("s3", STANDARD))
    return LogCounter(build_popularity(settings), open_bucket, settings.policy)


def build_worker(settings: Settings) -> Worker:
    """Return the service that makes popular derivatives smaller.

    Raises:
        BadSetting: `CATALOG_TABLE`, `INGEST_QUEUE_URL` or `TRAFFIC_TABLE` is not set.

    """
    for name in ("catalog_table", "ingest_queue_url"):
        _require_setting(settings, name)
    import os

    from origin_lambda.adapters.boto.clients import PERSISTENT, STANDARD, client
    from origin_lambda.adapters.boto.dynamodb import DynamoCatalog
    from origin_lambda.adapters.boto.s3 import S3Bucket
    from origin_lambda.adapters.boto.sqs import SqsQueue
    from origin_lambda.adapters.memory_limit import limit_memory
    from origin_lambda.adapters.pillow.codec import PillowCodec
    from origin_lambda.adapters.pillow.measurer import PillowMeasurer
    from origin_lambda.adapters.pillow.slow_files import optimise_file
    from origin_lambda.derivatives.refine import Refiner
    from origin_lambda.traffic.worker import Prices, Worker

    limit_memory(os.environ)
    popularity = build_popularity(settings)
    s3 = client("s3", STANDARD)
    derivatives = S3Bucket(s3, settings.derivatives_bucket)
    refiner = Refiner(
        originals=S3Bucket(s3, settings.originals_bucket),
        derivatives=derivatives,
        catalog=DynamoCatalog(client("dynamodb", PERSISTENT), settings.catalog_table),
        queue=SqsQueue(client("sqs", PERSISTENT), settings.ingest_queue_url),
        codec=PillowCodec(),
        measurer=PillowMeasurer(),
        optimise=optimise_file,
        sanitise=_sanitise,
        limits=settings.limits,
    )
    prices = Prices(settings.delivered_price, settings.refine_price, settings.refine_budget)
    return Worker(popularity, popularity.table, derivatives, refiner, prices)


def _require_setting(settings: Settings, name: str) -> None:
    if not getattr(settings, name):
        message = f"{name.upper()} is not set"
        raise BadSetting(message)
