"""Admits a request under its canonical URI, or refuses it, as the edge does.

    length -> signature -> preset -> parse -> expiry -> client hints -> Save-Data -> Accept
        -> ladder -> canonical URI

Parameters without effect are dropped twice: after parsing, and at the end, because the steps in
between can leave others without effect.

The edge's JavaScript does the same; test vectors generated from here check that.

A viewer can send a canonical path too: a redirect to a large derivative points at one. It is
parsed, checked and written like any other spelling. Client hints and Save-Data do not change it,
and its `fm=auto-...` stays. If signatures are required it needs one: `/KEY/TRANSFORM?sig=...`.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, NamedTuple, TypeVar

from origin_lambda.errors import BadValue, Forbidden, UnknownParameter, UrlTooLong
from origin_lambda.url.grammar import (
    OriginalKey,
    canonical_path,
    find_row,
    format_pairs,
    parse,
    split_query,
    unescape,
)
from origin_lambda.url.ignored import find_ignored
from origin_lambda.url.inquiry import is_metadata_request
from origin_lambda.url.negotiate import negotiate
from origin_lambda.url.signature import KEY_NAME, SIGNATURE, refuse_expired, verify
from origin_lambda.url.transform import MAX_SIDE, TABLE, Transform
from origin_lambda.url.values import AutoQuality, Negotiated

LONGEST_URL: Final = 4096
"""The most characters that path and query can have."""

MOST_PAIRS: Final = 100
"""The most parameters that a query can have: the edge function has little time for each."""

PARAM: Final = "PARAM"
"""Stands for the name of a parameter in the messages below."""

TOO_LONG: Final = f"the URL is longer than {LONGEST_URL} bytes"
TOO_MANY: Final = f"the URL has more than {MOST_PAIRS} parameters"
UNSIGNED: Final = "the URL must be signed"
SIGNED_ONLY: Final = f"{PARAM} may be used in signed URLs only"
NO_FRACTION: Final = f"{PARAM} may be a fraction in signed URLs only"
NO_PARAMETER: Final = f"{PARAM} is no parameter"

PRESET: Final = "preset"
PRESET_EXPECTED: Final = "the name of one of this deployment's presets"
PRESET_NAME: Final = re.compile(r"[A-Za-z0-9._-]{1,64}", re.ASCII)

_RATIOS: Final = (1.0, 1.5, 2.0, 3.0)
"""Device pixel ratios that a client hint is rounded up to: browser zoom gives any number."""
_WIDTH_STEP: Final = 100
"""A hinted width is rounded up to a multiple of this, where no ladder is set."""
_Number = TypeVar("_Number", int, float)
_HINTS: Final = ("Sec-CH-DPR", "Sec-CH-Width")
_HINTED_RATIO: Final = re.compile(r"[0-9]{1,3}(\.[0-9]{1,9})?", re.ASCII)
_HINTED_WIDTH: Final = re.compile(r"[0-9]{1,6}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """The requests that a deployment admits.

    *keys* are the active signing secrets by name; *imgix_token* also admits imgix's `s`.
    *size_ladder*: the widths of unsigned URLs are rounded up to these, in pixels, ascending; empty
    for none. *presets* are query strings by name. With *open_parameters*, an unsigned URL can only
    use these and presets. So without a key one can request at most presets x rungs x formats.
    With *strict_parameters*, a URL with a name that is no parameter is refused.

    Raises:
        ValueError: a field has a value that is not accepted; the message names the field.

    """

    keys: Mapping[str, str] = field(default_factory=dict, repr=False)
    require_signature: bool = False
    imgix_token: str | None = field(default=None, repr=False)
    size_ladder: tuple[int, ...] = ()
    presets: Mapping[str, str] = field(default_factory=dict)
    open_parameters: tuple[str, ...] | None = None
    client_hints: bool = False
    save_data: bool = True
    strict_parameters: bool = False

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
        unknown = set(self.open_parameters or ()) - {row.name for row in TABLE.rows}
        if unknown:
            message = f"open_parameters has {', '.join(sorted(unknown))}, which is no parameter"
            raise ValueError(message)
        rungs = self.size_ladder
        if list(rungs) != sorted(set(rungs)) or not all(0 < rung <= MAX_SIDE for rung in rungs):
            message = f"size_ladder must ascend, from 1 to at most {MAX_SIDE}"
            raise ValueError(message)


class BareOriginals(StrEnum):
    """The answer to a URL without a transform (docs/decisions/0036).

    CLEAN: the original without its metadata. AS_IS: the original's own bytes. REFUSE: a 403.
    """

    CLEAN = "clean"
    AS_IS = "as-is"
    REFUSE = "refuse"


class Admission(NamedTuple):
    """An admitted request: the original and the final transform.

    *vary* names the request headers that the transform depends on. *expires* is the Unix time after
    which the URL is refused. *ignored* are the names in the query that are no parameter.
    """

    key: OriginalKey
    transform: Transform
    vary: tuple[str, ...] = ()
    expires: int | None = None
    ignored: tuple[str, ...] = ()


def admit_uri(path: str, query: str, headers: Mapping[str, str], policy: Policy, now: float) -> str:
    """Return the canonical URI of a request, percent-encoded and without a query.

    Arguments and errors are those of `admit`.
    """
    admission = admit(path, query, headers, policy, now)
    return canonical_path(admission.key, admission.transform)


def admit(
    path: str, query: str, headers: Mapping[str, str], policy: Policy, now: float
) -> Admission:
    """Check a request against the policy, and settle its transform.

    *path* and *query* are percent-encoded as sent, *headers* have names in lower case, *now* is in
    Unix seconds.

    Raises:
        UrlTooLong: path and query have more than 4,096 characters, or 100 parameters.
        Forbidden: a signature is wrong, or missing where the policy requires one.
        UnknownParameter: a name is no parameter, and the policy is strict.
        BadKey: the path names no key.
        BadValue: a known parameter, or `preset`, has a value that it does not accept.
        Expired: the URL is past its `expires`.

    """
    _refuse_long(path, query)
    signed = verify(path, query, policy.keys, policy.imgix_token)
    if policy.require_signature and not signed:
        raise Forbidden(UNSIGNED, param=SIGNATURE)
    if policy.open_parameters is not None and not signed:
        _refuse_closed_parameters(parse(path, query).transform, policy.open_parameters)
    parsed = parse(path, expand_preset(query, policy.presets))
    refuse_expired(parsed.access, now)
    ignored = find_ignored(query)
    if ignored and policy.strict_parameters:
        raise UnknownParameter(NO_PARAMETER.replace(PARAM, ignored[0]), param=ignored[0])
    transform = TABLE.drop_ineffective(parsed.transform)
    vary: tuple[str, ...] = ()
    if not parsed.is_canonical:
        vary = _find_vary(transform, policy)
        transform = apply_save_data(apply_client_hints(transform, headers, policy), headers, policy)
    transform = negotiate(transform, headers.get("accept", ""))
    if not signed:
        transform = snap_to_ladder(transform, _find_own_names(query), policy.size_ladder)
    if isinstance(transform.output.format, Negotiated):
        vary = ("Accept", *vary)
    return Admission(
        parsed.key, TABLE.drop_ineffective(transform), vary, parsed.access.expires, ignored
    )


def _find_vary(transform: Transform, policy: Policy) -> tuple[str, ...]:
    """Return the hint headers that an answer depends on, whether they were sent or not."""
    if is_bare_request(transform) or is_metadata_request(transform):
        return ()
    uses_hints = policy.client_hints and transform.size.dpr == 1
    uses_save_data = policy.save_data and transform.output.quality is AutoQuality.AUTO
    return (*(_HINTS if uses_hints else ()), *(("Save-Data",) if uses_save_data else ()))


def _refuse_closed_parameters(transform: Transform, open_parameters: tuple[str, ...]) -> None:
    for name, text in sorted(format_pairs(transform)):
        if name not in open_parameters:
            raise Forbidden(SIGNED_ONLY.replace(PARAM, name), param=name)
        if name in {"w", "h"} and "." in text:
            raise Forbidden(NO_FRACTION.replace(PARAM, name), param=name)


def expand_preset(query: str, presets: Mapping[str, str]) -> str:
    """Put the parameters of a query's preset in front of it, so that the query's own ones win.

    Raises:
        BadValue: no preset has the name that `preset` gives.

    """
    names = [value for name, value in split_query(query) if name == PRESET and value]
    if not names:
        return query
    try:
        return f"{presets[unescape(names[-1].replace('+', ' '))]}&{query}"
    except (KeyError, ValueError) as error:
        message = f"{PRESET} accepts {PRESET_EXPECTED}"
        raise BadValue(message, param=PRESET) from error


def _find_own_names(query: str) -> frozenset[str] | None:
    """Return the parameters that a URL has besides its preset; None without a preset."""
    names = {name for name, value in split_query(query) if value}
    if PRESET not in names:
        return None
    return frozenset(row.name for row in map(find_row, names) if row)


def is_bare_request(transform: Transform) -> bool:
    """Whether a URL asks for no transform: the answer has the original's compressed pixels."""
    return transform == Transform(delivery=transform.delivery)


def _refuse_long(path: str, query: str) -> None:
    if len(path) + bool(query) + len(query) > LONGEST_URL:
        raise UrlTooLong(TOO_LONG)
    if query.count("&") >= MOST_PAIRS:
        raise UrlTooLong(TOO_MANY)


def apply_client_hints(
    transform: Transform, headers: Mapping[str, str], policy: Policy
) -> Transform:
    """Apply the browser's size hints, where the URL does not set the size.

    `Sec-CH-DPR` becomes `dpr` if `w` or `h` is in pixels and `dpr` is 1. `Sec-CH-Width`, in device
    pixels, becomes `w` if the URL sets no size. Both are rounded up to a few rungs, so that not
    every zoom level makes another derivative.
    """
    if not policy.client_hints or is_bare_request(transform) or transform.size.dpr != 1:
        return transform
    ratio, width = headers.get("sec-ch-dpr", ""), headers.get("sec-ch-width", "")
    if isinstance(transform.size.width, int) or isinstance(transform.size.height, int):
        if not _HINTED_RATIO.fullmatch(ratio):
            return transform
        return transform.replace("size", dpr=_round_up(float(ratio), _RATIOS))
    unsized = transform.size.width is None and transform.size.height is None
    if not unsized or not _HINTED_WIDTH.fullmatch(width) or not int(width):
        return transform
    rungs = policy.size_ladder or (math.ceil(int(width) / _WIDTH_STEP) * _WIDTH_STEP,)
    return transform.replace("size", width=min(_round_up(int(width), rungs), MAX_SIDE))


def apply_save_data(transform: Transform, headers: Mapping[str, str], policy: Policy) -> Transform:
    """Apply `Save-Data: on`: `q=auto` becomes `q=auto-eco`."""
    saves = policy.save_data and headers.get("save-data", "").lower() == "on"
    is_auto = transform.output.quality is AutoQuality.AUTO
    if not (saves and is_auto) or is_bare_request(transform):
        return transform
    return transform.replace("output", quality=AutoQuality.ECO)


def snap_to_ladder(
    transform: Transform, own: frozenset[str] | None, ladder: tuple[int, ...]
) -> Transform:
    """Round the width, or else the height, up to a rung of the ladder; at most to the top rung.

    If both are set, the height is scaled with the width, so that the box keeps its aspect ratio.
    Fractions of the original stay as they are. So do parameters that are not the URL's *own*: the
    deployment sets the size of a preset. Scaling it with a caller's width would make a derivative
    of every width.
    """
    width, height = (
        side if isinstance(side, int) and (own is None or name in own) else None
        for name, side in (("w", transform.size.width), ("h", transform.size.height))
    )
    if not ladder:
        return transform
    if width is not None:
        rung = _round_up(width, ladder)
        if height is not None:
            scaled = max(1, min(MAX_SIDE, math.floor(height * rung / width + 0.5)))
            return transform.replace("size", width=rung, height=scaled)
        return transform.replace("size", width=rung)
    if height is not None:
        return transform.replace("size", height=_round_up(height, ladder))
    return transform


def _round_up(value: float, rungs: tuple[_Number, ...]) -> _Number:
    return next((rung for rung in rungs if rung >= value), rungs[-1])
