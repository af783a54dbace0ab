"""The configuration of a stage, and its validation."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from infra.aws.network import ANY_ADDRESS, Network, is_ipv4_block
from origin_lambda.settings import (
    EDGE_SETTINGS,
    BadSetting,
    Settings,
    read_policy,
    read_warm_presets,
)
from origin_lambda.url.admission import Policy
from origin_lambda.url.keys import KeyFilter

_NAME: Final = re.compile(r"[a-z][a-z0-9-]{0,19}", re.ASCII)
_SECRET: Final = "IMGIX_TOKEN"  # noqa: S105 reason: the name of a setting
_PLACEHOLDER_KEYS: Final = '{"known-at-deployment": "a secret"}'
_ALLOWED_SETTINGS: Final = (
    "BARE_ORIGINALS",
    "FALLBACK_ORIGINAL",
    "LAYER_PREFIX",
    "ANSWER_FIRST",
    "LIMIT_",
)
"""Prefixes of the functions' settings that a stage may set; the stack sets all others."""

_PLACEHOLDER_BUCKETS: Final = {"ORIGINALS_BUCKET": "-", "DERIVATIVES_BUCKET": "-"}

_PLAIN_PREFIX: Final = re.compile(r"[\w!.'()/-]*", re.ASCII)
_PLAIN_SUFFIX: Final = re.compile(r"[\w!.'()-]+", re.ASCII)
"""Characters that mean themselves in IAM's, S3's and EventBridge's filters."""

_REGIONS: Final = "docs/operations.md#regions"

LOG_DAYS: Final = (7, 14, 30, 90, 365)
PRICE_CLASSES: Final = ("PriceClass_100", "PriceClass_200", "PriceClass_All")

EDGE_REGION: Final = "us-east-1"
"""The region of CloudFront's certificates, web ACLs, metrics and log deliveries."""

WITHOUT_BUDGETS: Final = frozenset({"eu-central-2"})
"""Regions whose CloudFormation has no AWS::Budgets::Budget (reported in
aws-cloudformation/cloudformation-coverage-roadmap#2177). `make deploy` asks each region."""

RATES: Final = (10, 2_000_000_000)
"""The rates that a rule can have (AWS WAF API reference, "RateBasedStatement")."""


class Front(StrEnum):
    """What stands in front of the origin function.

    OTHER is your own distribution, with `ImageCdn.behaviour`. With NOTHING there is only the URL of
    the function, which answers signed requests of this account.
    """

    CLOUDFRONT = "cloudfront"
    BALANCER = "balancer"
    OTHER = "other"
    NOTHING = "nothing"

    @property
    def has_edge(self) -> bool:
        """Whether the edge admits requests, so that the origin does not have to."""
        return self in {Front.CLOUDFRONT, Front.OTHER}


class OriginalsEvents(StrEnum):
    """How ingest learns of changes in the originals bucket.

    S3 sends its notifications to the queue. It refuses two notifications of one event for keys
    that overlap. EVENTBRIDGE has no such limit, and costs $1 for a million events.
    """

    S3 = "s3"
    EVENTBRIDGE = "eventbridge"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """One deployment. If an ARN or a name is empty, the stack creates the part or leaves it out.

    - *protected*: the stack and its table cannot be deleted until this is False.
    - *originals_bucket*: your existing bucket. One origin reads one bucket: for several buckets
      deploy several stages, or several `ImageCdn` in your app. *originals_key_arn*: the AWS KMS key
      that encrypts that bucket.
    - *originals_events*: how ingest learns of changes in the bucket. *originals_prefix* and
      *originals_suffixes*: only objects with these are originals; the functions can read no others.
    - *upload_prefix*: the prefix of all uploads' keys, before the prefix of a token; the upload
      function can reach no other keys. *upload_origins*: the pages that may upload.
    - *derivatives_days*: derivatives and mips expire after so many days.
    - *edge_settings*: the edge's settings in docs/settings.md; *settings*: limits, and the fallback
      original.
    - *replicate_to*: the ARN of a bucket elsewhere that gets a copy of every original; *replicas*:
      regions with a copy of the catalog; *catalog_table*: an existing table, such as that copy. If
      another region writes to the table, *ingest_enabled* must be False here.
    - *network*: the network of a balancer; if None, the stack creates a public one.
      *allowed_from*: the blocks of addresses from which the balancer accepts requests.
    - *rate_limit*: the stack creates a web ACL, which blocks an address after so many requests in
      five minutes; 0 for none.
    - *provisioned_concurrency*: so many environments of the origin are always started.
    - *streaming*: the origin streams answers of up to 22 MB, without a redirect to the bucket.
    - *refine_budget*: the most dollars a month for making popular derivatives smaller; 0 for none.
      It needs access logs, which then have queries, too (docs/traffic.md). *warm_presets*: names of
      presets, or queries, of which a derivative of each new original is stored at once.
    - *edge_metrics*: CloudFront's additional metrics, which cost money and separate cache hits from
      hits in the bucket.
    - *playground*: the distribution has the playground at `/_/`, for anyone who can reach it. Its
      page cannot sign URLs.
    - *alarm_email*: an address that receives alarms, besides the subscribers of their topic.
      *monthly_budget*: the stage's expected maximum in US dollars, 0 for no budget.
    """

    name: str
    region: str = "us-east-1"
    protected: bool = True

    originals_bucket: str = ""
    originals_key_arn: str = ""
    originals_versioned: bool = True
    originals_events: OriginalsEvents = OriginalsEvents.S3
    originals_prefix: str = ""
    originals_suffixes: tuple[str, ...] = ()
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
    rate_limit: int = 0
    price_class: str = "PriceClass_100"
    shield_region: str = ""
    network: Network | None = None
    allowed_from: tuple[str, ...] = (ANY_ADDRESS,)
    access_log_days: int = 0
    refine_budget: float = 0
    warm_presets: tuple[str, ...] = ()
    edge_metrics: bool = False
    playground: bool = False

    architecture: str = "x86_64"
    origin_concurrency: int | None = None
    provisioned_concurrency: int = 0
    snap_start: bool = False
    streaming: bool = False
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
        """Check that AWS, and the functions themselves, will accept the configuration.

        Raises:
            ValueError: it cannot be deployed; the message says why.

        """
        for holds, requirement in self._list_requirements():
            if not holds:
                message = f"{self.name}: {requirement}"
                raise ValueError(message)
        try:
            policy = self.policy
            read_warm_presets(self._warm_environment, policy)
            settings = dict(self.settings) | {"UPLOAD_PREFIX": self.upload_prefix}
            settings |= self.key_settings
            Settings.from_environment(_PLACEHOLDER_BUCKETS | settings)
        except BadSetting as error:
            message = f"{self.name}: {error}"
            raise ValueError(message) from error
        if self.playground and (policy.require_signature or policy.open_parameters is not None):
            message = (
                f"{self.name}: playground needs edge_settings without REQUIRE_SIGNATURE and"
                " OPEN_PARAMETERS, because its page cannot sign URLs: see docs/playground.md"
            )
            raise ValueError(message)

    def _list_requirements(self) -> tuple[tuple[object, str], ...]:
        allowed = set(EDGE_SETTINGS) - {_SECRET}
        cloudfront = self.front is Front.CLOUDFRONT
        return (
            (_NAME.fullmatch(self.name), "name must be 1 to 20 of a-z, 0-9 and -, a letter first"),
            (self.architecture in {"x86_64", "arm64"}, "architecture must be x86_64 or arm64"),
            (
                self.log_days in LOG_DAYS,
                f"log_days must be one of {', '.join(map(str, LOG_DAYS))}",
            ),
            (
                self.price_class in PRICE_CLASSES,
                f"price_class must be one of {', '.join(PRICE_CLASSES)}",
            ),
            (self.ingest_concurrency >= 2, "ingest_concurrency must be 2 or more, as SQS requires"),
            (
                set(self.edge_settings) <= allowed,
                f"edge_settings can be {', '.join(sorted(allowed))}; name secrets by their ARNs",
            ),
            (
                all(name.startswith(_ALLOWED_SETTINGS) for name in self.settings),
                f"settings can be {', '.join(_ALLOWED_SETTINGS)}...",
            ),
            (not self.imgix_token_arn or self.front.has_edge, "imgix_token_arn needs an edge"),
            (
                cloudfront or not self.domain_names,
                "domain_names are for CloudFront: name the domains of another front there",
            ),
            (
                not self.domain_names or self.certificate_arn,
                "domain_names need a certificate_arn",
            ),
            (
                not (cloudfront and self.certificate_arn)
                or f":acm:{EDGE_REGION}:" in self.certificate_arn,
                f"CloudFront accepts certificates of {EDGE_REGION} only",
            ),
            (
                self.front is not Front.BALANCER or self.certificate_arn,
                "a balancer needs a certificate_arn: it answers HTTPS only",
            ),
            (
                not self.web_acl_arn or self.front in {Front.CLOUDFRONT, Front.BALANCER},
                "web_acl_arn is for CloudFront or a balancer",
            ),
            *self._list_rate_limit_requirements(),
            (
                not (self.streaming and self.front is Front.BALANCER),
                "streaming is for the URL of the function: a balancer cannot pass streams on",
            ),
            (
                not (self.provisioned_concurrency and self.snap_start),
                "provisioned_concurrency and snap_start exclude each other, as Lambda demands",
            ),
            (
                0
                <= self.provisioned_concurrency
                <= (self.origin_concurrency or self.provisioned_concurrency),
                "provisioned_concurrency must be 0 or more, and at most origin_concurrency",
            ),
            (
                not (self.streaming and self.snap_start),
                "streaming and snap_start exclude each other",
            ),
            *self._list_key_requirements(),
            (cloudfront or not self.edge_metrics, "edge_metrics are for CloudFront"),
            (cloudfront or not self.playground, "playground is for CloudFront"),
            (
                not (self.monthly_budget and self.region in WITHOUT_BUDGETS),
                f"{self.region} has no budgets: set monthly_budget=0, and see {_REGIONS}",
            ),
            (
                self.front is Front.BALANCER
                or (self.network is None and self.allowed_from == (ANY_ADDRESS,)),
                "network and allowed_from are for a balancer",
            ),
            *(self.network.list_requirements(self.region) if self.network else ()),
            (
                self.allowed_from and all(map(is_ipv4_block, self.allowed_from)),
                "allowed_from must be blocks of addresses such as 10.0.0.0/8",
            ),
            (
                not self.access_log_days or (cloudfront and self.region == EDGE_REGION),
                f"access_log_days need CloudFront and region {EDGE_REGION}, where it delivers logs",
            ),
            (
                self.refine_budget >= 0 and (not self.refine_budget or self.access_log_days),
                "refine_budget must be 0 or more, and needs access_log_days to count views",
            ),
            (
                not (self.originals_bucket and self.upload_origins),
                "upload_origins are for a new bucket: set the CORS of an existing one yourself",
            ),
            (
                not self.originals_key_arn
                or (self.originals_bucket and f":kms:{self.region}:" in self.originals_key_arn),
                f"originals_key_arn must be the key, in {self.region}, of originals_bucket",
            ),
            (
                ":alias/" not in self.originals_key_arn,
                "originals_key_arn must name a key: permissions cannot name an alias",
            ),
            (
                self.upload_prefix.endswith("/") or not self.upload_prefix,
                "upload_prefix must end in /, or be empty",
            ),
            (self.monthly_budget >= 0, "monthly_budget must be 0, for none, or more"),
            (
                not self.replicate_to
                or (
                    self.replicate_to.startswith("arn:aws:s3:::")
                    and self.originals_versioned
                    and not self.originals_bucket
                ),
                "replicate_to must be the ARN of a bucket, and needs a new and versioned one",
            ),
            (
                not (self.catalog_table and self.replicas),
                "replicas are for a new table: an existing catalog_table has its own",
            ),
            (
                self.region not in self.replicas,
                "replicas must be other regions than the stage's own",
            ),
        )

    def _list_key_requirements(self) -> tuple[tuple[object, str], ...]:
        suffixes = self.originals_suffixes
        return (
            (
                _PLAIN_PREFIX.fullmatch(self.originals_prefix),
                "originals_prefix can have A-Z, a-z, 0-9 and _ ! . ' ( ) / -",
            ),
            (
                all(map(_PLAIN_SUFFIX.fullmatch, suffixes)),
                "originals_suffixes can have A-Z, a-z, 0-9 and _ ! . ' ( ) -",
            ),
            (
                not any(
                    one != other and one.endswith(other) for one in suffixes for other in suffixes
                ),
                "originals_suffixes must not end in one another, because S3 refuses that",
            ),
            (
                not self.upload_api or self.upload_prefix.startswith(self.originals_prefix),
                "upload_prefix must begin with originals_prefix, or uploads are no originals",
            ),
            (
                not (self.upload_api and suffixes),
                "originals_suffixes need upload_api=False: uploads choose their own suffix",
            ),
        )

    def _list_rate_limit_requirements(self) -> tuple[tuple[object, str], ...]:
        low, high = RATES
        is_at_edge = self.front is Front.CLOUDFRONT and self.region == EDGE_REGION
        return (
            (
                not self.rate_limit or low <= self.rate_limit <= high,
                f"rate_limit must be {low} to {high:,} requests in five minutes, or 0 for none",
            ),
            (
                not self.rate_limit or is_at_edge or self.front is Front.BALANCER,
                f"rate_limit is for CloudFront in {EDGE_REGION}, or a balancer: see {_REGIONS}",
            ),
            (
                not (self.rate_limit and self.web_acl_arn),
                "rate_limit creates a web ACL: add the rule to that of web_acl_arn yourself",
            ),
        )

    @property
    def policy(self) -> Policy:
        """The edge's policy without the secrets, which the deployment adds.

        Raises:
            BadSetting: a setting of it is invalid.

        """
        return read_policy(self._edge_environment)

    @property
    def original_keys(self) -> KeyFilter:
        """Which objects of the originals bucket are originals."""
        return KeyFilter(self.originals_prefix, self.originals_suffixes)

    @property
    def key_settings(self) -> dict[str, str]:
        """The functions' settings that say which objects are originals."""
        settings = {
            "ORIGINALS_PREFIX": self.originals_prefix,
            "ORIGINALS_SUFFIXES": ",".join(self.originals_suffixes),
        }
        return {name: text for name, text in settings.items() if text}

    @property
    def warm_settings(self) -> dict[str, str]:
        """The setting of the ingest function with the presets to store at once, if there are any.

        Presets and sizes are applied here, so that the function needs no policy of the edge.
        """
        transforms = read_warm_presets(self._warm_environment, self.policy)
        return {"WARM_PRESETS": " ".join(transforms)} if transforms else {}

    @property
    def _warm_environment(self) -> dict[str, str]:
        return {"WARM_PRESETS": " ".join(self.warm_presets)}

    @property
    def _edge_environment(self) -> dict[str, str]:
        return dict(self.edge_settings) | {"SIGNING_KEYS": _PLACEHOLDER_KEYS}
