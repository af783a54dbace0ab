"""The edits of AWS's Dynamic Image Transformation, and what they are called here."""

from typing import Final

from infra.docs.product import Product

_KERNEL: Final = "no: free kernels; see `blur`, `sharp` and `usm`"
_FREE: Final = "no: free formulas; see the adjustments"

DIT: Final = Product(
    "Dynamic Image Transformation",
    "its edits, which are sharp's, and its query parameters, as of version 7; its filters are "
    "[thumbor's](#thumbor)",
    {
        "width, resize.width": "w",
        "height, resize.height": "h",
        "fit=cover": "fit=crop enlarge",
        "fit=contain": "fit=fill bg enlarge",
        "fit=fill": "fit=scale",
        "fit=inside": "fit=clip enlarge",
        "fit=outside": "fit=min enlarge",
        "resize.withoutEnlargement": "yes: always, unless `enlarge=true`",
        "resize.position": "crop",
        "resize.position=entropy": "crop=entropy",
        "resize.position=attention": "crop=focalpoint; found at ingest, or set by the owner",
        "resize.background": "bg",
        "resize.kernel": "no: Lanczos for every picture",
        "ratio, resize.ratio": "w h; as fractions: `w=0.5`",
        "smartCrop": "fit=facearea facepad faceindex",
        "roundCrop": "mask=ellipse",
        "extract": "rect",
        "trim": "trim trim-color trim-tol",
        "rotate": "rot",
        "flip": "flip=v",
        "flop": "flip=h",
        "extend": "pad pad-top pad-right pad-bottom pad-left bg",
        "flatten": "bg",
        "format, toFormat": "fm",
        "quality": "q",
        "AutoWebP": "auto=format; AVIF, too",
        "greyscale": "sat=-100",
        "tint": "monochrome",
        "blur": "blur",
        "sharpen": "usm usmrad",
        "median": "nr",
        "gamma": "gam",
        "negate": "invert",
        "normalize": "auto=enhance",
        "modulate": "exp sat hue",
        "linear": _FREE,
        "recomb": _FREE,
        "threshold": _FREE,
        "boolean": _FREE,
        "convolve": _KERNEL,
        "overlayWith": "mark mark-alpha mark-w mark-h mark-x mark-y",
        "contentModeration": "no: nothing is classified",
        "animated": "frame=1; animations stay animations without it",
        "bucket": "no: a deployment has one bucket of originals",
        "expires": "expires",
        "signature": "yes: `SIGNING_KEYS`, a setting of the deployment",
        "default fallback image": "yes: `FALLBACK_ORIGINAL`, a setting of the deployment",
    },
)
