"""What tells how a deployment is: alarms, a budget, a dashboard."""

from typing import TYPE_CHECKING, Final

from aws_cdk import aws_budgets as budgets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from constructs import Construct

from infra.aws.constructs.origin_function import ONE_CPU
from infra.aws.operations.alarms import Alarms
from infra.aws.operations.dashboard import Dashboard

if TYPE_CHECKING:
    from infra.aws.constructs.image_cdn import ImageCdn

_SPENT: Final = 80
"""Percent of the budget at which the bill is told, and 100 of what AWS expects of the month."""


class Operations(Construct):
    """One topic that everything is told over, apart from the alerts: those are about pictures."""

    def __init__(self, scope: Construct, name: str, *, cdn: "ImageCdn") -> None:
        super().__init__(scope, name)
        self.topic = sns.Topic(self, "Topic", enforce_ssl=True)
        if cdn.stage.alarm_email:
            self.topic.add_subscription(subscriptions.EmailSubscription(cdn.stage.alarm_email))
        for service in ("cloudwatch", "budgets"):
            self.topic.add_to_resource_policy(_publishes(service, self.topic))
        alarms = Alarms(self, "Alarms", cdn=cdn, topic=self.topic).alarms
        if cdn.stage.monthly_budget:
            _budget(self, cdn.stage.monthly_budget, self.topic)
        Dashboard(self, "Dashboard", cdn=cdn, memory=ONE_CPU, alarms=alarms)


def _publishes(service: str, topic: sns.ITopic) -> iam.PolicyStatement:
    """Return leave for a service of AWS to publish, on behalf of this account alone."""
    return iam.PolicyStatement(
        actions=["sns:Publish"],
        principals=[iam.ServicePrincipal(f"{service}.amazonaws.com")],
        resources=[topic.topic_arn],
        conditions={"StringEquals": {"aws:SourceAccount": topic.stack.account}},
    )


def _budget(scope: Construct, dollars: int, topic: sns.ITopic) -> None:
    """Watch what the account spends: a part of it is seen only once its tags are activated."""
    subscribers = [{"subscriptionType": "SNS", "address": topic.topic_arn}]
    budget = budgets.CfnBudget(
        scope,
        "Budget",
        budget={
            "budgetType": "COST",
            "timeUnit": "MONTHLY",
            "budgetLimit": {"amount": dollars, "unit": "USD"},
        },
        notifications_with_subscribers=[
            {
                "notification": {
                    "notificationType": kind,
                    "comparisonOperator": "GREATER_THAN",
                    "threshold": percent,
                },
                "subscribers": subscribers,
            }
            for kind, percent in (("ACTUAL", _SPENT), ("FORECASTED", 100))
        ],
    )
    budget.node.add_dependency(topic)  # with its policy: before that nothing could be told
