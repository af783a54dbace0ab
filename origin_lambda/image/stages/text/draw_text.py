"""Draws text."""

from dataclasses import dataclass, replace
from typing import ClassVar, Final, Self

from origin_lambda.errors import BadValue, Unprocessable
from origin_lambda.image.geometry import Size
from origin_lambda.image.raster import R
from origin_lambda.image.stages.stage import Scene
from origin_lambda.image.text.block import FontChoice, FontFile, TextBlock
from origin_lambda.image.text.paragraphs import is_blank
from origin_lambda.url.transform import MAX_SIDE, Transform
from origin_lambda.url.values import Align, FontWord

_ACROSS: Final = (Align.LEFT, Align.CENTER, Align.RIGHT)
_DOWN: Final = (Align.TOP, Align.MIDDLE, Align.BOTTOM)
_FAMILIES: Final = (FontWord.SANS_SERIF, FontWord.SERIF, FontWord.MONOSPACE)
_SHADOW: Final = 0.01  # of the size, for each unit of `txt-shad`
_MAX_EDGE: Final = 100  # pixels: the largest outline, and the largest distance of a shadow


@dataclass(frozen=True, slots=True)
class DrawText:
    """Draw a *block* of text.

    It is the last stage but the marks of `fp-debug`: text lies on top of everything, and no effect
    changes its colours. The lines are placed when it is applied, since that needs fonts.
    """

    parameters: ClassVar[tuple[str, ...]] = (
        "txt",
        "txt-align",
        "txt-clip",
        "txt-color",
        "txt-fit",
        "txt-font",
        "txt-font-file",
        "txt-lead",
        "txt-line",
        "txt-line-color",
        "txt-lines",
        "txt-pad",
        "txt-rot",
        "txt-shad",
        "txt-size",
        "txt-track",
        "txt-width",
        "txt-x",
        "txt-y",
    )

    block: TextBlock

    @classmethod
    def plan(cls, transform: Transform, scene: Scene) -> Self | None:
        block = describe_block(transform, scene.layout.placement.canvas)
        return cls(block) if block else None

    def with_font(self, file: FontFile) -> Self:
        """Return the stage with a font of the deployment's own."""
        font = replace(self.block.font, file=file)
        return replace(self, block=replace(self.block, font=font))

    def apply(self, raster: R) -> R:
        try:
            return raster.draw_text(self.block)
        except Unprocessable as error:
            if self.block.font.file:
                error.param = "txt-font-file"
            raise


def describe_block(transform: Transform, canvas: Size) -> TextBlock | None:
    """Return the text of a transform for a picture of the size *canvas*; None if it has none.

    Raises:
        BadValue: `txt-font` names several families.

    """
    text, dpr = transform.text, transform.size.dpr
    if is_blank(text.text):
        return None
    families = [word for word in _FAMILIES if word in text.font]
    if len(families) > 1:
        message = "txt-font accepts one of sans-serif, serif, monospace at a time"
        raise BadValue(message, param="txt-font")
    across = [word for word in _ACROSS if word in text.align]
    down = [word for word in _DOWN if word in text.align]
    default = Align.RIGHT if text.x is None else Align.LEFT
    size = min(text.size * dpr, MAX_SIDE)
    return TextBlock(
        text=text.text,
        canvas=canvas,
        font=FontChoice(
            str(families[0] if families else FontWord.SANS_SERIF),
            is_bold=FontWord.BOLD in text.font,
            is_italic=FontWord.ITALIC in text.font,
        ),
        size=size,
        colour=text.colour,
        across=across[0] if across else default,
        down=down[0] if down else Align.BOTTOM,
        pad=text.pad * dpr,
        width=None if text.width is None else text.width * dpr,
        x=None if text.x is None else text.x * dpr,
        y=None if text.y is None else text.y * dpr,
        lead=text.leading * dpr,
        track=text.track * dpr,
        wraps=text.lines is not None or not (text.clip or text.fit),
        fits=text.fit is not None,
        clip=text.clip,
        max_lines=text.lines,
        outline=min(text.line * dpr, _MAX_EDGE),
        outline_colour=text.line_colour if text.line else None,
        shadow=min(text.shadow * size * _SHADOW, _MAX_EDGE),
        rotation=text.rotation,
    )
