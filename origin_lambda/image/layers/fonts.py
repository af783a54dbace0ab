"""Gives the text of a result a font of the deployment's own."""

import dataclasses

from origin_lambda.image.plan import Plan
from origin_lambda.image.stages.text.draw_text import DrawText
from origin_lambda.image.text.block import FontFile


def bind_font(planned: Plan, font: FontFile) -> Plan:
    """Return the plan with a font for its text."""
    stages = tuple(
        stage.with_font(font) if isinstance(stage, DrawText) else stage for stage in planned.stages
    )
    return dataclasses.replace(planned, stages=stages)
