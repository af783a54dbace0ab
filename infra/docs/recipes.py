"""Recipes: whole layouts in one URL, each with a picture and what to change.

docs/recipes/README.md is written from them, and the real pipeline makes its pictures.
"""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Recipe:
    """A layout: the parts of its *query*, and what to know about it in three *lines*."""

    name: str
    title: str
    original: str
    query: tuple[str, ...]
    lines: tuple[str, str, str]


_TITLE: Final = "A%20path%20to%20snowy%20mountains"
_PRICE: Final = "Half%20a%20fig%0A%E2%82%AC%202.40"

RECIPES: Final = (
    Recipe(
        "watermark",
        "Watermark",
        "mountains.jpg",
        ("w=600", "mark=_layers/logo.png", "mark-scale=12", "mark-pad=16", "mark-alpha=85"),
        (
            "`mark-scale` is a percentage of the picture's width, so one URL fits all sizes.",
            "`mark-tile=grid` repeats the logo over the whole picture.",
            "Sign the URL, or put it into a preset: else a visitor can leave `mark` out.",
        ),
    ),
    Recipe(
        "avatar",
        "Avatar with a badge",
        "astronaut.jpg",
        (
            "w=160",
            "h=160",
            "fit=facearea",
            "facepad=2",
            "mask=ellipse",
            "mark=_layers/logo.png",
            "mark-scale=32",
            "mark-pad=0",
        ),
        (
            "`fit=facearea` finds the face; `facepad` is the room around it.",
            "The badge is drawn after the mask, so the circle does not cut it.",
            "The corners are transparent: use `auto=format`, or `fm=webp` or `fm=png`.",
        ),
    ),
    Recipe(
        "product-card",
        "Product card with a price",
        "fig.jpg",
        (
            "w=360",
            "h=460",
            "fit=crop",
            "pad-bottom=100",
            "bg=fff",
            "border=1,ddd",
            f"txt={_PRICE}",
            "txt-size=28",
            "txt-font=sans-serif,bold",
            "txt-align=bottom,center",
            "txt-pad=18",
        ),
        (
            "`pad-bottom` makes room for the text, in the colour `bg`.",
            "`%0A` starts a new line; any script works.",
            "`mark=_layers/sale.png` with `mark-align=top,right` adds a badge.",
        ),
    ),
    Recipe(
        "open-graph",
        "Open Graph card, 1200x630",
        "mountains.jpg",
        (
            "w=1200",
            "h=630",
            "fit=crop",
            "blend-color=90102030",
            "blend-mode=normal",
            f"txt={_TITLE}",
            "txt-size=84",
            "txt-font=serif,bold",
            "txt-color=fff",
            "txt-align=middle,left",
            "txt-pad=80",
            "txt-width=860",
            "mark=_layers/logo.png",
            "mark-w=120",
            "mark-pad=60",
            "q=75",
        ),
        (
            "`blend-color` darkens the photograph, so that white text is readable on any picture.",
            "A long title is wrapped; `txt-fit=max` makes it smaller instead.",
            'In the page: `<meta property="og:image" content="https://...">`.',
        ),
    ),
    Recipe(
        "before-after",
        "Before and after",
        "sunset.jpg",
        (
            "w=500",
            "blend=_layers/sunset.jpg%3Frect%3Dleft,top,0.5,1.0%26sat%3D-100",
            "blend-h=1.0",
            "blend-align=left",
            "blend-mode=normal",
        ),
        (
            "The layer has a transform of its own, behind a `?` that is written as `%3F`.",
            "Here it is the left half of the same photograph, without colours.",
            "`blend-alpha` shows both at once.",
        ),
    ),
    Recipe(
        "contact-sheet",
        "Contact sheet",
        "mountains.jpg",
        (
            "w=624",
            "h=200",
            "fit=crop",
            "pad-right=424",
            "bg=fff",
            "blend=_layers/sunset.jpg",
            "blend-w=200",
            "blend-h=200",
            "blend-fit=crop",
            "blend-mode=normal",
            "blend-x=212",
            "blend-y=0",
            "mark=_layers/dandelion.jpg",
            "mark-w=200",
            "mark-h=200",
            "mark-fit=crop",
            "mark-x=424",
            "mark-y=0",
        ),
        (
            "`pad-right` makes room for two more pictures.",
            "`blend` and `mark` fill it: a URL can show three originals at most.",
            "If one of them is replaced, the sheet is made again.",
        ),
    ),
)
