"""The commands of `calotype`, which work on a deployment on AWS or on the local server."""

import os
import sys

from infra.laptop.environment import use_local_server
from origin_lambda import log
from origin_lambda.originals.ingest import Ingest
from origin_lambda.settings import BadSetting, Settings


def open_ingest() -> Ingest:
    """Return the ingest of the deployment that the environment names; discard its log lines.

    Raises:
        BadSetting: the environment names no deployment, or boto3 finds no region or profile.

    """
    from botocore.exceptions import BotoCoreError

    from origin_lambda.bootstrap import build_ingest, read_secret

    use_local_server(os.environ)
    log.write = _discard
    settings = Settings.from_environment(os.environ, read_secret)
    if not settings.distribution_id:
        print(
            "calotype: DISTRIBUTION_ID is not set: the edge will not be invalidated",
            file=sys.stderr,
        )
    try:
        return build_ingest(settings)
    except BotoCoreError as error:
        raise BadSetting(str(error)) from error


def _discard(line: str) -> None:
    """Discard a log line; the commands print results themselves."""
