import pytest

from origin_lambda.errors import BadKey, BadValue
from origin_lambda.url.admission import Policy, admit_uri
from origin_lambda.url.urls import build_url, canonical_url, inspect_url, sign_url

BASE = "https://img.example.com"


@pytest.mark.parametrize("key, params, expected", [
    ("cats/tom.jpg", {}, "/cats/tom.jpg"),
    ("cats/tom.jpg", {"w": 640, "h": 480, "fit": "crop"}, "/cats/tom.jpg?w=640&h=480&fit=crop"),
    ("a+b c/ü.jpg", {"w": 0.5}, "/a%2Bb%20c/%C3%BC.jpg?w=0.5"),
    ("a.jpg", {"w": 1.0, "fp_x": 0.25, "dpr": 2.0}, "/a.jpg?w=1.0&fp-x=0.25&dpr=2.0"),
    ("a.jpg", {"rect": [0, 0, 0.5, "full"], "ar": "16:9"}, "/a.jpg?rect=0,0,0.5,full&ar=16:9"),
    ("a.jpg", {"enlarge": True, "lossless": False}, "/a.jpg?enlarge=true&lossless=false"),
    ("a.jpg", {"dl": "ü & b.jpg", "bg": "#fff"}, "/a.jpg?dl=%C3%BC%20%26%20b.jpg&bg=%23fff"),
    ("a.jpg", {"preset": "thumb"}, "/a.jpg?preset=thumb"),
])  # fmt: skip
def test_a_url_is_built_from_a_key_and_parameters(
    key: str, params: dict[str, object], expected: str
) -> None:
    assert build_url(f"{BASE}/", key, **params) == BASE + expected  # type: ignore[arg-type]  # reason: keyword arguments of any type


def test_building_refuses_what_the_origin_would_refuse() -> None:
    with pytest.raises(BadValue, match="w accepts"):
        build_url(BASE, "a.jpg", w=0)
    with pytest.raises(BadKey):
        build_url(BASE, "a/../b.jpg")


def test_building_refuses_a_misspelt_parameter() -> None:
    with pytest.raises(ValueError, match="widht is no parameter"):
        build_url(BASE, "a.jpg", widht=640)


def test_the_canonical_url_is_the_same_for_every_spelling() -> None:
    raw = build_url(BASE, "a.jpg", width=640, auto="format")

    canonical = canonical_url(raw, "image/avif")

    assert canonical == f"{BASE}/a.jpg/fm=auto-avif,r=4,w=640"
    assert canonical_url(canonical) == canonical


def test_the_canonical_url_of_a_metadata_request_drops_other_parameters() -> None:
    raw = build_url(BASE, "a.jpg", fm="blurhash", w=50, auto="format")

    assert canonical_url(raw, "image/avif") == f"{BASE}/a.jpg/fm=blurhash,r=4"


def test_a_signed_url_is_admitted() -> None:
    policy = Policy(keys={"k1": "secret"}, require_signature=True)

    url = sign_url(build_url(BASE, "ü b.jpg", w=640), "k1", "secret", expires=200)

    path, _, query = url.removeprefix(BASE).partition("?")
    assert admit_uri(path, query, {}, policy, 100) == "/=C3=BC=20b.jpg/r=4,w=640"


def test_signing_escapes_what_a_browser_would_escape() -> None:
    url = sign_url(f"{BASE}/ü b's.jpg?dl=it's|me#part", "k1", "secret")

    assert url.startswith(f"{BASE}/%C3%BC%20b%27s.jpg?dl=it%27s%7Cme&sig=k1.")


def test_signing_leaves_escapes_as_they_are() -> None:
    assert sign_url(f"{BASE}/a%2fb.jpg?w=%36", "k1", "s").startswith(f"{BASE}/a%2fb.jpg?w=%36&sig=")


def test_inspecting_returns_the_result_of_each_stage() -> None:
    report = inspect_url(f"{BASE}/a.jpg?width=640&auto=format&utm_source=x&widht=1", "image/webp")

    assert report == {
        "path": "/a.jpg",
        "query": "width=640&auto=format&utm_source=x&widht=1",
        "signed": False,
        "key": "a.jpg",
        "asked": {"auto": "format", "w": "640"},
        "ignored": ["widht"],
        "expires": None,
        "uri": "/a.jpg/fm=auto-webp,r=4,w=640",
        "derivative": "a.jpg/fm=auto-webp,r=4,w=640",
    }


def test_inspecting_stops_at_the_stage_that_refuses() -> None:
    policy = Policy(keys={"k1": "secret"})

    report = inspect_url(f"{BASE}/a.jpg?w=640&sig=k1.wrong", policy=policy)

    assert list(report) == ["path", "query", "refusal"]
    assert report["refusal"] == {
        "status": 403, "code": "forbidden", "message": "the signature does not belong to this URL", "param": "sig",
    }  # fmt: skip


def test_inspecting_shows_that_a_url_has_expired() -> None:
    report = inspect_url(f"{BASE}/a.jpg?expires=99", now=100)

    assert report["expires"] == 99
    assert report["refusal"]["status"] == 410


def test_a_url_can_be_inspected_as_of_the_first_second() -> None:
    report = inspect_url(f"{BASE}/a.jpg?expires=1", now=0)

    assert "refusal" not in report
