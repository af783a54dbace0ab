"""The edge as others can use it too: functions, policies and origins, as one behaviour."""

from typing import Final

from aws_cdk import Annotations, Duration, Names
from aws_cdk import aws_cloudfront as cloudfront
from aws_cdk import aws_cloudfront_origins as origins
from constructs import Construct

from edge.build import SOURCE, build
from edge.local.freshness import CachePolicy
from edge.local.origins import FAILOVER
from infra.aws.constructs.derivatives import Derivatives
from infra.aws.constructs.edge_secrets import EdgeSecrets
from infra.aws.constructs.function import Packager
from infra.aws.constructs.origin_function import SECONDS, OriginFunction
from infra.aws.stage import Stage
from origin_lambda.http import ALWAYS

_TTL: Final = CachePolicy()
_IN_OTHER_PLACES: Final = {"access-control-allow-origin", "x-content-type-options"}
"""Headers that CloudFront does not take as custom ones: they have settings of their own."""


class Edge(Construct):
    """What CloudFront is to do with a request, held to what `edge.local` does on a laptop."""

    def __init__(  # noqa: PLR0913 reason: all that it works with
        self,
        scope: Construct,
        name: str,
        *,
        stage: Stage,
        code: Packager,
        derivatives: Derivatives,
        origin: OriginFunction,
        signing_keys: str,
    ) -> None:
        super().__init__(scope, name)
        self.store = cloudfront.KeyValueStore(
            self,
            "Store",
            comment="Calotype: policy and keys",
            # Of at most 32 characters (CloudFront API reference, "CreateKeyValueStore").
            key_value_store_name=Names.unique_resource_name(self, max_length=32),
        )
        self.secrets = EdgeSecrets(
            self, "Secrets", stage=stage, code=code, store=self.store, signing_keys=signing_keys
        )
        self.behaviour = cloudfront.BehaviorOptions(
            origin=_group(derivatives, origin, stage.shield_region or None),
            cache_policy=self._cache_policy(),
            response_headers_policy=self._headers_policy(),
            allowed_methods=cloudfront.AllowedMethods.ALLOW_GET_HEAD_OPTIONS,
            viewer_protocol_policy=cloudfront.ViewerProtocolPolicy.REDIRECT_TO_HTTPS,
            compress=False,  # pictures are; and encodings would multiply what is cached
            function_associations=[self._request_function(origin), self._response_function()],
        )

    def _request_function(self, origin: OriginFunction) -> cloudfront.FunctionAssociation:
        function = cloudfront.Function(
            self,
            "ViewerRequest",
            runtime=cloudfront.FunctionRuntime.JS_2_0,
            key_value_store=self.store,
            code=cloudfront.FunctionCode.from_inline(build()),
        )
        # New code may look up what only the new entries have. And it may name derivatives by a new
        # recipe: an origin of the former one would answer with former pixels, to be kept.
        function.node.add_dependency(self.secrets.resource, origin.alias)
        return cloudfront.FunctionAssociation(
            function=function, event_type=cloudfront.FunctionEventType.VIEWER_REQUEST
        )

    def _response_function(self) -> cloudfront.FunctionAssociation:
        code = SOURCE.with_name("viewer_response.js").read_text(encoding="utf-8")
        function = cloudfront.Function(
            self,
            "ViewerResponse",
            runtime=cloudfront.FunctionRuntime.JS_2_0,
            code=cloudfront.FunctionCode.from_inline(code),
        )
        return cloudfront.FunctionAssociation(
            function=function, event_type=cloudfront.FunctionEventType.VIEWER_RESPONSE
        )

    def _cache_policy(self) -> cloudfront.CachePolicy:
        """Return the policy: the canonical path is the whole of the cache key."""
        return cloudfront.CachePolicy(
            self,
            "Caching",
            comment="Calotype: by canonical path",
            min_ttl=Duration.seconds(_TTL.minimum),
            default_ttl=Duration.seconds(_TTL.default),
            max_ttl=Duration.seconds(_TTL.maximum),
            query_string_behavior=cloudfront.CacheQueryStringBehavior.none(),
            header_behavior=cloudfront.CacheHeaderBehavior.none(),
            cookie_behavior=cloudfront.CacheCookieBehavior.none(),
        )

    def _headers_policy(self) -> cloudfront.ResponseHeadersPolicy:
        """Return the policy: what the origin always says, where it was the bucket that answered."""
        return cloudfront.ResponseHeadersPolicy(
            self,
            "Headers",
            comment="Calotype: what S3 does not say",
            cors_behavior=cloudfront.ResponseHeadersCorsBehavior(
                access_control_allow_credentials=False,
                access_control_allow_headers=["*"],
                access_control_allow_methods=["GET", "HEAD", "OPTIONS"],
                access_control_allow_origins=[ALWAYS["access-control-allow-origin"]],
                origin_override=False,
            ),
            security_headers_behavior=cloudfront.ResponseSecurityHeadersBehavior(
                content_type_options=cloudfront.ResponseHeadersContentTypeOptions(override=True)
            ),
            custom_headers_behavior=cloudfront.ResponseCustomHeadersBehavior(
                custom_headers=[
                    cloudfront.ResponseCustomHeader(header=name, value=text, override=False)
                    for name, text in ALWAYS.items()
                    if name not in _IN_OTHER_PLACES
                ]
            ),
        )


def _group(
    derivatives: Derivatives, origin: OriginFunction, shield: str | None
) -> origins.OriginGroup:
    """Return the origin group: what is stored already, else the function."""
    stored = origins.S3BucketOrigin.with_origin_access_control(
        derivatives.bucket,
        # Who may list is told 404 of what is not there. The URL of a list has a query string,
        # which never gets past the function.
        origin_access_levels=[cloudfront.AccessLevel.READ, cloudfront.AccessLevel.LIST],
        connection_attempts=2,
        connection_timeout=Duration.seconds(2),
        origin_shield_region=shield,
    )
    Annotations.of(derivatives).acknowledge_warning(
        "@aws-cdk/aws-cloudfront-origins:listBucketSecurityRisk"
    )
    rendered = origins.FunctionUrlOrigin.with_origin_access_control(
        origin.url,
        connection_attempts=2,
        connection_timeout=Duration.seconds(3),
        read_timeout=Duration.seconds(SECONDS + 5),
        keepalive_timeout=Duration.seconds(60),
        origin_shield_region=shield,
    )
    return origins.OriginGroup(
        primary_origin=stored,
        fallback_origin=rendered,
        fallback_status_codes=sorted(FAILOVER),
    )
