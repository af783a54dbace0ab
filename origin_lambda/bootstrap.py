"""Turns settings into services, once per cold start: the only place that chooses adapters."""

from origin_lambda.adapters.aws import PATIENT, QUICK, client, secret
from origin_lambda.adapters.dynamodb import DynamoCatalog
from origin_lambda.adapters.pillow_codec import PillowCodec
from origin_lambda.adapters.s3 import S3Bucket
from origin_lambda.adapters.sns import SnsAlerts
from origin_lambda.adapters.svg_hush import sanitise
from origin_lambda.origin import Origin
from origin_lambda.settings import Settings
from origin_lambda.url.grammar import OriginalKey

__all__ = ["build_origin", "secret"]


def build_origin(settings: Settings) -> Origin:
    """Return the service that answers requests for derivatives."""
    s3 = client("s3", PATIENT)
    catalog = alerts = None
    if settings.catalog_table:
        catalog = DynamoCatalog(client("dynamodb", QUICK), settings.catalog_table)
    if settings.alerts_topic_arn:
        alerts = SnsAlerts(client("sns", QUICK), settings.alerts_topic_arn)
    return Origin(
        originals=S3Bucket(s3, settings.originals_bucket),
        derivatives=S3Bucket(s3, settings.derivatives_bucket),
        catalog=catalog,
        alerts=alerts,
        codec=PillowCodec(),
        sanitise=sanitise,
        limits=settings.limits,
        policy=settings.policy,
        fallback=OriginalKey(settings.fallback_original) if settings.fallback_original else None,
    )
