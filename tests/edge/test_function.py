"""The viewer-request function answers every request like the Python reference."""

import functools
import json
import random
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge import build, refusals, vectors
from edge.engines import ENGINES, Call, EngineFailed, QuickJS, is_installed
from edge.vectors import NOW, POLICIES, Case
from origin_lambda.errors import CalotypeError, Unavailable
from origin_lambda.http import error_response
from origin_lambda.url.admission import Policy, admit, admit_uri
from origin_lambda.url.colours import NAMED
from origin_lambda.url.transform import TABLE

CASES = list(vectors.cases())
ENTRIES = {name: build.build_key_values(policy) for name, policy in POLICIES.items()}


@functools.cache
def code() -> str:
    return build.build()


@functools.cache
def function() -> QuickJS:
    return QuickJS(code())


def call(case: Case, *, is_raw: bool = True) -> Call:
    return Call(case.path, case.query, case.headers, ENTRIES[case.policy], NOW, is_raw)


def refusal(error: CalotypeError) -> dict[str, Any]:
    response = error_response(error)
    return {
        "statusCode": response.status,
        "statusDescription": error.code,
        "headers": {name: {"value": value} for name, value in response.headers.items()},
        "body": {"encoding": "text", "data": response.body.decode()},
    }


def reference_answer(case: Case) -> str | dict[str, Any]:
    try:
        return admit_uri(case.path, case.query, case.headers, POLICIES[case.policy], NOW)
    except CalotypeError as error:
        return refusal(error)


def read_answer(answer: Mapping[str, Any]) -> Any:
    return answer if "statusCode" in answer else answer["uri"]


def find_differences(answers: Sequence[Mapping[str, Any]]) -> list[tuple[Case, Any]]:
    """Return the cases whose answer differs from the reference's answer, with the answer."""
    return [
        (case, read_answer(answer))
        for case, answer in zip(CASES, answers, strict=True)
        if read_answer(answer) != reference_answer(case)
    ]


def can_be_restored(query: str) -> bool:
    """Whether a parsed event has all that is needed to restore the query."""
    names = [pair.partition("=")[0] for pair in query.split("&")]
    return all("=" in pair for pair in query.split("&")) and len(set(names)) == len(names)


def test_the_vectors_are_up_to_date() -> None:
    assert vectors.FILE.read_text() == vectors.format_file(), "run: make generate"


def test_the_vectors_have_the_answers_of_the_reference() -> None:
    written = json.loads(vectors.FILE.read_text())

    policies = {
        name: Policy(**(fields | {"size_ladder": tuple(fields["size_ladder"])}))
        for name, fields in written["policies"].items()
    }
    for case in written["cases"]:
        request = (case["path"], case["query"], case["headers"], policies[case["policy"]])
        if "uri" in case:
            assert admit_uri(*request, written["now"]) == case["uri"]
        else:
            with pytest.raises(CalotypeError) as refused:
                admit_uri(*request, written["now"])
            assert refused.value.message == case["refusal"]["message"]


def test_every_parameter_and_every_refusal_has_vectors() -> None:
    outcomes = [vectors.answer_by_reference(case) for case in CASES]
    codes = {each["refusal"]["code"] for each in outcomes if "refusal" in each}
    names = {pair.partition("=")[0] for case in CASES for pair in case.query.split("&")}

    assert codes == {error.code for error in refusals.REFUSALS.values()}
    assert set(TABLE.spellings) <= names


@pytest.mark.parametrize("engine", ENGINES)
def test_the_minified_function_answers_every_vector_like_the_reference(engine: str) -> None:
    if not is_installed(engine):
        pytest.skip(f"{engine} is not installed")

    answers = ENGINES[engine](code(), [call(case) for case in CASES])

    assert find_differences(answers) == []


def test_the_assembled_function_answers_every_vector_like_the_reference() -> None:
    answers = ENGINES["quickjs"](build.assemble(), [call(case) for case in CASES])

    assert find_differences(answers) == []


def test_a_parsed_event_is_answered_like_a_raw_one() -> None:
    for case in filter(lambda case: can_be_restored(case.query), CASES):
        assert read_answer(function()(call(case, is_raw=False))) == reference_answer(case), case


def test_the_function_changes_only_uri_and_query_and_adds_a_header() -> None:
    case = Case("w=5", headers={"accept": "image/avif", "user-agent": "x"})

    answer = function()(call(case))

    asked = call(case).event()["request"]
    left = {"x-calotype": {"value": ";Save-Data;;w=5"}}
    assert answer == asked | {
        "uri": "/cats/tom.jpg/r=4,w=5",
        "querystring": {},
        "headers": asked["headers"] | left,
    }


def test_vary_and_expiry_equal_those_of_the_reference() -> None:
    for case in CASES:
        answer = function()(call(case))
        if "statusCode" in answer:
            continue
        admission = admit(case.path, case.query, case.headers, POLICIES[case.policy], NOW)

        query = re.sub("[^!-~]+", lambda match: quote(match[0]), case.query)
        lists = f"{', '.join(admission.vary)};{', '.join(admission.ignored)}"
        left = f"{admission.expires or ''};{lists};{query}"
        assert answer["headers"]["x-calotype"]["value"] == left, case


def test_a_viewers_own_x_calotype_header_is_overwritten() -> None:
    answer = function()(call(Case("w=5", headers={"x-calotype": "1;Cookie"})))

    assert answer["headers"]["x-calotype"] == {"value": ";Save-Data;;w=5"}


def test_the_query_is_passed_on_in_characters_that_a_header_can_hold() -> None:
    answer = function()(call(Case("w=5&utm=a b;\xfc\r\nx: y")))

    assert (
        answer["headers"]["x-calotype"]["value"]
        == ";Save-Data;utm;w=5&utm=a%20b;%C3%BC%0D%0Ax:%20y"
    )


def test_a_repeated_header_is_read_as_a_list() -> None:
    case = Case("auto=format", headers={"accept": "image/png"})
    event = call(case).event()
    event["request"]["headers"]["accept"] = {
        "value": "image/png",
        "multiValue": [{"value": "image/png"}, {"value": "image/avif;q=0.5"}],
    }

    function().prepare(call(case))
    answer = function().answer(event)

    assert answer["uri"] == "/cats/tom.jpg/fm=auto-avif,r=4"


def test_without_its_policy_the_function_refuses_everything() -> None:
    answer = function()(Call("/cats/tom.jpg", "w=5"))

    whole = refusal(Unavailable("the settings of this deployment cannot be read"))
    headers = {name: whole["headers"][name] for name in ("cache-control", "content-type")}
    assert answer == whole | {"headers": headers}


def test_every_named_colour_is_known() -> None:
    for name in NAMED:
        case = Case(f"bg={name}&w=5")
        assert read_answer(function()(call(case))) == reference_answer(case)


def test_ten_thousand_spellings_of_one_request_have_three_derivatives() -> None:
    dice = random.Random(1)
    accepts = [
        "image/avif,image/webp,*/*",
        "image/webp;q=0.9,*/*;q=0.1",
        "*/*",
        "image/avif;q=0,a/b",
    ]

    uris = {
        read_answer(function()(call(_spell(dice, dice.choice(accepts))))) for _ in range(10_000)
    }

    assert uris == {
        f"/cats/t=C3=B6m.jpg/fit=crop,fm={best},h=480,r=4,w=640"
        for best in ("auto-avif", "auto-webp", "auto-jpg")
    }


def _spell(dice: random.Random, accept: str) -> Case:
    pairs = [
        dice.choice(
            ["w=640", "width=640", "w=0640", "w=640.0", "w=%36%340", "w64=NjQw", "w=9&w=640"]
        ),
        dice.choice(["h=480", "height=480.4", "h=479.5", "%68=480"]),
        dice.choice(["fit=crop", "f=crop", "fit=%63rop"]),
        dice.choice(["auto=format", "auto=format,compress", "auto=compress%2cformat"]),
        *dice.sample(["q=auto", "dpr=1", "dpr=1.00", "rot=360"], 2),
        *(f"x{dice.random()}={dice.random()}" for _ in range(dice.randrange(4))),
        *dice.sample(["utm_source=a", "ixlib=js-3", "fbclid", "", "%zz=1", "constructor=1"], 2),
    ]
    dice.shuffle(pairs)
    path = dice.choice(["/cats/t%C3%B6m.jpg", "/cats/t%c3%b6m.jpg", "/%63ats/t%C3%b6m%2Ejpg"])
    return Case(
        "&".join(pairs), path, {"accept": accept + dice.choice(["", ",image/png", ", x/y;q=1"])}
    )


ATOMS = st.sampled_from([
    *TABLE.spellings, "sig", "s", "preset", "r", "64", "=", "&", ",", "_", "/", ".", "..", "%", "%2", "%2F", "%C3%BC",
    "%F0%9F%90%88", "%FF", "%00", "%0A", "+", "-", "1", "0", "5", "640", "9999", "0.5", "1.0", ".", ":", "16:9", "#", "fff",
    "red", "true", "crop", "clip", "top", "full", "left", "format", "auto", "auto-eco", "jpg", "auto-avif", "thumb", "k1.",
    "constructor", "__proto__", "Y2F0", " ", "'", "~", "!", "(", "*", "r=4", "/r=4", "=C3=BC", "=2F", "=2E",
])  # fmt: skip
RANDOM_TEXTS = st.lists(
    ATOMS | st.text(st.characters(codec="ascii", exclude_categories=["Cc"]), max_size=3),
    max_size=8,
).map("".join)
PAIRS = st.tuples(
    st.sampled_from([*TABLE.spellings, "sig", "s", "preset", "utm"]),
    st.sampled_from(["=", "64="]),
    RANDOM_TEXTS,
).map("".join)
QUERIES = st.lists(PAIRS | RANDOM_TEXTS, max_size=5).map("&".join)
PATHS = RANDOM_TEXTS.map(lambda text: f"/{text}")
ACCEPTS = st.lists(
    st.sampled_from(
        ["image/avif", "image/webp", "*/*", ",", ";", " ", "q=", "Q=0", "0.5", "1", "\t"]
    ),
    max_size=9,
).map("".join)
HEADERS = st.fixed_dictionaries({}, optional={
    "accept": ACCEPTS, "save-data": st.sampled_from(["on", "off"]), "sec-ch-dpr": st.sampled_from(["1", "2.5", "x"]),
    "sec-ch-width": st.sampled_from(["1", "555", "99999", "x"]),
})  # fmt: skip


@given(st.builds(Case, QUERIES, PATHS, HEADERS, st.sampled_from(sorted(POLICIES))))
def test_the_function_and_the_reference_agree_on_any_request(case: Case) -> None:
    assert read_answer(function()(call(case))) == reference_answer(case)


class TestDeployment:
    def test_secrets_and_presets_have_separate_entries(self) -> None:
        policy = Policy(keys={"k1": "secret"}, presets={"thumb": "w=120"}, imgix_token="token")

        entries = build.build_key_values(policy)

        assert entries["key:k1"] == "secret"
        assert entries["preset:thumb"] == "w=120"
        assert json.loads(entries["policy"])["imgix_token"] == "token"

    def test_an_entry_that_is_too_large_is_named_in_the_error(self) -> None:
        with pytest.raises(build.TooLargeForEdge, match="preset:long"):
            build.build_key_values(Policy(presets={"long": "x" * 1025}))

    def test_the_function_and_the_entries_fit_the_quotas(self) -> None:
        entries = build.build_key_values(Policy())
        stored = sum(len(f"{name}{text}".encode()) for name, text in entries.items())

        assert len(code().encode()) <= 10_240
        assert stored <= 5 * 1024 * 1024  # of a KeyValueStore, keys and values

    def test_the_minified_function_has_no_async_closures(self) -> None:
        before = re.findall(r"(.?)\basync\b", code())

        assert before
        assert set(before) <= {";", "}"}

    def test_without_terser_the_function_can_be_assembled_but_not_built(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        monkeypatch.setattr(build, "TERSER", tmp_path / "terser")
        build._minify.cache_clear()

        assert "async function handler(" in build.assemble()
        with pytest.raises(build.MinifyFailed, match="run: make edge/node_modules"):
            build.build()

    def test_without_node_the_error_says_what_to_install(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("PATH", "")
        build._minify.cache_clear()

        with pytest.raises(build.MinifyFailed, match="install node and npm"):
            build.build()

    def test_an_error_of_terser_is_raised_with_its_message(self) -> None:
        with pytest.raises(build.MinifyFailed, match="Name expected"):
            build._minify("const = 1;")

    def test_a_function_that_is_too_large_is_refused(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(build, "LARGEST_FUNCTION", 100)

        with pytest.raises(build.TooLargeForEdge, match="viewer_request"):
            build.build()

    def test_njs_refuses_syntax_that_cloudfront_refuses(self) -> None:
        if not is_installed("njs"):
            pytest.skip("njs is not installed")

        with pytest.raises(EngineFailed, match="SyntaxError"):
            ENGINES["njs"]("async function handler(event) { for (const a of []) {} }", [])
