"""The playground at `/_/` of a distribution: a function that has the files in its package."""

from collections.abc import Mapping
from typing import Final

from aws_cdk import aws_cloudfront as cloudfront
from aws_cdk import aws_cloudfront_origins as origins
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra.aws.constructs.function import Function, FunctionSpec, Packager
from infra.aws.stage import Stage
from infra.laptop.playground.hosted import ROOT

_SECONDS: Final = 5


class Playground(Construct):
    """The function of the page, and its behaviour for the distribution.

    The edge caches the page for as long as the function says. The pictures that the page asks for
    have the behaviour of all pictures, so the stage's policy admits them.
    """

    def __init__(self, scope: Construct, name: str, *, stage: Stage, code: Packager) -> None:
        super().__init__(scope, name)
        self.resources = Function(
            self,
            "Function",
            stage=stage,
            code=code,
            spec=FunctionSpec(
                function="playground_files",
                handler="playground_files.handle",
                memory=256,
                seconds=_SECONDS,
            ),
        )
        self.url = self.resources.function.add_function_url(
            auth_type=lambda_.FunctionUrlAuthType.AWS_IAM
        )

    @property
    def behaviours(self) -> Mapping[str, cloudfront.BehaviorOptions]:
        """The behaviour, by its pattern of paths."""
        return {
            f"{ROOT}*": cloudfront.BehaviorOptions(
                origin=origins.FunctionUrlOrigin.with_origin_access_control(self.url),
                # Obeys `cache-control`, ignores queries and cookies, and stores compressed files.
                cache_policy=cloudfront.CachePolicy.CACHING_OPTIMIZED,
                allowed_methods=cloudfront.AllowedMethods.ALLOW_GET_HEAD,
                viewer_protocol_policy=cloudfront.ViewerProtocolPolicy.REDIRECT_TO_HTTPS,
                compress=True,
            )
        }
