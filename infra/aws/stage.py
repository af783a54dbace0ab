"""All that can be said of a deployment, and what of it cannot be."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from infra.aws.network import EVERYBODY, Network, is_block
from origin_lambda.settings import EDGE_SETTINGS, BadSetting, Settings, read_policy
from origin_lambda.url.admission import Policy

_NAME: Final = re.compile(r"[a-z][a-z0-9-]{0,19}", re.ASCII)
_SECRET: Final = "IMGIX_TOKEN"  # noqa: S105 reason: the name of a setting
_LATER: Final = '{"known-at-deployment": "a secret"}'
_OURS: Final = ("BARE_ORIGINALS", "FALLBACK_ORIGINAL", "LIMIT_")
"""What the settings of the functions may begin with: the stack knows all others itself."""

_NAMELESS: Final = {"ORIGINALS_BUCKET": "-", "DERIVATIVES_BUCKET": "-"}

LOG_DAYS: Final = (7, 14, 30, 90, 365)
PRICE_CLASSES: Final = ("PriceClass_100", "PriceClass_200", "PriceClass_All")

EDGE_REGION: Final = "us-east-1"
"""Where CloudFront's certificates, web ACLs and deliveries of logs have to be."""


class Front(StrEnum):
    """What stands in front of the origin function.

    OTHER is a distribution of your own, by `ImageCdn.behaviour`; NOTHING leaves the function's URL,
    which answers signed requests of this account.
    """

    CLOUDFRONT = "cloudfront"
    BALANCER = "balancer"
    OTHER = "other"
    NOTHING = "nothing"

    @property
    def has_edge(self) -> bool:
        """Whether our functions at the edge admit requests, so that the origin need not."""
        return self in {Front.CLOUDFRONT, Front.OTHER}


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """One deployment. ARNs and names that are empty are made by the stack, or left out.

    - *protected*: neither the stack nor its table can be deleted before this is changed.
    - *originals_bucket*: a bucket of yours. One origin reads one bucket: several take a stage each,
      or several `ImageCdn` in an app of yours. *originals_key_arn*: the key of AWS KMS that it is
      encrypted by.
    - *upload_prefix*: what the keys of all uploads begin with, before the prefix of a token; the
      upload function reaches nothing else. *upload_origins*: the pages that may upload.
    - *derivatives_days*: when derivatives (and mips: they come back when they are missed) expire.
    - *edge_settings*: what docs/settings.md says the edge acts on; *settings*: limits, and the
      fallback original.
    - *replicate_to*: the ARN of a bucket elsewhere that gets a copy of every original; *replicas*:
      regions that have a copy of the catalog; *catalog_table*: a table that is there already, such
      as that copy. Where another region writes into it, ingest must not be *ingest_enabled* here.
    - *network*: where a balancer stands, if not in a public one that the stack makes;
      *allowed_from*: the blocks of addresses that it answers.
    - *edge_metrics*: CloudFront's additional ones, which tell its cache from the bucket, for money.
    - *alarm_email*: who is told of alarms, beside those who subscribe to their topic;
      *monthly_budget*: US dollars that the account is expected to spend at most, 0 for no budget.
    """

    name: str
    region: str = "us-east-1"
    protected: bool = True

    originals_bucket: str = ""
    originals_key_arn: str = ""
    originals_versioned: bool = True
    upload_api: bool = True
    upload_prefix: str = ""
    upload_origins: tuple[str, ...] = ()
    upload_rate: int = 10
    upload_burst: int = 50
    derivatives_days: int = 365
    derivatives_emptied: bool = False
    replicate_to: str = ""
    replicas: tuple[str, ...] = ()
    catalog_table: str = ""
    ingest_enabled: bool = True

    front: Front = Front.CLOUDFRONT
    domain_names: tuple[str, ...] = ()
    certificate_arn: str = ""
    web_acl_arn: str = ""
    price_class: str = "PriceClass_100"
    shield_region: str = ""
    network: Network | None = None
    allowed_from: tuple[str, ...] = (EVERYBODY,)
    access_log_days: int = 0
    edge_metrics: bool = False

    architecture: str = "x86_64"
    origin_concurrency: int | None = None
    snap_start: bool = False
    ingest_concurrency: int = 10
    log_days: int = 30
    alarm_email: str = ""
    monthly_budget: int = 100

    settings: Mapping[str, str] = field(default_factory=dict)
    edge_settings: Mapping[str, str] = field(default_factory=dict)
    signing_keys_arn: str = ""
    imgix_token_arn: str = ""
    upload_tokens_arn: str = ""

    def __post_init__(self) -> None:
        """Hold a row to what AWS, and the code itself, will make of it.

        Raises:
            ValueError: it cannot be deployed; the message says why.

        """
        for holds, demand in self._demands():
            if not holds:
                message = f"{self.name}: {demand}"
                raise ValueError(message)
        try:
            read_policy(self._edge_environment)
            told = dict(self.settings) | {"UPLOAD_PREFIX": self.upload_prefix}
            Settings.from_environment(_NAMELESS | told)
        except BadSetting as error:
            message = f"{self.name}: {error}"
            raise ValueError(message) from error

    def _demands(self) -> tuple[tuple[object, str], ...]:
        allowed = set(EDGE_SETTINGS) - {_SECRET}
        cloudfront = self.front is Front.CLOUDFRONT
        return (
            (_NAME.fullmatch(self.name), "a name is 1 to 20 of a-z, 0-9 and -, a letter first"),
            (self.architecture in {"x86_64", "arm64"}, "architecture is x86_64 or arm64"),
            (
                self.log_days in LOG_DAYS,
                f"log_days is one of {', '.join(map(str, LOG_DAYS))}",
            ),
            (
                self.price_class in PRICE_CLASSES,
                f"price_class is one of {', '.join(PRICE_CLASSES)}",
            ),
            (self.ingest_concurrency >= 2, "ingest_concurrency is 2 or more, which SQS demands"),
            (
                set(self.edge_settings) <= allowed,
                f"edge_settings are {', '.join(sorted(allowed))}; secrets are named by their ARNs",
            ),
            (
                all(name.startswith(_OURS) for name in self.settings),
                "settings are BARE_ORIGINALS, FALLBACK_ORIGINAL and LIMIT_...",
            ),
            (not self.imgix_token_arn or self.front.has_edge, "imgix_token_arn needs an edge"),
            (
                cloudfront or not self.domain_names,
                "domain_names are CloudFront's: another front has its names elsewhere",
            ),
            (
                not self.domain_names or self.certificate_arn,
                "domain_names need a certificate_arn",
            ),
            (
                not (cloudfront and self.certificate_arn)
                or f":acm:{EDGE_REGION}:" in self.certificate_arn,
                f"CloudFront takes certificates of {EDGE_REGION} only",
            ),
            (
                self.front is not Front.BALANCER or self.certificate_arn,
                "a balancer needs a certificate_arn: it answers HTTPS only",
            ),
            (
                not self.web_acl_arn or self.front in {Front.CLOUDFRONT, Front.BALANCER},
                "web_acl_arn is for CloudFront or a balancer",
            ),
            (cloudfront or not self.edge_metrics, "edge_metrics are CloudFront's"),
            (
                self.front is Front.BALANCER
                or (self.network is None and self.allowed_from == (EVERYBODY,)),
                "network and allowed_from are for a balancer",
            ),
            *(self.network.demands(self.region) if self.network else ()),
            (
                self.allowed_from and all(map(is_block, self.allowed_from)),
                "allowed_from is blocks of addresses such as 10.0.0.0/8",
            ),
            (
                not self.access_log_days or (cloudfront and self.region == EDGE_REGION),
                f"access_log_days need CloudFront and {EDGE_REGION}, from where it delivers logs",
            ),
            (
                not (self.originals_bucket and self.upload_origins),
                "upload_origins are for a bucket of the stack: set the CORS of yours yourself",
            ),
            (
                not self.originals_key_arn
                or (self.originals_bucket and f":kms:{self.region}:" in self.originals_key_arn),
                f"originals_key_arn is the key, in {self.region}, of a bucket of yours",
            ),
            (
                ":alias/" not in self.originals_key_arn,
                "originals_key_arn is a key's: no role may be given an alias",
            ),
            (
                self.upload_prefix.endswith("/") or not self.upload_prefix,
                "upload_prefix ends in /, or is empty",
            ),
            (self.monthly_budget >= 0, "monthly_budget is 0, for none, or more"),
            (
                not self.replicate_to
                or (
                    self.replicate_to.startswith("arn:aws:s3:::")
                    and self.originals_versioned
                    and not self.originals_bucket
                ),
                "replicate_to is the ARN of a bucket, for a versioned one of the stack",
            ),
            (
                not (self.catalog_table and self.replicas),
                "replicas are of a table of the stack: catalog_table has its own",
            ),
            (self.region not in self.replicas, "replicas are other regions than the stage's own"),
        )

    @property
    def policy(self) -> Policy:
        """What the edge holds requests to, without the secrets: those come at deployment.

        Raises:
            BadSetting: a part of it is not what it should be.

        """
        return read_policy(self._edge_environment)

    @property
    def _edge_environment(self) -> dict[str, str]:
        return dict(self.edge_settings) | {"SIGNING_KEYS": _LATER}
