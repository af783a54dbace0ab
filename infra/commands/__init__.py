"""The commands that work on a deployment: on AWS, or on what is served here."""

import os
import sys

from infra.laptop.environment import adopt
from origin_lambda import log
from origin_lambda.originals.ingest import Ingest
from origin_lambda.settings import BadSetting, Settings


def opened() -> Ingest:
    """Return the ingest of the deployment that the environment names.

    Raises:
        BadSetting: it names none, or boto3 has no region or profile for it.

    """
    from botocore.exceptions import BotoCoreError

    from origin_lambda.bootstrap import build_ingest, read_secret

    adopt(os.environ)
    log.write = _silent
    settings = Settings.from_environment(os.environ, read_secret)
    if not settings.distribution_id:
        print("calotype: DISTRIBUTION_ID is not set: no edge will forget anything", file=sys.stderr)
    try:
        return build_ingest(settings)
    except BotoCoreError as error:
        raise BadSetting(str(error)) from error


def _silent(line: str) -> None:
    """Drop a log line: the commands say what matters."""
