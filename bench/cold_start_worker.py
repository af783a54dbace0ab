"""The origin's handler on boto3: the same services, with the adapters that ingest uses."""

import os
from typing import Any

from origin_lambda import handler
from origin_lambda.adapters.boto.clients import PATIENT, client, secret
from origin_lambda.adapters.boto.s3 import S3Bucket
from origin_lambda.adapters.pillow.codec import PillowCodec
from origin_lambda.adapters.pillow.measurer import PillowMeasurer
from origin_lambda.adapters.svg_hush import sanitise
from origin_lambda.derivatives.origin import Origin
from origin_lambda.derivatives.renderer import Renderer
from origin_lambda.derivatives.store import Store
from origin_lambda.settings import Settings


def _origin() -> Any:
    settings = Settings.from_environment(os.environ, secret)
    s3 = client("s3", PATIENT)
    originals = S3Bucket(s3, settings.originals_bucket)
    derivatives = S3Bucket(s3, settings.derivatives_bucket)
    return Origin(
        originals=originals,
        store=Store(derivatives, None, None),
        renderer=Renderer(
            originals, derivatives, PillowCodec(), sanitise, settings.limits, PillowMeasurer()
        ),
    )


_BUILT = _origin()
handler._origin = lambda: _BUILT  # type: ignore[assignment] # noqa: SLF001 reason: its seam
answer = handler.origin
