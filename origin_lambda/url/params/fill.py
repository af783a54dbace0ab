"""What fills the space that `fit=fill` and `fit=fillmax` leave beside the picture."""

from dataclasses import dataclass
from typing import Annotated, Final

from origin_lambda.url import kinds
from origin_lambda.url.params.param import MAX_SIDE, Group, Param
from origin_lambda.url.values import (
    SHARE_PARTS,
    TRANSPARENT,
    Colour,
    ColourSpace,
    FillMode,
    GradientShape,
    Length,
    Share,
    Side,
)

_LENGTH: Final = kinds.Side(0, MAX_SIDE)
_COLOURS: Final = kinds.ListOf((kinds.ColourCode(),) * 2, "two colours")
_MIDDLE: Final = Share(SHARE_PARTS // 2)
_RADII: Final = (Share(SHARE_PARTS // 4), _MIDDLE)
_FROM_PICTURE: Final = (
    "Without it: a vivid dark and a vivid light colour of the original, or greys before it is "
    "ingested."
)
_LINEAR: Final = "fill=gradient !fill-gradient-type=radial"
_RADIAL: Final = "fill-gradient-type=radial"
_GENERATED: Final = "generated content is not available; did you mean fill=blur?"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fill(Group):
    """What fills the space beside a picture that is smaller than its box."""

    title = "Fill"
    is_rare = True

    mode: Annotated[
        FillMode | None,
        Param(
            "fill",
            kinds.OneOf(tuple(FillMode)),
            "What fills the space beside the picture: `solid` the colour of `fill-color`, `blur` "
            "an enlarged and blurred copy of the picture, `gradient` a gradient. "
            "Without it: `bg`. Padding and transparent parts of the picture keep `bg`.",
            needs="fit=fill,fillmax !fill=solid|fill-color",
            hints=(("gen", _GENERATED), ("generative", _GENERATED)),
        ),
    ] = None
    colour: Annotated[
        Colour,
        Param(
            "fill-color",
            kinds.ColourCode(),
            "Colour for `fill=solid`. Without it: transparent, so that `bg` is seen.",
            ("fillcolor",),
            needs="fill=solid",
        ),
    ] = TRANSPARENT
    gradient: Annotated[
        GradientShape,
        Param(
            "fill-gradient-type",
            kinds.OneOf(tuple(GradientShape)),
            "Shape of the gradient.",
            needs="fill=gradient",
        ),
    ] = GradientShape.LINEAR
    colour_space: Annotated[
        ColourSpace,
        Param(
            "fill-gradient-cs",
            kinds.OneOf(tuple(ColourSpace)),
            "Space in which the gradient's colours are mixed. Hues take the shorter way.",
            needs="fill=gradient",
        ),
    ] = ColourSpace.SRGB
    linear_colours: Annotated[
        tuple[Colour, Colour] | None,
        Param(
            "fill-gradient-linear",
            _COLOURS,
            f"First and last colour of a linear gradient. {_FROM_PICTURE}",
            needs=_LINEAR,
        ),
    ] = None
    linear_direction: Annotated[
        frozenset[Side],
        Param(
            "fill-gradient-linear-direction",
            kinds.SetOf(tuple(Side), kept=tuple(Side)),
            "Where the last colour is: at one side, or in the corner between two. Opposite sides "
            "cancel out; if nothing is left, it is at the bottom.",
            needs=_LINEAR,
        ),
    ] = frozenset({Side.BOTTOM})
    radial_colours: Annotated[
        tuple[Colour, Colour] | None,
        Param(
            "fill-gradient-radial",
            _COLOURS,
            f"Inner and outer colour of a radial gradient. {_FROM_PICTURE}",
            needs=_RADIAL,
        ),
    ] = None
    radial_radii: Annotated[
        tuple[Length, Length],
        Param(
            "fill-gradient-radial-radius",
            kinds.ListOf((_LENGTH,) * 2, "two radii"),
            "Where the first colour ends and where the second begins: pixels, times `dpr`, or "
            "fractions of the shorter side.",
            needs=_RADIAL,
        ),
    ] = _RADII
    radial_x: Annotated[
        Length,
        Param(
            "fill-gradient-radial-x",
            _LENGTH,
            "Centre of a radial gradient from the left: pixels, times `dpr`, or a fraction.",
            needs=_RADIAL,
        ),
    ] = _MIDDLE
    radial_y: Annotated[
        Length,
        Param(
            "fill-gradient-radial-y",
            _LENGTH,
            "Centre of a radial gradient from the top: pixels, times `dpr`, or a fraction.",
            needs=_RADIAL,
        ),
    ] = _MIDDLE

    @property
    def gradient_colours(self) -> tuple[Colour, Colour] | None:
        """The two colours of the gradient's shape, if the URL has them."""
        is_linear = self.gradient is GradientShape.LINEAR
        return self.linear_colours if is_linear else self.radial_colours

    @property
    def is_visible(self) -> bool:
        """Whether it fills the space with anything: a colour that is not transparent, or more."""
        is_clear = self.mode is FillMode.SOLID and self.colour.alpha == 0
        return self.mode is not None and not is_clear
