"""The stages of text, in their order. Most requests need none of them."""

from typing import Final

from origin_lambda.image.stages.stage import Stage
from origin_lambda.image.stages.text.draw_text import DrawText

TEXT: Final[tuple[type[Stage], ...]] = (DrawText,)
