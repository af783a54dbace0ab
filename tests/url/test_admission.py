import dataclasses
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from origin_lambda.errors import BadKey, BadValue, CalotypeError, Expired, Forbidden, UrlTooLong
from origin_lambda.url.admission import Policy, admit_uri
from origin_lambda.url.grammar import parse
from origin_lambda.url.signature import imgix_sign, sign

PATH = "/cats/tom.jpg"
KEYS = {"k1": "secret"}
NOW = 1_800_000_000.0


def uri(
    query: str = "", headers: Mapping[str, str] | None = None, path: str = PATH, **policy: object
) -> str:
    return admit_uri(path, query, headers or {}, dataclasses.replace(Policy(), **policy), NOW)  # type: ignore[arg-type]  # reason: keyword arguments of any type


def segment_of(*args: object, **policy: object) -> str:
    return uri(*args, **policy).removeprefix(f"{PATH}/")  # type: ignore[arg-type]  # reason: keyword arguments of any type


def test_all_spellings_of_a_request_have_one_uri() -> None:
    spellings = [
        "w=640&h=480&fit=crop&auto=format",
        "auto=format&fit=crop&height=480&width=640",
        "w=%36%34%30&h=480.0&f=crop&auto=format,compress&utm_source=mail",
        "w=1&w=640&h=480&fit=crop&auto=format&q=auto&dpr=1&pad=0",
        "w64=NjQw&h=480&fit=crop&auto=format",
    ]

    uris = {uri(query, {"accept": "image/avif"}) for query in spellings}

    assert uris == {"/cats/tom.jpg/fit=crop,fm=auto-avif,h=480,r=4,w=640"}


def test_the_key_is_escaped_one_way() -> None:
    raw = {uri("w=5", path=path) for path in ("/a+b~.jpg", "/a%2Bb%7E.jpg", "/%61%2bb~.jpg")}
    canonical = {uri(path=f"/{key}/r=4,w=5") for key in ("a=2Bb=7E.jpg", "=61=2bb~.jpg")}

    assert raw == canonical == {"/a=2Bb=7E.jpg/r=4,w=5"}


class TestRefusals:
    def test_a_long_url_is_refused_before_anything_else(self) -> None:
        with pytest.raises(UrlTooLong, match="4096 bytes"):
            uri("x=" + "y" * 4096, keys=KEYS, require_signature=True)

    def test_4096_characters_are_not_too_long(self) -> None:
        query = "x=" + "y" * (4096 - len(f"{PATH}?x="))

        assert segment_of(query) == "r=4"
        with pytest.raises(UrlTooLong):
            segment_of(query + "y")

    def test_a_missing_signature_is_refused_before_a_bad_value(self) -> None:
        with pytest.raises(Forbidden) as refused:
            uri("w=0", keys=KEYS, require_signature=True)

        assert refused.value.param == "sig"

    def test_a_wrong_signature_is_refused_even_if_none_is_required(self) -> None:
        with pytest.raises(Forbidden):
            uri("w=5&sig=k1.wrong", keys=KEYS)

    def test_a_bad_value_is_refused_with_the_same_message_as_by_the_origin(self) -> None:
        with pytest.raises(BadValue) as refused:
            uri("w=0")

        with pytest.raises(BadValue) as origins:
            parse(PATH, "w=0")
        assert (refused.value.message, refused.value.param) == (origins.value.message, "w")

    def test_a_path_that_names_no_key_is_refused(self) -> None:
        with pytest.raises(BadKey):
            uri(path="/a/../b")

    @pytest.mark.parametrize("signs", [True, False])
    def test_an_expired_url_is_refused_signed_or_not(self, signs: bool) -> None:
        query = sign(PATH, "", "k1", "secret", int(NOW) - 1) if signs else f"expires={int(NOW) - 1}"

        with pytest.raises(Expired):
            uri(query, keys=KEYS)


class TestSignedOnly:
    def test_a_signed_url_is_admitted_and_the_uri_has_no_signature(self) -> None:
        query = sign(PATH, "w=640", "k1", "secret", int(NOW) + 1)

        assert segment_of(query, keys=KEYS, require_signature=True) == "r=4,w=640"

    def test_imgix_signatures_count_only_if_they_are_switched_on(self) -> None:
        query = imgix_sign(PATH, "w=640", "token")

        assert segment_of(query, imgix_token="token", require_signature=True) == "r=4,w=640"
        with pytest.raises(Forbidden):
            uri(query, keys=KEYS, require_signature=True)

    def test_a_canonical_path_needs_a_signature_too(self) -> None:
        path = f"{PATH}/fm=auto-avif,r=4,w=640"
        with pytest.raises(Forbidden):
            uri(path=path, keys=KEYS, require_signature=True)

        query = sign(path, "", "k1", "secret", int(NOW) + 60)

        assert uri(query, path=path, keys=KEYS, require_signature=True) == path


class TestCanonicalPaths:
    def test_a_canonical_path_from_a_viewer_is_rewritten(self) -> None:
        assert segment_of("", path=f"{PATH}/w=0640.0,r=9,q=auto") == "r=4,w=640"

    def test_a_negotiated_format_in_the_path_is_kept(self) -> None:
        path = f"{PATH}/fm=auto-avif,r=4,w=640"

        assert uri("", {"accept": "image/webp"}, path) == path

    def test_tracking_parameters_are_dropped(self) -> None:
        assert segment_of("fbclid=x&utm_source=y", path=f"{PATH}/r=4,w=640") == "r=4,w=640"

    def test_the_ladder_applies_to_a_canonical_path(self) -> None:
        assert segment_of("", path=f"{PATH}/r=4,w=641", size_ladder=(640, 1280)) == "r=4,w=1280"


class TestPresets:
    PRESETS = {"thumb": "w=120&h=120&fit=crop"}  # noqa: RUF012 reason: no test changes it

    def test_a_preset_is_replaced_by_its_query(self) -> None:
        assert segment_of("preset=thumb", presets=self.PRESETS) == "fit=crop,h=120,r=4,w=120"

    @pytest.mark.parametrize(
        "query", ["preset=thumb&w=99", "w=99&preset=thumb", "width=99&preset=thumb"]
    )
    def test_the_urls_own_parameters_win(self, query: str) -> None:
        assert segment_of(query, presets=self.PRESETS) == "fit=crop,h=120,r=4,w=99"

    def test_a_preset_without_a_name_is_ignored(self) -> None:
        assert segment_of("preset=&w=5", presets=self.PRESETS) == "r=4,w=5"

    @pytest.mark.parametrize("name", ["Thumb", "%zz", "__proto__"])
    def test_an_unknown_preset_is_a_bad_value(self, name: str) -> None:
        with pytest.raises(BadValue) as refused:
            uri(f"preset={name}", presets=self.PRESETS)

        assert refused.value.param == "preset"


class TestInformation:
    @pytest.mark.parametrize(
        "query, kept",
        [
            ("fm=json&w=50&h=5&fit=crop&q=5", "fm=json,r=4"),
            ("w=50&fm=blurhash&auto=format,compress", "fm=blurhash,r=4"),
            ("fm=thumbhash&dpr=2&colors=3&prefix=x", "fm=thumbhash,r=4"),
            ("fm=json&v=2&dl=a", "dl=YQ,fm=json,r=4,v=2"),
            ("palette=json&auto=format&w=640&fit=crop", "palette=json,r=4"),
            ("palette=css&fm=json&colors=3&prefix=cat&v=2", "colors=3,palette=css,prefix=cat,r=4,v=2"),
            ("palette=css&colors=6&prefix=image", "palette=css,r=4"),
        ],
    )  # fmt: skip
    def test_parameters_that_cannot_change_the_metadata_are_dropped(
        self, query: str, kept: str
    ) -> None:
        assert segment_of(query, {"accept": "image/avif"}) == kept
        assert segment_of("", path=f"{PATH}/{kept}") == kept

    def test_headers_of_the_browser_do_not_change_the_uri(self) -> None:
        headers = {
            "accept": "image/avif",
            "save-data": "on",
            "sec-ch-dpr": "2",
            "sec-ch-width": "9",
        }

        for query in ("fm=json", "palette=css&w=641", "w=641&fm=blurhash&auto=format"):
            settled = segment_of(query, headers, client_hints=True, size_ladder=(320, 1280))
            assert settled == segment_of(query)

    def test_a_bad_value_is_refused_even_if_the_parameter_would_be_dropped(self) -> None:
        with pytest.raises(BadValue):
            uri("fm=json&w=0")


class TestLadder:
    LADDER = (160, 320, 640)

    @pytest.mark.parametrize("asked, got", [
        ("w=1", "w=160"), ("w=160", "w=160"), ("w=161", "w=320"), ("w=640", "w=640"), ("w=8192", "w=640"),
        ("h=100", "h=160"), ("w=0.5", "w=0.5"), ("w=161&h=100", "h=199,w=320"), ("w=3&h=8192", "h=8192,w=160"),
        ("w=8192&h=1", "h=1,w=640"), ("w=161&h=0.5", "h=0.5,w=320"),
    ])  # fmt: skip
    def test_sizes_are_rounded_up_to_the_next_rung_and_the_box_keeps_its_ratio(
        self, asked: str, got: str
    ) -> None:
        transform = segment_of(asked, size_ladder=self.LADDER)

        assert sorted(transform.split(",")) == sorted([*got.split(","), "r=4"])

    def test_a_signed_size_is_not_changed(self) -> None:
        query = sign(PATH, "w=161", "k1", "secret")

        assert segment_of(query, keys=KEYS, size_ladder=self.LADDER) == "r=4,w=161"


class TestClientHints:
    @pytest.mark.parametrize("ratio, dpr", [
        ("1.0", ""), ("1.25", "dpr=1.5,"), ("2", "dpr=2,"), ("2.625", "dpr=3,"), ("9", "dpr=3,"), ("0.8", ""), ("x", ""),
    ])  # fmt: skip
    def test_the_pixel_ratio_is_rounded_up_if_the_url_has_a_size(
        self, ratio: str, dpr: str
    ) -> None:
        assert segment_of("w=400", {"sec-ch-dpr": ratio}, client_hints=True) == f"{dpr}r=4,w=400"

    @pytest.mark.parametrize(
        "width, w", [("1", "100"), ("640", "700"), ("700", "700"), ("9000", "8192")]
    )
    def test_the_hinted_width_is_used_if_the_url_has_no_size(self, width: str, w: str) -> None:
        assert segment_of("q=50", {"sec-ch-width": width}, client_hints=True) == f"q=50,r=4,w={w}"

    def test_the_ladder_applies_to_a_hinted_width(self) -> None:
        hinted = segment_of(
            "q=50", {"sec-ch-width": "300"}, client_hints=True, size_ladder=(320, 640)
        )

        assert hinted == "q=50,r=4,w=320"

    @pytest.mark.parametrize("query, unchanged", [
        ("", "r=4"), ("v=2", "r=4,v=2"), ("w=400&dpr=3", "dpr=3,r=4,w=400"), ("w=0.5", "r=4,w=0.5"),
    ])  # fmt: skip
    def test_hints_do_not_change_what_the_url_says(self, query: str, unchanged: str) -> None:
        hints = {"sec-ch-dpr": "2", "sec-ch-width": "640"}

        assert segment_of(query, hints, client_hints=True) == unchanged

    def test_hints_count_only_if_they_are_switched_on(self) -> None:
        assert segment_of("w=400", {"sec-ch-dpr": "2"}) == "r=4,w=400"


class TestSaveData:
    @pytest.mark.parametrize("query, got", [
        ("w=400", "q=auto-eco,r=4,w=400"), ("w=400&q=auto", "q=auto-eco,r=4,w=400"), ("w=400&q=60", "q=60,r=4,w=400"),
        ("w=400&q=auto-best", "q=auto-best,r=4,w=400"), ("", "r=4"), ("dl=", "dl=,r=4"),
    ])  # fmt: skip
    def test_save_data_lowers_the_automatic_quality(self, query: str, got: str) -> None:
        assert segment_of(query, {"save-data": "on"}) == got

    def test_a_deployment_can_switch_save_data_off(self) -> None:
        assert segment_of("w=400", {"save-data": "on"}, save_data=False) == "r=4,w=400"


@pytest.mark.parametrize("field, value", [
    ("keys", {"a.b": "secret"}), ("keys", {"": "secret"}), ("presets", {"a b": "w=5"}),
    ("size_ladder", (640, 320)), ("size_ladder", (320, 320)), ("size_ladder", (0, 320)), ("size_ladder", (320, 9000)),
])  # fmt: skip
def test_the_error_of_a_bad_policy_begins_with_the_name_of_its_field(
    field: str, value: object
) -> None:
    with pytest.raises(ValueError, match=f"^{field}"):
        Policy(**{field: value})  # type: ignore[arg-type]  # reason: keyword arguments of any type


def test_a_policy_never_shows_its_secrets() -> None:
    assert "secret" not in repr(Policy(keys=KEYS, imgix_token="secret"))


NAMES = st.sampled_from([
    "w", "h", "dpr", "q", "fit", "ar", "fm", "auto", "bg", "palette", "colors", "prefix", "dl", "v", "pad", "preset",
    "x", "%zz",
])  # fmt: skip
VALUES = st.sampled_from([
    "1", "320", "641", "0.5", "1.0", "auto", "crop", "format", "16:9", "red", "thumb", "a%20b", "json", "css",
])  # fmt: skip
QUERIES = st.lists(st.tuples(NAMES, VALUES).map("=".join), max_size=5).map("&".join)
POLICIES = st.builds(
    Policy,
    size_ladder=st.sampled_from([(), (320, 640)]),
    presets=st.just({"thumb": "w=120&h=120&fit=crop"}),
    keys=st.just(KEYS),
    open_parameters=st.sampled_from([None, None, ("w", "h", "fm", "auto"), ("w",)]),
    client_hints=st.booleans(),
)
HEADERS = st.fixed_dictionaries({}, optional={
    "accept": st.sampled_from(["image/avif", "image/webp", "*/*"]),
    "save-data": st.just("on"),
    "sec-ch-dpr": st.sampled_from(["1", "2", "2.6"]),
    "sec-ch-width": st.sampled_from(["300", "2000"]),
})  # fmt: skip


def test_signatures_cannot_be_required_without_a_key() -> None:
    with pytest.raises(ValueError, match="require_signature needs a key"):
        Policy(require_signature=True)


@given(query=QUERIES, headers=HEADERS, policy=POLICIES)
def test_a_canonical_uri_that_is_requested_again_stays_the_same(
    query: str, headers: dict[str, str], policy: Policy
) -> None:
    try:
        once = admit_uri(PATH, query, headers, policy, NOW)
    except CalotypeError:
        return

    # The canonical URI can have parameters that are not open, such as the `q` of Save-Data.
    needs_signature = policy.open_parameters is not None
    again = sign(once, "", "k1", "secret", int(NOW) + 60) if needs_signature else ""
    assert admit_uri(once, again, headers, policy, NOW) == once
