"""Where each service answers: on AWS by region, else where `AWS_ENDPOINT_URL` says."""

from collections.abc import Mapping
from typing import Final, NamedTuple, Self
from urllib.parse import urlsplit

from origin_lambda.errors import StoreFailed

# https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/partitions.html
# and the `dnsSuffix` of each partition in botocore's partitions.json, which the tests compare.
_SUFFIXES: Final = {
    "cn": "amazonaws.com.cn",
    "eu-isoe": "cloud.adc-e.uk",
    "eusc": "amazonaws.eu",
    "us-iso": "c2s.ic.gov",
    "us-isob": "sc2s.sgov.gov",
    "us-isof": "csp.hci.ic.gov",
}

_VARIABLES: Final = {"secretsmanager": "SECRETS_MANAGER"}
"""What AWS_ENDPOINT_URL_... is called, where it is not by the name in the host."""


class Endpoint(NamedTuple):
    """A server, as `host` or `host:port`, and what stands before every path there."""

    secure: bool
    host: str
    prefix: str = ""

    @classmethod
    def parse(cls, url: str) -> Self:
        """Return the endpoint that a URL names."""
        parts = urlsplit(url)
        return cls(parts.scheme == "https", parts.netloc, parts.path.rstrip("/"))

    @property
    def url(self) -> str:
        """The scheme and the host."""
        return f"{'https' if self.secure else 'http'}://{self.host}"


def region_of(environment: Mapping[str, str]) -> str:
    """Return the region to work in; boto3's variable goes first, so that both agree.

    Raises:
        StoreFailed: the environment names none.

    """
    region = environment.get("AWS_DEFAULT_REGION") or environment.get("AWS_REGION")
    if not region:
        message = "a service behind this one was asked for what cannot be"
        raise StoreFailed(message, detail="AWS_REGION is not set")
    return region


def endpoint_of(service: str, environment: Mapping[str, str]) -> Endpoint:
    """Return where a service answers."""
    if given := _given(service, environment):
        return given
    region = region_of(environment)
    return Endpoint(secure=True, host=f"{service}.{region}.{_suffix(region)}")


def bucket_endpoint(bucket: str, environment: Mapping[str, str]) -> Endpoint:
    """Return where S3 answers for a bucket.

    The bucket is a part of the path at other places than AWS, and where AWS's certificate would
    not do for its name: it has no wildcard for dots.
    """
    at = endpoint_of("s3", environment)
    if "." in bucket or _given("s3", environment):
        return at._replace(prefix=f"{at.prefix}/{bucket}")
    return at._replace(host=f"{bucket}.{at.host}")


def _given(service: str, environment: Mapping[str, str]) -> Endpoint | None:
    name = _VARIABLES.get(service, service.upper())
    url = environment.get(f"AWS_ENDPOINT_URL_{name}") or environment.get("AWS_ENDPOINT_URL")
    return Endpoint.parse(url) if url else None


def _suffix(region: str) -> str:
    """Return the domain of a region's partition: `us-isob-east-1` is in `us-isob`."""
    area, _, rest = region.partition("-")
    return _SUFFIXES.get(area) or _SUFFIXES.get(f"{area}-{rest.split('-')[0]}", "amazonaws.com")
