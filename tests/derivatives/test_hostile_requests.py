"""No request of a caller is ever an internal error."""

import base64
import json
from typing import Any, Final
from unittest import mock
from urllib.parse import quote

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from origin_lambda import handler
from origin_lambda.image.probe import Limits
from origin_lambda.url.admission import Policy
from origin_lambda.url.grammar import canonical
from origin_lambda.url.kinds import to_base64url
from origin_lambda.url.signature import imgix_sign, sign
from origin_lambda.url.transform import TABLE
from tests.events import SHAPES, event
from tests.support.origin_world import World, build_world
from tests.support.originals import draw
from tests.support.strategies import MARK_KEY, PARAMS, plannable, transforms, values_of

TOKEN: Final = "imgix's own"
SECRETS: Final = {"k1": "one", "k2": "two"}
OPEN: Final = Policy()
STRICT: Final = Policy(
    keys=SECRETS,
    imgix_token=TOKEN,
    size_ladder=(16, 64, 100),
    presets={"card": "w=60&h=40&fit=crop", "broken": "w=wide&%zz"},
    client_hints=True,
)

ORIGINALS: Final = (
    "photograph",
    "exif-6",
    "jpeg-cmyk",
    "jpeg-truncated",
    "jpeg-truncated-header",
    "jpeg-huge-header",
    "png-palette-alpha",
    "png-16",
    "gif-animated",
    "gif-bomb",
    "apng",
    "avif-alpha",
    "heic",
    "tiff-cmyk",
    "svg",
    "svg-hostile",
    "text",
    "html",
    "empty",
)

_ODD_VALUES: Final = (
    "", "0", "-0", "-1", "1e9", "1E400", "NaN", "Infinity", "0x10", "0.00001", ".", "..", "1..5", "1.",
    ".5", "1,5", "\u0663", "\uff11", "1\u00a0", " 1", "9" * 12, "9" * 13, "9" * 400, "999999999999.999999999",
    "0:0", "1:0", "0:1", "1:", ":1", "1:2:3", "top,top,left", ",,,", "_", "left,top,full,full", "0,0,1,1",
    "1000000,1000000,1,1", "0_0_0_0", "#", "#ffff", "transparent", "auto", "auto-", "auto-avif", "true", "yes",
    "%", "%2", "%zz", "%00", "%0d%0aset-cookie:a=b", "%FF%FE", "%F0%9F%90%88", "%ED%A0%80", "+", "a+b%2Bc",
    "\U0001f408", "\u202e", "\x00", "\r\n", "<script>", "';--", "${jndi:x}", "../../etc/passwd", "k1.", "k1.abc",
    ".abc", "k9.x", "a=b=c", "\u00e9", "\ud7ff\ue000", "w=1", "r=4", "x" * 3000,
)  # fmt: skip
_ODD_HEADERS: Final = (
    "", "*/*", "image/avif", "image/avif;q=0", "image/*;q=x", "image/webp;q=1e9", "image/webp;q=", ",", ";;;", '"', "*",
    'W/"a"', '"a", "b"', "\u00e9", "\x00", "\r\nx: y", "q=1", "on", "1.5", "NaN", "-1", "0", "99999", "9" * 400,
    "image/avif," * 500, "\U0001f408",
)  # fmt: skip
_HEADER_NAMES: Final = (
    "Accept", "accept", "If-None-Match", "Save-Data", "Sec-CH-DPR", "sec-ch-width", "Host", "Range",
    "If-Modified-Since", "X-Forwarded-For", "",
)  # fmt: skip

_odd: Final = st.sampled_from(_ODD_VALUES) | st.text(max_size=12)


def _value(name: str) -> SearchStrategy[str]:
    """Return values for a name: canonical ones, of this parameter or another, and odd ones."""
    own = TABLE.spellings[name.removesuffix("64")].param
    plain = values_of(own).map(own.kind.format)
    other = st.sampled_from(PARAMS).flatmap(lambda param: values_of(param).map(param.kind.format))
    return plain.map(str) | other | _odd | _odd.map(to_base64url) | _odd.map(quote)


def _named(name: str) -> SearchStrategy[str]:
    return _value(name).map(lambda text: f"{name}={text}")


_names: Final = st.sampled_from(sorted(TABLE.spellings)).flatmap(
    lambda name: st.sampled_from((name, name, name, f"{name}64"))
)
_pairs: Final = (
    _names.flatmap(_named)
    | st.builds("{}={}".format, st.sampled_from(("sig", "s", "preset", "r", "%77", "w%00", "")), _odd)
    | st.sampled_from(("preset=card", "preset=broken", "w", "&", "=", "?", "utm_source=x"))
    | _odd
)  # fmt: skip


def mostly(usual: SearchStrategy[str], *others: SearchStrategy[str]) -> SearchStrategy[str]:
    """Return usual parts, three of four times: or no request would get further than the parser."""
    return st.sampled_from((*[usual] * 3 * len(others), *others)).flatmap(lambda part: part)


_sane: Final = plannable().map(lambda wanted: canonical(wanted).replace(",", "&"))
_queries: Final = mostly(
    _sane,
    st.builds("{}&{}".format, _sane, _pairs),
    st.builds("{}&{}".format, _pairs, _sane),
    st.lists(_pairs, max_size=5).map("&".join),
)
_segments: Final = mostly(
    (transforms() | plannable()).map(canonical),
    st.lists(_pairs, max_size=4).map(lambda pairs: ",".join(["r=4", *pairs])),
    _odd,
)
_stocked: Final = st.sampled_from(ORIGINALS).map("/{}".format)
_paths: Final = mostly(
    _stocked,
    st.builds("{}/{}".format, _stocked, _segments),
    _odd.map("/{}".format),
    st.sampled_from(("", "/", "//", "/..", "/a/../b", "/%2e%2e/b", "*", "/r=4", "/%", "/%ff")),
)
_headers: Final = st.dictionaries(
    st.sampled_from(_HEADER_NAMES), st.sampled_from(_ODD_HEADERS) | st.text(max_size=9), max_size=4
)
_methods: Final = st.sampled_from(("GET",) * 30 + ("HEAD", "OPTIONS", "POST", "get", "", "\u00e9"))


@st.composite
def hostile_events(draw_from: st.DrawFn) -> dict[str, Any]:
    """Draw an event of any shape; some are signed, since others get no further than that."""
    path, query = draw_from(_paths), draw_from(_queries)
    seal = draw_from(st.sampled_from(("", "ours", "imgix")))
    if seal == "ours":
        query = sign(path, query, "k1", SECRETS["k1"])
    elif seal == "imgix":
        query = imgix_sign(path, query, TOKEN)
    shape = draw_from(st.sampled_from(SHAPES))
    return event(shape, path, query, draw_from(_methods), draw_from(_headers))


def stocked(policy: Policy) -> World:
    """Return an origin whose limits keep two thousand renders short."""
    limits = Limits(side=300, pixels_out=60_000, pixels_in=1_000_000, frame_pixels=100_000)
    made = build_world(limits=limits, policy=policy)
    made.put(MARK_KEY, draw("png-alpha"))
    for name in ORIGINALS:
        made.put(name, draw(name))
    return made


WORLDS: Final = {policy.client_hints: stocked(policy) for policy in (OPEN, STRICT)}


@settings(max_examples=1200)
@given(hostile_events(), st.booleans())
def test_no_request_is_an_internal_error(asked: dict[str, Any], strict: bool) -> None:
    here = WORLDS[strict]
    here.derivatives.objects.clear()

    with mock.patch.object(handler, "_origin", return_value=here.origin):
        answer = handler.origin(asked, None)

    assert 200 <= answer["statusCode"] < 500, asked
    several = answer.get("multiValueHeaders") or {
        name: [text] for name, text in answer["headers"].items()
    }
    for name, values in several.items():
        assert all(text.isascii() and text.isprintable() for text in (name, *values))
    body = base64.b64decode(answer["body"], validate=True)
    if answer["statusCode"] >= 400 and body:
        assert json.loads(body).keys() == {"error"}
    for key in here.derivatives.objects:
        assert key.startswith(tuple(f"{name}/" for name in ORIGINALS))
