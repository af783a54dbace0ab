"""Dangerous parts of an SVG are removed, and harmful SVGs are refused."""

import pytest

from origin_lambda.adapters.svg_hush import sanitise
from origin_lambda.errors import Unprocessable

OPENED = b'<svg xmlns="http://www.w3.org/2000/svg">'


def nested(deep: int, inner: bytes = b"") -> bytes:
    return OPENED + b"<g>" * (deep - 1) + inner + b"</g>" * (deep - 1) + b"</svg>"


def refusal(drawing: bytes) -> str:
    with pytest.raises(Unprocessable) as refused:
        sanitise(drawing)
    return refused.value.message


def test_scripts_events_and_links_to_elsewhere_are_taken_out() -> None:
    drawing = OPENED + (
        b'<script>1</script><rect onload="x()" width="9"/>'
        b'<image href="https://example.com/spy.png"/></svg>'
    )

    clean = sanitise(drawing)

    assert b"rect" in clean
    assert not any(word in clean for word in (b"script", b"onload", b"example.com"))


def test_a_drawing_can_be_as_deep_as_libxml2_allows() -> None:
    assert b"<g" in sanitise(nested(256))


@pytest.mark.parametrize(
    "drawing",
    [nested(257), nested(100_000), nested(256, b"<g/>" * 50_000)],
    ids=["deep", "very deep", "deep and wide"],
)
def test_nesting_that_would_fill_the_memory_with_indentation_is_refused(drawing: bytes) -> None:
    assert refusal(drawing) == "the original is nested too deeply"


@pytest.mark.parametrize(
    "broken",
    [b"", OPENED, nested(3)[:-3], b"<svg>&nothing;</svg>", b"<?xml version='1.0' encoding='no'?>"],
)
def test_a_document_that_is_not_well_formed_is_broken(broken: bytes) -> None:
    assert refusal(broken) == "the original is broken"


def test_a_document_that_only_expat_accepts_is_broken() -> None:
    assert refusal(b"<a:svg/>") == "the original is broken"


def test_entities_do_not_multiply() -> None:
    entities = '<!ENTITY a "' + "x" * 10_000 + '">' + '<!ENTITY b "' + "&a;" * 10_000 + '">'
    drawing = f"<!DOCTYPE svg [{entities}]>{OPENED.decode()}<text>&b;</text></svg>"

    try:
        clean = sanitise(drawing.encode())
    except Unprocessable:
        return
    assert len(clean) < 1_000_000
