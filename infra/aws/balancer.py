"""A load balancer in front of the origin function, where there is to be no CloudFront."""

from aws_cdk import RemovalPolicy, Stack
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_elasticloadbalancingv2 as elbv2
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_wafv2 as waf
from constructs import Construct

from infra.aws.accepted import accept
from infra.aws.stage import Stage

_REASONS = {
    "EC23": "It answers everybody: that is its purpose.",
    "ELB2": "The function logs what it answers; access logs need a bucket by region and account.",
    "VPC7": "Nothing but the balancer is in the network.",
}


class Balancer(Construct):
    """An Application Load Balancer that answers HTTPS, in a network without anything else in it.

    Nothing is cached: put it behind a CDN of your own. The function admits requests itself.
    """

    def __init__(self, scope: Construct, name: str, *, stage: Stage, alias: lambda_.IAlias) -> None:
        super().__init__(scope, name)
        self.network = ec2.Vpc(
            self,
            "Network",
            max_azs=2,
            nat_gateways=0,
            restrict_default_security_group=False,
            subnet_configuration=[
                ec2.SubnetConfiguration(name="public", subnet_type=ec2.SubnetType.PUBLIC)
            ],
        )
        self.balancer = elbv2.ApplicationLoadBalancer(
            self,
            "Balancer",
            vpc=self.network,
            internet_facing=True,
            deletion_protection=stage.protected,
            drop_invalid_header_fields=True,
        )
        self.balancer.apply_removal_policy(RemovalPolicy.DESTROY)
        self.balancer.add_redirect()
        self.listener = self.balancer.add_listener(
            "Https",
            port=443,
            certificates=[elbv2.ListenerCertificate.from_arn(stage.certificate_arn)],
            ssl_policy=elbv2.SslPolicy.RECOMMENDED_TLS,
            default_action=elbv2.ListenerAction.forward([self._target(alias)]),
        )
        accept(self, _REASONS)
        if stage.web_acl_arn:
            waf.CfnWebACLAssociation(
                self,
                "Guard",
                resource_arn=self.balancer.load_balancer_arn,
                web_acl_arn=stage.web_acl_arn,
            )

    @property
    def url(self) -> str:
        """The address that AWS has given it; its certificate is for another."""
        return f"https://{self.balancer.load_balancer_dns_name}"

    def _target(self, alias: lambda_.IAlias) -> elbv2.IApplicationTargetGroup:
        """Return the function as a target: of this account's balancers alone."""
        permission = lambda_.CfnPermission(
            self,
            "Permission",
            action="lambda:InvokeFunction",
            function_name=alias.function_arn,
            principal="elasticloadbalancing.amazonaws.com",
            source_account=Stack.of(self).account,
        )
        group = elbv2.CfnTargetGroup(
            self,
            "Target",
            target_type="lambda",
            targets=[elbv2.CfnTargetGroup.TargetDescriptionProperty(id=alias.function_arn)],
            target_group_attributes=[
                elbv2.CfnTargetGroup.TargetGroupAttributeProperty(
                    key="lambda.multi_value_headers.enabled", value="true"
                )
            ],
        )
        group.node.add_dependency(permission)
        return elbv2.ApplicationTargetGroup.from_target_group_attributes(
            self, "Group", target_group_arn=group.ref
        )
