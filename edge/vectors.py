"""Writes `vectors.json`: the answers of the Python reference to more than two thousand requests.

    python -m edge.vectors

The file holds policies by name, and cases `{path, query, headers, policy}`, each with the canonical
`uri` or a `refusal`. `now` is the Unix time of all requests. The minified function must give the
same answers in every engine. Another implementation can be tested with the same file.
"""

import dataclasses
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from edge import samples
from origin_lambda.errors import CalotypeError
from origin_lambda.url.admission import LONGEST_URL, MOST_PAIRS, Policy, admit_uri
from origin_lambda.url.signature import imgix_sign, sign
from origin_lambda.url.transform import TABLE

FILE: Final = Path(__file__).with_name("vectors.json")
NOW: Final = 1_800_000_000

_PATH: Final = "/cats/tom.jpg"
_SECRETS: Final = {"k1": "first secret", "k2": "zweites Geheimnis: ä"}
_TOKEN: Final = "imgix token"  # noqa: S105 reason: a secret for tests only
_PRESETS: Final = {
    "thumb": "w=120&h=120&fit=crop",
    "Hero-2.x": "width=1600&auto=format&q=60",
    "odd": "w=0",
    "name": "dl64=w7w",
}
POLICIES: Final[Mapping[str, Policy]] = {
    "open": Policy(),
    "keys": Policy(keys=_SECRETS),
    "signed": Policy(keys=_SECRETS, require_signature=True),
    "imgix": Policy(keys=_SECRETS, require_signature=True, imgix_token=_TOKEN),
    "ladder": Policy(keys=_SECRETS, size_ladder=(160, 320, 640, 1280, 2560)),
    "presets": Policy(presets=_PRESETS),
    "hints": Policy(client_hints=True),
    "hints-ladder": Policy(keys=_SECRETS, client_hints=True, size_ladder=(320, 640)),
    "ignore-save-data": Policy(save_data=False),
    "strict": Policy(keys=_SECRETS, strict_parameters=True),
    "few": Policy(
        keys=_SECRETS,
        presets=_PRESETS,
        size_ladder=(160, 320, 640),
        open_parameters=("w", "auto"),
    ),
}


@dataclass(frozen=True, slots=True)
class Case:
    """One request, and the name of the policy that applies to it."""

    query: str = ""
    path: str = _PATH
    headers: Mapping[str, str] = field(default_factory=dict)
    policy: str = "open"


def answer_by_reference(case: Case) -> dict[str, Any]:
    """Return the reference's answer to a case: `{uri}` or `{refusal}`."""
    try:
        uri = admit_uri(case.path, case.query, case.headers, POLICIES[case.policy], NOW)
    except CalotypeError as error:
        refusal = {"status": error.status, "code": error.code, "message": error.message}
        return {"refusal": refusal | ({"param": error.param} if error.param else {})}
    return {"uri": uri}


def format_file() -> str:
    """Return the contents of `vectors.json`."""
    lines = [json.dumps(dataclasses.asdict(case) | answer_by_reference(case)) for case in cases()]
    policies = {name: dataclasses.asdict(policy) for name, policy in POLICIES.items()}
    head = json.dumps({"now": NOW, "policies": policies}, indent=1)
    return head.removesuffix("\n}") + ',\n "cases": [\n  ' + ",\n  ".join(lines) + "\n ]\n}\n"


def cases() -> Iterator[Case]:
    """Yield every case."""
    yield from _parameter_cases()
    yield from map(
        Case, (*samples.COMBINED, *samples.WITHOUT_EFFECT, *samples.HINTED_VALUES, *samples.HOSTILE)
    )
    yield from (Case(query, path) for path in samples.PATHS for query in ("w=5", ""))
    for path in samples.CANONICAL:
        yield from (Case(query, path) for query in samples.WITH_CANONICAL)
    yield from (Case("", path) for path in samples.CANONICAL_KEYS)
    for accept in samples.ACCEPTS:
        yield Case("auto=format&w=5", headers={"accept": accept})
    yield from _length_cases()
    yield from _signature_cases()
    yield from _tampered_cases()
    yield from _imgix_cases()
    yield from (Case(query, policy="presets") for query in samples.PRESETS)
    yield from _ladder_cases()
    yield from (
        Case(query, f"{_PATH}/r=4,w=641", policy="ladder") for query in samples.LADDER_CANONICAL
    )
    yield from (Case(query, policy="few") for query in samples.OPEN_PARAMETER_QUERIES)
    yield from (
        Case("", f"/cats/tom.jpg/{segment}", policy="few")
        for segment in samples.OPEN_PARAMETER_SEGMENTS
    )
    yield Case(sign(_PATH, "w=0.5&bg=red", "k1", _SECRETS["k1"]), policy="few")
    yield from _hint_cases()
    yield from _save_data_cases()
    yield from _no_effect_cases()
    yield from (
        Case(query, policy=policy)
        for query in samples.UNKNOWN_NAMES
        for policy in ("open", "strict")
    )
    yield Case("q=5&widht=1", f"{_PATH}/r=4,w=5", policy="strict")
    yield Case("widht=1", f"{_PATH}/r=4,widht=5", policy="strict")


_SAMPLES: Final[Mapping[str, Sequence[str]]] = {
    "colour": samples.COLOURS,
    "region": samples.REGIONS,
    "text": samples.TEXTS,
    "token": [*samples.TEXTS, *samples.WORDS, *samples.FRAMES],
    "setof": samples.WORDS,
    "list": samples.LISTS,
}


def _parameter_cases() -> Iterator[Case]:
    """Yield cases for every spelling of a name, and all values of a kind for its first name."""
    covered: set[str] = set()
    for name, row in TABLE.spellings.items():
        param = row.param
        kind, *details = param.kind.spec
        is_new, is_first = str(param.kind.spec) not in covered, kind not in covered
        covered |= {kind, str(param.kind.spec)}
        if is_first:
            yield from (Case(f"{name}={value}") for value in _SAMPLES.get(kind, samples.NUMBERS))
        if is_first and kind in {"text", "side"}:
            yield from (Case(f"{name}64={value}") for value in samples.BASE64URL)
        if is_new:
            yield from (Case(f"{name}={value}") for value in _boundary_values(kind, details))
        yield from (Case(f"{name}={value}") for value in ("0", "1", "0.5", "", "%zz"))
        yield from (Case(f"{name}64={value}") for value in ("MQ", "!"))


def _boundary_values(kind: str, details: list[Any]) -> Iterator[str]:
    """Yield the words of a kind, and numbers just inside and just outside its bounds."""
    for detail in details:
        if isinstance(detail, dict):
            yield from detail
        elif isinstance(detail, str):
            yield from detail.split()
        elif isinstance(detail, list):
            yield from samples.LISTS
        else:
            yield from (f"{detail}", f"{detail}.4", f"{detail + 1}", f"{max(0, detail - 0.01):g}")
            yield from (f"{detail - 1}", f"-{detail}", f"--{abs(detail)}") if detail < 0 else ()
    if kind in {"oneof", "setof"}:
        yield from ("nothing", "constructor", "__proto__")


def _length_cases() -> Iterator[Case]:
    longest_value = LONGEST_URL - len("/cats/tom.jpg?w=5&x=")
    yield from (Case("w=5&x=" + "y" * (longest_value + difference)) for difference in (0, 1))
    yield from (Case("", "/" + "y" * (LONGEST_URL + difference)) for difference in (-1, 0))
    yield from (Case("w=5" + "&x=" * (MOST_PAIRS + difference)) for difference in (-1, 0))


def _sign(query: str, path: str = _PATH, kid: str = "k1", expires: int | None = None) -> str:
    return sign(path, query, kid, _SECRETS[kid], expires)


def _signature_cases() -> Iterator[Case]:
    for query in samples.SIGNED:
        for kid in _SECRETS:
            for policy in ("signed", "keys", "open"):
                yield Case(_sign(query, kid=kid), policy=policy)
    for expires in (0, NOW - 1, NOW, NOW + 1, NOW + 10**6):
        query = _sign("w=640", kid="k2", expires=expires)
        yield Case(query, policy="signed")
        yield Case(query.replace(f"expires={expires}", f"expires={NOW + 5}"), policy="signed")
        yield Case(query.replace(f"expires={expires}&", ""), policy="signed")
    for path in (
        "/a+b%20c/%C3%BC.jpg",
        "/u%CC%88.jpg",
        "/%F0%9F%90%88.jpg",
        "/a%2fb",
        "/cats/tom.jpg/fm=auto-avif,r=4,w=640",
    ):
        yield Case(_sign("", path, expires=NOW + 60), path, policy="signed")
        yield Case("", path, policy="signed")


def _tampered_cases() -> Iterator[Case]:
    good = _sign("w=640&h=480&fit=crop")
    mac = good.rpartition(".")[2]
    for query in (
        f"sig=k1.{mac}&fit=crop&h=480&w=640",  # a proxy may sort the parameters: still valid
        f"h=480&sig=k1.{mac}&w=640&fit=crop",
        good.replace("640", "641"),
        good.replace("w=640", "w=%36%34%30"),
        f"{good}&q=5",
        f"{good}&utm_source=x",
        f"{good}&",
        f"{good}&sig=k2.{mac}",
        f"sig=k2.x&{good}",
        good.replace("k1.", "k2."),
        good.replace("k1.", "k0."),
        good.replace("k1.", "."),
        good.replace("k1.", ""),
        good.replace("sig=", "s%69g="),
        good.replace("k1.", "k1%2E"),
        good[:-1],
        f"{good}A",
        f"{good}=",
        good.replace(mac, mac.swapcase()),
        good.replace(mac, mac[0].swapcase() + mac[1:]),
        good.replace(mac, mac[:-1] + ("A" if mac[-1] != "A" else "B")),
        good.replace(mac, ""),
        sign(_PATH, "w=640", "retired", "an old secret"),
        _sign("w=0"),
        "w=640",
        "w=0",
        "",
    ):
        yield Case(query, policy="signed")
    yield Case(good, "/cats/tim.jpg", policy="signed")
    yield Case(good, "/cats/%74om.jpg", policy="signed")


def _imgix_cases() -> Iterator[Case]:
    for path in (_PATH, "/a%20b/%C3%BC.jpg", "/https%3A%2F%2Fx.org%2Fa.jpg"):
        for query in ("", "w=640&h=480", "ixlib=python-4.0.0&w=640", "w&h=1&&"):
            signed = imgix_sign(path, query, _TOKEN)
            yield Case(signed, path, policy="imgix")
            yield Case(signed.replace("s=", "s=0"), path, policy="imgix")
            yield Case(f"{signed}&q=5", path, policy="imgix")
            yield Case(_sign(signed, path), path, policy="imgix")
    signed = imgix_sign(_PATH, "w=640", _TOKEN)
    yield from (Case(signed, policy=policy) for policy in ("open", "keys", "signed"))
    for query in (
        f"{signed}&sig=k1.x",
        signed.upper(),
        "w=640&s",
        "w=640&s=",
        f"s=x&{signed}",
        f"{signed}&s=x",
    ):
        yield Case(query, policy="imgix")


def _ladder_cases() -> Iterator[Case]:
    yield from (Case(query, policy="ladder") for query in samples.LADDER_QUERIES)
    yield Case("", "/cats/tom.jpg/r=4,w=641", policy="ladder")
    yield Case(_sign("w=641&h=3"), policy="ladder")
    yield Case("w=641&sig=k1.bad", policy="ladder")


def _hint_cases() -> Iterator[Case]:
    both = {"sec-ch-dpr": "2", "sec-ch-width": "500", "accept": "image/webp"}
    for policy in ("hints", "hints-ladder", "open"):
        yield from (Case(query, headers=both, policy=policy) for query in samples.HINTED_QUERIES)
    for policy in ("hints", "hints-ladder"):
        for ratio in samples.RATIOS:
            yield Case("w=400", headers={"sec-ch-dpr": ratio}, policy=policy)
        for width in samples.WIDTHS:
            yield Case("q=50", headers={"sec-ch-width": width}, policy=policy)
        yield Case("", "/cats/tom.jpg/q=50,r=4", headers=both, policy=policy)
        yield Case(_sign("q=50"), headers=both, policy="hints-ladder")


def _save_data_cases() -> Iterator[Case]:
    for policy in ("open", "ignore-save-data"):
        for query in samples.SAVE_DATA_QUERIES:
            yield Case(query, headers={"save-data": "on"}, policy=policy)
    yield Case("", "/cats/tom.jpg/r=4,w=400", {"save-data": "on"})
    yield from (Case("w=400", headers={"save-data": word}) for word in samples.SAVE_DATA)


def _no_effect_cases() -> Iterator[Case]:
    """Yield parameters without effect, with headers that add some, and in canonical paths."""
    headers = {"accept": "image/webp", "sec-ch-width": "500", "save-data": "on"}
    for query in samples.WITHOUT_EFFECT:
        yield Case(f"{query}&auto=format", headers=headers, policy="hints-ladder")
        yield Case("", f"{_PATH}/r=4,{query.replace('&', ',')}")


if __name__ == "__main__":
    FILE.write_text(format_file())
