"""imgix's parameters by category, and why we do not have some.

The names are those of imgix-url-params 11.35.0 (BSD-2-Clause).
"""

from typing import Final

PARAMETERS: Final = {
    "Size": ("ar crop fit h max-h max-w min-h min-w rect w"),
    "Automatic": ("auto"),
    "Background removal and replacement": (
        "bg-remove-fallback bg-remove-fg-type bg-remove-semi-transparency "
        "bg-remove-transparency-threshold bg-remove bg-replace-fallback bg-replace-neg-prompt "
        "bg-replace"
    ),
    "Fill": (
        "bg fill-color fill-gen-fallback fill-gen-neg-prompt fill-gen-pos fill-gen-prompt "
        "fill-gen-seed fill-gradient-cs fill-gradient-linear-direction fill-gradient-linear "
        "fill-gradient-radial-radius fill-gradient-radial-x fill-gradient-radial-y "
        "fill-gradient-radial fill-gradient-type fill grid-colors grid-size transparency"
    ),
    "Blending": (
        "blend-align blend-alpha blend-color blend-crop blend-fit blend-h blend-mode "
        "blend-pad blend-size blend-w blend-x blend-y blend"
    ),
    "Stylize": ("blur duotone-alpha duotone htn monochrome px sepia"),
    "Border and padding": (
        "border-bottom border-left border-radius-inner border-radius border-right "
        "border-stroke-color border-stroke-size border-top border pad-bottom pad-left "
        "pad-right pad-top pad"
    ),
    "Adjustment": ("bri con exp gam high hue invert sat shad sharp usm usmrad vib"),
    "Format": ("ch chromasub colorquant cs dl dpi fm iptc jpg-progressive lossless q svg-sanitize"),
    "Colour palette": ("colors palette prefix"),
    "Mask": ("corner-radius mask-bg mask"),
    "Pixel density": ("dpr"),
    "Expiration": ("expires"),
    "Face detection": ("face-blur face-pixel faceindex facepad faces"),
    "Rotation": ("flip orient rot-type rot"),
    "Focal point": ("fp-debug fp-x fp-y fp-z"),
    "Animation": ("fps frame interval loop reverse skip"),
    "Number plates": ("lp-blur"),
    "Watermark": (
        "mark-align mark-alpha mark-base mark-fit mark-h mark-if-min-height mark-if-min-width "
        "mark-pad mark-rot mark-scale mark-tile mark-w mark-x mark-y mark"
    ),
    "Noise reduction": ("nr nrs"),
    "Object removal": (
        "object-removal-negative-prompt object-removal-prompt object-removal-rect "
        "object-removal-seed"
    ),
    "PDF": ("page pdf-annotation"),
    "Miscellaneous": ("rasterize-bypass"),
    "Trim": ("trim-alpha trim-color trim-md trim-pad trim-sd trim-tol trim"),
    "Text": (
        "txt-align txt-clip txt-color txt-fit txt-font txt-line-color txt-line txt-pad "
        "txt-shad txt-size txt-width txt-x txt-y txt"
    ),
    "Typesetting": ("txt-lead txt-track"),
    "Super-resolution": ("upscale-fallback upscale"),
    "Video": ("video-bitrate video-clip-start video-clip-end video-codec video-thumbnail"),
}
"""The names of each category, separated by spaces."""

_GENERATED: Final = "no: generated content is not a task of an image CDN"
LATER: Final = "not yet"

REASONS: Final = {
    "Background removal and replacement": _GENERATED,
    "Object removal": _GENERATED,
    "Super-resolution": _GENERATED,
    "Video": "no: originals are pictures",
    "PDF": "no: no renderer of PDF has a licence and a size that fit a Lambda function",
    "Number plates": "no: no open model finds them reliably",
    "fill-gen-": _GENERATED,
    "mark-base": "no: write the whole key instead; a layer is an original of the same bucket",
    "ch": "`CLIENT_HINTS` is a setting of the deployment, for all URLs",
}
"""Why a category, a name or all names with a prefix are missing; for all others, "not yet"."""


def find_reason(category: str, name: str) -> str:
    """Return why a parameter is missing."""
    reasons = (text for key, text in REASONS.items() if key in {category, name})
    by_prefix = (text for key, text in REASONS.items() if key[-1] == "-" and name.startswith(key))
    return next(reasons, None) or next(by_prefix, None) or LATER
