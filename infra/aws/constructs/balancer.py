"""A load balancer in front of the origin function, where there is to be no CloudFront."""

from typing import Final

from aws_cdk import RemovalPolicy, Stack
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_elasticloadbalancingv2 as elbv2
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_wafv2 as waf
from constructs import Construct

from infra.aws.nag_suppressions import accept
from infra.aws.network import EVERYBODY, Network
from infra.aws.stage import Stage

_REASONS: Final = {
    "ELB2": "The function logs what it answers; access logs need a bucket by region and account.",
}
_OF_EVERYBODY: Final = {"EC23": "It answers everybody: that is its purpose."}
_OF_A_NETWORK_OF_ITS_OWN: Final = {"VPC7": "Nothing but the balancer is in the network."}


class Balancer(Construct):
    """An Application Load Balancer that answers HTTPS, in a network of yours or one of its own.

    Nothing is cached: put it behind a CDN of your own. The function admits requests itself.
    """

    def __init__(self, scope: Construct, name: str, *, stage: Stage, alias: lambda_.IAlias) -> None:
        super().__init__(scope, name)
        self.network, subnets = (
            _adopted(self, stage.network) if stage.network else (_made(self), None)
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
        accept(self, _REASONS | (_OF_EVERYBODY if EVERYBODY in stage.allowed_from else {}))
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


def _made(scope: Construct) -> ec2.IVpc:
    """Return a public network with nothing in it."""
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
    accept(network, _OF_A_NETWORK_OF_ITS_OWN)
    return network


def _adopted(scope: Construct, there: Network) -> tuple[ec2.IVpc, ec2.SubnetSelection]:
    """Return a network that is there, by its ids alone: nothing is looked up in an account."""
    network = ec2.Vpc.from_vpc_attributes(
        scope, "Network", vpc_id=there.vpc_id, availability_zones=list(there.subnets)
    )
    subnets = [
        ec2.Subnet.from_subnet_attributes(
            scope, f"Subnet{number}", subnet_id=subnet, availability_zone=zone
        )
        for number, (zone, subnet) in enumerate(sorted(there.subnets.items()), 1)
    ]
    return network, ec2.SubnetSelection(subnets=subnets)
