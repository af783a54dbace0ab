"""Format and quality of the result."""

from dataclasses import dataclass
from typing import Annotated, Final

from origin_lambda.url import kinds
from origin_lambda.url.params.param import INFO, Group, Param
from origin_lambda.url.values import Auto, AutoQuality, Chroma, Format, Info, Negotiated

_FORMAT: Final = kinds.OneOf(
    (*Format, *Info),
    others=(("jpeg", Format.JPEG), ("png32", Format.PNG)),
    hidden=tuple(Negotiated),
)
_GRADES: Final = ("low", "eco", "good", "best")
_LOSSY: Final = "!fm=png,png8,gif"


@dataclass(frozen=True, slots=True, kw_only=True)
class Output(Group):
    """The format of the result, and its quality."""

    title = "Format and quality"
    needs = "!palette"

    format: Annotated[
        Format | Negotiated | Info | None,
        Param(
            "fm",
            _FORMAT,
            "Format of the result. Without it: the original's format, if browsers can show that. "
            "`pjpg` is a progressive JPEG, which takes longer to encode. "
            "`json`, `blurhash` and `thumbhash` (ours) answer with metadata instead; see below. "
            "`jpeg` means `jpg`, and `png32` means `png`.",
            hints=(
                ("auto", "did you mean auto=format?"),
                ("jxl", "JPEG XL is not supported: use fm=avif"),
                ("jp2", "JPEG 2000 is not supported: use fm=avif"),
                ("jxr", "JPEG XR is not supported: use fm=avif"),
                ("mp4", "video is not supported: use fm=webp"),
                ("webm", "video is not supported: use fm=webp"),
            ),
        ),
    ] = None
    auto: Annotated[
        frozenset[Auto],
        Param(
            "auto",
            kinds.SetOf(tuple(Auto), kept=(Auto.FORMAT, Auto.ENHANCE, Auto.REDEYE)),
            "`format` picks the best "
            "format that the browser can show, unless `fm` is given. `enhance` adjusts contrast, "
            "middle tones and vibrance to the picture; those that the URL sets stay. `redeye` "
            "corrects red pupils in the eyes of the faces that ingest found. imgix's other values "
            "are accepted and have no effect.",
            needs=f"!fm={INFO} !fm|auto=enhance,redeye",
            hints=(("webp", "did you mean auto=format?"), ("avif", "did you mean auto=format?")),
        ),
    ] = frozenset()
    quality: Annotated[
        int | AutoQuality,
        Param(
            "q",
            kinds.Quality(),
            "Quality on JPEG's scale; the same value looks the same in every format. "
            "`auto` and its grades are ours.",
            hints=tuple((word, f"did you mean q=auto-{word}?") for word in _GRADES),
            needs=f"!fm={INFO} {_LOSSY}",
        ),
    ] = AutoQuality.AUTO
    lossless: Annotated[
        bool,
        Param(
            "lossless",
            kinds.Flag(),
            "Keep every pixel exact. Only in WebP, which `auto=format` then picks; no effect in "
            "other formats.",
            needs=f"!fm={INFO} {_LOSSY} !fm=jpg,pjpg,avif,auto-jpg",
            is_rare=True,
        ),
    ] = False
    chroma: Annotated[
        Chroma | None,
        Param(
            "chromasub",
            kinds.OneOf(tuple(Chroma)),
            "Chroma subsampling of JPEG and AVIF. Default: 420, or 444 if the original needs it.",
            needs=f"!fm={INFO} {_LOSSY} !fm=webp",
            is_rare=True,
        ),
    ] = None
