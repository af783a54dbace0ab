"""Endpoints of the services: on AWS by region, else from `AWS_ENDPOINT_URL`."""

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
"""Suffixes of AWS_ENDPOINT_URL_... that differ from the service's name in the host."""


class Endpoint(NamedTuple):
    """A server, as `host` or `host:port`, and the prefix of every path there."""

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
    """Return the AWS region; prefer boto3's variable, so that both clients agree.

    Raises:
        StoreFailed: the environment names no region.

    """
    region = environment.get("AWS_DEFAULT_REGION") or environment.get("AWS_REGION")
    if not region:
        message = "a service behind this one cannot answer such a request"
        raise StoreFailed(message, detail="AWS_REGION is not set")
    return region


def endpoint_of(service: str, environment: Mapping[str, str]) -> Endpoint:
    """Return the endpoint of a service."""
    if configured := _configured(service, environment):
        return configured
    region = region_of(environment)
    return Endpoint(secure=True, host=f"{service}.{region}.{_suffix(region)}")


def bucket_endpoint(bucket: str, environment: Mapping[str, str]) -> Endpoint:
    """Return the endpoint of a bucket in S3.

    The bucket is in the path for servers other than AWS, and for a name with dots, which the
    wildcard of AWS's certificate does not match.
    """
    at = endpoint_of("s3", environment)
    if "." in bucket or _configured("s3", environment):
        return at._replace(prefix=f"{at.prefix}/{bucket}")
    return at._replace(host=f"{bucket}.{at.host}")


def _configured(service: str, environment: Mapping[str, str]) -> Endpoint | None:
    name = _VARIABLES.get(service, service.upper())
    url = environment.get(f"AWS_ENDPOINT_URL_{name}") or environment.get("AWS_ENDPOINT_URL")
    return Endpoint.parse(url) if url else None


def _suffix(region: str) -> str:
    """Return the domain of a region's partition: `us-isob-east-1` is in `us-isob`."""
    area, _, rest = region.partition("-")
    return _SUFFIXES.get(area) or _SUFFIXES.get(f"{area}-{rest.split('-')[0]}", "amazonaws.com")
