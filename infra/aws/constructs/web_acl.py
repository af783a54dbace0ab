"""A web ACL with one rule: it blocks addresses that send too many requests."""

from aws_cdk import aws_wafv2 as waf
from constructs import Construct

from infra.aws.stage import Front, Stage

_TOO_MANY_REQUESTS = 429


class WebAcl(Construct):
    """Blocks an address with `429` while it exceeds *stage.rate_limit* in five minutes.

    AWS WAF counts every few seconds, so an address can send more requests before it is blocked.
    """

    def __init__(self, scope: Construct, name: str, *, stage: Stage) -> None:
        super().__init__(scope, name)
        self.name = f"calotype-{stage.name}"
        resource = waf.CfnWebACL(
            self,
            "List",
            scope="CLOUDFRONT" if stage.front is Front.CLOUDFRONT else "REGIONAL",
            default_action=waf.CfnWebACL.DefaultActionProperty(allow={}),
            visibility_config=_visibility(self.name),
            rules=[
                waf.CfnWebACL.RuleProperty(
                    name="rate",
                    priority=0,
                    statement=waf.CfnWebACL.StatementProperty(
                        rate_based_statement=waf.CfnWebACL.RateBasedStatementProperty(
                            aggregate_key_type="IP", limit=stage.rate_limit
                        )
                    ),
                    action=waf.CfnWebACL.RuleActionProperty(
                        block={"customResponse": {"responseCode": _TOO_MANY_REQUESTS}}
                    ),
                    visibility_config=_visibility(f"{self.name}-rate"),
                )
            ],
        )
        self.arn = resource.attr_arn


def _visibility(metric: str) -> waf.CfnWebACL.VisibilityConfigProperty:
    """Return the settings of a metric, without samples of requests, which hold addresses."""
    return waf.CfnWebACL.VisibilityConfigProperty(
        cloud_watch_metrics_enabled=True, metric_name=metric, sampled_requests_enabled=False
    )
