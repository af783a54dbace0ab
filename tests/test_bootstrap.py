"""Services of the origin, and the modules that it starts without."""

import json
import os
import subprocess
import sys

import pytest

from origin_lambda import bootstrap
from origin_lambda.adapters.pillow.codec import PillowCodec
from origin_lambda.adapters.pillow.measurer import PillowMeasurer
from origin_lambda.image.probe import sniff
from origin_lambda.image.source import Decoding
from tests.support.originals import draw

START = """
import json, sys
import origin_lambda.handler as handler
handler._origin()
print(json.dumps(sorted(sys.modules)))
"""
ENVIRONMENT = {
    "ORIGINALS_BUCKET": "originals",
    "DERIVATIVES_BUCKET": "derivatives",
    "CATALOG_TABLE": "catalog",
    "INGEST_QUEUE_URL": "https://sqs.us-east-1.amazonaws.com/123456789012/ingest",
    "AWS_REGION": "us-east-1",
    "SIGNING_KEYS": '{"2026": "a-key"}',
}


@pytest.fixture(scope="module")
def imported() -> set[str]:
    """Return the modules that are imported when the origin has started, before any request."""
    process = subprocess.run(
        [sys.executable, "-c", START],
        env=os.environ | ENVIRONMENT,
        capture_output=True,
        text=True,
        check=True,
    )
    return set(json.loads(process.stdout))


@pytest.mark.parametrize("vendor", ["boto3", "botocore", "urllib3", "moto"])
def test_the_origin_starts_without_boto3(imported: set[str], vendor: str) -> None:
    assert "origin_lambda.adapters.slim.s3" in imported
    assert not {name for name in imported if name.partition(".")[0] == vendor}


@pytest.mark.parametrize(
    "needless",
    [
        "blurhash_rs",
        "pillow_heif",
        "PIL.AvifImagePlugin",
        "py_svg_hush",
        "origin_lambda.adapters.resvg",
        "resvg_py",
        "subprocess",
        "origin_lambda.adapters.lambda_extension",
        "origin_lambda.adapters.pillow.measurer",
        "origin_lambda.image.analysis.quality_curves",
        "origin_lambda.originals.dispatch",
        "origin_lambda.originals.ingest",
        "origin_lambda.uploads.upload",
    ],
)
def test_the_origin_starts_without_rarely_used_modules(imported: set[str], needless: str) -> None:
    assert needless not in imported


def test_lazy_adapters_give_the_same_results() -> None:
    data = draw("jpeg")
    late, early = bootstrap._LazyMeasurer(), PillowMeasurer()
    codec = PillowCodec()
    (frame,) = codec.decode(data, Decoding(sniff(data)))

    assert late.measure(frame.raster) == early.measure(frame.raster)
    assert late.score_likeness(frame.raster, frame.raster) == early.score_likeness(
        frame.raster, frame.raster
    )
    assert late.describe(data, sniff(data)) == early.describe(data, sniff(data))
    assert b"script" not in bootstrap._sanitise(
        b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>"
    )
