"""What the edge does with a request: admits it under its canonical URI, or refuses it.

    length -> signature -> preset -> parse -> expiry -> client hints -> Save-Data -> Accept
        -> ladder -> canonical URI

Parameters without effect are dropped twice: after parsing, since they are ignored, and at the end,
since what was settled in between may leave others without effect.

The edge's JavaScript is this module's twin; vectors generated from here hold the two together.
A canonical path may come from a viewer too (the origin's hand-off of a large derivative points
at one). It is one more spelling: read, held to the policy and written again like any other. But
it leaves nothing open: neither hints nor Save-Data change it, and its `fm=auto-...` stays. Where
signatures are required it needs one as well: `/KEY/TRANSFORM?sig=...`.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, NamedTuple, TypeVar

from origin_lambda.errors import BadValue, Forbidden, UrlTooLong
from origin_lambda.url.grammar import (
    OriginalKey,
    canonical_path,
    pairs,
    parse,
    spelled,
    spelling,
    unescape,
)
from origin_lambda.url.inquiry import is_metadata_request
from origin_lambda.url.negotiate import negotiated
from origin_lambda.url.signature import KEY_NAME, SIGNATURE, refuse_expired, verify
from origin_lambda.url.transform import MAX_SIDE, TABLE, Transform
from origin_lambda.url.values import AutoQuality, Negotiated

LONGEST_URL: Final = 4096
"""Characters of path and query."""

MOST_PAIRS: Final = 100
"""Parameters of a query. Each costs the edge function time, of which it has little."""

PRESET: Final = "preset"
PRESET_EXPECTED: Final = "the name of one of this deployment's presets"
PRESET_NAME: Final = re.compile(r"[A-Za-z0-9._-]{1,64}", re.ASCII)

_RATIOS: Final = (1.0, 1.5, 2.0, 3.0)
"""The device pixel ratios a client hint is rounded up to: zoom levels make up any number."""
_WIDTH_STEP: Final = 100
"""What a hinted width is rounded up to a multiple of, where no ladder is set."""
_Number = TypeVar("_Number", int, float)
_HINTS: Final = ("Sec-CH-DPR", "Sec-CH-Width")
_HINTED_RATIO: Final = re.compile(r"[0-9]{1,3}(\.[0-9]{1,9})?", re.ASCII)
_HINTED_WIDTH: Final = re.compile(r"[0-9]{1,6}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What a deployment lets through.

    *keys* are the active signing secrets by name; *imgix_token* also admits imgix's `s`.
    *size_ladder* holds the widths in pixels that unsigned URLs' own are rounded up to, ascending;
    empty for none. *presets* are query strings by name. Where there are *open_parameters*, an
    unsigned URL may use these alone, and presets: so that nobody without a key can ask for more
    derivatives than presets times rungs times formats.

    Raises:
        ValueError: a name or the ladder is not usable; the message names the field.

    """

    keys: Mapping[str, str] = field(default_factory=dict, repr=False)
    require_signature: bool = False
    imgix_token: str | None = field(default=None, repr=False)
    size_ladder: tuple[int, ...] = ()
    presets: Mapping[str, str] = field(default_factory=dict)
    open_parameters: tuple[str, ...] | None = None
    client_hints: bool = False
    save_data: bool = True

    def __post_init__(self) -> None:
        if not all(map(KEY_NAME.fullmatch, self.keys)):
            message = "keys are named by 1 to 64 letters, digits, '-' or '_'"
            raise ValueError(message)
        if not all(map(PRESET_NAME.fullmatch, self.presets)):
            message = "presets are named by 1 to 64 letters, digits, '.', '_' or '-'"
            raise ValueError(message)
        if self.require_signature and not (self.keys or self.imgix_token):
            message = "require_signature needs a key, or an imgix_token"
            raise ValueError(message)
        if self.open_parameters is not None and not self.keys:
            message = "open_parameters need a key, by which the origin signs what it hands off"
            raise ValueError(message)
        unknown = set(self.open_parameters or ()) - {row.name for row in TABLE.rows}
        if unknown:
            message = f"open_parameters has {', '.join(sorted(unknown))}, which is no parameter"
            raise ValueError(message)
        rungs = self.size_ladder
        if list(rungs) != sorted(set(rungs)) or not all(0 < rung <= MAX_SIDE for rung in rungs):
            message = f"size_ladder must ascend, from 1 to at most {MAX_SIDE}"
            raise ValueError(message)


class BareOriginals(StrEnum):
    """How a URL is answered that asks nothing of the picture (docs/decisions/0036).

    CLEAN: by the original without its metadata. AS_IS: by the original's own bytes. REFUSE: by 403.
    """

    CLEAN = "clean"
    AS_IS = "as-is"
    REFUSE = "refuse"


class Admission(NamedTuple):
    """Which original a request asks for, made into what, with nothing left open.

    *vary* names the request headers that the transform was settled by, *expires* is the Unix time
    from which the URL may not be used.
    """

    key: OriginalKey
    transform: Transform
    vary: tuple[str, ...] = ()
    expires: int | None = None


def admit(path: str, query: str, headers: Mapping[str, str], policy: Policy, now: float) -> str:
    """Return the canonical URI of a request, percent-encoded and without a query.

    Raises what `admitted` raises.
    """
    admission = admitted(path, query, headers, policy, now)
    return canonical_path(admission.key, admission.transform)


def admitted(
    path: str, query: str, headers: Mapping[str, str], policy: Policy, now: float
) -> Admission:
    """Return what a request asks for.

    *path* and *query* are percent-encoded as sent, *headers* named in lower case, *now* is in
    Unix seconds.

    Raises:
        UrlTooLong: path and query have more than 4,096 characters, or 100 parameters.
        Forbidden: a signature is wrong, or missing where the policy requires one.
        BadKey: the path names no key.
        BadValue: a known parameter, or `preset`, has a value that it does not accept.
        Expired: the URL is past its `expires`.

    """
    _refuse_long(path, query)
    signed = verify(path, query, policy.keys, policy.imgix_token)
    if policy.require_signature and not signed:
        message = "the URL must be signed"
        raise Forbidden(message, param=SIGNATURE)
    if policy.open_parameters is not None and not signed:
        _refuse_closed(parse(path, query).transform, policy.open_parameters)
    asked = parse(path, with_preset(query, policy.presets))
    refuse_expired(asked.access, now)
    transform = TABLE.drop_ineffective(asked.transform)
    vary: tuple[str, ...] = ()
    if not asked.is_canonical:
        vary = _varies_by(transform, policy)
        transform = apply_save_data(apply_client_hints(transform, headers, policy), headers, policy)
    transform = negotiated(transform, headers.get("accept", ""))
    if not signed:
        transform = snap_to_ladder(transform, _own_names(query), policy.size_ladder)
    if isinstance(transform.output.format, Negotiated):
        vary = ("Accept", *vary)
    return Admission(asked.key, TABLE.drop_ineffective(transform), vary, asked.access.expires)


def _varies_by(transform: Transform, policy: Policy) -> tuple[str, ...]:
    """Return which hints of the browser an answer may depend on, whether they were sent or not."""
    if keeps_bytes(transform) or is_metadata_request(transform):
        return ()
    hinted = policy.client_hints and transform.size.dpr == 1
    saves = policy.save_data and transform.output.quality is AutoQuality.AUTO
    return (*(_HINTS if hinted else ()), *(("Save-Data",) if saves else ()))


def _refuse_closed(transform: Transform, open_parameters: tuple[str, ...]) -> None:
    for name, text in sorted(spelled(transform)):
        if name not in open_parameters:
            message = f"{name} may be used in signed URLs only"
            raise Forbidden(message, param=name)
        if name in {"w", "h"} and "." in text:
            message = f"{name} may be a fraction in signed URLs only"
            raise Forbidden(message, param=name)


def with_preset(query: str, presets: Mapping[str, str]) -> str:
    """Return the query with its preset spelled out in front, so that the URL's own words win.

    Raises:
        BadValue: no preset has the name that `preset` gives.

    """
    named = [value for name, value in pairs(query) if name == PRESET and value]
    if not named:
        return query
    try:
        return f"{presets[unescape(named[-1].replace('+', ' '))]}&{query}"
    except (KeyError, ValueError) as error:
        message = f"{PRESET} accepts {PRESET_EXPECTED}"
        raise BadValue(message, param=PRESET) from error


def _own_names(query: str) -> frozenset[str] | None:
    """Return which parameters a URL with a preset has itself; None without a preset."""
    names = {name for name, value in pairs(query) if value}
    if PRESET not in names:
        return None
    return frozenset(row.name for row in map(spelling, names) if row)


def keeps_bytes(transform: Transform) -> bool:
    """Whether nothing is asked of the picture itself: its compressed pixels are the original's."""
    return transform == Transform(delivery=transform.delivery)


def _refuse_long(path: str, query: str) -> None:
    if len(path) + bool(query) + len(query) > LONGEST_URL:
        message = f"the URL is longer than {LONGEST_URL} bytes"
        raise UrlTooLong(message)
    if query.count("&") >= MOST_PAIRS:
        message = f"the URL has more than {MOST_PAIRS} parameters"
        raise UrlTooLong(message)


def apply_client_hints(
    transform: Transform, headers: Mapping[str, str], policy: Policy
) -> Transform:
    """Return the transform with the size that the browser hints at, where the URL left it open.

    `Sec-CH-DPR` becomes `dpr` beside a `w` or `h` in pixels; `dpr=1` counts as none.
    `Sec-CH-Width`, which counts device pixels, becomes `w` where no size is given at all. Both
    are rounded up to a few rungs, or every zoom level would be a derivative of its own.
    """
    if not policy.client_hints or keeps_bytes(transform) or transform.size.dpr != 1:
        return transform
    ratio, width = headers.get("sec-ch-dpr", ""), headers.get("sec-ch-width", "")
    if isinstance(transform.size.width, int) or isinstance(transform.size.height, int):
        if not _HINTED_RATIO.fullmatch(ratio):
            return transform
        return transform.replace("size", dpr=_rung(float(ratio), _RATIOS))
    unsized = transform.size.width is None and transform.size.height is None
    if not unsized or not _HINTED_WIDTH.fullmatch(width) or not int(width):
        return transform
    rungs = policy.size_ladder or (math.ceil(int(width) / _WIDTH_STEP) * _WIDTH_STEP,)
    return transform.replace("size", width=min(_rung(int(width), rungs), MAX_SIDE))


def apply_save_data(transform: Transform, headers: Mapping[str, str], policy: Policy) -> Transform:
    """Return the transform with `q=auto-eco` for `Save-Data: on`, where quality is ours to pick."""
    saving = policy.save_data and headers.get("save-data", "").lower() == "on"
    if not saving or transform.output.quality is not AutoQuality.AUTO or keeps_bytes(transform):
        return transform
    return transform.replace("output", quality=AutoQuality.ECO)


def snap_to_ladder(
    transform: Transform, own: frozenset[str] | None, ladder: tuple[int, ...]
) -> Transform:
    """Return the transform with its width, or else its height, rounded up to the ladder's rung.

    Above the top rung it is the top rung. A height beside a width is scaled along, so that the
    box keeps its shape. Fractions of the original stay as they are. So does what is not among the
    URL's *own* parameters: the size of a preset is the deployment's choice, and scaling it by what
    a stranger asks for would make a derivative of every width.
    """
    width, height = (
        side if isinstance(side, int) and (own is None or name in own) else None
        for name, side in (("w", transform.size.width), ("h", transform.size.height))
    )
    if not ladder:
        return transform
    if width is not None:
        rung = _rung(width, ladder)
        if height is not None:
            scaled = max(1, min(MAX_SIDE, math.floor(height * rung / width + 0.5)))
            return transform.replace("size", width=rung, height=scaled)
        return transform.replace("size", width=rung)
    if height is not None:
        return transform.replace("size", height=_rung(height, ladder))
    return transform


def _rung(asked: float, rungs: tuple[_Number, ...]) -> _Number:
    return next((rung for rung in rungs if rung >= asked), rungs[-1])
