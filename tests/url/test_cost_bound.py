"""Counts the derivatives that a caller without a key can make a deployment render."""

import random
from collections.abc import Iterable
from itertools import product

import pytest

from origin_lambda.errors import CalotypeError
from origin_lambda.url.admission import Policy, admit_uri
from origin_lambda.url.signature import sign
from origin_lambda.url.transform import TABLE

KEYS = {"2026": "a secret"}
LADDER = (160, 320, 640, 1280, 2560)
PRESETS = {
    "thumb": "w=120&h=120&fit=crop",
    "card": "w=480&ar=3:2&fit=crop&auto=format",
    "hero": "w=1600&auto=format",
    "grey": "w=100&q=40&fm=jpg",
}
SIGNED_ONLY = Policy(keys=KEYS, require_signature=True)
FEW_OPEN = Policy(keys=KEYS, size_ladder=LADDER, presets=PRESETS, open_parameters=("w", "auto"))
OPEN = Policy()

PATH = "/cats/tom.jpg"
ACCEPTS = ("image/avif,image/webp,*/*", "image/webp,*/*;q=0.8", "*/*")
ATTEMPTS = 20_000


def attacks() -> list[tuple[str, dict[str, str]]]:
    """Return many queries and headers: every parameter, random numbers, words that fit some."""
    dice = random.Random(11)
    words = ["crop", "auto", "red", "16:9", "format", "webp", "true", "0.5", "1.0", "h", *PRESETS]
    names = [*TABLE.spellings, "preset", "utm", *["w"] * 8, "preset", "auto"]

    def value() -> str:
        return dice.choice(words) if dice.random() < 0.4 else str(dice.randrange(1, 8192))

    def query() -> str:
        return "&".join(f"{dice.choice(names)}={value()}" for _ in range(dice.randrange(1, 5)))

    def headers() -> dict[str, str]:
        saving = {"save-data": "on"} if dice.random() < 0.3 else {}
        return {"accept": dice.choice(ACCEPTS)} | saving

    return [(query(), headers()) for _ in range(ATTEMPTS)]


def derivatives(policy: Policy) -> set[str]:
    found = set()
    for query, headers in attacks():
        try:
            found.add(admit_uri(PATH, query, headers, policy, 1.0))
        except CalotypeError:
            continue
    return found


def test_where_signatures_are_required_nothing_is_rendered_without_one() -> None:
    assert derivatives(SIGNED_ONLY) == set()


WAYS = 8
"""Formats left open or negotiated (none, AVIF, WebP, JPEG), each with and without Save-Data."""
RATIOS = 4
"""Device pixel ratios that a client hint is rounded up to."""
SIZES = (len(LADDER) + 1) * (len(PRESETS) + 1)
"""Each preset, and none, with each width of the ladder, and without one."""
HINTS = Policy(
    keys=KEYS,
    size_ladder=LADDER,
    presets=PRESETS,
    open_parameters=("w", "auto"),
    client_hints=True,
)


def queries(widths: Iterable[int]) -> list[str]:
    """Return every preset, and none, beside every width, and none, with and without `auto`."""
    presets = ["", *(f"preset={name}&" for name in PRESETS)]
    sizes = ["", *(f"w={width}&" for width in widths)]
    return ["".join(parts) for parts in product(presets, sizes, ("", "auto=format"))]


def all_headers(policy: Policy) -> list[dict[str, str]]:
    """Return every combination of request headers that a policy looks at."""
    choices = {
        "accept": ACCEPTS,
        "save-data": ("", "on"),
        "sec-ch-dpr": ("", "1", "1.25", "2", "2.75", "9") if policy.client_hints else ("",),
        "sec-ch-width": ("", "1", "641", "9999") if policy.client_hints else ("",),
    }
    return [dict(zip(choices, values, strict=True)) for values in product(*choices.values())]


@pytest.mark.parametrize(
    "policy, bound", [(FEW_OPEN, SIZES * WAYS), (HINTS, SIZES * WAYS * RATIOS)]
)
def test_where_a_few_parameters_are_open_the_derivatives_can_be_counted(
    policy: Policy, bound: int
) -> None:
    edges = {width for rung in LADDER for width in (rung - 1, rung, rung + 1)} | {1, 8192}
    widths = range(1, 8193, 4)
    between = {admit_uri(PATH, query, {}, policy, 1.0) for query in queries(widths)}
    combined = {
        admit_uri(PATH, query, headers, policy, 1.0)
        for query in queries(sorted(edges))
        for headers in all_headers(policy)
    }

    # The widths between two edges make nothing that the edges do not.
    assert between <= combined
    assert len(derivatives(policy) | combined) <= bound


def test_in_the_open_mode_their_number_is_unbounded() -> None:
    assert len(derivatives(OPEN)) > 1000


@pytest.mark.parametrize("policy", [SIGNED_ONLY, FEW_OPEN])
def test_a_signed_url_may_use_everything_in_every_mode(policy: Policy) -> None:
    query = sign(PATH, "w=333&h=0.5&fit=crop&bg=red", "2026", KEYS["2026"])

    uri = admit_uri(PATH, query, {}, policy, 1.0)

    assert uri == f"{PATH}/bg=ff0000,fit=crop,h=0.5,r=4,w=333"


def test_open_parameters_must_exist() -> None:
    with pytest.raises(ValueError, match="width, which is no parameter"):
        Policy(keys=KEYS, open_parameters=("w", "width"))
