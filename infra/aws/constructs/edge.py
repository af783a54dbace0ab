"""The edge as one behaviour, for any distribution: functions, policies and origins."""

from typing import Final

from aws_cdk import Duration, Names
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
_NOT_CUSTOM: Final = {"access-control-allow-origin", "x-content-type-options"}
"""Headers that CloudFront refuses as custom headers: it has other settings for them."""


class Edge(Construct):
    """How CloudFront handles a request; tests compare it with `edge.local`, the laptop's edge."""

    def __init__(  # noqa: PLR0913 reason: each is a resource that it uses
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
        self.function_names: tuple[str, ...] = ()
        self.store = cloudfront.KeyValueStore(
            self,
            "Store",
            comment="Calotype: policy and keys",
            # 32 characters at most (CloudFront API reference, "CreateKeyValueStore").
            key_value_store_name=Names.unique_resource_name(self, max_length=32),
        )
        self.secrets = EdgeSecrets(
            self, "Secrets", stage=stage, code=code, store=self.store, signing_keys=signing_keys
        )
        self.behaviour = cloudfront.BehaviorOptions(
            origin=_origin_group(derivatives, origin, stage.shield_region or None),
            cache_policy=self._cache_policy(),
            response_headers_policy=self._headers_policy(),
            allowed_methods=cloudfront.AllowedMethods.ALLOW_GET_HEAD_OPTIONS,
            viewer_protocol_policy=cloudfront.ViewerProtocolPolicy.REDIRECT_TO_HTTPS,
            # Pictures are compressed already, and each encoding would be one more cache entry.
            compress=False,
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
        # New code may need the new entries of the store. It may also name derivatives by a new
        # recipe: the old origin would store old pixels under the new names.
        function.node.add_dependency(self.secrets.resource, origin.alias)
        self.function_names += (function.function_name,)
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
        self.function_names += (function.function_name,)
        return cloudfront.FunctionAssociation(
            function=function, event_type=cloudfront.FunctionEventType.VIEWER_RESPONSE
        )

    def _cache_policy(self) -> cloudfront.CachePolicy:
        """Return the cache policy: the canonical path alone is the cache key."""
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
        """Return the policy that adds the origin's headers to answers of the bucket."""
        return cloudfront.ResponseHeadersPolicy(
            self,
            "Headers",
            comment="Calotype: headers that S3 does not send",
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
                    if name not in _NOT_CUSTOM
                ]
            ),
        )


def _origin_group(
    derivatives: Derivatives, origin: OriginFunction, shield: str | None
) -> origins.OriginGroup:
    """Return the origin group: the derivatives bucket first, then the function."""
    stored = origins.S3BucketOrigin.with_origin_access_control(
        derivatives.bucket,
        # With the permission to list, S3 answers 404 for a missing object instead of 403. Viewers
        # cannot list the bucket: that takes a query string, which the edge function removes.
        origin_access_levels=[cloudfront.AccessLevel.READ, cloudfront.AccessLevel.LIST],
        connection_attempts=2,
        connection_timeout=Duration.seconds(2),
        origin_shield_region=shield,
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
