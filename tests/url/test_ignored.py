"""Names that are no parameter are found, and refused where the deployment is strict."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from origin_lambda.errors import UnknownParameter
from origin_lambda.url.admission import Policy, admit
from origin_lambda.url.ignored import find_ignored
from origin_lambda.url.signature import sign
from origin_lambda.url.urls import inspect_url

STRICT = Policy(strict_parameters=True)


@pytest.mark.parametrize(
    "query, ignored",
    [
        ("", ()),
        ("w=5&width=6&w64=NTAw&fp-x=0.5", ()),
        ("widht=400", ("widht",)),
        ("upscale=true&page=5&w=5", ("page", "upscale")),
        ("upscale64=SGk&upscale=Hi", ("upscale", "upscale64")),
        ("txt=Hello&txt64=SGk&w=5", ()),
        ("W=400", ("W",)),
        ("sig=a.b&s=1&preset=thumb&ixlib=js-3.8.0&ixid=1&expires=9", ()),
        ("utm_source=mail&utm_medium=x&fbclid=1", ("fbclid",)),
        ("a=1&a=2&z&=5&%zz=1", ("a", "z")),
        ("%3Cscript%3E=1&x%0D%0Ay=1&%C3%BC%C3%BC=1", ("?", "?script?", "x?y")),
        ("x" * 90 + "=1", ("x" * 40,)),
    ],
)
def test_names_that_are_no_parameter_are_ignored(query: str, ignored: tuple[str, ...]) -> None:
    assert find_ignored(query) == ignored


def test_at_most_20_names_are_listed() -> None:
    query = "&".join(f"x{number}=1" for number in range(100))

    assert len(find_ignored(query)) == 20


@given(st.text())
def test_a_list_of_names_is_safe_in_a_header(query: str) -> None:
    assert all(name.isascii() and name.isprintable() for name in find_ignored(query))


def test_a_strict_deployment_refuses_a_name_that_is_no_parameter() -> None:
    with pytest.raises(UnknownParameter, match="widht is no parameter") as refusal:
        admit("/tom.jpg", "w=5&widht=400", {}, STRICT, 0)

    assert (refusal.value.param, refusal.value.status) == ("widht", 400)


@pytest.mark.parametrize("query", ["w=5", "", "utm_source=x", "ixlib=js-3.8.0&width=4"])
def test_a_strict_deployment_admits_the_rest(query: str) -> None:
    assert admit("/tom.jpg", query, {}, STRICT, 0).ignored == ()


def test_a_signature_does_not_make_a_name_a_parameter() -> None:
    policy = Policy(keys={"k": "secret"}, require_signature=True, strict_parameters=True)
    query = sign("/tom.jpg", "widht=400", "k", "secret")

    with pytest.raises(UnknownParameter):
        admit("/tom.jpg", query, {}, policy, 0)


def test_an_inspection_lists_ignored_names() -> None:
    assert inspect_url("https://img.test/tom.jpg?w=5&upscale=true")["ignored"] == ["upscale"]
    refusal = inspect_url("https://img.test/tom.jpg?upscale=true", policy=STRICT)["refusal"]
    assert refusal["code"] == "unknown-parameter"
