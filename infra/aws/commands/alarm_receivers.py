"""Asks who receives the alarms of a stage, and says so if no address does."""

import re
from collections.abc import Callable
from typing import Any, Final

from infra.aws.outputs import Outputs

_EMAIL: Final = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_QUESTION: Final = "Which e-mail address receives the alarms of this stage? (empty for none) "


def ask_for_email(ask: Callable[[str], str], is_terminal: bool) -> str:
    """Return the address that a person types; empty for none, and if no person is there."""
    if not is_terminal:
        return ""
    while address := ask(_QUESTION).strip():
        if _EMAIL.fullmatch(address):
            return address
        print(f"{address} is no e-mail address.")
    return ""


def subscribe(outputs: Outputs, session: Any, email: str) -> None:
    """Subscribe an address to the alarms; AWS asks it to confirm."""
    session.client("sns").subscribe(TopicArn=outputs.alarms, Protocol="email", Endpoint=email)


def report_receivers(outputs: Outputs, session: Any, report: Callable[[str], object]) -> None:
    """Report if an alarm of the stage would reach no address."""
    if not outputs.alarms:
        return
    answer = session.client("sns").list_subscriptions_by_topic(TopicArn=outputs.alarms)
    found = answer["Subscriptions"]
    confirmed = [each for each in found if each["SubscriptionArn"].startswith("arn:")]
    if not found:
        report(
            "No address receives the alarms of this stage: set alarm_email in its row, or run\n"
            f"  aws sns subscribe --topic-arn {outputs.alarms} --protocol email"
            " --notification-endpoint you@example.com"
        )
    elif not confirmed:
        report("The e-mail from AWS is not confirmed yet, so no address receives alarms.")
