"""A load balancer in front of the origin function, for a stage without CloudFront."""

from typing import Final

from aws_cdk import RemovalPolicy, Stack
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_elasticloadbalancingv2 as elbv2
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_wafv2 as waf
from constructs import Construct

from infra.aws.nag_suppressions import suppress, suppress_warning
from infra.aws.network import ANY_ADDRESS, Network
from infra.aws.stage import Stage

_SUPPRESSED: Final = {
    "ELB2": "The function logs its answers; access logs need a bucket by region and account.",
}
_SUPPRESSED_IF_PUBLIC: Final = {"EC23": "It serves pictures to the public: that is its purpose."}
_SUPPRESSED_FOR_OWN_NETWORK: Final = {"VPC7": "The network contains only the balancer."}

_WARNINGS: Final = {
    "aws-elbv2:albTargetGroupCannotRegisterListener": "A function as target has no security group.",
    "aws-ec2:noSubnetRouteTableId": "Nothing here changes the routes of the subnets.",
}


class Balancer(Construct):
    """An Application Load Balancer for HTTPS, in your network or in a new one.

    It caches nothing: put it behind your own CDN. The function admits requests itself.
    """

    def __init__(
        self,
        scope: Construct,
        name: str,
        *,
        stage: Stage,
        alias: lambda_.IAlias,
        web_acl_arn: str,
    ) -> None:
        super().__init__(scope, name)
        for warning, reason in _WARNINGS.items():
            suppress_warning(self, warning, reason)
        self.network, subnets = (
            _import_network(self, stage.network) if stage.network else (_create_network(self), None)
        )
        self.balancer = elbv2.ApplicationLoadBalancer(
            self,
            "Balancer",
            vpc=self.network,
            vpc_subnets=subnets,
            internet_facing=not (stage.network and stage.network.internal),
            deletion_protection=stage.protected,
            drop_invalid_header_fields=True,
        )
        self.balancer.apply_removal_policy(RemovalPolicy.DESTROY)
        self.balancer.add_redirect(open=False)
        self.listener = self.balancer.add_listener(
            "Https",
            port=443,
            open=False,
            certificates=[elbv2.ListenerCertificate.from_arn(stage.certificate_arn)],
            ssl_policy=elbv2.SslPolicy.RECOMMENDED_TLS,
            default_action=elbv2.ListenerAction.forward([self._target(alias)]),
        )
        for block in stage.allowed_from:
            for port in (80, 443):
                self.balancer.connections.allow_from(ec2.Peer.ipv4(block), ec2.Port.tcp(port))
        is_public = ANY_ADDRESS in stage.allowed_from
        suppress(self, _SUPPRESSED | (_SUPPRESSED_IF_PUBLIC if is_public else {}))
        if web_acl_arn:
            waf.CfnWebACLAssociation(
                self,
                "Guard",
                resource_arn=self.balancer.load_balancer_arn,
                web_acl_arn=web_acl_arn,
            )

    @property
    def url(self) -> str:
        """The address that AWS gives the balancer; its certificate is for your domain."""
        return f"https://{self.balancer.load_balancer_dns_name}"

    def _target(self, alias: lambda_.IAlias) -> elbv2.IApplicationTargetGroup:
        """Return the function as a target of this account's balancers only."""
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


def _create_network(scope: Construct) -> ec2.IVpc:
    """Create an empty public network."""
    network = ec2.Vpc(
        scope,
        "Network",
        max_azs=2,
        nat_gateways=0,
        restrict_default_security_group=False,
        subnet_configuration=[
            ec2.SubnetConfiguration(name="public", subnet_type=ec2.SubnetType.PUBLIC)
        ],
    )
    suppress(network, _SUPPRESSED_FOR_OWN_NETWORK)
    return network


def _import_network(scope: Construct, existing: Network) -> tuple[ec2.IVpc, ec2.SubnetSelection]:
    """Return an existing network and its subnets by their ids, without a look-up in the account."""
    network = ec2.Vpc.from_vpc_attributes(
        scope, "Network", vpc_id=existing.vpc_id, availability_zones=list(existing.subnets)
    )
    subnets = [
        ec2.Subnet.from_subnet_attributes(
            scope, f"Subnet{number}", subnet_id=subnet, availability_zone=zone
        )
        for number, (zone, subnet) in enumerate(sorted(existing.subnets.items()), 1)
    ]
    return network, ec2.SubnetSelection(subnets=subnets)
