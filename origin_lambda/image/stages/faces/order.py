"""The stages of faces, in their order. Most requests need none of them.

The docstring of each stage gives the reason for its place.
"""

from typing import Final

from origin_lambda.image.stages.faces.correct_red_eyes import CorrectRedEyes
from origin_lambda.image.stages.faces.draw_marks import DrawMarks
from origin_lambda.image.stages.faces.hide_faces import HideFaces
from origin_lambda.image.stages.stage import Stage

FACES: Final[tuple[type[Stage], ...]] = (CorrectRedEyes, HideFaces)
"""The stages that change faces."""

MARKS: Final[tuple[type[Stage], ...]] = (DrawMarks,)
"""The stages that show where faces are."""
