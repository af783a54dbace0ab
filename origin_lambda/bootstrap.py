"""Turns settings into services, once per cold start: the only place that chooses adapters."""

from origin_lambda.adapters.aws import DILIGENT, PATIENT, QUICK, client, secret
from origin_lambda.adapters.cloudfront import CloudFrontEdge
from origin_lambda.adapters.dynamodb import DynamoCatalog
from origin_lambda.adapters.pillow_codec import PillowCodec
from origin_lambda.adapters.pillow_measurer import PillowMeasurer
from origin_lambda.adapters.s3 import S3Bucket
from origin_lambda.adapters.s3_forms import S3Forms
from origin_lambda.adapters.sns import SnsAlerts
from origin_lambda.adapters.sqs import SqsQueue
from origin_lambda.adapters.svg_hush import sanitise
from origin_lambda.deliveries import Deliveries
from origin_lambda.image.survey import Surveyor
from origin_lambda.ingest import Ingest
from origin_lambda.origin import Origin
from origin_lambda.purge import Purge
from origin_lambda.renderer import Renderer
from origin_lambda.settings import BadSetting, Settings
from origin_lambda.store import Store
from origin_lambda.upload import Upload
from origin_lambda.url.grammar import OriginalKey

__all__ = ["build_deliveries", "build_ingest", "build_origin", "build_upload", "secret"]


def build_origin(settings: Settings) -> Origin:
    """Return the service that answers requests for derivatives."""
    s3 = client("s3", PATIENT)
    catalog = alerts = None
    if settings.catalog_table:
        catalog = DynamoCatalog(client("dynamodb", QUICK), settings.catalog_table)
    if settings.alerts_topic_arn:
        alerts = SnsAlerts(client("sns", QUICK), settings.alerts_topic_arn)
    originals = S3Bucket(s3, settings.originals_bucket)
    derivatives = S3Bucket(s3, settings.derivatives_bucket)
    return Origin(
        originals=originals,
        store=Store(derivatives, catalog, alerts),
        renderer=Renderer(
            originals, derivatives, PillowCodec(), sanitise, settings.limits, PillowMeasurer()
        ),
        policy=settings.policy,
        fallback=OriginalKey(settings.fallback_original) if settings.fallback_original else None,
    )


def build_ingest(settings: Settings) -> Ingest:
    """Return the service that keeps up with the originals bucket.

    Raises:
        BadSetting: there is no catalog to write, or no queue to come back to things by.

    """
    for name in ("catalog_table", "ingest_queue_url"):
        if not getattr(settings, name):
            message = f"{name.upper()} is not set"
            raise BadSetting(message)
    s3 = client("s3", PATIENT)
    derivatives = S3Bucket(s3, settings.derivatives_bucket)
    alerts = edge = None
    if settings.alerts_topic_arn:
        alerts = SnsAlerts(client("sns", DILIGENT), settings.alerts_topic_arn)
    if settings.distribution_id:
        edge = CloudFrontEdge(client("cloudfront", DILIGENT), settings.distribution_id)
    return Ingest(
        originals=S3Bucket(s3, settings.originals_bucket),
        derivatives=derivatives,
        catalog=DynamoCatalog(client("dynamodb", DILIGENT), settings.catalog_table),
        alerts=alerts,
        purge=Purge(
            derivatives, SqsQueue(client("sqs", DILIGENT), settings.ingest_queue_url), edge
        ),
        surveyor=Surveyor(PillowCodec(), PillowMeasurer(), sanitise, settings.limits),
    )


def build_deliveries(settings: Settings) -> Deliveries:
    """Return what deals with the events of the originals bucket.

    Raises:
        BadSetting: as for `build_ingest`.

    """
    return Deliveries(build_ingest(settings), settings.originals_bucket)


def build_upload(settings: Settings) -> Upload:
    """Return the service that answers those who upload.

    Raises:
        BadSetting: nobody could, since there are no tokens.

    """
    if not settings.upload_tokens:
        message = "UPLOAD_TOKENS is not set"
        raise BadSetting(message)
    s3 = client("s3", PATIENT)
    catalog = None
    if settings.catalog_table:
        catalog = DynamoCatalog(client("dynamodb", QUICK), settings.catalog_table)
    return Upload(
        originals=S3Bucket(s3, settings.originals_bucket),
        catalog=catalog,
        forms=S3Forms(s3, settings.originals_bucket),
        tokens=settings.upload_tokens,
        most_bytes=settings.limits.bytes_in,
    )
