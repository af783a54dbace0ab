"""The distribution: CloudFront in front of the buckets and functions, perhaps at your domain."""

from collections.abc import Mapping
from typing import Final

from aws_cdk import CfnDeletionPolicy, Duration
from aws_cdk import aws_certificatemanager as certificates
from aws_cdk import aws_cloudfront as cloudfront
from constructs import Construct

from infra.aws.nag_suppressions import suppress, suppress_warning
from infra.aws.stage import PRICE_CLASSES, Stage

_LIST_WARNING: Final = "aws-cloudfront-origins:listBucketSecurityRisk"
_WHY_LISTING_IS_SAFE: Final = (
    "S3 lists only if a query asks for it, and the edge function removes queries."
)
_WHY_WITHOUT_DOMAINS: Final = "A standby gets its domain names when they move to it."

_SERVER_ERRORS: Final = (500, 502, 503, 504)


class Distribution(Construct):
    """A distribution with one behaviour for pictures; *others* are behaviours of further paths."""

    def __init__(  # noqa: PLR0913 reason: each is a part that it connects
        self,
        scope: Construct,
        name: str,
        *,
        stage: Stage,
        behaviour: cloudfront.BehaviorOptions,
        others: Mapping[str, cloudfront.BehaviorOptions],
        web_acl_arn: str,
    ) -> None:
        super().__init__(scope, name)
        certificate = None
        if stage.certificate_arn:
            certificate = certificates.Certificate.from_certificate_arn(
                self, "Certificate", stage.certificate_arn
            )
        self.distribution = cloudfront.Distribution(
            self,
            "Distribution",
            comment=f"Calotype {stage.name}",
            default_behavior=behaviour,
            additional_behaviors=dict(others),
            error_responses=error_responses(),
            http_version=cloudfront.HttpVersion.HTTP2_AND_3,
            # CloudFront's own certificate decides it; CDK warns about a setting without effect.
            minimum_protocol_version=cloudfront.SecurityPolicyProtocol.TLS_V1_2_2021
            if certificate
            else None,
            price_class=_PRICE_CLASSES[stage.price_class],
            domain_names=list(stage.domain_names) or None,
            certificate=certificate,
            web_acl_id=web_acl_arn or None,
            publish_additional_metrics=stage.edge_metrics or None,
        )
        suppress(self, _SUPPRESSED | ({} if certificate else _SUPPRESSED_WITHOUT_DOMAIN))
        suppress_warning(self, _LIST_WARNING, _WHY_LISTING_IS_SAFE)
        if not stage.domain_names:
            suppress_warning(self, "aws-cloudfront:emptyDomainNames", _WHY_WITHOUT_DOMAINS)
        resource = self.distribution.node.default_child
        assert isinstance(resource, cloudfront.CfnDistribution)  # noqa: S101 reason: for mypy
        # If an update replaces the distribution, keep the old one: its address is in use.
        resource.cfn_options.update_replace_policy = CfnDeletionPolicy.RETAIN
        resource.cfn_options.deletion_policy = CfnDeletionPolicy.DELETE

    @property
    def url(self) -> str:
        """The address that CloudFront gives the distribution."""
        return f"https://{self.distribution.distribution_domain_name}"


def error_responses() -> list[cloudfront.ErrorResponse]:
    """Return the error responses that stop the edge from caching our 5xx.

    Without them CloudFront would cache a 5xx for 10 s, even if it says `no-store`.
    """
    return [
        cloudfront.ErrorResponse(http_status=status, ttl=Duration.seconds(0))
        for status in _SERVER_ERRORS
    ]


_SUPPRESSED: Final = {
    "CFR1": "Pictures are for every country.",
    "CFR2": "A web ACL costs more than the rest of a small site: set `rate_limit` to have one.",
    "CFR3": "`access_log_days` enables CloudFront's newer logs, which the rule does not know.",
}
_SUPPRESSED_WITHOUT_DOMAIN: Final = {
    "CFR4": "The certificate of cloudfront.net sets the TLS version; with a domain it is 1.2.",
}

_PRICE_CLASSES: Final = dict(
    zip(
        PRICE_CLASSES,
        (
            cloudfront.PriceClass.PRICE_CLASS_100,
            cloudfront.PriceClass.PRICE_CLASS_200,
            cloudfront.PriceClass.PRICE_CLASS_ALL,
        ),
        strict=True,
    )
)
