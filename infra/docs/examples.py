"""The pictures of the URL reference: for each parameter, requests that show what it does.

The files are in infra/demo/originals, which names their authors and licences.
"""

from typing import Final

SUBJECTS: Final = {
    "astronaut.jpg": "an astronaut in an orange suit",
    "calotype.png": "a round aperture on a transparent ground",
    "cat.jpg": "the face of a cat",
    "dandelion.jpg": "dandelions in a meadow",
    "dogs.jpg": "two dogs at a window",
    "fig.jpg": "half a fig in a red bowl",
    "framed.jpg": "half a fig in a red bowl, with a broad border",
    "mountains.jpg": "a path to snowy mountains",
    "orbit.gif": "a moon that orbits a planet",
    "sunset.jpg": "the sun above a dark hill",
}
"""What each original shows, for people who cannot see the pictures."""

MADE: Final = {"framed.jpg": "fig.jpg?w=500&pad=60&pad-bottom=90&bg=f3e9d2"}
"""Originals that are made from others."""

_GRADIENT: Final = "cat.jpg?w=140&h=170&fit=fill&fill=gradient"
_LINEAR: Final = f"{_GRADIENT}&fill-gradient-linear=2b1055,ffd9a0"
_RADIAL: Final = f"{_GRADIENT}&fill-gradient-type=radial&fill-gradient-radial=ffd9a0,2b1055"
_TEXT: Final = "sunset.jpg?w=180&txt=Sunset&txt-size=30&txt-color=fff"
_LONG: Final = "sunset.jpg?w=180&txt=The%20sun%20above%20a%20hill&txt-size=26&txt-color=fff"

_MARKED: Final = "mountains.jpg?w=150&mark=_layers/logo.png"
_BLENDED: Final = "dogs.jpg?w=140&h=105&fit=crop&blend=_layers/sunset.jpg"

EXAMPLES: Final[dict[str, tuple[str, ...]]] = {
    "w": ("mountains.jpg?w=100",),
    "h": ("mountains.jpg?h=100",),
    "ar": ("mountains.jpg?w=200&ar=21:9&fit=crop",),
    "min-w": ("mountains.jpg?h=60&fit=crop&min-w=180",),
    "max-w": ("mountains.jpg?h=150&fit=crop&max-w=80",),
    "min-h": ("mountains.jpg?w=80&fit=crop&min-h=150",),
    "max-h": ("mountains.jpg?w=180&fit=crop&max-h=60",),
    "fit": (
        "dandelion.jpg?w=140&h=140&fit=clip",
        "dandelion.jpg?w=140&h=140&fit=crop",
        "dandelion.jpg?w=140&h=140&fit=fill&bg=teal",
        "dandelion.jpg?w=140&h=140&fit=scale",
        "cat.jpg?w=140&h=140&fit=clamp",
        "astronaut.jpg?w=140&h=140&fit=facearea&facepad=2",
    ),
    "enlarge": ("cat.jpg?rect=130,80,90,70&w=180&enlarge=true",),
    "rect": ("cat.jpg?rect=90,50,300,200",),
    "crop": (
        "dandelion.jpg?w=130&h=130&fit=crop&crop=left",
        "dandelion.jpg?w=130&h=130&fit=crop&crop=right",
        "astronaut.jpg?w=180&h=90&fit=crop&crop=faces",
    ),
    "trim": ("framed.jpg?trim=auto",),
    "trim-color": ("framed.jpg?trim=color&trim-color=f3e9d2",),
    "trim-tol": ("framed.jpg?trim=color&trim-tol=40",),
    "trim-pad": ("framed.jpg?trim=auto&trim-pad=20",),
    "fp-x": ("dandelion.jpg?w=90&h=130&fit=crop&crop=focalpoint&fp-x=0.3",),
    "fp-y": ("mountains.jpg?w=180&h=80&fit=crop&crop=focalpoint&fp-y=0.9",),
    "fp-z": ("dandelion.jpg?w=130&h=130&fit=crop&crop=focalpoint&fp-x=0.29&fp-y=0.3&fp-z=2",),
    "fp-debug": ("astronaut.jpg?w=180&h=120&fit=crop&crop=faces&fp-debug=true",),
    "facepad": ("astronaut.jpg?w=140&h=140&fit=facearea&facepad=3",),
    "face-blur": ("astronaut.jpg?face-blur=60",),
    "face-pixel": ("astronaut.jpg?face-pixel=10",),
    "orient": ("dogs.jpg?orient=1",),
    "flip": ("cat.jpg?flip=h",),
    "rot": ("cat.jpg?rot=15",),
    "rot-type": ("cat.jpg?rot=15&rot-type=pivot",),
    "bg": ("calotype.png?w=140&bg=2f4858",),
    "pad": ("fig.jpg?pad=12&bg=ffcc80",),
    "pad-top": ("fig.jpg?pad-top=24&bg=ffcc80",),
    "pad-right": ("fig.jpg?pad-right=24&bg=ffcc80",),
    "pad-bottom": ("fig.jpg?pad-bottom=24&bg=ffcc80",),
    "pad-left": ("fig.jpg?pad-left=24&bg=ffcc80",),
    "fill": (
        "fig.jpg?w=140&h=170&fit=fill&fill=solid&fill-color=2f4858",
        "fig.jpg?w=140&h=170&fit=fill&fill=blur",
        "fig.jpg?w=140&h=170&fit=fill&fill=gradient",
    ),
    "fill-color": ("calotype.png?w=200&h=140&fit=fill&fill=solid&fill-color=ffcc80",),
    "fill-gradient-type": (f"{_GRADIENT}&fill-gradient-type=radial",),
    "fill-gradient-cs": (f"{_GRADIENT}&fill-gradient-linear=00f,ff0&fill-gradient-cs=oklab",),
    "fill-gradient-linear": (_LINEAR,),
    "fill-gradient-linear-direction": (f"{_LINEAR}&fill-gradient-linear-direction=right",),
    "fill-gradient-radial": (_RADIAL,),
    "fill-gradient-radial-radius": (f"{_RADIAL}&fill-gradient-radial-radius=0.3,0.6",),
    "fill-gradient-radial-x": (f"{_RADIAL}&fill-gradient-radial-x=0.1",),
    "fill-gradient-radial-y": (f"{_RADIAL}&fill-gradient-radial-y=0.1",),
    "exp": ("mountains.jpg?exp=15", "mountains.jpg?exp=-20"),
    "gam": ("mountains.jpg?gam=50",),
    "shad": ("sunset.jpg?shad=80",),
    "high": ("mountains.jpg?high=-80",),
    "bri": ("mountains.jpg?bri=25",),
    "con": ("mountains.jpg?con=40",),
    "vib": ("dandelion.jpg?vib=100",),
    "hue": ("fig.jpg?hue=120",),
    "sat": ("fig.jpg?sat=60", "fig.jpg?sat=-70"),
    "invert": ("fig.jpg?invert=true",),
    "nr": ("cat.jpg?rect=130,80,200,130&nr=100&nrs=0",),
    "nrs": ("cat.jpg?rect=130,80,200,130&nr=20&nrs=100",),
    "sharp": ("cat.jpg?sharp=100",),
    "usm": ("cat.jpg?usm=100",),
    "usmrad": ("cat.jpg?usm=60&usmrad=20",),
    "blur": ("cat.jpg?blur=300",),
    "px": ("cat.jpg?px=8",),
    "htn": ("cat.jpg?htn=5",),
    "sepia": ("cat.jpg?sepia=90",),
    "duotone": ("cat.jpg?duotone=2b1055,ffd9a0",),
    "duotone-alpha": ("cat.jpg?duotone=2b1055,ffd9a0&duotone-alpha=50",),
    "monochrome": ("cat.jpg?monochrome=66b2ff",),
    "border": ("fig.jpg?border=8,2f4858",),
    "border-top": ("fig.jpg?border=4,2f4858&border-top=20",),
    "border-right": ("fig.jpg?border=4,2f4858&border-right=20",),
    "border-bottom": ("fig.jpg?border=4,2f4858&border-bottom=20",),
    "border-left": ("fig.jpg?border=4,2f4858&border-left=20",),
    "border-radius": ("fig.jpg?border=6,2f4858&border-radius=30",),
    "border-radius-inner": ("fig.jpg?border=12,2f4858&border-radius-inner=30",),
    "border-stroke-size": (
        "fig.jpg?border=12,fc8&border-stroke-color=2f4858&border-stroke-size=3",
    ),
    "border-stroke-color": (
        "fig.jpg?border=12,ffcc80&border-stroke-size=1&border-stroke-color=c00",
    ),
    "mask": ("astronaut.jpg?w=140&mask=ellipse", "astronaut.jpg?w=140&mask=corners"),
    "corner-radius": ("astronaut.jpg?w=140&mask=corners&corner-radius=70,10,70,10",),
    "mask-bg": ("astronaut.jpg?w=140&mask=ellipse&mask-bg=ffcc80",),
    "transparency": ("calotype.png?w=140&transparency=grid",),
    "grid-colors": ("calotype.png?w=140&transparency=grid&grid-colors=ffcc80,fff3e0",),
    "grid-size": ("calotype.png?w=140&transparency=grid&grid-size=14",),
    "txt": (_TEXT,),
    "txt-align": (f"{_TEXT}&txt-align=top,left",),
    "txt-clip": (
        f"{_LONG}&txt-clip=end",
        f"{_LONG}&txt-clip=ellipsis",
        f"{_LONG}&txt-clip=middle,ellipsis",
    ),
    "txt-color": ("sunset.jpg?w=180&txt=Sunset&txt-size=30&txt-color=ffd9a0",),
    "txt-fit": (f"{_LONG}&txt-fit=max",),
    "txt-font": (f"{_TEXT}&txt-font=serif,bold,italic", f"{_TEXT}&txt-font=monospace"),
    "txt-lead": (f"{_LONG}&txt-lead=12",),
    "txt-line": (f"{_TEXT}&txt-line=3&txt-line-color=2b1055",),
    "txt-line-color": (f"{_TEXT}&txt-line=2&txt-line-color=c00",),
    "txt-lines": (f"{_LONG}&txt-size=40&txt-lines=2&txt-clip=ellipsis",),
    "txt-pad": (f"{_TEXT}&txt-pad=30",),
    "txt-rot": (f"{_TEXT}&txt-rot=-12&txt-align=middle,center",),
    "txt-shad": ("mountains.jpg?w=180&txt=Path&txt-size=44&txt-color=fff&txt-shad=8",),
    "txt-size": ("sunset.jpg?w=180&txt=Sunset&txt-size=44&txt-color=fff",),
    "txt-track": (f"{_TEXT}&txt-track=6",),
    "txt-width": (f"{_LONG}&txt-width=120",),
    "txt-x": (f"{_TEXT}&txt-x=20",),
    "txt-y": (f"{_TEXT}&txt-y=20",),
    "auto": ("dogs.jpg?auto=enhance",),
    "frame": ("orbit.gif?frame=12",),
    "fps": ("orbit.gif?fps=4",),
    "reverse": ("orbit.gif?reverse=true",),
    "q": ("cat.jpg?q=10",),
    "colorquant": ("dandelion.jpg?fm=png8&colorquant=8",),
    "mark": (f"{_MARKED}&mark-w=60",),
    "mark-w": (f"{_MARKED}&mark-w=0.5",),
    "mark-scale": (f"{_MARKED}&mark-scale=15",),
    "mark-fit": (f"{_MARKED}&mark-w=90&mark-h=50&mark-fit=scale",),
    "mark-align": (f"{_MARKED}&mark-w=40&mark-align=left,top",),
    "mark-pad": (f"{_MARKED}&mark-w=40&mark-pad=20",),
    "mark-x": (f"{_MARKED}&mark-w=40&mark-x=20",),
    "mark-alpha": (f"{_MARKED}&mark-w=60&mark-alpha=40",),
    "mark-rot": (f"{_MARKED}&mark-w=70&mark-h=30&mark-fit=scale&mark-rot=30",),
    "mark-tile": (f"{_MARKED}&mark-w=24&mark-tile=grid&mark-pad=16&mark-alpha=60",),
    "blend": (f"{_BLENDED}&blend-size=inherit",),
    "blend-color": ("dogs.jpg?w=140&h=105&fit=crop&blend-color=2b1055&blend-mode=screen",),
    "blend-mode": tuple(
        f"{_BLENDED}&blend-size=inherit&blend-mode={mode}"
        for mode in ("multiply", "screen", "hardlight", "difference", "color", "luminosity")
    ),
    "blend-alpha": (f"{_BLENDED}&blend-size=inherit&blend-mode=normal&blend-alpha=50",),
    "blend-size": (f"{_BLENDED}&blend-size=inherit&blend-mode=lighten",),
    "blend-w": (f"{_BLENDED}&blend-w=0.5&blend-mode=normal",),
    "blend-fit": (f"{_BLENDED}&blend-w=80&blend-h=80&blend-fit=crop&blend-mode=normal",),
    "blend-crop": (
        f"{_BLENDED}&blend-w=40&blend-h=90&blend-fit=crop&blend-crop=left&blend-mode=normal",
    ),
    "blend-align": (f"{_BLENDED}&blend-w=70&blend-align=right,bottom&blend-mode=normal",),
    "blend-x": (f"{_BLENDED}&blend-w=70&blend-x=10&blend-mode=normal",),
}
"""By parameter: originals, each with a query. Without `w` and `h` a picture is 200 pixels wide."""

_NO_PIXELS: Final = "does not change the picture"
_ALIKE: Final = "looks the same"

_TITLE: Final = "w=360&h=240&fit=crop&txt=Picos%20de%20Europa&txt-size=30&txt-font=serif,bold"

TOUR: Final = (
    ("w=360", "any width"),
    ("w=360&h=240&fit=crop&crop=focalpoint&fp-x=0.7&fp-y=0.4&fp-z=2", "any crop"),
    ("w=360&h=240&fit=crop&duotone=2b1055,ffd9a0", "any look"),
    ("w=360&h=240&fit=crop&mask=corners&corner-radius=60", "any shape"),
    ("w=360&h=240&fit=crop&mark=_layers/logo.png&mark-scale=20&mark-pad=14", "watermarks"),
    (f"{_TITLE}&txt-color=fff&txt-shad=5&txt-align=bottom,left&txt-pad=18", "text"),
)
"""The pictures at the beginning of the README: queries for TOUR_ORIGINAL, and what they show."""

TOUR_ORIGINAL: Final = "mountains.jpg"

REASONS: Final = {
    "txt-font-file": "needs a font of your own",
    "mark-if-min-width": "draws the watermark or leaves it out",
    "mark-if-min-height": "draws the watermark or leaves it out",
    "mark-optional": "matters only if the watermark's original is missing",
    "mark-h": "sets the size as `mark-w` does",
    "mark-y": "places the watermark as `mark-x` does",
    "blend-h": "sets the size as `blend-w` does",
    "blend-y": "places the picture as `blend-x` does",
    "blend-pad": "a distance as `mark-pad` is",
    "dpr": "the same picture with more pixels",
    "fm": _ALIKE,
    "trim-alpha": "trims like `trim-tol`, by alpha",
    "trim-md": "trims like `trim-tol`, by the mean of a line",
    "trim-sd": "trims like `trim-tol`, by the deviation in a line",
    "faceindex": "needs a picture of several people",
    "interval": "shows fewer frames, as `fps` does",
    "skip": "shows fewer frames, as `fps` does",
    "loop": "how often an animation is played",
    "max-bytes": "a lower quality, as `q` does",
    "jpg-progressive": _ALIKE,
    "dpi": _NO_PIXELS,
    "cs": _ALIKE,
    "iptc": _NO_PIXELS,
    "svg-sanitize": _NO_PIXELS,
    "rasterize-bypass": "keeps an SVG as it is",
    "lossless": _ALIKE,
    "chromasub": _ALIKE,
    "information": "describes the original instead",
    "delivery": _NO_PIXELS,
    "access": _NO_PIXELS,
}
"""Why a parameter, or all of a group, has no picture."""
