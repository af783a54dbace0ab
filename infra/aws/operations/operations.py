"""Alarms, a dashboard and a budget, which show whether a deployment is healthy."""

from typing import Final

from aws_cdk import aws_budgets as budgets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from constructs import Construct

from infra.aws.operations.alarms import Alarms
from infra.aws.operations.dashboard import Dashboard
from infra.aws.operations.monitored import Monitored
from infra.aws.stage import Stage

STAGE_TAG: Final = "calotype:stage"
"""The tag of everything that belongs to a stage."""

_SPENT_PERCENT: Final = 80
_FORECAST_PERCENT: Final = 100
"""Percent of the budget, spent or forecast by AWS for the month, above which it notifies."""


class Operations(Construct):
    """Alarms, dashboard and budget, with a topic of their own.

    The alerts have another topic, because they are about pictures.
    """

    def __init__(self, scope: Construct, name: str, *, monitored: Monitored) -> None:
        super().__init__(scope, name)
        stage = monitored.stage
        self.topic = sns.Topic(self, "Topic", enforce_ssl=True)
        if stage.alarm_email:
            self.topic.add_subscription(subscriptions.EmailSubscription(stage.alarm_email))
        for service in ("cloudwatch", "budgets"):
            self.topic.add_to_resource_policy(_allow_publishing(service, self.topic))
        alarms = Alarms(self, "Alarms", monitored=monitored, topic=self.topic).alarms
        if stage.monthly_budget:
            _add_budget(self, stage, self.topic)
        Dashboard(self, "Dashboard", monitored=monitored, alarms=alarms)


def _allow_publishing(service: str, topic: sns.ITopic) -> iam.PolicyStatement:
    """Return the permission of an AWS service to publish on behalf of this account only."""
    return iam.PolicyStatement(
        actions=["sns:Publish"],
        principals=[iam.ServicePrincipal(f"{service}.amazonaws.com")],
        resources=[topic.topic_arn],
        conditions={"StringEquals": {"aws:SourceAccount": topic.stack.account}},
    )


def _add_budget(scope: Construct, stage: Stage, topic: sns.ITopic) -> None:
    """Add a monthly budget for what has the tag of the stage.

    AWS counts the costs of a tag from the day on which the account activates it as a cost
    allocation tag (docs/operations.md).
    """
    subscribers = [{"subscriptionType": "SNS", "address": topic.topic_arn}]
    budget = budgets.CfnBudget(
        scope,
        "Budget",
        budget={
            "budgetType": "COST",
            "timeUnit": "MONTHLY",
            "budgetLimit": {"amount": stage.monthly_budget, "unit": "USD"},
            "costFilters": {"TagKeyValue": [f"user:{STAGE_TAG}${stage.name}"]},
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
            for kind, percent in (("ACTUAL", _SPENT_PERCENT), ("FORECASTED", _FORECAST_PERCENT))
        ],
    )
    budget.node.add_dependency(topic)  # whose policy lets the budget publish
