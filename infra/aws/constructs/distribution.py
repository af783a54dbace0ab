"""The distribution: CloudFront in front of everything, at an address of its own or of yours."""

from typing import Final

from aws_cdk import CfnDeletionPolicy, Duration
from aws_cdk import aws_certificatemanager as certificates
from aws_cdk import aws_cloudfront as cloudfront
from constructs import Construct

from infra.aws.nag_suppressions import accept
from infra.aws.stage import PRICE_CLASSES, Stage

_SERVER_ERRORS: Final = (500, 502, 503, 504)


class Distribution(Construct):
    """One behaviour, for every path."""

    def __init__(
        self, scope: Construct, name: str, *, stage: Stage, behaviour: cloudfront.BehaviorOptions
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
            error_responses=error_responses(),
            http_version=cloudfront.HttpVersion.HTTP2_AND_3,
            minimum_protocol_version=cloudfront.SecurityPolicyProtocol.TLS_V1_2_2021,
            price_class=_PRICE_CLASSES[stage.price_class],
            domain_names=list(stage.domain_names) or None,
            certificate=certificate,
            web_acl_id=stage.web_acl_arn or None,
            publish_additional_metrics=stage.edge_metrics or None,
        )
        accept(self, _REASONS | ({} if certificate else _OF_CLOUDFRONTS_NAME))
        resource = self.distribution.node.default_child
        assert isinstance(resource, cloudfront.CfnDistribution)  # noqa: S101 reason: for mypy
        # An update that would replace it, and its address with it, leaves the old one.
        resource.cfn_options.update_replace_policy = CfnDeletionPolicy.RETAIN
        resource.cfn_options.deletion_policy = CfnDeletionPolicy.DELETE

    @property
    def url(self) -> str:
        """The address that CloudFront has given it."""
        return f"https://{self.distribution.distribution_domain_name}"


def error_responses() -> list[cloudfront.ErrorResponse]:
    """Return for how long the edge keeps errors, beside what they say of it themselves.

    Of errors of ours not at all: CloudFront would keep them for 10 s, even against `no-store`.
    """
    return [
        cloudfront.ErrorResponse(http_status=status, ttl=Duration.seconds(0))
        for status in _SERVER_ERRORS
    ]


_REASONS: Final = {
    "CFR1": "Pictures are for every country.",
    "CFR2": "A web ACL costs more than all else of a small site: `web_acl_arn` names one.",
    "CFR3": "`access_log_days` turns on CloudFront's newer logs, which the rule does not know.",
}
_OF_CLOUDFRONTS_NAME: Final = {
    "CFR4": "The certificate of cloudfront.net sets what it takes; with a domain, it is TLS 1.2.",
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
